"""Locks that hold across processes, and what runs in each process by itself.

Looks at what the service imports from where it starts, for locks of redis-py, python-redis-lock, pottery, redlock,
sherlock and kazoo; redlock and redis-semaphore; redsync, redislock and leader election for Go; ShedLock (where it is
enabled), Redisson, Spring Integration, Curator, Hazelcast and clustered Quartz for Java; SET with NX, advisory locks of
PostgreSQL, SELECT FOR UPDATE. A lock in Redis without expiry stays for ever when its holder dies; one whose
key is deleted without a look at its holder may free the lock of somebody else. Locks in memory (threading, asyncio,
sync, async-mutex) guard one process alone and are not counted. Where neither a lock nor a scheduler in the process is
seen, it is not known whether there is work that must happen once; a ticker, or a loop that waits, is named then.
Cannot see whether all such work is guarded, nor constraints.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.model.probe import FactType
from auditor.probing.code.code_topics import gaps, topic_of
from auditor.probing.code.locking import read_locks
from auditor.probing.code.stores import Files, listed, undecided
from auditor.probing.contract import Context, FactSpec, Need, Observation, probe

USED = FactSpec(
    "locks.used", FactType.LIST, "Locks across processes that are taken (path:line what)"
)
WITHOUT = FactSpec("locks.without_expiry", FactType.LIST, "Those that stay when their holder dies")
DELETED = FactSpec(
    "locks.deleted_unconditionally", FactType.LIST, "Where one is deleted whoever holds it"
)
SCHEDULERS = FactSpec(
    "locks.schedulers", FactType.LIST, "What runs at times in every process of the service"
)

_FACTS = (USED, WITHOUT, DELETED, SCHEDULERS)
_KEYS = tuple(spec.key for spec in _FACTS)


@probe(
    "code.locks",
    title="Locks across processes in the code",
    needs=[Need.REPOSITORY],
    emits=_FACTS,
    pure=True,
)
def locks_in_code(ctx: Context) -> Iterator[Observation]:
    """Tell locks, and which of them are not safe."""
    topic = topic_of(ctx, "locks")
    doubts = list(gaps(topic, *_KEYS))
    yield from doubts
    locks = read_locks(Files(ctx, topic))
    found = {
        WITHOUT: locks.without_expiry,
        DELETED: locks.unconditional,
        SCHEDULERS: locks.schedulers,
    }
    for spec, spots in found.items():
        if spots:
            yield listed(ctx, topic, spec, sorted(spots))
    if locks.used:
        yield listed(ctx, topic, USED, sorted(locks.used))
    if doubts:
        return
    if not locks.used and not locks.schedulers:
        yield undecided(
            sorted(locks.ticks),
            "No lock across processes was seen, but something runs at times by itself, in every process, and whether "
            "it must happen once is not known."
            if locks.ticks
            else "No lock across processes was seen, nor a scheduler in the process, so it is not known whether there "
            "is work that must happen once.",
            "Attest the item with a test in which two processes race, or say in `not_applicable:` why there is none.",
            *_KEYS,
        )
        return
    if not locks.used:
        yield listed(ctx, topic, USED, [])
    if locks.unclear and not locks.without_expiry:
        yield undecided(
            locks.unclear,
            f"It is not told whether {len(locks.unclear)} locks expire.",
            "Write the expiry where the lock is made.",
            WITHOUT.key,
        )
    for spec, spots in found.items():
        if not spots and not (spec is WITHOUT and locks.unclear):
            yield listed(ctx, topic, spec, [])
