"""What is unlike source code is refused before the parser takes minutes or all memory over it."""

from __future__ import annotations

import random
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.code.languages import GRAMMARS
from auditor.code.parsing import Unparsed, damage, nodes, parse, span
from auditor.code.reading import read_source


def _words(count: int, form: str) -> str:
    chance = random.Random(7)
    return "".join(
        form % "".join(chance.choices(string.ascii_lowercase, k=6)) for _ in range(count)
    )


def test_nodes_come_with_their_place_in_characters() -> None:
    text = "é = '🎉'  # hé\n"
    (comment,) = nodes(parse(text, "python"), ["comment"])
    start, end = span(comment)
    assert text[start:end] == "# hé"


@pytest.mark.parametrize(
    ("text", "grammar", "why"),
    [
        ("x = 1", "cobol", "no grammar"),
        ("a b\n" * 300_000, "python", "characters"),
        ("x\0y", "python", "binary"),
        ("(" * 100_000, "python", "repeats itself"),
        (_words(5_000, "<%s "), "csharp", "angle brackets"),
        (_words(40_000, "%s\n"), "lua", "characters"),
    ],
)
def test_hostile_text_is_refused(text: str, grammar: str, why: str) -> None:
    with pytest.raises(Unparsed, match=why):
        parse(text, grammar)


def test_damage_names_the_share_and_the_lines() -> None:
    assert damage(parse("x = 1\n", "python")).share == 0
    harm = damage(parse("x = 1\ny = = 2\n", "python"))
    assert 0 < harm.share < 1
    assert harm.lines == ((2, 2),)


@settings(max_examples=150, deadline=None)
@given(text=st.text(max_size=300), grammar=st.sampled_from([*GRAMMARS, "embedded"]))
def test_reading_raises_nothing_but_unparsed(text: str, grammar: str) -> None:
    try:
        reading = read_source(text, grammar)
    except Unparsed:
        return
    assert 0 <= reading.code_lines <= text.count("\n") + 1
    assert all(1 <= c.line <= text.count("\n") + 1 for c in reading.comments)
