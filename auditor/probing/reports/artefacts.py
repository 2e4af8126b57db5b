"""Folders of reports outside the repository, such as the artefacts of a CI run, beside the work tree.

Only the operator names such a folder, on the command line. Its files appear below `@artefacts/`, are
tracked by nobody, and are read by the same rules: regular files only, no link out of the folder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from auditor.probing.doors.gittree import GitTree
from auditor.probing.doors.globs import glob_pattern
from auditor.probing.repo import Entry, Tree
from auditor.probing.repository.git_history import Budget, Coverage

PREFIX = "@artefacts/"


class WithArtefacts:
    """A work tree, and the folders beside it; everything but their files is the tree's own."""

    def __init__(self, tree: Tree, folders: Sequence[Path]) -> None:
        self._tree = tree
        self._folders = {
            _name(i, folder): GitTree(folder, is_git=False) for i, folder in enumerate(folders)
        }
        self.commit = tree.commit
        self.committed_at = tree.committed_at
        self.branch = tree.branch
        self.is_git = tree.is_git

    def entries(self) -> list[Entry]:
        """The files of the repository."""
        return self._tree.entries()

    def artefacts(self, patterns: Iterable[str]) -> list[Entry]:
        """Those of the repository, and files of the folders whose name the end of a pattern fits."""
        wanted = list(patterns)
        ends = [glob_pattern(p.rpartition("/")[2]) for p in wanted]
        found = self._tree.artefacts(wanted)
        for name, folder in self._folders.items():
            found += [
                Entry(f"{name}{e.path}", e.size)
                for e in folder.artefacts(["**/*"])
                if any(end.fullmatch(e.path.rpartition("/")[2]) for end in ends)
            ]
        return found

    def read(self, path: str, limit: int) -> bytes:
        """The bytes of a file; raises Trouble."""
        tree, below = self._of(path)
        return tree.read(below, limit)

    def head(self, path: str, size: int) -> bytes:
        """The first bytes of a file; raises Trouble."""
        tree, below = self._of(path)
        return tree.head(below, size)

    def kind(self, path: str) -> str:
        """file, directory, link or missing."""
        tree, below = self._of(path)
        return tree.kind(below)

    def changed(self) -> frozenset[str]:
        """Of the repository."""
        return self._tree.changed()

    def last_change(self, path: str) -> datetime | None:
        """When a commit last touched `path`; never, for a file of a folder."""
        return None if path.startswith(PREFIX) else self._tree.last_change(path)

    def authors(self, path: str) -> dict[int, frozenset[str]]:
        """Of the repository; nobody, for a file of a folder."""
        return {} if path.startswith(PREFIX) else self._tree.authors(path)

    def modified_at(self, path: str) -> datetime | None:
        """The file system's time."""
        tree, below = self._of(path)
        return tree.modified_at(below)

    def state(self, now: float) -> str | None:
        """Of the repository and of every folder; None where one has none."""
        states = [self._tree.state(now), *(f.state(now) for f in self._folders.values())]
        return None if None in states else " ".join(map(str, states))

    def looked_aside(self) -> frozenset[str]:
        """Of the repository and of every folder, by the names that they have here."""
        found = {f"{name}{p}" for name, f in self._folders.items() for p in f.looked_aside()}
        return self._tree.looked_aside() | found

    def aside(self, places: Iterable[str], now: float) -> str | None:
        """Of the repository and of the folders."""
        said = []
        for place in sorted(places):
            tree, below = self._of(place)
            said.append(tree.aside([below], now))
        return None if None in said else " ".join(map(str, said))

    def old_blobs(
        self, wanted: Callable[[str], bool], covered: Coverage, budget: Budget
    ) -> Iterator[tuple[str, str, bytes]]:
        """Of the repository's history."""
        return self._tree.old_blobs(wanted, covered, budget)

    def _of(self, path: str) -> tuple[Tree, str]:
        for name, folder in self._folders.items():
            if path.startswith(name):
                return folder, path.removeprefix(name)
        return self._tree, path


def _name(number: int, folder: Path) -> str:
    return f"{PREFIX}{number + 1}-{folder.name}/"
