"""What reports.load says of the reports of load tools, and what does not fool it."""

from __future__ import annotations

import copy
import json
from datetime import timedelta
from typing import Any

import pytest

from auditor.model.evidence import Evidence, ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import COMMIT, NOW, FakeTree, problems, run_probe, values
from probes.reports.load import load

MADE = NOW - timedelta(hours=2)
VEGETA: dict[str, Any] = {
    "latencies": {"total": 3e12, "mean": 10e6, "50th": 9e6, "95th": 20e6, "99th": 40e6, "max": 90e6, "min": 1e6},
    "earliest": (MADE - timedelta(minutes=10)).isoformat(), "latest": MADE.isoformat(), "end": MADE.isoformat(),
    "duration": 600e9, "wait": 1e6, "requests": 300_000, "rate": 500.0, "throughput": 499.0, "success": 1.0,
    "status_codes": {"200": 300_000}, "errors": [],
}  # fmt: skip
WRK = """Running 10m test @ https://staging.test/bookings
  2 threads and 100 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency    12.50ms    5.00ms   1.20s    90.00%
  300000 requests in 10.00m, 46.03MB read
Requests/sec:    500.00
"""
SOURCE = {"app/main.py": "x = 1\n"}


def vegeta(**changes: Any) -> str:
    return json.dumps(VEGETA | changes)


def seen(**reports: str) -> Evidence:
    """The evidence over reports that git does not track; `a__b` names a/b, `_json` its ending."""
    ignored = {
        f"reports/{name.rpartition('_')[0]}.{name.rpartition('_')[2]}": text
        for name, text in reports.items()
    }
    return run_probe(load, repo=FakeTree(SOURCE, ignored=ignored))


def jtl(host: str, path: str, *, count: int = 100, code: int = 200) -> str:
    head = "timeStamp,elapsed,label,responseCode,responseMessage,threadName,success,URL\n"
    start = int(MADE.timestamp() * 1000)
    ok = "true" if code < 400 else "false"
    return head + "".join(
        f"{start + 100 * n},{3 + n % 7},r,{code},x,T 1-1,{ok},https://{host}{path}\n"
        for n in range(count)
    )


def test_a_present_report_is_reported_with_all_its_figures() -> None:
    evidence = seen(vegeta_json=vegeta())
    assert values(evidence) == {
        "load.requests": 300_000, "load.rate": 499.0, "load.error_percent": 0.0, "load.p50_ms": 9.0,
        "load.p95_ms": 20.0, "load.p99_ms": 40.0, "load.duration_s": 600.0, "load.open_model": True,
        "load.failed_thresholds": [], "load.runs": 1,
    }  # fmt: skip
    assert {(f.level.value, f.produced_at) for f in evidence.facts} == {
        ("reported", MADE.isoformat())
    }
    (problem,) = evidence.problems
    assert set(problem.facts) == {"load.hosts", "load.local_target"}


def test_a_missing_report_names_the_command_of_the_targets_own_tool() -> None:
    for name, words in (
        ("perf/locustfile.py", "locust -f perf/locustfile.py"),
        ("plan.jmx", "jmeter -n -t plan.jmx"),
        ("x.py", "k6 run"),
    ):
        evidence = run_probe(load, repo={name: "x"})
        assert (values(evidence), problems(evidence)) == ({}, ["not_configured"])
        assert words in evidence.problems[0].hint


def test_an_empty_repository_has_no_load_test() -> None:
    evidence = run_probe(load, repo={})
    assert (values(evidence), problems(evidence)) == ({}, ["not_configured"])


def test_a_broken_report_is_malformed_and_no_figure() -> None:
    evidence = seen(vegeta_json=vegeta()[:200])
    assert (values(evidence), problems(evidence)) == ({}, ["malformed", "not_configured"])


def test_a_report_that_may_not_be_read_is_a_problem() -> None:
    evidence = run_probe(load, repo={"reports/k6.json": Trouble(ProblemKind.DENIED, "no")})
    assert (values(evidence), problems(evidence)) == ({}, ["denied", "not_configured"])


def test_hollow_files_of_every_tool_prove_nothing() -> None:
    names = (
        "reports/k6-summary.json",
        "reports/locust_stats.csv",
        "reports/load.jtl",
        "reports/wrk.txt",
        "js/stats.json",
    )
    for text in ("", "{}", "ok\n", "null"):
        evidence = run_probe(load, repo=dict.fromkeys(names, text))
        assert (values(evidence), problems(evidence)) == ({}, ["malformed"])


def test_a_committed_report_is_at_most_effective() -> None:
    evidence = run_probe(load, repo={**SOURCE, "reports/vegeta.json": vegeta()})
    assert {f.level.value for f in evidence.facts} == {"effective"}
    assert "stale" in problems(evidence)


def test_a_report_without_a_time_is_at_most_effective() -> None:
    evidence = seen(wrk_txt=WRK)
    assert {(f.level.value, f.produced_at) for f in evidence.facts} == {("effective", None)}


def test_a_report_from_the_future_is_refused() -> None:
    late = (NOW + timedelta(days=1)).isoformat()
    evidence = seen(vegeta_json=vegeta(earliest=late, latest=late, duration=1e6, rate=0.0))
    assert (values(evidence), problems(evidence)) == ({}, ["malformed", "not_configured"])


def test_a_k6_script_that_states_the_commit_is_bound_to_it() -> None:
    times = {"avg": 120.5, "min": 10.0, "med": 100.0, "max": 900.0, "p(95)": 250.0, "p(99)": 400.0}
    summary = {
        "state": {"testRunDurationMs": 600_000.0},
        "metrics": {"http_reqs": {"values": {"count": 300_000, "rate": 500.0}}, "http_req_duration": {"values": times},
                    "http_req_failed": {"values": {"rate": 0, "passes": 0, "fails": 300_000}}},
        "audit": {"commit": COMMIT, "url": "https://staging.test", "executor": "constant-arrival-rate",
                  "endedAt": MADE.isoformat()},
    }  # fmt: skip
    evidence = seen(k6_json=json.dumps(summary))
    assert values(evidence)["load.local_target"] is False
    assert {f.level.value for f in evidence.facts} == {"reported"}
    assert problems(evidence) == []


def test_locust_is_dated_by_its_history() -> None:
    stats = "Type,Name,Request Count,Failure Count,Average Response Time,Requests/s,50%,95%,99%\nGET,/bookings,1000,10,12.5,10.0,9,20,40\n,Aggregated,1000,10,12.5,10.0,9,20,40\n"
    end = int(MADE.timestamp())
    history = f"Timestamp,User Count,Type,Name,Total Request Count,Total Failure Count\n{end - 100},1,,Aggregated,1,0\n{end},50,,Aggregated,1000,10\n"
    evidence = seen(a_stats_csv=stats, a_stats_history_csv=history)
    assert (values(evidence)["load.duration_s"], values(evidence)["load.error_percent"]) == (
        100.0,
        1.0,
    )
    assert {f.level.value for f in evidence.facts} == {"reported"}


def gatling(requests: int) -> str:
    def same(value: float) -> dict[str, float]:
        return {"total": value, "ok": value, "ko": 0}

    figures = {"minResponseTime": 5, "maxResponseTime": 500, "meanResponseTime": 33, "percentiles1": 30,
               "percentiles2": 40, "percentiles3": 90, "percentiles4": 200}  # fmt: skip
    return json.dumps(
        {
            "name": "All Requests",
            "numberOfRequests": same(requests),
            "meanNumberOfRequestsPerSecond": same(10.0),
        }
        | {key: same(value) for key, value in figures.items()}
    )


def test_false_green_gatling_assertions_date_only_the_run_that_they_belong_to() -> None:
    start = int((MADE - timedelta(minutes=10)).timestamp() * 1000)
    fresh = json.dumps({"simulation": "a", "simulationId": "b", "start": start, "assertions": []})
    one = seen(stats_json=gatling(1000), global_stats_json=gatling(1000), assertions_json=fresh)
    assert {f.level.value for f in one.facts} == {"reported"}
    two = seen(stats_json=gatling(1000), old_stats_json=gatling(9000), assertions_json=fresh)
    assert {f.level.value for f in two.facts} == {"effective"}


def test_the_newest_dated_run_decides_never_the_best() -> None:
    day = timedelta(days=1)
    good = vegeta(
        earliest=(MADE - 2 * day - timedelta(minutes=10)).isoformat(),
        latest=(MADE - 2 * day).isoformat(),
    )
    bad = vegeta(status_codes={"200": 150_000, "500": 150_000}, throughput=250.0)
    evidence = seen(a_json=good, b_json=bad)
    assert (values(evidence)["load.error_percent"], values(evidence)["load.runs"]) == (50.0, 2)
    assert len([f for f in evidence.facts if f.key == "load.error_percent"]) == 1
    assert (
        next(f for f in evidence.facts if f.key == "load.p95_ms").source.locator == "reports/b.json"
    )


def test_an_undated_run_speaks_beside_the_dated_one() -> None:
    evidence = seen(
        a_json=vegeta(), wrk_txt=WRK.replace("500.00", "5.00").replace("300000", "3000")
    )
    rates = {f.source.locator: f.value for f in evidence.facts if f.key == "load.rate"}
    assert rates == {"reports/a.json": 499.0, "reports/wrk.txt": 5.0}


def test_reports_behind_the_baseline_are_no_current_load_test() -> None:
    tree = FakeTree({**SOURCE, "performance/baseline/1.json": vegeta()})
    assert problems(run_probe(load, repo=tree)) == ["not_configured"]


def test_false_green_fast_401_answers_are_errors() -> None:
    assert (
        values(seen(load_jtl=jtl("staging.test", "/bookings", code=401)))["load.error_percent"]
        == 100.0
    )
    evidence = seen(vegeta_json=vegeta(status_codes={"401": 300_000}, success=0.0, throughput=0.0))
    assert (values(evidence)["load.error_percent"], values(evidence)["load.rate"]) == (100.0, 0.0)


def test_false_green_load_on_health_only_gives_no_figure() -> None:
    evidence = seen(load_jtl=jtl("staging.test", "/health"))
    assert (values(evidence), problems(evidence)) == ({}, ["vacuous", "not_configured"])


def test_false_green_a_smoke_run_keeps_its_ten_seconds() -> None:
    assert values(seen(load_jtl=jtl("staging.test", "/bookings")))[
        "load.duration_s"
    ] == pytest.approx(9.9, abs=0.1)


@pytest.mark.parametrize(
    ("host", "local"),
    [("localhost:8080", True), ("127.0.0.1", True), ("mac.local", True), ("staging.test", False)],
)
def test_false_green_a_run_against_a_laptop_is_told(host: str, local: bool) -> None:
    assert values(seen(load_jtl=jtl(host, "/bookings")))["load.local_target"] is local


def test_false_green_a_closed_loop_is_told_to_understate_the_tail() -> None:
    evidence = seen(wrk_txt=WRK)
    assert values(evidence)["load.open_model"] is False
    assert "load.p95_ms" not in values(evidence)
    assert any("waits for slow answers" in p.message for p in evidence.problems)
    assert any("--latency" in p.hint for p in evidence.problems)


def test_false_green_k6_without_p99_has_no_p99() -> None:
    times = {"avg": 120.5, "min": 10.0, "med": 100.0, "max": 900.0, "p(90)": 200.0, "p(95)": 250.0}
    export = {
        "metrics": {
            "http_reqs": {"count": 300_000, "rate": 500.0},
            "http_req_duration": times | {"thresholds": {"p(95)<300": True}},
        }
    }
    evidence = seen(k6_json=json.dumps(export))
    got = values(evidence)
    assert "load.p99_ms" not in got
    assert got["load.failed_thresholds"] == ["http_req_duration: p(95)<300"]
    assert "load.error_percent" not in got
    assert any("--summary-trend-stats" in p.hint for p in evidence.problems)


@pytest.mark.parametrize(
    "change",
    [
        {"latencies": {**VEGETA["latencies"], "50th": 30e6}},
        {"latencies": dict.fromkeys(VEGETA["latencies"], 0)},
        {"latencies": dict.fromkeys(VEGETA["latencies"], 5e6)},
        {"requests": 300},
        {"duration": 60e9},
        {"status_codes": {"200": 400_000}},
    ],
)
def test_false_green_invented_figures_are_refused(change: dict[str, Any]) -> None:
    evidence = seen(vegeta_json=vegeta(**copy.deepcopy(change)))
    assert (values(evidence), problems(evidence)) == ({}, ["malformed", "not_configured"])


def test_false_green_no_request_is_no_load_test() -> None:
    evidence = seen(load_jtl=jtl("staging.test", "/", count=0))
    assert (values(evidence), problems(evidence)) == ({}, ["vacuous", "not_configured"])
