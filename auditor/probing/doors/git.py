"""Asks git about a repository without letting the repository run anything.

Hooks, fsmonitor, external diff and content filters stay off: no call here makes git convert the
content of a work tree file, because a filter named in `.git/config` is a program of the target's.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from auditor.model.evidence import ProblemKind
from auditor.probing.doors.trouble import Trouble

_SAFE = (
    "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.untrackedCache=false",
    "-c", "diff.external=", "-c", "core.pager=cat", "-c", "protocol.allow=never",
    "-c", "safe.directory=*", "-c", "gc.auto=0", "-c", "core.quotePath=false",
)  # fmt: skip
_REMOTE = re.compile(
    r"(?:https?|ssh|git)://(?:[^@/\s]*@)?([\w.-]+)(?::\d+)?/([\w.-]+(?:/[\w.-]+)*)/?"
)
_SCP = re.compile(r"(?:[\w.-]+@)?([\w.-]+\.[\w-]+):(?!/)([\w.-]+(?:/[\w.-]+)*)/?")
_LIMIT = 256 * 1024 * 1024
_CHUNK = 1024 * 1024
_OPEN = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Listed:
    """A path that git knows: its blob id in the index, or None where it is not tracked."""

    path: str
    blob: str | None
    is_file: bool


def find_root(path: Path) -> Path | None:
    """The nearest folder that is a git root, from `path` (resolved) upwards; None outside a repository.

    Git itself is not asked where the root is: `core.worktree` in the target's own configuration
    could name any folder of this machine. Raises Trouble where git is not installed.
    """
    for folder in (path, *path.parents):
        if not os.path.exists(folder / ".git"):
            continue
        try:
            _git(folder, "rev-parse", "--git-dir")
        except Trouble as trouble:
            if trouble.kind is ProblemKind.TOOL_MISSING:
                raise
            continue  # a .git that is no repository, which git passes over as well
        return folder
    return None


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


def head(root: Path) -> tuple[str, datetime | None] | None:
    """Commit id and committer time of HEAD, or None where nothing is committed.

    The time is None where git shows none that can be: a commit may claim the year 10000.
    """
    try:
        out = _git(root, "log", "-1", "--no-show-signature", "--format=%H %cI", "HEAD", "--")
    except Trouble:
        return None
    commit, _, when = out.decode("ascii", "replace").strip().partition(" ")
    return commit, _moment(when)


def _moment(text: str) -> datetime | None:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    return when if when.utcoffset() is not None else None


def branch(root: Path) -> str | None:
    """The branch that HEAD names, or None when detached."""
    try:
        out = _git(root, "symbolic-ref", "--short", "-q", "HEAD")
    except Trouble:
        return None
    return out.decode("utf-8", "replace").strip() or None


def remote(root: Path) -> str:
    """Where `origin` is fetched from, as host/owner/name without credentials; "" where nowhere else."""
    try:
        out = _git(root, "config", "--local", "--get", "remote.origin.url")
    except Trouble:
        return ""
    return plain_remote(out.decode("utf-8", "replace").strip())


def plain_remote(url: str) -> str:
    """`git@host:owner/name.git`, `https://user@host/owner/name` and their like as host/owner/name."""
    found = _SCP.fullmatch(url) or _REMOTE.fullmatch(url)
    return f"{found[1].lower()}/{found[2].removesuffix('.git')}" if found else ""


def is_shallow(root: Path) -> bool:
    """Whether the history was cut, so that times of last changes cannot be trusted."""
    return _git(root, "rev-parse", "--is-shallow-repository").strip() == b"true"


def last_change(root: Path, path: str) -> datetime | None:
    """Committer time of the last commit that touched `path`, or None."""
    try:
        out = _git(root, "log", "-1", "--no-show-signature", "--format=%cI", "HEAD", "--",
                   f":(top,literal){path}")  # fmt: skip
    except Trouble:
        return None
    return _moment(out.decode("ascii", "replace").strip())


def changed(root: Path, blobs: dict[str, str]) -> set[str]:
    """Tracked paths whose staged or work tree content differs from HEAD.

    The work tree is compared by our own hashing: `git status` would run the target's filters.
    """
    different = set(blobs)
    if head(root) is not None:
        staged = _git(root, "diff-index", "--cached", "--name-only", "-z", "--no-ext-diff",
                      "--ignore-submodules=all", "HEAD", "--")  # fmt: skip
        different = {os.fsdecode(p) for p in _split(staged)}
    # Git reads a file that was written in the same moment as the index, to be sure.
    candidates = _git(root, "diff-files", "--name-only", "-z", "--no-ext-diff",
                      "--ignore-submodules=all", "--", extra=_without_filters(root))  # fmt: skip
    for path in {*map(os.fsdecode, _split(candidates)), *_hidden(root)}:
        if path not in different and _blob_id(root, path, len(blobs.get(path, ""))) != blobs.get(
            path
        ):
            different.add(path)
    return different


def _without_filters(root: Path) -> dict[str, str]:
    """Settings, as variables of the environment, under which no content filter runs.

    An empty command is none. The names are the target's, and may hold any character.
    """
    keys = _split(_git(root, "config", "--list", "--name-only", "-z"))
    names = {key.rpartition(b".")[0] for key in keys if key.lower().startswith(b"filter.")}
    rules = [
        (f"{os.fsdecode(name)}.{key}", value)
        for name in sorted(names)
        for key, value in (("clean", ""), ("smudge", ""), ("process", ""), ("required", "false"))
    ]
    settings = {"GIT_CONFIG_COUNT": str(len(rules))}
    for at, (key, value) in enumerate(rules):
        settings |= {f"GIT_CONFIG_KEY_{at}": key, f"GIT_CONFIG_VALUE_{at}": value}
    return settings


def _hidden(root: Path) -> list[str]:
    """Files that the index tells git not to look at (assume-unchanged, skip-worktree)."""
    rows = _split(_git(root, "ls-files", "-v", "-z"))
    paths = (os.fsdecode(row[2:]) for row in rows if row[:1].islower() or row[:1] == b"S")
    return [path for path in paths if os.path.lexists(root / path)]  # a sparse checkout lacks them


def _blob_id(root: Path, path: str, length: int) -> str | None:
    """The id git would give to the bytes in the work tree (SHA-256 repositories have longer ids).

    None for what is no file or link below the root: a pipe would never end, a folder may be a link.
    """
    digest = hashlib.sha256() if length == 64 else hashlib.sha1(usedforsecurity=False)
    full = root / path
    try:
        if full.parent.resolve() != root.resolve() / os.path.dirname(path):
            return None
        info = full.lstat()
        digest.update(b"blob %d\0" % info.st_size)
        if stat.S_ISLNK(info.st_mode):
            digest.update(os.fsencode(os.readlink(full)))
        elif stat.S_ISREG(info.st_mode):
            with os.fdopen(os.open(full, _OPEN), "rb") as file:
                while chunk := file.read(_CHUNK):
                    digest.update(chunk)
        else:
            return None
    except OSError:
        return None
    return digest.hexdigest()


def _split(output: bytes) -> list[bytes]:
    return [part for part in output.split(b"\0") if part]


def _git(
    root: Path, *args: str, timeout_s: float = 60.0, extra: Mapping[str, str] | None = None
) -> bytes:
    try:
        done = subprocess.run(
            ("git", *_SAFE, "-C", str(root), *args),
            env=_environment(root, extra), stdin=subprocess.DEVNULL, capture_output=True,
            timeout=timeout_s, check=False,
        )  # fmt: skip
    except FileNotFoundError:
        raise _missing() from None
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


@contextmanager
def opened(
    root: Path, *args: str, stdin: IO[bytes] | None = None, timeout_s: float = 120.0
) -> Iterator[subprocess.Popen[bytes]]:
    """A git command whose output is read piece by piece; it is killed when the block ends.

    Raises Trouble where git is missing, failed of itself, or ran past `timeout_s`.
    """
    with tempfile.TemporaryFile() as errors:
        try:
            process = subprocess.Popen(
                ("git", *_SAFE, "-C", str(root), *args),
                env=_environment(root), stdin=stdin or subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=errors,
            )  # fmt: skip
        except FileNotFoundError:
            raise _missing() from None
        late = threading.Event()

        def stop() -> None:
            late.set()
            process.kill()

        watch = threading.Timer(timeout_s, stop)
        watch.daemon = True
        watch.start()
        try:
            yield process
            read_to_end = process.stdout is None or not process.stdout.read(1)
        except BaseException:  # broad: raised again below
            read_to_end = False
            raise
        finally:
            watch.cancel()
            if not read_to_end:
                process.kill()
            code = process.wait()
            if process.stdout is not None:
                process.stdout.close()
        if late.is_set():
            raise Trouble(
                ProblemKind.TIMED_OUT, f"git {args[0]} did not end within {timeout_s:g} s."
            )
        if read_to_end and code != 0:
            errors.seek(0)
            message = errors.read(4096).decode("utf-8", "replace").strip()[-300:]
            raise Trouble(ProblemKind.MALFORMED, f"git {args[0]} failed: {message}")


def _missing() -> Trouble:
    return Trouble(ProblemKind.TOOL_MISSING, "git is not installed.", "Install git and run again.")


def _environment(root: Path, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    return environment | {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_DIR": str(root / ".git"),
        "GIT_WORK_TREE": str(root),
        "LC_ALL": "C",
        **(extra or {}),
    }
