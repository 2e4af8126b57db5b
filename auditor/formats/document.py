"""What a document is made of, whichever markup it is written in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

_WORD = re.compile(r"[^\W\d_][\w'’-]*")
_URL = re.compile(r"\b(?:https?|ftp)://\S+|\bwww\.\S+")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)
_NOT_IN_ANCHOR = re.compile(r"[^\w\- ]")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 1 to 6 and its line, from 1."""

    level: int
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Link:
    """Where a link or an image leads, as written; `text` is the target."""

    text: str
    line: int
    image: bool = False

    @property
    def is_relative(self) -> bool:
        """Whether it leads to a file of the same repository, or to a place in this one."""
        return bool(self.text) and _SCHEME.match(self.text) is None

    @property
    def path(self) -> str:
        """The target without anchor and query; "" for a place in the same document."""
        return self.text.partition("#")[0].partition("?")[0]

    @property
    def anchor(self) -> str:
        """What stands behind the `#`; "" where there is none."""
        return self.text.partition("#")[2]


@dataclass(frozen=True, slots=True)
class Fence:
    """A block of code; `language` is "" where none is named, `line` that of its opening."""

    language: str
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Task:
    """An item of a task list (`- [ ]`, `- [x]`)."""

    text: str
    checked: bool
    line: int


@dataclass(frozen=True, slots=True)
class Placeholder:
    """Text that stands for what is not written yet."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a list item or a row of a table, without its code."""

    text: str
    line: int


class _Placed(Protocol):
    @property
    def line(self) -> int: ...


_Thing = TypeVar("_Thing", bound=_Placed)


@dataclass(frozen=True, slots=True)
class Document:
    """A whole document. Lines count from 1.

    `labels` are bold leads of paragraphs and heads of tables, which often stand for headings;
    `code_spans` is code within the text; `names` are anchors set in HTML.
    """

    headings: tuple[Heading, ...] = ()
    labels: tuple[Heading, ...] = ()
    blocks: tuple[Block, ...] = ()
    links: tuple[Link, ...] = ()
    fences: tuple[Fence, ...] = ()
    tasks: tuple[Task, ...] = ()
    placeholders: tuple[Placeholder, ...] = ()
    code_spans: tuple[Block, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """All text outside code, headings included, in the order of lines."""
        places = [(h.line, h.text) for h in self.headings] + [(b.line, b.text) for b in self.blocks]
        return "\n".join(text for _, text in sorted(places, key=lambda place: place[0]))

    @property
    def words(self) -> int:
        """Words outside code and addresses, headings included."""
        return len(_words(self.text))

    @property
    def body_words(self) -> int:
        """The same without headings; what is only repeated counts once, against padding."""
        seen: dict[str, int] = {}
        for number, block in enumerate(self.blocks):
            found = [word.lower() for word in _words(block.text)]
            padded = len(found) > 50 and len(set(found)) * 5 < len(found)
            key = " ".join(found) if len(found) > 3 else f"\0{number}"
            seen[key] = len(set(found)) if padded else len(found)
        return sum(seen.values())

    @property
    def code_words(self) -> int:
        """Words inside blocks of code."""
        return sum(len(fence.text.split()) for fence in self.fences)

    @property
    def anchors(self) -> frozenset[str]:
        """The anchors that a link into the document may name, as GitHub makes them."""
        found: dict[str, int] = {}
        anchors = set(self.names)
        for heading in self.headings:
            plain = _NOT_IN_ANCHOR.sub("", heading.text.lower()).replace(" ", "-")
            times = found.get(plain, 0)
            found[plain] = times + 1
            anchors.add(f"{plain}-{times}" if times else plain)
        return frozenset(anchors)

    def between(self, first: int, end: int | None) -> Document:
        """What stands from line `first` up to, not including, line `end` (None: to the end)."""

        def cut(things: tuple[_Thing, ...]) -> tuple[_Thing, ...]:
            within = (thing for thing in things if thing.line >= first)
            return tuple(thing for thing in within if end is None or thing.line < end)

        return replace(
            self,
            headings=cut(self.headings),
            labels=cut(self.labels),
            blocks=cut(self.blocks),
            links=cut(self.links),
            fences=cut(self.fences),
            tasks=cut(self.tasks),
            placeholders=cut(self.placeholders),
            code_spans=cut(self.code_spans),
        )

    def section(self, heading: Heading) -> Document:
        """The heading and all below it, up to the next heading that is not deeper."""
        later = (h for h in self.headings if h.line > heading.line and h.level <= heading.level)
        following = next(later, None)
        return self.between(heading.line, None if following is None else following.line)

    def sections(self) -> Iterator[tuple[Heading, Document]]:
        """Every heading with its section, in order."""
        for heading in self.headings:
            yield heading, self.section(heading)


def _words(text: str) -> list[str]:
    return _WORD.findall(_URL.sub(" ", text))
