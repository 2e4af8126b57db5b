"""The servers and locations of an nginx configuration, with what each inherits; includes put in their place."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from auditor.formats.text.errors import TooLarge
from auditor.formats.web.nginx_text import Directive

Find = Callable[[str], "list[tuple[Directive, ...]] | None"]
"""The files that an include names, parsed; None where the repository does not hold them."""

_DEEPEST = 8
_MOST = 50_000
_STOCK = re.compile(
    r"(?:^|/)(?:mime\.types|(?:fastcgi|uwsgi|scgi|proxy)_params|fastcgi[.\w-]*\.conf|fastcgi-php\.conf"
    r"|modules-enabled/\*\.conf|modules/\*\.conf|options-ssl-nginx\.conf|koi-\w+|win-utf)$"
)
"""Files of the packages of nginx and certbot: they limit nothing and add no header."""

_SUFFIX = re.compile(r"\.(?:template|tmpl|tpl|j2|in)$")

PASSES = ("proxy_pass", "grpc_pass", "fastcgi_pass", "uwsgi_pass", "scgi_pass")


@dataclass(frozen=True, slots=True)
class Scope:
    """A block of nginx with those around it; `name` is `server`, `location /api`, `http` …

    `open` says that it includes a file that is not at hand, so that absence is not known.
    """

    name: str
    held: tuple[Directive, ...]
    line: int
    path: str
    above: Scope | None = None

    def own(self, *names: str) -> list[Directive]:
        """Its own directives of some names."""
        return [d for d in self.held if d.name in names]

    def inherited(self, *names: str) -> list[Directive]:
        """Those of the nearest block, from it outwards, that has any: nginx joins no two levels."""
        scope: Scope | None = self
        while scope is not None:
            found = scope.own(*names)
            if found:
                return found
            scope = scope.above
        return []

    def value(self, name: str) -> str:
        """The first word of the directive that is in force here, "" where there is none."""
        found = self.inherited(name)
        return found[-1].words[0] if found and found[-1].words else ""

    def chain(self) -> Iterator[Scope]:
        """It and the blocks around it, inner first."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.above

    @property
    def open(self) -> bool:
        """Whether it, or a block around it, includes a file that is not at hand."""
        return any(scope.own("include") for scope in self.chain())

    @property
    def locations(self) -> list[Scope]:
        """The locations directly in it."""
        return [_below(self, d) for d in self.held if d.name == "location" and d.block is not None]

    @property
    def passes(self) -> bool:
        """Whether requests go on from here to a service, in an `if` too."""
        return any(d.name in PASSES for d in _with_conditions(self.held))

    def every(self) -> Iterator[Scope]:
        """It and the locations in it, however deep."""
        yield self
        for one in self.locations:
            yield from one.every()


def _with_conditions(held: Iterable[Directive]) -> Iterator[Directive]:
    for one in held:
        yield one
        if one.name in ("if", "limit_except") and one.block:
            yield from _with_conditions(one.block)


def _below(above: Scope | None, one: Directive) -> Scope:
    words = " ".join((one.name, *one.words))
    return Scope(words[:80], one.block or (), one.line, one.path, above)


def servers(top: tuple[Directive, ...]) -> list[Scope]:
    """The servers of a configuration; where no `http` is written, the top stands for it."""
    main = Scope("main", top, 1, "")
    found = [_below(http, s) for http in _https(main, top) for s in http.held if s.name == "server"]
    return [one for one in found if one.held]


def https(top: tuple[Directive, ...]) -> list[Scope]:
    """The `http` blocks, or the top alone."""
    return list(_https(Scope("main", top, 1, ""), top))


def _https(main: Scope, top: tuple[Directive, ...]) -> Iterator[Scope]:
    written = [d for d in top if d.name == "http" and d.block is not None]
    if any(d.name == "server" for d in top) or not written:
        yield main
    yield from (_below(main, one) for one in written)


def put_in(top: tuple[Directive, ...], find: Find) -> tuple[Directive, ...]:
    """The directives with those of their includes in the place of each; raises TooLarge.

    An include that is not at hand stays, unless it is one of those that come with nginx.
    """
    return tuple(_Includer(find).all(top, 0))


class _Includer:
    def __init__(self, find: Find) -> None:
        self._find = find
        self._count = 0

    def all(self, held: Iterable[Directive], depth: int) -> Iterator[Directive]:
        for one in held:
            self._count += 1
            if self._count > _MOST:
                raise TooLarge("The includes of an nginx configuration repeat it without end.")
            if one.name == "include" and one.words and one.block is None:
                yield from self._included(one, depth)
            elif one.block is not None:
                yield replace(one, block=tuple(self.all(one.block, depth)))
            else:
                yield one

    def _included(self, one: Directive, depth: int) -> Iterator[Directive]:
        files = self._find(one.words[0]) if depth < _DEEPEST else None
        if files is not None:
            for held in files:
                yield from self.all(held, depth + 1)
        elif not _STOCK.search(one.words[0]):
            yield one


def names_file(include: str, path: str) -> bool:
    """Whether what an include names may be a file: its folder there is that of the container.

    A template is called by the name of what it makes.
    """
    name = posixpath.basename(path)
    names = (name, _SUFFIX.sub("", name))
    if not any(fnmatchcase(n, posixpath.basename(include)) for n in names):
        return False
    folder = posixpath.basename(posixpath.dirname(include))
    here = posixpath.basename(posixpath.dirname(path))
    known = ("nginx", "conf.d", "sites-enabled", "includes", "snippets")
    return not folder or folder == here or folder in known or "*" in folder
