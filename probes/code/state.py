"""State that a process keeps for itself, so that a restart loses it and two replicas differ.

Looks in the files that the service imports from where it starts: at containers and numbers of modules, of
classes, and of objects that live as long as the process, which functions change while requests are served;
at files written outside folders for temporary ones, uploads on the local disk and databases in a file; at
sessions in memory (express-session without a store, Django's cache sessions over local memory, sessions of a servlet
container without Spring Session). What is filled
before the first request (registries, decorators) is no state to lose, nor are loggers, locks, pools and the
like by their names, nor caches that fill again by themselves: those are told apart. Commands and scripts beside
the service are left out, and so are defaults that the environment replaces. Cannot see state in objects that
are handed around, in Go only perhaps in structs, nor in libraries that are not known, nor volumes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from auditor.model.evidence import Location
from auditor.model.level import Level
from auditor.model.probe import FactType
from auditor.probing.code.code_texts import Texts
from auditor.probing.code.code_topics import Topic, gaps, listing, topic_of
from auditor.probing.code.java_files import JavaFiles
from auditor.probing.code.java_state import java_sessions, java_writes
from auditor.probing.code.process_state import Kept, Place
from auditor.probing.contract import (
    Context,
    Fact,
    FactSpec,
    Need,
    Observation,
    Problem,
    ProblemKind,
    probe,
)
from auditor.probing.local_files import caches, media, sessions, writes

MODULE = FactSpec(
    "state.module_state",
    FactType.LIST,
    "Containers and numbers that outlive a request and that requests change (path:line what)",
)
WRITES = FactSpec(
    "state.local_writes",
    FactType.LIST,
    "Files, uploads and databases on the disk of one process",
)
SESSIONS = FactSpec("state.local_sessions", FactType.LIST, "Sessions that one process keeps")
CACHES = FactSpec(
    "state.local_caches", FactType.LIST, "Caches in the memory of one process, which fill again"
)
READ = FactSpec("state.files_read", FactType.NUMBER, "Files of the service that were read for it")

_LISTS = (MODULE, WRITES, SESSIONS, CACHES)
_KEYS = tuple(spec.key for spec in (*_LISTS, READ))
_MOST = 100


@probe(
    "code.state",
    title="State in the process",
    needs=[Need.REPOSITORY],
    emits=[*_LISTS, READ],
    pure=True,
)
def state(ctx: Context) -> Iterator[Observation]:
    """List what a restart would lose."""
    topic = topic_of(ctx, "state")
    doubts = list(gaps(topic, *_KEYS))
    yield from doubts
    texts = Texts(ctx, topic)
    java = JavaFiles(topic, texts)
    kept, cached, unclear = Kept(topic, texts).sorted
    found = {
        MODULE: kept,
        WRITES: [*writes(topic, texts), *media(topic, texts), *java_writes(java)],
        SESSIONS: [*sessions(topic, texts), *java_sessions(java)],
        CACHES: [*cached, *caches(topic, texts)],
    }
    if unclear and not kept:
        yield unknown(unclear)
    for spec in _LISTS:
        if found[spec] or not (doubts or (spec is MODULE and unclear)):
            yield listed(ctx, topic, spec, found[spec])
    if not doubts:
        read = sum(1 for p in topic.code.closure.reachable if p in topic.code.scans)
        yield READ.of(
            read, level=Level.EFFECTIVE, source=topic.source(ctx), produced_at=ctx.observed_at
        )


def unknown(places: list[Place]) -> Problem:
    """Why there is no clean list."""
    path, line, what = places[0]
    return Problem(
        ProblemKind.VACUOUS,
        f"{len(places)} containers may or may not be state that a restart loses; the first is {path}:{line} {what}.",
        "Say in an attestation what is in them, or move it to a shared store.",
        (MODULE.key,),
        tuple(Location(path=p, line=n) for p, n, _ in places[:_MOST]),
    )


def listed(ctx: Context, topic: Topic, spec: FactSpec, places: Iterable[Place]) -> Fact:
    """A fact that lists places."""
    every = sorted(set(places))
    return listing(
        ctx,
        spec,
        [f"{path}:{line} {what}" for path, line, what in every],
        [(path, line) for path, line, _ in every[:_MOST]],
        topic.source(ctx),
    )
