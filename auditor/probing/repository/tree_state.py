"""A digest of all that a work tree can tell, from the file system's records: no file is read.

Like git's index, it trusts size, inode and the times of change. A file that changed within the last
moments may change again and look the same, so where there is one, there is no digest.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

RACY_S = 2.0
"""Within this time before the look two contents of a file may bear the same times."""
_DEPTH = 100


@dataclass(frozen=True, slots=True)
class Records:
    """A digest, and when the last of the files changed (ns since 1970)."""

    digest: str
    changed_ns: int

    def at(self, now: float) -> str | None:
        """The digest, None where it may not be trusted yet at `now` (s since 1970)."""
        return None if self.changed_ns >= int((now - RACY_S) * 1e9) else self.digest


def records(
    root: Path, never: Collection[str], more: Iterable[str], also: Iterable[str]
) -> Records:
    """Of every file and folder below `root` and of the paths in `more`, folders in `never` left out.

    `also` are texts that count as well.
    """
    paths = dict.fromkeys(_below(root, never))
    paths.update(dict.fromkeys(os.path.join(root, p) for p in more))
    return records_of(paths, also)


def records_of(paths: Iterable[str], also: Iterable[str]) -> Records:
    """Of these paths, and of the texts in `also`."""
    made = hashlib.sha256()
    newest = 0
    for path in sorted(paths):
        try:
            info = os.lstat(path)
        except OSError:
            made.update(f"{path}\0-\0".encode("utf-8", "surrogateescape"))
            continue
        newest = max(newest, info.st_ctime_ns, info.st_mtime_ns)
        said = (info.st_mode, info.st_size, info.st_mtime_ns, info.st_ctime_ns, info.st_ino)
        made.update(f"{path}\0{said}\0".encode("utf-8", "surrogateescape"))
    for text in also:
        made.update(f"{text}\0".encode("utf-8", "surrogateescape"))
    return Records(made.hexdigest(), newest)


def _below(root: Path, never: Collection[str]) -> Iterator[str]:
    """Everything below a folder, links not followed; the records of what is left out do not count."""
    waiting = [(os.fspath(root), 0)]
    while waiting:
        folder, depth = waiting.pop()
        try:
            rows = list(os.scandir(folder))
        except OSError:
            continue
        for row in rows:
            if row.name in never:
                continue
            yield row.path
            if row.is_dir(follow_symlinks=False) and depth < _DEPTH:
                waiting.append((row.path, depth + 1))
