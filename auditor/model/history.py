"""Audits over time: what is kept of each run, and what many runs together tell."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from auditor.model.item import Severity
from auditor.model.level import Level
from auditor.model.verdict import Outcome, Score


class RunKind(StrEnum):
    """How a run came about: an audit at its time, or one of an earlier commit made afterwards."""

    AUDIT = "audit"
    BACKFILL = "backfill"


@dataclass(frozen=True, slots=True)
class ServiceKey:
    """What tells services apart: name, where git fetches them from ("" where unknown), service root."""

    name: str
    origin: str = ""
    root: str = ""


@dataclass(frozen=True, slots=True)
class ItemResult:
    """What a run said of an item; `pending` is a date, or empty."""

    id: str
    number: str
    title: str
    severity: Severity
    outcome: Outcome
    level: Level | None = None
    waived: bool = False
    stale: bool = False
    attested: bool = False
    pending: str = ""


@dataclass(frozen=True, slots=True)
class PartScore:
    """The score of a category, exact."""

    id: str
    number: str
    title: str
    weight: Fraction
    applicable: bool
    score: Score


@dataclass(frozen=True, slots=True)
class Look:
    """How a probe fared in a run. `problem` is the kind of its first one, or empty; `oldest_at` is when
    the oldest of its facts was made, in seconds since 1970, None where no fact says.
    """

    probe: str
    version: str
    status: str
    problem: str = ""
    facts: int = 0
    findings: int = 0
    suppressed: int = 0
    duration_s: float = 0.0
    oldest_at: int | None = None


@dataclass(frozen=True, slots=True)
class RunHead:
    """A run without its parts. `digest` is of the evidence bundle, and tells runs apart.

    `at` orders runs: when the audit began, or for a backfilled one when its commit was made, in seconds
    since 1970. The other times are ISO 8601. `ref` is the tag that was backfilled. `ready_from` is the share
    (percent) that the checklist asks of a service that is ready. The counts are of
    open items that are neither waived nor pending.
    """

    digest: str
    kind: RunKind
    at: int
    started_at: str
    finished_at: str
    commit: str | None
    committed_at: str | None
    branch: str | None
    ref: str
    dirty: bool
    tool_version: str
    checklist: str
    checklist_version: str
    checklist_digest: str
    tier: str
    deployment: str
    level: str
    ready: bool
    ready_from: float
    score: Score
    open_blockers: int
    open_criticals: int
    passed: int
    applicable: int


@dataclass(frozen=True, slots=True)
class RunRecord:
    """All that the tables of a history hold of a run."""

    service: ServiceKey
    head: RunHead
    items: tuple[ItemResult, ...]
    parts: tuple[PartScore, ...]
    looks: tuple[Look, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """A stored run; `id` is its number in the history, `stored_at` is in seconds since 1970."""

    id: int
    service_id: int
    service: ServiceKey
    head: RunHead
    baseline: bool
    stored_at: int


@dataclass(frozen=True, slots=True)
class OpenSince:
    """An item that is open in a run, and since when.

    `since` is the first run of the unbroken row of runs in which it was open; `before` is the run just
    before in which it was not, None where no stored run saw it settled: then it is open at least since.
    Backfilled runs that could not tell count for neither.
    """

    item: ItemResult
    since: Run
    before: Run | None


@dataclass(frozen=True, slots=True)
class ServiceState:
    """A service in the list: its newest run, how many there are, the proven shares up to it in the order
    of time, and its open blocker that is open longest.
    """

    newest: Run
    runs: int
    proven: tuple[Fraction, ...]
    longest: OpenSince | None


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """A run in a trend; `parts` are its categories."""

    run: Run
    parts: tuple[PartScore, ...] = ()


@dataclass(frozen=True, slots=True)
class Pruned:
    """What a retention removed, or would remove. `kept` counts runs; `blobs` counts stored files."""

    removed: tuple[Run, ...]
    kept: int
    blobs: int
