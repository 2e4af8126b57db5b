"""Kinds of tests by their places, and the names that a pattern may use."""

from __future__ import annotations

import pytest

from auditor.formats.testruns.junit_report import Case, Outcome
from auditor.formats.testruns.test_names import kind_of, matches


def case(
    classname: str = "", name: str = "test_it", file: str | None = None, suite: str = ""
) -> Case:
    return Case(f"{classname}::{name}", name, classname, suite, file, Outcome.PASSED, None, "")


@pytest.mark.parametrize(
    ("classname", "file", "kind"),
    [
        ("tests.unit.test_pay", None, "unit"),
        ("tests.test_pay", None, "unit"),
        ("tests.integration.test_pay.TestPay", None, "integration"),
        ("tests.test_orders_integration", None, "integration"),
        ("com.example.PayIT", None, "integration"),
        ("com.example.PayIntegrationTest", None, "integration"),
        ("tests.e2e.test_pay", None, "e2e"),
        ("tests.test_orders_e2e", None, "e2e"),
        ("", "web/e2e/pay.spec.ts", "e2e"),
        ("", "tests/functional/pay.py", "e2e"),
        ("tests.integrations.test_slack", None, "unit"),
        ("tests.test_digital_it", None, "unit"),
        ("tests.test_system_clock", None, "unit"),
        ("com.example.AUDIT", None, "unit"),
    ],
)
def test_the_place_of_a_test_tells_its_kind(classname: str, file: str | None, kind: str) -> None:
    assert kind_of(case(classname, file=file), {}) == kind


def test_the_name_of_the_test_itself_tells_nothing() -> None:
    assert kind_of(case("tests.test_maths", name="test_integration_of_e2e"), {}) == "unit"


def test_a_pattern_of_the_project_comes_first() -> None:
    patterns = {"integration": ("tests/db/*",), "unit": ("*::test_small",)}
    assert kind_of(case("tests.db.test_rows"), patterns) == "integration"
    assert kind_of(case("tests.e2e.test_pay", name="test_small"), patterns) == "unit"


@pytest.mark.parametrize(
    "pattern",
    [
        "tests/api/test_pay.py::TestPay::test_it",
        "tests/api/test_pay.py::*",
        "tests.api.*",
        "*::test_it",
    ],
)
def test_a_pattern_may_name_a_test_as_pytest_or_as_the_report_does(pattern: str) -> None:
    assert matches(case("tests.api.test_pay.TestPay"), [pattern])
