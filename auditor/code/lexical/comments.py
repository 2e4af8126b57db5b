"""The comments of a source text, found by the grammar: what is in a string is no comment."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from ast_grep_py import SgNode

from auditor.code.languages import GRAMMARS
from auditor.code.parsing import nodes

_DOC = ("/**", "///", "//!", "/*!", "#:")
_DECLARATION = re.compile(r"\t?(?:func|type|var|const|package|[A-Z]\w*[ (])")
_OPENS_DOC = re.compile(r"(?://|/\*)\s*[A-Z]\w* \w+")
_MARKUP_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment as it stands in the text, its signs included.

    `line` and `column` count from 1 and 0. `alone` says that no code stands on its lines; `doc`
    that it is written for a documentation tool.
    """

    text: str
    line: int
    column: int
    alone: bool
    doc: bool

    @property
    def block(self) -> bool:
        """Whether it has an opening and a closing sign, and so may run over several lines."""
        return self.text.startswith(("/*", "<!--", "=begin", "--[[", "{-"))

    @property
    def end_line(self) -> int:
        """The last line that it stands on."""
        return self.line + self.text.count("\n")


def comments(root: SgNode, grammar: str, text: str) -> list[Comment]:
    """The comments below `root`, in the order of the text."""
    lines = text.split("\n")
    found: list[Comment] = []
    for node in nodes(root, GRAMMARS[grammar].comments):
        place = node.range()
        said = node.text().rstrip()
        end = place.start.line + said.count("\n")
        before = lines[place.start.line][: place.start.column].strip()
        after = "" if place.end.line > end else lines[end][place.end.column :].strip()
        braced = (before, after) == ("{", "}")  # how a comment is written in JSX
        found.append(
            Comment(
                text=said,
                line=place.start.line + 1,
                column=place.start.column,
                alone=braced or not (before or after),
                doc=said.startswith(_DOC) and not said.startswith(("////", "/**/", "/***")),
            )
        )
    return _documented(found, lines) if grammar == "go" else found


def _documented(found: list[Comment], lines: list[str]) -> list[Comment]:
    """Go has no sign for doc comments: they are the prose right above a declaration."""
    first = 0
    for at, comment in enumerate(found):
        if at and (comment.line, comment.column) != (
            found[at - 1].end_line + 1,
            found[at - 1].column,
        ):
            first = at
        below = lines[comment.end_line] if comment.end_line < len(lines) else ""
        if _DECLARATION.match(below) and _OPENS_DOC.match(found[first].text):
            found[first : at + 1] = [replace(c, doc=True) for c in found[first : at + 1]]
    return found


def markup_comments(text: str) -> list[Comment]:
    """The comments of HTML-like text; `alone` is true for all."""
    return [
        Comment(
            text=match[0],
            line=text.count("\n", 0, match.start()) + 1,
            column=match.start() - text.rfind("\n", 0, match.start()) - 1,
            alone=True,
            doc=False,
        )
        for match in _MARKUP_COMMENT.finditer(text)
    ]


def line_comments(text: str, sign: str) -> list[Comment]:
    """The comments from `sign` to the end of a line, found without a grammar: quotes are heeded
    within their line only."""
    found: list[Comment] = []
    for number, line in enumerate(text.split("\n"), 1):
        column = _outside_quotes(line, sign)
        if column is not None:
            alone = not line[:column].strip()
            found.append(Comment(line[column:].rstrip(), number, column, alone, doc=False))
    return found


def _outside_quotes(line: str, sign: str) -> int | None:
    quote, at = "", 0
    while at < len(line):
        letter = line[at]
        if quote:
            at += 1 if letter == "\\" else 0
            quote = "" if letter == quote else quote
        elif line.startswith(sign, at):
            return at
        elif letter in "\"'`":
            quote = letter
        at += 1
    return None
