"""What a template leaves in a text when only its first branches are taken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.web.template_text import FILLED, conditional_lines, is_template, without_tags


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a {{ b }} c", f"a {FILLED} c"),
        ("{% if x %}a{% else %}b{% endif %}c", "ac"),
        ("{% if x %}a{% elif y %}b{% else %}c{% endif %}", "a"),
        ("{{ if .X }}a{{ else if .Y }}b{{ end }}c", "ac"),
        ("{{- range .L -}}{{ . }}{{- end -}}", FILLED),
        ("{% if x %}{% if y %}a{% else %}b{% endif %}{% else %}{{ c }}{% endif %}d", "ad"),
        ("{# no #}{{/* no */}}{% set a = 1 %}{{ $a := 1 }}b", "b"),
        ("${A} {b}", "${A} {b}"),
    ],
)
def test_the_first_branches_stay(text: str, expected: str) -> None:
    assert without_tags(text) == expected
    assert is_template(text) is (text != expected)


@given(st.text(alphabet="a{}%# \nifelsnd", max_size=200))
def test_every_line_stays_where_it_was(text: str) -> None:
    assert without_tags(text).count("\n") == text.count("\n")


def test_lines_in_blocks_may_be_left_out() -> None:
    text = "a\n{% if x %}\nb\n{{ if y }}c{{ end }}\n{% endif %}\nd\n"
    assert conditional_lines(text) == {2, 3, 4, 5}
    assert conditional_lines("a\n{{ b }}\n{% set c = 1 %}") == frozenset()
