"""Reads runs: one, those of a service, the newest of each service, and the scores over time."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from fractions import Fraction

from sqlalchemy import ColumnElement, Connection, and_, func, not_, or_, select

from auditor.model.history import PartScore, Run, RunRecord, ServiceKey, TrendPoint
from auditor.store.history import tables
from auditor.store.history.rows import (
    item_of,
    look_of,
    part_of,
    record_of_run,
    run_of,
    runs_query,
)

_BATCH = 500


def position() -> ColumnElement[int]:
    """Where a run stands in time."""
    return tables.runs.c.at * tables.SHIFT + tables.runs.c.id


def run_numbers(connection: Connection, service_id: int | None = None) -> list[int]:
    """The newest run of each service, or of one."""
    query = select(func.max(position())).group_by(tables.runs.c.service_id)
    if service_id is not None:
        query = query.where(tables.runs.c.service_id == service_id)
    return sorted(found % tables.SHIFT for found in connection.scalars(query))


def runs_by_number(connection: Connection, numbers: Iterable[int]) -> dict[int, Run]:
    """Runs by their numbers; one that is not stored is left out."""
    wanted = sorted(set(numbers))
    found: dict[int, Run] = {}
    for start in range(0, len(wanted), _BATCH):
        query = runs_query().where(tables.runs.c.id.in_(wanted[start : start + _BATCH]))
        found.update({run.id: run for run in map(run_of, connection.execute(query))})
    return found


def runs_of(
    connection: Connection, service_id: int, *, since: int | None = None, limit: int | None = None
) -> list[Run]:
    """The runs of a service, the newest first; `since` is in seconds since 1970."""
    query = runs_query().where(tables.runs.c.service_id == service_id)
    if since is not None:
        query = query.where(tables.runs.c.at >= since)
    query = query.order_by(tables.runs.c.at.desc(), tables.runs.c.id.desc()).limit(limit)
    return [run_of(row) for row in connection.execute(query)]


def services(connection: Connection) -> dict[int, ServiceKey]:
    """Every service by its number."""
    table = tables.services
    query = select(table.c.id, table.c.name, table.c.origin, table.c.root)
    return {n: ServiceKey(*names) for n, *names in connection.execute(query)}


def runs_of_commit(connection: Connection, prefix: str) -> list[Run]:
    """The runs whose commit or bundle digest begins so, the newest first."""
    columns = tables.runs.c.commit_id, tables.runs.c.digest
    query = runs_query().where(
        columns[0].startswith(prefix, autoescape=True)
        | columns[1].startswith(prefix, autoescape=True)
    )
    query = query.order_by(tables.runs.c.at.desc(), tables.runs.c.id.desc()).limit(100)
    return [run_of(row) for row in connection.execute(query)]


def runs_of_ref(connection: Connection, ref: str) -> list[Run]:
    """The runs of a tag, the newest first."""
    query = runs_query().where(tables.runs.c.ref == ref, tables.runs.c.ref != "")
    query = query.order_by(tables.runs.c.at.desc(), tables.runs.c.id.desc()).limit(100)
    return [run_of(row) for row in connection.execute(query)]


def audited_commits(
    connection: Connection, service: ServiceKey, checklist: str, tool: str
) -> set[str]:
    """The commits of a service with a run of their time, or one backfilled by this checklist and tool."""
    runs, known = tables.runs, tables.services
    at_their_time = and_(runs.c.kind == "audit", not_(runs.c.dirty))
    alike = and_(runs.c.checklist_digest == checklist, runs.c.tool_version == tool)
    query = (
        select(runs.c.commit_id)
        .join(known)
        .where(known.c.name == service.name, known.c.root == service.root)
        .where(known.c.origin.in_([service.origin, ""]))
        .where(runs.c.commit_id.is_not(None), or_(at_their_time, alike))
    )
    return {str(commit) for commit in connection.scalars(query)}


def record(connection: Connection, run: Run) -> RunRecord:
    """All of a run, as it was given."""
    items = (
        select(tables.verdicts, tables.items.c.key, *tables.wordings.c["number", "title"])
        .join(tables.items)
        .join(tables.wordings)
        .where(tables.verdicts.c.run_id == run.id)
        .order_by(tables.verdicts.c.place)
    )
    looks = (
        select(tables.evidence, tables.probes.c.key, tables.probes.c.version)
        .join(tables.probes)
        .where(tables.evidence.c.run_id == run.id)
        .order_by(tables.evidence.c.place)
    )
    return record_of_run(
        run,
        tuple(map(item_of, connection.execute(items))),
        parts(connection, [run.id]).get(run.id, ()),
        tuple(map(look_of, connection.execute(looks))),
    )


def parts(connection: Connection, numbers: Collection[int]) -> dict[int, tuple[PartScore, ...]]:
    """The scores of the categories of runs, in the order of the checklist."""
    names = tables.categories
    wanted = sorted(numbers)
    found: dict[int, list[PartScore]] = {}
    for start in range(0, len(wanted), _BATCH):
        query = (
            select(tables.scores, names.c.key, names.c.number, names.c.title)
            .join(names)
            .where(tables.scores.c.run_id.in_(wanted[start : start + _BATCH]))
            .order_by(tables.scores.c.run_id, tables.scores.c.place)
        )
        for row in connection.execute(query):
            found.setdefault(row._mapping["run_id"], []).append(part_of(row))
    return {number: tuple(some) for number, some in found.items()}


def trend(connection: Connection, service_id: int, since: int | None) -> list[TrendPoint]:
    """The runs of a service with the scores of their categories, the oldest first."""
    found = runs_of(connection, service_id, since=since)
    of_run = parts(connection, [run.id for run in found])
    return [TrendPoint(run, of_run.get(run.id, ())) for run in reversed(found)]


def counts(connection: Connection) -> dict[int, int]:
    """How many runs each service has."""
    query = select(tables.runs.c.service_id, func.count()).group_by(tables.runs.c.service_id)
    return {row[0]: row[1] for row in connection.execute(query)}


def last_scores(connection: Connection, many: int) -> dict[int, tuple[Fraction, ...]]:
    """The last proven shares of each service, the oldest first."""
    table = tables.runs
    newest = func.row_number().over(
        partition_by=table.c.service_id, order_by=(table.c.at.desc(), table.c.id.desc())
    )
    ranked = select(table.c.service_id, table.c.proven_exact, newest.label("rank")).subquery()
    query = (
        select(ranked.c.service_id, ranked.c.proven_exact)
        .where(ranked.c.rank <= many)
        .order_by(ranked.c.service_id, ranked.c.rank.desc())
    )
    found: dict[int, list[Fraction]] = {}
    for service, proven in connection.execute(query):
        found.setdefault(service, []).append(Fraction(proven))
    return {service: tuple(shares) for service, shares in found.items()}


def blob_names(connection: Connection, run: int) -> dict[str, str]:
    """The blobs of a run: name → digest."""
    table = tables.run_blobs
    query = select(table.c.name, table.c.digest).where(table.c.run_id == run)
    return {row[0]: row[1] for row in connection.execute(query)}
