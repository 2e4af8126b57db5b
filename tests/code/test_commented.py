"""Commented-out code is found where a reviewer would agree, and nowhere else."""

from __future__ import annotations

import pytest

from auditor.code.lexical.commented import blocks
from auditor.code.reading import read_source


def _lines(text: str, grammar: str) -> list[int]:
    return [b.line for b in blocks(read_source(text, grammar).comments, grammar)]


@pytest.mark.parametrize(
    ("grammar", "text"),
    [
        ("python", "x = 1\n# logger.debug('value %s', x)\n"),
        ("python", "x = 1\n# from a.b import c\n"),
        ("python", "x = 1\n# import pdb\n"),
        (
            "python",
            "x = 1\n# @TODO: Temporarily removed in https://x.test/1, see there\n# send(x)\n# y = 2\n",
        ),
        ("python", "x = 1\n# if x:\n#     send(x)\n"),
        ("python", "x = 1\n# old way\n# self.client = Client(host)\n"),
        ("python", "x = 1\n# def f(a):\n#     return a + 1\n"),
        ("python", "x = 1\n# CELERY_BROKER_URL = 'redis://localhost'\n"),
        ("python", "x = 1\n##lookup = self.kwargs.get(name, None)\n"),
        ("python", "x = 1\n# @app.get('/x')\n# def x():\n#     return 1\n"),
        ("javascript", "f()\n// console.log('a', b)\n"),
        ("javascript", "f()\n// await Promise.all(jobs)\n"),
        ("javascript", "f()\n// debugger;\n"),
        ("typescript", "f()\n// await sendAll(jobs)\n"),
        ("python", "x = 1\n# await session.close()\n"),
        (
            "javascript",
            "f()\n//series = sortBy(series, function(obj) {\n//  return obj.name\n//})\n",
        ),
        ("javascript", "f()\n/* const a = b(c); */\n"),
        ("javascript", "const a = <p>\n  {/* <Badge key={k} /> */}\n</p>\n"),
        (
            "typescript",
            "f()\n// async fetchAll(id: string): Promise<X> {\n//   return this.get(id)\n// }\n",
        ),
        ("tsx", "f()\n// const [a, setA] = useState('')\n"),
        (
            "go",
            "package a\n\nfunc F() {\n\t// if err != nil {\n\t// \treturn err\n\t// }\n\tg()\n}\n",
        ),
        ("java", "class A {\n  void f() {\n    // String id = last.id();\n    g();\n  }\n}\n"),
        (
            "csharp",
            'class A {\n  void F() {\n    // _logger.LogDebug("x {0}", x);\n    G();\n  }\n}\n',
        ),
        ("csharp", "class A {\n  // if (a)\n  // {\n  //     B();\n  // }\n}\n"),
        ("php", "<?php\n// Log::debug(sprintf('x %d', $x));\nf();\n"),
        ("rust", "fn f() {\n    // let key = &data.key;\n    g();\n}\n"),
        ("ruby", "x = 1\n# config.each do |a|\n#   puts(a)\n# end\n"),
        ("kotlin", 'fun f() {\n    // client.send(Frame.Text("hello"))\n}\n'),
        ("c", 'void f(void) {\n  /* printf("fail %d\\n", i); */\n  g();\n}\n'),
        ("bash", 'f\n# if [ -n "$X" ]; then\n#   rm "$X"\n# fi\n'),
    ],
)
def test_commented_out_code_is_found(grammar: str, text: str) -> None:
    assert len(_lines(text, grammar)) == 1


@pytest.mark.parametrize(
    ("grammar", "text"),
    [
        (
            "python",
            "#!/usr/bin/env python\n# -*- coding: utf-8 -*-\n# (c) 2024 Us, Apache License, Version 2.0\n",
        ),
        (
            "python",
            "# /// script\n# dependencies = ['httpx']\n# requires-python = '>=3.11'\n# ///\n",
        ),
        (
            "python",
            "x = 1\n# type: ignore\n# noqa: E501\n# fmt: off\n# pylint: disable=foo\n# pragma: no cover\n",
        ),
        ("python", "x = 1\n# see https://example.com/a?b=c(d)\n"),
        ("python", "x = 1\n# ---- (section) ----\n# =========\n"),
        ("python", "x = 1\n# isinstance(args[0], BaseRequest)\n"),
        ("python", "x = 1\n# returns the value, or None (if missing).\n"),
        ("python", "x = 1\n# for example: send(order, now)\n# send(order, 'now')\n"),
        ("python", "x = 1\n# Usage:\n#\n#     send(order, 'now')\n"),
        ("python", "x = 1\n# The same as\n# total = sum(prices)\n"),
        ("python", "x = 1\n# Add your model here\n# from myapp import mymodel\n"),
        ("python", "x = 1\n# >>> send(1)\n# 2\n"),
        ("python", 'x = 1\n# Name = "source:subject:action"\n'),
        ("python", "x = 1\n# import order matters here\n"),
        ("python", "x = 1\n# y = a + b\n"),
        ("python", "x = 1  # was = compute(x)\n"),
        ("python", "x = 1\n# note: this is important\n# default: 5\n"),
        ("python", "'''\n# import os\n'''\n"),
        ("javascript", "/**\n * @example\n * const a = b(c);\n */\nf()\n"),
        (
            "javascript",
            "// eslint-disable-next-line\n/* global window */\n// @ts-ignore\n//# sourceMappingURL=a.js.map\nf()\n",
        ),
        ("javascript", "f()\n// note: see below (carefully)\n// http://a.b/c\n"),
        ("javascript", "f()\n// await approval(s)\n"),
        ("javascript", "f()\n// await the review (see below)\n"),
        ("javascript", "f()\n// debugger\n"),
        ("javascript", "f()\n// debugger; step through\n"),
        ("python", "x = 1\n# await confirmation(s)\n"),
        (
            "go",
            "package a\n\n// Run runs. Example:\n//\n//\tr := NewRunner()\n//\tr.Run()\nfunc Run() {}\n",
        ),
        ("go", "//go:build linux\n// +build linux\n\npackage a\n\n//nolint:errcheck\nvar x = 1\n"),
        (
            "go",
            'package a\n\n// Static serves one file.\n// router.Static("a", "./b")\nfunc Static() {}\n',
        ),
        ("go", 'package a\n\nfunc f() {\n\t// process.env.TLS = "0";\n\tg()\n}\n'),
        ("java", "/** Calls {@code a.b();} */\nclass A {}\n"),
        ("rust", "/// ```\n/// let x = f();\n/// ```\nfn f() {}\n"),
        ("csharp", "/// <summary>F();</summary>\nclass A {}\n"),
        (
            "c",
            "/*\n * This code shows the issue.\n *\n * str = create(ctx);\n * hold(ctx, str);\n */\nint x;\n",
        ),
        (
            "ruby",
            "# Raises error for missing translations.\n# config.i18n.raise_on_missing_translations = true\nx = 1\n",
        ),
        ("ruby", "# validate the user if present\nx = 1\n"),
        (
            "bash",
            '#!/bin/sh\n# Usage: run.sh NAME\n# export NAME="x"\n# docker run -it "$NAME"\nf\n',
        ),
    ],
)
def test_false_fail_prose_examples_and_directives_are_no_code(grammar: str, text: str) -> None:
    assert _lines(text, grammar) == []


def test_a_block_is_told_once_with_its_first_line_and_length() -> None:
    text = "x = 1\n\n# was removed in 2.0\n# if x:\n#     send(x)\n# else:\n#     keep(x)\ny = 2\n"
    (block,) = blocks(read_source(text, "python").comments, "python")
    assert (block.line, block.lines, block.text) == (4, 4, "if x:")


def test_blocks_apart_are_told_apart() -> None:
    assert _lines("# a.b(1)\n\n\nx = 1\n# c.d('e')\n", "python") == [1, 5]
