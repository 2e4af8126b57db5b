"""Retry-After and the RateLimit headers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.web.retry_headers import announced, says_when, wait_s

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30", 30.0),
        ("0", 0.0),
        (" 1.5 ", 1.5),
        ("Mon, 02 Mar 2026 12:01:00 GMT", 60.0),
        ("Mon, 02 Mar 2026 11:00:00 GMT", 0.0),
        ("999999999", 366 * 86_400.0),
        ("soon", None),
        ("-5", None),
        ("", None),
        (None, None),
        ("Mon, 02 Mar 2026 12:01:00", None),
        ("1" * 400, None),
    ],
)
def test_both_forms_of_retry_after_are_read(text: str | None, seconds: float | None) -> None:
    assert wait_s(text, NOW) == seconds


@given(st.text(max_size=60))
def test_any_text_gives_seconds_or_nothing(text: str) -> None:
    found = wait_s(text, NOW)
    assert found is None or 0 <= found <= 366 * 86_400


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ([("Retry-After", "7")], True),
        ([("x-ratelimit-reset", "1772366400")], True),
        ([("RateLimit", '"default";r=0;t=12')], True),
        ([("RateLimit", '"default";r=0')], False),
        ([("RateLimit-Reset", "later")], False),
        ([("Retry-After", "")], False),
        ([("RateLimit-Limit", "100")], False),
        ([], False),
    ],
)
def test_a_refusal_says_when_only_by_a_time_that_can_be_read(
    headers: list[tuple[str, str]], said: bool
) -> None:
    assert says_when(headers, NOW) is said


def test_headers_of_a_limit_are_named() -> None:
    headers = [
        ("X-RateLimit-Limit", "1"),
        ("RateLimit", "x"),
        ("X-Rate-Limit-Reset", "1"),
        ("Rate", "1"),
    ]
    assert announced(headers) == ["ratelimit", "x-rate-limit-reset", "x-ratelimit-limit"]
