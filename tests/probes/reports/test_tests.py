"""What reports.tests says of JUnit reports."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from auditor.model.evidence import Evidence, ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import NOW, FakeTree, problems, run_probe, values
from probes.reports.tests import tests as junit

FILES = {"app.py": "x = 1\n"}
FAILED = '<failure message="no"/>'
SKIPPED = "<skipped/>"


def xml(*bodies: str, made: datetime = NOW, tests: int | None = None) -> str:
    """A suite with a test case for each body."""
    cases = "".join(
        f'<testcase classname="t.a" name="n{i}" time="0.1">{b}</testcase>'
        for i, b in enumerate(bodies)
    )
    counted = len(bodies) if tests is None else tests
    return f'<testsuites><testsuite name="s" tests="{counted}" timestamp="{made.isoformat()}">{cases}</testsuite></testsuites>'


def seen(report: str | Trouble) -> Evidence:
    """Run the probe with one ignored report in the usual place."""
    return run_probe(junit, repo=FakeTree(FILES, ignored={"reports/junit.xml": report}))


def levels(evidence: Evidence) -> set[str]:
    """The levels of the facts."""
    return {f.level.value for f in evidence.facts}


def test_present_a_fresh_report_is_counted_by_its_cases() -> None:
    evidence = seen(xml("", "", FAILED, SKIPPED))
    assert values(evidence) == {
        "tests.executed": 3,
        "tests.failed": 1,
        "tests.skipped": 1,
        "tests.flaky": 0,
    }
    assert levels(evidence) == {"reported"}
    assert evidence.findings[0].message.startswith("t.a::n2")


def test_missing_report_is_said_with_the_command_that_makes_one() -> None:
    evidence = run_probe(junit, repo=FILES)
    assert problems(evidence) == ["not_configured"]
    assert "--junit-xml" in evidence.problems[0].hint


def test_an_empty_repository_has_no_test_run() -> None:
    assert values(run_probe(junit, repo={})) == {}


def test_a_truncated_report_gives_no_figure() -> None:
    evidence = seen(xml("", "")[:-30])
    assert values(evidence) == {}
    assert "malformed" in problems(evidence)


def test_a_report_that_may_not_be_read_is_a_problem() -> None:
    assert "denied" in problems(seen(Trouble(ProblemKind.DENIED, "no")))


def test_files_of_one_folder_are_one_run() -> None:
    tree = FakeTree(FILES, ignored={"reports/a.xml": xml(""), "reports/b.xml": xml("", FAILED)})
    assert values(run_probe(junit, repo=tree)) | {"tests.executed": 3, "tests.failed": 1} == values(
        run_probe(junit, repo=tree)
    )


def test_false_green_tests_that_were_all_skipped_did_not_run() -> None:
    evidence = seen(xml(SKIPPED, SKIPPED))
    assert values(evidence) == {}
    assert problems(evidence) == ["vacuous"]


def test_false_green_a_counter_that_the_cases_contradict_lowers_the_report() -> None:
    evidence = seen(xml("", tests=900))
    assert values(evidence)["tests.executed"] == 1
    assert levels(evidence) == {"effective"}
    assert "malformed" in problems(evidence)


def test_false_green_a_committed_or_old_report_is_at_most_effective() -> None:
    assert levels(run_probe(junit, repo=FILES | {"reports/junit.xml": xml("")})) == {"effective"}
    assert levels(seen(xml("", made=NOW - timedelta(days=3)))) == {"effective"}


def test_false_green_a_report_from_the_future_is_refused() -> None:
    assert values(seen(xml("", made=NOW + timedelta(days=3)))) == {}


@pytest.mark.parametrize("text", ["", "<testsu", "\0" * 900, "not a report"])
def test_a_file_with_the_name_of_a_report_that_is_none_is_named(text: str) -> None:
    evidence = seen(text)
    assert problems(evidence) == ["malformed"]
    assert "reports/junit.xml has the name of one" in evidence.problems[0].message
    assert values(evidence) == {}
