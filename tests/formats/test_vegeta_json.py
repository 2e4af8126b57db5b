"""vegeta's JSON: nanoseconds, an open model, and successes that are no redirections."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from auditor.formats.load.vegeta_json import parse, sniff
from auditor.formats.text.errors import Malformed

REPORT: dict[str, Any] = {
    "latencies": {"total": 3e11, "mean": 10e6, "50th": 9e6, "90th": 15e6, "95th": 20e6, "99th": 40e6,
                  "max": 90e6, "min": 1e6},
    "bytes_in": {"total": 1, "mean": 1},
    "bytes_out": {"total": 1, "mean": 1},
    "earliest": "2026-03-01T12:00:00.123456789Z",
    "latest": "2026-03-01T12:01:00.123456789Z",
    "end": "2026-03-01T12:01:00.2Z",
    "duration": 60e9,
    "wait": 1e6,
    "requests": 30_000,
    "rate": 500.0,
    "throughput": 449.0,
    "success": 0.9,
    "status_codes": {"200": 27_000, "401": 3000},
    "errors": ["401 Unauthorized"],
}  # fmt: skip


def test_nanoseconds_become_milliseconds() -> None:
    run = parse(json.dumps(REPORT).encode())
    assert (run.p50_ms, run.p95_ms, run.p99_ms, run.maximum_ms) == (9.0, 20.0, 40.0, 90.0)
    assert (run.duration_s, run.open_model) == (60.0, True)
    assert run.started_at == datetime(2026, 3, 1, 12, 0, 0, 123_456, tzinfo=UTC)
    assert run.doubts == ()


def test_false_green_fast_401_answers_are_errors_and_no_throughput() -> None:
    run = parse(json.dumps(REPORT).encode())
    assert (run.failed, run.error_percent, run.good_rate) == (3000, 10.0, 449.0)
    redirected = REPORT | {"status_codes": {"302": 30_000}, "success": 1.0, "errors": []}
    assert parse(json.dumps(redirected).encode()).error_percent == 100.0


def test_more_answers_than_requests_are_doubted() -> None:
    run = parse(json.dumps(REPORT | {"status_codes": {"200": 30_001}}).encode())
    assert "cannot be" in run.doubts[0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"requests": -1}, "shape"),
        ({"success": 1.5}, "shape"),
        ({"requests": "30000"}, "shape"),
        ({"latencies": {}}, "shape"),
    ],
)
def test_hostile_numbers_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse(json.dumps(REPORT | change).encode())
    assert message in refused.value.message


def test_it_is_recognised_by_content() -> None:
    assert sniff(json.dumps(REPORT, indent=1).encode()[:60])
    assert not sniff(b'{"latencies": []}')
