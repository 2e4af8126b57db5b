"""Collects what a reader of markup finds, in whatever order, into a document."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from auditor.formats.document import Block, Document, Fence, Heading, Link, Placeholder, Task
from auditor.formats.placeholders import find, find_in_target

LABEL = 7
"""The level of a label, below every heading."""

_LINK = re.compile(
    r"""<(?:a|img|source)\b[^<>]*?\b(?:href|src)\s*=\s*["']([^"'<>]*)["']""", re.IGNORECASE
)
_NAME = re.compile(r"""<[a-z][^<>]*?\b(?:id|name)\s*=\s*["']([^"'<>]+)["']""", re.IGNORECASE)
_HEADING = re.compile(r"<h([1-6])\b[^<>]*>(.{0,1000}?)</h\1\s*>", re.IGNORECASE | re.DOTALL)
_OPENING = re.compile(r"<!--|<(pre|code|script|style)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z][^<>]*>", re.IGNORECASE)
_YOURS = re.compile(r"<\s*(?:your|tu|su)\b[^<>\n]*>", re.IGNORECASE)
_TASK = re.compile(r"\[([ xX])\](?:\s+|$)")


@dataclass(slots=True)
class Draft:
    """A document in the making."""

    headings: list[Heading] = field(default_factory=list)
    labels: list[Heading] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    fences: list[Fence] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    placeholders: list[Placeholder] = field(default_factory=list)
    code_spans: list[Block] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    def heading(self, level: int, text: str, line: int) -> None:
        """Takes a heading."""
        self.headings.append(Heading(level, text.strip(), line))
        self.check(text, line)

    def prose(self, text: str, line: int) -> None:
        """Takes a block of text."""
        if text.strip():
            self.blocks.append(Block(text, line))
            self.check(text, line)

    def item(self, text: str, line: int) -> str:
        """Takes the mark of a task off the text of a list item."""
        mark = _TASK.match(text)
        if mark is None:
            return text
        said = text[mark.end() :]
        self.tasks.append(Task(said.strip(), mark.group(1) != " ", line))
        return said

    def label(self, text: str, line: int) -> None:
        """Takes a bold lead, or a cell in the head of a table."""
        if text.strip(" .:"):
            self.labels.append(Heading(LABEL, text.strip(" .:"), line))

    def check(self, text: str, line: int) -> None:
        """Notes the placeholders in a text."""
        for found, at in find(text):
            self.placeholders.append(Placeholder(found, line + text.count("\n", 0, at)))

    def link(self, target: str, line: int, image: bool = False) -> None:
        """Takes a link; one that leads nowhere is a placeholder."""
        self.links.append(Link(target, line, image))
        self.placeholders += [Placeholder(found, line) for found in find_in_target(target)]

    def html(self, text: str, line: int) -> str:
        """Takes links, headings and anchors out of HTML, and gives the text that is seen."""
        shown = _without_hidden(text)
        for match in _LINK.finditer(shown):
            image = not match.group().lower().startswith("<a")
            self.link(match.group(1), line + shown.count("\n", 0, match.start()), image)
        self.names += _NAME.findall(shown)
        for match in _HEADING.finditer(shown):
            at = line + shown.count("\n", 0, match.start())
            self.heading(int(match.group(1)), _TAG.sub("", match.group(2)), at)
        shown = _HEADING.sub(lambda match: "\n" * match.group().count("\n"), shown)
        return _TAG.sub(lambda tag: tag.group() if _YOURS.fullmatch(tag.group()) else "", shown)

    def document(self) -> Document:
        """The document, its parts in the order of lines."""
        return Document(
            headings=tuple(sorted(self.headings, key=lambda heading: heading.line)),
            labels=tuple(sorted(self.labels, key=lambda label: label.line)),
            blocks=tuple(sorted(self.blocks, key=lambda block: block.line)),
            links=tuple(sorted(self.links, key=lambda link: link.line)),
            fences=tuple(self.fences),
            tasks=tuple(self.tasks),
            placeholders=tuple(sorted(self.placeholders, key=lambda found: found.line)),
            code_spans=tuple(self.code_spans),
            names=tuple(self.names),
        )


def _without_hidden(text: str) -> str:
    """HTML without comments and code, line ends kept."""
    parts: list[str] = []
    at = 0
    while opening := _OPENING.search(text, at):
        parts.append(text[at : opening.start()])
        close = f"</{opening.group(1).lower()}" if opening.group(1) else "-->"
        end = text.lower().find(close, opening.end())
        end = len(text) if end < 0 else text.find(">", end) + 1 or len(text)
        parts.append("\n" * text.count("\n", opening.start(), end))
        at = end
    return "".join([*parts, text[at:]])
