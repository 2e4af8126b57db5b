"""The traps of report formats, as the probes meet them: none of them reads as a pass."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from auditor.model.evidence import Evidence
from auditor.probing.testing import NOW, FakeTree, problems, run_probe, values
from probes.reports.bandit import bandit
from probes.reports.load import load
from probes.reports.sarif import sarif

SOURCE = {"app/main.py": "x = 1\n"}
MADE = NOW - timedelta(hours=1)
TIMES = {"avg": 12.5, "min": 1.0, "med": 9.0, "max": 80.0, "p(90)": 18.0, "p(95)": 21.0}


def seen(probe: Any, name: str, report: Any) -> Evidence:
    """What a probe says of one report that git does not track."""
    text = report if isinstance(report, str) else json.dumps(report)
    return run_probe(probe, repo=FakeTree(SOURCE, ignored={f"reports/{name}": text}))


def k6_export(*, breached: bool) -> dict[str, Any]:
    """What `k6 run --summary-export` writes: `true` at a threshold means that it was breached."""
    return {
        "metrics": {
            "http_req_duration": TIMES | {"thresholds": {"p(95)<20": breached}},
            "http_reqs": {"count": 30_000, "rate": 50.0},
            "http_req_failed": {"value": 0.001, "passes": 30, "fails": 29_970},
        },
        "root_group": {"name": "", "path": "", "groups": {}, "checks": {}},
    }


def k6_handled(*, ok: bool) -> dict[str, Any]:
    """What `handleSummary` is given: `ok: true` at a threshold means that it was met."""
    return {
        "root_group": {"name": "", "path": ""},
        "options": {},
        "state": {"testRunDurationMs": 600_000.0, "isStdErrTTY": False},
        "metrics": {
            "http_req_duration": {
                "type": "trend",
                "contains": "time",
                "values": TIMES,
                "thresholds": {"p(95)<20": {"ok": ok}},
            },
            "http_reqs": {"type": "counter", "values": {"count": 30_000, "rate": 50.0}},
            "http_req_failed": {
                "type": "rate",
                "values": {"rate": 0.001, "passes": 30, "fails": 29_970},
            },
        },
    }


@pytest.mark.parametrize(
    ("report", "failed"),
    [
        (k6_export(breached=True), True),
        (k6_export(breached=False), False),
        (k6_handled(ok=False), True),
        (k6_handled(ok=True), False),
    ],
)
def test_false_green_true_at_a_threshold_of_k6_means_two_things(
    report: dict[str, Any], failed: bool
) -> None:
    told = values(seen(load, "k6-summary.json", report))
    assert bool(told["load.failed_thresholds"]) is failed
    assert told["load.requests"] == 30_000


def test_false_green_passes_of_k6s_failed_requests_are_failed_requests() -> None:
    told = values(seen(load, "k6-summary.json", k6_export(breached=False)))
    assert told["load.error_percent"] == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("name", "report"),
    [
        ("k6-summary.json", k6_export(breached=False)),
        (
            "locust_stats.csv",
            "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,"
            "Min Response Time,Max Response Time,Average Content Size,Requests/s,Failures/s,50%,95%,99%\n"
            "GET,/a,3000,3,9,12.5,1,80,10,50.0,0.05,9,21,60\n"
            ",Aggregated,3000,3,9,12.5,1,80,10,50.0,0.05,9,21,60\n",
        ),
    ],
)
def test_false_green_what_carries_no_time_is_never_reported_and_has_no_time(
    name: str, report: Any
) -> None:
    evidence = seen(load, name, report)
    assert {(fact.level.value, fact.produced_at) for fact in evidence.facts} == {
        ("effective", None)
    }
    assert "stale" in problems(evidence)


def test_false_green_the_legacy_export_has_neither_target_nor_99th_percentile() -> None:
    evidence = seen(load, "k6-summary.json", k6_export(breached=False))
    assert {"load.hosts", "load.p99_ms"}.isdisjoint(values(evidence))
    missing = {key for problem in evidence.problems for key in problem.facts}
    assert {"load.hosts", "load.p99_ms"} <= missing


def bandit_report(*, high: int = 0, errors: tuple[str, ...] = (), loc: int = 1) -> dict[str, Any]:
    totals: dict[str, int] = {
        f"{kind}.{rank}": 0
        for kind in ("SEVERITY", "CONFIDENCE")
        for rank in ("HIGH", "MEDIUM", "LOW", "UNDEFINED")
    }
    totals |= {"SEVERITY.HIGH": high, "CONFIDENCE.HIGH": high}
    totals |= {"loc": loc, "nosec": 0, "skipped_tests": 0}
    return {
        "errors": [
            {"filename": path, "reason": "exception while scanning file"} for path in errors
        ],
        "generated_at": f"{MADE:%Y-%m-%dT%H:%M:%SZ}",
        "metrics": {"_totals": totals, "app/main.py": totals},
        "results": [],
    }


def test_false_green_findings_that_a_filter_left_out_of_bandits_list_count() -> None:
    assert values(seen(bandit, "bandit.json", bandit_report()))["sast.high"] == 0
    assert values(seen(bandit, "bandit.json", bandit_report(high=3)))["sast.high"] == 3


def test_false_green_a_file_that_bandit_could_not_scan_is_missing_and_not_clean() -> None:
    told = values(seen(bandit, "bandit.json", bandit_report(errors=("app/main.py",))))
    assert told.get("sast.files_scanned", 0) == 0
    assert told.get("sast.files_missing", 1) == 1


def test_false_green_a_result_of_sarif_without_a_kind_is_a_failure() -> None:
    rule = {"id": "R1", "defaultConfiguration": {"level": "error"}}
    place = {"physicalLocation": {"artifactLocation": {"uri": "app/main.py"}}}
    result = {"ruleId": "R1", "message": {"text": "x"}, "locations": [place]}
    run = {
        "tool": {"driver": {"name": "Semgrep OSS", "rules": [rule]}},
        "invocations": [{"executionSuccessful": True, "endTimeUtc": MADE.isoformat()}],
    }

    def high(**more: str) -> object:
        log = {"version": "2.1.0", "runs": [run | {"results": [result | more]}]}
        return values(seen(sarif, "semgrep.sarif", log))["analysis.high"]

    assert (high(), high(kind="fail")) == (1, 1)
    assert (high(kind="pass"), high(kind="notApplicable")) == (0, 0)
