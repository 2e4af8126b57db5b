"""Arithmetic that tells measured figures from written ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.testruns import invented

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def after(*seconds: float) -> list[datetime]:
    return [START + timedelta(seconds=s) for s in seconds]


def test_a_part_larger_than_its_whole_cannot_be() -> None:
    assert invented.share("failed requests", 11, 10) is not None
    assert invented.share("failed requests", -1, 10) is not None
    assert invented.share("failed requests", 10, 10) is None
    assert invented.share("failed requests", None, 10) is None


@pytest.mark.parametrize(
    ("value", "wrong"), [(-0.1, True), (100.1, True), (0, False), (100, False)]
)
def test_a_percentage_lies_between_0_and_100(value: float, wrong: bool) -> None:
    assert (invented.percentage("errors", value) is not None) is wrong


def test_a_median_above_the_95th_percentile_is_named() -> None:
    assert (
        invented.descending([(95, 10), (50, 20)]) == "Its P50 of 20 ms is above its P95 of 10 ms."
    )
    assert invented.descending([(95, 20), (50, 20)]) is None


def test_values_outside_minimum_and_maximum_are_named_and_rounding_is_allowed() -> None:
    assert invented.outside("P95", 12_000, 1, 10_975) is not None
    assert invented.outside("P95", 11_000, 1, 10_975) is None
    assert invented.outside("P50", 90, 100, None) is not None
    assert invented.outside("P50", None, 100, 200) is None


def test_values_that_never_vary_were_not_measured() -> None:
    assert "is 0" in str(invented.constant("time", [0.0, 0.0, None], 1))
    assert "vary" in str(invented.constant("time", [5.0] * 4, 10))
    assert invented.constant("time", [5.0] * 4, 9) is None
    assert invented.constant("time", [5.0] * 3, 1000) is None
    assert invented.constant("time", [5.0, 5.0, 5.0, 5.1], 1000) is None


def test_an_average_is_no_percentile() -> None:
    assert invented.copied_mean(20.0, 41.7, 41.7) is not None
    assert invented.copied_mean(None, 41.0, 41.0) is not None
    assert invented.copied_mean(2.0, 2.0, 2.0) is None
    assert invented.copied_mean(20.0, 41.8, 41.7) is None


def test_a_rate_over_a_time_gives_the_count() -> None:
    assert invented.product(500, 600, 1000) is not None
    assert invented.product(500, 600, 299_000) is None
    assert invented.product(500, None, 1000) is None


def test_an_end_before_the_start_or_another_duration_is_named() -> None:
    start, end = after(0, 60)
    assert invented.period(end, start) is not None
    assert invented.period(start, end, 600) is not None
    assert invented.period(start, end, 61) is None
    assert invented.period(start, end.replace(tzinfo=None), 600) is None


def test_samples_five_minutes_apart_that_lie_microseconds_apart_were_written() -> None:
    assert invented.too_close("runs", after(0, 0.000004, 0.00001), 300) is not None
    assert invented.too_close("runs", after(0, 301, 700), 300) is None
    assert invented.too_close("runs", after(0), 300) is None


def test_six_phases_within_a_millisecond_are_not_real() -> None:
    sentence = invented.at_once("phases", after(0, 1e-4, 2e-4, 3e-4, 4e-4, 1e-3), 0.002)
    assert sentence == "Its 6 phases happened within 1 ms, which nothing real does."
    assert invented.at_once("phases", after(0, 2), 0.002) is None


def test_runs_alike_in_every_figure_are_one_run_copied() -> None:
    assert invented.repeated("runs", [(1, 2), (1, 3), (1, 2)]) is not None
    assert invented.repeated("runs", [(1, 2), (1, 3)]) is None


def test_nulls_where_results_should_stand_are_named() -> None:
    assert invented.nulls([("p95", None), ("p99", 3)]) == "It leaves p95 without a value."
    assert invented.nulls([("p95", 0)]) is None


@given(st.lists(st.floats(0, 1e6), min_size=2, max_size=8))
def test_sorted_percentiles_are_never_doubted(values: list[float]) -> None:
    assert invented.descending(list(enumerate(sorted(values)))) is None
