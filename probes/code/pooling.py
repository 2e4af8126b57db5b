"""Pools of connections to databases: what makes one, whether it has a limit, and what goes without a pool.

Looks at what the service imports from where it starts, with what each library does by itself: SQLAlchemy opens at
most 15, asyncpg and pg 10, psycopg_pool 4, Sequelize 5, knex 10, MongoDB's drivers 100; database/sql of Go has no
limit until SetMaxOpenConns; HikariCP, which Spring Boot makes by itself, 10 (the packaged settings count); Django
opens a connection for each request until CONN_MAX_AGE or a pool is set. Without a pool are NullPool, a connection that
a function opens at each call, one connection for a whole process, and a pool that ends with the function that made it.
NullPool where PgBouncer or its like is spoken of is not judged. Migrations, scripts and stores in a file are left out;
redis-py's clients, whose pool has no limit worth the name, are not judged.
Cannot see the limit of the server, how many processes run, nor options that are not written where a pool is made.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.model.probe import FactType
from auditor.probing.code.code_topics import gaps, topic_of
from auditor.probing.code.django_connections import Kept, django_connections
from auditor.probing.code.java_files import JavaFiles
from auditor.probing.code.java_pools import java_pools
from auditor.probing.code.pools import Pools, read_pools
from auditor.probing.code.stores import (
    Files,
    Spot,
    libraries,
    listed,
    perhaps_imported,
    rules_of,
    speaks_of_database,
    undecided,
)
from auditor.probing.contract import Context, FactSpec, Need, Observation, probe

DECLARED = FactSpec(
    "pools.declared", FactType.LIST, "Pools that the service makes (path:line what)"
)
UNBOUNDED = FactSpec(
    "pools.unbounded", FactType.LIST, "Those that may open connections without limit"
)
NONE = FactSpec(
    "pools.none", FactType.LIST, "Where a connection is opened each time, or one serves all"
)
SETTINGS = FactSpec(
    "pools.settings",
    FactType.LIST,
    "The most connections of each pool in one process, and its settings",
)

_FACTS = (DECLARED, UNBOUNDED, NONE, SETTINGS)
_KEYS = tuple(spec.key for spec in _FACTS)
_POOLER = re.compile(
    r"pgbouncer|pgpool|supavisor|odyssey|rds[-_]?proxy|pgcat|transaction[-_ ]?pool", re.IGNORECASE
)
_HINT = "Set a limit where the pool is made, or attest the item with the pool's gauges under load."


@probe(
    "code.pooling",
    title="Pools of connections in the code",
    needs=[Need.REPOSITORY],
    emits=_FACTS,
    pure=True,
)
def pooling(ctx: Context) -> Iterator[Observation]:
    """Tell pools, their limits, and connections without one."""
    topic = topic_of(ctx, "pooling")
    doubts = list(gaps(topic, *_KEYS))
    yield from doubts
    files = Files(ctx, topic)
    pools = read_pools(files)
    for kept, spot in django_connections(files):
        pools.of_databases = True
        {Kept.POOLED: pools.declared, Kept.EACH: pools.unpooled, Kept.UNCLEAR: pools.unclear}[
            kept
        ].append(spot)
    java_pools(JavaFiles(topic, files.texts), pools)
    pooler = beside(ctx, files) if pools.unpooled else None
    if pooler is None:
        pools.none += pools.unpooled
    open_ = set() if doubts else set(hidden(ctx, files, pools))
    if DECLARED in open_:
        yield undecided(
            libraries(files, rules_of("transactions", "database")),
            "A database is used or spoken of, but nothing was seen that opens a connection to one or makes a pool.",
            "Attest the item with the pool's settings and its gauges under load.",
            *_KEYS,
        )
        return
    found = {
        DECLARED: pools.declared,
        UNBOUNDED: pools.unbounded,
        NONE: pools.none,
        SETTINGS: pools.settings,
    }
    for spec, spots in found.items():
        if spots:
            yield listed(ctx, topic, spec, sorted(spots))
    if doubts:
        return
    python = any(s.path.endswith(".py") for s in pools.unclear)
    unknown = [UNBOUNDED, NONE] if python else [UNBOUNDED]
    unknown = [spec for spec in unknown if not found[spec]]
    if pools.unclear and unknown:
        keys = [spec.key for spec in unknown]
        yield undecided(
            pools.unclear, "It is not told whether every pool has a limit.", _HINT, *keys
        )
        open_ |= set(unknown)
    if pooler is not None and not pools.none:
        yield undecided(
            pools.unpooled,
            f"The service pools no connections itself, and speaks of a pooler beside it ({pooler}).",
            "Attest the item with the pooler's configuration and its gauges under load.",
            DECLARED.key,
            NONE.key,
        )
        open_ |= {NONE, DECLARED}
    for spec, spots in found.items():
        if not spots and spec not in open_:
            yield listed(ctx, topic, spec, [])


def hidden(ctx: Context, files: Files, pools: Pools) -> Iterator[FactSpec]:
    """What nothing that was found does not decide."""
    if pools.of_databases or pools.none or pools.unpooled or pools.unclear:
        return
    databases = rules_of("transactions", "database")
    if (
        libraries(files, databases)
        or perhaps_imported(files, databases)
        or speaks_of_database(ctx, files)
    ):
        yield DECLARED


def beside(ctx: Context, files: Files) -> Spot | None:
    """Where the service, or a compose file or manifest of it, speaks of a pooler between it and the server."""
    for path in files.paths:
        match = _POOLER.search(files.code(path))
        if match is not None:
            return Spot(path, files.code(path).count("\n", 0, match.start()) + 1, match[0])
    for entry in ctx.repo.find("**/*.yml", "**/*.yaml", "**/*.ini"):
        text = files.texts.text(entry.path)
        match = _POOLER.search(text)
        if match is not None:
            return Spot(entry.path, text.count("\n", 0, match.start()) + 1, match[0])
    return None
