"""The sets of migrations of a service: what moves its database forward, and what could move it back."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from auditor.code.languages import grammar_of
from auditor.code.lexical.places import SHIPPED, role
from auditor.code.parsing import Unparsed
from auditor.code.reading import decode
from auditor.code.script.migrations_script import read_ef, read_rails, read_script
from auditor.formats.text.errors import Malformed
from auditor.model.probe import FactType
from auditor.probing.contract import FactSpec
from auditor.probing.repo import Repo
from auditor.probing.repository.entries import Entries

_LIST = FactType.LIST
TOOLS = FactSpec("migrations.tools", _LIST, "Sets of migrations, by folder and tool.")
TOTAL = FactSpec("migrations.total", FactType.NUMBER, "Migrations in all sets.", "migrations")
HEADS = FactSpec(
    "migrations.heads", _LIST, "Last migrations of the sets that have more than one of them."
)
BROKEN = FactSpec(
    "migrations.broken",
    _LIST,
    "Migrations that follow one that is not there, stand twice, or are never run.",
)
IRREVERSIBLE = FactSpec("migrations.irreversible", _LIST, "Migrations that have no way back.")
RECENT = FactSpec("migrations.recent_irreversible", _LIST, "Those among the last ten of their set.")
FORWARD_ONLY = FactSpec(
    "migrations.forward_only", _LIST, "Sets of tools or teams that write no way back at all."
)
EMPTY = FactSpec("migrations.empty", _LIST, "Migrations that do nothing.")
FACTS = (TOOLS, TOTAL, HEADS, BROKEN, IRREVERSIBLE, RECENT, FORWARD_ONLY, EMPTY)
LIMIT = 8 * 1024 * 1024
_SCRIPTS = frozenset({"javascript", "typescript", "tsx"})
_SCRIPT_FOLDERS = frozenset({"migrations", "migration", "migrate"})
_SHARP = re.compile(r"(?!.*(?:\.Designer|ModelSnapshot)\.cs).*\.cs")
_CALLED = re.compile(
    r"(?i)(?:^|/)(?:\w*[-_])?migrat(?:ions?|e|or)(?:/|$)|(?:^|/)(?:changelogs?|liquibase)(?:/|$)"
)
_HOLDS = (
    ".sql",
    ".py",
    ".js",
    ".ts",
    ".go",
    ".rb",
    ".php",
    ".cs",
    ".java",
    ".kt",
    ".exs",
    ".xml",
    ".rs",
)
_RECENT = 10
_RAILS = re.compile(r"(?:.*/)?db/(?:\w+_)?migrate/(\d+)_\w+\.rb")


@dataclass(slots=True)
class Shelf:
    """The shipped files of the service by folder, and what was found in them."""

    repo: Repo
    seen: Entries
    folders: dict[str, list[str]] = field(default_factory=dict)
    recent: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        for entry in self.repo.service:
            # A migration may be called `add_is_generated.py` or `drop_test.py`: its folder decides.
            folder = posixpath.dirname(self.repo.below(entry.path))
            if role(posixpath.join(folder, "x")) in SHIPPED:
                self.folders.setdefault(posixpath.dirname(entry.path), []).append(entry.path)

    def tell_recent(self) -> None:
        """Of the migrations without a way back, those that a release may soon have to undo."""
        for text, place in list(self.seen.found.get(IRREVERSIBLE.key, [])):
            if place.path in self.recent:
                what = text.removeprefix(f"{place} ")
                self.seen.add(RECENT, place.path, place.line, what)

    @property
    def paths(self) -> Iterable[str]:
        """Every shipped file of the service."""
        return (path for paths in self.folders.values() for path in paths)

    def text(self, path: str) -> str:
        """The text of a file. Raises Trouble."""
        return decode(self.repo.read(path, limit=LIMIT).data)

    def head(self, path: str) -> bytes:
        """The first bytes of a file. Raises Trouble."""
        return self.repo.head(path, 65_536)

    def add_set(self, folder: str, tool: str, migrations: list[str]) -> None:
        """A set, and its migrations, oldest first."""
        self.recent |= set(migrations[-_RECENT:])
        if migrations:
            self.seen.add(TOOLS, folder or ".", None, f"{tool}, {len(migrations)} migrations")
            for path in migrations:
                self.seen.add(TOTAL, path, None, tool)


class Parsing:
    """Makes what cannot be parsed a problem of the file."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Unparsed):
            raise Malformed(f"{self._path} was not read: {error}.") from None


def find_scripts(shelf: Shelf) -> None:
    """Sets of JavaScript and TypeScript, and those of Rails."""
    for folder, paths in shelf.folders.items():
        name = folder.rpartition("/")[2].lower()
        if name in _SCRIPT_FOLDERS or name.endswith("-migrations"):
            _scripts(shelf, folder, [p for p in paths if grammar_of(p) in _SCRIPTS])
        rails = [p for p in paths if _RAILS.fullmatch(p)]
        if rails:
            _rails(shelf, folder, rails)
        if name == "migrations" or "/migrations/" in f"{folder.lower()}/":
            _sharp(shelf, folder, [p for p in paths if _SHARP.fullmatch(p)])


def _scripts(shelf: Shelf, folder: str, paths: list[str]) -> None:
    found: dict[str, list[str]] = {}
    for path in paths:
        if path.endswith(".d.ts") or posixpath.basename(path).startswith("index."):
            continue
        with shelf.seen.reading(path, BROKEN, "the migration tool"), Parsing(path):
            made = read_script(shelf.text(path), grammar_of(path) or "")
            if made is None:
                continue
            found.setdefault(made.tool, []).append(path)
            if made.empty:
                shelf.seen.add(EMPTY, path, made.line, "does nothing")
            elif made.stuck:
                shelf.seen.add(IRREVERSIBLE, path, made.line, made.stuck)
    for tool, made_of in found.items():
        shelf.add_set(folder, tool, sorted(made_of))


def _sharp(shelf: Shelf, folder: str, paths: list[str]) -> None:
    found: list[str] = []
    for path in sorted(paths):
        with shelf.seen.reading(path, BROKEN, "dotnet ef migrations list"), Parsing(path):
            made = read_ef(shelf.text(path))
            if made is None:
                continue
            found.append(path)
            if made.empty:
                shelf.seen.add(EMPTY, path, made.line, "does nothing")
            elif made.stuck:
                shelf.seen.add(IRREVERSIBLE, path, made.line, made.stuck)
    shelf.add_set(folder, "EF Core", found)


def unknown_folders(shelf: Shelf) -> list[str]:
    """Folders that are called as migrations are, and hold code or SQL that no tool here claims."""
    return sorted(
        folder
        for folder, paths in shelf.folders.items()
        if _CALLED.search(folder) and any(p.endswith(_HOLDS) for p in paths)
    )


def _rails(shelf: Shelf, folder: str, paths: list[str]) -> None:
    found: list[str] = []
    versions: dict[str, str] = {}
    for path in sorted(paths):
        with shelf.seen.reading(path, BROKEN, "rails db:migrate"), Parsing(path):
            made = read_rails(shelf.text(path))
            if made is None:
                shelf.seen.add(BROKEN, path, None, "holds no class of ActiveRecord::Migration")
                continue
            found.append(path)
            match = _RAILS.fullmatch(path)
            version = match[1] if match else ""
            if version in versions:
                shelf.seen.add(BROKEN, path, None, f"has the version of {versions[version]}")
            versions.setdefault(version, path)
            if made.empty:
                shelf.seen.add(EMPTY, path, made.line, "does nothing")
            for line, why in made.one_way:
                shelf.seen.add(IRREVERSIBLE, path, line, why)
    shelf.add_set(folder, "Rails", found)
