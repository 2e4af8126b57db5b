"""The shape of the JSON report, schema version 1: fields may be added, never renamed.

Every field is always there; what is not known is null or empty.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from auditor.report.gate_document import Gate

Outcomes = Literal["pass", "fail", "unknown", "not_applicable"]
Severities = Literal["blocker", "critical", "important", "nice"]
Levels = Literal["claimed", "declared", "effective", "reported", "observed", "verified"]


class Tool(msgspec.Struct, frozen=True):
    """The program that made the report."""

    name: str
    version: str


class Deployment(msgspec.Struct, frozen=True):
    """A running deployment and the systems that watch it; null where none was named."""

    url: str | None
    prometheus: str | None
    alertmanager: str | None
    grafana: str | None
    loki: str | None
    production: bool


class Target(msgspec.Struct, frozen=True):
    """What was audited; `deployments` is name → deployment."""

    service: str
    repository: str
    root: str
    commit: str | None
    committed_at: str | None
    branch: str | None
    dirty: bool
    deployments: dict[str, Deployment]


class Checklist(msgspec.Struct, frozen=True):
    """What it was audited against. `extends` are its parents, nearest first; `added`, `changed` (item id
    → keys) and `removed` (item id → reason) say how it differs from them; `tier` is the service's, ""
    where it has none.
    """

    id: str
    version: str
    digest: str
    title: str
    tier: str = ""
    extends: list[str] = []
    added: list[str] = []
    changed: dict[str, list[str]] = {}
    removed: dict[str, str] = {}


class Readiness(msgspec.Struct, frozen=True):
    """The level reached; `reasons` are what stands between it and the next one."""

    level: Literal["not_ready", "ready", "excellent", "perfect"]
    ready: bool
    reasons: list[str]


class Score(msgspec.Struct, frozen=True):
    """Percentages, rounded down to four decimals."""

    proven: float
    possible: float
    coverage: float


class Place(msgspec.Struct, frozen=True):
    """A file (relative to the git root) and line, or a URL."""

    path: str | None
    line: int | None
    url: str | None


class Reason(msgspec.Struct, frozen=True):
    """One part of why a verdict is what it is; `problem` is why something is not known."""

    text: str
    fact: str | None
    expected: str | None
    observed: str | None
    problem: str | None
    locations: list[Place]


class Waived(msgspec.Struct, frozen=True):
    """A reviewed promise to live with the open item; it never adds to the score."""

    owner: str
    approver: str
    reason: str
    expires: str
    evidence: str


class Item(msgspec.Struct, frozen=True):
    """An item decided; `evidence` are ids of probes, `checks` its named sub-items. `pending` is the date
    from which it is in force, where that has not come.
    """

    id: str
    number: str
    title: str
    severity: Severities
    verdict: Outcomes
    level: Levels | None
    waived: Waived | None
    stale: bool
    reasons: list[Reason]
    evidence: list[str]
    fix: str
    produce: str
    checks: list[Item]
    open_title: str
    why: str
    attested: bool
    floor: Levels
    weight: float
    effort_h: float
    pending: str = ""


class Section(Score, frozen=True):
    """A section with its items in the order of the checklist."""

    id: str
    number: str
    title: str
    items: list[Item]
    applicable: bool


class Category(Score, frozen=True):
    """A category; `weight` is as the checklist gives it."""

    id: str
    number: str
    title: str
    weight: float
    sections: list[Section]
    applicable: bool


class Blocker(msgspec.Struct, frozen=True):
    """An applicable blocker; `result` is fail where the verdict is unknown."""

    id: str
    number: str
    title: str
    result: Literal["pass", "fail"]
    verdict: Outcomes
    waived: bool


class Counts(msgspec.Struct, frozen=True, rename={"passed": "pass"}):
    """How many items of one severity; `waived` ones are counted under their outcome too."""

    passed: int
    fail: int
    unknown: int
    not_applicable: int
    waived: int


class AllCounts(msgspec.Struct, frozen=True):
    """Items by severity."""

    blocker: Counts
    critical: Counts
    important: Counts
    nice: Counts


class Criterion(msgspec.Struct, frozen=True):
    """A success criterion; `met` is null where it is not known."""

    id: str
    title: str
    met: bool | None
    observed: str
    expected: str
    reasons: list[Reason]


class Problem(msgspec.Struct, frozen=True):
    """Why a probe could not look, or not everywhere; `facts` are what it hides, none means all."""

    kind: str
    message: str
    hint: str
    facts: list[str]
    locations: list[Place]


class Finding(msgspec.Struct, frozen=True):
    """One thing that a tool or a probe complains about; `fact` counts it."""

    rule: str
    message: str
    fact: str
    severity: str
    location: Place
    suppressed: bool


class Probe(msgspec.Struct, frozen=True):
    """How a probe fared; `problem` is the first of `problems`."""

    id: str
    version: str
    status: Literal["ok", "skipped", "failed"]
    problem: Problem | None
    duration_s: float
    title: str
    problems: list[Problem]
    findings: list[Finding]
    suppressed: int


class Tally(msgspec.Struct, frozen=True):
    """What did not count, in numbers."""

    suppressed: int
    waived: int
    stale: int
    not_looked_at: int
    below_floor: int
    attested: int
    declared_not_applicable: int
    expired_attestations: int
    expired_waivers: int
    unused_waivers: int


class Traffic(msgspec.Struct, frozen=True):
    """What the audit asked of running systems."""

    requests: int
    bytes: int


class WaiverEntry(Waived, frozen=True):
    """A waiver of the waivers file, used or not."""

    item: str


class Document(msgspec.Struct, frozen=True):
    """An audit as JSON."""

    schema_version: Literal["1"]
    tool: Tool
    started_at: str
    finished_at: str
    target: Target
    checklist: Checklist
    readiness: Readiness
    score: Score
    categories: list[Category]
    blockers: list[Blocker]
    counts: AllCounts
    criteria: list[Criterion]
    probes: list[Probe]
    tally: Tally
    traffic: Traffic
    waivers: list[WaiverEntry]
    notes: list[str]
    settings: dict[str, Any]
    bundle_digest: str
    gate: Gate | None = None
