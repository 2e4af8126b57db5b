"""What other tools take for a pass, and the judge must not: evidence that nobody has."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.evaluate.assess import assess
from auditor.evaluate.facts import Facts
from auditor.model.evidence import Problem, ProblemKind, Status
from auditor.model.item import Not, Severity
from auditor.model.probe import FactSpec, FactType
from auditor.model.verdict import Outcome, Verdict
from tests.evaluate.worlds import (
    NOW,
    answer,
    asks,
    bundle_of,
    checklist,
    fact,
    item,
    judged,
    probe_spec,
    seen,
)

NOT_MORE = ("<= 0", "== 0", "< 1", "<= 5", "<= 1000000", "!= 1")
"""Maxima, which nothing at all would meet if it counted as none."""


def without_an_answer(status: Status, kind: ProblemKind | None) -> Facts:
    """A probe that owes `findings`, and gives none."""
    spec = FactSpec("findings", FactType.NUMBER, "Findings.")
    hidden = [] if kind is None else [Problem(kind, "No.", facts=("findings",))]
    evidence = answer("scanner", status=status, problems=hidden)
    return Facts([evidence], [probe_spec("scanner", spec)], NOW)


def verdict(facts: Facts, test: Any, severity: Severity = Severity.BLOCKER) -> Verdict:
    return judged(item("clean", asks("findings", test), severity=severity), facts)


@pytest.mark.parametrize("test", NOT_MORE)
@pytest.mark.parametrize("status", Status)
def test_a_probe_that_gives_no_number_meets_no_maximum(status: Status, test: str) -> None:
    told = verdict(without_an_answer(status, None), test)
    assert told.outcome is Outcome.UNKNOWN
    assert told.reasons


@pytest.mark.parametrize("test", NOT_MORE)
@pytest.mark.parametrize("kind", ProblemKind)
def test_what_was_kept_from_looking_found_nothing_out(kind: ProblemKind, test: str) -> None:
    for status in (Status.OK, Status.FAILED, Status.SKIPPED):
        assert verdict(without_an_answer(status, kind), test).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("test", NOT_MORE)
def test_a_probe_that_nobody_installed_meets_no_maximum(test: str) -> None:
    assert verdict(Facts([], [], NOW), test).outcome is Outcome.UNKNOWN
    assert judged(item("clean", Not(asks("findings", "> 0"))), Facts([], [], NOW)).outcome is (
        Outcome.UNKNOWN
    )


@pytest.mark.parametrize("severity", Severity)
def test_the_least_severe_item_that_fails_has_failed_and_still_applies(severity: Severity) -> None:
    facts = seen(fact("findings", 7))
    made = item("clean", asks("findings", "== 0"), severity=severity)
    report = assess(bundle_of(facts), checklist(made))
    (told,) = (v for c in report.categories for s in c.sections for v in s.verdicts)
    assert told.outcome is Outcome.FAIL
    assert (report.score.proven, report.categories[0].applicable) == (0, True)


def test_the_better_of_two_reports_does_not_speak_for_both() -> None:
    good, bad = fact("findings", 0, where="new.json"), fact("findings", 4, where="old.json")
    for facts in (seen(good, bad), seen(bad, good)):
        assert verdict(facts, "== 0").outcome is Outcome.FAIL
