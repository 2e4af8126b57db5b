"""The text of an nginx configuration as a tree of directives; nothing is read but the text.

`${NAME}` (envsubst) stays part of its word, and what Jinja and Go templates put in becomes `template_text.FILLED`.
crossplane, the parser of the makers of nginx, has had no release since 2022 and follows includes to any
path of the machine that it runs on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from auditor.formats.text.errors import Malformed, TooLarge
from auditor.formats.web.template_text import without_tags

_LIMIT = 2_000_000
_MOST = 50_000
_DEEPEST = 40
_MOST_ARGUMENTS = 20_000
_TOKEN = re.compile(
    r"""
    (?P<space>\s+) | (?P<comment>\#[^\n]*)
    | (?P<quoted>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
    | (?P<sign>[{};])
    | (?P<word>(?:\\.|\$\{[^{}\s;]*\}|[^\s{};\\])+)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_LUA = re.compile(r"\w+_by_lua_block|lua_\w*block|init_worker_by_lua_block")


@dataclass(frozen=True, slots=True)
class Directive:
    """One directive: its words, the line it begins on, and what its block holds (None without a block)."""

    name: str
    words: tuple[str, ...]
    line: int
    block: tuple[Directive, ...] | None = None
    path: str = ""

    def all(self, *names: str) -> Iterator[Directive]:
        """The directives of its block with one of some names."""
        return (d for d in self.block or () if d.name in names)

    def __str__(self) -> str:
        return " ".join((self.name, *self.words))


@dataclass(slots=True)
class _Open:
    """A block that is being read."""

    name: str
    words: tuple[str, ...]
    line: int
    held: list[Directive] = field(default_factory=list)


def read_nginx(text: str, *, path: str = "") -> tuple[Directive, ...]:
    """The directives of a file in order. Raises Malformed and TooLarge."""
    subject = path or "The nginx configuration"
    if len(text) > _LIMIT:
        raise TooLarge(f"{subject} is larger than the limit of {_LIMIT:,} characters.")
    return _Reader(without_tags(text), subject, path).read()


class _Reader:
    def __init__(self, text: str, subject: str, path: str) -> None:
        self._text = text
        self._subject = subject
        self._path = path
        self._count = 0

    def read(self) -> tuple[Directive, ...]:
        top = _Open("", (), 1)
        stack = [top]
        words: list[str] = []
        line, at, start = 1, 0, 1
        while at < len(self._text):
            match = _TOKEN.match(self._text, at)
            if match is None:  # the last branch takes any character
                break
            kind, token = match.lastgroup, match[0]
            here = line
            line += token.count("\n")
            at = match.end()
            if kind in ("space", "comment"):
                continue
            if kind == "other":
                raise self._wrong(f"{token!r} stands where no word can be", here)
            if kind in ("word", "quoted"):
                start = start if words else here
                words.append(_plain(token, quoted=kind == "quoted"))
                if len(words) > _MOST_ARGUMENTS:
                    raise TooLarge(f"{self._subject} has a directive of too many words.", line=here)
                continue
            if token == "{":
                at, line = self._open(stack, words, start, at, line)
            elif token == ";":
                if not words:
                    continue  # nginx refuses it; what templates leave behind is no reason to stop
                self._add(stack[-1], words, start)
            else:
                self._close(stack, words, here)
            words = []
        if len(stack) > 1:
            raise self._wrong(
                f"the block {stack[-1].name} of line {stack[-1].line} is not closed", line
            )
        if words:
            raise self._wrong(f"the directive {words[0]} has no ';' at its end", start)
        return tuple(top.held)

    def _open(
        self, stack: list[_Open], words: list[str], start: int, at: int, line: int
    ) -> tuple[int, int]:
        """Begin a block; what is in one of Lua is passed over. Where to read on, and on which line."""
        if not words:
            raise self._wrong("a block has no name", line)
        if _LUA.fullmatch(words[0]):
            end = _past_braces(self._text, at)
            self._add(stack[-1], words, start)
            return end, line + self._text.count("\n", at, end)
        if len(stack) > _DEEPEST:
            raise TooLarge(f"{self._subject} nests deeper than {_DEEPEST} blocks.", line=line)
        stack.append(_Open(words[0], tuple(words[1:]), start))
        return at, line

    def _close(self, stack: list[_Open], words: list[str], line: int) -> None:
        if words:
            raise self._wrong(f"the directive {words[0]} has no ';' at its end", line)
        if len(stack) == 1:
            raise self._wrong("a '}' closes no block", line)
        done = stack.pop()
        self._counted()
        stack[-1].held.append(
            Directive(done.name, done.words, done.line, tuple(done.held), self._path)
        )

    def _add(self, block: _Open, words: list[str], line: int) -> None:
        self._counted()
        block.held.append(Directive(words[0], tuple(words[1:]), line, None, self._path))

    def _counted(self) -> None:
        self._count += 1
        if self._count > _MOST:
            raise TooLarge(f"{self._subject} holds more than {_MOST:,} directives.")

    def _wrong(self, what: str, line: int) -> Malformed:
        return Malformed(f"{self._subject} is no nginx configuration: {what}.", line=line)


def _plain(token: str, *, quoted: bool) -> str:
    inner = token[1:-1] if quoted else token
    return re.sub(r"\\([\"'\\ ;{}])", r"\1", inner)


def _past_braces(text: str, at: int) -> int:
    """The place past the brace that closes the one before `at`."""
    depth = 1
    for match in re.compile(r"[{}]").finditer(text, at):
        depth += 1 if match[0] == "{" else -1
        if depth == 0:
            return match.end()
    return len(text)
