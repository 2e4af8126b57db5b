"""What a SARIF log says, once its references are followed: runs, rules and results."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SarifLevel(StrEnum):
    """How serious a result is; NONE where it is no failure at all."""

    NONE = "none"
    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class SarifRule:
    """A rule that the tool names; `level` is its default, `security_severity` like CVSS, 0 to 10."""

    id: str
    name: str
    level: SarifLevel | None
    security_severity: float | None
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SarifResult:
    """One result. `level` is the effective one: its own, else of its rule, else warning.

    `path` is the first location's, decoded and with `/`; `line` counts from 1. `suppressed` where it
    has suppressions and none of them is rejected or under review. `absent` where a baseline says
    that it is no longer there. Snippets, which may hold secrets, are never read.
    """

    rule_id: str
    level: SarifLevel
    security_severity: float | None
    message: str
    path: str | None
    line: int | None
    suppressed: bool
    absent: bool


@dataclass(frozen=True, slots=True)
class SarifRun:
    """One run of one tool.

    `results` is None where the log does not say what the run found, which is not "nothing".
    `successful` is None where the tool does not say. `errors` are messages of notifications of level
    error. `languages` are those that the run itself names, `artifacts` the files that it lists.
    `finished_at` has a zone; `revisions` are the commits of its version control.
    """

    tool: str
    tool_version: str | None
    rules: tuple[SarifRule, ...]
    results: tuple[SarifResult, ...] | None
    successful: bool | None
    errors: tuple[str, ...]
    notifications: int
    arguments: tuple[str, ...]
    languages: tuple[str, ...]
    artifacts: tuple[str, ...]
    revisions: tuple[str, ...]
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class SarifLog:
    """A whole log; one without runs says nothing."""

    runs: tuple[SarifRun, ...]
