"""Who is on call over a stretch of time: shifts of levels, and the gaps between them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

_SMALLEST_GAP = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Shift:
    """One person on call; `start` and `end` are None where it has none. `person` is an id, not a name."""

    level: int
    person: str
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """Who is paged for a service, level by level. `levels` counts those that are set up."""

    name: str
    levels: int
    shifts: tuple[Shift, ...]


def gaps(
    shifts: Iterable[Shift], start: datetime, end: datetime
) -> list[tuple[datetime, datetime]]:
    """The stretches between `start` and `end` in which none of the shifts runs; under a minute is none."""
    spans = sorted((max(s.start or start, start), min(s.end or end, end)) for s in shifts)
    found: list[tuple[datetime, datetime]] = []
    at = start
    for begins, ends in spans:
        if begins - at >= _SMALLEST_GAP:
            found.append((at, min(begins, end)))
        at = max(at, ends)
    if end - at >= _SMALLEST_GAP:
        found.append((at, end))
    return [(one, other) for one, other in found if one < other]


def covered_levels(policy: Policy, start: datetime, end: datetime) -> int:
    """How many levels from the first on have somebody on call all the time."""
    count = 0
    for level in range(1, policy.levels + 1):
        if gaps((s for s in policy.shifts if s.level == level), start, end):
            break
        count += 1
    return count


def people(policy: Policy, start: datetime, end: datetime) -> int:
    """How many different people are on call at any time between `start` and `end`."""
    return len(
        {
            shift.person
            for shift in policy.shifts
            if (shift.start is None or shift.start < end)
            and (shift.end is None or shift.end > start)
        }
    )
