"""Paths at which a service may tell its health: conventions, and what its repository names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.probing.doors.trouble import Trouble
from auditor.probing.repo import Repo

_LIVE = (
    "/health/live", "/healthz", "/livez", "/health/liveness", "/live", "/health",
    "/actuator/health/liveness", "/api/health", "/ping", "/healthcheck", "/liveness", "/api/healthz",
    "/api/v1/health", "/_health", "/-/healthy",
)  # fmt: skip
_READY = (
    "/health/ready", "/readyz", "/ready", "/health/readiness", "/readiness",
    "/actuator/health/readiness", "/healthz/ready", "/api/health/ready", "/-/ready",
)  # fmt: skip
_FILES = ("**/Dockerfile*", "**/*compose*.y{a,}ml", "**/*.yaml", "**/*.yml")
_MOST_FILES = 200
_MOST_NAMED = 8
_SIZE = 256 * 1024

_PROBE = re.compile(
    r"(liveness|readiness|startup)Probe:[^#]{0,200}?\bpath:[ \t]*[\"']?(/[\w./~-]{1,100})"
)
_CHECK = re.compile(
    r"https?://(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(?::[^/\s\"']{1,20})?(/[\w./~-]{1,100})"
)
_HEALTHY = re.compile(r"health|live|ready|readi|alive|ping|status|heartbeat|\bup\b", re.I)


def live_paths(repo: Repo) -> list[str]:
    """Paths for liveness, the likeliest first."""
    return list(dict.fromkeys([*_LIVE, *(p for p in _named(repo) if not _is_ready(p))]))


def ready_paths(repo: Repo) -> list[str]:
    """Paths for readiness, the likeliest first."""
    return list(dict.fromkeys([*_READY, *(p for p in _named(repo) if _is_ready(p))]))


def _is_ready(path: str) -> bool:
    return re.search("ready|readi", path, re.I) is not None


def _named(repo: Repo) -> list[str]:
    """Paths in health checks of Dockerfiles, compose files and Kubernetes manifests.

    The repository may only name what sounds like a health check, and never a query: nobody but the
    operator has the auditor ask for anything else.
    """
    found: dict[str, None] = {}
    for path in _mentions(repo):
        clean = path.rstrip("/.")
        if ".." not in clean and _HEALTHY.search(clean):
            found[clean] = None
    return list(found)[:_MOST_NAMED]


def _mentions(repo: Repo) -> Iterator[str]:
    for entry in repo.find(*_FILES)[:_MOST_FILES]:
        if entry.size > _SIZE:
            continue
        try:
            text = repo.read(entry.path).text
        except Trouble:
            continue  # only a hint is lost: the conventional paths are asked anyway
        yield from (m[2] for m in _PROBE.finditer(text))
        if re.search("healthcheck", text, re.I):
            yield from (m[1] for m in _CHECK.finditer(text))
