"""Writes a run: its evidence first, then all its rows in one transaction, so that no row lacks evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Insert, Table, and_, select, update

from auditor.model.history import RunKind, RunRecord, ServiceKey
from auditor.model.verdict import Outcome
from auditor.store.history import tables
from auditor.store.history.rows import item_values, look_values, run_values, score_values

_BATCH = 100


def add_blobs(connection: Connection, sizes: Mapping[str, int]) -> None:
    """Note which blobs will be there, before they are: what a crash leaves behind is found by a prune."""
    values = [{"digest": digest, "size": size} for digest, size in sorted(sizes.items())]
    if values:
        connection.execute(_ignoring(connection, tables.blobs), values)


def find_run(connection: Connection, digest: str) -> int | None:
    """The number of the run of this bundle, None where it is not stored."""
    query = select(tables.runs.c.id).where(tables.runs.c.digest == digest)
    found: int | None = connection.execute(query).scalar()
    return found


def add_run(
    connection: Connection, record: RunRecord, blobs: Mapping[str, str], *, stored_at: int
) -> int | None:
    """Store a run; `blobs` is name → digest. None where another process has stored it meanwhile."""
    service = _service(connection, record.service)
    values = run_values(record.head) | {
        "service_id": service,
        "stored_at": stored_at,
        "baseline": False,
    }
    query = _ignoring(connection, tables.runs).returning(tables.runs.c.id)
    number: int | None = connection.execute(query, values).scalar()
    if number is None:
        return None
    _parts(connection, number, service, record)
    rows = [{"run_id": number, "name": n, "digest": d} for n, d in sorted(blobs.items())]
    if rows:
        connection.execute(tables.run_blobs.insert(), rows)
    return number


def mark(connection: Connection, run: int, *, baseline: bool) -> None:
    """Make a run a baseline, which no retention deletes, or end that."""
    connection.execute(update(tables.runs).where(tables.runs.c.id == run).values(baseline=baseline))


def _parts(connection: Connection, run: int, service: int, record: RunRecord) -> None:
    items = _numbers(connection, tables.items, [(i.id,) for i in record.items])
    wordings = _numbers(connection, tables.wordings, [(i.number, i.title) for i in record.items])
    categories = _numbers(
        connection, tables.categories, [(p.id, p.number, p.title) for p in record.parts]
    )
    probes = _numbers(connection, tables.probes, [(k.probe, k.version) for k in record.looks])
    of_run = {
        "run_id": run,
        "service_id": service,
        "position": record.head.at * tables.SHIFT + run,
    }
    rows: list[tuple[Table, list[dict[str, Any]]]] = [
        (
            tables.verdicts,
            [
                of_run
                | {"place": n, "state": _state(i.outcome, record.head.kind)}
                | {"item_id": items[(i.id,)], "wording_id": wordings[i.number, i.title]}
                | item_values(i)
                for n, i in enumerate(record.items)
            ],
        ),
        (
            tables.scores,
            [
                {"run_id": run, "place": n, "category_id": categories[p.id, p.number, p.title]}
                | {"weight_exact": str(p.weight), "applicable": p.applicable}
                | score_values(p.score)
                for n, p in enumerate(record.parts)
            ],
        ),
        (
            tables.evidence,
            [
                {"run_id": run, "place": n, "probe_id": probes[k.probe, k.version]} | look_values(k)
                for n, k in enumerate(record.looks)
            ],
        ),
    ]
    for table, values in rows:
        if values:
            connection.execute(table.insert(), values)


def _state(outcome: Outcome, kind: RunKind) -> int:
    """A backfilled run looks at the repository alone: what it cannot tell says nothing about then."""
    if outcome in (Outcome.PASS, Outcome.NOT_APPLICABLE):
        return tables.SETTLED
    untold = kind is RunKind.BACKFILL and outcome is Outcome.UNKNOWN
    return tables.UNTOLD if untold else tables.OPEN


def _service(connection: Connection, key: ServiceKey) -> int:
    """The number of a service. One that was stored without its origin is given it, not doubled."""
    table = tables.services
    same = and_(table.c.name == key.name, table.c.root == key.root)
    origins = [key.origin, ""] if key.origin else None
    kin = same if origins is None else and_(same, table.c.origin.in_(origins))
    found = connection.execute(select(table.c.id, table.c.origin).where(kin)).all()
    exact = [number for number, origin in found if origin == key.origin]
    if exact:
        return int(exact[0])
    if len(found) == 1:  # the same service, where one of the two checkouts had no remote
        number, origin = found[0]
        if not origin:
            connection.execute(update(table).where(table.c.id == number).values(origin=key.origin))
        return int(number)
    values = {"name": key.name, "origin": key.origin, "root": key.root}
    connection.execute(_ignoring(connection, table), [values])
    query = select(table.c.id).where(and_(same, table.c.origin == key.origin))
    return int(connection.execute(query).scalar_one())


def _numbers(
    connection: Connection, table: Table, wanted: Sequence[tuple[str, ...]]
) -> dict[tuple[str, ...], int]:
    """The numbers of these names, which are added where they are new."""
    columns = [c for c in table.c if c.name != "id"]
    found: dict[tuple[str, ...], int] = {}
    unique = sorted(set(wanted))
    _look_up(connection, table, unique, found)
    missing = [names for names in unique if names not in found]
    if missing:
        values = [dict(zip((c.name for c in columns), names, strict=True)) for names in missing]
        connection.execute(_ignoring(connection, table), values)
        _look_up(connection, table, missing, found)
    return found


def _look_up(
    connection: Connection,
    table: Table,
    wanted: Sequence[tuple[str, ...]],
    found: dict[tuple[str, ...], int],
) -> None:
    columns = [c for c in table.c if c.name != "id"]
    for some in _batches(wanted):
        query = select(table.c.id, *columns).where(columns[0].in_([names[0] for names in some]))
        found.update({tuple(names): number for number, *names in connection.execute(query)})


def _batches(values: Sequence[tuple[str, ...]]) -> Iterable[Sequence[tuple[str, ...]]]:
    for start in range(0, len(values), _BATCH):
        yield values[start : start + _BATCH]


def _ignoring(connection: Connection, table: Table) -> Insert:
    """An insert that leaves a row alone which is there already."""
    if connection.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table).on_conflict_do_nothing()
    from sqlalchemy.dialects import sqlite

    return sqlite.insert(table).on_conflict_do_nothing()
