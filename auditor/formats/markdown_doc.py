"""Reads a document: headings, prose, links, and the placeholders that somebody forgot to fill in.

Markdown by markdown-it-py; reStructuredText, AsciiDoc and plain text by their headings and code marks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from markdown_it import MarkdownIt
from markdown_it.token import Token

from auditor.formats.errors import Malformed
from auditor.formats.text_file import decode

LIMIT = 2_000_000
LABEL = 7
"""The level of a label: a bold lead of a paragraph, or a cell in the head of a table."""

_CODE = "\ufffc"  # stands where code was
_WORD = re.compile(r"[^\W\d_][\w'’-]*")
_URL = re.compile(r"\b(?:https?|ftp)://\S+|\bwww\.\S+")
_HTML_LINK = re.compile(r"""<(?:a|img|source)\b[^>]*?\b(?:href|src)\s*=\s*["']([^"']*)["']""", re.I)
_HTML_NAME = re.compile(r"""<[a-z][^>]*?\b(?:id|name)\s*=\s*["']([^"']+)["']""", re.I)
_HTML_HEADING = re.compile(r"<h([1-6])\b[^>]*>(.*?)</h\1\s*>", re.I | re.S)
_HTML_HIDDEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<(pre|code|script|style)\b[^>]*>.*?(?:</\1\s*>|\Z)", re.I | re.S
)
_HTML_TAG = re.compile(r"</?[a-z][^>]*>", re.I)
_YOURS = re.compile(r"<\s*(?:your|tu|su)\b[^<>\n]*>", re.I)
_FRONT = re.compile(r"\A---\n.*?\n(?:---|\.\.\.)(?=\n|\Z)", re.S)
_PLACEHOLDERS = (
    re.compile(r"\bTB[DA]\b"),
    re.compile(
        r"\bTODO\b(?!\s+(?:EL|LA|LOS|LAS|LO|ES|ESTE|ESTO|EN|UN|SE|comments?|markers?|lists?|items?|tags?)\b)"
    ),
    re.compile(r"\bFIXME\b(?!\s+(?:comments?|markers?|tags?)\b)"),
    re.compile(r"\bchange[-_]?me\b", re.I),
    re.compile(r"\blorem ipsum\b", re.I),
    re.compile(
        r"\[(?:link to|insert|your|enlace a|insertar|tu|name of|nombre de|fill in|completar)\b[^\]\n]*\]",
        re.I,
    ),
    re.compile(r"(?<![\w.])@(?:engineer|person|user|ingeniero|username|your[-_]?\w+)[-_]?\d*\b", re.I),
    re.compile(r"\byour[-_](?:org|organization|organisation|company|username|repo)\b", re.I),
    _YOURS,
    re.compile(r"\bX{3}-X{3,4}\b|\bYYYY-MM-DD\b|\+?\d?[-( ]*555[-) ]+\d{3}[- ]\d{4}"),
    re.compile(
        r"\A\W*(?:to be (?:defined|written|documented|determined|completed|done)"
        r"|(?:por|pendiente de) (?:definir|completar|escribir|documentar)|coming soon|work in progress)\W*\Z",
        re.I,
    ),
)
_EXAMPLE = re.compile(r"[\w.-]*\bexample\.(?:com|org|net)\b", re.I)
_FOR_EXAMPLE = re.compile(r"\b(?:e\.g\.|for example|for instance|such as|like|por ejemplo|p\. ?ej\.)", re.I)


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
        later = (h.line for h in self.headings if h.line > heading.line and h.level <= heading.level)
        return self.between(heading.line, next(later, None))


@dataclass(slots=True)
class _Draft:
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
            Placeholder(found.strip(), line + text.count("\n", 0, at)) for found, at in _unfilled(text)
        ]

    def link(self, target: str, line: int) -> None:
        """Take a link; one that leads nowhere is a placeholder."""
        self.links.append(Link(target, line))
        if target in ("", "#") or target.upper() in ("TODO", "TBD", "URL", "LINK"):
            self.placeholders.append(Placeholder(f"link to {target or 'nothing'}", line))
        else:
            self.placeholders += [
                Placeholder(m.group(), line)
                for p in (*_PLACEHOLDERS[:1], _PLACEHOLDERS[3], _PLACEHOLDERS[7], _EXAMPLE)
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


def read(data: bytes | str, *, name: str = "document.md") -> Document:
    """The document in `data`; the end of `name` tells the markup (.rst, .adoc, .txt, else Markdown).

    Raises TooLarge beyond `LIMIT` bytes, and Malformed for binary content.
    """
    text = decode(data, name=name, limit=LIMIT).text
    suffix = name.rpartition("/")[2].rpartition(".")[2].lower()
    if suffix in ("rst", "adoc", "asciidoc", "txt"):
        return _plain(text, suffix)
    text = _FRONT.sub(lambda m: "\n" * m.group().count("\n"), text)
    try:
        tokens = MarkdownIt("commonmark").enable("table").parse(text)
    except (RecursionError, IndexError, ValueError) as error:  # nesting beyond what the parser bears
        raise Malformed(f"{name} cannot be read as Markdown.") from error
    return _markdown(tokens)


def _markdown(tokens: list[Token]) -> Document:
    draft, line, row, in_head = _Draft(), 1, [""], False
    for i, token in enumerate(tokens):
        line = token.map[0] + 1 if token.map else line
        if token.type in ("fence", "code_block"):
            if token.content.strip():
                draft.blocks.append(Block(line, "", code=True))
        elif token.type == "html_block":
            draft.prose(draft.html(token.content, line), line)
        elif token.type in ("thead_open", "thead_close"):
            in_head = token.type == "thead_open"
        elif token.type == "tr_open":
            row = []
        elif token.type == "tr_close" and not in_head:
            draft.prose(" | ".join(row), line)
        elif token.type == "inline":
            said, before = _inline(draft, token.children or [], line), tokens[i - 1]
            if before.type == "heading_open":
                draft.headings.append(Heading(int(before.tag[1]), said.strip(), line))
                draft.check(said, line)
            elif before.type == "th_open":
                draft.labels.append(Heading(LABEL, said.strip(), line))
            elif before.type == "td_open":
                row.append(said)
            else:
                _labels(draft, token.children or [], line)
                draft.prose(said, line)
    return draft.document()


def _inline(draft: _Draft, children: list[Token], line: int) -> str:
    said = ""
    for child in children:
        at = line + said.count("\n")
        if child.type == "text":
            said += child.content
        elif child.type in ("softbreak", "hardbreak"):
            said += "\n"
        elif child.type == "code_inline":
            draft.paths.append(Link(child.content.strip(), at))
            said += _CODE
        elif child.type == "html_inline":
            said += draft.html(child.content, at)
        elif child.type == "link_open":
            draft.link(str(child.attrGet("href") or ""), at)
        elif child.type == "image":
            draft.link(str(child.attrGet("src") or ""), at)
    return said


def _labels(draft: _Draft, children: list[Token], line: int) -> None:
    """Bold text at the start of a line of a paragraph is a label."""
    at_start, opened = True, False
    for child in children:
        if child.type in ("softbreak", "hardbreak"):
            at_start, line = True, line + 1
        elif child.type == "strong_open":
            opened = at_start
        elif child.type == "text" and opened:
            draft.labels.append(Heading(LABEL, child.content.strip(" .:"), line))
            at_start = opened = False
        elif child.content.strip():
            at_start = opened = False


def _unfilled(text: str) -> Iterator[tuple[str, int]]:
    for pattern in _PLACEHOLDERS:
        for match in pattern.finditer(text):
            yield match.group(), match.start()
    for match in _EXAMPLE.finditer(text):
        line = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
        if not _FOR_EXAMPLE.search(line):
            yield match.group(), match.start()


_UNDERLINE = re.compile(r"([=\-~^\"'`#*+:._])\1{2,}\s*")
_ADOC_HEADING = re.compile(r"(={1,6})\s+(\S.*)")
_FENCE = re.compile(r"-{4,}\s*|\.{4,}\s*|```.*")
_PLAIN_LINK = re.compile(r"`[^`<]*<([^`>\s]+)>`__?|(?:link|xref|image):{1,2}([^\[\s]+)\[")
_PLAIN_CODE = re.compile(r"``.+?``|(?<![\w`:])`[^`<\n]+`(?!_)")
_DIRECTIVE = re.compile(r"\.\. (?!_)([\w-]+)::\s*(\S*)")
_SHOWN = frozenset({"note", "warning", "tip", "important", "caution", "hint", "danger", "attention", "admonition"})


def _plain(text: str, suffix: str) -> Document:
    """Headings are underlined or begin with `=`; indented text after `::` and fenced text is code."""
    draft, lines, marks = _Draft(), text.split("\n"), list[str]()
    fenced, code, paragraph, start = False, -1, list[str](), 1
    for i, (raw, below) in enumerate(zip(lines, [*lines[1:], ""], strict=True), 1):
        line, indent = raw.strip(), len(raw) - len(raw.lstrip())
        heading = _ADOC_HEADING.fullmatch(line) if suffix == "adoc" or suffix == "asciidoc" else None
        ends = not line or fenced or (code >= 0 and indent > code)
        if suffix != "rst" and _FENCE.fullmatch(line) and not paragraph:
            fenced, ends = not fenced, True
            draft.blocks.append(Block(i, "", code=True))
        elif ends:
            if line and (not draft.blocks or not draft.blocks[-1].code):
                draft.blocks.append(Block(i, "", code=True))
        else:
            code = -1
            directive = _DIRECTIVE.match(line) if suffix == "rst" else None
            underlined = _UNDERLINE.fullmatch(below.strip()) if not indent and not paragraph else None
            if directive:
                code = -1 if directive.group(1) in _SHOWN else indent
                if directive.group(1) in ("include", "image", "figure", "literalinclude"):
                    draft.link(directive.group(2), i)
                ends = True
            elif heading:
                draft.headings.append(Heading(len(heading.group(1)), heading.group(2), i))
                ends = True
            elif underlined and not _UNDERLINE.fullmatch(line):
                mark = underlined.group(1)
                marks += [] if mark in marks else [mark]
                draft.headings.append(Heading(min(marks.index(mark) + 1, 6), line, i))
                ends = True
            elif _UNDERLINE.fullmatch(line):
                ends = True
            else:
                start = start if paragraph else i
                paragraph.append(line)
                if suffix == "rst" and line.endswith("::"):
                    code = indent
        if ends and paragraph:
            _paragraph(draft, "\n".join(paragraph), start)
            paragraph = []
    if paragraph:
        _paragraph(draft, "\n".join(paragraph), start)
    return draft.document()


def _paragraph(draft: _Draft, text: str, line: int) -> None:
    for match in _PLAIN_LINK.finditer(text):
        draft.link(match.group(1) or match.group(2), line + text.count("\n", 0, match.start()))
    for match in re.finditer(r"(?m)^(?:[-*] )?(?:\*\*|\*)([^*\n]+)(?:\*\*|\*)", text):
        draft.labels.append(
            Heading(LABEL, match.group(1).strip(" .:"), line + text.count("\n", 0, match.start()))
        )
    draft.prose(_PLAIN_CODE.sub(_CODE, _PLAIN_LINK.sub(" ", text)), line)
