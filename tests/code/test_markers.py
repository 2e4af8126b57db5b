"""A marker says that work is left; words about markers and other languages' words do not."""

from __future__ import annotations

import pytest

from auditor.code.lexical.comments import Comment
from auditor.code.lexical.markers import find_markers


def _words(text: str) -> list[str]:
    return [m.word for m in find_markers([Comment(text, 1, 0, alone=True, doc=False)])]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("# TODO: validate this", "TODO"),
        ("#TODO", "TODO"),
        ("// TODO(ana) time-out", "TODO"),
        ("# FIXME this breaks", "FIXME"),
        ("// HACK: until 3.2", "HACK"),
        ("# XXX not thread safe", "XXX"),
        ("/* TODO later */", "TODO"),
        ("<!-- TODO: rename -->", "TODO"),
        ("# @TODO clean", "TODO"),
        ("# [TODO] clean", "TODO"),
        ("# slow. TODO optimise", "TODO"),
        ("// @ts-expect-error - TODO: fix this", "TODO"),
        ("# clear text (TODO also in v2)", "TODO"),
        ("# DEPRECATED TODO: remove", "TODO"),
        ("# TODO-123 fix", "TODO"),
        ("# TODO: el código debe validar", "TODO"),
    ],
)
def test_markers_are_found(text: str, word: str) -> None:
    assert _words(text) == [word]


@pytest.mark.parametrize(
    "text",
    [
        "# todo list",
        "# Todo esto es correcto",
        "# TODO EL TRÁFICO PASA POR AQUÍ",
        "# TODO lo que llega se guarda",
        "# PROCESAR TODO EL LOTE",
        "# phone +34 XXX XXX XXX",
        "# XXX-XXX-XXXX",
        "# XXX.XXX.XXX-XX",
        "// should resolve to /PREFIX/XXX",
        "# where XXX is the rune",
        "# pass context.TODO",
        "# the [context.TODO] of Go",
        "# counts TODO comments",
        '# a "TODO" in a string',
        "# markers: TODO/FIXME/XXX",
        "# TODO, FIXME and HACK are markers",
        "# TODO items belong to one list",
        "# MY_TODO_LIST and TODOS",
        "# sk_XXX",
    ],
)
def test_false_fail_what_only_looks_like_a_marker_is_none(text: str) -> None:
    assert _words(text) == []


def test_each_marker_of_a_block_has_its_line_and_its_text_cut_short() -> None:
    block = Comment(
        "/*\n * TODO one\n *   FIXME two " + "x" * 300 + "\n */", 10, 0, alone=True, doc=False
    )
    one, two = find_markers([block])
    assert (one.word, one.line, one.text) == ("TODO", 11, "* TODO one")
    assert (two.word, two.line, len(two.text)) == ("FIXME", 12, 160)
