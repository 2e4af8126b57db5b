"""The trend of a service on a terminal: what was proven, what was unknown and what failed, over time.

The axis is time, not runs, and a column shows what the last audit before its end said: nothing is drawn
that no audit said. Shares are rounded down, so that a bar never looks better than it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

from auditor.model.history import RunKind, TrendPoint
from auditor.report import history_words as words
from auditor.report.history_text import Screen
from auditor.report.summary import counted, percent
from auditor.report.text import one_line

_ROWS = 12
_LABEL = 6
_SGR = {"full": "\x1b[32m", "may": "\x1b[33m", "fail": "\x1b[31m", "end": "\x1b[0m"}


@dataclass(frozen=True, slots=True)
class _Signs:
    full: str
    may: str
    parts: str
    """Eighths of a cell, from none to seven."""
    axis: str
    corner: str
    ready: str
    lost: str


_UNICODE = _Signs("█", "▒", " ▁▂▃▄▅▆▇", "│", "└", "┈", " ")
_ASCII = _Signs("#", ":", "        ", "|", "+", "-", " ")


def sampled(points: Sequence[TrendPoint], cells: int) -> list[TrendPoint]:
    """The point that held at the end of each of `cells` equal stretches of time; all alike for one point."""
    first, last = points[0].run.head.at, points[-1].run.head.at
    found, at = [], 0
    for cell in range(cells):
        end = first + (last - first) * (cell + 1) / cells
        while at + 1 < len(points) and points[at + 1].run.head.at <= end:
            at += 1
        found.append(points[at])
    return found


def chart(points: Sequence[TrendPoint], screen: Screen) -> str:
    """The chart with what it says in words below. There is at least one point."""
    return "\n".join(line.rstrip() for line in _lines(points, screen)) + "\n"


def _lines(points: Sequence[TrendPoint], screen: Screen) -> Iterator[str]:
    signs = _ASCII if screen.ascii_only else _UNICODE
    cells = max(screen.width - _LABEL - 2, 20)
    columns = sampled(points, cells)
    last = points[-1].run
    yield one_line(
        f"{last.service.name}: {words.level(last)} - {percent(last.head.score.proven)} proven,"
        f" {counted(last.head.open_blockers, 'open blocker')}"
    )
    goal = last.head.ready_from
    legend = f"{signs.full} proven  {signs.may} unknown  (blank) failed"
    yield f"{legend}  {signs.ready} ready from {goal:g} %"
    yield ""
    for row in range(_ROWS, 0, -1):
        cells_of_row = "".join(_cell(point, row, signs, goal, screen.colour) for point in columns)
        yield f"{_label(row, goal):>{_LABEL}} {signs.axis}{cells_of_row}"
    yield f"{'0 %':>{_LABEL}} {signs.corner}{'-' * cells if screen.ascii_only else '─' * cells}"
    yield _dates(points, cells)
    yield ""
    yield from _words(points)


def _label(row: int, goal: float) -> str:
    """The goal's label stands in the place of another one."""
    return {_ROWS: "100 %", _ROWS // 2: "50 %", _row_of(goal): f"{goal:.0f} %"}.get(row, "")


def _row_of(share: float) -> int:
    return max(1, ceil(share * _ROWS / 100))


def _cell(point: TrendPoint, row: int, signs: _Signs, goal: float, colour: bool) -> str:
    """The cell of a row, counted from the bottom, which stands for a twelfth of all."""
    score = point.run.head.score
    eighths = int(score.proven * _ROWS * 8) - (row - 1) * 8
    may = int(score.possible * _ROWS) >= row
    if eighths >= 8:
        return _painted(signs.full, "full", colour)
    if eighths > 0 and signs.parts[eighths] != " ":
        return _painted(signs.parts[eighths], "full", colour)
    if may:
        return _painted(signs.may, "may", colour)
    return signs.ready if row == _row_of(goal) else signs.lost


def _painted(sign: str, kind: str, colour: bool) -> str:
    return f"{_SGR[kind]}{sign}{_SGR['end']}" if colour else sign


def _dates(points: Sequence[TrendPoint], cells: int) -> str:
    first, last = words.day(points[0].run.head.at), words.day(points[-1].run.head.at)
    if first == last:
        return " " * (_LABEL + 2) + first
    return " " * (_LABEL + 2) + first + last.rjust(cells - len(first))


def _words(points: Sequence[TrendPoint]) -> Iterator[str]:
    first, last = points[0].run, points[-1].run
    best = max(points, key=lambda p: (p.run.head.score.proven, p.run.head.at)).run
    yield (
        f"proven    {percent(first.head.score.proven)} -> {percent(last.head.score.proven)},"
        f" highest {percent(best.head.score.proven)} on {words.day(best.head.at)}"
    )
    yield f"blockers  {first.head.open_blockers} -> {last.head.open_blockers} open"
    yield f"criticals {first.head.open_criticals} -> {last.head.open_criticals} open"
    filled = sum(p.run.head.kind is RunKind.BACKFILL for p in points)
    note = f", {filled} backfilled from the repository alone" if filled else ""
    yield f"{counted(len(points), 'run')}{note}"
    for before, after in pairwise(points):
        if before.run.head.checklist_digest != after.run.head.checklist_digest:
            yield f"The checklist changed on {words.day(after.run.head.at)} (run {after.run.id})."
