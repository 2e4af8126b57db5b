"""An item decided, and the sums over decided items."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from auditor.model.evidence import Location
from auditor.model.item import Item
from auditor.model.level import Level


class Outcome(StrEnum):
    """What evidence says of an item."""

    PASS = "pass"
    FAIL = "fail"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True)
class Reason:
    """One part of why a verdict is what it is; `hint` is what would make the evidence that is missing."""

    text: str
    fact: str | None = None
    expected: str | None = None
    observed: str | None = None
    problem: str | None = None
    locations: tuple[Location, ...] = ()
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Waiver:
    """A reviewed promise to live with an open item until `expires` (ISO 8601 with an offset)."""

    item: str
    owner: str
    approver: str
    reason: str
    expires: str
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """An item decided. `waived`, `stale` and `pending` are overlays: they never change the outcome.

    `pending` is the date from which the checklist's demand is in force, where that has not come.
    """

    item: Item
    outcome: Outcome
    level: Level | None = None
    reasons: tuple[Reason, ...] = ()
    evidence: tuple[str, ...] = ()
    waived: Waiver | None = None
    stale: bool = False
    attested: bool = False
    checks: tuple[Verdict, ...] = ()
    pending: str = ""

    @property
    def open(self) -> bool:
        """Applicable, and not passed."""
        return self.outcome in (Outcome.FAIL, Outcome.UNKNOWN)

    @property
    def blocks(self) -> bool:
        """Open, and neither waived nor pending: what stands between the service and its level."""
        return self.open and self.waived is None and not self.pending


@dataclass(frozen=True, slots=True)
class Score:
    """Exact shares between 0 and 1: proven, possible, and decided (coverage)."""

    proven: Fraction
    possible: Fraction
    coverage: Fraction
