"""The random worlds are worth judging in: what the properties speak of really happens in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from auditor.evaluate.assess import Bundle, assess
from auditor.model.item import Checklist, Severity
from auditor.model.report import Report
from auditor.model.verdict import Outcome
from tests.evaluate.universes import LOSSES, bundles, checklists

WORLDS = 200
LEAST = {
    "an item passes": 0.25,
    "an item fails": 0.4,
    "an item is unknown": 0.4,
    "an item does not apply": 0.2,
    "a blocker passes": 0.06,
    "an attestation passes an item": 0.01,
    "an item is waived": 0.02,
    "evidence is stale": 0.04,
    "evidence is below the floor": 0.01,
    "facts contradict each other": 0.1,
    "the service is ready": 0.03,
    "unknown items leave room above what is proven": 0.3,
    "a loss lowers what is proven": 0.25,
    "a loss opens a blocker": 0.08,
    "a loss would raise the share of those decided": 0.1,
}
"""Share of the worlds in which each thing must happen: about half of what was counted."""


@pytest.fixture(scope="module")
def happened() -> Counter[str]:
    """In how many of some worlds, always the same ones, each thing happens."""
    told: Counter[str] = Counter()

    @settings(
        max_examples=WORLDS,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(bundles(), checklists())
    def look(full: Bundle, made: Checklist) -> None:
        told["worlds"] += 1
        told.update(set(_told(full, made)))

    look()
    return told


def _told(full: Bundle, made: Checklist) -> Iterator[str]:
    report = assess(full, made)
    verdicts = report.verdicts()
    for outcome, words in {
        Outcome.PASS: "an item passes",
        Outcome.FAIL: "an item fails",
        Outcome.UNKNOWN: "an item is unknown",
        Outcome.NOT_APPLICABLE: "an item does not apply",
    }.items():
        if any(v.outcome is outcome for v in verdicts):
            yield words
    texts = [r.text for v in verdicts for r in v.reasons]
    problems = {r.problem for v in verdicts for r in v.reasons}
    facts = {
        "an attestation passes an item": any(v.attested for v in verdicts),
        "an item is waived": any(v.waived for v in verdicts),
        "evidence is stale": any(v.stale for v in verdicts),
        "evidence is below the floor": "below_floor" in problems,
        "facts contradict each other": any("disagrees" in text for text in texts),
        "the service is ready": report.readiness.ready,
        "a blocker passes": bool(_passed_blockers(report)),
        "unknown items leave room above what is proven": report.score.possible
        > report.score.proven,
    }
    yield from (words for words, there in facts.items() if there)
    for loss in LOSSES:
        less = assess(loss.of(full), made)
        if less.score.proven < report.score.proven:
            yield "a loss lowers what is proven"
        if _passed_blockers(report) - _passed_blockers(less):
            yield "a loss opens a blocker"
        if _naive(less) > _naive(report):
            yield "a loss would raise the share of those decided"


def _passed_blockers(report: Report) -> set[str]:
    return {
        v.item.id
        for v in report.verdicts()
        if v.outcome is Outcome.PASS and v.item.severity is Severity.BLOCKER
    }


def _naive(report: Report) -> Fraction:
    """The score of a judge that leaves lost evidence out of the denominator, as other tools do."""
    decided = [v for v in report.verdicts() if v.outcome in (Outcome.PASS, Outcome.FAIL)]
    passed = [v for v in decided if v.outcome is Outcome.PASS]
    return Fraction(len(passed), len(decided)) if decided else Fraction(0)


@pytest.mark.parametrize("what", LEAST)
def test_what_the_properties_speak_of_happens_often_enough(
    happened: Counter[str], what: str
) -> None:
    assert happened["worlds"] >= WORLDS * 0.9
    assert happened[what] >= LEAST[what] * happened["worlds"], happened
