"""Annotations of Java as they are written, and their elements."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.probing.code.java_notes import element, split_arguments


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ('Retry("a")', "value", '"a"'),
        ('Retry(name = "a, b", max = 3)', "name", '"a, b"'),
        ("Retry(backoff = @Backoff(delay = 1, random = true), max = 3)", "max", "3"),
        ("Retry(backoff = @Backoff(delay = 1, random = true))", "backoff", "@Backoff(delay = 1, random = true)"),
        ("Retry", "value", ""),
        ("Retry(max = 3)", "value", ""),
        ('Retry({"a", "b"})', "value", '{"a", "b"}'),
    ],
)  # fmt: skip
def test_elements_are_found_by_name(text: str, name: str, value: str) -> None:
    assert element(text, name) == value


@given(st.text(max_size=60))
def test_any_text_is_split_and_nothing_but_commas_and_spaces_is_lost(text: str) -> None:
    joined = "".join(split_arguments(text))
    assert "".join(joined.replace(",", "").split()) == "".join(text.replace(",", "").split())
