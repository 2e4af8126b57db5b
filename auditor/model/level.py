"""How strong evidence is: the ladder E0 to E5 of scoring.md."""

from __future__ import annotations

from enum import StrEnum


class Level(StrEnum):
    """A rung of the ladder; compare by `rank`, never by name."""

    CLAIMED = "claimed"
    DECLARED = "declared"
    EFFECTIVE = "effective"
    REPORTED = "reported"
    OBSERVED = "observed"
    VERIFIED = "verified"

    @property
    def rank(self) -> int:
        """0 (claimed) to 5 (verified)."""
        return _RANKS[self.value]


_RANKS = {level.value: rank for rank, level in enumerate(Level)}


def weakest(levels: list[Level]) -> Level:
    """The lowest of at least one level: a chain is as strong as its weakest part."""
    return min(levels, key=lambda level: level.rank)


def strongest(levels: list[Level]) -> Level:
    """The highest of at least one level."""
    return max(levels, key=lambda level: level.rank)


def at_most(level: Level, cap: Level) -> Level:
    """`level`, but never above `cap`."""
    return level if level.rank <= cap.rank else cap
