"""Asks git about a repository without letting the repository run anything.

Hooks, fsmonitor, external diff and content filters stay off: no call here makes git convert the
content of a work tree file, because a filter named in `.git/config` is a program of the target's.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from auditor.model.evidence import ProblemKind
from auditor.probing.trouble import Trouble

_SAFE = (
    "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.untrackedCache=false",
    "-c", "diff.external=", "-c", "core.pager=cat", "-c", "protocol.allow=never",
    "-c", "safe.directory=*", "-c", "gc.auto=0", "-c", "core.quotePath=false",
)  # fmt: skip
_LIMIT = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Listed:
    """A path that git knows: its blob id in the index, or None where it is not tracked."""

    path: str
    blob: str | None
    is_file: bool


def find_root(path: Path) -> Path | None:
    """The git root that `path` lies in, or None outside a repository."""
    try:
        out = _git(path, "rev-parse", "--show-toplevel")
    except Trouble:
        return None
    return Path(os.fsdecode(out.rstrip(b"\n")))


def listed(root: Path) -> list[Listed]:
    """Tracked paths, then untracked paths that are not ignored; submodules and links are no files."""
    found: dict[str, Listed] = {}
    for row in _split(_git(root, "ls-files", "-z", "--stage")):
        meta, _, raw = row.partition(b"\t")
        mode, blob, _stage = meta.split(b" ")
        path = os.fsdecode(raw)
        found[path] = Listed(path, blob.decode(), mode in (b"100644", b"100755"))
    for raw in _split(_git(root, "ls-files", "-z", "--others", "--exclude-standard")):
        path = os.fsdecode(raw)
        if not path.endswith("/"):  # an untracked nested repository is listed as a folder
            found[path] = Listed(path, None, True)
    return list(found.values())


def head(root: Path) -> tuple[str, str] | None:
    """Commit id and committer time (ISO 8601) of HEAD, or None where nothing is committed."""
    try:
        out = _git(root, "log", "-1", "--no-show-signature", "--format=%H %cI", "HEAD", "--")
    except Trouble:
        return None
    commit, _, when = out.decode().strip().partition(" ")
    return commit, when


def branch(root: Path) -> str | None:
    """The branch that HEAD names, or None when detached."""
    try:
        return _git(root, "symbolic-ref", "--short", "-q", "HEAD").decode().strip() or None
    except Trouble:
        return None


def is_shallow(root: Path) -> bool:
    """Whether the history was cut, so that times of last changes cannot be trusted."""
    return _git(root, "rev-parse", "--is-shallow-repository").strip() == b"true"


def last_change(root: Path, path: str) -> str | None:
    """Committer time (ISO 8601) of the last commit that touched `path`, or None."""
    try:
        out = _git(
            root,
            "log",
            "-1",
            "--no-show-signature",
            "--format=%cI",
            "HEAD",
            "--",
            f":(literal){path}",
        )
    except Trouble:
        return None
    return out.decode().strip() or None


def changed(root: Path, blobs: dict[str, str]) -> set[str]:
    """Tracked paths whose staged or work tree content differs from HEAD.

    The work tree is compared by our own hashing: `git status` would run the target's filters.
    """
    different: set[str] = set()
    if head(root) is not None:
        staged = _git(root, "diff-index", "--cached", "--name-only", "-z", "--no-ext-diff",
                      "--ignore-submodules=all", "HEAD", "--")  # fmt: skip
        different |= {os.fsdecode(p) for p in _split(staged)}
    else:
        different |= set(blobs)
    candidates = _git(
        root, "diff-files", "--name-only", "-z", "--no-ext-diff", "--ignore-submodules=all", "--"
    )
    for raw in _split(candidates):
        path = os.fsdecode(raw)
        if path not in different and _blob_id(root / path, len(blobs.get(path, ""))) != blobs.get(
            path
        ):
            different.add(path)
    return different


def _blob_id(path: Path, length: int) -> str | None:
    """The id git would give to the bytes in the work tree (SHA-256 repositories have longer ids)."""
    try:
        data = os.fsencode(os.readlink(path)) if path.is_symlink() else path.read_bytes()
    except OSError:
        return None
    raw = b"blob %d\0" % len(data) + data
    if length == 64:
        return hashlib.sha256(raw).hexdigest()
    return hashlib.sha1(raw, usedforsecurity=False).hexdigest()


def _split(output: bytes) -> list[bytes]:
    return [part for part in output.split(b"\0") if part]


def _git(root: Path, *args: str, timeout_s: float = 60.0) -> bytes:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    environment |= {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "LC_ALL": "C",
    }
    try:
        done = subprocess.run(
            ("git", *_SAFE, "-C", str(root), *args),
            env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout_s, check=False,
        )  # fmt: skip
    except FileNotFoundError:
        raise Trouble(
            ProblemKind.TOOL_MISSING, "git is not installed.", "Install git and run again."
        ) from None
    except subprocess.TimeoutExpired:
        raise Trouble(
            ProblemKind.TIMED_OUT, f"git {args[0]} did not end within {timeout_s:g} s."
        ) from None
    if len(done.stdout) > _LIMIT:
        raise Trouble(
            ProblemKind.TOO_LARGE, f"git {args[0]} printed more than {_LIMIT // 1024 // 1024} MB."
        )
    if done.returncode != 0:
        message = done.stderr.decode("utf-8", "replace").strip()[-300:]
        raise Trouble(ProblemKind.MALFORMED, f"git {args[0]} failed: {message}")
    return done.stdout
