"""Since when items are open: the first run of the unbroken row of runs that ends in a given one."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import CTE, Connection, Row, Select, and_, func, not_, select

from auditor.model.history import OpenSince
from auditor.model.item import Severity
from auditor.model.verdict import Outcome
from auditor.store.history import tables
from auditor.store.history.read import runs_by_number
from auditor.store.history.rows import item_of

_BEFORE_ALL = -(1 << 62)
_OPEN = (Outcome.FAIL.value, Outcome.UNKNOWN.value)


def open_since(connection: Connection, number: int) -> tuple[OpenSince, ...]:
    """The open items of a run, each with where its row of runs begins, in the order of the checklist.

    A backfilled run that could not tell (it looks at the repository alone) neither begins nor ends a row;
    an item that only such runs know as open is left out.
    """
    rows = connection.execute(_rows(_settled([number], blocking=False))).all()
    return tuple(found for _, found in _found(connection, rows))


def longest_open(connection: Connection, numbers: Collection[int]) -> dict[int, OpenSince]:
    """Of each of these runs the blocker that is open longest, of those neither waived nor pending."""
    longest: dict[int, Row[Any]] = {}
    for row in connection.execute(_rows(_settled(numbers, blocking=True))):
        known = longest.get(row.run_id)
        if row.first is not None and (known is None or row.first < known.first):
            longest[row.run_id] = row
    return dict(_found(connection, longest.values()))


def _found(connection: Connection, rows: Collection[Row[Any]]) -> Iterator[tuple[int, OpenSince]]:
    places = {place for row in rows for place in (row.first, row.last) if place is not None}
    known = runs_by_number(connection, (place % tables.SHIFT for place in places))
    for row in rows:
        since = known.get(row.first % tables.SHIFT) if row.first is not None else None
        if since is not None:
            before = known.get(row.last % tables.SHIFT) if row.last is not None else None
            yield row.run_id, OpenSince(item_of(row), since, before)


def _settled(numbers: Collection[int], *, blocking: bool) -> CTE:
    """The open verdicts of these runs, each with the position of the last run that settled its item."""
    now, then = tables.verdicts, tables.verdicts.alias("settled")
    last = (
        select(func.max(then.c.position))
        .where(then.c.service_id == now.c.service_id, then.c.item_id == now.c.item_id)
        .where(then.c.state == tables.SETTLED, then.c.position < now.c.position)
        .scalar_subquery()
    )
    query = select(now, last.label("last")).where(
        now.c.run_id.in_(sorted(numbers)), now.c.outcome.in_(_OPEN)
    )
    if blocking:
        in_force = and_(not_(now.c.waived), now.c.pending == "")
        query = query.where(now.c.severity == Severity.BLOCKER.value, in_force)
    return query.cte("now")


def _rows(now: CTE) -> Select[Any]:
    """Those, each with the position of the first run after that in which it was open."""
    then = tables.verdicts.alias("opened")
    first = (
        select(func.min(then.c.position))
        .where(then.c.service_id == now.c.service_id, then.c.item_id == now.c.item_id)
        .where(then.c.state == tables.OPEN, then.c.position <= now.c.position)
        .where(then.c.position > func.coalesce(now.c.last, _BEFORE_ALL))
        .scalar_subquery()
    )
    words = tables.wordings
    return (
        select(now, first.label("first"), tables.items.c.key, words.c.number, words.c.title)
        .join(tables.items, tables.items.c.id == now.c.item_id)
        .join(words, words.c.id == now.c.wording_id)
        .order_by(now.c.run_id, now.c.place)
    )
