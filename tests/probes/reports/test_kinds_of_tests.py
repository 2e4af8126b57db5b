"""What reports.kinds_of_tests says: kinds by place, and which deployment a run tested."""

from __future__ import annotations

from auditor.model.evidence import Evidence, ProblemKind
from auditor.model.target import Feature, Looking
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import NOW, FakeTree, problems, run_probe, values
from probes.reports.kinds_of_tests import kinds_of_tests

FILES = {"app.py": "x = 1\n"}
URL = "https://staging.test"
FAILED = "<failure/>"


def xml(places: dict[str, str], base_url: str | None = None) -> str:
    """A suite with a test for each place and ending."""
    cases = "".join(
        f'<testcase classname="{c}" name="t{i}">{b}</testcase>'
        for i, (c, b) in enumerate(places.items())
    )
    told = (
        f'<properties><property name="base_url" value="{base_url}"/></properties>'
        if base_url
        else ""
    )
    return f'<testsuite name="s" timestamp="{NOW.isoformat()}">{told}{cases}</testsuite>'


def seen(report: str | Trouble, **options: object) -> Evidence:
    return run_probe(
        kinds_of_tests, repo=FakeTree(FILES, ignored={"reports/junit.xml": report}), **options
    )


def test_present_kinds_are_counted_apart() -> None:
    evidence = seen(xml({"tests.a": "", "tests.b": "", "tests.integration.c": FAILED}))
    assert values(evidence) == {
        "tests.kind_executed@unit": 2,
        "tests.kind_failed@unit": 0,
        "tests.kind_executed@integration": 1,
        "tests.kind_failed@integration": 1,
    }
    assert {f.level.value for f in evidence.facts} == {"reported"}


def test_missing_kinds_are_unknown_each_with_its_own_reason() -> None:
    evidence = seen(xml({"tests.a": ""}))
    missing = [p for p in evidence.problems if "No report holds" in p.message]
    assert [p.message for p in missing] == [
        "No report holds an executed integration test.",
        "No report holds an executed end-to-end test.",
    ]
    assert missing[0].facts[0] == "tests.kind_executed@integration"


def test_an_empty_repository_has_no_tests() -> None:
    evidence = run_probe(kinds_of_tests, repo={})
    assert values(evidence) == {}
    assert problems(evidence) == ["not_configured"] * 4


def test_a_malformed_report_gives_no_figure() -> None:
    evidence = seen(xml({"tests.a": ""})[:-20])
    assert values(evidence) == {}
    assert "malformed" in problems(evidence)


def test_a_report_that_may_not_be_read_is_a_problem() -> None:
    assert "denied" in problems(seen(Trouble(ProblemKind.DENIED, "no")))


def test_the_project_may_say_which_tests_are_which() -> None:
    looking = Looking(test_kinds={"integration": ("tests/db/*",)})
    evidence = seen(xml({"tests.db.a": "", "tests.b": ""}), looking=looking)
    assert values(evidence)["tests.kind_executed@integration"] == 1


def test_a_run_that_names_the_audited_deployment_tested_it() -> None:
    evidence = seen(xml({"tests.e2e.a": ""}, base_url=URL + "/"), url=URL)
    assert values(evidence)["tests.on_target@e2e"] is True


def test_false_green_a_run_against_another_address_did_not_test_the_deployment() -> None:
    evidence = seen(xml({"tests.e2e.a": ""}, base_url="http://localhost:8000"), url=URL)
    assert values(evidence)["tests.on_target@e2e"] is False


def test_false_green_a_run_that_names_no_address_is_not_of_this_deployment() -> None:
    evidence = seen(xml({"tests.e2e.a": ""}), url=URL)
    assert "tests.on_target@e2e" not in values(evidence)
    assert any("does not say which deployment" in p.message for p in evidence.problems)


def test_false_green_a_flow_without_a_passing_end_to_end_test_is_named() -> None:
    flows = (
        Feature("pay", "Pay", tests=("tests.e2e.pay*",)),
        Feature("ship", "Ship", tests=("tests.e2e.ship*",)),
        Feature("refund", "Refund", tests=("tests.refund*",)),
    )
    report = xml({"tests.e2e.pay": "", "tests.e2e.ship": FAILED, "tests.refund": ""})
    seen_values = values(seen(report, looking=Looking(features=flows)))
    assert seen_values["tests.flows_untested"] == ["ship", "refund"]


def test_false_green_without_declared_flows_none_counts_as_tested() -> None:
    assert "tests.flows_untested" not in values(seen(xml({"tests.e2e.pay": ""})))


def test_false_green_skipped_tests_of_a_kind_did_not_run() -> None:
    evidence = seen(xml({"tests.e2e.a": "<skipped/>", "tests.b": ""}))
    assert "tests.kind_executed@e2e" not in values(evidence)
