"""A plan for a terminal: a table of steps that fits the width, without colours."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from auditor.model.plan import Step
from auditor.report.plan_words import (
    Sheet,
    days,
    headline,
    hours,
    kind,
    level,
    milestones,
    name,
    open_words,
    taken_for_granted,
)
from auditor.report.summary import counted, percent
from auditor.report.text import one_line

_NUMBER, _HOURS, _DAYS, _PROVEN = 4, 9, 17, 9
_NARROWEST = 60


def render(sheet: Sheet, *, width: int = 80) -> str:
    """The plan as lines of at most `width` cells (60 at least)."""
    width = max(width, _NARROWEST)
    plan = sheet.plan
    lines = [line for said in headline(sheet) for line in _wrapped(said, width)]
    if plan.steps:
        lines += ["", _row("", "STEP", "HOURS", "DAYS", "PROVEN", width)]
        reached = milestones(plan)
        for at, step in enumerate(plan.steps):
            lines += _step(at, step, width)
            if at in reached:
                lines.append(f"---- {reached[at]} ".ljust(width, "-"))
        lines += ["", *_wrapped(_end(sheet), width)]
    granted = list(taken_for_granted(sheet))
    if granted:
        lines += ["", "HOW IT WAS COUNTED", *_listed(granted, width)]
    return "\n".join([*lines, ""])


def _step(at: int, step: Step, width: int) -> Iterator[str]:
    room = width - _NUMBER - _HOURS - _DAYS - _PROVEN
    title = textwrap.wrap(one_line(name(step)), room - 1, break_long_words=True) or [""]
    after = percent(step.after.score.proven)
    yield _row(str(at + 1), title[0], hours(step.hours), days(step.start, step.finish), after, width)  # fmt: skip
    rest = title[1:]
    if len(step.tasks) == 1:
        rest = [*rest, f"({kind(step.tasks[0])})"]
        if len(rest) > 1 and len(rest[-2]) + len(rest[-1]) < room - 1:
            rest = [*rest[:-2], f"{rest[-2]} {rest[-1]}"]
    yield from (" " * _NUMBER + line for line in rest)
    if len(step.tasks) > 1:
        for task in step.tasks:
            item = task.verdict.item
            said = f"{item.number} {item.title} ({kind(task)}, {hours(task.effort.hours)})"
            yield from textwrap.wrap(
                one_line(said), width, initial_indent=" " * 6, subsequent_indent=" " * 8
            )


def _row(number: str, title: str, work: str, when: str, proven: str, width: int) -> str:
    room = width - _NUMBER - _HOURS - _DAYS - _PROVEN
    cells = (
        f"{number:>{_NUMBER - 1}} ",
        title.ljust(room),
        work.rjust(_HOURS - 2) + "  ",
        when.ljust(_DAYS),
        proven.rjust(_PROVEN),
    )
    return "".join(cells).rstrip()


def _end(sheet: Sheet) -> str:
    plan = sheet.plan
    said = f"Then: {level(plan.end.level)}, {percent(plan.end.score.proven)} proven"
    rest = open_words(plan.end)
    said += f"; still open: {rest}." if rest else "."
    if plan.left_out:
        count = counted(len(plan.left_out), "open item")
        said += f" {count} {'is' if len(plan.left_out) == 1 else 'are'} left out (--format json lists them)."
    return said


def _listed(texts: Iterable[str], width: int) -> Iterator[str]:
    for said in texts:
        yield from textwrap.wrap(
            one_line(said), width, initial_indent="  - ", subsequent_indent="    ",
            break_on_hyphens=False,
        )  # fmt: skip


def _wrapped(said: str, width: int) -> list[str]:
    return textwrap.wrap(one_line(said), width, break_on_hyphens=False)
