"""Transactions of databases: whether the service uses any, and which of them may leave work half done.

Looks at what the service imports from where it starts, for SQLAlchemy, Django, asyncpg, psycopg, peewee and Tortoise;
Prisma, TypeORM, Sequelize, Knex, Kysely, Drizzle, mongoose, pg and mysql2; database/sql, sqlx, pgx, gorm, ent and bun;
for Java Spring, Jakarta, Hibernate, MyBatis, JDBC, jOOQ, Jdbi, Micronaut and Quarkus, where @Transactional does nothing
on a private method, for calls within its own class, or with readOnly or a propagation that opens none.
A transaction counts where it surrounds something: a `with`, a decorator, a function that is handed over, a begin with
its commit; a commit of a session; ATOMIC_REQUESTS. Nothing rolls back where a connection that a function makes itself
is committed without a rollback, `with` or `finally`. A function that writes twice outside of what can be seen leaves it
open whether the writes belong together, and so do statements that are in no text here (sqlc, stored procedures). Cannot
see which writes belong together across functions, requests within a transaction by way of other files, nor isolation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.model.level import Level
from auditor.model.probe import FactType
from auditor.probing.code.code_topics import gaps, topic_of
from auditor.probing.code.java_files import JavaFiles
from auditor.probing.code.java_transactions import JavaTransactions
from auditor.probing.code.split_writes import calls_within, split, writes
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
from auditor.probing.code.transacting import never_undone, transactions
from auditor.probing.contract import Context, FactSpec, Need, Observation, probe

DATABASE = FactSpec(
    "database.used", FactType.LIST, "Client libraries of databases that the service reaches"
)
WRITES = FactSpec(
    "database.writes",
    FactType.NUMBER,
    "Commits, units of work, statements and calls of an ORM that are seen to change rows",
)
USED = FactSpec("transactions.used", FactType.LIST, "Transactions at work (path:line what)")
AUTOCOMMIT = FactSpec(
    "transactions.autocommit", FactType.LIST, "Where every statement is committed by itself"
)
OPEN = FactSpec(
    "transactions.without_rollback", FactType.LIST, "Commits that nothing undoes when they fail"
)
OUTSIDE = FactSpec(
    "transactions.outside_calls", FactType.LIST, "Calls to HTTP clients within a transaction"
)
SPLIT = FactSpec(
    "transactions.split_writes", FactType.LIST, "Functions that write twice outside a transaction"
)

_FACTS = (DATABASE, WRITES, USED, AUTOCOMMIT, OPEN, OUTSIDE, SPLIT)
_KEYS = tuple(spec.key for spec in _FACTS)
_ATOMIC = re.compile(r"\bATOMIC_REQUESTS[\"']?\s*\]?\s*[:=]\s*True\b")
_SET = re.compile(r"\.autocommit\s*=\s*True\b")
_RESET = re.compile(r"\.autocommit\s*=\s*(?!True\b)\w")
_ADVICE = re.compile(r"<tx:advice\b")
_ALONE = re.compile(
    r"\b(?:CREATE|DROP)\s+DATABASE|VACUUM|CONCURRENTLY|ALTER\s+SYSTEM|\bLISTEN\b|pg_terminate",
    re.IGNORECASE,
)


@probe(
    "code.transactions",
    title="Transactions in the code",
    needs=[Need.REPOSITORY],
    emits=_FACTS,
    pure=True,
)
def transactions_in_code(ctx: Context) -> Iterator[Observation]:
    """Tell the transactions, and what may be left half done."""
    topic = topic_of(ctx, "transactions")
    doubts = list(gaps(topic, *_KEYS))
    yield from doubts
    files = Files(ctx, topic)
    databases = rules_of("transactions", "database")
    used = libraries(files, databases)
    if not used:
        if not doubts:
            yield from without_database(ctx, files)
        return
    yield listed(ctx, topic, DATABASE, used)
    java = JavaTransactions(JavaFiles(topic, files.texts))
    works = [*transactions(files), *java.works]
    atomic = [*atomic_requests(files), *advised(ctx, files)]
    found = sorted({w.spot for w in works} | set(atomic))
    changing = {Spot(u.path, u.call.line, "") for u in writes(files)}
    changing |= {Spot(path, line, "") for path, _, line in java.writings.writes}
    units = {w.spot for w in works if w.spot.path.endswith(".py")}
    number = len(changing | {Spot(s.path, s.line, "") for s in units})
    apart = split(files, works, covered=bool(atomic))
    apart += [] if atomic or java.everywhere else java.split()
    faults = {
        AUTOCOMMIT: sorted(set(autocommit(files))),
        OPEN: sorted({*never_undone(files), *java.never_undone()}),
        OUTSIDE: sorted(
            {*calls_within(files, works, topic_of(ctx, "http_clients")), *java.calls_within()}
        ),
    }
    for spec, spots in faults.items():
        if spots or not doubts:
            yield listed(ctx, topic, spec, spots)
    if found:
        yield listed(ctx, topic, USED, found)
    if doubts:
        return
    if number:  # none seen is none of the known libraries', and not none at all
        yield WRITES.of(
            number, level=Level.EFFECTIVE, source=topic.source(ctx), produced_at=ctx.observed_at
        )
    else:
        yield undecided(
            used,
            "A database is used, but nothing was seen that changes rows in a way that is known.",
            "Attest the item with a test that fails half-way through each write of several steps.",
            WRITES.key,
        )
    if found and apart:
        yield undecided(
            apart,
            f"{len(apart)} functions write more than once with no transaction around that can be seen, and it is "
            "not known whether those writes belong together.",
            "Put the writes into one transaction, or attest the item with a test that fails between them.",
            SPLIT.key,
        )
    elif found or apart:
        yield listed(ctx, topic, SPLIT, apart)
    if not found and apart:
        yield listed(ctx, topic, USED, [])
    elif not found:
        yield undecided(
            used,
            "A database is used, but no transaction was seen, nor a function that writes more than once; what "
            "one request writes is not known.",
            "Attest the item with a test that fails half-way through each write of several steps.",
            USED.key,
            SPLIT.key,
        )


def without_database(ctx: Context, files: Files) -> Iterator[Observation]:
    """No library is reached: empty lists, unless something speaks of a database."""
    maybe = perhaps_imported(files, rules_of("transactions", "database"))
    spoken = speaks_of_database(ctx, files)
    if maybe or spoken is not None:
        yield undecided(
            maybe or [spoken] if spoken is not None else maybe,
            "No client library of a database that is known is imported, but the service speaks of a database.",
            "Attest the item, or name in `not_applicable:` why it does not concern the service.",
            *_KEYS,
        )
        return
    for spec in _FACTS:
        if spec is WRITES:
            yield spec.of(
                0,
                level=Level.EFFECTIVE,
                source=files.topic.source(ctx),
                produced_at=ctx.observed_at,
            )
        else:
            yield listed(ctx, files.topic, spec, [])


def atomic_requests(files: Files) -> Iterator[Spot]:
    """Settings of Django that put every view into a transaction."""
    for path in files.paths:
        if path.endswith(".py") and (match := _ATOMIC.search(files.code(path))) is not None:
            line = files.code(path).count("\n", 0, match.start()) + 1
            yield Spot(path, line, "ATOMIC_REQUESTS")


def advised(ctx: Context, files: Files) -> Iterator[Spot]:
    """Resource files of Java that put methods into transactions by a pointcut."""
    if not any(path.endswith(".java") for path in files.paths):
        return
    for entry in ctx.repo.find("**/src/main/resources/**/*.xml"):
        match = _ADVICE.search(files.texts.text(entry.path))
        if match is not None:
            line = files.texts.text(entry.path).count("\n", 0, match.start()) + 1
            yield Spot(entry.path, line, match[0][1:])


def autocommit(files: Files) -> Iterator[Spot]:
    """Where connections or sessions commit every statement, but for what can run in no transaction."""
    blocks = any(
        "transaction" in u.call.name for u in files.topic.reachable if u.rule.role == "managed"
    )
    for use in files.topic.reachable:
        call = use.call
        if use.rule.role != "autocommit" or (blocks and "psycopg" in call.name):
            continue
        text = " ".join([*call.arguments[:1], call.keywords.get("isolation_level", "")])
        setter = call.name.endswith(("set_isolation_level", "set_autocommit"))
        alone = (
            call.keywords.get("autocommit") == "True"
            or "AUTOCOMMIT" in call.keywords.get("isolation_level", "")
            or (call.name == "sqlite3.connect" and text.endswith(" None"))
            or (setter and re.match(r"0\b|True\b|.*AUTOCOMMIT", text) is not None)
        )
        if alone and not _ALONE.search(files.body(use.path, call.line, bare=False)):
            yield Spot(use.path, call.line, call.name)
    for path in files.paths:
        if not path.endswith(".py"):
            continue
        for match in _SET.finditer(files.code(path)):
            line = files.code(path).count("\n", 0, match.start()) + 1
            body = files.body(path, line, bare=False)
            if not _ALONE.search(body) and not _RESET.search(body):
                yield Spot(path, line, "autocommit = True")
