"""Times in reports never overflow later, and never gain a zone that nobody wrote."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.text.iso_time import from_seconds, read


def test_a_time_with_a_zone_is_given_in_utc() -> None:
    assert read("2025-01-02T03:04:05+02:00") == datetime(2025, 1, 2, 1, 4, 5, tzinfo=UTC)


def test_a_time_without_a_zone_stays_without() -> None:
    assert read("2025-01-02T03:04:05.25") == datetime(2025, 1, 2, 3, 4, 5, 250000)


@pytest.mark.parametrize("text", ["", "now", "0001-01-01T00:00:00+14:00", "9999-12-31T23:00:00-09"])
def test_senseless_times_are_none(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize("seconds", [0, -1, 1e18, float("inf"), float("nan")])
def test_senseless_seconds_are_none(seconds: float) -> None:
    assert from_seconds(seconds) is None


@given(st.floats() | st.integers(0, 10**18))
def test_seconds_of_any_size_raise_nothing(seconds: float) -> None:
    time = from_seconds(seconds)
    assert time is None or time.tzinfo is UTC


@given(st.text(max_size=40) | st.datetimes(timezones=st.timezones()).map(datetime.isoformat))
def test_any_text_raises_nothing_and_can_be_converted(text: str) -> None:
    time = read(text)
    assert time is None or time.astimezone(UTC) is not None
