"""What reports.baseline says of a recorded baseline, and what does not fool it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from auditor.model.evidence import ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import NOW, FakeTree, problems, run_probe, values
from probes.reports.baseline import baseline

PATH = "performance/baseline.json"
HEAD: dict[str, Any] = {"commit": "4f2c9e1", "environment": "staging", "routes": ["POST /bookings"]}


def run(n: int, **changes: Any) -> dict[str, Any]:
    when = NOW - timedelta(days=3) + timedelta(hours=n)
    return {"recorded_at": when.isoformat(), "rate": 500.0 + n, "p50_ms": 38.5 + n, "p95_ms": 120.0 + n,
            "p99_ms": 240.0 + n, "error_percent": 0.02, "duration_s": 600} | changes  # fmt: skip


def record(*runs: dict[str, Any]) -> str:
    return json.dumps(HEAD | {"runs": list(runs)})


GOOD = record(run(0), run(1), run(6))


def vegeta(p95_ms: float) -> str:
    made = NOW - timedelta(hours=1)
    return json.dumps({
        "latencies": {"total": 3e12, "mean": 45.5e6, "50th": 40e6, "95th": p95_ms * 1e6, "99th": 300e6, "max": 900e6},
        "earliest": (made - timedelta(minutes=10)).isoformat(), "latest": made.isoformat(), "end": made.isoformat(),
        "duration": 600e9, "wait": 1e6, "requests": 300_000, "rate": 500.0, "throughput": 500.0, "success": 1.0,
        "status_codes": {"200": 300_000}, "errors": [],
    })  # fmt: skip


def test_a_present_baseline_has_runs_medians_and_spread() -> None:
    evidence = run_probe(baseline, repo={PATH: GOOD})
    got = values(evidence)
    assert (got["baseline.runs"], got["baseline.p95_ms"], got["baseline.missing_fields"]) == (
        3,
        121.0,
        [],
    )
    assert got["baseline.spread_percent"] == pytest.approx(4.9587)
    assert got["baseline.versioned"] is True
    newest = (NOW - timedelta(days=3) + timedelta(hours=6)).isoformat()
    assert {(f.level.value, f.produced_at) for f in evidence.facts} == {("effective", newest)}


def test_a_missing_baseline_says_how_to_record_one() -> None:
    evidence = run_probe(baseline, repo={"README.md": "x"})
    assert (values(evidence), problems(evidence)) == ({}, ["not_configured"])
    assert "performance/baseline.yaml" in evidence.problems[0].hint


def test_an_empty_repository_has_no_baseline() -> None:
    assert problems(run_probe(baseline, repo={})) == ["not_configured"]


def test_hollow_files_prove_nothing() -> None:
    for text in ("", "{}", "# baseline\n", '{"results": {}}'):
        assert values(run_probe(baseline, repo={PATH: text, ".secrets.baseline": "{}"})) == {}


def test_a_broken_baseline_is_malformed() -> None:
    evidence = run_probe(baseline, repo={PATH: GOOD[:-9]})
    assert (values(evidence), problems(evidence)) == ({}, ["malformed"])


def test_a_baseline_that_may_not_be_read_is_a_problem() -> None:
    evidence = run_probe(baseline, repo={PATH: Trouble(ProblemKind.DENIED, "no")})
    assert (values(evidence), problems(evidence)[0]) == ({}, "denied")


def test_a_number_of_runs_shows_no_spread() -> None:
    text = "commit: a\nruns: 3\nroutes:\n  POST /a: {p95_ms: 120}\n"
    evidence = run_probe(baseline, repo={"performance/baseline.yaml": text})
    assert (values(evidence), problems(evidence)) == ({}, ["malformed"])
    assert "spread" in evidence.problems[0].message


def test_an_uncommitted_baseline_is_not_under_version_control() -> None:
    tree = FakeTree({}, ignored={"performance/baseline.json": GOOD})
    assert values(run_probe(baseline, repo=tree))["baseline.versioned"] is False
    changed = FakeTree({PATH: GOOD}, changed=[PATH])
    assert values(run_probe(baseline, repo=changed))["baseline.versioned"] is False


def test_what_a_run_leaves_out_is_named() -> None:
    evidence = run_probe(baseline, repo={PATH: record(run(0, p99_ms=None), run(1), run(2))})
    got = values(evidence)
    assert (got["baseline.runs"], got["baseline.missing_fields"]) == (2, ["p99_ms"])


@pytest.mark.parametrize(
    "runs",
    [
        (run(0), run(0), run(0)),
        (run(0, p95_ms=120.25), run(1, p95_ms=120.25), run(2, p95_ms=120.25)),
        (run(0), run(0, p95_ms=121.0, p50_ms=39.0, p99_ms=241.0), run(2)),
        (run(0, p50_ms=0.0, p95_ms=0.0, p99_ms=0.0), run(1), run(2)),
        (run(0, p50_ms=900.0), run(1), run(2)),
        (run(0, recorded_at=(NOW + timedelta(days=2)).isoformat()), run(1), run(2)),
    ],
    ids=["copied", "equal", "at once", "zero", "P50 above P95", "future"],
)
def test_false_green_invented_runs_are_refused(runs: tuple[dict[str, Any], ...]) -> None:
    evidence = run_probe(baseline, repo={PATH: record(*runs)})
    assert (values(evidence), problems(evidence)) == ({}, ["malformed"])


def test_the_newest_load_test_is_compared() -> None:
    tree = FakeTree({PATH: GOOD}, ignored={"reports/vegeta.json": vegeta(145.2)})
    assert values(run_probe(baseline, repo=tree))["baseline.slower_percent"] == pytest.approx(20.0)


def test_false_green_a_run_is_not_compared_with_itself() -> None:
    own = record(
        run(0, report="reports/vegeta.json", p50_ms=40.0, p95_ms=145.2, p99_ms=300.0),
        run(1),
        run(2),
    )
    tree = FakeTree({PATH: own}, ignored={"reports/vegeta.json": vegeta(145.2)})
    assert "baseline.slower_percent" not in values(run_probe(baseline, repo=tree))
    copied = record(run(0, p50_ms=40.0, p95_ms=145.2), run(1), run(2))
    tree = FakeTree({PATH: copied}, ignored={"reports/vegeta.json": vegeta(145.2)})
    assert "baseline.slower_percent" not in values(run_probe(baseline, repo=tree))


def test_false_green_a_named_report_must_say_the_same() -> None:
    other = record(run(0, report="reports/vegeta.json"), run(1), run(2))
    tree = FakeTree({PATH: other}, ignored={"reports/vegeta.json": vegeta(145.2)})
    evidence = run_probe(baseline, repo=tree)
    assert (values(evidence), problems(evidence)) == ({}, ["malformed"])


def test_false_green_runs_without_their_reports_are_counted() -> None:
    assert values(run_probe(baseline, repo={PATH: GOOD}))["baseline.unbacked_runs"] == 3
    runs = [
        run(
            n,
            p50_ms=40.0,
            p95_ms=140.0 + n,
            p99_ms=300.0 + n / 10,
            report=f"performance/baseline/{n}.json",
        )
        for n in range(3)
    ]
    reports = {f"performance/baseline/{n}.json": vegeta(140.0 + n) for n in range(3)}
    backed = run_probe(baseline, repo={PATH: record(*runs), **reports})
    assert values(backed)["baseline.unbacked_runs"] == 0
    same = [
        one | {"report": "performance/baseline/0.json", "p95_ms": 140.0 + n / 10}
        for n, one in enumerate(runs)
    ]
    assert (
        values(run_probe(baseline, repo={PATH: record(*same), **reports}))["baseline.unbacked_runs"]
        == 2
    )


def test_a_report_outside_of_the_repository_breaks_nothing() -> None:
    evidence = run_probe(
        baseline, repo={PATH: record(run(0, report="../../etc/passwd"), run(1), run(2))}
    )
    assert values(evidence)["baseline.runs"] == 3
