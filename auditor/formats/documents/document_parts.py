"""What a document is made of, and the placeholders that somebody forgot to fill in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeVar

LABEL = 7
"""The level of a label: a bold lead of a paragraph, or a cell in the head of a table."""

CODE = "\ufffc"  # stands where code was
_WORD = re.compile(r"[^\W\d_][\w'’-]*")
_URL = re.compile(r"\b(?:https?|ftp)://\S+|\bwww\.\S+")
# Bounded, and stopping at the next `<`: a file of opening tags must not take quadratic time.
_HTML_LINK = re.compile(
    r"""<(?:a|img|source)\b[^<>]*?\b(?:href|src)\s*=\s*["']([^"'<>]*)["']""", re.I
)
_HTML_NAME = re.compile(r"""<[a-z][^<>]*?\b(?:id|name)\s*=\s*["']([^"'<>]+)["']""", re.I)
_HTML_HEADING = re.compile(r"<h([1-6])\b[^<>]*>(.{0,1000}?)</h\1\s*>", re.I | re.S)
_HTML_HIDDEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<(pre|code|script|style)\b[^>]*>.*?(?:</\1\s*>|\Z)", re.I | re.S
)
_HTML_TAG = re.compile(r"</?[a-z][^<>]*>", re.I)
_YOURS = re.compile(r"<\s*(?:your|tu|su)(?![a-z])[^<>\n]*>", re.I)
# TODO and FIXME are gaps where they open a line or close a phrase; elsewhere they are spoken of.
_MARK = re.compile(r"\b(?:TODO|FIXME)\b")
_SPOKEN_OF = re.compile(
    r"(?:\b(?:no|any|all|of|every|without|zero|open|remaining|resolved?|remove|sin|ning[uú]n|los|el)"
    r"\s|[/.\w-])$",
    re.I,
)
_NO_GAP = re.compile(
    r"[/.]\w|\s+(?:EL|LA|LOS|LAS|LO|ES|ESTE|ESTO|EN|UN|SE|comments?|markers?|lists?|items?|tags?)\b"
)
_PHRASE_ENDS = re.compile(r"\s*(?:[:(|,;\])–—-]|[.!]?\s*$)", re.M)
_PLACEHOLDERS = (
    re.compile(r"\bTB[DA]\b"),
    re.compile(r"\bchange[-_]?me\b", re.I),
    re.compile(r"\blorem ipsum\b", re.I),
    re.compile(
        r"\[(?:link to|insert|your|enlace a|insertar|tu|name of|nombre de|fill in|completar)\b[^\]\n]{0,200}\]",
        re.I,
    ),
    re.compile(
        r"(?<![\w.])@(?:engineer|person|user|ingeniero|username|your[-_]?\w+)[-_]?\d*\b", re.I
    ),
    re.compile(r"\byour[-_](?:org|organization|organisation|company|username|repo)\b", re.I),
    _YOURS,
    re.compile(
        r"\bX{3}-X{3,4}\b|\bx{4,}\b|\bYYYY-MM-DD\b|\+?\d?[-( ]{0,4}555[-) ]+\d{3}[- ]\d{4}"
        r"|(?<![\d-])555-\d{4}\b"
    ),
    re.compile(
        r"\A\W*(?:to be (?:defined|written|documented|determined|completed|done)"
        r"|(?:por|pendiente de) (?:definir|completar|escribir|documentar)|coming soon|work in progress)\W*\Z",
        re.I,
    ),
)
_EXAMPLE = re.compile(r"(?<![\w.-])(?:[\w-]{1,63}\.){0,9}example\.(?:com|org|net)\b", re.I)
_FOR_EXAMPLE = re.compile(
    r"\b(?:e\.g\.|for example|for instance|such as|like|por ejemplo|p\. ?ej\.)", re.I
)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 1 to 6, or a label (`LABEL`)."""

    level: int
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Link:
    """Where a link or an image leads, as written."""

    target: str
    line: int


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, list item or row of a table; `code` blocks carry no text."""

    line: int
    text: str
    code: bool = False


@dataclass(frozen=True, slots=True)
class Placeholder:
    """Text that stands for what is not written yet."""

    text: str
    line: int


_Thing = TypeVar("_Thing", Heading, Block, Link, Placeholder)


@dataclass(frozen=True, slots=True)
class Document:
    """What a document says. Lines count from 1; `names` are anchors set in HTML, `paths` inline code."""

    headings: tuple[Heading, ...] = ()
    labels: tuple[Heading, ...] = ()
    blocks: tuple[Block, ...] = ()
    links: tuple[Link, ...] = ()
    placeholders: tuple[Placeholder, ...] = ()
    names: tuple[str, ...] = ()
    paths: tuple[Link, ...] = ()

    @property
    def words(self) -> int:
        """Words outside code, headings and addresses; a block that is repeated counts once."""
        seen: dict[str, int] = {}
        for number, block in enumerate(b for b in self.blocks if not b.code):
            found = [w.lower() for w in _WORD.findall(_URL.sub(" ", block.text))]
            key = " ".join(found) if len(found) > 3 else f"\0{number}"
            padded = len(found) > 50 and len(set(found)) * 5 < len(found)
            seen[key] = len(set(found)) if padded else len(found)
        return sum(seen.values())

    @property
    def first_line(self) -> int:
        """The line on which it begins."""
        lines = [h.line for h in self.headings[:1]] + [b.line for b in self.blocks[:1]]
        return min(lines, default=1)

    @property
    def has_code(self) -> bool:
        """Whether there is a block of code."""
        return any(b.code for b in self.blocks)

    def between(self, first: int, end: int | None) -> Document:
        """What stands from line `first` up to, not including, line `end` (None: to the end)."""

        def cut(things: tuple[_Thing, ...]) -> tuple[_Thing, ...]:
            return tuple(t for t in things if t.line >= first and (end is None or t.line < end))

        return Document(
            cut(self.headings), cut(self.labels), cut(self.blocks), cut(self.links),
            cut(self.placeholders), self.names, cut(self.paths),
        )  # fmt: skip

    def section(self, heading: Heading) -> Document:
        """The heading and all below it, up to the next heading that is not deeper."""
        later = (
            h.line for h in self.headings if h.line > heading.line and h.level <= heading.level
        )
        return self.between(heading.line, next(later, None))


@dataclass(slots=True)
class Draft:
    """A document that is being read."""

    headings: list[Heading] = field(default_factory=list)
    labels: list[Heading] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    placeholders: list[Placeholder] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    paths: list[Link] = field(default_factory=list)

    def prose(self, text: str, line: int) -> None:
        """Take a block of text."""
        if text.strip():
            self.blocks.append(Block(line, text))
        self.check(text, line)

    def check(self, text: str, line: int) -> None:
        """Note the placeholders in a text."""
        self.placeholders += [
            Placeholder(found.strip(), line + text.count("\n", 0, at))
            for found, at in _unfilled(text)
        ]

    def link(self, target: str, line: int) -> None:
        """Take a link; one that leads nowhere is a placeholder."""
        self.links.append(Link(target, line))
        if target in ("", "#") or target.upper() in ("TODO", "TBD", "URL", "LINK"):
            self.placeholders.append(Placeholder(f"link to {target or 'nothing'}", line))
        else:
            self.placeholders += [
                Placeholder(m.group(), line)
                for p in (*_PLACEHOLDERS[:2], _PLACEHOLDERS[5], _EXAMPLE)
                for m in p.finditer(target)
            ]

    def html(self, text: str, line: int) -> str:
        """Take links, headings and anchors out of HTML; gives the text that is seen."""
        shown = _HTML_HIDDEN.sub(lambda m: "\n" * m.group().count("\n"), text)
        for match in _HTML_LINK.finditer(shown):
            self.link(match.group(1), line + shown.count("\n", 0, match.start()))
        self.names += _HTML_NAME.findall(shown)
        for match in _HTML_HEADING.finditer(shown):
            said = _HTML_TAG.sub("", match.group(2)).strip()
            at = line + shown.count("\n", 0, match.start())
            self.headings.append(Heading(int(match.group(1)), said, at))
        shown = _HTML_HEADING.sub(lambda m: "\n" * m.group().count("\n"), shown)
        return _HTML_TAG.sub(lambda m: m.group() if _YOURS.fullmatch(m.group()) else "", shown)

    def document(self) -> Document:
        """The draft in the order of lines."""
        return Document(
            tuple(sorted(self.headings, key=lambda h: h.line)), tuple(self.labels),
            tuple(self.blocks), tuple(self.links), tuple(self.placeholders), tuple(self.names),
            tuple(self.paths),
        )  # fmt: skip


def _unfilled(text: str) -> Iterator[tuple[str, int]]:
    for pattern in _PLACEHOLDERS:
        for match in pattern.finditer(text):
            yield match.group(), match.start()
    for match in _MARK.finditer(text):
        before = text[
            max(text.rfind("\n", 0, match.start()) + 1, match.start() - 200) : match.start()
        ]
        if _SPOKEN_OF.search(before) or _NO_GAP.match(text, match.end()):
            continue
        if not before.strip(" \t*-#>_[(|") or _PHRASE_ENDS.match(text, match.end()):
            yield match.group(), match.start()
    for match in _EXAMPLE.finditer(text):
        begin = max(text.rfind("\n", 0, match.start()) + 1, match.start() - 500)
        if not _FOR_EXAMPLE.search(text, begin, match.start()):
            yield match.group(), match.start()
