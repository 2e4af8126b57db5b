"""Effective lines: what does something counts, and a repository of stubs comes out at about 0."""

from __future__ import annotations

import pytest

from auditor.code.reading import read_source


def _lines(text: str, grammar: str) -> int:
    return read_source(text, grammar).code_lines


def test_python_statements_count_and_what_surrounds_them_does_not() -> None:
    text = '''"""Docstring
of two lines."""

from __future__ import annotations
import os

__version__ = "1"


# a comment
def total(items):
    """What it does."""
    result = 0
    for item in items:
        result += item.price
    else:
        pass
    return result
'''
    assert _lines(text, "python") == 5


@pytest.mark.parametrize(
    ("grammar", "text"),
    [
        (
            "python",
            "import a\nclass A:\n    '''d'''\n    def f(self):\n        pass\n    @x\n    async def g(self): ...\n",
        ),
        (
            "python",
            "def f():\n    '''d'''\n    raise NotImplementedError('later')\n\n\ndef g():\n    return None\n",
        ),
        (
            "javascript",
            "'use strict';\nfunction f() {\n}\nconst g = () => {};\nclass A { m() {} }\nexport * from './b';\n",
        ),
        (
            "typescript",
            "export class A {\n  m(): void {\n    throw new Error('not implemented');\n  }\n}\ninterface I {}\n",
        ),
        (
            "go",
            'package main\n\nimport "fmt"\n\nfunc Run() error {\n\treturn nil\n}\n\nfunc main() {\n}\n',
        ),
        (
            "java",
            "import b.C;\npublic class A {\n  void f() {\n  }\n  int g() { throw new NotImplementedError(); }\n}\n",
        ),
        ("kotlin", "package a\nimport b.c\nclass A {\n    fun g() { TODO() }\n}\nfun f() {}\n"),
        (
            "csharp",
            "using A;\nnamespace X {\n  class A {\n    void F() { throw new NotImplementedException(); }\n  }\n}\n",
        ),
        ("rust", "use a::b;\nfn f() {}\nimpl A {\n    fn g(&self) { todo!() }\n}\n"),
        ("ruby", "require 'a'\n\nclass A\n  def g\n  end\nend\n"),
        ("php", "<?php\nnamespace A;\nuse B;\nclass A {\n  function f() { return; }\n}\n"),
        ("bash", "#!/bin/sh\nset -eu\nf() {\n  :\n}\nexit 0\n"),
        ("c", "#include <a.h>\nint f(void) {\n  return 0;\n}\n"),
    ],
)
def test_false_green_stubs_are_no_code(grammar: str, text: str) -> None:
    assert _lines(text, grammar) == 0


@pytest.mark.parametrize(
    ("grammar", "text", "expected"),
    [
        ("go", "package a\n\nfunc F(x int) int {\n\ty := x + 1\n\treturn y\n}\n", 3),
        ("java", "class A {\n  int f(int x) {\n    return x + 1;\n  }\n}\n", 3),
        ("javascript", "app.get('/', (req, res) => {\n  res.send('hi');\n});\n", 2),
        ("rust", "fn f(x: u8) -> u8 {\n    x + 1\n}\n", 2),
        ("ruby", "def f(x)\n  x + 1\nend\n", 2),
        ("bash", 'for f in *; do\n  rm "$f"\ndone\n', 2),
    ],
)
def test_real_functions_count(grammar: str, text: str, expected: int) -> None:
    assert _lines(text, grammar) == expected


def test_what_the_grammar_cannot_read_is_no_code() -> None:
    assert _lines("x = 1\ny = 2\nz = 3\nw = 4\n)(\n]}\n", "python") == 4
