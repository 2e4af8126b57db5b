"""One stage of our own load, as its generators print it, and hey's rows."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.load import hey_csv, load_stage
from auditor.formats.load.load_stage import Times, merged
from auditor.formats.text.errors import Malformed, TooLarge
from tests.formats.documents.load import STAGE

HEAD = (
    b"response-time,DNS+dialup,DNS,Request-write,Response-delay,Response-read,status-code,offset\n"
)


def stage(**changes: Any) -> load_stage.Stage:
    """The stage of the documents, with `changes`."""
    return load_stage.parse(
        b"[2026] some log\n" + json.dumps(STAGE | changes).encode() + b"\nmore\n"
    )


def test_shares_and_rates_are_counted_from_what_was_sent_and_answered() -> None:
    found = stage()
    assert (found.good, found.error_percent, found.refused_percent) == (2, 50.0, 0.0)
    assert (found.seconds, found.rate, found.reached) == (2.0, 1.0, 2.0)
    assert found.cpu_share == 0.25
    assert found.latency.counts == ((2.5, 1), (9.0, 1))


def test_false_green_a_short_burst_has_no_higher_rate_than_was_offered() -> None:
    quick = stage(
        planned=10, sent=10, failed=0, dropped=0, latency_ms={"1": 10}, sending_s=4.5, wall_s=4.5
    )
    assert (quick.seconds, quick.rate, quick.reached) == (5.0, 2.0, 2.0)


def test_refusals_of_a_rate_limit_are_told_apart() -> None:
    assert stage(statuses={"200": 2, "429": 1}).refused_percent == pytest.approx(100 / 3)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"failed": 4}, "counts more than it sent"),
        ({"dropped": 2}, "counts more than it sent"),
        ({"latency_ms": {"5": 1}}, "1 times for 2 good answers"),
        ({"latency_ms": {"5": 9}}, "9 times for 2 good answers"),
        ({"latency_ms": {"soon": 2}}, "the time 'soon'"),
        ({"latency_ms": {"-1": 2}}, "the time '-1'"),
        ({"latency_ms": {"nan": 2}}, "the time 'nan'"),
        ({"latency_ms": {"inf": 2}}, "the time 'inf'"),
        ({"rate": 0}, "shape"),
        ({"sent": None}, "shape"),
        ({"auditor_load_stage": 2}, "shape"),
    ],
)
def test_what_cannot_have_been_measured_is_malformed(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(Malformed, match=told):
        stage(**changes)


@pytest.mark.parametrize(
    "data", [b"", b"nothing\n", json.dumps(STAGE).encode() + b"\n" + json.dumps(STAGE).encode()]
)
def test_there_is_one_line_of_results(data: bytes) -> None:
    with pytest.raises(Malformed, match="lines of results"):
        load_stage.parse(data)


times = st.dictionaries(st.floats(0, 1e6), st.integers(1, 500), min_size=1, max_size=30).map(
    lambda counts: Times(tuple(sorted(counts.items())))
)


@given(times)
def test_percentiles_rise_and_are_values_that_were_measured(found: Times) -> None:
    ranks = [found.rank(percent) for percent in (1, 50, 95, 99, 100)]
    assert ranks == sorted(ranks, key=lambda value: -1.0 if value is None else value)
    assert set(ranks) <= {value for value, _ in found.counts}
    assert ranks[-1] == found.counts[-1][0]


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=300), st.sampled_from([50.0, 95.0, 99.0]))
def test_a_percentile_is_the_nearest_rank_of_the_sorted_sample(
    sample: list[float], percent: float
) -> None:
    ordered = sorted(sample)
    counts = {value: ordered.count(value) for value in ordered}
    rank = -(-percent * len(ordered) // 100)
    assert Times(tuple(sorted(counts.items()))).rank(percent) == ordered[int(rank) - 1]


@given(st.lists(times, max_size=4))
def test_merged_histograms_lose_nothing(several: list[Times]) -> None:
    assert merged(several).total == sum(one.total for one in several)


def test_false_green_few_samples_give_no_percentile() -> None:
    few = Times(((5.0, 199),))
    assert (few.percentile(50.0), few.percentile(95.0), few.percentile(99.0)) == (5.0, None, None)
    assert Times(()).rank(50.0) is None


def test_rows_of_hey_are_answers_and_what_is_in_none_never_came() -> None:
    rows = b"0.0104,0,0,0,0,0,200,0.0005\n0.0300,0,0,0,0,0,200,1.0\n0.0010,0,0,0,0,0,503,0.5\n"
    found = hey_csv.parse(HEAD + rows, 2.0, 4, 10.0)
    assert (found.sent, found.failed, found.statuses) == (4, 2, {"200": 2, "503": 1, "0": 1})
    assert found.latency.counts == ((10.4, 1), (30.0, 1), (10_000.0, 1))
    assert (found.open_model, found.cpu_share, found.wall_s) == (False, None, 1.03)


def test_false_green_a_hey_that_reached_nobody_has_failed_throughout() -> None:
    found = hey_csv.parse(HEAD, 2.0, 4, 10.0)
    assert (found.error_percent, found.rate) == (100.0, 0.0)


@pytest.mark.parametrize(
    "data", [b"", b"a,b\n1,2\n", HEAD + b"1,2\n", HEAD + b"x,0,0,0,0,0,200,0\n", HEAD + b"-1,0,0,0,0,0,200,0\n"]
)  # fmt: skip
def test_other_rows_are_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        hey_csv.parse(data, 2.0, 4, 10.0)


def test_more_answers_than_requests_are_refused() -> None:
    with pytest.raises(TooLarge):
        hey_csv.parse(HEAD + b"0.1,0,0,0,0,0,200,0.1\n" * 5, 2.0, 4, 10.0)
