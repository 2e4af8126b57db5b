"""The door to the repository: one walk, files read lazily, limits, and no way out of the tree.

Paths are relative to the git root, with `/`, everywhere: CI lives at the root, the service may not.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol, TypeVar

from auditor.model.evidence import Location, ProblemKind, Source, SourceKind
from auditor.probing.doors.globs import ODD, any_glob, ending_of, endings, glob_pattern
from auditor.probing.doors.recorder import Recorder
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repository.git_history import Budget, Coverage

T = TypeVar("T")
READ_LIMIT = 32 * 1024 * 1024
_MOST_KEPT = 48 * 1024 * 1024
_SMALL = 1024 * 1024
_MOST_FILES = 50_000


@dataclass(frozen=True, slots=True)
class Entry:
    """A regular file: its size in bytes, and its blob id where git tracks it."""

    path: str
    size: int
    blob: str | None = None

    @property
    def tracked(self) -> bool:
        """Whether git tracks the file."""
        return self.blob is not None


class Tree(Protocol):
    """What a repository must be able to tell; `GitTree` is the real one, `FakeTree` for tests."""

    commit: str | None
    committed_at: datetime | None
    branch: str | None
    is_git: bool

    def entries(self) -> list[Entry]:
        """Tracked files and untracked files that are not ignored."""

    def artefacts(self, patterns: Iterable[str]) -> list[Entry]:
        """Files that match `patterns`, ignored ones too."""

    def read(self, path: str, limit: int) -> bytes:
        """The bytes of a file; raises Trouble."""

    def head(self, path: str, size: int) -> bytes:
        """The first `size` bytes of a file; raises Trouble."""

    def kind(self, path: str) -> str:
        """file, directory, link or missing."""

    def changed(self) -> frozenset[str]:
        """Tracked paths that differ from the commit."""

    def last_change(self, path: str) -> datetime | None:
        """When a commit last touched `path`."""

    def authors(self, path: str) -> dict[int, frozenset[str]]:
        """Line → the ways to name who committed it; see `authorship.authors`."""

    def modified_at(self, path: str) -> datetime | None:
        """The modification time in the work tree; only ever evidence against freshness."""

    def state(self, now: float) -> str | None:
        """A digest of all that the tree can tell at `now` (s since 1970); None where there is none."""

    def looked_aside(self) -> frozenset[str]:
        """The places that were looked at and that `state` leaves out."""

    def aside(self, places: Iterable[str], now: float) -> str | None:
        """A digest of such places at `now`; None where there is none."""

    def old_blobs(
        self, wanted: Callable[[str], bool], covered: Coverage, budget: Budget
    ) -> Iterator[tuple[str, str, bytes]]:
        """Path, blob id and bytes of what only the history holds; see `git_history.old_blobs`."""


@dataclass(frozen=True, slots=True)
class RepoFile:
    """A file's bytes, and the source that names them."""

    path: str
    data: bytes
    source: Source

    @property
    def text(self) -> str:
        """The bytes as UTF-8 text (a mark at the start dropped, bad bytes replaced)."""
        return self.data.decode("utf-8-sig", "replace")

    def at(self, line: int | None = None) -> Location:
        """A place in this file."""
        return Location(path=self.path, line=line)


class Repo:
    """The repository as probes see it; `root` is the service root ("" when it is the git root)."""

    def __init__(
        self,
        tree: Tree,
        *,
        root: str = "",
        evidence: Iterable[str] = (),
        recorder: Recorder | None = None,
        observed_at: str = "",
    ) -> None:
        self.tree = tree
        self.root = root.strip("/")
        self._evidence = tuple(evidence)
        self._recorder = recorder or Recorder()
        self._observed_at = observed_at
        self._heads: dict[tuple[str, int], bytes] = {}
        self._files: dict[str, RepoFile] = {}
        self._made: dict[str, Any] = {}
        self._making: dict[str, threading.Lock] = {}
        self._room = _MOST_KEPT
        self.until: datetime | None = None

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """Every file, sorted by path: tracked, or untracked and not ignored."""
        return tuple(sorted(self.tree.entries(), key=lambda e: e.path))

    @cached_property
    def by_path(self) -> dict[str, Entry]:
        """The same by path."""
        return {e.path: e for e in self.entries}

    @cached_property
    def service(self) -> tuple[Entry, ...]:
        """The files below the service root."""
        return tuple(e for e in self.entries if self.in_service(e.path))

    def once(self, what: str, make: Callable[[], T]) -> T:
        """What `make` gives for this repository, made once for all probes of an audit.

        Nobody may change it, and `make` may look at nothing but the repository.
        """
        if what not in self._made:
            with self._making.setdefault(what, threading.Lock()):
                if what not in self._made:
                    self._made[what] = make()
        made: T = self._made[what]
        return made

    def due(self, moment: datetime) -> None:
        """Note that what is told of this tree changes at that moment, which is to come."""
        self.until = moment if self.until is None else min(self.until, moment)

    def in_service(self, path: str) -> bool:
        """Whether `path` lies below the service root."""
        return not self.root or path == self.root or path.startswith(self.root + "/")

    def below(self, path: str) -> str:
        """`path` relative to the service root (unchanged outside it)."""
        return (
            path[len(self.root) + 1 :] if self.root and path.startswith(self.root + "/") else path
        )

    def within(self, path: str) -> str:
        """A path given relative to the service root, made relative to the git root."""
        joined = f"{self.root}/{path}" if self.root else path
        return _normal(joined)

    def find(self, *patterns: str, everywhere: bool = False) -> list[Entry]:
        """Files whose path below the service root (or the git root) matches a glob.

        `**/` matches any folders, none included; matching ignores case. Files of the git root are
        searched as well when `everywhere` is set.
        """
        wanted = any_glob(patterns)
        wanted_endings = endings(patterns)
        pool = (
            (self.entries if everywhere else self.service)
            if wanted_endings is None
            else [e for e in self._ending(wanted_endings) if everywhere or self.in_service(e.path)]
        )
        if not self.root:
            return [e for e in pool if wanted.fullmatch(e.path)]
        return [
            e for e in pool
            if wanted.fullmatch(self.below(e.path)) or (everywhere and wanted.fullmatch(e.path))
        ]  # fmt: skip

    def _ending(self, endings: frozenset[str]) -> list[Entry]:
        """The entries whose names end so, and those whose names could in a case that only Unicode knows."""
        found = [self._by_ending.get(ending, []) for ending in {*endings, ODD}]
        return sorted((e for some in found for e in some), key=lambda e: e.path)

    @cached_property
    def _by_ending(self) -> dict[str, list[Entry]]:
        found: dict[str, list[Entry]] = {}
        for entry in self.entries:
            found.setdefault(ending_of(entry.path), []).append(entry)
        return found

    def exists(self, path: str) -> bool:
        """Whether a regular file or folder of that path is in the work tree (links are not)."""
        return self.tree.kind(_normal(path)) in ("file", "directory")

    def read(self, path: str, *, limit: int = READ_LIMIT, keep: bool = False) -> RepoFile:
        """A file's bytes, small ones kept for the next who asks. `keep` stores them in the evidence bundle.

        Raises Trouble: too_large past `limit`, denied for links out of the tree and special files.
        """
        known = None if keep else self._files.get(path)
        if known is not None and len(known.data) <= limit:
            return known
        data = self.tree.read(_normal(path), limit)
        blob = self._recorder.keep(data) if keep else None
        source = Source(
            kind=SourceKind.FILE,
            locator=path,
            sha256=hashlib.sha256(data).hexdigest(),
            blob=blob,
            observed_at=self._observed_at or None,
            commit=self.tree.commit,
        )
        file = RepoFile(path, data, source)
        if not keep and len(data) <= min(_SMALL, self._room) and len(self._files) < _MOST_FILES:
            self._room -= len(data)  # two threads may take a little more than there is
            self._files[path] = file
        return file

    def head(self, path: str, size: int = 8192) -> bytes:
        """The first bytes of a file, to tell its format by. Raises Trouble as `read` does."""
        if (path, size) not in self._heads:  # every probe of reports asks for the same ones
            self._heads[path, size] = self.tree.head(_normal(path), size)
        return self._heads[path, size]

    def reports(self, *patterns: str) -> list[Entry]:
        """Candidates for report files: `patterns` below the service root, ignored files too,
        and the operator's `evidence:` globs; sorted by path.

        Reports are found by content, so the caller sniffs what it reads.
        """
        wanted = [self.within(p) for p in patterns] + [self.within(p) for p in self._evidence]
        return sorted(self.tree.artefacts(wanted), key=lambda e: e.path)

    def is_named(self, path: str) -> bool:
        """Whether one of the operator's `evidence:` globs names the file."""
        return any(glob_pattern(self.within(p)).fullmatch(path) for p in self._evidence)

    def authors(self, path: str) -> dict[int, frozenset[str]]:
        """Line → name and address of who committed it, in lower case; empty where git cannot tell."""
        return self.tree.authors(_normal(path))

    def source(self, locator: str = "") -> Source:
        """The repository as such as a source, for facts about many files or about absence."""
        return Source(
            kind=SourceKind.FILE,
            locator=locator or self.root or ".",
            observed_at=self._observed_at or None,
            commit=self.tree.commit,
        )


def _normal(path: str) -> str:
    """`path` without `.` and `..`; Trouble when it leads out of the tree."""
    parts: list[str] = []
    for part in path.split("/"):
        if part == ".." and not parts:
            raise Trouble(ProblemKind.DENIED, f"The path {path!r} leads out of the repository.")
        if part == "..":
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)
