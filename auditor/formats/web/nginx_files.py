"""The files of one nginx, put together by their includes, and judged as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from auditor.formats.web.nginx_judge import judge_nginx
from auditor.formats.web.nginx_scopes import names_file, put_in
from auditor.formats.web.nginx_text import Directive
from auditor.formats.web.proxy_model import ProxyEntry

Top = tuple[Directive, ...]
"""The directives of one file."""

_EMPTY = re.compile(r"(?:^|/)(?:conf\.d|sites-enabled|templates|default\.d|modules-enabled)/\*")
_IN_HTTP = frozenset({
    "server", "upstream", "map", "geo", "limit_req_zone", "limit_conn_zone", "add_header", "limit_req",
    "ssl_protocols", "client_max_body_size", "server_tokens",
})  # fmt: skip
_IN_SERVER = frozenset({"location", "listen", "server_name", "proxy_pass", "root"})
_TELLS = frozenset({"ssl_protocols", "add_header", "limit_req", "listen", "server"})


class NginxFiles:
    """Files by path; `targets` say where some of them are put. After `entries`, `unread` are those of weight
    that nothing here includes."""

    def __init__(self, read: Mapping[str, Top], targets: Mapping[str, str] | None = None) -> None:
        self._targets = targets or {}
        self._mains = {p: t for p, t in read.items() if any(d.name == "http" for d in t)}
        self._others = {p: t for p, t in sorted(read.items()) if p not in self._mains}
        self._named = {name for top in read.values() for name in _includes(top)}
        self._taken: set[str] = set()

    def entries(self) -> Iterator[ProxyEntry]:
        """What a main file says with its includes; where there is none, what the stock one takes in.

        Raises TooLarge where includes repeat without end.
        """
        for top in self._mains.values():
            yield from judge_nginx(put_in(top, self._find))
        if self._mains:
            return
        loose = [
            path
            for path, top in self._others.items()
            if not any(self._names(name, path) for name in self._named) and _is_of_http(top)
        ]
        self._taken.update(loose)
        if loose:
            together = tuple(d for path in loose for d in self._others[path])
            yield from judge_nginx(put_in(together, self._find))

    @property
    def unread(self) -> list[str]:
        """The files that say something of headers, limits or TLS, and that no include named."""
        return [
            p for p, t in self._others.items() if p not in self._taken and set(_words(t)) & _TELLS
        ]

    def _names(self, include: str, path: str) -> bool:
        return names_file(include, self._targets.get(path, path))

    def _find(self, include: str) -> list[Top] | None:
        fits = [p for p in self._others if self._names(include, p)]
        if "*" in include:  # of many files, those that can stand in the block
            exact = [n for n in self._named if "*" not in n]
            fits = [
                p
                for p in fits
                if _beside(include, self._targets.get(p, p))
                or (_is_of_http(self._others[p]) and not any(self._names(n, p) for n in exact))
            ]
        self._taken.update(fits)
        return [self._others[p] for p in fits] if fits or _EMPTY.search(include) else None


def _words(held: Top) -> Iterator[str]:
    for one in held:
        yield one.name
        yield from _words(one.block or ())


def _includes(held: Top) -> Iterator[str]:
    for one in held:
        if one.name == "include" and one.words:
            yield one.words[0]
        yield from _includes(one.block or ())


def _beside(include: str, path: str) -> bool:
    """Whether a file lies in a folder that is called like that of an include."""
    return include.split("/")[-2:-1] == path.split("/")[-2:-1]


def _is_of_http(top: Top) -> bool:
    names = {d.name for d in top}
    return bool(names & _IN_HTTP) and not names & _IN_SERVER
