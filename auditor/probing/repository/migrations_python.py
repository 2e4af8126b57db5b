"""The migrations of Alembic and Django that a service has, as graphs."""

from __future__ import annotations

import posixpath
import re
from collections import Counter

from auditor.code.python.migrations_python import Migration, Revision, read_alembic, read_django
from auditor.code.topics.revision_graph import graph, labelled, oldest_first, squashed
from auditor.probing.containers.container_files import resolve
from auditor.probing.repository.migrations import BROKEN, EMPTY, HEADS, IRREVERSIBLE, Parsing, Shelf

_ALEMBIC_ENV = re.compile(rb"\balembic\b")
_OPTION = re.compile(
    r"(?m)^(script_location|version_locations|recursive_version_locations)\s*=\s*((?:[^\n]|\n[ \t]+)*)"
)
_DJANGO = re.compile(rb"\bMigration\s*\(\s*(?:\w+\.)*Migration\s*\)")
_HERE = re.compile(r"%\(here\)s|%%\(here\)s")


def find_alembic(shelf: Shelf) -> None:
    """A set for each folder of versions; one that no env.py runs is broken."""
    run = _run_folders(shelf)
    for folder in sorted(shelf.folders):
        owner = next(
            (r for r in run if folder == r or (run[r] and folder.startswith(f"{r}/"))), None
        )
        named = folder.rpartition("/")[2] == "versions"
        if owner is not None or named:
            _alembic(shelf, folder, wired=owner is not None)


def _run_folders(shelf: Shelf) -> dict[str, bool]:
    """The folders of versions that an env.py or an alembic.ini names, and whether those below them count."""
    found: dict[str, bool] = {}
    for path in sorted(shelf.paths):
        folder, name = posixpath.split(path)
        with shelf.seen.reading(path, BROKEN, "alembic check"):
            if name == "env.py" and _ALEMBIC_ENV.search(shelf.head(path)):
                found.setdefault(posixpath.join(folder, "versions").lstrip("/"), False)
            elif name.endswith(".ini") and b"script_location" in shelf.head(path):
                options = dict(_OPTION.findall(shelf.text(path)))
                deep = options.get("recursive_version_locations", "").strip() in (
                    "true",
                    "1",
                    "yes",
                )
                places = [posixpath.join(options.get("script_location", "").strip(), "versions")]
                places += re.split(r"[\s,;]+|:(?!//)", options.get("version_locations", ""))
                for place in filter(None, places):
                    below = _HERE.sub(".", place.strip()).replace("%%", "%")
                    inner = resolve(folder, below.replace(":", "/"))
                    if inner is not None and inner in shelf.folders:
                        found[inner] = deep or found.get(inner, False)
    return found


def _alembic(shelf: Shelf, folder: str, *, wired: bool) -> None:
    seen = shelf.seen
    known: dict[str, tuple[str, Revision]] = {}
    unread = False
    for path in (p for p in shelf.folders[folder] if p.endswith(".py")):
        if posixpath.basename(path) == "__init__.py":
            continue
        before = len(seen.problems)
        with seen.reading(path, BROKEN, "alembic heads"), Parsing(path):
            made = read_alembic(shelf.text(path))
            if made is None:
                if wired:
                    seen.add(BROKEN, path, None, "has no `revision`")
                continue
            if made.id in known:
                seen.add(BROKEN, path, made.line, f"has the revision of {known[made.id][0]}")
                continue
            known[made.id] = (path, made)
            if made.empty:
                seen.add(EMPTY, path, made.line, "its upgrade does nothing")
            if made.stuck:
                seen.add(IRREVERSIBLE, path, made.stuck_line, made.stuck)
        unread = unread or len(seen.problems) > before
    order = oldest_first({name: made.parents for name, (_, made) in known.items()})
    shelf.add_set(folder, "Alembic", [known[name][0] for name in order])
    if known and not wired:
        seen.add(BROKEN, folder, None, "is run by no env.py of Alembic beside it")
    if known and not unread:
        _judge_alembic(shelf, folder, known)


def _judge_alembic(shelf: Shelf, folder: str, known: dict[str, tuple[str, Revision]]) -> None:
    parents = {name: made.parents for name, (_, made) in known.items()}
    found = graph(parents)
    for name, parent in found.missing:
        path, made = known[name]
        shelf.seen.add(BROKEN, path, made.line, f"follows {parent}, which is not there")
    for name, (path, made) in known.items():
        lacking = [n for n in made.needs if not any(k.startswith(n) for k in known)]
        # A label of a branch may stand for a revision as well.
        labels = {label for _, one in known.values() for label in one.labels}
        for one in (n for n in lacking if n.partition("@")[0] not in labels):
            shelf.seen.add(BROKEN, path, made.line, f"{name} depends on {one}, which is not there")
    if found.cyclic:
        shelf.seen.add(
            BROKEN, folder, None, "has no last revision: they follow each other in a circle"
        )
    labels_of = {name: made.labels for name, (_, made) in known.items()}
    plain = [h for h in found.heads if not labelled(parents, labels_of, h)]
    branches = Counter(labelled(parents, labels_of, h) for h in found.heads if h not in plain)
    doubled = [h for h in found.heads if branches[labelled(parents, labels_of, h)] > 1]
    for head in sorted({*(plain if len(plain) > 1 else ()), *doubled}):
        path, made = known[head]
        shelf.seen.add(
            HEADS, path, made.line, f"{head} is one of {len(found.heads)} heads of {folder}"
        )


def find_django(shelf: Shelf) -> None:
    """A set for each app."""
    for folder, paths in sorted(shelf.folders.items()):
        scripts = [p for p in paths if p.endswith(".py") and not p.endswith("/__init__.py")]
        read: dict[str, tuple[str, Migration]] = {}
        before = len(shelf.seen.problems)
        for path in scripts:
            if "/migrations/" not in f"/{path}" and "Migration" not in posixpath.basename(path):
                continue
            with (
                shelf.seen.reading(path, BROKEN, "manage.py makemigrations --check"),
                Parsing(path),
            ):
                made = read_django(shelf.text(path)) if _DJANGO.search(shelf.head(path)) else None
                if made is not None:
                    read[posixpath.basename(path).removesuffix(".py")] = (path, made)
        if not read:
            continue
        shelf.add_set(folder, "Django", [path for _, (path, _) in sorted(read.items())])
        if f"{folder}/__init__.py".lstrip("/") not in paths:
            what = "has no __init__.py, so that Django does not load its migrations"
            shelf.seen.add(BROKEN, folder, None, what)
        _judge_django(shelf, folder, read, complete=len(shelf.seen.problems) == before)


def _judge_django(
    shelf: Shelf, folder: str, read: dict[str, tuple[str, Migration]], *, complete: bool
) -> None:
    seen = shelf.seen
    app = _label(folder, read)
    own = {
        name: tuple(
            parent for label, parent in made.parents if label == app and not parent.startswith("__")
        )
        for name, (_, made) in read.items()
    }
    replaces = {name: made.replaces for name, (_, made) in read.items()}
    replaced = {old for olds in replaces.values() for old in olds}
    for name, (path, made) in read.items():
        merges = len(own[name]) > 1
        if not made.operations and not merges:
            seen.add(EMPTY, path, made.line, "has no operations")
        for line, why in made.one_way if name not in replaced else ():
            seen.add(IRREVERSIBLE, path, line, why)
    if not complete:
        return
    found = graph(squashed(own, replaces))
    for name, parent in found.missing:
        path, made = read[name]
        seen.add(BROKEN, path, made.line, f"follows {app}.{parent}, which is not there")
    if found.cyclic:
        seen.add(BROKEN, folder, None, "has no last migration: they follow each other in a circle")
    for name in found.heads if len(found.heads) > 1 else ():
        path, made = read[name]
        seen.add(HEADS, path, made.line, f"is one of {len(found.heads)} leaves of {app}")


def _label(folder: str, read: dict[str, tuple[str, Migration]]) -> str:
    """The label by which the migrations of an app call each other: mostly that of its folder."""
    above = folder.rpartition("/")[0].rpartition("/")[2]
    labels = Counter(
        label for _, made in read.values() for label, name in made.parents if name in read
    )
    if above in labels or not labels:
        return above
    return labels.most_common(1)[0][0]
