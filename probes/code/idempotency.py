"""Idempotency keys: where a request's key is read, and whether it is kept where every process sees it.

Looks at what the service imports from where it starts for the header Idempotency-Key (FastAPI, Flask, Django,
Express, NestJS, net/http, gin, Spring, JAX-RS and the like) and for libraries (powertools, express-idempotency,
middleware of ASGI and fiber). It is kept where every process sees it in Redis, or in a table with a unique
constraint, which may be in a schema or a migration; a dictionary of the process is lost with it and not seen by the
others. Only what is certain is told: where no key is read, repetition may be harmless by other means (unique
constraints, upserts, ids of events), which are not judged. Cannot see whether every route that writes reads the key,
whether the stored answer is given back, nor what the same key with another body leads to.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.model.probe import FactType
from auditor.probing.code.code_topics import gaps, topic_of
from auditor.probing.code.idempotency_keys import read_keys
from auditor.probing.code.stores import Files, listed, undecided
from auditor.probing.contract import Context, FactSpec, Need, Observation, probe

READ = FactSpec(
    "idempotency.keys_read", FactType.LIST, "Where the key of a request is read (path:line what)"
)
STORED = FactSpec("idempotency.stored", FactType.LIST, "Where it is kept for every process to see")
MEMORY = FactSpec("idempotency.in_memory", FactType.LIST, "Where it is kept in one process alone")

_FACTS = (READ, STORED, MEMORY)
_KEYS = tuple(spec.key for spec in _FACTS)
_HINT = "Attest the item with a test of two concurrent requests of one key, and one with a changed body."
_OTHERS = (
    "**/*.sql", "**/*.prisma", "**/migrations/**/*.py", "**/alembic/**/*.py", "**/migrations/**/*.ts",
    "**/migrations/**/*.js", "**/db/changelog/**",
)  # fmt: skip


@probe(
    "code.idempotency",
    title="Idempotency keys in the code",
    needs=[Need.REPOSITORY],
    emits=_FACTS,
    pure=True,
)
def idempotency(ctx: Context) -> Iterator[Observation]:
    """Tell where keys are read and kept."""
    topic = topic_of(ctx, "idempotency")
    doubts = list(gaps(topic, *_KEYS))
    yield from doubts
    files = Files(ctx, topic)
    others = {
        e.path: files.texts.text(e.path)
        for e in ctx.repo.find(*_OTHERS)
        if ctx.repo.in_service(e.path)
    }
    keys = read_keys(files, others)
    if keys.read:
        yield listed(ctx, topic, READ, sorted(keys.read))
        if keys.memory:
            yield listed(ctx, topic, MEMORY, sorted(keys.memory))
        if keys.stored:
            yield listed(ctx, topic, STORED, sorted(keys.stored))
        if doubts:
            return
        if keys.stored and not keys.memory:
            yield listed(ctx, topic, MEMORY, [])
        if keys.memory and not keys.stored:
            yield listed(ctx, topic, STORED, [])
        if not keys.stored and not keys.memory:
            yield undecided(
                keys.read,
                "The key of a request is read, but it was not seen where it is kept.",
                _HINT,
                STORED.key,
                MEMORY.key,
            )
    elif not doubts:
        yield undecided(
            [],
            "No Idempotency-Key of a request is read; whether repetition is harmless by other means is not known.",
            _HINT,
            *_KEYS,
        )
