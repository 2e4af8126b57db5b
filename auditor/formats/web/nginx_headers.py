"""Security headers in an nginx configuration: a location inherits `add_header` only where it has none of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from auditor.formats.web.nginx_scopes import Scope
from auditor.formats.web.nginx_text import Directive
from auditor.formats.web.proxy_model import ON_EVERY_ANSWER, SECURITY_HEADERS, ProxyEntry, Topic

_ASSET = re.compile(
    r"\\?\.\(?[^)]*\b(?:js|css|png|jpe\?g|jpg|svg|ico|woff2?)\b|/\(?(?:[a-z]+\|)*(?:static|assets|media|_next/static|images?|img|fonts?|js|css)\b"
)
NO_PAGE = re.compile(
    r"\.well-known|favicon|robots\.txt|/(?:nginx_|stub_)?status\b|/healthz?\b|/ping\b|/metrics\b"
)
"""Locations that are no page of the service: nobody has to limit or guard them."""
_ERROR = re.compile(r"(?:=\s*)?/?(?:[45]\d\d|50x)\b|location @|error")


def called(server: Scope) -> str:
    """A server by its first name, else by where it listens."""
    names = server.own("server_name")
    first = next((w for d in names for w in d.words if w not in ("_", "")), "")
    ports = [d.words[0] for d in server.own("listen") if d.words]
    return f"server {first or (ports[0] if ports else '_')}"


def headers(server: Scope) -> Iterator[ProxyEntry]:
    """The security headers of a server and its locations, and those that a location loses."""
    whole = _security(server.inherited("add_header"))
    for one in whole.values():
        yield ProxyEntry(Topic.HEADER, one.path, one.line, f"{one.words[0]} on {called(server)}")
    for scope in server.every():
        if scope is server:
            continue
        for one in _security(scope.own("add_header")).values():
            yield ProxyEntry(
                Topic.HEADER,
                one.path,
                one.line,
                f"{one.words[0]} on {scope.name} of {called(server)}",
            )
        yield from _lost(scope, server)


def _security(given: Iterable[Directive]) -> dict[str, Directive]:
    named = {d.words[0].lower(): d for d in given if d.words}
    return {
        n: d for n, d in named.items() if n in SECURITY_HEADERS and d.words[1:2] not in ((), ("",))
    }


def _lost(scope: Scope, server: Scope) -> Iterator[ProxyEntry]:
    """What blocks around a location declare and its own `add_header` throws away."""
    own = scope.own("add_header")
    if not own or scope.above is None or scope.own("include", "internal"):
        return
    if scope.value("add_header_inherit") == "merge" or NO_PAGE.search(scope.name):
        return
    if _ERROR.search(scope.name) or (scope.own("return") and not scope.passes):
        return
    above = _security(scope.above.inherited("add_header"))
    gone = [n for n in above if n not in _security(own)]
    if _ASSET.search(scope.name):
        gone = [n for n in gone if n in ON_EVERY_ANSWER]
    for name in gone:
        one = above[name]
        at = f"line {one.line}" if one.path == scope.path else f"{one.path}:{one.line}"
        what = f"{scope.name} loses {one.words[0]} of {at}: its own add_header {own[0].words[0]} replaces it"
        yield ProxyEntry(Topic.LOST, scope.path, scope.line, what, scope.passes, name)
