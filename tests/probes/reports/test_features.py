"""What reports.features says of the acceptance tests of declared features."""

from __future__ import annotations

from auditor.model.evidence import Evidence, ProblemKind
from auditor.model.target import Feature, Looking
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import NOW, FakeTree, problems, run_probe, values
from probes.reports.features import features

PAY = Looking(features=(Feature("pay", "Pay", tests=("tests/test_pay.py::*",)),))
FILES = {"app.py": "x = 1\n"}


def xml(**bodies: str) -> str:
    """A suite of tests/test_pay.py: name → body of its test case."""
    cases = "".join(
        f'<testcase classname="tests.test_pay" name="{n}">{b}</testcase>' for n, b in bodies.items()
    )
    return f'<testsuite name="s" tests="{len(bodies)}" timestamp="{NOW.isoformat()}">{cases}</testsuite>'


def seen(report: str | Trouble, looking: Looking = PAY) -> Evidence:
    """Run the probe with one ignored report."""
    return run_probe(
        features, repo=FakeTree(FILES, ignored={"reports/junit.xml": report}), looking=looking
    )


def test_present_passed_and_failed_acceptance_tests_are_counted() -> None:
    evidence = seen(xml(test_a="", test_b="<failure/>"))
    assert values(evidence) == {"features.tests_passed@pay": 1, "features.tests_failed@pay": 1}
    assert {f.level.value for f in evidence.facts} == {"reported"}


def test_missing_report_leaves_features_unknown() -> None:
    evidence = run_probe(features, repo=FILES, looking=PAY)
    assert values(evidence) == {}
    assert problems(evidence) == ["not_configured"]


def test_without_declared_features_there_is_nothing_to_look_at() -> None:
    evidence = seen(xml(test_a=""), Looking())
    assert (values(evidence), problems(evidence)) == ({}, [])


def test_a_malformed_report_gives_no_figure() -> None:
    evidence = seen(xml(test_a="")[:-20])
    assert values(evidence) == {}
    assert "malformed" in problems(evidence)


def test_a_report_that_may_not_be_read_is_a_problem() -> None:
    assert "denied" in problems(seen(Trouble(ProblemKind.DENIED, "no")))


def test_false_green_a_skipped_acceptance_test_did_not_pass() -> None:
    assert values(seen(xml(test_a="<skipped/>"))) == {
        "features.tests_passed@pay": 0,
        "features.tests_failed@pay": 1,
    }


def test_false_green_tests_of_another_file_prove_nothing_of_the_feature() -> None:
    other = xml(test_a="").replace("tests.test_pay", "tests.test_ship")
    assert values(seen(other))["features.tests_passed@pay"] == 0


def test_test_ids_match_by_class_and_by_file() -> None:
    for pattern in ("tests/test_pay.py::test_a", "tests.test_pay::*", "test_a"):
        looking = Looking(features=(Feature("pay", "Pay", tests=(pattern,)),))
        assert values(seen(xml(test_a=""), looking))["features.tests_passed@pay"] == 1
