"""The state of the auditor's own files and libraries: what another auditor kept is not taken for this one's."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

_RECORDS = (".dist-info", ".egg-info")
_SUFFIXES = (".py", ".yaml")


@cache
def own_state() -> str:
    """A digest of the auditor's source and patterns, of its libraries by their versions, and of the Python
    that runs it.
    """
    package = Path(__file__).resolve().parents[2]
    beside = package.parent
    folders = (package, beside / "config" / "patterns", beside / "probes")
    sites = {p for p in sys.path if p.endswith(("site-packages", "dist-packages"))}
    return state_of(folders, sites)


def state_of(folders: Iterable[Path], sites: Iterable[str]) -> str:
    """A digest of the Python and YAML files below `folders` (names, sizes, times), of what is installed in
    `sites`, and of this Python. No file is read.
    """
    made = hashlib.sha256(sys.version.encode())
    for folder in folders:
        for said in sorted(_files(os.fspath(folder))):
            made.update(said.encode("utf-8", "surrogateescape"))
    made.update("\n".join(sorted(_libraries(sites))).encode("utf-8", "surrogateescape"))
    return made.hexdigest()[:32]


def stamp(path: Path) -> str:
    """The name, size and times of a file."""
    return _stamp(os.fspath(path), os.stat(path))


def _stamp(path: str, info: os.stat_result) -> str:
    return f"{path}\0{info.st_mtime_ns}\0{info.st_ctime_ns}\0{info.st_size}\0"


def _files(folder: str) -> Iterator[str]:
    waiting = [folder]
    while waiting:
        with suppress(OSError), os.scandir(waiting.pop()) as rows:
            for row in rows:
                if row.name.endswith(_SUFFIXES):
                    yield _stamp(row.path, row.stat())
                elif row.name != "__pycache__" and row.is_dir():
                    waiting.append(row.path)


def _libraries(sites: Iterable[str]) -> Iterator[str]:
    """The names of the records of what is installed, each with its version in it."""
    for folder in sites:
        with suppress(OSError):
            yield from (name for name in os.listdir(folder) if name.endswith(_RECORDS))
