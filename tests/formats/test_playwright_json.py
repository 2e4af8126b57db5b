"""Playwright's JSON: outcomes recounted from results, whatever `status`, `ok` and `stats` say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.testruns.junit_report import Outcome
from auditor.formats.testruns.playwright_json import parse, sniff
from auditor.formats.text.errors import FormatError, Malformed, TooLarge


def report(*tests: dict[str, Any], **more: Any) -> dict[str, Any]:
    specs = [
        {"title": f"works {i}", "file": "pay.spec.ts", "ok": True, "tests": [t]}
        for i, t in enumerate(tests)
    ]
    inner = {"title": "payment", "file": "pay.spec.ts", "specs": specs}
    suite = {"title": "pay.spec.ts", "file": "pay.spec.ts", "specs": [], "suites": [inner]}
    return {
        "config": {"forbidOnly": True, "version": "1.50.0"},
        "suites": [suite],
        "errors": [],
        **more,
    }


def ran(*statuses: str, expected: str = "passed", status: str = "expected") -> dict[str, Any]:
    results = [
        {"status": s, "duration": 1500, "retry": i, "errors": []} for i, s in enumerate(statuses)
    ]
    return {
        "expectedStatus": expected,
        "projectName": "chromium",
        "results": results,
        "status": status,
    }


def encoded(value: object) -> bytes:
    return json.dumps(value).encode()


@pytest.mark.parametrize(
    ("statuses", "expected", "outcome"),
    [
        (("passed",), "passed", Outcome.PASSED),
        (("failed",), "passed", Outcome.FAILED),
        (("timedOut",), "passed", Outcome.FAILED),
        (("failed", "passed"), "passed", Outcome.FLAKY),
        (("failed", "failed"), "passed", Outcome.FAILED),
        (("skipped",), "skipped", Outcome.SKIPPED),
        (("skipped",), "passed", Outcome.SKIPPED),
        ((), "passed", Outcome.SKIPPED),
        (("interrupted",), "passed", Outcome.ERROR),
        (("failed",), "failed", Outcome.PASSED),
        (("passed",), "failed", Outcome.FAILED),
    ],
)
def test_the_results_tell_how_a_test_ended(
    statuses: tuple[str, ...], expected: str, outcome: Outcome
) -> None:
    (case,) = parse(encoded(report(ran(*statuses, expected=expected)))).cases
    assert case.outcome is outcome


def test_a_case_has_the_names_that_a_pattern_may_use() -> None:
    (case,) = parse(encoded(report(ran("passed")))).cases
    assert (case.id, case.file, case.suite) == ("pay.spec.ts::works 0", "pay.spec.ts", "chromium")
    assert case.seconds == 1.5


def test_false_green_counters_that_contradict_the_tests_are_said() -> None:
    stats = {
        "startTime": "2026-03-02T12:00:00.000Z",
        "expected": 9,
        "unexpected": 0,
        "flaky": 0,
        "skipped": 0,
    }
    seen = parse(encoded(report(ran("passed"), stats=stats)))
    assert [d.counter for d in seen.disagreement] == ["tests"]
    assert seen.counters.tests == 1


def test_false_green_an_error_outside_any_test_is_a_broken_case() -> None:
    seen = parse(encoded(report(ran("passed"), errors=[{"message": "\x1b[31mno server\x1b[0m"}])))
    assert seen.counters.errors == 1
    assert seen.cases[-1].message == "no server"


def test_the_time_and_the_address_that_was_tested_are_read() -> None:
    value = report(ran("passed"), stats={"startTime": "2026-03-02T13:00:00.000+01:00"})
    value["config"]["metadata"] = {"base_url": "https://staging.test", "n": 1}
    seen = parse(encoded(value))
    assert [t.isoformat() for t in seen.timestamps] == ["2026-03-02T12:00:00+00:00"]
    assert seen.suites[0].properties == (("base_url", "https://staging.test"),)


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b"[]", b'{"config": {}, "suites": 1}', encoded(report({"expectedStatus": "great", "results": []})),
     encoded(report(ran("passed")))[:-20]],
)  # fmt: skip
def test_what_is_no_report_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        parse(data)


def test_suites_in_suites_without_end_are_refused() -> None:
    suite: dict[str, Any] = {"title": "a", "specs": []}
    for _ in range(200):
        suite = {"title": "a", "specs": [], "suites": [suite]}
    with pytest.raises(TooLarge):
        parse(encoded({"config": {}, "suites": [suite]}))


def test_a_report_is_told_by_its_configuration() -> None:
    assert sniff(encoded(report()))
    assert not sniff(b'{"config": {"a": 1}, "suites": []}')
    assert not sniff(b'{"suites": [], "forbidOnly": 1}')


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["suites", "specs", "tests", "results", "status", "title"]), inner
        )
    ),
    max_leaves=15,
)


@given(JSON, st.sampled_from(["suites", "stats", "errors", "config"]))
def test_any_structure_is_read_or_refused(value: object, key: str) -> None:
    data = encoded({**report(ran("passed")), key: value})
    try:
        seen = parse(data)
    except FormatError:
        return
    assert seen.counters.tests == len(seen.cases)
