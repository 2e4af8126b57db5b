"""Reads a document: headings, prose, links, and the placeholders that somebody forgot to fill in.

Markdown by markdown-it-py; reStructuredText, AsciiDoc and plain text by their headings and code marks.
"""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.token import Token

from auditor.formats.documents.document_parts import (
    CODE,
    LABEL,
    Block,
    Document,
    Draft,
    Heading,
    Link,
    Placeholder,
)
from auditor.formats.text.errors import Malformed
from auditor.formats.text.text_file import decode

__all__ = ["LABEL", "LIMIT", "Block", "Document", "Heading", "Link", "Placeholder", "read"]

LIMIT = 2_000_000
_FRONT = re.compile(r"\A---\n.*?\n(?:---|\.\.\.)(?=\n|\Z)", re.S)


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
    except (
        RecursionError,
        IndexError,
        ValueError,
    ) as error:  # nesting beyond what the parser bears
        raise Malformed(f"{name} cannot be read as Markdown.") from error
    return _markdown(tokens)


def _markdown(tokens: list[Token]) -> Document:
    draft, line, row, in_head = Draft(), 1, [""], False
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


def _inline(draft: Draft, children: list[Token], line: int) -> str:
    said: list[str] = []
    for child in children:
        if child.type == "text":
            said.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            said.append("\n")
            line += 1
        elif child.type == "code_inline":
            draft.paths.append(Link(child.content.strip(), line))
            said.append(CODE)
        elif child.type == "html_inline":
            said.append(draft.html(child.content, line))
        elif child.type == "link_open":
            draft.link(str(child.attrGet("href") or ""), line)
        elif child.type == "image":
            draft.link(str(child.attrGet("src") or ""), line)
    return "".join(said)


def _labels(draft: Draft, children: list[Token], line: int) -> None:
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


_UNDERLINE = re.compile(r"([=\-~^\"'`#*+:._])\1{2,}\s*")
_ADOC_ATTRIBUTES = re.compile(r"\[[^\]]*\]")
_ADOC_HEADING = re.compile(r"(={1,6})\s+(\S.*)")
_FENCE = re.compile(r"-{4,}\s*|\.{4,}\s*|```.*")
_PLAIN_LINK = re.compile(r"`[^`<]{0,200}<([^`>\s]+)>`__?|(?:link|xref|image):{1,2}([^\[\s]+)\[")
_PLAIN_CODE = re.compile(r"``.+?``|(?<![\w`:])`[^`<\n]+`(?!_)")
_DIRECTIVE = re.compile(r"\.\. (?!_)([\w-]+)::\s*(\S*)")
_SHOWN = frozenset(
    {"note", "warning", "tip", "important", "caution", "hint", "danger", "attention", "admonition"}
)


def _plain(text: str, suffix: str) -> Document:
    """Headings are underlined or begin with `=`; indented text after `::` and fenced text is code."""
    draft, lines, marks = Draft(), text.split("\n"), list[str]()
    fenced, code, paragraph, start = False, -1, list[str](), 1
    for i, (raw, below) in enumerate(zip(lines, [*lines[1:], ""], strict=True), 1):
        line, indent = raw.strip(), len(raw) - len(raw.lstrip())
        heading = (
            _ADOC_HEADING.fullmatch(line) if suffix == "adoc" or suffix == "asciidoc" else None
        )
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
            titled = not indent and not paragraph and not (suffix != "rst" and line[0] in "[.")
            underlined = _UNDERLINE.fullmatch(below.strip()) if titled else None
            if directive:
                code = -1 if directive.group(1) in _SHOWN else indent
                if directive.group(1) in ("include", "image", "figure", "literalinclude"):
                    draft.link(directive.group(2), i)
                ends = True
            elif suffix in ("adoc", "asciidoc") and _ADOC_ATTRIBUTES.fullmatch(line):
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


def _paragraph(draft: Draft, text: str, line: int) -> None:
    for match in _PLAIN_LINK.finditer(text):
        if (match.group(1) or "").endswith("_"):  # another name of a link that is defined elsewhere
            continue
        draft.link(match.group(1) or match.group(2), line + text.count("\n", 0, match.start()))
    for match in re.finditer(r"(?m)^(?:[-*] )?(?:\*\*|\*)([^*\n]+)(?:\*\*|\*)", text):
        draft.labels.append(
            Heading(LABEL, match.group(1).strip(" .:"), line + text.count("\n", 0, match.start()))
        )
    draft.prose(_PLAIN_CODE.sub(CODE, _PLAIN_LINK.sub(" ", text)), line)
