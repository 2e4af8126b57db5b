"""Where an attestation says that its evidence lies: an http link, or a path in the repository."""

from __future__ import annotations

import posixpath
import re

from auditor.probing.doors.trouble import Trouble
from auditor.probing.repo import Repo

_URL = re.compile(r"https?://[^\s/?#]+\S*", re.I)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.I)


def complaint(repo: Repo, evidence: str, path: str) -> str | None:
    """What is wrong with the link to evidence; a path may start at the service root or the git root."""
    if _URL.fullmatch(evidence):
        return None
    if _SCHEME.match(evidence):
        return f"the evidence {evidence[:80]!r} is neither an http link nor a path"
    target = posixpath.normpath(evidence.partition("#")[0].strip("/"))
    try:
        places = [p for p in (repo.within(target), target) if target != "." and repo.exists(p)]
    except Trouble:
        return f"the evidence {evidence[:80]!r} leads out of the repository"
    if not places:
        return f"the evidence {evidence[:80]!r} is not in the repository"
    if places[0] in (path, path.rpartition("@")[0]):  # a gate reads the file as it is at the base
        return "the evidence is the attestation itself"
    return None
