"""How many of the routes that can be counted a limit stands around, where each limit is around one alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from auditor.code.reach.uses import Use
from auditor.code.scan import Call, FileScan, last_name
from auditor.code.scanning import family
from auditor.probing.code.code_topics import Topic

_VERBS = frozenset({"get", "post", "put", "patch", "delete", "all"})
_DECORATORS = _VERBS | {"route", "api_route", "websocket", "head", "options"}
_VIEWS = ("APIView", "ViewSet")
_ROUTER = re.compile(r"(?:.*\.)?\w*(?:app|router|routes|server|api|blueprint|bp)\w*", re.IGNORECASE)
_TEXT = re.compile(r"[\"'`](/[^\"'`]*|\*)[\"'`]")
_WHOLE = re.compile(r"/?(?:\*+|api|v\d+|api/v\d+)?/?\*?")
"""Paths below which a service keeps everything."""
_LONGEST = 20
"""Lines of a decorator, at most."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What a limit stands around: everything, one route (its function or line), or the routes below a path."""

    path: str = ""
    route: str = ""

    @property
    def whole(self) -> bool:
        """Whether nothing is left out."""
        return not self.route and not self.path


EVERYTHING = Reach()


def reach(use: Use, topic: Topic) -> Reach:
    """What an application of a limiter stands around, as far as it tells; else everything."""
    call, language = use.call, use.rule.language
    if language == "python" and use.rule.role == "apply":
        name = call.decorates or (call.inside and (call.scope or _route_with(use, topic)))
        return Reach(route=name)
    if language == "javascript" and use.rule.role == "attach":
        verb = last_name(call.name)
        path = _path(call)
        if verb in _VERBS and path:
            return Reach(route=str(call.line))
        if verb == "use" and path and not _WHOLE.fullmatch(path):
            return Reach(path=path)
    return EVERYTHING


def _route_with(use: Use, topic: Topic) -> str:
    """The route whose decorator names a dependency; "" for one of an application (`FastAPI(dependencies=[…])`)."""
    own = last_name(use.call.name)
    for call in topic.scan(use).calls:
        near = call.line <= use.call.line <= call.line + _LONGEST
        if near and call.decorates and own in call.keywords.get("dependencies", ""):
            return call.decorates
    return ""


def _path(call: Call) -> str:
    found = _TEXT.fullmatch(call.arguments[0].strip()) if call.arguments else None
    return found[1] if found else ""


def limited_percent(topic: Topic, limits: Sequence[tuple[str, Reach]]) -> float | None:
    """Percent of the routes that limits stand around, each by its file; None where one is around a path alone."""
    if not limits:
        return 0.0
    if any(around.whole for _, around in limits):
        return 100.0
    if any(around.path for _, around in limits):
        return None
    limited = len({(path, around.route) for path, around in limits})
    languages = {family(path) for path, _ in limits}
    routes = sum(
        _routes_in(scan, family(path))
        for path in topic.code.closure.reachable
        if family(path) in languages and (scan := topic.code.scans.get(path)) is not None
    )
    return round(100 * limited / max(limited, routes), 1)


def _routes_in(scan: FileScan, language: str | None) -> int:
    """Routes that a file declares by decorators or as views of REST framework (Python), or by calls of a
    router with a path."""
    if language == "python":
        decorated = [f for f in scan.functions if any(map(_declares, f.decorators))]
        views = [c for c in scan.classes if any(base.endswith(_VIEWS) for base in c.bases)]
        return len(decorated) + len(views)
    return sum(
        1
        for call in scan.calls
        if last_name(call.name) in _VERBS
        and _ROUTER.fullmatch(call.name.rpartition(".")[0])
        and len(call.arguments) > 1
        and _path(call)
    )


def _declares(decorator: str) -> bool:
    return "." in decorator and last_name(decorator) in _DECORATORS
