"""Locust's CSV files and JSON: routes, history, failures, and the workers' lines."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from auditor.formats.load import locust_csv, locust_json
from auditor.formats.text.errors import Malformed

HEAD = "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,Max Response Time,Average Content Size,Requests/s,Failures/s,50%,95%,99%,100%"
ROW = "GET,/bookings,1000,10,40,50.5,5.5,300.5,9,10.0,0.1,40,90,200,300"
TOTAL = ",Aggregated,1000,10,40,50.5,5.5,300.5,9,10.0,0.1,40,90,200,300"
STATS = f"{HEAD}\n{ROW}\n{TOTAL}\n".encode()
HISTORY_HEAD = "Timestamp,User Count,Type,Name,Requests/s,Failures/s,50%,Total Request Count,Total Failure Count"
HISTORY = f"{HISTORY_HEAD}\n1772366400,1,,Aggregated,0,0,N/A,0,0\n1772366500,50,,Aggregated,10,0.1,40,995,10\n".encode()
ENTRY: dict[str, Any] = {
    "name": "/a", "method": "GET", "num_requests": 100, "num_failures": 1, "total_response_time": 1000.0,
    "max_response_time": 60.0, "min_response_time": 5.0, "start_time": 1772366400.0,
    "last_request_timestamp": 1772366410.0, "response_times": {"5": 60, "20": 36, "60": 4},
}  # fmt: skip


def test_the_aggregated_row_is_the_run_in_a_closed_model() -> None:
    run = locust_csv.parse(STATS)
    assert (run.requests, run.failed, run.error_percent) == (1000, 10, 1.0)
    assert (run.p50_ms, run.p95_ms, run.p99_ms, run.maximum_ms) == (40.0, 90.0, 200.0, 300.5)
    assert (run.open_model, run.started_at, run.targets) == (False, None, ("/bookings",))
    assert run.doubts == ()


def test_the_history_of_the_same_run_gives_its_time() -> None:
    history = locust_csv.parse_history(HISTORY)
    assert (history.requests, history.most_users, history.rows) == (995, 50, 2)
    run = locust_csv.with_history(locust_csv.parse(STATS), history)
    assert run is not None
    assert (run.duration_s, run.ended_at) == (100.0, datetime(2026, 3, 1, 12, 1, 40, tzinfo=UTC))
    assert run.doubts == ()


def test_the_history_of_another_run_gives_none() -> None:
    other = locust_csv.parse_history(HISTORY.replace(b"995", b"17"))
    assert locust_csv.with_history(locust_csv.parse(STATS), other) is None


def test_failures_are_listed() -> None:
    data = b"Method,Name,Error,Occurrences\nGET,/a,\"HTTPError('401, no')\",7\n"
    (failure,) = locust_csv.parse_failures(data)
    assert (failure.error, failure.occurrences) == ("HTTPError('401, no')", 7)
    assert locust_csv.parse_failures(b"Method,Name,Error,Occurrences\n") == ()


def test_a_total_that_its_routes_contradict_is_doubted() -> None:
    run = locust_csv.parse(STATS.replace(b"/bookings,1000", b"/bookings,10"))
    assert run.doubts == ("Its total is 1,000 requests, and its routes add up to 10.",)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (f"{HEAD}\n{ROW}\n".encode(), "Aggregated"),
        (f"{HEAD}\n{TOTAL}\n{TOTAL}\n".encode(), "Aggregated"),
        (STATS.replace(b",1000,", b",-5,"), "'-5'"),
        (STATS.replace(b",1000,", b",1e3.5,"), "number"),
        (STATS.replace(b",1000,", b",1.5,"), "count"),
        (STATS.replace(b",40,90,", b",40,nan,"), "'nan'"),
        (STATS[:-5] + b"\n", "fields"),
        (STATS.replace(b"Type,", b"Name,"), "twice"),
        (b"", "empty"),
    ],
)
def test_other_statistics_are_malformed(data: bytes, message: str) -> None:
    with pytest.raises(Malformed) as refused:
        locust_csv.parse(data)
    assert message in refused.value.message


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (HISTORY.replace(b"1772366500", b"1772366300"), "backwards"),
        (f"{HISTORY_HEAD}\n".encode() + b"1772366400,1,,Aggregated,0,0,1,5,0\n" * 3, "one second"),
        (HISTORY_HEAD.encode() + b"\n", "Aggregated"),
    ],
)  # fmt: skip
def test_an_invented_history_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(Malformed) as refused:
        locust_csv.parse_history(data)
    assert message in refused.value.message


def test_json_percentiles_are_counted_from_the_histogram() -> None:
    run = locust_json.parse(json.dumps([ENTRY]).encode())
    assert (run.p50_ms, run.p95_ms, run.p99_ms) == (5.0, 20.0, 60.0)
    assert (run.rate, run.mean_ms, run.duration_s) == (10.0, 10.0, 10.0)
    assert run.started_at == datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    assert run.doubts == ()


@pytest.mark.parametrize(
    ("data", "message", "line"),
    [
        (b"[]", "no route", None),
        (json.dumps([ENTRY | {"num_requests": -1}]).encode(), "shape", None),
        (json.dumps([ENTRY | {"response_times": {"x": 1}}]).encode(), "'x'", None),
        (json.dumps({"stats": [ENTRY]}).encode() + b"\n{", "cut off", 2),
    ],
)
def test_other_json_is_malformed(data: bytes, message: str, line: int | None) -> None:
    with pytest.raises(Malformed) as refused:
        locust_json.parse(data)
    assert message in refused.value.message
    assert refused.value.line == line


def test_each_file_is_recognised_by_content_and_by_one_reader() -> None:
    files = (STATS, HISTORY, b"Method,Name,Error,Occurrences,First Seen,Last Seen\n")
    sniffs = (locust_csv.sniff, locust_csv.sniff_history, locust_csv.sniff_failures)
    for at, data in enumerate(files):
        assert [recognises(data) for recognises in sniffs] == [at == n for n in range(3)]
    assert locust_json.sniff(json.dumps([ENTRY]).encode())
    assert not locust_json.sniff(b'[{"name": "a"}]')
