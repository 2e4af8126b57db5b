"""Rows to values and back."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from sqlalchemy import Row, Select, select

from auditor.model.history import (
    ItemResult,
    Look,
    PartScore,
    Run,
    RunHead,
    RunKind,
    RunRecord,
    ServiceKey,
)
from auditor.model.item import Severity
from auditor.model.level import Level
from auditor.model.verdict import Outcome, Score
from auditor.store.history.tables import runs, services

_PLAIN = (
    "digest", "at", "started_at", "finished_at", "committed_at", "branch", "ref", "dirty",
    "tool_version", "checklist", "checklist_version", "checklist_digest", "tier", "deployment",
    "level", "ready", "ready_from", "open_blockers", "open_criticals", "passed", "applicable",
)  # fmt: skip


def run_values(head: RunHead) -> dict[str, Any]:
    """The columns of a run, but for its numbers and the time of storing."""
    plain = {name: getattr(head, name) for name in _PLAIN}
    return plain | {"kind": head.kind.value, "commit_id": head.commit} | score_values(head.score)


def score_values(score: Score) -> dict[str, Any]:
    """The columns of a score: numbers, and exact fractions."""
    shares = {"proven": score.proven, "possible": score.possible, "coverage": score.coverage}
    exact = {f"{name}_exact": str(share) for name, share in shares.items()}
    return {name: float(share) for name, share in shares.items()} | exact


def item_values(item: ItemResult) -> dict[str, Any]:
    """The columns of a verdict, but for its keys."""
    return {
        "severity": item.severity.value,
        "outcome": item.outcome.value,
        "level": item.level.value if item.level else None,
        "waived": item.waived,
        "stale": item.stale,
        "attested": item.attested,
        "pending": item.pending,
    }


def look_values(look: Look) -> dict[str, Any]:
    """The columns of evidence, but for its keys."""
    names = ("status", "problem", "facts", "findings", "suppressed", "duration_s", "oldest_at")
    return {name: getattr(look, name) for name in names}


def runs_query() -> Select[Any]:
    """Runs with their services, for `run_of`."""
    return select(runs, services.c.name, services.c.origin, services.c.root).join(services)


def run_of(row: Row[Any]) -> Run:
    """The run of a row of `runs_query`."""
    found = row._mapping
    plain = {name: found[name] for name in _PLAIN}
    return Run(
        id=found["id"],
        service_id=found["service_id"],
        service=ServiceKey(found["name"], found["origin"], found["root"]),
        head=RunHead(
            kind=RunKind(found["kind"]), commit=found["commit_id"], score=score_of(row), **plain
        ),
        baseline=bool(found["baseline"]),
        stored_at=found["stored_at"],
    )


def score_of(row: Row[Any]) -> Score:
    """The exact score of a row."""
    found = row._mapping
    shares = (Fraction(found[f"{name}_exact"]) for name in ("proven", "possible", "coverage"))
    return Score(*shares)


def item_of(row: Row[Any]) -> ItemResult:
    """The verdict of a row that has its item's key, number and title."""
    found = row._mapping
    return ItemResult(
        id=found["key"],
        number=found["number"],
        title=found["title"],
        severity=Severity(found["severity"]),
        outcome=Outcome(found["outcome"]),
        level=Level(found["level"]) if found["level"] else None,
        waived=bool(found["waived"]),
        stale=bool(found["stale"]),
        attested=bool(found["attested"]),
        pending=found["pending"],
    )


def part_of(row: Row[Any]) -> PartScore:
    """The score of a row that has its category's key, number and title."""
    found = row._mapping
    return PartScore(
        id=found["key"],
        number=found["number"],
        title=found["title"],
        weight=Fraction(found["weight_exact"]),
        applicable=bool(found["applicable"]),
        score=score_of(row),
    )


def look_of(row: Row[Any]) -> Look:
    """The evidence of a row that has its probe's key and version."""
    found = row._mapping
    names = (
        "version",
        "status",
        "problem",
        "facts",
        "findings",
        "suppressed",
        "duration_s",
        "oldest_at",
    )
    return Look(probe=found["key"], **{name: found[name] for name in names})


def record_of_run(
    run: Run,
    items: tuple[ItemResult, ...],
    parts: tuple[PartScore, ...],
    looks: tuple[Look, ...],
) -> RunRecord:
    """A stored run as it was given."""
    return RunRecord(run.service, run.head, items, parts, looks)
