"""Deletes runs that no retention keeps, then the evidence that no run has any more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, delete, exists, select

from auditor.model.history import Pruned, Run
from auditor.store.history import tables
from auditor.store.history.blobs import Blobs
from auditor.store.history.database import Database
from auditor.store.history.retention import Rule, dropped
from auditor.store.history.rows import run_of, runs_query

_BATCH = 500


def prune(
    database: Database, blobs: Blobs, rules: Sequence[Rule], *, now: int, really: bool
) -> Pruned:
    """Delete what `rules` do not keep; without `really`, only say what that would be.

    Rows go first and evidence after them: whoever is killed in between leaves evidence without a run,
    which the next prune removes.
    """
    if not really:
        with database.reading() as connection:
            runs = all_runs(connection)
            gone = dropped(runs, rules, now)
            return Pruned(tuple(gone), len(runs) - len(gone), _freed(connection, gone))
    with database.held(alone=True):
        with database.writing() as connection:
            runs = all_runs(connection)
            gone = dropped(runs, rules, now)
            delete_runs(connection, [run.id for run in gone])
        with database.reading() as connection:
            orphans = sorted(connection.scalars(_orphans()))
        for digest in orphans:
            blobs.remove(digest)
        with database.writing() as connection:
            for start in range(0, len(orphans), _BATCH):
                some = orphans[start : start + _BATCH]
                connection.execute(delete(tables.blobs).where(tables.blobs.c.digest.in_(some)))
    return Pruned(tuple(gone), len(runs) - len(gone), len(orphans))


def all_runs(connection: Connection) -> list[Run]:
    """Every run."""
    return [run_of(row) for row in connection.execute(runs_query())]


def delete_runs(connection: Connection, numbers: Sequence[int]) -> None:
    """Delete runs with all their rows."""
    for start in range(0, len(numbers), _BATCH):
        some = numbers[start : start + _BATCH]
        for table in (tables.verdicts, tables.scores, tables.evidence, tables.run_blobs):
            connection.execute(delete(table).where(table.c.run_id.in_(some)))
        connection.execute(delete(tables.runs).where(tables.runs.c.id.in_(some)))


def _orphans() -> Select[Any]:
    of_run = exists().where(tables.run_blobs.c.digest == tables.blobs.c.digest)
    return select(tables.blobs.c.digest).where(~of_run)


def _freed(connection: Connection, gone: Sequence[Run]) -> int:
    """How many blobs would have no run any more."""
    table = tables.run_blobs
    going = {run.id for run in gone}
    keeping: set[str] = set()
    leaving: set[str] = set()
    for run, digest in connection.execute(select(table.c.run_id, table.c.digest)):
        (leaving if run in going else keeping).add(digest)
    return len(leaving - keeping) + len(connection.scalars(_orphans()).all())
