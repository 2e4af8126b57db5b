"""k6's summary: three dialects, of which one writes `true` for a threshold that failed."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from auditor.formats.load.k6_summary import parse, sniff
from auditor.formats.text.errors import Malformed

TIMES = {"avg": 120.5, "min": 10.0, "med": 100.0, "max": 900.0, "p(90)": 200.0, "p(95)": 250.0}
DATA: dict[str, Any] = {
    "options": {"summaryTimeUnit": ""},
    "state": {"testRunDurationMs": 600_000.0},
    "root_group": {"name": "", "id": "d41d8cd98f00b204e9800998ecf8427e"},
    "metrics": {
        "http_reqs": {"type": "counter", "values": {"count": 300_000, "rate": 500.0}},
        "http_req_duration": {
            "type": "trend",
            "values": TIMES,
            "thresholds": {"p(95)<300": {"ok": True}, "p(95)<100": {"ok": False}},
        },
        "http_req_failed": {
            "type": "rate",
            "values": {"rate": 0.01, "passes": 3000, "fails": 297_000},
        },
    },
}
EXPORT: dict[str, Any] = {
    "metrics": {
        "http_reqs": {"count": 300_000, "rate": 500.0},
        "http_req_duration": {**TIMES, "thresholds": {"p(95)<300": False, "p(95)<100": True}},
        "http_req_failed": {"value": 0.01, "passes": 3000, "fails": 297_000},
    },
    "root_group": {"name": "", "id": "d41d8cd98f00b204e9800998ecf8427e"},
}
VERSIONED: dict[str, Any] = {
    "version": "1.0.0",
    "metadata": {"generatedAt": "2026-03-01T12:10:00.5Z", "k6Version": "1.5.0"},
    "config": {"execution": "local", "duration": 600.0},
    "results": {
        "passed": False,
        "metrics": [
            {"name": "http_reqs", "type": "counter", "contains": "default", "values": {"count": 300_000}},
            {"name": "http_req_duration", "type": "trend", "contains": "time",
             "values": {**TIMES, "p(99)": 400.0}},
            {"name": "http_req_failed", "type": "rate", "contains": "default",
             "values": {"rate": 0.01, "matches": 3000, "total": 300_000}},
        ],
    },
}  # fmt: skip


def encoded(document: dict[str, Any], **changes: Any) -> bytes:
    """The document with `metric__key` values changed; `None` as value takes a metric away."""
    document = copy.deepcopy(document)
    for key, value in changes.items():
        document["metrics"]["http_req_duration"]["values"][key] = value
    return json.dumps(document).encode()


@pytest.mark.parametrize("document", [DATA, EXPORT], ids=["handleSummary", "export"])
def test_both_dialects_tell_the_same_run(document: dict[str, Any]) -> None:
    run = parse(json.dumps(document).encode())
    assert (run.requests, run.failed, run.error_percent, run.good_rate) == (
        300_000,
        3000,
        1.0,
        495.0,
    )
    assert (run.p50_ms, run.p95_ms, run.p99_ms, run.duration_s) == (100.0, 250.0, None, 600.0)
    assert run.thresholds_met == ("http_req_duration: p(95)<300",)
    assert run.thresholds_failed == ("http_req_duration: p(95)<100",)
    assert (run.open_model, run.started_at, run.hosts) == (None, None, ())
    assert "P99" in run.remarks[0]
    assert run.doubts == ()


def test_false_green_true_means_failed_in_the_legacy_export() -> None:
    document = copy.deepcopy(EXPORT)
    document["metrics"]["http_req_duration"]["thresholds"] = {"p(95)<100": True}
    run = parse(json.dumps(document).encode())
    assert (run.thresholds_met, run.thresholds_failed) == ((), ("http_req_duration: p(95)<100",))


def test_the_machine_readable_summary_carries_a_time() -> None:
    run = parse(json.dumps(VERSIONED).encode())
    assert run.ended_at == datetime(2026, 3, 1, 12, 10, 0, 500_000, tzinfo=UTC)
    assert run.started_at == datetime(2026, 3, 1, 12, 0, 0, 500_000, tzinfo=UTC)
    assert (run.rate, run.failed, run.p99_ms) == (500.0, 3000, 400.0)
    assert run.thresholds_failed == ("a threshold of the script",)


def test_a_script_may_state_what_k6_leaves_out() -> None:
    audit = {"commit": "c0ffee1", "url": "https://staging.test/a", "executor": "constant-arrival-rate",
             "endedAt": "2026-03-01T12:10:00.000Z"}  # fmt: skip
    run = parse(json.dumps(DATA | {"audit": audit}).encode())
    assert (run.commit, run.hosts, run.open_model) == ("c0ffee1", ("staging.test",), True)
    assert run.ended_at == datetime(2026, 3, 1, 12, 10, tzinfo=UTC)
    assert (
        parse(json.dumps(DATA | {"audit": {"executor": "ramping-vus"}}).encode()).open_model
        is False
    )


def test_hosts_are_read_from_metrics_of_one_url() -> None:
    document = copy.deepcopy(DATA)
    document["metrics"]["http_req_duration{url:https://staging.test/a}"] = {"values": TIMES}
    assert parse(json.dumps(document).encode()).hosts == ("staging.test",)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (json.dumps(DATA | {"verdict": "PASSED"}).encode(), "`verdict`"),
        (json.dumps(EXPORT | {"status": "ok"}).encode(), "`status`"),
        (encoded(DATA, p95=1.0), "`p95`"),
        (encoded(DATA, **{"p(95)": None}), "shape"),
        (encoded(DATA, **{"p(95)": "250"}), "shape"),
        (encoded(DATA, avg=-1.0), "-1 ms"),
        (json.dumps({"metrics": DATA["metrics"] | {"vus": {"value": 1}}}).encode(), "two dialects"),
        (json.dumps(DATA).replace('"rate": 0.01', '"rate": 0.5').encode(), "share"),
        (json.dumps(VERSIONED | {"version": "9.0.0"}).encode(), "9.0.0"),
        (b'{"metrics": {}}', "no metrics"),
        (json.dumps(DATA).encode()[:-9], "cut off"),
        (b'{"metrics": {"http_reqs": {"values": {"count": NaN}}}}', "not JSON"),
        (b"", "empty"),
    ],
)
def test_what_k6_does_not_write_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(Malformed) as refused:
        parse(data)
    assert message in refused.value.message


def test_it_is_recognised_by_content() -> None:
    for document in (DATA, EXPORT, VERSIONED):
        assert sniff(json.dumps(document, indent=2).encode()[:8192])
        assert sniff(json.dumps(document).encode("utf-16"))
    assert sniff(json.dumps({"root_group": DATA["root_group"]}).encode())
    assert not sniff(b'{"metrics": {"loc": 1}}')
    assert not sniff(b"")
