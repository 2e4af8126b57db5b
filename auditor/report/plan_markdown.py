"""A plan as Markdown: a table of steps, and a task list to tick."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.model.plan import Task
from auditor.report.plan_words import (
    Sheet,
    day,
    headline,
    hours,
    kind,
    level,
    milestones,
    name,
    taken_for_granted,
    wanted,
)
from auditor.report.steps import next_step
from auditor.report.summary import percent
from auditor.report.text import clipped, markdown

_LONGEST = 300


def render(sheet: Sheet) -> str:
    """The plan as Markdown, harmless whatever it quotes."""
    return "\n".join([*_lines(sheet), ""])


def _lines(sheet: Sheet) -> Iterator[str]:
    plan = sheet.plan
    yield f"# {markdown(sheet.report.target.service)}: plan to {level(plan.goal.level)}"
    yield ""
    yield f"{level(plan.goal.level)}: {wanted(plan.goal)}."
    for said in headline(sheet):
        yield ""
        yield markdown(said)
    if plan.steps:
        yield from _table(sheet)
        yield from _tasks(sheet)
    if plan.left_out:
        yield from ("", "## Left out", "")
        yield from (f"- {_title(t)} ({kind(t)}, {hours(t.effort.hours)})" for t in plan.left_out)
    granted = list(taken_for_granted(sheet))
    if granted:
        yield from ("", "## How it was counted", "")
        yield from (f"- {markdown(said)}" for said in granted)


def _table(sheet: Sheet) -> Iterator[str]:
    plan = sheet.plan
    reached = milestones(plan)
    yield from ("", "## Steps", "")
    yield "| # | step | hours | from | to | proven | reached |"
    yield "|---:|---|---:|---|---|---:|---|"
    for at, step in enumerate(plan.steps):
        cells = (
            str(at + 1), markdown(name(step)), hours(step.hours), day(step.start, year=True),
            day(step.finish, year=True), percent(step.after.score.proven), reached.get(at, ""),
        )  # fmt: skip
        yield f"| {' | '.join(cells)} |"


def _tasks(sheet: Sheet) -> Iterator[str]:
    yield from ("", "## What to do", "")
    for at, step in enumerate(sheet.plan.steps):
        for task in step.tasks:
            how = markdown(clipped(str(next_step(task.verdict)), _LONGEST))
            facts = f"step {at + 1}, {kind(task)}, {hours(task.effort.hours)}"
            yield f"- [ ] {_title(task)} ({facts})"
            if how:
                yield f"  {how}"


def _title(task: Task) -> str:
    item = task.verdict.item
    return f"{markdown(item.number)} {markdown(item.title)}"
