"""Orders in SQLite: a bounded pool of connections and one transaction for each change."""

import hashlib
import queue
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from uuid import UUID, uuid4

from pydantic import TypeAdapter

from orders.errors import (
    CancellationClosedError,
    IdempotencyKeyReusedError,
    OrderNotFoundError,
    StoreBusyError,
    StoreError,
)
from orders.logs import get_logger
from orders.models import NewOrder, Order, OrderLine, OrderPage, OrderStatus

log = get_logger(__name__)

_LINES = TypeAdapter(list[OrderLine])

_SCHEMA = (
    """
    CREATE TABLE IF NOT EXISTS orders (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        customer_id TEXT NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('open', 'cancelled')),
        lines TEXT NOT NULL,
        total_cents INTEGER NOT NULL CHECK (total_cents >= 0),
        created_at TEXT NOT NULL,
        cancelled_at TEXT
    )
    """,
    "CREATE INDEX IF NOT EXISTS orders_by_status ON orders (status, seq)",
    # TODO(retention): delete idempotency keys older than 30 days; today they are kept for ever.
    """
    CREATE TABLE IF NOT EXISTS idempotency_keys (
        customer_id TEXT NOT NULL,
        key TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        order_id TEXT NOT NULL REFERENCES orders (id),
        created_at TEXT NOT NULL,
        UNIQUE (customer_id, key)
    )
    """,
)


class Placed(NamedTuple):
    """The order that belongs to an idempotency key, and whether it is new."""

    order: Order
    created: bool


class Cancelled(NamedTuple):
    """The cancelled order, and whether this call cancelled it."""

    order: Order
    changed: bool


def utc_now() -> datetime:
    """Return the current time, aware of its zone."""
    return datetime.now(UTC)


class OrderStore:
    """The only place that touches the database; safe to share between threads."""

    def __init__(
        self,
        path: Path,
        *,
        pool_size: int = 4,
        timeout: float = 2.0,
        cancel_window: timedelta = timedelta(hours=1),
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._path = path.resolve()
        self._pool_size = pool_size
        self._timeout = timeout
        self._cancel_window = cancel_window
        self._clock = clock
        self._pool: queue.LifoQueue[sqlite3.Connection] = queue.LifoQueue()
        self._opened = False

    def open(self) -> None:
        """Connect, and create the tables where they are missing."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            for _ in range(self._pool_size):
                self._pool.put(self._connect())
        except (OSError, sqlite3.Error) as exc:
            self.close()
            log.error("store_open_failed", path=str(self._path), error=str(exc))
            raise StoreError(f"The database could not be opened: {exc}") from exc
        self._opened = True
        with self._transaction() as connection:
            for statement in _SCHEMA:
                connection.execute(statement)

    def close(self) -> None:
        """Close every pooled connection."""
        self._opened = False
        while True:
            try:
                self._pool.get_nowait().close()
            except queue.Empty:
                return

    def ping(self) -> None:
        """Raise StoreError unless the database file is in place and takes the write lock."""
        # SQLite goes on writing to a deleted file without an error, and the orders are lost.
        if not self._path.exists():
            raise StoreError("The database file is gone.")
        with self._transaction() as connection:
            connection.execute("SELECT 1 FROM orders LIMIT 1").fetchone()

    def create(self, new: NewOrder, idempotency_key: str) -> Placed:
        """Store a new order, or return the one that was stored under the same key."""
        fingerprint = hashlib.sha256(new.model_dump_json().encode()).hexdigest()
        with self._transaction() as connection:
            known = connection.execute(
                "SELECT fingerprint, order_id FROM idempotency_keys"
                " WHERE customer_id = ? AND key = ?",
                (new.customer_id, idempotency_key),
            ).fetchone()
            if known is not None:
                if known["fingerprint"] != fingerprint:
                    raise IdempotencyKeyReusedError(
                        "This Idempotency-Key was used before for a different order."
                    )
                return Placed(self._get(connection, known["order_id"]), created=False)
            order_id, now = str(uuid4()), self._clock().isoformat()
            connection.execute(
                "INSERT INTO orders (id, customer_id, status, lines, total_cents, created_at)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (
                    order_id,
                    new.customer_id,
                    OrderStatus.OPEN,
                    _LINES.dump_json(new.lines).decode(),
                    new.total_cents,
                    now,
                ),
            )
            connection.execute(
                "INSERT INTO idempotency_keys"
                " (customer_id, key, fingerprint, order_id, created_at) VALUES (?, ?, ?, ?, ?)",
                (new.customer_id, idempotency_key, fingerprint, order_id, now),
            )
            return Placed(self._get(connection, order_id), created=True)

    def get(self, order_id: UUID) -> Order:
        """Return one order."""
        with self._connection() as connection:
            return self._get(connection, str(order_id))

    def page(
        self, *, limit: int, cursor: int | None = None, status: OrderStatus | None = None
    ) -> OrderPage:
        """Return up to `limit` orders, newest first, from below `cursor` on."""
        with self._connection() as connection:
            rows = connection.execute(
                "SELECT * FROM orders WHERE (:cursor IS NULL OR seq < :cursor)"
                " AND (:status IS NULL OR status = :status) ORDER BY seq DESC LIMIT :limit",
                {"cursor": cursor, "status": status, "limit": limit + 1},
            ).fetchall()
        shown = rows[:limit]
        return OrderPage(
            items=[_order(row) for row in shown],
            next_cursor=shown[-1]["seq"] if len(rows) > limit else None,
        )

    def cancel(self, order_id: UUID) -> Cancelled:
        """Cancel an order; cancelling it again changes nothing."""
        with self._transaction() as connection:
            order = self._get(connection, str(order_id))
            if order.status is OrderStatus.CANCELLED:
                return Cancelled(order, changed=False)
            now = self._clock()
            if now - order.created_at > self._cancel_window:
                minutes = self._cancel_window.total_seconds() / 60
                raise CancellationClosedError(
                    f"An order can be cancelled within {minutes:g} minutes of being placed."
                )
            connection.execute(
                "UPDATE orders SET status = ?, cancelled_at = ? WHERE id = ?",
                (OrderStatus.CANCELLED, now.isoformat(), str(order_id)),
            )
            return Cancelled(self._get(connection, str(order_id)), changed=True)

    def count_open(self) -> int:
        """Return how many orders are not cancelled."""
        with self._connection() as connection:
            row = connection.execute(
                "SELECT count(*) FROM orders WHERE status = ?", (OrderStatus.OPEN,)
            ).fetchone()
        return int(row[0])

    def _get(self, connection: sqlite3.Connection, order_id: str) -> Order:
        row = connection.execute("SELECT * FROM orders WHERE id = ?", (order_id,)).fetchone()
        if row is None:
            raise OrderNotFoundError(f"There is no order {order_id}.")
        return _order(row)

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, timeout=self._timeout, isolation_level=None, check_same_thread=False
        )
        connection.row_factory = sqlite3.Row
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection to one caller and turn database errors into the service's own."""
        if not self._opened:
            raise StoreError("The database is not open.")
        try:
            connection = self._pool.get(timeout=self._timeout)
        except queue.Empty as exc:
            log.warning("store_busy", pool_size=self._pool_size)
            raise StoreBusyError("Every database connection is in use.", retry_after=1) from exc
        try:
            yield connection
        except sqlite3.Error as exc:
            log.error("store_failed", error=str(exc))
            raise StoreError("The database did not answer as it should.", retry_after=5) from exc
        finally:
            self._pool.put(connection)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Hold the write lock; commit when the block ends well and roll back otherwise."""
        with self._connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")


def _order(row: sqlite3.Row) -> Order:
    return Order(
        id=UUID(row["id"]),
        customer_id=row["customer_id"],
        status=OrderStatus(row["status"]),
        lines=_LINES.validate_json(row["lines"]),
        total_cents=row["total_cents"],
        created_at=datetime.fromisoformat(row["created_at"]),
        cancelled_at=(datetime.fromisoformat(row["cancelled_at"]) if row["cancelled_at"] else None),
    )
