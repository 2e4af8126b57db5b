"""The figures of a checklist by the verdicts of its items, as its own headings and weights group them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from auditor.evaluate.scoring import mean, section_score
from auditor.formats.checklists.structure import Category, Section
from auditor.model.verdict import Outcome, Score, Verdict

GOOD = Fraction(7, 10)
"""From this share on a score carries ✅."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Passed and applicable items, and the score that their weights give; None where not all are decided."""

    passed: int
    applicable: int
    share: Fraction


def tally(verdicts: Iterable[Verdict]) -> Tally:
    """A section by its verdicts."""
    every = list(verdicts)
    score, _ = section_score(every)
    return Tally(
        sum(v.outcome is Outcome.PASS for v in every),
        sum(v.outcome is not Outcome.NOT_APPLICABLE for v in every),
        score.proven,
    )


def section_of(section: Section, decided: Mapping[int, Verdict]) -> list[Verdict] | None:
    """The verdicts of a section's tasks, None where one has none."""
    found = [decided[task] for task in section.tasks if task in decided]
    return found if len(found) == len(section.tasks) else None


def category_score(
    category: Category, decided: Mapping[int, Verdict]
) -> tuple[Score, Fraction] | None:
    """A category's score and the number of its sections that apply, None where one is not decided."""
    parts = []
    for section in category.sections:
        verdicts = section_of(section, decided)
        if verdicts is None:
            return None
        score, applicable = section_score(verdicts)
        parts.append((score, Fraction(bool(applicable))))
    return mean(parts)


def total_score(
    structure: Iterable[Category], decided: Mapping[int, Verdict]
) -> tuple[Score, Fraction] | None:
    """The total and the sum of the weights that it is out of, None where a task is not decided."""
    parts = []
    for category in structure:
        found = category_score(category, decided)
        if found is None:
            return None
        score, applies = found
        parts.append((score, weight(category) if applies else Fraction(0)))
    return mean(parts)


def weight(category: Category) -> Fraction:
    """A category's weight; those of a document that states none are alike."""
    return Fraction(1) if category.weight is None else Fraction(str(category.weight))


def tenths(share: Fraction, *, down: bool = False) -> str:
    """A share in percent with one decimal: `66.7`. `down` is for totals, where 79.96 must not look like 80;
    nothing but all is 100.
    """
    half = Fraction(0) if down else Fraction(1, 2)
    value = (share * 1000 + half).__floor__()
    value = min(value, 999) if share < 1 else value
    return f"{value // 10}.{value % 10}"


def short(share: Fraction) -> str:
    """The same, without a decimal that is 0: `20`."""
    return tenths(share).removesuffix(".0")


def sign(share: Fraction) -> str:
    """✅ from 70 % on, 🔴 at nothing, ⚠️ between."""
    return "✅" if share >= GOOD else "⚠️" if share else "🔴"
