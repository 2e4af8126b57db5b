"""Reads what git remembers and the work tree no longer holds: old blobs, streamed, within a budget."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from auditor.probing.doors import git

_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Budget:
    """The most that one reading of the history may take."""

    blob_bytes: int = 8 * 1024 * 1024
    total_bytes: int = 8 * 1024**3
    seconds: float = 90.0


@dataclass(slots=True)
class Coverage:
    """What a reading of the history covered so far; `limits` says in words what stopped it."""

    blobs: int = 0
    bytes: int = 0
    missing: int = 0
    too_large: int = 0
    limits: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether every blob that was wanted was read."""
        return not (self.missing or self.too_large or self.limits)


def old_blobs(
    root: Path,
    known: frozenset[str],
    wanted: Callable[[str], bool],
    covered: Coverage,
    budget: Budget,
) -> Iterator[tuple[str, str, bytes]]:
    """Path, id and bytes of each blob below any ref that is not in `known` (ids) and is `wanted`.

    A blob comes once, under one of its paths, and versions of one path come together. What was left
    out goes into `covered`. Raises Trouble.
    """
    if git.is_shallow(root):
        covered.limits.append("the clone is shallow, so older commits are not in it")
    deadline = time.monotonic() + budget.seconds
    with tempfile.TemporaryFile() as ids:
        paths = _list(root, known, wanted, covered, budget, ids)
        ids.seek(0)
        with git.opened(
            root, "cat-file", "--batch", "--buffer", stdin=ids, timeout_s=budget.seconds + 30
        ) as process:
            yield from _read(process, paths, covered, budget, deadline)


def _list(
    root: Path,
    known: frozenset[str],
    wanted: Callable[[str], bool],
    covered: Coverage,
    budget: Budget,
    ids: IO[bytes],
) -> dict[str, str]:
    """The paths of the wanted blobs by id; their ids go to `ids`, a line each, sorted by path."""
    paths: dict[str, str] = {}
    with tempfile.TemporaryFile() as objects:
        heads = ("--all", "HEAD") if git.head(root) is not None else ("--all",)
        with git.opened(root, "rev-list", "--objects", "--missing=print", *heads) as found:
            for row in _lines(found):
                oid, _, path = row.partition(b" ")
                if oid.startswith(b"?"):
                    covered.missing += 1
                elif path and oid.decode("ascii") not in known:
                    objects.write(row + b"\n")
        objects.seek(0)
        shape = "--batch-check=%(objecttype) %(objectname) %(objectsize) %(rest)"
        with git.opened(root, "cat-file", shape, "--buffer", stdin=objects) as checked:
            for row in _lines(checked):
                kind, oid, size, raw = (*row.split(b" ", 3), b"", b"", b"")[:4]
                path_text = raw.decode("utf-8", "replace")
                if kind != b"blob" or not wanted(path_text):
                    continue
                if int(size) > budget.blob_bytes:
                    covered.too_large += 1
                    continue
                paths[oid.decode("ascii")] = path_text
    for name in sorted(paths, key=lambda name: paths[name]):
        ids.write(name.encode("ascii") + b"\n")
    return paths


def _read(
    process: subprocess.Popen[bytes],
    paths: dict[str, str],
    covered: Coverage,
    budget: Budget,
    deadline: float,
) -> Iterator[tuple[str, str, bytes]]:
    out = process.stdout
    while out is not None and (header := out.readline()):
        oid, kind, *size = header.split()
        if not size:
            covered.missing += 1
            continue
        data = out.read(int(size[0]))
        out.read(1)
        if covered.bytes + len(data) > budget.total_bytes:
            covered.limits.append(f"it holds more than {budget.total_bytes // 1024**2:,} MB")
            return
        if time.monotonic() > deadline:
            covered.limits.append(f"it took more than {budget.seconds:g} s")
            return
        covered.blobs += 1
        covered.bytes += len(data)
        if kind == b"blob" and b"\0" not in data[:8000]:
            yield paths.get(oid.decode("ascii"), ""), oid.decode("ascii"), data


def _lines(process: subprocess.Popen[bytes]) -> Iterator[bytes]:
    if process.stdout is not None:
        for line in process.stdout:
            yield line.rstrip(b"\n")
