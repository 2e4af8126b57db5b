"""Runs bandit over files of the target on all cores, and only over what it has not seen before."""

from __future__ import annotations

import hashlib
import math
import os
import re
import sys
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path

from auditor.formats.scanners.bandit_file import FileScan, pack, split, unpack
from auditor.formats.scanners.bandit_json import parse
from auditor.model.evidence import ProblemKind, Source, SourceKind
from auditor.probing.command import Command
from auditor.probing.doors.cache import Cache
from auditor.probing.doors.trouble import Trouble

_SHARD_S = 240.0
_SHARD_BYTES = 4_000_000
_WITHOUT_COLLECTOR = "import gc; gc.disable(); from bandit.cli.main import main; main()"
_INI = "auditor-bandit.ini"
_OPTIONS = ("--quiet", "--format", "json", "--number", "1", "--ignore-nosec", "--ini", _INI)
_LONE = re.compile(rb"(?i)(?<!\\ud[89ab][0-9a-f]{2})\\ud[c-f][0-9a-f]{2}")
"""Half of a pair, as Python writes a byte of a file name that is no UTF-8: in JSON it is not allowed."""
_WORKERS = max(1, min(8, os.cpu_count() or 1))


def scan_files(
    command: Command, cache: Cache, files: Mapping[str, bytes], *, observed_at: str
) -> tuple[dict[str, FileScan], list[Source]]:
    """Each file's scan by path, and the runs behind them; equal contents are scanned once.

    nosec is ignored, so that the caller sees what it silences. Raises Trouble.
    """
    version = _version(command)
    maker = f"bandit {version} {' '.join(_OPTIONS)} python {sys.version.split()[0]}"
    digests = {path: hashlib.sha256(data).hexdigest() for path, data in files.items()}
    known: dict[str, FileScan] = {}
    for digest, data in cache.get(maker, digests.values()).items():
        kept = unpack(data)
        if kept is not None:
            known[digest] = kept
    fresh = {d: p for p, d in sorted(digests.items(), reverse=True) if d not in known}
    sources = []
    shards = _shards({path: files[path] for path in fresh.values()})
    with ThreadPoolExecutor(_WORKERS) as pool:
        for scanned, source in pool.map(lambda shard: _run(command, shard, version), shards):
            sources.append(source)
            made = {digests[path]: scan for path, scan in scanned.items()}
            cache.put(maker, {digest: pack(scan) for digest, scan in made.items()})
            known |= made
    again = len(files) - len(fresh)
    if again:
        sources.append(_source(version, observed_at, f"{again} files with results kept by content"))
    return {path: known[d] for path, d in digests.items() if d in known}, sources


def _version(command: Command) -> str:
    if _is_ours(command):
        return metadata.version("bandit")
    run = command.run(["bandit", "--version"], timeout_s=60, keep=False)
    first = run.stdout.decode("utf-8", "replace").splitlines()[:1]
    return first[0].removeprefix("bandit").strip() if first else "of an unknown version"


def _is_ours(command: Command) -> bool:
    """Whether the bandit that is found belongs to this very Python."""
    found = command.find("bandit")
    return found is not None and Path(found).parent == Path(sys.executable).parent


def _shards(files: Mapping[str, bytes]) -> list[dict[str, bytes]]:
    """The files dealt out by size, so that every core gets about the same work, and none too much."""
    total = sum(map(len, files.values()))
    rounds = max(1, math.ceil(total / _SHARD_BYTES / _WORKERS))
    shards: list[dict[str, bytes]] = [{} for _ in range(min(_WORKERS * rounds, len(files)))]
    sizes = [0] * len(shards)
    for path, data in sorted(files.items(), key=lambda f: (-len(f[1]), f[0])):
        smallest = sizes.index(min(sizes))
        shards[smallest][path] = data
        sizes[smallest] += len(data) + 500
    return shards


def _run(
    command: Command, files: dict[str, bytes], version: str
) -> tuple[dict[str, FileScan], Source]:
    """One shard: explicit files only, and an empty ini file of our own."""
    # Without the collector of garbage bandit takes a tenth less time, and memory by the size of a shard.
    own = (Path(sys.executable).name, "-P", "-c", _WITHOUT_COLLECTOR)
    program = own if _is_ours(command) else ("bandit",)
    ran = command.run(
        [*program, *_OPTIONS, *(f"./{path}" for path in sorted(files))],
        timeout_s=_SHARD_S,
        files={**files, _INI: b"[bandit]\n"},
        tool="bandit",
        tool_version=version,
        # Megabytes that say no more than what is read from them; kept results have no output at all.
        keep=False,
    )
    if ran.exit_code not in (0, 1):
        raise Trouble(
            ProblemKind.CRASHED, f"bandit ended with exit code {ran.exit_code}: {ran.error_text}"
        )
    scans = split(parse(_LONE.sub(rb"\\ufffd", ran.stdout)))
    return {path: scans[path] for path in files if path in scans}, ran.source


def _source(version: str, observed_at: str, note: str) -> Source:
    return Source(
        kind=SourceKind.COMMAND,
        locator="bandit",
        observed_at=observed_at or None,
        tool="bandit",
        tool_version=version,
        arguments=(*_OPTIONS, note),
    )


def unscanned(scans: Mapping[str, FileScan], wanted: Iterable[str]) -> tuple[str, ...]:
    """The paths that were not scanned, or only in part."""
    return tuple(p for p in wanted if p not in scans or scans[p].error is not None)
