"""Who committed which line: an approver who wrote the entry has approved nothing."""

from __future__ import annotations

import re
from pathlib import Path

from auditor.probing.doors import git
from auditor.probing.doors.trouble import Trouble

_SECONDS = 30.0
_HEAD = re.compile(rb"^[0-9a-f]{40,64} \d+ (\d+)")
_APPROVER = re.compile(r"\bapprover[\"']?\s*:")
_LONGEST = 40
"""Lines of an entry, a long reason included."""
_NOBODY = "not.committed.yet"


def authors(root: Path, path: str) -> dict[int, frozenset[str]]:
    """Line → the ways to name its author (name, address, both), in lower case.

    Empty where git does not know the file; a line that is not committed yet has no author.
    """
    if git.head(root) is None:
        return {}
    found: dict[int, frozenset[str]] = {}
    line, name = 0, ""
    try:
        with git.opened(root, "blame", "--line-porcelain", "--", path, timeout_s=_SECONDS) as told:
            for row in told.stdout or ():
                if head := _HEAD.match(row):
                    line = int(head[1])
                elif row.startswith(b"author "):
                    name = row[7:].decode("utf-8", "replace").strip().casefold()
                elif row.startswith(b"author-mail "):
                    mail = row[12:].decode("utf-8", "replace").strip().strip("<>").casefold()
                    if mail != _NOBODY:
                        found[line] = frozenset({name, mail, f"{name} <{mail}>"}) - {""}
    except Trouble:
        return {}  # an untracked file has no history; whoever reads it says so
    return found


def wrote(known: dict[int, frozenset[str]], text: str, line: int, who: str) -> bool:
    """Whether `who` committed the line that names the approver, in the entry that starts at `line`."""
    lines = text.splitlines()[line - 1 :]
    named = next((n for n, row in enumerate(lines[:_LONGEST]) if _APPROVER.search(row)), 0)
    return who.strip().casefold() in known.get(line + named, frozenset())
