"""Reads the migrations that the service has for its database: whether they join, do something, and lead back.

Alembic and Django are read as graphs from their source text (nothing is imported): one last revision, no parent
that is not there, no name twice. Flyway, golang-migrate, goose, dbmate, Prisma, Drizzle, Liquibase, Knex, TypeORM,
Sequelize, MikroORM, Kysely, node-pg-migrate, db-migrate, EF Core and Rails are read by their files. A migration has
no way back where that is missing, does nothing, prints, or raises; Django's RunPython and RunSQL need their reverse,
Liquibase a rollback where it cannot work one out, Rails what `change` can undo. Tools and teams that write no way back
at all (Prisma, Flyway without U__ files) are told as such. Folders that their tool does not look into are broken.

Not seen: whether a way back keeps the data, whether two versions can share the schema on the way, what the
database has been through, labels of Django apps other than by their folder, and migrations that code puts together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from auditor.model.level import Level
from auditor.probing.contract import Context, Need, Observation, Problem, ProblemKind, probe
from auditor.probing.repository.entries import Entries
from auditor.probing.repository.migrations import (
    FACTS,
    TOOLS,
    TOTAL,
    Shelf,
    find_scripts,
    unknown_folders,
)
from auditor.probing.repository.migrations_python import find_alembic, find_django
from auditor.probing.repository.migrations_sql import find_liquibase, find_sql

_KNOWN = (
    "searched: Alembic, Django, Flyway, golang-migrate, goose, dbmate, Prisma, Drizzle, Liquibase, Knex, TypeORM, "
    "Sequelize, MikroORM, Kysely, node-pg-migrate, db-migrate, EF Core, Rails"
)


@probe(
    "repo.migrations",
    title="Migrations of the database",
    needs=[Need.REPOSITORY],
    emits=FACTS,
    timeout_s=120.0,
    pure=True,
)
def migrations(ctx: Context) -> Iterator[Observation]:
    """Where there are none only that is known: of none, nothing is broken."""
    seen = Entries(FACTS)
    shelf = Shelf(ctx.repo, seen)
    for find in (find_alembic, find_django, find_scripts, find_sql, find_liquibase):
        find(shelf)
    shelf.tell_recent()
    folders = [text.rpartition(" ")[0] for text, _ in seen.found.get(TOOLS.key, [])]
    if not folders and not seen.found:
        yield from _none(ctx, seen, unknown_folders(shelf))
        return
    yield from seen.observations(ctx, ctx.repo.source(_sets(seen)))


def _sets(seen: Entries) -> str:
    places = [place.path or "." for _, place in seen.found.get(TOOLS.key, [])]
    more = f" and {len(places) - 20} more" if len(places) > 20 else ""
    return ", ".join(places[:20]) + more or _KNOWN


def _none(ctx: Context, seen: Entries, unknown: list[str]) -> Iterator[Observation]:
    if seen.problems:
        keys = tuple(fact.key for fact in FACTS)
        yield from (replace(problem, facts=keys) for problem in seen.problems)
        return
    if unknown:
        yield Problem(
            ProblemKind.VACUOUS,
            f"The files of {', '.join(unknown[:5])} are of no tool of migrations that is known.",
            "Attest with a link to how the schema is moved forward and back.",
            tuple(fact.key for fact in FACTS),
        )
        return
    source = ctx.repo.source(_KNOWN)
    for fact, value in ((TOOLS, []), (TOTAL, 0)):
        yield fact.of(value, level=Level.EFFECTIVE, source=source, produced_at=ctx.observed_at)
    yield Problem(
        ProblemKind.VACUOUS,
        "The service has no migrations of a tool that is known.",
        "Keep migrations in the repository, or attest with a link to where the schema is changed.",
        tuple(fact.key for fact in FACTS if fact not in (TOOLS, TOTAL)),
    )
