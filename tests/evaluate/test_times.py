"""Times inside evidence, and spans of time in words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.evaluate.times import moment, span


@pytest.mark.parametrize("text", ["2026-03-02T12:00:00+00:00", "2026-03-02T12:00:00Z"])
def test_a_time_with_its_offset_is_a_moment(text: str) -> None:
    assert moment(text) == datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", [None, "", "soon", "2026-03-02", "2026-03-02T12:00:00", 1772452800]
)
def test_anything_else_is_none(text: object) -> None:
    assert moment(text) is None  # type: ignore[arg-type]


@given(st.text())
def test_no_text_breaks_it(text: str) -> None:
    when = moment(text)
    assert when is None or when.utcoffset() is not None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (7 * 86400, "7 days"),
        (86400, "1 day"),
        (36 * 3600, "1.5 days"),
        (8 * 3600, "8 hours"),
        (3600, "1 hour"),
        (1800, "30 minutes"),
        (60, "1 minute"),
        (0, "0 minutes"),
    ],
)
def test_a_span_is_told_in_its_largest_unit(seconds: float, words: str) -> None:
    assert span(seconds) == words
