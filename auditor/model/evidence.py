"""What probes give: facts, problems and findings, gathered in one Evidence per probe."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from auditor.model.level import Level

Value = bool | int | float | str | list[Any] | dict[str, Any]
"""A fact's value: a JSON scalar (never null: an absent fact is absent), list or object."""


class ProblemKind(StrEnum):
    """Why something is not known."""

    NOT_CONFIGURED = "not_configured"
    TOOL_MISSING = "tool_missing"
    UNREACHABLE = "unreachable"
    DENIED = "denied"
    TIMED_OUT = "timed_out"
    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    VACUOUS = "vacuous"
    STALE = "stale"
    CRASHED = "crashed"


class SourceKind(StrEnum):
    """Where a fact was seen."""

    FILE = "file"
    HTTP = "http"
    COMMAND = "command"
    ATTESTATION = "attestation"


class Status(StrEnum):
    """How a probe's look ended."""

    OK = "ok"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Location:
    """A place that a reader can open: a file (relative to the git root) and line, or a URL."""

    path: str | None = None
    line: int | None = None
    url: str | None = None

    def __str__(self) -> str:
        if self.path is None:
            return self.url or ""
        return f"{self.path}:{self.line}" if self.line else self.path


@dataclass(frozen=True, slots=True)
class Source:
    """Why to believe a fact."""

    kind: SourceKind
    locator: str
    sha256: str | None = None
    blob: str | None = None
    excerpt: str | None = None
    observed_at: str | None = None
    tool: str | None = None
    tool_version: str | None = None
    arguments: tuple[str, ...] = ()
    exit_code: int | None = None
    commit: str | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """One observed value. `produced_at` is ISO 8601 with an offset, None where it is not known."""

    key: str
    value: Value
    level: Level
    source: Source
    subject: str = ""
    unit: str = ""
    locations: tuple[Location, ...] = ()
    produced_at: str | None = None

    @property
    def name(self) -> str:
        """`key`, or `key@subject` where the fact is about one of several things."""
        return f"{self.key}@{self.subject}" if self.subject else self.key


@dataclass(frozen=True, slots=True)
class Problem:
    """Why something is not known, and what to do about it.

    `facts` names the facts that it hides, as `key` or `key@subject`; empty means every fact of the probe.
    """

    kind: ProblemKind
    message: str
    hint: str = ""
    facts: tuple[str, ...] = ()
    locations: tuple[Location, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a tool or a probe complains about; `fact` is the key that counts it."""

    rule: str
    message: str
    fact: str
    severity: str = ""
    location: Location = Location()
    suppressed: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """One probe's whole answer."""

    probe: str
    version: str
    status: Status
    facts: tuple[Fact, ...] = ()
    problems: tuple[Problem, ...] = ()
    findings: tuple[Finding, ...] = ()
    started: str = ""
    duration_s: float = 0.0
