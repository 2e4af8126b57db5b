"""Reads a checklist that people keep as Markdown: headings, tasks, tables, each with its exact place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from auditor.formats.checklists.blocks import Line, classified
from auditor.formats.checklists.headings import read_heading
from auditor.formats.checklists.mojibake import repair
from auditor.formats.checklists.parts import Heading, Row, Task, TaskDocument
from auditor.formats.checklists.tables import cells as row_cells
from auditor.formats.checklists.titles import bare, is_pictograph, read_title
from auditor.formats.checklists.words import Words, fold
from auditor.formats.text.errors import Malformed, TooLarge

LIMIT = 64_000_000
UNTITLED = "(untitled)"
DEEPEST = 3
"""Levels of tasks below a task; those deeper are taken as of this level."""
_LOOKED_AT = 4000
"""Characters of a line behind its indentation; of longer ones the rest is nobody's title."""
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+\Z")
_ITEM = re.compile(r"(?P<lead>[ \t>]*)(?P<mark>[-*+]|\d{1,9}[.)])(?P<gap>[ \t]+)")
_BOX = re.compile(r"\[(?P<sign>[ xX])\](?=[ \t]|$)|(?P<glyph>[☐☑☒])(?=[ \t\ufe0f]|$)")
_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]+|$)")
_UNDERLINE = re.compile(r" {0,3}(=+|-{2,})[ \t]*$")
_LEGEND = re.compile(r"[\s>*|-]*(\S)\ufe0f?\s+\**([^\W\d_]+)\**\s*(?:[-–—:=|]|$)")
_TICKED = frozenset("xX☑☒")


def read(data: bytes, words: Words, *, name: str = "The file") -> TaskDocument:
    """The checklist in `data`. Raises TooLarge beyond `LIMIT` bytes, Malformed for what is no text."""
    lines = split(data, name=name)
    ends = [line.rstrip("\r\n") for line in lines]
    if ends:
        ends[0] = ends[0].removeprefix("\ufeff")
    fixed = repair(ends)
    every = list(classified(fixed.lines))
    legend = _legend(every, words)
    reader = _Reader(words.with_signs(legend))
    for at, line in enumerate(every, 1):
        reader.take(line, every[at] if at < len(every) else None)
    return TaskDocument(
        lines=lines,
        shown=fixed.lines,
        headings=tuple(reader.headings),
        tasks=tuple(reader.finished()),
        rows=tuple(reader.rows),
        in_code=tuple(reader.in_code),
        prose=tuple(line.number for line in every if line.kind in ("text", "drawing")),
        page=fixed.page,
        repaired=fixed.changed,
        lost=fixed.lost,
        flattened=reader.flattened,
        legend=legend,
    )


def split(data: bytes, *, name: str = "The file") -> tuple[str, ...]:
    """The lines with their ends, so that joined and encoded they are the same bytes again (`joined`)."""
    if len(data) > LIMIT:
        raise TooLarge(f"{name} is larger than the limit of {LIMIT:,} bytes.")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise Malformed(f"{name} is UTF-16; save it as UTF-8.")
    if 0 in data:
        line = data.count(b"\n", 0, data.index(0)) + 1
        raise Malformed(f"{name} is not text: it holds a NUL character.", line=line)
    text = data.decode("utf-8", "surrogateescape")
    odd = sum("\udc80" <= char <= "\udcff" for char in text[:100_000])
    if odd * 10 > min(len(text), 100_000):
        raise Malformed(f"{name} is not UTF-8 text.")
    return tuple(_LINE.findall(text))


def joined(lines: tuple[str, ...] | list[str]) -> bytes:
    """The bytes of lines that `split` made."""
    return "".join(lines).encode("utf-8", "surrogateescape")


def _legend(lines: list[Line], words: Words) -> dict[str, str]:
    """What the file itself says that its signs mean: `🔴 BLOCKER - must fix`."""
    found: dict[str, str] = {}
    for line in lines[:400]:
        if line.kind not in ("text", "drawing") or line.text.isascii():
            continue
        match = _LEGEND.match(line.text[:200])
        if match and is_pictograph(match[1]) and match[2].isupper():
            severity = words.words.get(fold(match[2]))
            if severity and "[" not in line.text[: match.end()]:
                found.setdefault(match[1], severity)
    return found


class _Reader:
    def __init__(self, words: Words) -> None:
        self.words = words
        self.headings: list[Heading] = []
        self.tasks: list[Task] = []
        self.rows: list[Row] = []
        self.in_code: list[int] = []
        self.flattened = 0
        self._texts: dict[int, list[str]] = {}
        self._details: dict[int, list[str]] = {}
        self._open: list[tuple[int, int]] = []  # tasks that others may be below: indent, index
        self._above: list[int] = []  # headings that the next one may be below
        self._in_list = self._blank = False
        self._text_of: int | None = None  # the task whose paragraph goes on
        self._table = 0
        self._row_at = -1

    def finished(self) -> Iterator[Task]:
        """The tasks, with the titles that go over several lines."""
        for index, task in enumerate(self.tasks):
            parts = self._texts.get(index, [])
            title = read_title(" ".join(parts), self.words)
            found = task.severity or title.severity or self._by_heading(task.heading)
            yield replace(
                task,
                title=title.text or UNTITLED,
                severity=found,
                note=title.note,
                details=tuple(self._details.get(index, ())),
                cut=title.cut,
                doubt=title.doubt,
                applies=title.applies,
            )

    def take(self, line: Line, below: Line | None) -> None:
        """The next line; `below` is the one after it."""
        text = line.text
        head = text[: len(text) - len(text.lstrip(" \t>")) + _LOOKED_AT]
        if line.kind == "code":
            self._text_of = None
            if _is_task(head):
                self.in_code.append(line.number)
            return
        if line.kind == "drawing":
            if _is_task(head):
                self.in_code.append(line.number)
            self._row(line, head)
            return
        if not head.strip():
            self._blank, self._text_of = True, None
            return
        self._line(line, head, below)
        self._blank = False

    def _line(self, line: Line, head: str, below: Line | None) -> None:
        if line.kind == "text" and self._heading(line, head, below):
            return
        item = _ITEM.match(head)
        if item:
            self._item(line, head, item)
        elif self._row(line, head):
            self._text_of = None
        elif head.lstrip().startswith(">"):
            self._text_of = None  # a quote ends the text of a task
        elif self._text_of is not None and _indent(head) > self.tasks[self._text_of].indent:
            parts = self._texts[self._text_of]
            if len(parts) < 20:
                parts.append(head.strip())
        elif _indent(head) == 0:
            self._text_of = None
            if self._blank:
                self._in_list = False
                self._open = []

    def _heading(self, line: Line, head: str, below: Line | None) -> bool:
        match = _HEADING.match(head)
        if match:
            self._add_heading(line.number, len(match[1]), head[match.end() :].strip().rstrip("#"))
            return True
        under = _UNDERLINE.match(below.text[:200]) if below and below.kind == "text" else None
        plain = self._blank or not self._in_list
        if under and plain and _indent(head) < 4 and not _ITEM.match(head) and "|" not in head:
            self._add_heading(line.number, 1 if under[1][0] == "=" else 2, head.strip())
            return True
        return bool(_UNDERLINE.match(head) and self.headings and self._under(line.number))

    def _under(self, number: int) -> bool:
        return self.headings[-1].line == number - 1

    def _add_heading(self, number: int, level: int, text: str) -> None:
        while self._above and self.headings[self._above[-1]].level >= level:
            self._above.pop()
        parent = self._above[-1] if self._above else None
        self._above.append(len(self.headings))
        self.headings.append(read_heading(number, level, text, parent, self.words))
        self._in_list, self._open, self._text_of = False, [], None

    def _item(self, line: Line, head: str, item: re.Match[str]) -> None:
        indent = _indent(item["lead"])
        box = _BOX.match(head, item.end())
        if indent >= 4 and not self._in_list and ">" not in item["lead"] and line.kind == "text":
            if box:  # an indented block of code
                self.in_code.append(line.number)
            return
        self._in_list = True
        while self._open and indent < self._open[-1][0] + 2:
            self._open.pop()
        above = self._open[-1][1] if self._open else None
        if box is None:
            self._text_of = None
            if above is not None and len(self._details.setdefault(above, [])) < 50:
                self._details[above].append(bare(head[item.end() :])[:500])
            return
        if len(self._open) > DEEPEST:
            self.flattened += 1
            above = self._open[DEEPEST - 1][1]
        sign = "sign" if box["sign"] is not None else "glyph"
        start, end = box.span(sign)
        place = "comment" if line.kind == "comment" else "list"
        self._add(line, box[sign] in _TICKED, (start, end), head[box.end() :], indent, above, place)

    def _add(
        self, line: Line, ticked: bool, span: tuple[int, int], text: str, indent: int,
        above: int | None, place: str, severity: str | None = None,
    ) -> None:  # fmt: skip
        index = len(self.tasks)
        heading = len(self.headings) - 1 if self.headings else None
        self.tasks.append(
            Task(line.number, *span, ticked, "", severity, "", indent, above, heading, place)
        )
        hard = text.endswith(("\\", "  "))
        self._texts[index] = [text.rstrip("\\ \t")]
        self._text_of = None if hard or place == "table" else index
        if place != "table":
            self._open.append((indent, index))

    def _row(self, line: Line, head: str) -> bool:
        cells = row_cells(head)
        if cells is None:
            return False
        if self._row_at != line.number - 1:
            self._table += 1
        self._row_at = line.number
        if not cells:
            return True
        self.rows.append(Row(line.number, self._table, cells))
        box = next(((c, m) for c in cells if (m := _BOX.fullmatch(c.text))), None)
        if box is None or line.kind == "drawing":
            return True
        cell, match = box
        sign = "sign" if match["sign"] is not None else "glyph"
        start = cell.start + match.start(sign)
        told = [s for c in cells if (s := self._severity(c.text))]
        rest = [c.text for c in cells if c is not cell and not self._severity(c.text)]
        named = [c for c in rest if not re.fullmatch(r"[\d.]*", c)]
        if named:
            ticked = match[sign] in _TICKED
            span = (start, start + 1)
            place = "comment" if line.kind == "comment" else "table"
            self._add(line, ticked, span, named[0], 0, None, place, told[0] if told else None)
            self._details[len(self.tasks) - 1] = [bare(c)[:500] for c in named[1:] if bare(c)]
            self._text_of, self._open = None, []
        return True

    def _severity(self, cell: str) -> str | None:
        text = cell.strip("* ")
        sign = text[:1]
        word = self.words.words.get(fold(text[1:] if sign in self.words.signs else text))
        alone = len(text.rstrip("\ufe0f")) == 1
        return word or (self.words.signs.get(sign) if alone else None)

    def _by_heading(self, heading: int | None) -> str | None:
        while heading is not None:
            if self.headings[heading].severity:
                return self.headings[heading].severity
            heading = self.headings[heading].parent
        return None


def _is_task(head: str) -> bool:
    item = _ITEM.match(head)
    return bool(item and _BOX.match(head, item.end()))


def _indent(text: str) -> int:
    """Columns of white space before the first sign; a tab goes to the next multiple of four."""
    columns = 0
    for char in text:
        if char == " ":
            columns += 1
        elif char == "\t":
            columns += 4 - columns % 4
        elif char != ">":
            break
    return columns
