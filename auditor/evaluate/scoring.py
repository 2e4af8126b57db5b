"""Verdicts to scores, in exact fractions: proven, possible, coverage (scoring.md)."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from auditor.model.verdict import Outcome, Score, Verdict

NOTHING = Score(Fraction(0), Fraction(0), Fraction(0))
"""The score of nothing: where nothing applies, nothing is proven."""


def section_score(verdicts: Iterable[Verdict]) -> tuple[Score, Fraction]:
    """Passed weight / applicable weight, and that applicable weight (0 when nothing applies)."""
    weights: dict[Outcome, Fraction] = {outcome: Fraction(0) for outcome in Outcome}
    for verdict in verdicts:
        weights[verdict.outcome] += verdict.item.weight
    passed, failed, unknown = weights[Outcome.PASS], weights[Outcome.FAIL], weights[Outcome.UNKNOWN]
    applicable = passed + failed + unknown
    if not applicable:
        return NOTHING, Fraction(0)
    score = Score(
        passed / applicable, (passed + unknown) / applicable, (passed + failed) / applicable
    )
    return score, applicable


def mean(parts: Iterable[tuple[Score, Fraction]]) -> tuple[Score, Fraction]:
    """The mean of scores by weight, and the sum of the weights; parts of weight 0 are left out."""
    weighed = [(score, weight) for score, weight in parts if weight > 0]
    total = sum((weight for _, weight in weighed), Fraction(0))
    if not total:
        return NOTHING, Fraction(0)
    return (
        Score(
            sum((s.proven * w for s, w in weighed), Fraction(0)) / total,
            sum((s.possible * w for s, w in weighed), Fraction(0)) / total,
            sum((s.coverage * w for s, w in weighed), Fraction(0)) / total,
        ),
        total,
    )
