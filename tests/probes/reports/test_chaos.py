"""What reports.chaos says of journals and results, and what does not fool it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from auditor.model.evidence import Evidence, ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import NOW, FakeTree, problems, run_probe, values
from probes.reports.chaos import chaos

MADE = NOW - timedelta(hours=2)
PROBE = {
    "type": "probe",
    "name": "served",
    "tolerance": 200,
    "provider": {"type": "http", "url": "http://a"},
}
FAULTS = {"database": "stop postgres", "cache": "stop redis", "upstream": "stop payment-partner",
          "network": "netem", "resource": "cpu hog"}  # fmt: skip


def experiment(kind: str, **changes: Any) -> dict[str, Any]:
    action = {
        "type": "action",
        "name": "inject",
        "provider": {"type": "process", "path": "docker", "arguments": FAULTS[kind]},
    }
    return {"version": "1.0.0", "title": f"{kind} fails", "method": [action, PROBE], "rollbacks": [],
            "steady-state-hypothesis": {"title": "served", "probes": [PROBE]}} | changes  # fmt: skip


def journal(kind: str, *, end: datetime = MADE, **changes: Any) -> str:
    what = changes.pop("experiment", None) or experiment(kind)

    def ran(activity: dict[str, Any], before: int, **more: Any) -> dict[str, Any]:
        start = end - timedelta(seconds=before)
        return {"activity": activity, "status": "succeeded", "output": 200, "start": start.isoformat(),
                "end": (start + timedelta(seconds=1)).isoformat()} | more  # fmt: skip

    met = {"steady_state_met": True, "probes": [ran(PROBE, 28, tolerance_met=True)]}
    after = {"steady_state_met": True, "probes": [ran(PROBE, 3, tolerance_met=True)]}
    return json.dumps({
        "chaoslib-version": "1.44.0", "platform": "Linux", "node": "ci", "experiment": what,
        "start": (end - timedelta(seconds=30)).isoformat(), "end": end.isoformat(), "duration": 30.0,
        "status": "completed", "deviated": False, "steady_states": {"before": met, "after": after},
        "run": [ran(what["method"][0], 20), ran(PROBE, 10)], "rollbacks": [],
    } | changes)  # fmt: skip


def seen(reports: dict[str, str], tracked: dict[str, str] | None = None) -> Evidence:
    return run_probe(
        chaos, repo=FakeTree({"app.py": "x = 1\n", **(tracked or {})}, ignored=reports)
    )


def test_present_journals_pass_their_kinds() -> None:
    evidence = seen({f"reports/{kind}.json": journal(kind) for kind in FAULTS})
    assert values(evidence) == {
        "chaos.experiments": 5, "chaos.passed": sorted(FAULTS), "chaos.failed": [], "chaos.prepared": [],
        "chaos.unknown_kinds": [], "chaos.oldest_at": MADE.isoformat(),
        **{f"chaos.scenario@{kind}": True for kind in FAULTS},
    }  # fmt: skip
    assert {f.level.value for f in evidence.facts if f.key != "chaos.prepared"} == {"reported"}
    assert problems(evidence) == []


def test_missing_journals_are_a_problem_and_experiments_are_only_prepared() -> None:
    evidence = seen({}, {"chaos/db.json": json.dumps(experiment("database"))})
    assert values(evidence) == {"chaos.prepared": ["database"]}
    assert problems(evidence) == ["not_configured"]
    assert "chaos run --journal-path" in evidence.problems[0].hint


def test_an_empty_repository_has_nothing() -> None:
    evidence = run_probe(chaos, repo={})
    assert (values(evidence), problems(evidence)) == ({"chaos.prepared": []}, ["not_configured"])


def test_hollow_files_prove_nothing() -> None:
    for text in ("", "{}", "status: completed\n", '{"status": "completed", "deviated": false}'):
        evidence = seen({"reports/journal.json": text, "chaos/experiment.yaml": text})
        assert values(evidence) == {"chaos.prepared": []}


def test_a_broken_journal_is_malformed() -> None:
    evidence = seen({"reports/journal.json": journal("cache")[:-40]})
    assert values(evidence) == {"chaos.prepared": []}
    assert problems(evidence) == ["malformed", "not_configured"]


def test_a_journal_that_may_not_be_read_is_a_problem() -> None:
    evidence = run_probe(chaos, repo={"reports/journal.json": Trouble(ProblemKind.DENIED, "no")})
    assert problems(evidence) == ["denied", "not_configured"]


@pytest.mark.parametrize(
    "change",
    [
        {"deviated": True},
        {"status": "failed"},
        {"steady_states": None},
        {"run": []},
        {"experiment": experiment("cache", dry="actions")},
        {"experiment": experiment("cache", **{"steady-state-hypothesis": None})},
    ],
)
def test_false_green_completed_is_not_success(change: dict[str, Any]) -> None:
    evidence = seen({"reports/journal.json": journal("cache", **change)})
    assert (values(evidence)["chaos.passed"], values(evidence)["chaos.failed"]) == ([], ["cache"])
    assert evidence.findings[0].location.path == "reports/journal.json"


def test_false_green_an_old_pass_does_not_hide_a_newer_failure() -> None:
    old = MADE - timedelta(days=3)
    newer_fails = seen(
        {
            "reports/a.json": journal("cache", end=old),
            "reports/b.json": journal("cache", deviated=True),
        }
    )
    assert (values(newer_fails)["chaos.passed"], values(newer_fails)["chaos.failed"]) == (
        [],
        ["cache"],
    )
    newer_passes = seen(
        {
            "reports/a.json": journal("cache", end=old, deviated=True),
            "reports/b.json": journal("cache"),
        }
    )
    assert (values(newer_passes)["chaos.passed"], values(newer_passes)["chaos.failed"]) == (
        ["cache"],
        [],
    )
    assert values(newer_passes)["chaos.oldest_at"] == MADE.isoformat()


def test_false_green_one_good_experiment_does_not_hide_another_of_its_kind() -> None:
    other = journal("cache", experiment=experiment("cache", title="cache is slow"), deviated=True)
    evidence = seen({"reports/a.json": journal("cache"), "reports/b.json": other})
    assert (values(evidence)["chaos.passed"], values(evidence)["chaos.failed"]) == ([], ["cache"])


def test_false_green_an_invented_journal_is_refused() -> None:
    evidence = seen(
        {"reports/journal.json": journal("cache", start=MADE.isoformat(), duration=0.0)}
    )
    assert values(evidence) == {"chaos.prepared": []}
    assert problems(evidence) == ["malformed", "not_configured"]


def test_false_green_a_title_that_names_everything_is_of_no_kind() -> None:
    what = experiment("cache", title="database cache upstream network cpu")
    what["method"][0]["provider"] = {"type": "process", "path": "run.sh", "arguments": "x"}
    evidence = seen({"reports/journal.json": journal("cache", experiment=what)})
    got = values(evidence)
    assert (got["chaos.passed"], got["chaos.unknown_kinds"]) == ([], [what["title"]])
    assert problems(evidence) == ["vacuous"]


def test_a_failure_of_no_known_kind_is_a_failure() -> None:
    what = experiment("cache", title="pods die")
    what["method"][0]["provider"] = {"type": "process", "path": "run.sh", "arguments": "x"}
    evidence = seen({"reports/journal.json": journal("cache", experiment=what, deviated=True)})
    assert values(evidence)["chaos.failed"] == ["other"]


def test_a_committed_journal_is_at_most_effective_and_the_weakest_gives_the_level() -> None:
    evidence = seen({"reports/a.json": journal("cache")}, {"reports/b.json": journal("network")})
    assert {f.level.value for f in evidence.facts if f.key == "chaos.passed"} == {"effective"}
    assert "stale" in problems(evidence)


def test_each_scenario_has_its_own_level_and_one_without_a_result_is_not_known() -> None:
    evidence = seen(
        {"reports/a.json": journal("cache"), "reports/c.json": journal("resource", deviated=True)},
        {"reports/b.json": journal("network")},
    )
    found = {
        f.subject: (f.value, f.level.value) for f in evidence.facts if f.key == "chaos.scenario"
    }
    assert found == {
        "cache": (True, "reported"),
        "network": (True, "effective"),
        "resource": (False, "reported"),
    }


def test_a_journal_from_the_future_is_refused() -> None:
    evidence = seen({"reports/a.json": journal("cache", end=NOW + timedelta(days=1))})
    assert problems(evidence) == ["malformed", "not_configured"]


def test_false_green_chaos_mesh_carries_no_verdict() -> None:
    mesh = "apiVersion: chaos-mesh.org/v1alpha1\nkind: StressChaos\nmetadata: {name: cpu}\nspec: {mode: one}\n"
    evidence = seen({}, {"k8s/chaos.yaml": mesh})
    assert values(evidence) == {"chaos.prepared": ["resource"]}


def test_a_litmus_result_counts_and_its_template_does_not() -> None:
    text = (
        "apiVersion: litmuschaos.io/v1alpha1\nkind: ChaosResult\nmetadata:\n  name: a\n  uid: x\n"
        f"  creationTimestamp: '{MADE.isoformat()}'\nspec: {{engine: e, experiment: pod-cpu-hog}}\nstatus:\n"
        "  experimentStatus: {phase: Completed, verdict: Pass, probeSuccessPercentage: '100'}\n"
        "  probeStatuses: [{name: p, mode: OnChaos, status: {verdict: Passed}}]\n"
    )
    assert values(seen({"reports/result.yaml": text}))["chaos.passed"] == ["resource"]
    template = seen({"reports/result.yaml": text.replace("  uid: x\n", "")})
    assert values(template) == {"chaos.prepared": []}
    assert problems(template) == ["vacuous", "not_configured"]
