"""The commit that a change starts from, and a clean checkout of it that shares nothing but its objects.

The checkout is a repository of its own, which borrows the objects of the audited one: nothing is
written there, and no filter, hook or setting of the audited repository takes part.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from auditor.model.evidence import ProblemKind
from auditor.probing.doors import git
from auditor.probing.doors.trouble import Trouble

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_CHECKOUT_S = 600.0


def resolve(root: Path, ref: str) -> str | None:
    """The id of the commit that `ref` names in the repository, or None."""
    try:
        out = _git(
            root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}"
        )
    except Trouble as trouble:
        if trouble.kind is ProblemKind.MALFORMED:
            return None
        raise
    commit = out.strip()
    return commit if _COMMIT.fullmatch(commit) else None


def merge_base(root: Path, one: str, other: str) -> str | None:
    """The commit where two histories part, or None where the clone holds none in common."""
    try:
        commit = _git(root, "merge-base", one, other).strip()
    except Trouble as trouble:
        if trouble.kind is ProblemKind.MALFORMED:
            return None
        raise
    return commit if _COMMIT.fullmatch(commit) else None


def remotes(root: Path) -> list[str]:
    """The names of the remotes."""
    return _git(root, "remote").split()


def content(root: Path, commit: str, path: str, limit: int) -> bytes | None:
    """A file as it is in `commit`, at most `limit` bytes of it; None where the commit has none there."""
    name = f"{commit}:{path}"
    try:
        kind = _git(root, "cat-file", "-t", name).strip()
        if kind != "blob":
            return None
        with git.opened(root, "cat-file", "blob", name, timeout_s=_CHECKOUT_S) as process:
            return process.stdout.read(limit) if process.stdout is not None else b""
    except Trouble as trouble:
        if trouble.kind is ProblemKind.MALFORMED:
            return None
        raise


@contextmanager
def checkout(root: Path, commit: str) -> Iterator[Path]:
    """A clean checkout of `commit` in a private folder; it is gone when the block ends.

    Raises Trouble where an object is missing, as in a partial clone, or the disk is full.
    """
    home = Path(tempfile.mkdtemp(prefix="auditor-base-"))
    try:
        folder = home / (root.name or "repository")
        try:
            folder.mkdir()
            _borrow(root, folder, commit)
        except OSError as error:
            raise Trouble(
                ProblemKind.TOO_LARGE,
                f"The base {commit[:12]} could not be checked out in {home}: {error.strerror}.",
                "Free some space, or name another folder with TMPDIR.",
            ) from None
        yield folder
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _borrow(root: Path, folder: Path, commit: str) -> None:
    kind = "sha256" if len(commit) == 64 else "sha1"
    _git(folder, "init", "--quiet", "--template=", f"--object-format={kind}")
    info = folder / ".git" / "objects" / "info"
    info.mkdir(parents=True, exist_ok=True)
    (info / "alternates").write_bytes(os.fsencode(_place(root, "objects")) + b"\n")
    shallow = _place(root, "shallow")
    if shallow.is_file():  # where the history ends here, it ends there
        shutil.copyfile(shallow, folder / ".git" / "shallow")
    _git(folder, "update-ref", "--no-deref", "HEAD", commit)
    try:
        _git(folder, "read-tree", "--reset", "-u", commit)
    except Trouble as trouble:
        raise Trouble(
            trouble.kind,
            f"The base {commit[:12]} could not be checked out: {trouble.message}",
            f"Where the clone is a partial one, fetch what it lacks: git archive {commit} > /dev/null",
        ) from None


def _place(root: Path, name: str) -> Path:
    """A file of the repository's own, wherever its git folder is."""
    path = _git(root, "rev-parse", "--git-path", name)
    return Path(os.path.realpath(root / path.rstrip("\n")))


def _git(root: Path, *args: str) -> str:
    with git.opened(root, *args, timeout_s=_CHECKOUT_S) as process:
        out = process.stdout.read() if process.stdout is not None else b""
    return os.fsdecode(out)
