"""Quantiles of a Prometheus histogram, as `histogram_quantile` gives them, with the bucket they fall in."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quantile:
    """A quantile: interpolated within its bucket, which reaches from `lower` to `upper`."""

    value: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Buckets:
    """Counts below each bound, in order of the bounds, the last of which is infinity."""

    counts: tuple[tuple[float, float], ...]

    @property
    def total(self) -> float:
        """How many observations there are."""
        return self.counts[-1][1]

    def quantile(self, share: float) -> Quantile | None:
        """The quantile; None where nothing was observed, or it lies beyond the largest bound."""
        wanted = share * self.total
        lower, below = 0.0, 0.0
        if self.total <= 0:
            return None
        for bound, count in self.counts:
            if count >= wanted and count > below:
                if math.isinf(bound):
                    return None
                lower = min(lower, bound)
                within = (wanted - below) / (count - below)
                return Quantile(lower + (bound - lower) * within, lower, bound)
            lower, below = bound, max(count, below)
        return None


def read(counts: Mapping[str, float]) -> Buckets | None:
    """Buckets by their `le`; None where one is no number, or infinity is missing or not finite.

    Rates of single buckets are a little uneven, so counts are made to rise as Prometheus does.
    """
    rows: list[tuple[float, float]] = []
    try:
        bounds = sorted((float(le), count) for le, count in counts.items())
    except ValueError:
        return None
    highest = 0.0
    for bound, count in bounds:
        if math.isnan(bound) or not math.isfinite(count):
            return None
        highest = max(highest, count)
        rows.append((bound, highest))
    return Buckets(tuple(rows)) if rows and math.isinf(rows[-1][0]) and rows[-1][0] > 0 else None
