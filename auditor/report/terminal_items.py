"""Items in the terminal: open ones in detail, the less severe in a line or two each."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from rich.cells import cell_len
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from auditor.model.item import Severity
from auditor.model.verdict import Outcome, Reason, Verdict
from auditor.report import summary
from auditor.report.grouping import told as told_of
from auditor.report.steps import NextStep, next_step
from auditor.report.text import clipped, one_line, plain

_STYLES = {
    Outcome.PASS: "green",
    Outcome.FAIL: "bold red",
    Outcome.UNKNOWN: "bold yellow",
    Outcome.NOT_APPLICABLE: "dim",
}
_INDENT = 4
_PLACES = 3
_LONGEST_TEXT = 400


def detailed(verdict: Verdict, *, reasons: int) -> Iterator[RenderableType]:
    """An item and, where it is open, its first `reasons` reasons, sub-items and next step."""
    yield _head(verdict)
    if not verdict.open:
        return
    told = told_of(verdict)
    for reason in told[:reasons]:
        yield _indented(Text(clipped(reason.text, _LONGEST_TEXT)))
        seen = summary.places(reason)
        if seen:
            more = f" and {len(seen) - _PLACES} more" if len(seen) > _PLACES else ""
            at = f"at {', '.join(seen[:_PLACES])}{more}"
            yield _indented(Text(one_line(at), "dim"))
    left = len(told) - reasons
    if left > 0:
        yield _indented(Text(f"and {summary.counted(left, 'more reason')}", "dim"))
    for check in verdict.checks:
        if check.open:
            yield _indented(_line(check))
    if verdict.waived is not None:
        waiver = verdict.waived
        until = f"waived until {summary.moment(waiver.expires)} by {waiver.owner}"
        words = f"{until}, approved by {waiver.approver}: {waiver.reason}"
        yield _indented(Text(clipped(words, _LONGEST_TEXT), "dim"))
    yield from todo(next_step(verdict), _INDENT)


def todo(step: NextStep, indent: int) -> Iterator[RenderableType]:
    """An arrow and the next step; what is there to paste keeps its lines."""
    block, words = step.block, step
    if "\n" in step.command.strip():
        block, words = step.command.strip(), NextStep(step.advice)
    yield Padding(_arrow(clipped(str(words), _LONGEST_TEXT)), (0, 0, 0, indent))
    if block:
        yield Padding(Text(plain(block), "cyan"), (0, 0, 0, indent + 4))


def brief(verdicts: Collection[Verdict], width: int) -> Iterator[RenderableType]:
    """One line for each item, and below one that fails its first reason, cut to `width` cells."""
    words = max((_word(v).cell_len for v in verdicts), default=0)
    numbers = min(max((cell_len(one_line(v.item.number)) for v in verdicts), default=0), 12)
    for verdict in verdicts:
        grid = Table.grid(padding=(0, 1))
        grid.add_column(no_wrap=True, min_width=words)
        grid.add_column(no_wrap=True, overflow="ellipsis", min_width=numbers, max_width=12)
        grid.add_column(overflow="fold")
        grid.add_row(_word(verdict), Text(one_line(verdict.item.number)), _name(verdict))
        yield grid
        if verdict.outcome is Outcome.FAIL and verdict.reasons:
            glance = _glance(told_of(verdict)[0], width - _INDENT)
            yield _indented(Text(glance, "dim", no_wrap=True, overflow="ellipsis"))


def _glance(reason: Reason, room: int) -> str:
    """A reason and its first place in `room` characters; the place is there in whole, or not at all."""
    whole, seen = clipped(reason.text, room), summary.places(reason)
    at = f" at {one_line(seen[0])}" if seen else ""
    if not at or at.removeprefix(" at ") in whole or len(at) > room // 2:
        return whole
    return clipped(reason.text, room - len(at)) + at


def _head(verdict: Verdict) -> RenderableType:
    return _line(verdict, strong=True)


def _line(verdict: Verdict, *, strong: bool = False) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    title = Text.assemble(f"{one_line(verdict.item.number)} ", (_name(verdict)))
    if strong and verdict.open:
        title.stylize("bold")
    grid.add_row(_word(verdict), title)
    return grid


def _word(verdict: Verdict) -> Text:
    """`✗ FAIL`; a blocker that is unknown blocks as one that fails does, and says so."""
    outcome = verdict.outcome
    word = summary.OUTCOME_WORDS[outcome].upper()
    if verdict.item.severity is Severity.BLOCKER and outcome is Outcome.UNKNOWN:
        word = "FAIL (unknown)"
    return Text(f"{summary.OUTCOME_SIGNS[outcome]} {word}", _STYLES[outcome])


def _name(verdict: Verdict) -> Text:
    name = Text(one_line(summary.title(verdict)))
    over = summary.overlays(verdict)
    if over:
        name.append(f" ({', '.join(over)})", "dim")
    return name


def _arrow(words: str) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=1)
    grid.add_column(overflow="fold")
    grid.add_row(Text("→", "cyan"), Text(words, "cyan"))
    return grid


def _indented(part: RenderableType) -> Padding:
    return Padding(part, (0, 0, 0, _INDENT))
