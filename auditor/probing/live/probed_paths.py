"""The paths that the platform asks for health, as Compose files, Dockerfiles and manifests name them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.model.evidence import Location
from auditor.probing.containers.container_files import Use, use_of
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repo import Repo

_FILES = ("**/*Dockerfile*", "**/*.y{a,}ml")
_MOST_FILES = 400
_SIZE = 256 * 1024
_PROBE = re.compile(r"\b(liveness|readiness|startup)Probe[\"']?:")
_END = re.compile(
    r"\b(?:liveness|readiness|startup)Probe|\bcontainers:|\bexec:|\btcpSocket:|\bgrpc:|^---", re.M
)
_PATH = re.compile(r"\bpath[\"']?:[ \t]*[\"']?(?P<path>/[\w./~-]{0,100})")
_REACH = 600
_CHECK = re.compile(
    r"https?://(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(?::[^/\s\"']{1,20})?(?P<path>/[\w./~-]{0,100})"
)
_CHECKS = re.compile(
    r"^[ \t]*HEALTHCHECK[ \t](?P<line>(?:[^\n]*\\\n){0,8}[^\n]*)"
    r"|\bhealthcheck:(?P<yaml>[^\n]*\n(?:[^\n]*\n){0,6})",
    re.M,
)
_HEALTHY = re.compile(r"health|live|ready|readi|alive|ping|status|heartbeat|\bup\b", re.I)


@dataclass(frozen=True, slots=True)
class ProbedPath:
    """A path, what asks for it, and where that is written."""

    path: str
    by: str
    place: Location


def probed_paths(repo: Repo) -> tuple[list[ProbedPath], list[ProbedPath]]:
    """Those that sound like a health check, which the auditor may ask, and others, which it may not.

    The repository does not choose what the auditor asks for beyond health; of one path the first place.
    """
    asked: dict[str, ProbedPath] = {}
    others: dict[str, ProbedPath] = {}
    for found in _mentions(repo):
        clean = found.path
        kept = asked if _HEALTHY.search(clean) and ".." not in clean else others
        kept.setdefault(clean, found)
    return list(asked.values()), list(others.values())


def _mentions(repo: Repo) -> Iterator[ProbedPath]:
    mine = [e for e in repo.find(*_FILES, everywhere=True) if _concerns(repo, e.path)]
    for entry in mine[:_MOST_FILES]:
        if entry.size > _SIZE:
            continue
        if use_of(repo.below(entry.path)) is Use.APART:
            continue
        try:
            text = repo.read(entry.path).text
        except Trouble:
            continue
        for match in _PROBE.finditer(text):
            end = _END.search(text, match.end(), match.end() + _REACH)
            last = end.start() if end else match.end() + _REACH
            path = _PATH.search(text, match.end(), last)
            if path:
                at, by = path.start("path"), f"{match[1]}Probe"
                yield _found(entry.path, text, at, path["path"], by)
        for block in _CHECKS.finditer(text):
            lines = block["line"] or block["yaml"] or ""
            for check in _CHECK.finditer(lines):
                at = block.start("line" if block["line"] is not None else "yaml")
                yield _found(
                    entry.path, text, at + check.start("path"), check["path"], "health check"
                )


def _concerns(repo: Repo, path: str) -> bool:
    """Whether a file may be about the service: of one among several, what lies in its folder, or in one
    that is called like it, or is called so itself."""
    folder = repo.root.rpartition("/")[2].lower()
    return not folder or repo.in_service(path) or folder in re.split(r"[/._]", path.lower())


def _found(file: str, text: str, at: int, path: str, by: str) -> ProbedPath:
    line = text.count("\n", 0, at) + 1
    return ProbedPath(path.rstrip("/.") or "/", by, Location(path=file, line=line))
