"""What wrk, wrk2, hey and oha print, and oha's JSON."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from auditor.formats.load import hey_text, wrk_text
from auditor.formats.text.errors import Malformed

WRK = """Running 10m test @ https://staging.test/bookings
  2 threads and 100 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency    12.50ms    5.00ms   1.20s    90.00%
    Req/Sec   250.00     10.00   300.00     70.00%
  Latency Distribution
     50%   10.00ms
     75%   15.00ms
     90%   22.00ms
     99%  300.50us
  300000 requests in 10.00m, 46.03MB read
Requests/sec:    500.00
Transfer/sec:      9.06MB
""".replace("300.50us", "120.00ms")
HEY = """
Summary:
  Total:\t600.0000 secs
  Slowest:\t0.9000 secs
  Fastest:\t0.0015 secs
  Average:\t0.0189 secs
  Requests/sec:\t500.0000

Latency distribution:
  50% in 0.0085 secs
  95% in 0.0284 secs
  99% in 0.0388 secs

Status code distribution:
  [200]\t290000 responses
  [404]\t9000 responses

Error distribution:
  [1000]\tGet "https://staging.test": dial tcp: connection refused
"""
OHA: dict[str, Any] = {
    "summary": {"successRate": 1.0, "total": 600.0, "slowest": 0.9, "fastest": 0.001, "average": 0.0189,
                "requestsPerSec": 500.0},
    "responseTimeHistogram": {},
    "latencyPercentiles": {"p50": 0.0085, "p95": 0.0284, "p99": 0.0388, "p99.9": None},
    "statusCodeDistribution": {"200": 290_000, "404": 10_000},
    "errorDistribution": {"aborted due to deadline": 50},
}  # fmt: skip


def test_wrk_units_become_milliseconds_in_a_closed_model() -> None:
    run = wrk_text.parse(WRK.encode())
    assert (run.requests, run.failed, run.rate, run.duration_s) == (300_000, 0, 500.0, 600.0)
    assert (run.p50_ms, run.p95_ms, run.p99_ms, run.mean_ms, run.maximum_ms) == (
        10.0,
        None,
        120.0,
        12.5,
        1200.0,
    )
    assert (run.hosts, run.open_model) == (("staging.test",), False)
    assert run.doubts == ()


def test_false_green_the_average_is_never_taken_as_a_percentile() -> None:
    run = wrk_text.parse(re.sub(r"  Latency Distribution\n(?:     \d+%.*\n)+", "", WRK).encode())
    assert (run.percentiles, run.mean_ms) == ({}, 12.5)
    assert "--latency" in run.remarks[0]


def test_false_green_bad_answers_and_broken_sockets_are_failures() -> None:
    text = WRK.replace(
        "Requests/sec:",
        "  Socket errors: connect 100, read 50, write 0, timeout 50\n  Non-2xx or 3xx responses: 1000\nRequests/sec:",
    )
    run = wrk_text.parse(text.encode())
    assert (run.requests, run.failed) == (300_200, 1200)


def test_wrk2_keeps_its_rate_whatever_the_service_does() -> None:
    text = WRK.replace(
        "Latency Distribution", "Latency Distribution (HdrHistogram - Recorded Latency)"
    )
    run = wrk_text.parse(text.replace("50% ", "50.000% ").encode())
    assert (run.dialect, run.open_model, run.p50_ms) == ("wrk2", True, 10.0)


def test_hey_answers_of_404_are_errors() -> None:
    run = hey_text.parse(HEY.encode())
    assert (run.dialect, run.requests, run.failed) == ("hey", 300_000, 10_000)
    assert (run.p50_ms, run.p95_ms, run.open_model) == (8.5, 28.4, False)
    assert run.doubts == ()


def test_a_run_that_reached_nothing_is_all_errors() -> None:
    text = re.sub(r"(?m)^  \d+% in .*\n|^  \[(?:200|404)\].*\n", "", HEY).replace(
        "0.0189 secs", " NaN secs"
    )
    run = hey_text.parse(text.replace("[1000]", "[300000]").encode())
    assert (run.error_percent, run.good_rate, run.mean_ms, run.percentiles) == (
        100.0,
        0.0,
        None,
        {},
    )
    assert run.doubts == ()


def test_oha_prints_other_units() -> None:
    text = HEY.replace("Summary:\n", "Summary:\n  Success rate:\t100.00%\n").replace(
        "0.9000 secs", "900.0000 ms"
    )
    text = text.replace("600.0000 secs", "10.0000 min").replace(
        "95% in 0.0284 secs", "95.00% in 28.4000 ms"
    )
    run = hey_text.parse(text.encode())
    assert (run.dialect, run.maximum_ms, run.duration_s, run.p95_ms) == ("oha", 900.0, 600.0, 28.4)


def test_oha_json_counts_404_as_failed_and_forgives_the_deadline() -> None:
    run = hey_text.parse(json.dumps(OHA).encode())
    assert (run.requests, run.failed, run.p95_ms, run.p99_ms) == (300_000, 10_000, 28.4, 38.8)
    assert run.doubts == ()


@pytest.mark.parametrize(
    ("read", "data", "message"),
    [
        (wrk_text.parse, WRK.encode() * 2, "2 runs"),
        (wrk_text.parse, WRK.encode()[:300], "cut off"),
        (wrk_text.parse, b"", "0 runs"),
        (hey_text.parse, HEY.encode() * 2, "2 runs"),
        (hey_text.parse, HEY.encode()[:60], "cut off"),
        (hey_text.parse, json.dumps(OHA).replace("300", "3e999").replace("0.9,", "1e999,").encode(), "shape"),
        (hey_text.parse, json.dumps(OHA).replace("290000", "-1").encode(), "shape"),
        (hey_text.parse, b"Summary:\0", "NUL"),
    ],
)  # fmt: skip
def test_other_texts_are_malformed(read: Any, data: bytes, message: str) -> None:
    with pytest.raises(Malformed) as refused:
        read(data)
    assert message in refused.value.message


def test_each_is_recognised_by_content() -> None:
    assert wrk_text.sniff(WRK.encode())
    assert hey_text.sniff(HEY.encode())
    assert hey_text.sniff(json.dumps(OHA, indent=2).encode())
    assert not wrk_text.sniff(HEY.encode())
    assert not hey_text.sniff(WRK.encode())
    assert not hey_text.sniff(b"Summary: all is well")
