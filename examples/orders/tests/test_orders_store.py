"""The store: transactions, uniqueness under concurrency, and what happens when it fails."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from orders.errors import (
    CancellationClosedError,
    IdempotencyKeyReusedError,
    OrderNotFoundError,
    StoreBusyError,
    StoreError,
)
from orders.models import NewOrder, OrderLine, OrderStatus
from orders.store import OrderStore

NEW = NewOrder(customer_id="c-1", lines=[OrderLine(sku="A", quantity=2, unit_price_cents=250)])


class Clock:
    def __init__(self):
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(tmp_path, clock):
    store = OrderStore(tmp_path / "orders.db", timeout=0.2, clock=clock)
    store.open()
    yield store
    store.close()


def rows(store, statement):
    connection = sqlite3.connect(store._path)
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()


def test_order_is_kept_as_it_was_placed(store, clock):
    order, created = store.create(NEW, "k1")
    assert created
    assert order.lines == NEW.lines
    assert order.total_cents == 500
    assert order.created_at == clock.now
    assert store.get(order.id) == order


def test_orders_survive_a_restart(store, tmp_path):
    order = store.create(NEW, "k1").order
    store.close()
    again = OrderStore(tmp_path / "orders.db")
    again.open()
    try:
        assert again.get(order.id) == order
        assert again.create(NEW, "k1") == (order, False)
    finally:
        again.close()


def test_same_key_from_many_threads_makes_one_order(tmp_path):
    store = OrderStore(tmp_path / "orders.db", pool_size=4, timeout=5)
    store.open()
    with ThreadPoolExecutor(16) as threads:
        placed = list(threads.map(lambda _: store.create(NEW, "k1"), range(32)))
    assert len({order.id for order, _ in placed}) == 1
    assert sum(created for _, created in placed) == 1
    assert store.count_open() == 1
    store.close()


def test_many_threads_cancel_once(tmp_path):
    store = OrderStore(tmp_path / "orders.db", pool_size=4, timeout=5)
    store.open()
    order_id = store.create(NEW, "k1").order.id
    with ThreadPoolExecutor(8) as threads:
        done = list(threads.map(lambda _: store.cancel(order_id), range(16)))
    assert sum(changed for _, changed in done) == 1
    assert len({order.cancelled_at for order, _ in done}) == 1
    store.close()


def test_the_key_is_unique_in_the_database_too(store):
    order = store.create(NEW, "k1").order
    with pytest.raises(StoreError), store._transaction() as connection:
        connection.execute(
            "INSERT INTO idempotency_keys VALUES ('c-1', 'k1', 'f', ?, 'now')", (str(order.id),)
        )


def test_a_failure_half_way_leaves_nothing_behind(store, monkeypatch):
    def fail(*_):
        raise RuntimeError("after the inserts")

    monkeypatch.setattr(store, "_get", fail)
    with pytest.raises(RuntimeError):
        store.create(NEW, "k1")
    assert rows(store, "SELECT count(*) FROM orders") == [(0,)]
    assert rows(store, "SELECT count(*) FROM idempotency_keys") == [(0,)]
    monkeypatch.undo()
    assert store.create(NEW, "k1").created


def test_reused_key_is_refused(store):
    store.create(NEW, "k1")
    with pytest.raises(IdempotencyKeyReusedError):
        store.create(NEW.model_copy(update={"lines": NEW.lines * 2}), "k1")
    assert store.count_open() == 1


def test_cancel_within_and_after_the_window(store, clock):
    early, late = store.create(NEW, "k1").order, store.create(NEW, "k2").order
    clock.now += timedelta(hours=1)
    assert store.cancel(early.id).order.cancelled_at == clock.now
    clock.now += timedelta(seconds=1)
    with pytest.raises(CancellationClosedError, match="within 60 minutes"):
        store.cancel(late.id)
    assert store.get(late.id).status is OrderStatus.OPEN
    assert store.cancel(early.id).changed is False


def test_unknown_order(store):
    with pytest.raises(OrderNotFoundError):
        store.get(uuid4())


def test_busy_pool_gives_up_in_time(tmp_path):
    store = OrderStore(tmp_path / "orders.db", pool_size=1, timeout=0.05)
    store.open()
    with store._connection(), pytest.raises(StoreBusyError) as caught:
        store.count_open()
    assert caught.value.headers == {"Retry-After": "1"}
    assert store.count_open() == 0
    store.close()


def test_write_lock_held_elsewhere_gives_up_in_time(store):
    other = sqlite3.connect(store._path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError):
        store.create(NEW, "k1")
    with pytest.raises(StoreError):
        store.ping()
    assert store.page(limit=1).items == []
    other.execute("ROLLBACK")
    other.close()
    assert store.create(NEW, "k1").created
    store.ping()


def test_closed_store_says_so(store):
    store.close()
    with pytest.raises(StoreError, match="not open"):
        store.ping()


def test_deleted_file_is_noticed(store):
    store.ping()
    store._path.unlink()
    with pytest.raises(StoreError, match="gone"):
        store.ping()


def test_something_that_is_no_database_is_refused(tmp_path):
    path = tmp_path / "orders.db"
    path.write_bytes(b"not a database at all, only some text" * 50)
    with pytest.raises(StoreError, match="could not be opened"):
        OrderStore(path).open()


def test_path_below_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="could not be opened"):
        OrderStore(tmp_path / "file" / "orders.db").open()
