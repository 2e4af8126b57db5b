"""The checklist as values: items, requirement trees, sections, categories, criteria."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from auditor.model.level import Level


class Severity(StrEnum):
    """How bad it is to go into production with an item open."""

    BLOCKER = "blocker"
    CRITICAL = "critical"
    IMPORTANT = "important"
    NICE = "nice"


@dataclass(frozen=True, slots=True)
class Matcher:
    """A test of one value. `operator` is one of the names in evaluate/matchers.py."""

    operator: str
    operand: bool | int | float | str | tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Constraint:
    """A leaf of a requirement tree: the fact `key` (about `subject`) must satisfy `matcher`."""

    key: str
    subject: str
    matcher: Matcher

    @property
    def name(self) -> str:
        """`key` or `key@subject`, as written in the checklist."""
        return f"{self.key}@{self.subject}" if self.subject else self.key


@dataclass(frozen=True, slots=True)
class All:
    """True when every part is."""

    parts: tuple[Requirement, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """True when one part is."""

    parts: tuple[Requirement, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """True when its part is false."""

    part: Requirement


Requirement = Constraint | All | Any | Not


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the checklist. `max_age_s` is in seconds, `effort_h` in hours.

    Until `effective_from` (ISO date, from midnight UTC) an open item is pending: it blocks nothing.
    `fooled` says how it can look good and mean nothing, `stronger` what would be worth more than what
    decides it. `left_out` is why the service's tier leaves it out, "" where it does not.
    """

    id: str
    number: str
    title: str
    severity: Severity
    open_title: str = ""
    weight: Fraction = Fraction(1)
    effort_h: float = 0.0
    when: Requirement | None = None
    require: Requirement | None = None
    floor: Level = Level.DECLARED
    max_age_s: float | None = None
    attestable: Level | None = None
    why: str = ""
    fix: str = ""
    produce: str = ""
    checks: tuple[Item, ...] = ()
    effective_from: str = ""
    fooled: str = ""
    stronger: str = ""
    left_out: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A group of items; `generate` names what its items are made from, if anything."""

    id: str
    number: str
    title: str
    items: tuple[Item, ...]
    weight: Fraction = Fraction(1)
    generate: str | None = None


@dataclass(frozen=True, slots=True)
class Category:
    """A weighted chapter of the checklist."""

    id: str
    number: str
    title: str
    weight: Fraction
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class Criterion:
    """A success criterion: a requirement over facts and over the outcome of the audit itself."""

    id: str
    title: str
    require: Requirement | None = None
    attestable: Level | None = None


@dataclass(frozen=True, slots=True)
class Threshold:
    """A number of policy with its unit; it lives in the checklist once."""

    value: float
    unit: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Tier:
    """How much depends on a service: what of the checklist is left out for it, each with the reason,
    and the severities that differ. Both go by the ids of items."""

    name: str
    title: str
    description: str = ""
    leaves_out: dict[str, str] = field(default_factory=dict)
    severities: dict[str, Severity] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Checklist:
    """All policy: what is asked, how much it weighs, what may pass it.

    `extends` are the checklists that it is derived from, nearest first, as `id version`; `added`,
    `changed` (item id → keys) and `removed` (item id → reason) say how it differs from the last of
    them. `tier` is the name of the one that is applied, "" for none.
    """

    id: str
    version: str
    title: str
    categories: tuple[Category, ...]
    criteria: tuple[Criterion, ...] = ()
    thresholds: dict[str, Threshold] = field(default_factory=dict)
    levels: dict[str, float] = field(default_factory=dict)
    rollup: str = "mean"
    digest: str = ""
    notes: tuple[str, ...] = ()
    removed: dict[str, str] = field(default_factory=dict)
    extends: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    changed: dict[str, tuple[str, ...]] = field(default_factory=dict)
    tiers: tuple[Tier, ...] = ()
    tier: str = ""

    def items(self) -> list[Item]:
        """Every item in the order of the checklist, without named sub-items."""
        return [i for c in self.categories for s in c.sections for i in s.items]
