"""A Caddyfile: its blocks, and what they say of limits, TLS, headers and sizes.

Caddy obtains certificates and redirects to HTTPS by itself for every site whose address is a name without
`http://`. Limits on requests are a plug-in, which the plain image lacks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from auditor.formats.text.errors import Malformed, TooLarge
from auditor.formats.web.proxy_model import BROKEN_TLS, SECURITY_HEADERS, ProxyEntry, Topic

_LIMIT = 1_000_000
_DEEPEST = 40
_TOKEN = re.compile(
    r"""(?P<newline>\n)|(?P<space>(?:[^\S\n]|\\\n)+)|(?P<comment>\#[^\n]*)|"(?P<quoted>(?:\\.|[^"\\])*)"|`(?P<raw>[^`]*)`"""
    r"""|(?P<word>(?:\{[^\s{}]*\}|\{\{[^\n]*?\}\}|[^\s{}"`]|(?<=\S)["`])+|[{}])|(?P<other>.)""",
    re.DOTALL,
)
_WITHOUT_TLS = re.compile(r"^(?:http://|:80\b|localhost|127\.|\[?::1)|^:\d+$|:80$")
_VARIABLE = re.compile(r"\{\$\w+(?::([^{}]*))?\}")
_PLUGIN = "rate_limit"


@dataclass(frozen=True, slots=True)
class CaddyLine:
    """One line: its words, its number, and the lines of its block."""

    words: tuple[str, ...]
    line: int
    block: tuple[CaddyLine, ...] = ()

    @property
    def name(self) -> str:
        """Its first word."""
        return self.words[0] if self.words else ""

    def every(self) -> Iterator[CaddyLine]:
        """The lines of its block, however deep."""
        for one in self.block:
            yield one
            yield from one.every()


@dataclass(slots=True)
class _Open:
    words: tuple[str, ...]
    line: int
    held: list[CaddyLine] = field(default_factory=list)


def read_caddy(text: str, *, path: str = "") -> tuple[CaddyLine, ...]:
    """The lines at the top of a file, each with its block. Raises Malformed and TooLarge."""
    subject = path or "The Caddyfile"
    if len(text) > _LIMIT:
        raise TooLarge(f"{subject} is larger than the limit of {_LIMIT:,} characters.")
    stack = [_Open((), 1)]
    words: list[str] = []
    line = 1
    for match in _TOKEN.finditer(text):
        kind, token = match.lastgroup, match[0]
        if kind == "newline":
            if words and not words[-1].endswith(","):
                stack[-1].held.append(CaddyLine(tuple(words), line))
                words = []
        elif kind in ("quoted", "raw"):
            words.append(match[kind])
        elif kind == "word" and token == "{":
            if len(stack) > _DEEPEST:
                raise TooLarge(f"{subject} nests deeper than {_DEEPEST} blocks.", line=line)
            stack.append(_Open(tuple(words), line))
            words = []
        elif kind == "word" and token == "}":
            if len(stack) == 1:
                raise Malformed(f"{subject} is no Caddyfile: a '}}' closes no block.", line=line)
            if words:
                stack[-1].held.append(CaddyLine(tuple(words), line))
                words = []
            done = stack.pop()
            stack[-1].held.append(CaddyLine(done.words, done.line, tuple(done.held)))
        elif kind == "word":
            words.append(token)
        line += token.count("\n")
    if len(stack) > 1:
        raise Malformed(
            f"{subject} is no Caddyfile: the block of line {stack[-1].line} is not closed.",
            line=line,
        )
    if words:
        stack[-1].held.append(CaddyLine(tuple(words), line))
    return _whole(stack[0].held)


def _whole(top: list[CaddyLine]) -> tuple[CaddyLine, ...]:
    """Where there is one site without braces, its address is the first line and the rest its block."""
    if (
        len(top) > 1
        and top[0].words
        and not top[0].block
        and not any(one.block and _is_site(one) for one in top)
    ):
        return (CaddyLine(top[0].words, top[0].line, tuple(top[1:])),)
    return tuple(top)


def _is_site(one: CaddyLine) -> bool:
    return bool(one.words) and (
        one.words[0].startswith(("(", "http", ":", "{$")) or "." in one.words[0]
    )


def judge_caddy(
    top: Iterable[CaddyLine], *, path: str, has_plugin: bool | None = None
) -> Iterator[ProxyEntry]:
    """The entries of a file; `has_plugin` whether the image has `rate_limit`, None where that is not known."""
    lines = list(top)
    snippets = {one.name.strip("()"): one for one in lines if one.name.startswith("(")}
    options = [one for one in lines if not one.words]
    off = any(i.words[:2] == ("auto_https", "off") for o in options for i in o.block)
    for site in lines:
        if site.words and not site.name.startswith("(") and site.block:
            yield from _Site(site, snippets, path, off, has_plugin).entries()


class _Site:
    def __init__(
        self,
        site: CaddyLine,
        snippets: dict[str, CaddyLine],
        path: str,
        off: bool,
        has_plugin: bool | None,
    ) -> None:
        self._site = site
        self._path = path
        self._off = off
        self._has_plugin = has_plugin
        self._lines = list(_expanded(site, snippets, 0))
        self._open = any(
            one.name == "import" and one.words[1:2] and one.words[1] not in snippets
            for one in self._lines
        )

    def entries(self) -> Iterator[ProxyEntry]:
        name = self._site.words[0].rstrip(",")
        addresses = [_VARIABLE.sub(lambda m: m[1] or "", w.rstrip(",")) for w in self._site.words]
        yield from self._limits(name)
        secure = [a for a in addresses if a and not _WITHOUT_TLS.search(a)]
        written = [one for one in self._lines if one.name == "tls" and one.words[1:2] != ("off",)]
        if (secure and not self._off) or written:
            yield self._entry(Topic.TLS, self._site, f"{name} ends TLS")
        for one in self._lines:
            if one.name == "protocols":
                broken = [w for w in one.words[1:] if w.lower() in BROKEN_TLS]
                if broken:
                    yield self._entry(Topic.WEAK, one, f"{name} allows {', '.join(broken)}")
        yield from self._headers(name)
        for one in self._lines:
            if one.name == "max_size":
                yield self._entry(Topic.BOUND, one, f"{' '.join(one.words)} of {name}")

    def _limits(self, name: str) -> Iterator[ProxyEntry]:
        passing = [one for one in self._lines if one.name in ("reverse_proxy", "php_fastcgi")]
        limits = [one for one in self._lines if one.name == _PLUGIN]
        for one in limits:
            why = self._idle(one)
            topic = Topic.IDLE if why else Topic.LIMIT
            said = f"rate_limit of {name}: {why}" if why else f"rate_limit of {name}"
            yield self._entry(topic, one, said, passes=True)
        if passing and not limits and not self._open:
            yield self._entry(Topic.UNLIMITED, passing[0], f"{name} has no rate_limit", passes=True)

    def _idle(self, one: CaddyLine) -> str:
        if self._has_plugin is False:
            return "the plain image of Caddy lacks the plug-in and refuses the file"
        keys = [i.words[1] for i in one.every() if i.name == "key" and len(i.words) > 1]
        if any(k.startswith(("{http.request.header", "{header.")) for k in keys):
            return f"the client chooses its key {keys[0]}"
        if keys and all("{" not in k for k in keys):
            return f"its key {keys[0]} counts all clients together"
        return ""

    def _headers(self, name: str) -> Iterator[ProxyEntry]:
        for one in self._lines:
            if one.name != "header":
                continue
            given = [i.words for i in one.block] or [
                w
                for w in (one.words[1:], one.words[2:])
                if w and not w[0].startswith(("/", "@", "*"))
            ][:1]
            for words in given:
                header = words[0].lstrip("+?>") if words else ""
                if header.lower() in SECURITY_HEADERS and len(words) > 1:
                    yield self._entry(Topic.HEADER, one, f"{header} on {name}")

    def _entry(self, topic: Topic, at: CaddyLine, what: str, *, passes: bool = False) -> ProxyEntry:
        return ProxyEntry(topic, self._path, at.line, what, passes)


def _expanded(one: CaddyLine, snippets: dict[str, CaddyLine], depth: int) -> Iterator[CaddyLine]:
    """The lines of a block, however deep, with those of the snippets that it imports."""
    for inner in one.block:
        yield inner
        if inner.name == "import" and len(inner.words) > 1 and depth < 6:
            snippet = snippets.get(inner.words[1])
            if snippet is not None:
                yield from _expanded(snippet, snippets, depth + 1)
        yield from _expanded(inner, snippets, depth + 1)
