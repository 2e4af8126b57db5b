"""What open items are worth, and the score as if some of them passed: by the scoring code itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from datetime import date
from fractions import Fraction

from auditor.evaluate.readiness import readiness
from auditor.evaluate.scoring import mean, section_score
from auditor.evaluate.times import moment
from auditor.model.item import Severity
from auditor.model.plan import Mark
from auditor.model.report import Report
from auditor.model.verdict import Outcome, Score, Verdict


def gains(report: Report) -> dict[str, Fraction]:
    """Item id → the share of the total that the item is worth when it passes; every applicable item."""
    worth: dict[str, Fraction] = {}
    total = _sum(c.category.weight for c in report.categories if c.applicable)
    for category in report.categories:
        sections = [s for s in category.sections if s.applicable and s.section.weight > 0]
        weight = _sum(s.section.weight for s in sections)
        for section in category.sections:
            asked = [v for v in section.verdicts if v.outcome is not Outcome.NOT_APPLICABLE]
            scale = total * weight * _sum(v.item.weight for v in asked)
            share = category.category.weight * section.section.weight
            for verdict in asked:
                worth[verdict.item.id] = (
                    share * verdict.item.weight / scale if scale else Fraction(0)
                )
    return worth


def _sum(weights: object) -> Fraction:
    return sum((w for w in weights if w > 0), Fraction(0))  # type: ignore[attr-defined]


def standing(verdict: Verdict, by: date) -> Verdict:
    """The verdict without a waiver that ends on `by` or before, and without a start that has come."""
    ends = moment(verdict.waived.expires) if verdict.waived is not None else None
    waived = verdict.waived if ends is not None and ends.date() > by else None
    pending = verdict.pending if verdict.pending > by.isoformat() else ""
    if (waived, pending) == (verdict.waived, verdict.pending):
        return verdict
    return replace(verdict, waived=waived, pending=pending)


class Projection:
    """A report as it will be: items are marked as passed, days go by, and the score follows."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._verdicts = [[list(s.verdicts) for s in c.sections] for c in report.categories]
        self._places = {
            v.item.id: (c, s, i)
            for c, sections in enumerate(self._verdicts)
            for s, verdicts in enumerate(sections)
            for i, v in enumerate(verdicts)
        }
        self._sections = [
            [self._section(c, s) for s in range(len(sections))]
            for c, sections in enumerate(self._verdicts)
        ]
        self._categories = [mean(sections) for sections in self._sections]

    def passes(self, ids: Collection[str], by: date) -> Mark:
        """Mark more items as passed, and say where the service stands on that day."""
        touched = set()
        for name in ids:
            c, s, i = self._places[name]
            known = self._verdicts[c][s][i]
            self._verdicts[c][s][i] = replace(known, outcome=Outcome.PASS, waived=None, pending="")
            touched.add((c, s))
        for c, s in touched:
            self._sections[c][s] = self._section(c, s)
        for c in {c for c, _ in touched}:
            self._categories[c] = mean(self._sections[c])
        return self.mark(by)

    def mark(self, by: date) -> Mark:
        """Where the service stands on a day; waivers end, and demands come into force."""
        score, _ = mean(
            (score, result.category.weight)
            for (score, weight), result in zip(
                self._categories, self._report.categories, strict=True
            )
            if weight > 0
        )
        verdicts = [
            standing(v, by) if v.waived is not None or v.pending else v
            for sections in self._verdicts
            for section in sections
            for v in section
        ]
        level = readiness(self._report.checklist, score, verdicts).level
        counted = Counter(v.item.severity.value for v in verdicts if v.blocks)
        return Mark(score, level, {s.value: counted[s.value] for s in Severity})

    def _section(self, category: int, section: int) -> tuple[Score, Fraction]:
        verdicts: list[Verdict] = self._verdicts[category][section]
        score, applicable = section_score(verdicts)
        known = self._report.categories[category].sections[section].section
        return score, known.weight if applicable else Fraction(0)
