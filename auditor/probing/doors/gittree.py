"""The real work tree behind the repository door: git where there is git, a plain walk elsewhere."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from auditor.model.evidence import ProblemKind
from auditor.probing.doors import git
from auditor.probing.doors.globs import ODD, any_glob, ending_of, endings
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repo import Entry
from auditor.probing.repository import authorship, git_history, tree_state

_FILES = 300_000
_DEPTH = 40
_BELOW = "/**"
"""After a folder, in the name of a place: all that lies in it."""
_NEVER = frozenset({".git", ".hg", ".svn", "node_modules", ".venv", "venv", "__pycache__", ".tox", ".nox",
                    ".mypy_cache", ".pytest_cache", ".ruff_cache", "site-packages"})  # fmt: skip


class GitTree:
    """A work tree on disk. `root` is the git root, or the folder itself where there is no git."""

    def __init__(self, root: Path, *, is_git: bool) -> None:
        self.root = Path(os.path.realpath(root))
        self.is_git = is_git
        self._top = os.fspath(self.root)
        self._folders: dict[str, bool] = {}
        self._names: dict[tuple[Path, int], list[str]] = {}
        self._ends: dict[int, tuple[Iterable[str], dict[str, list[tuple[int, str]]]]] = {}
        self._aside: set[str] = set()
        top = git.head(self.root) if is_git else None
        self.commit = top[0] if top else None
        self.committed_at = top[1] if top else None
        self.branch = git.branch(self.root) if is_git else None
        self._shallow = is_git and top is not None and git.is_shallow(self.root)

    @cached_property
    def _listed(self) -> list[git.Listed]:
        return git.listed(self.root)

    def entries(self) -> list[Entry]:
        """Regular files by lstat; links, sockets, devices and submodules are left out."""
        if not self.is_git:
            found = (self._entry(path, None) for path in self._walk(self.root))
            return [e for e in found if e is not None]
        found = (self._entry(row.path, row.blob) for row in self._listed if row.is_file)
        entries = [e for e in found if e is not None]
        if len(entries) > _FILES:
            raise Trouble(ProblemKind.TOO_LARGE, f"The repository has more than {_FILES:,} files.")
        return entries

    def _entry(self, path: str, blob: str | None) -> Entry | None:
        full = os.path.join(self._top, path)
        try:
            info = os.lstat(full)
        except PermissionError:
            message = f"{path} could not be looked at: its folder may not be read."
            hint = "Give the auditor the right to read it."
            raise Trouble(ProblemKind.DENIED, message, hint) from None
        except OSError:
            return None
        if not stat.S_ISREG(info.st_mode) or not self._inside(full):
            return None
        return Entry(path, info.st_size, blob)

    def artefacts(self, patterns: Iterable[str]) -> list[Entry]:
        """Ignored files too: reports seldom are committed, and should not be."""
        blobs = {row.path: row.blob for row in self._listed} if self.is_git else {}
        found: dict[str, Entry] = {}
        for paths, expression in self._searches(patterns):
            for path in paths:
                if path not in found and expression.fullmatch(path):
                    entry = self._entry(path, blobs.get(path))
                    if entry is not None:
                        found[path] = entry
        return list(found.values())

    def _searches(self, patterns: Iterable[str]) -> Iterator[tuple[Iterable[str], re.Pattern[str]]]:
        """Where to look for what; patterns that can match in the same place are one."""
        places: dict[int, tuple[Iterable[str], list[str]]] = {}
        for pattern in patterns:
            paths = self._under(pattern)
            places.setdefault(id(paths), (paths, []))[1].append(pattern)
        for paths, those in places.values():
            ends = endings(those)
            pool = paths if ends is None else self._ending(paths, ends)
            yield pool, any_glob(tuple(those))

    def _ending(self, paths: Iterable[str], ends: frozenset[str]) -> Iterable[str]:
        """Those of the files of a place whose names end so, in its order."""
        if id(paths) not in self._ends:
            found: dict[str, list[tuple[int, str]]] = {}
            for at, path in enumerate(paths):
                found.setdefault(ending_of(path), []).append((at, path))
            self._ends[id(paths)] = (paths, found)  # held, so that no other list gets its id
        _, by_ending = self._ends[id(paths)]
        return [p for _, p in sorted(x for e in {*ends, ODD} for x in by_ending.get(e, ()))]

    def _under(self, pattern: str) -> Iterable[str]:
        """The paths of the files, links and all, that lie where a pattern can match."""
        folder = _fixed_part(pattern)
        start = self.root / folder
        if start.is_symlink() or not self._inside(os.fspath(start / "x")):
            return ()
        if not _NEVER.isdisjoint(folder.split("/")):
            self._aside.add(f"{folder}{_BELOW}")
        if start.is_file():
            return (folder,)
        levels = pattern.count("/") - folder.count("/") - bool(folder)
        depth = _DEPTH if "**" in pattern else levels
        if (start, depth) not in self._names:  # several probes look for reports in the same place
            self._names[start, depth] = list(self._walk(start, depth))
        return self._names[start, depth]

    def state(self, now: float) -> str | None:
        """A digest of all that the tree can tell at `now`; None while a file is too young for one."""
        try:
            return self._records.at(now)
        except Trouble:  # what cannot be listed is the probes' to tell
            return None

    @cached_property
    def _records(self) -> tree_state.Records:
        listed = self._listed if self.is_git else []
        also = (
            f"{self.commit} {self.branch} {self._shallow}",
            *(f"{r.blob} {r.is_file} {r.path}" for r in listed),
            *sorted(self._changed),
        )
        return tree_state.records(self.root, _NEVER, (r.path for r in listed), also)

    def looked_aside(self) -> frozenset[str]:
        """What lies in a folder that no search goes into, and was asked for by its name."""
        return frozenset(self._aside)

    def aside(self, places: Iterable[str], now: float) -> str | None:
        """A digest of such places at `now`; None while a file is too young for one."""
        said = [self._state_of(place, now) for place in sorted(places)]
        return None if None in said else " ".join(map(str, said))

    def _state_of(self, place: str, now: float) -> str | None:
        folder = self.root / place.removesuffix(_BELOW)
        also = [os.path.realpath(folder)]
        if place.endswith(_BELOW):
            return tree_state.records(folder, (), [""], also).at(now)
        kind = self.kind(place)
        if kind in ("directory", "missing"):
            return f"{place} {kind}"
        return tree_state.records_of([os.fspath(folder)], also).at(now)

    def _walk(self, start: Path, depth: int = _DEPTH) -> Iterator[str]:
        count = 0
        base = len(start.parts)
        for folder, folders, names in os.walk(start, followlinks=False):
            here = Path(folder)
            folders[:] = (
                sorted(f for f in folders if f not in _NEVER)
                if len(here.parts) - base < depth
                else []
            )
            count += len(names)
            if count > _FILES:
                message = f"{start} holds more than {_FILES:,} files."
                raise Trouble(ProblemKind.TOO_LARGE, message, "Move data out of the work tree.")
            below = here.relative_to(self.root).as_posix()
            yield from (name if below == "." else f"{below}/{name}" for name in sorted(names))

    def _inside(self, path: str) -> bool:
        """Whether the folder that holds `path` is, links resolved, still below the root."""
        folder = os.path.dirname(path)
        if folder not in self._folders:
            parent = os.path.realpath(folder)
            self._folders[folder] = parent == self._top or parent.startswith(
                self._top.rstrip(os.sep) + os.sep
            )
        return self._folders[folder]

    def kind(self, path: str) -> str:
        """file, directory, link or missing."""
        if not _NEVER.isdisjoint(path.split("/")):
            self._aside.add(path)
        full = os.path.join(self._top, path).rstrip("/") or "/"
        try:
            mode = os.lstat(full).st_mode
        except (OSError, ValueError):
            return "missing"
        is_folder = stat.S_ISDIR(mode)
        if stat.S_ISLNK(mode) or not self._inside(os.path.join(full, "x") if is_folder else full):
            return "link"
        if is_folder:
            return "directory"
        return "file" if stat.S_ISREG(mode) else "special"

    def read(self, path: str, limit: int) -> bytes:
        """The bytes of a regular file inside the tree, at most `limit` of them."""
        entry = self._entry(path, None)
        data = b"" if entry is not None and entry.size > limit else self.head(path, limit + 1)
        if len(data) > limit or (entry is not None and entry.size > limit):
            size = f"{limit / 1024 / 1024:.3g} MB" if limit >= 1024 * 1024 else f"{limit:,} bytes"
            raise Trouble(
                ProblemKind.TOO_LARGE,
                f"{path} is larger than the limit of {size} and was not read.",
                "Make it smaller, or leave it out of the audited folder.",
            )
        return data

    def head(self, path: str, size: int) -> bytes:
        """The first `size` bytes of a regular file inside the tree."""
        kind = self.kind(path)
        if kind == "missing":
            raise Trouble(ProblemKind.MALFORMED, f"The file {path} is not there any more.")
        if kind != "file":
            raise Trouble(
                ProblemKind.DENIED, f"{path} is a {kind}, not a regular file, and was not read."
            )
        try:
            descriptor = os.open(
                os.path.join(self._top, path),
                os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC,
            )
            with os.fdopen(descriptor, "rb") as file:
                return file.read(size)
        except OSError as error:
            raise Trouble(
                ProblemKind.DENIED, f"{path} could not be read: {error.strerror}."
            ) from None

    @cached_property
    def _changed(self) -> frozenset[str]:
        if not self.is_git:
            return frozenset()
        return frozenset(git.changed(self.root, {r.path: r.blob for r in self._listed if r.blob}))

    def changed(self) -> frozenset[str]:
        """Tracked paths whose content differs from HEAD, staged or not."""
        return self._changed

    def last_change(self, path: str) -> datetime | None:
        """None where history cannot tell: no git, no commit, or a shallow clone."""
        if not self.is_git or self._shallow:
            return None
        return git.last_change(self.root, path)

    def authors(self, path: str) -> dict[int, frozenset[str]]:
        """Empty where history cannot tell: a shallow clone gives old lines to whoever came last."""
        if not self.is_git or self._shallow:
            return {}
        return authorship.authors(self.root, path)

    def modified_at(self, path: str) -> datetime | None:
        """The file system's time for `path`, in UTC."""
        try:
            return datetime.fromtimestamp((self.root / path).lstat().st_mtime, UTC)
        except (OSError, OverflowError, ValueError):  # a file system may hold any year
            return None

    def old_blobs(
        self,
        wanted: Callable[[str], bool],
        covered: git_history.Coverage,
        budget: git_history.Budget,
    ) -> Iterator[tuple[str, str, bytes]]:
        """What only the history holds; nothing, and a limit in `covered`, where there is no git."""
        if not self.is_git:
            covered.limits.append("the folder is no git repository")
            return
        known = frozenset(row.blob for row in self._listed if row.blob)
        yield from git_history.old_blobs(self.root, known, wanted, covered, budget)


def _fixed_part(pattern: str) -> str:
    """The leading folders of a glob that hold no wildcard."""
    parts: list[str] = []
    for part in pattern.split("/"):
        if any(c in part for c in "*?{["):
            break
        parts.append(part)
    return "/".join(parts)
