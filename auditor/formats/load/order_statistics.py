"""Percentiles of a small sample, and between which of its values the true ones lie with 95 % confidence.

Nothing is assumed of how times are distributed: the bounds are values of the sample, by the binomial law.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

CONFIDENCE = 0.95


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The nearest rank: the smallest value that `percent` of the sample (sorted, not empty) do not exceed."""
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def interval(ordered: Sequence[float], percent: float) -> tuple[float | None, float | None]:
    """Values of the sorted sample that lie below and above the true percentile, each with 97.5 %.

    None where the sample is too small to bound it on that side.
    """
    size, share = len(ordered), percent / 100
    tail = (1 - CONFIDENCE) / 2
    below = 0.0  # the chance that at most `rank` values lie below the true percentile
    low: float | None = None
    high: float | None = None
    for rank in range(size):
        below += math.comb(size, rank) * share**rank * (1 - share) ** (size - rank)
        if below <= tail:
            low = ordered[rank]
        if below >= 1 - tail:
            high = ordered[rank]
            break
    return low, high
