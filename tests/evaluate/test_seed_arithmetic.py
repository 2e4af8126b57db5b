"""The score of the checklist that this project began with, recomputed from its ticked boxes."""

from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction

from auditor.checklist.load import load_checklist
from auditor.collect.registry import find_probes, vocabulary
from auditor.evaluate.scoring import mean, section_score
from auditor.model.verdict import Outcome, Verdict

TICKED = {
    "1.1.1",
    "1.1.2",
    "1.1.3",
    "1.1.5",
    "1.1.6",
    "1.1.7",
    "2.1.1",
    "2.2.1",
    "2.2.2",
    "2.2.3",
    "2.2.5",
    "2.2.6",
    "3.1.1",
    "3.1.2",
    "3.2.1",
    "3.2.2",
    "3.2.3",
    "3.2.4",
    "3.2.5",
    "3.3.1",
    "4.2.1",
    "4.2.2",
    "4.2.3",
    "4.3.1",
    "4.3.2",
    "4.3.3",
    "5.1.1",
    "5.1.2",
    "5.1.4",
    "5.2.1",
    "5.2.2",
    "5.2.3",
    "5.3.1",
    "6.1.1",
    "6.1.2",
    "6.1.3",
    "6.1.4",
    "6.1.5",
    "6.2.1",
    "6.2.2",
    "6.2.3",
    "6.3.1",
    "6.3.2",
    "6.3.3",
    "7.1.1",
    "7.1.2",
    "7.1.3",
    "7.1.5",
    "7.2.1",
    "7.2.2",
    "8.1.1",
    "8.1.2",
    "8.1.5",
    "8.2.4",
}
SECTIONS = [
    "6/7",
    "1/6",
    "5/6",
    "2/6",
    "5/7",
    "1/5",
    "0/5",
    "3/5",
    "3/5",
    "3/5",
    "3/5",
    "1/5",
    "5/6",
    "3/5",
    "3/5",
    "4/5",
    "2/5",
    "3/5",
    "1/5",
    "0/5",
]
CHECKLIST = load_checklist("agente-hotelero", vocabulary(p.spec for p in find_probes()))


def test_sections_and_total_are_those_of_the_boxes() -> None:
    sections: list[Fraction] = []
    categories = []
    for category in CHECKLIST.categories:
        parts = []
        for section in category.sections:
            verdicts = [
                Verdict(i, Outcome.PASS if i.number in TICKED else Outcome.FAIL)
                for i in section.items
            ]
            score, weight = section_score(verdicts)
            sections.append(score.proven)
            parts.append((score, section.weight if weight else weight))
        categories.append((mean(parts)[0], category.weight))
    assert sections == [Fraction(s) for s in SECTIONS]
    assert round(float(mean(categories)[0].proven * 100), 2) == 54.34
    assert mean(categories)[1] == 120


def test_the_checklist_has_the_items_and_severities_of_the_seed() -> None:
    severities = [i.severity.value for i in CHECKLIST.items()]
    assert len(severities) == 108
    counts = [severities.count(s) for s in ("blocker", "critical", "important")]
    assert counts == [13, 40, 55]
    assert sum(len(i.checks) for i in CHECKLIST.items()) == 5
    assert any("120" in note for note in CHECKLIST.notes)


def test_the_checklist_is_judged_without_any_evidence() -> None:
    from auditor.evaluate.decide import Overlays, decide
    from auditor.evaluate.facts import Facts

    facts = Facts([], [], datetime(2026, 3, 2, tzinfo=UTC))
    assert {decide(i, facts, Overlays()).outcome for i in CHECKLIST.items()} == {Outcome.UNKNOWN}
