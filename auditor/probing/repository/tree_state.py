"""A digest of all that a work tree can tell, from the file system's records: no file is read.

Like git's index, it trusts size, inode and the times of change. A file that changed within the last
moments may change again and look the same, so where there is one, there is no digest.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

RACY_S = 2.0
"""Within this time before the look two contents of a file may bear the same times."""
_DEPTH = 40


def digest(
    root: Path, never: Collection[str], more: Iterable[str], also: Iterable[str], *, now: float
) -> str | None:
    """Of every file and folder below `root` and of the paths in `more`, folders in `never` left out.

    `also` are texts that count as well; `now` is in seconds since 1970.
    """
    made = hashlib.sha256()
    young = int((now - RACY_S) * 1e9)
    paths = dict.fromkeys(_below(root, never))
    paths.update(dict.fromkeys(os.path.join(root, p) for p in more))
    for path in sorted(paths):
        try:
            info = os.lstat(path)
        except OSError:
            made.update(f"{path}\0-\0".encode("utf-8", "surrogateescape"))
            continue
        if max(info.st_ctime_ns, info.st_mtime_ns) >= young:
            return None
        said = (info.st_mode, info.st_size, info.st_mtime_ns, info.st_ctime_ns, info.st_ino)
        made.update(f"{path}\0{said}\0".encode("utf-8", "surrogateescape"))
    for text in also:
        made.update(f"{text}\0".encode("utf-8", "surrogateescape"))
    return made.hexdigest()


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
