"""What a whole nginx configuration says of limits, TLS, redirects, headers and sizes, as entries.

A location inherits `add_header` only where it has none of its own, and so do `limit_req` and the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from auditor.formats.web.nginx_headers import NO_PAGE, called, headers
from auditor.formats.web.nginx_scopes import Scope, https, servers
from auditor.formats.web.nginx_text import Directive
from auditor.formats.web.proxy_model import (
    BROKEN_TLS,
    HUGE_RATE,
    ProxyEntry,
    Topic,
)
from auditor.formats.web.template_text import FILLED

_RATE = re.compile(r"rate=(\d+)r/([sm])")
_BY_HEADER = re.compile(r"\$http_\w+|\$arg_\w+|\$cookie_\w+|\$request_id|\$uri|\$request_uri")
_BY_ALL = re.compile(r"\$(?:server_name|host|server_addr|scheme)|[^$]*")
_ANYBODY = frozenset({"0.0.0.0/0", "::/0"})
_PUBLIC = frozenset({"80", "8080"})
_SECONDS = re.compile(r"(\d+)(ms|s|m|h|d)?")
_UNIT = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, None: 1}
_LONG = 3_600
_BOUNDS = (
    "client_max_body_size", "proxy_read_timeout", "client_header_timeout", "client_body_timeout", "limit_conn",
    "proxy_connect_timeout",
)  # fmt: skip


def judge_nginx(top: tuple[Directive, ...]) -> Iterator[ProxyEntry]:
    """The entries of a configuration whose includes are put in."""
    zones = {d.words[1].partition(":")[0].removeprefix("zone="): d for d in _zones(top)}
    found = [s for s in servers(top) if not _is_a_lie(s)]
    for one in found:
        yield from _limits(one, zones)
        yield from _tls(one)
        yield from headers(one)
        yield from _sizes(one)
    yield from _unused(found, zones)
    yield from _plain(found)


def _zones(top: tuple[Directive, ...]) -> Iterator[Directive]:
    for http in https(top):
        yield from (d for d in http.own("limit_req_zone") if len(d.words) >= 3)


def _is_a_lie(server: Scope) -> bool:
    """A server that answers nobody: it closes the connection, or serves its own status alone."""
    returned = server.own("return")
    return bool(returned) and returned[0].words[:1] in (("444",), ("403",), ("404",))


def _entry(
    topic: Topic, one: Directive | Scope, what: str, *, passes: bool = False, subject: str = ""
) -> ProxyEntry:
    return ProxyEntry(topic, one.path, one.line, what, passes, subject)


def _limits(server: Scope, zones: dict[str, Directive]) -> Iterator[ProxyEntry]:
    for scope in server.every():
        if not scope.passes or scope.own("internal") or NO_PAGE.search(scope.name):
            continue
        where = f"{scope.name} of {called(server)}"
        limits = scope.inherited("limit_req")
        reasons = [(d, _idle(scope, d, zones)) for d in limits]
        holding = [d for d, why in reasons if not why]
        for one, why in reasons:
            if why:
                yield _entry(Topic.IDLE, one, f"limit_req on {where}: {why}", passes=True)
        if holding:
            rate = _said(zones.get(_zone_of(holding[0])))
            yield _entry(Topic.LIMIT, holding[0], f"limit_req on {where} ({rate})", passes=True)
        elif not limits and not scope.open:
            yield _entry(Topic.UNLIMITED, scope, f"{where} has no limit_req", passes=True)


def _zone_of(one: Directive) -> str:
    return next((w.partition("=")[2] for w in one.words if w.startswith("zone=")), "")


def _said(zone: Directive | None) -> str:
    return next((w for w in zone.words if w.startswith("rate=")), "") if zone is not None else ""


def _idle(scope: Scope, one: Directive, zones: dict[str, Directive]) -> str:
    """Why a limit holds nobody back, "" where it does."""
    zone = zones.get(_zone_of(one))
    if scope.value("limit_req_dry_run") == "on":
        return "limit_req_dry_run only counts"
    if zone is None:
        return "" if scope.open else f"no limit_req_zone is called {_zone_of(one)}"
    key, rate = zone.words[0], _RATE.search(_said(zone))
    trusted = {w for d in scope.inherited("set_real_ip_from") for w in d.words}
    if trusted & _ANYBODY and scope.value("real_ip_header").lower() not in ("", "proxy_protocol"):
        return f"set_real_ip_from lets every client choose {key}"
    if _BY_HEADER.fullmatch(key):
        return f"the client chooses its key {key}"
    if _BY_ALL.fullmatch(key):
        return f"its key {key} counts all clients together"
    if rate and int(rate[1]) / (60 if rate[2] == "m" else 1) >= HUGE_RATE:
        return f"{rate[0]} for each client"
    return ""


def _unused(found: Iterable[Scope], zones: dict[str, Directive]) -> Iterator[ProxyEntry]:
    used = {
        _zone_of(d) for s in found for one in (*s.every(), *s.chain()) for d in one.own("limit_req")
    }
    for name, zone in zones.items():
        if name not in used:
            yield _entry(Topic.IDLE, zone, f"limit_req_zone {name}: no limit_req names it")


def _is_tls(server: Scope) -> bool:
    return server.value("ssl") == "on" or any(_tls_listen(d) for d in server.own("listen"))


def _tls_listen(one: Directive) -> bool:
    return "ssl" in one.words[1:] or "quic" in one.words[1:]


def _tls(server: Scope) -> Iterator[ProxyEntry]:
    if not _is_tls(server):
        return
    at = next((d for d in server.own("listen") if _tls_listen(d)), None)
    versions = server.inherited("ssl_protocols")
    said = " ".join(w for d in versions for w in d.words)
    yield _entry(Topic.TLS, at or server, f"{called(server)} ends TLS {said}".rstrip())
    for one in versions:
        broken = [w for w in one.words if w.lower() in BROKEN_TLS]
        if broken:
            yield _entry(
                Topic.WEAK, one, f"ssl_protocols allows {', '.join(broken)} ({called(server)})"
            )


def _plain(found: list[Scope]) -> Iterator[ProxyEntry]:
    """Servers that give content over plain HTTP under a name, or on the port beside that, of TLS."""
    secure = {n for s in found if _is_tls(s) for n in _names(s)}
    for one in found:
        plain = [d for d in one.own("listen") if d.words and not _tls_listen(d)]
        ports = {_port(d) for d in plain} if one.own("listen") else {"80"}
        if one.value("ssl") == "on" or "" in ports or not ports or not secure & _names(one):
            continue
        if _names(one) == {"_"} and not ports & _PUBLIC:
            continue
        if not _redirects(one) and any(s.passes or _serves(s) for s in one.every()):
            what = f"{called(one)} serves over plain HTTP, without redirect"
            at = plain[0] if plain else one
            yield _entry(Topic.PLAIN, at, what, passes=any(s.passes for s in one.every()))


def _port(one: Directive) -> str:
    """The port that is open to others; "" where it is filled in, or open to the machine alone."""
    text = one.words[0]
    if text.startswith(("unix:", "127.0.0.1", "localhost", "[::1]")):
        return ""
    port = text.rpartition(":")[2] if ":" in text else text
    return (
        port
        if port.isdigit()
        else "80"
        if re.fullmatch(r"[\w.*\[\]]+", port) and FILLED not in port
        else ""
    )


def _names(server: Scope) -> set[str]:
    names = {w.lower() for d in server.own("server_name") for w in d.words}
    return (names - {""}) or {"_"}


def _redirects(scope: Scope) -> bool:
    """Whether it sends to https, itself or in its location for everything."""
    if any(_to_https(d) for d in scope.held) or scope.open:
        return True
    for one in scope.held:
        if one.name == "if" and any(_to_https(d) for d in one.block or ()):
            return True
    roots = [s for s in scope.locations if s.name in ("location /", "location ^~ /")]
    return any(_redirects(s) for s in roots)


def _to_https(one: Directive) -> bool:
    return one.name in ("return", "rewrite") and any(
        w.startswith(("https:", "$redirect_scheme")) for w in one.words
    )


def _serves(scope: Scope) -> bool:
    if "acme" in scope.name or "well-known" in scope.name:
        return False
    return bool(scope.own("root", "alias", "try_files", "index")) and not scope.own("return")


def _sizes(server: Scope) -> Iterator[ProxyEntry]:
    for scope in server.every():
        streams = any(d.words[:1] == ("Upgrade",) for d in scope.own("proxy_set_header"))
        for one in scope.own(*_BOUNDS):
            if not (streams and one.name.endswith("timeout")):  # a web socket stays open for hours
                yield from _bound(one, scope.name)
    for one in (d for scope in server.chain() if scope is not server for d in scope.own(*_BOUNDS)):
        yield from _bound(one, "http")
    if server.value("server_tokens") not in ("off", "build"):
        yield _entry(Topic.VERSION, server, f"{called(server)}: server_tokens is not off")


def _bound(one: Directive, where: str) -> Iterator[ProxyEntry]:
    first = one.words[0] if one.words else ""
    if one.name == "client_max_body_size" and re.fullmatch(r"0[kKmMgG]?", first):
        yield _entry(Topic.UNBOUNDED, one, f"client_max_body_size 0 in {where}")
        return
    seconds = _SECONDS.fullmatch(first)
    if one.name.endswith("timeout") and seconds and int(seconds[1]) * _UNIT[seconds[2]] >= _LONG:
        yield _entry(Topic.UNBOUNDED, one, f"{one.name} {first} in {where}")
        return
    yield _entry(Topic.BOUND, one, f"{one} in {where}")
