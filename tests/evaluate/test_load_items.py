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
}
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
ITEMS = ("2.1.5", "4.1.2", "4.1.3")


@cache
def shipped() -> Checklist:
    """The checklist that comes with the auditor."""
    return load_checklist("production-readiness", vocabulary(p.spec for p in find_probes()))


def verdict(number: str, run: Mapping[str, Any], report: Mapping[str, Any]) -> Verdict:
    """The verdict of an item by the audit's own run and by a report."""
    facts = [fact(k, v, Level.OBSERVED) for k, v in run.items()]
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
        made = {**RUN, "load_run.rate": rate, "load_run.capacity": rate}
        facts = seen(*(fact(k, v, Level.OBSERVED) for k, v in {**made, **FAILED_REPORT}.items()))
        return evaluate(criterion.require, facts, floor=Level.REPORTED).truth

    assert (truth(1001.0), truth(999.0)) == (True, False)
