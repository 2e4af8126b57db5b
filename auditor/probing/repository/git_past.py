"""The commits that a repository had before, newest first: of the first parents of HEAD, or of its tags."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from auditor.probing.doors import git

_LINE = re.compile(r"([0-9a-f]{40}|[0-9a-f]{64}) (\S+)(?: (.*))?")


@dataclass(frozen=True, slots=True)
class Past:
    """An earlier commit, when it was committed, and the tag that names it ("" for none)."""

    commit: str
    at: datetime
    tag: str = ""


def commits(root: Path, limit: int | None = None, since: datetime | None = None) -> list[Past]:
    """The last commits on the line of first parents, the newest first. Raises Trouble.

    A commit whose time cannot be told is left out.
    """
    many = [f"--max-count={limit}"] if limit is not None else []
    out = _git(
        root, "log", "--first-parent", "--no-show-signature", "--format=%H %cI", *many, "HEAD", "--"
    )
    found = _read(out.splitlines())
    return [one for one in found if since is None or one.at >= since]


def tags(root: Path) -> list[Past]:
    """The commits that tags name, the newest first, each once. Raises Trouble."""
    shown = (
        "%(if)%(*objectname)%(then)%(*objectname) %(*committerdate:iso-strict)"
        "%(else)%(objectname) %(committerdate:iso-strict)%(end) %(refname:strip=2)"
    )
    out = _git(root, "for-each-ref", f"--format={shown}", "refs/tags")
    found = sorted(_read(out.splitlines()), key=lambda one: (one.at, one.commit, one.tag))
    once = {one.commit: one for one in reversed(found)}
    return list(once.values())


def _read(lines: Iterable[str]) -> list[Past]:
    found = []
    for line in lines:
        parts = _LINE.fullmatch(line.rstrip())
        if parts is None:
            continue  # a tag of something that is no commit, or a time that is none
        try:
            when = datetime.fromisoformat(parts[2])
        except ValueError:
            continue
        if when.utcoffset() is not None:
            found.append(Past(parts[1], when, parts[3] or ""))
    return found


def _git(root: Path, *args: str) -> str:
    with git.opened(root, *args) as process:
        out = process.stdout.read() if process.stdout is not None else b""
    return os.fsdecode(out).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
