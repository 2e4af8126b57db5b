"""What a path says of itself: whether a route of that path tells liveness, readiness, or health as such."""

from __future__ import annotations

import re
from enum import StrEnum


class Kind(StrEnum):
    """What an endpoint is for; HEALTH is one that does not say whether it means life or readiness."""

    LIVE = "live"
    READY = "ready"
    HEALTH = "health"


_READY = re.compile(
    r"[_-]*(?:is[_-]?)?(?:ready(?:z|ness)?|readiness)(?:[_-]?(?:probe|checks?|state|z))?[_-]*"
)
_LIVE = re.compile(
    r"[_-]*(?:is[_-]?)?(?:livez|liveness|alive|lbheartbeat|lbstatus)(?:[_-]?(?:probe|checks?|state))?[_-]*"
)
_LIVE_ALONE = re.compile(r"live|ping")
_HEALTH = re.compile(
    r"[_-]*(?:api[_-]?)?health(?:z|y|[_-]?checks?|[_-]?status)?[_-]*|_*heartbeat_*"
)
_HEALTH_ALONE = re.compile(r"status|up|ht|startup|startupz")
_BEFORE = re.compile(
    r"api|v\d+|[_-]*health\w*|actuator|q|-|_|internal|system|monitor(?:ing)?|probes?|k8s|kubernetes|status|ops|manage(?:ment)?"
    r"|admin|public|common|meta|core|app|svc|service|srv|server|rest|checks?|observability"
)
_OPEN = re.compile(r"[{}<>:*?$%\s()\[\]]")
_VERB = re.compile(r"^(?:GET|HEAD|POST|ANY)\s+")
_MOST_SEGMENTS = 5

WANTED = re.compile(
    r"""["'`/^](?:[\w-]{0,12}(?:health|ready|readiness|livez|liveness|alive|heartbeat)[\w-]{0,12}|ht|live|ping|status|up|startup)/?[$"'`]""",
    re.IGNORECASE,
)
"""A text that holds what may be the path of such a route."""


def kind_of(path: str) -> Kind | None:
    """What a whole path, as it is registered, tells; None for one that is no health endpoint."""
    said = _VERB.sub("", path.strip()).strip("^$").rstrip("?")
    parts = [p for p in said.lower().split("/") if p]
    if not parts or len(parts) > _MOST_SEGMENTS or _OPEN.search("".join(parts)):
        return None
    last, before = parts[-1], parts[:-1]
    plain = all(map(_BEFORE.fullmatch, before))
    if plain and _READY.fullmatch(last):
        return Kind.READY
    if (plain and _LIVE.fullmatch(last)) or (plain and _LIVE_ALONE.fullmatch(last)):
        return Kind.LIVE
    if _HEALTH.fullmatch(last) or (plain and _HEALTH_ALONE.fullmatch(last)):
        return Kind.HEALTH
    return None


def is_plain(path: str) -> bool:
    """Whether nothing stands before the last part of a path but what a service of any kind would put there."""
    return all(_BEFORE.fullmatch(p) for p in segments(path.lower())[:-1])


def joined(*parts: str) -> str:
    """A path from the parts that are registered apart, with one slash before each."""
    cleaned = [_VERB.sub("", p.strip()).strip("^$").strip("/") for p in parts]
    return "/" + "/".join(p for p in cleaned if p)


def segments(path: str) -> list[str]:
    """The parts of a path as it is asked for, without its query."""
    return [p for p in re.split(r"[?#]", path, maxsplit=1)[0].split("/") if p]
