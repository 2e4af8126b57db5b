"""How the shipped checklist decides the items of load, of which a report or the audit's own run tells."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest

from auditor.checklist.load import load_checklist
from auditor.collect.registry import find_probes, vocabulary
from auditor.evaluate.tree import evaluate
from auditor.model.item import Checklist
from auditor.model.level import Level
from auditor.model.verdict import Outcome, Verdict
from tests.evaluate.worlds import fact, judged, seen

RUN: Mapping[str, Any] = {
    "load_run.requests": 176_000,
    "load_run.duration_s": 320,
    "load_run.rate": 549.0,
    "load_run.error_percent": 0.1,
    "load_run.p50_ms": 20,
    "load_run.p95_ms": 120,
    "load_run.p99_ms": 240,
    "load_run.local_target": False,
    "load_run.of_audited_commit": True,
    "load_run.broke": [],
}
GIVEN: Mapping[str, Any] = {"given.systems": ["url", "load"]}
FAILED_REPORT: Mapping[str, Any] = {
    "load.requests": 90_000,
    "load.duration_s": 600,
    "load.rate": 150.0,
    "load.error_percent": 4,
    "load.p50_ms": 20,
    "load.p95_ms": 900,
    "load.p99_ms": 2000,
    "load.failed_thresholds": [],
    "load.local_target": False,
}
GOOD_REPORT: Mapping[str, Any] = {
    **FAILED_REPORT,
    "load.requests": 330_000,
    "load.rate": 550.0,
    "load.error_percent": 0.1,
    "load.p95_ms": 120,
    "load.p99_ms": 300,
}
SERVER: Mapping[str, Any] = {
    "deployment.is_audited_commit": True,
    "sli.samples": 500_000,
    "sli.window_s": 3600,
    "sli.request_rate": 600.0,
    "sli.error_percent": 0.1,
    "sli.p50_ms": 20,
    "sli.p95_ms": 120,
    "sli.p99_ms": 300,
}
ITEMS = ("2.1.5", "4.1.2", "4.1.3")


@cache
def shipped() -> Checklist:
    """The checklist that comes with the auditor."""
    return load_checklist("production-readiness", vocabulary(p.spec for p in find_probes()))


def verdict(
    number: str, run: Mapping[str, Any], report: Mapping[str, Any], given: Mapping[str, Any] = GIVEN
) -> Verdict:
    """The verdict of an item by the audit's own run and by a report."""
    facts = [fact(k, v, Level.OBSERVED) for k, v in {**given, **run}.items()]
    facts += [fact(k, v, Level.REPORTED) for k, v in report.items()]
    return judged(next(i for i in shipped().items() if i.number == number), seen(*facts))


@pytest.mark.parametrize("number", ITEMS)
def test_a_run_of_the_audit_passes_them_at_the_level_observed(number: str) -> None:
    found = verdict(number, RUN, {})
    assert (found.outcome, found.level) == (Outcome.PASS, Level.OBSERVED)


@pytest.mark.parametrize("number", ITEMS)
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("load_run.local_target", True),
        ("load_run.of_audited_commit", False),
        ("load_run.duration_s", 60),
        ("load_run.error_percent", 3),
        ("load_run.p95_ms", 301),
    ],
)
def test_false_green_a_run_that_shows_less_passes_none(number: str, key: str, value: Any) -> None:
    found = verdict(number, {**RUN, key: value}, {})
    assert found.outcome is not Outcome.PASS
    assert key in {reason.fact for reason in found.reasons}
    assert verdict(number, {**RUN, key: value}, FAILED_REPORT).outcome is not Outcome.PASS


@pytest.mark.parametrize("number", ITEMS)
@pytest.mark.parametrize("key", ["load_run.local_target", "load_run.of_audited_commit"])
def test_false_green_what_bore_the_load_has_to_be_known(number: str, key: str) -> None:
    run = {k: v for k, v in RUN.items() if k != key}
    assert verdict(number, run, {}).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("number", ["2.1.5", "4.1.3"])
@pytest.mark.parametrize(
    ("capacity", "outcome"), [({}, Outcome.UNKNOWN), ({"load_run.capacity": 310.0}, Outcome.FAIL)]
)
def test_a_rate_that_nobody_asked_for_fails_only_where_the_limit_was_found(
    number: str, capacity: Mapping[str, Any], outcome: Outcome
) -> None:
    run = {**RUN, "load_run.rate": 300.0, **capacity}
    assert verdict(number, run, FAILED_REPORT).outcome is outcome


def test_the_criterion_asks_for_a_rate_of_its_own() -> None:
    (criterion,) = (c for c in shipped().criteria if c.id == "criteria.load")
    assert criterion.require is not None

    def truth(rate: float) -> bool | None:
        made = {**GIVEN, **RUN, "load_run.rate": rate, "load_run.capacity": rate}
        facts = seen(*(fact(k, v, Level.OBSERVED) for k, v in {**made, **FAILED_REPORT}.items()))
        return evaluate(criterion.require, facts, floor=Level.REPORTED).truth

    assert (truth(1001.0), truth(999.0)) == (True, False)


NOT_ASKED: Mapping[str, Any] = {"given.systems": ["url"]}


@pytest.mark.parametrize("number", ITEMS)
def test_a_report_decides_where_the_audit_was_not_asked_for_a_load(number: str) -> None:
    found = verdict(number, {}, GOOD_REPORT, NOT_ASKED)
    assert (found.outcome, found.level) == (Outcome.PASS, Level.REPORTED)


@pytest.mark.parametrize("number", ITEMS)
@pytest.mark.parametrize(
    ("told", "key"),
    [
        ({"load_run.p95_ms": 812}, "load_run.p95_ms"),
        ({"load_run.error_percent": 3.2}, "load_run.error_percent"),
        (
            {
                "load_run.broke": ["300 a second: P95 was 812 ms"],
                "load_run.rate": 250.0,
                "load_run.capacity": 250.0,
            },
            "load_run.broke",
        ),
    ],
    ids=["slow", "failing", "broke"],
)
def test_false_green_a_good_report_does_not_stand_against_todays_run(
    number: str, told: Mapping[str, Any], key: str
) -> None:
    found = verdict(number, {**RUN, **told}, GOOD_REPORT)
    assert (found.outcome, found.level) == (Outcome.FAIL, Level.OBSERVED)
    assert found.reasons[0].fact == key, "what was seen is told before what would excuse it"


@pytest.mark.parametrize("number", ITEMS)
def test_false_green_nothing_held_today_is_contrary_to_a_good_report(number: str) -> None:
    run = {
        "load_run.broke": ["60 a second: 30.0 % of the requests failed"],
        "load_run.capacity": 0.0,
        "load_run.rate": 0.0,
        "load_run.local_target": False,
        "load_run.of_audited_commit": True,
    }
    assert verdict(number, run, GOOD_REPORT).outcome is Outcome.FAIL


@pytest.mark.parametrize("number", ITEMS)
@pytest.mark.parametrize(
    "run",
    [
        {},
        {"load_run.local_target": False},
        {k: v for k, v in RUN.items() if k != "load_run.broke"} | {"load_run.rate": 300.0},
        {k: v for k, v in RUN.items() if k != "load_run.p95_ms"},
        {**RUN, "load_run.rate": 300.0, "load_run.broke": ["400 a second: it held once"]},
    ],
    ids=["lost", "no figures", "not known what broke", "no percentile", "unstable"],
)
def test_false_green_a_run_that_was_asked_for_and_tells_nothing_leaves_a_good_report_unknown(
    number: str, run: Mapping[str, Any]
) -> None:
    assert verdict(number, run, GOOD_REPORT).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("number", ITEMS)
def test_false_green_without_the_evidence_of_what_was_given_a_report_decides_nothing(
    number: str,
) -> None:
    assert verdict(number, {}, GOOD_REPORT, {}).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("number", ITEMS)
@pytest.mark.parametrize(
    "told",
    [
        {"load_run.local_target": True, "load_run.p95_ms": 812},
        {"load_run.of_audited_commit": False, "load_run.p95_ms": 812},
        {"load_run.rate": 300.0},
        {"load_run.broke": ["900 a second: P95 was 812 ms"], "load_run.capacity": 800.0},
    ],
    ids=["a laptop", "another version", "less was asked for", "broke far above"],
)
def test_what_does_not_speak_of_the_same_load_leaves_a_good_report_as_it_is(
    number: str, told: Mapping[str, Any]
) -> None:
    assert verdict(number, {**RUN, **told}, GOOD_REPORT).outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        ({"sli.p95_ms": 812}, Outcome.FAIL),
        ({"sli.error_percent": 9}, Outcome.FAIL),
        ({"sli.p95_ms": 812, "sli.request_rate": 0.2, "sli.samples": 700}, Outcome.PASS),
        ({"sli.p95_ms": 812, "deployment.is_audited_commit": False}, Outcome.PASS),
    ],
    ids=["slow", "failing", "idle", "another version"],
)
def test_the_servers_own_account_of_as_much_load_stands_against_a_report(
    told: Mapping[str, Any], outcome: Outcome
) -> None:
    server = {**SERVER, **told, "given.systems": ["url", "prometheus"]}
    assert verdict("4.1.2", server, GOOD_REPORT, {}).outcome is outcome
    lost = {"given.systems": ["url", "prometheus"]}
    assert verdict("4.1.2", lost, GOOD_REPORT, {}).outcome is Outcome.UNKNOWN
