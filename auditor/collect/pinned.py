"""A work tree with a few files beside its own: what a gate reads from the base, under names of its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from auditor.model.evidence import ProblemKind
from auditor.probing.doors.gittree import GitTree
from auditor.probing.doors.trouble import Trouble


class PinnedTree(GitTree):
    """A GitTree in which some paths hold given bytes; no walk and no glob finds those paths."""

    def __init__(self, root: Path, pinned: Mapping[str, bytes], *, is_git: bool) -> None:
        super().__init__(root, is_git=is_git)
        self._pinned = dict(pinned)

    def kind(self, path: str) -> str:
        """file, directory, link or missing."""
        return "file" if path in self._pinned else super().kind(path)

    def state(self, now: float) -> str | None:
        """That of the work tree, and what is pinned."""
        own = super().state(now)
        return None if own is None else f"{own} {sorted(self._pinned.items())!r}"

    def read(self, path: str, limit: int) -> bytes:
        """The bytes of a file, at most `limit` of them."""
        if path not in self._pinned:
            return super().read(path, limit)
        if len(self._pinned[path]) > limit:
            raise Trouble(
                ProblemKind.TOO_LARGE,
                f"{path} is larger than the limit of {limit:,} bytes and was not read.",
            )
        return self._pinned[path]

    def head(self, path: str, size: int) -> bytes:
        """The first `size` bytes of a file."""
        if path not in self._pinned:
            return super().head(path, size)
        return self._pinned[path][:size]
