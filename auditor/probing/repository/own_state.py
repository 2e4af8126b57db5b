"""The state of the auditor's own files and libraries: what another auditor kept is not taken for this one's."""

from __future__ import annotations

import hashlib
import os
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

_RECORDS = (".dist-info", ".egg-info")


@cache
def own_state() -> str:
    """A digest of the auditor's source and patterns (names, sizes, times), of its libraries by their
    versions, and of the Python that runs it.
    """
    package = Path(__file__).resolve().parents[2]
    folders = (package, package / "config" / "patterns", package.parent / "config" / "patterns",
               package.parent / "probes")  # fmt: skip
    made = hashlib.sha256(sys.version.encode())
    for folder in folders:
        for path in sorted(folder.rglob("*.[py]*")) if folder.is_dir() else ():
            if path.suffix in (".py", ".yaml"):
                made.update(stamp(path).encode())
    made.update("\n".join(_libraries()).encode("utf-8", "surrogateescape"))
    return made.hexdigest()[:32]


def _libraries() -> list[str]:
    """The names of the records of what is installed, each with its version in it."""
    found = set()
    for folder in {p for p in sys.path if p.endswith(("site-packages", "dist-packages"))}:
        with suppress(OSError):
            found |= {name for name in os.listdir(folder) if name.endswith(_RECORDS)}
    return sorted(found)


def stamp(path: Path) -> str:
    """The name, size and times of a file."""
    info = os.stat(path)
    return f"{path}\0{info.st_mtime_ns}\0{info.st_ctime_ns}\0{info.st_size}\0"
