"""What reports.sarif says of the runs of analysers, and which runs it does not believe."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from auditor.model.evidence import Evidence, ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import COMMIT, NOW, FakeTree, problems, run_probe
from auditor.probing.testing import values as all_values
from probes.reports.sarif import sarif

APP = "def add(a, b):\n    return a + b\n"
RULE = {"id": "py/injection", "defaultConfiguration": {"level": "error"}}


def values(evidence: Evidence) -> dict[str, Any]:
    """The facts without the languages of the source, which need no report."""
    return {k: v for k, v in all_values(evidence).items() if k != "analysis.languages"}


def levels(evidence: Evidence) -> set[str]:
    return {f.level.value for f in evidence.facts if f.key != "analysis.languages"}


def result(level: str | None = None, **more: Any) -> dict[str, Any]:
    """One result in app.py."""
    place = {"artifactLocation": {"uri": "app.py"}, "region": {"startLine": 2}}
    found = {"ruleId": "py/injection", "message": {"text": "Danger."}, **more}
    found["locations"] = [{"physicalLocation": place}]
    return found | ({"level": level} if level else {})


def log(
    *results: dict[str, Any], tool: str = "CodeQL", rules: tuple[Any, ...] = (RULE,), **changes: Any
) -> str:
    """A log of one successful run over this commit, just after it; None takes a member out."""
    run = {
        "tool": {"driver": {"name": tool, "rules": rules}},
        "invocations": [{"executionSuccessful": True, "endTimeUtc": NOW.isoformat()}],
        "versionControlProvenance": [{"revisionId": COMMIT}],
        "results": list(results),
    } | changes
    kept = {key: value for key, value in run.items() if value is not None}
    return json.dumps({"version": "2.1.0", "runs": [kept]})


def seen(*logs: str, files: dict[str, str] | None = None) -> Evidence:
    """What the probe says where the logs are untracked files of reports/."""
    reports = {f"reports/{at}.sarif": one for at, one in enumerate(logs)}
    return run_probe(sarif, repo=FakeTree(files or {"app.py": APP}, ignored=reports))


def test_present_runs_are_counted_by_severity_and_bound_to_the_commit() -> None:
    evidence = seen(log(result(), result("warning"), result("note"), result(kind="pass")))
    assert values(evidence) == {
        "analysis.high": 1,
        "analysis.medium": 1,
        "analysis.suppressed": 0,
        "analysis.tools": ["CodeQL"],
        "analysis.languages_missing": [],
    }
    assert levels(evidence) == {"reported"}
    assert {fact.produced_at for fact in evidence.facts} == {NOW.isoformat()}
    assert all_values(evidence)["analysis.languages"] == ["python"]
    assert problems(evidence) == []
    assert [f.location.path for f in evidence.findings] == ["app.py", "app.py"]


def test_a_clean_run_is_a_clean_run() -> None:
    assert values(seen(log()))["analysis.high"] == 0


def test_missing_reports_are_not_configured() -> None:
    evidence = seen()
    assert (values(evidence), problems(evidence)) == ({}, ["not_configured"])
    assert "semgrep scan" in evidence.problems[0].hint


def test_an_empty_repository_has_nothing_to_analyse() -> None:
    tree = FakeTree({"README.md": "hello"}, ignored={"reports/a.sarif": log()})
    evidence = run_probe(sarif, repo=tree)
    assert (values(evidence), problems(evidence)) == ({}, ["vacuous"])


def test_a_malformed_log_is_a_problem() -> None:
    evidence = seen(log()[:-20])
    assert (values(evidence), problems(evidence)) == ({}, ["malformed", "not_configured"])


def test_a_log_that_may_not_be_read_is_a_problem() -> None:
    denied = Trouble(ProblemKind.DENIED, "reports/a.sarif could not be read.")
    tree = FakeTree({"app.py": APP}, ignored={"reports/a.sarif": denied})
    assert problems(run_probe(sarif, repo=tree)) == ["denied", "not_configured"]


def test_a_rating_of_seven_is_high_whatever_the_level() -> None:
    assert (
        values(seen(log(result("note", properties={"security-severity": "7.0"}))))["analysis.high"]
        == 1
    )
    assert (
        values(seen(log(result("note", properties={"security-severity": "4"}))))["analysis.medium"]
        == 1
    )


def test_runs_of_several_files_count_together() -> None:
    go = log(result("error"), tool="gosec")
    evidence = seen(log(), go, files={"app.py": APP, "main.go": "package main\n"})
    assert values(evidence)["analysis.high"] == 1
    assert values(evidence)["analysis.tools"] == ["CodeQL", "gosec"]
    assert values(evidence)["analysis.languages_missing"] == []


def test_false_green_a_language_that_no_run_speaks_of_is_missing() -> None:
    evidence = seen(log(), files={"app.py": APP, "main.go": "package main\n\nfunc main() {}\n"})
    assert values(evidence)["analysis.languages_missing"] == ["go"]


def test_false_green_suppressed_results_are_counted() -> None:
    evidence = seen(log(result(suppressions=[{"kind": "inSource"}])))
    assert (values(evidence)["analysis.high"], values(evidence)["analysis.suppressed"]) == (0, 1)
    assert [finding.suppressed for finding in evidence.findings] == [True]


def test_false_green_a_rejected_suppression_suppresses_nothing() -> None:
    rejected = [{"kind": "external", "status": "rejected"}]
    assert values(seen(log(result(suppressions=rejected))))["analysis.high"] == 1


@pytest.mark.parametrize(
    "invocation",
    [
        {"executionSuccessful": False},
        {
            "executionSuccessful": True,
            "toolExecutionNotifications": [{"level": "error", "message": {"text": "app.py: no"}}],
        },
        {
            "executionSuccessful": True,
            "toolConfigurationNotifications": [{"level": "error", "message": {"text": "bad"}}],
        },
    ],
)
def test_false_green_a_failed_run_speaks_for_no_language(invocation: dict[str, Any]) -> None:
    evidence = seen(log(invocations=[invocation]))
    assert values(evidence)["analysis.languages_missing"] == ["python"]
    assert problems(evidence) == ["crashed"]


@pytest.mark.parametrize(
    "empty",
    [
        json.dumps({"version": "2.1.0", "runs": []}),
        log(results=None),
        log(tool="Bandit", rules=()),
        log(externalPropertyFileReferences={"results": [{}]}),
    ],
)
def test_false_green_a_log_that_says_nothing_proves_nothing(empty: str) -> None:
    evidence = seen(empty)
    assert values(evidence) == {}
    assert problems(evidence)[0] == "vacuous"


@pytest.mark.parametrize(
    "tool",
    ["gitleaks", "trufflehog", "Trivy", "Grype", "ZAP", "Scorecard", "hadolint", "osv-scanner"],
)
def test_false_green_scanners_of_other_things_are_no_analysis_of_source(tool: str) -> None:
    evidence = seen(log(tool=tool))
    assert (values(evidence), problems(evidence)) == ({}, ["not_configured"])


def test_false_green_a_linter_is_no_security_analysis() -> None:
    evidence = seen(log(result("error"), tool="ESLint"))
    assert (values(evidence), problems(evidence)) == ({}, ["vacuous"])
    tagged = RULE | {"properties": {"tags": ["security"]}}
    assert values(seen(log(result("error"), tool="Mine", rules=(tagged,))))["analysis.high"] == 1


def test_false_green_a_committed_log_is_at_most_effective() -> None:
    evidence = run_probe(sarif, repo={"app.py": APP, "reports/a.sarif": log()})
    assert levels(evidence) == {"effective"}
    assert problems(evidence) == ["stale"]


def test_false_green_a_log_of_another_commit_or_without_time_is_at_most_effective() -> None:
    other = log(versionControlProvenance=[{"revisionId": "b" * 40}])
    timeless = log(versionControlProvenance=None, invocations=None)
    for one in (other, timeless):
        evidence = seen(one)
        assert levels(evidence) == {"effective"}
        assert problems(evidence) == ["stale"]


def test_false_green_a_weak_log_does_not_lend_its_languages_to_a_strong_one() -> None:
    weak = log(tool="gosec", versionControlProvenance=None, invocations=None)
    evidence = seen(log(), weak, files={"app.py": APP, "main.go": "package main\n"})
    missing = [f for f in evidence.facts if f.key == "analysis.languages_missing"]
    assert {f.level.value: f.value for f in missing} == {"reported": ["go"], "effective": []}


def test_false_green_a_log_from_the_future_is_not_believed() -> None:
    late = (NOW + timedelta(days=2)).isoformat()
    evidence = seen(log(invocations=[{"executionSuccessful": True, "endTimeUtc": late}]))
    assert values(evidence) == {}
    assert problems(evidence)[0] == "malformed"


def test_a_message_that_may_quote_a_secret_is_not_shown() -> None:
    quoting = result(message={"text": "Possible hardcoded password: 'hunter2'"})
    assert "hunter2" not in repr(seen(log(quoting)).findings)
