"""The document: everything that a reader of an audit may want to know, as values."""

from __future__ import annotations

from dataclasses import dataclass, field

from auditor.model.evidence import Finding, Problem, Status
from auditor.model.gate import Gate
from auditor.model.item import Category, Checklist, Criterion, Section
from auditor.model.target import Target
from auditor.model.verdict import Reason, Score, Verdict, Waiver


@dataclass(frozen=True, slots=True)
class SectionResult:
    """A section with its score and the verdicts of its items, in the order of the checklist."""

    section: Section
    score: Score
    verdicts: tuple[Verdict, ...]
    applicable: bool


@dataclass(frozen=True, slots=True)
class CategoryResult:
    """A category with its score and sections."""

    category: Category
    score: Score
    sections: tuple[SectionResult, ...]
    applicable: bool


@dataclass(frozen=True, slots=True)
class Readiness:
    """The level reached (not_ready, ready, excellent, perfect) and what stands in the way."""

    level: str
    ready: bool
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CriterionResult:
    """A success criterion: met, not met, or (None) unknown."""

    criterion: Criterion
    met: bool | None
    observed: str
    expected: str
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """How one probe fared. `problems` are whole: the first one is the probe's own excuse."""

    id: str
    title: str
    version: str
    status: Status
    duration_s: float
    problems: tuple[Problem, ...] = ()
    findings: tuple[Finding, ...] = ()
    suppressed: int = 0


@dataclass(frozen=True, slots=True)
class Tally:
    """What did not count, in numbers: every report ends with it."""

    suppressed: int = 0
    waived: int = 0
    stale: int = 0
    not_looked_at: int = 0
    below_floor: int = 0
    attested: int = 0
    declared_not_applicable: int = 0
    expired_attestations: int = 0
    expired_waivers: int = 0
    unused_waivers: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """An audit, decided. `counts` is severity → outcome (and "waived") → number."""

    tool_version: str
    started_at: str
    finished_at: str
    target: Target
    checklist: Checklist
    bundle_digest: str
    readiness: Readiness
    score: Score
    categories: tuple[CategoryResult, ...]
    counts: dict[str, dict[str, int]]
    criteria: tuple[CriterionResult, ...]
    probes: tuple[ProbeResult, ...]
    tally: Tally
    waivers: tuple[Waiver, ...] = ()
    notes: tuple[str, ...] = ()
    requests: int = 0
    bytes_received: int = 0
    settings: dict[str, object] = field(default_factory=dict)
    gate: Gate | None = None

    def verdicts(self) -> list[Verdict]:
        """Every verdict in the order of the checklist, without named sub-items."""
        return [v for c in self.categories for s in c.sections for v in s.verdicts]
