"""Since when items are open: the first run of the unbroken row of runs that ends in a given one."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import CTE, Connection, Select, and_, func, not_, select

from auditor.model.history import OpenSince
from auditor.model.item import Severity
from auditor.model.verdict import Outcome
from auditor.store.history import tables
from auditor.store.history.read import SHIFT, position, runs_by_number
from auditor.store.history.rows import item_of

_BEFORE_ALL = -(1 << 62)
_OPEN = (Outcome.FAIL.value, Outcome.UNKNOWN.value)


def open_since(
    connection: Connection, numbers: Collection[int], *, blocking: bool = False
) -> dict[int, tuple[OpenSince, ...]]:
    """The open items of these runs (at most one of each service), each with where its row begins.

    With `blocking`, only blockers that are neither waived nor pending. A backfilled run that could not
    tell (it looks at the repository alone) neither begins nor ends a row; an item that only such runs
    know as open is left out.
    """
    if not numbers:
        return {}
    now = _open_now(numbers, blocking)
    begins = {(r[0], r[1]): (r[2], r[3]) for r in connection.execute(_begins(now.cte("now")))}
    rows = connection.execute(now.order_by(tables.verdicts.c.run_id, tables.verdicts.c.place)).all()
    places = [place for pair in begins.values() for place in pair if place is not None]
    known = runs_by_number(connection, (place % SHIFT for place in places))
    found: dict[int, list[OpenSince]] = {number: [] for number in numbers}
    for row in rows:
        first, last = begins.get((row._mapping["service_id"], row._mapping["key"]), (None, None))
        if first is not None:
            before = known.get(last % SHIFT) if last is not None else None
            since = OpenSince(item_of(row), known[first % SHIFT], before)
            found[row._mapping["run_id"]].append(since)
    return {number: tuple(some) for number, some in found.items()}


def _open_now(numbers: Collection[int], blocking: bool) -> Select[Any]:
    verdicts, items = tables.verdicts, tables.items
    query = (
        select(verdicts, tables.runs.c.service_id, position().label("top"))
        .add_columns(items.c.key, items.c.number, items.c.title)
        .join(tables.runs, tables.runs.c.id == verdicts.c.run_id)
        .join(items, items.c.id == verdicts.c.item_id)
        .where(verdicts.c.run_id.in_(sorted(numbers)), verdicts.c.outcome.in_(_OPEN))
    )
    if not blocking:
        return query
    in_force = and_(not_(verdicts.c.waived), verdicts.c.pending == "")
    return query.where(verdicts.c.severity == Severity.BLOCKER.value, in_force)


def _begins(now: CTE) -> Select[Any]:
    """Service, item, where its row of open runs begins, and where it was settled last before that."""
    verdicts, items, runs = tables.verdicts, tables.items, tables.runs
    untold = and_(runs.c.kind == "backfill", verdicts.c.outcome == Outcome.UNKNOWN.value)
    story = (
        select(
            now.c.service_id,
            now.c.key,
            position().label("place"),
            verdicts.c.outcome.in_(_OPEN).label("open"),
        )
        .join(runs, and_(runs.c.service_id == now.c.service_id, position() <= now.c.top))
        .join(items, items.c.key == now.c.key)
        .join(verdicts, and_(verdicts.c.run_id == runs.c.id, verdicts.c.item_id == items.c.id))
        .where(not_(untold))
        .cte("story")
    )
    settled = (
        select(story.c.service_id, story.c.key, func.max(story.c.place).label("last"))
        .where(not_(story.c.open))
        .group_by(story.c.service_id, story.c.key)
        .cte("settled")
    )
    same = and_(settled.c.service_id == story.c.service_id, settled.c.key == story.c.key)
    return (
        select(
            story.c.service_id,
            story.c.key,
            func.min(story.c.place),
            func.max(settled.c.last),
        )
        .outerjoin(settled, same)
        .where(story.c.open, story.c.place > func.coalesce(settled.c.last, _BEFORE_ALL))
        .group_by(story.c.service_id, story.c.key)
    )
