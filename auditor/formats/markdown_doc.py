"""Markdown by its structure: headings, prose, links, code, tasks, and what is still to be written.

Other markups are read by `read`, which looks at the name of the file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from auditor.formats.document import Block, Document, Fence
from auditor.formats.document_draft import Draft
from auditor.formats.errors import Malformed
from auditor.formats.plain_doc import PLAIN_ENDINGS, read_plain
from auditor.formats.text_file import decode

__all__ = ["LIMIT", "Document", "parse", "read"]

LIMIT = 5_000_000
_CODE = "\ufffc"  # stands where code was, so that words around it stay apart
_FRONT = re.compile(r"\A---\n.*?\n(?:---|\.\.\.)(?=\n|\Z)", re.DOTALL)


def read(data: bytes | str, *, name: str = "document.md") -> Document:
    """The document in `data`; the end of `name` tells its markup (.rst, .adoc, .txt, else Markdown).

    Raises TooLarge beyond `LIMIT` bytes, and Malformed for binary content.
    """
    text = decode(data, name=name, limit=LIMIT).text
    ending = name.rpartition("/")[2].rpartition(".")[2].lower()
    if ending in PLAIN_ENDINGS:
        return read_plain(text, ending)
    return _markdown(text, name)


def parse(data: bytes | str, *, name: str = "document.md") -> Document:
    """As `read`, but characters that are no text are left out instead of refused."""
    if (
        isinstance(data, bytes)
        and b"\0" in data
        and not data.startswith((b"\xff\xfe", b"\xfe\xff"))
    ):
        data = data.replace(b"\0", b"")
    return read(data, name=name)


def _markdown(text: str, name: str) -> Document:
    text = _FRONT.sub(lambda front: "\n" * front.group().count("\n"), text)
    try:
        tokens = MarkdownIt("commonmark").enable("table").parse(text)
    except (RecursionError, IndexError, ValueError):
        # Nesting beyond what the parser bears.
        raise Malformed(f"{name} cannot be read as Markdown.") from None
    return _Reader().read(tokens)


class _Reader:
    def __init__(self) -> None:
        self._draft = Draft()
        self._row: list[str] = []
        self._in_head = False
        self._line = 1

    def read(self, tokens: Sequence[Token]) -> Document:
        draft = self._draft
        for at, token in enumerate(tokens):
            self._line = token.map[0] + 1 if token.map else self._line
            if token.type in ("fence", "code_block"):
                language = token.info.strip().partition(" ")[0].lower()
                draft.fences.append(Fence(language, token.content, self._line))
            elif token.type == "html_block":
                draft.prose(draft.html(token.content, self._line), self._line)
            elif token.type in ("thead_open", "thead_close"):
                self._in_head = token.type == "thead_open"
            elif token.type == "tr_open":
                self._row = []
            elif token.type == "tr_close" and not self._in_head:
                draft.prose(" | ".join(self._row), self._line)
            elif token.type == "inline":
                self._inline(token.children or [], tokens[max(at - 2, 0) : at])
        return draft.document()

    def _inline(self, children: list[Token], before: Sequence[Token]) -> None:
        """A run of text, `before` being the two tokens in front of it."""
        said = self._said(children)
        opening = before[-1].type if before else ""
        if opening == "heading_open":
            self._draft.heading(int(before[-1].tag[1]), said.replace(_CODE, ""), self._line)
        elif opening == "th_open":
            self._draft.label(said, self._line)
        elif opening == "td_open":
            self._row.append(said)
        else:
            self._labels(children)
            if len(before) > 1 and before[-2].type == "list_item_open":
                said = self._draft.item(said, self._line)
            self._draft.prose(said, self._line)

    def _said(self, children: list[Token]) -> str:
        """The text of a run, its links and code taken out on the way."""
        said: list[str] = []
        line = self._line
        for child in children:
            if child.type == "text":
                said.append(child.content)
            elif child.type in ("softbreak", "hardbreak"):
                said.append("\n")
                line += 1
            elif child.type == "code_inline":
                self._draft.code_spans.append(Block(child.content.strip(), line))
                said.append(_CODE)
            elif child.type == "html_inline":
                said.append(self._draft.html(child.content, line))
            elif child.type == "link_open":
                self._draft.link(str(child.attrGet("href") or ""), line)
            elif child.type == "image":
                self._draft.link(str(child.attrGet("src") or ""), line, image=True)
        return "".join(said)

    def _labels(self, children: list[Token]) -> None:
        """Bold text at the start of a line of a paragraph is a label."""
        line = self._line
        at_start, opened = True, False
        for child in children:
            if child.type in ("softbreak", "hardbreak"):
                at_start, line = True, line + 1
            elif child.type == "strong_open":
                opened = at_start
            elif child.type == "text" and opened:
                self._draft.label(child.content, line)
                at_start = opened = False
            elif child.content.strip():
                at_start = opened = False
