"""The migrations of a service that are SQL or are told in data: Flyway, golang-migrate, goose, dbmate, Prisma,
Drizzle, Liquibase."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict

import msgspec

from auditor.formats.databases import liquibase, migration_sql
from auditor.formats.databases.liquibase import Changelog
from auditor.formats.databases.migration_sql import Name
from auditor.formats.text import json_text
from auditor.probing.containers.container_files import resolve
from auditor.probing.repository.migrations import (
    BROKEN,
    EMPTY,
    FORWARD_ONLY,
    IRREVERSIBLE,
    LIMIT,
    Shelf,
)

_PRISMA = re.compile(r"(?P<root>(?:.*/)?prisma/(?:[\w.-]+/)?migrations)/[^/]+")
_JOURNAL = re.compile(r"(?P<root>(?:.*/)?)meta/_journal\.json")
_LIQUIBASE = re.compile(
    r"(?i).*(?:changelog|liquibase|changeset|migrat|/db/).*\.(?:xml|ya?ml|json|sql)"
)
_NO_UNDO = "no migration has a way back"


class _Entry(msgspec.Struct):
    tag: str


class _Journal(msgspec.Struct):
    entries: list[_Entry]


def find_sql(shelf: Shelf) -> None:
    """The sets whose files are SQL alone."""
    for folder, paths in sorted(shelf.folders.items()):
        names = {p: posixpath.basename(p) for p in paths}
        flyway = {p: made for p, n in names.items() if (made := migration_sql.flyway(n))}
        if any(made.kind == "V" for made in flyway.values()):
            _flyway(shelf, folder, flyway)
            continue
        pairs = {p: made for p, n in names.items() if (made := migration_sql.paired(n))}
        if pairs:
            _paired(shelf, folder, pairs)
        _marked(shelf, folder, [p for p in paths if p.endswith(".sql") and p not in pairs])
    _prisma(shelf)
    _drizzle(shelf)


def _acts(shelf: Shelf, path: str) -> bool:
    """Whether a file does anything; one of code, or one that cannot be read, is taken to."""
    with shelf.seen.reading(path, BROKEN, "the migration tool"):
        return not path.endswith(".sql") or migration_sql.acts(shelf.text(path))
    return True


def _number(name: Name) -> tuple[int, ...]:
    """What a version is ordered by; those that are always run come first."""
    return tuple(int(part) for part in name.version.split(".") if part and len(part) < 40)


def _flyway(shelf: Shelf, folder: str, files: dict[str, Name]) -> None:
    seen = shelf.seen
    versions: dict[tuple[str, str], str] = {}
    for path, made in sorted(files.items()):
        key = (made.kind, made.version)
        if made.kind in "VU" and key in versions:
            seen.add(BROKEN, path, None, f"has the version {made.version} of {versions[key]}")
        versions.setdefault(key, path)
        if made.kind in "VR" and not _acts(shelf, path):
            seen.add(EMPTY, path, None, "holds no statement")
    forward = [p for p, made in files.items() if made.kind in "VR"]
    shelf.add_set(folder, "Flyway", sorted(forward, key=lambda p: _number(files[p])))
    undone = {made.version for p, made in files.items() if made.kind == "U" and _acts(shelf, p)}
    if not undone:
        seen.add(FORWARD_ONLY, folder, None, f"Flyway: {_NO_UNDO} (U__ files)")
        return
    for path, made in sorted(files.items()):
        if made.kind == "V" and made.version not in undone:
            seen.add(IRREVERSIBLE, path, None, f"no U{made.version}__ file undoes it")


def _paired(shelf: Shelf, folder: str, files: dict[str, Name]) -> None:
    """Pairs of files of golang-migrate; of pop also one for each database (`2_users.mysql.up.sql`), where
    one without a name is for those that have none of their own."""
    seen = shelf.seen
    ways: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    kinds: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for path, made in sorted(files.items()):
        ways[made.version, made.database][made.kind].append(path)
        kinds[made.version].add((made.kind, made.database))
    ups = sorted(
        (p for p, made in files.items() if made.kind == "up"), key=lambda p: _number(files[p])
    )
    shelf.add_set(folder, "golang-migrate", ups)
    some_back = any(way["down"] for way in ways.values())
    for (version, database), way in sorted(ways.items()):
        for path in way["up"][1:] + way["down"][1:]:
            seen.add(BROKEN, path, None, f"has the version {version} of another")
        others = {kind for kind, for_ in kinds[version] if "" in (database, for_)}
        if not way["up"]:
            if "up" not in others:
                seen.add(BROKEN, way["down"][0], None, "has no .up.sql beside it")
            continue
        path = way["up"][0]
        if not _acts(shelf, path):
            seen.add(EMPTY, path, None, "holds no statement")
        elif some_back and not way["down"] and "down" not in others:
            seen.add(IRREVERSIBLE, path, None, "has no .down.sql beside it")
        elif way["down"] and not _acts(shelf, way["down"][0]):
            seen.add(IRREVERSIBLE, way["down"][0], None, "holds no statement")
    if ups and not some_back:
        seen.add(FORWARD_ONLY, folder, None, f"golang-migrate: {_NO_UNDO} (.down.sql files)")


def _marked(shelf: Shelf, folder: str, paths: list[str]) -> None:
    """Files of goose and dbmate, which hold both ways."""
    found: dict[str, list[str]] = {}
    for path in sorted(paths):
        with shelf.seen.reading(path, BROKEN, "goose status"):
            if b"igrate:" not in shelf.head(path) and b"+goose" not in shelf.head(path):
                continue
            made = migration_sql.two_ways(shelf.text(path))
            if made is None:
                continue
            found.setdefault(made.tool, []).append(path)
            if not made.up:
                shelf.seen.add(EMPTY, path, made.line, "holds no statement")
            elif not made.down:
                shelf.seen.add(IRREVERSIBLE, path, made.line, "holds no statement for the way back")
    for tool, made_of in found.items():
        shelf.add_set(folder, tool, made_of)


def _prisma(shelf: Shelf) -> None:
    found: dict[str, list[str]] = {}
    backs: set[str] = set()
    for folder, paths in sorted(shelf.folders.items()):
        match = _PRISMA.fullmatch(folder)
        if match is None:
            continue
        path = f"{folder}/migration.sql"
        if path not in paths:
            shelf.seen.add(BROKEN, folder, None, "has no migration.sql")
            continue
        found.setdefault(match["root"], []).append(path)
        if f"{folder}/down.sql" in paths:
            backs.add(match["root"])
        if not _acts(shelf, path):
            shelf.seen.add(EMPTY, path, None, "holds no statement")
    for root, made_of in found.items():
        shelf.add_set(root, "Prisma", made_of)
        if root not in backs:
            shelf.seen.add(FORWARD_ONLY, root, None, f"Prisma: {_NO_UNDO} (down.sql)")


def _drizzle(shelf: Shelf) -> None:
    for path in sorted(shelf.paths):
        match = _JOURNAL.fullmatch(path)
        if match is None:
            continue
        folder = match["root"].rstrip("/")
        beside = [p for p in shelf.folders.get(folder, ()) if p.endswith(".sql")]
        with shelf.seen.reading(path, BROKEN, "drizzle-kit check"):
            data = shelf.repo.read(path, limit=LIMIT).data
            journal = json_text.decode(data, _Journal, name=path)
            wanted = [f"{match['root']}{one.tag}.sql" for one in journal.entries]
            for one in wanted:
                if one not in beside:
                    shelf.seen.add(BROKEN, path, None, f"names {one}, which is not there")
                elif not _acts(shelf, one):
                    shelf.seen.add(EMPTY, one, None, "holds no statement")
            for one in sorted(set(beside) - set(wanted)):
                shelf.seen.add(
                    BROKEN, one, None, f"is not named by {path}, so that it is never run"
                )
            shelf.add_set(folder, "Drizzle", [one for one in wanted if one in beside])
            if wanted:
                shelf.seen.add(FORWARD_ONLY, folder, None, f"Drizzle: {_NO_UNDO}")


def find_liquibase(shelf: Shelf) -> None:
    """The changelogs; beside a master, one that nothing includes is never applied."""
    read: dict[str, Changelog] = {}
    problems = len(shelf.seen.problems)
    for path in sorted(p for p in shelf.paths if _LIQUIBASE.fullmatch(p)):
        with shelf.seen.reading(path, BROKEN, "liquibase validate"):
            if liquibase.sniff(shelf.head(path)):
                read[path] = liquibase.read(shelf.repo.read(path, limit=LIMIT).data, path=path)
    included: set[str] = set()
    masters = [p for p, log in read.items() if log.includes or log.all]
    for path in masters:
        included |= _included(shelf, path, read)
    for path, log in read.items():
        if (
            masters
            and path not in included
            and path not in masters
            and len(shelf.seen.problems) == problems
        ):
            shelf.seen.add(
                BROKEN, path, None, "is included by no changelog, so that it is never run"
            )
        _changes(shelf, path, log)


def _changes(shelf: Shelf, path: str, log: Changelog) -> None:
    known: set[str] = set()
    for one in log.sets:
        if one.id in known:
            shelf.seen.add(BROKEN, path, one.line, f"the change set {one.id} stands twice")
        known.add(one.id)
        if not one.changes:
            shelf.seen.add(EMPTY, path, one.line, f"the change set {one.id} changes nothing")
        for what in one.one_way:
            said = f"the change set {one.id} has no rollback for {what}"
            shelf.seen.add(IRREVERSIBLE, path, one.line, said)
    shelf.add_set(path, "Liquibase", [path] * len(log.sets))


def _included(shelf: Shelf, path: str, read: dict[str, Changelog]) -> set[str]:
    """The files that a changelog includes; one that is not there is broken."""
    log, folder = read[path], posixpath.dirname(path)
    found: set[str] = set()
    for written in log.includes:
        bare = written.removeprefix("classpath:").lstrip("/")
        near = resolve(folder, bare)
        fitting = [
            p for p in shelf.paths if p in (near, bare) or p.endswith(f"/{bare.removeprefix('./')}")
        ]
        found |= set(fitting)
        if not fitting and "${" not in written:
            shelf.seen.add(BROKEN, path, None, f"includes {written}, which is not there")
    for written in log.all:
        bare = written.removeprefix("classpath:").strip("/").removeprefix("./")
        near = resolve(folder, bare)
        found |= {
            p for p in read
            if (near is not None and p.startswith(f"{near}/")) or f"/{bare}/" in f"/{p}"
        }  # fmt: skip
    return found
