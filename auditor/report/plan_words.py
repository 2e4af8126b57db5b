"""What every form of a plan says alike: its headline, days, milestones, and what it takes for granted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import ceil

from auditor.model.plan import Goal, Mark, Plan, Step, Task, hours_of
from auditor.model.report import Report
from auditor.model.verdict import Outcome
from auditor.report.summary import LEVEL_WORDS, counted, percent

_MOST_NAMED = 5
_FEATURES_DECLARED = "core.features.declared"
"""The item that stands for features nobody has declared: other items will come in its place."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A plan to show: the report that it starts from, and notes on how it was made."""

    plan: Plan
    report: Report
    notes: tuple[str, ...] = ()


def hours(number: Fraction) -> str:
    """`4 h`, `1.5 h`, `1,250 h`."""
    rounded = f"{float(number):,.2f}".rstrip("0").rstrip(".")
    return f"{rounded} h"


def day(when: date, *, year: bool = False) -> str:
    """`5 Oct`, or `5 Oct 2026`."""
    return f"{when.day} {when:%b} {when.year}" if year else f"{when.day} {when:%b}"


def days(start: date, finish: date) -> str:
    """`5 Oct`, or `5 Oct - 7 Oct`."""
    return day(start) if start == finish else f"{day(start)} - {day(finish)}"


def level(name: str) -> str:
    """A level as a reader sees it."""
    return LEVEL_WORDS.get(name, name.replace("_", " ").upper())


def share(number: Fraction) -> str:
    """A share that is wanted: `80 %`, `97.5 %`."""
    return f"{float(number * 100):g} %"


def wanted(goal: Goal) -> str:
    """What a goal takes: `80 % proven and no open blocker`."""
    names = [s.value for s in goal.severities]
    if len(names) > 2:
        return f"{share(goal.threshold)} proven and nothing open"
    item = " item" if len(names) > 1 else ""
    return f"{share(goal.threshold)} proven and no open {' or '.join(names)}{item}"


def headline(sheet: Sheet) -> list[str]:
    """The plan in two or three sentences."""
    plan = sheet.plan
    service = sheet.report.target.service
    stands = f"{service} is {level(plan.now.level)}, with {percent(plan.now.score.proven)} proven."
    aim = f"{level(plan.goal.level)} takes {wanted(plan.goal)}."
    if not plan.steps and not plan.obstacles:
        return [stands, aim, "It is reached already: there is nothing to do."]
    if plan.obstacles:
        said = [stands, aim, "It cannot be reached:", *plan.obstacles]
        return [*said, f"The steps lead as near as can be: {_size(plan)}."] if plan.steps else said
    return [stands, aim, f"The cheapest way takes {_size(plan)}."]


def _size(plan: Plan) -> str:
    items = counted(len(plan.tasks), "item")
    count = counted(working_days(plan), "working day")
    when = (
        f"{plan.start:%a} {day(plan.start, year=True)} to {plan.finish:%a} {day(plan.finish, year=True)}"
        if plan.start != plan.finish
        else f"{plan.start:%a} {day(plan.start, year=True)}"
    )
    return f"{items} and {hours(plan.hours)}: {count} of {hours(plan.hours_per_day)}, {when}"


def working_days(plan: Plan) -> int:
    """How many days of work it is."""
    return ceil(plan.hours / plan.hours_per_day)


def milestones(plan: Plan) -> dict[int, str]:
    """Place of a step (from 0) → what is reached with it: no blocker open, or a level."""
    found: dict[int, str] = {}
    before: Mark = plan.now
    for at, step in enumerate(plan.steps):
        said = []
        if before.open["blocker"] and not step.after.open["blocker"]:
            said.append("no blocker is open any more")
        if before.open["critical"] and not step.after.open["critical"]:
            said.append("no critical item is open any more")
        if step.after.level != before.level:
            said.append(level(step.after.level))
        if said:
            found[at] = ", ".join(said)
        before = step.after
    return found


def taken_for_granted(sheet: Sheet) -> Iterator[str]:
    """How it was counted, in sentences: efforts, unknown items, waivers, and what nobody can foresee."""
    plan = sheet.plan
    tasks = [*plan.tasks, *plan.left_out]
    if plan.tasks:
        yield from _efforts(tasks)
        unseen = [t for t in plan.tasks if t.verdict.outcome is Outcome.UNKNOWN]
        if unseen:
            yield (
                f"{hours(hours_of(unseen))} of the {hours(plan.hours)} are for"
                f" {counted(len(unseen), 'item')} that {'is' if len(unseen) == 1 else 'are'} unknown:"
                " evidence may show that some of it is done. Ask first: auditor doctor"
            )
        if any(len(s.tasks) > 1 for s in plan.steps):
            yield "What one action decides is one step, and its work is the sum of its items'."
        yield "It counts on each item passing when its work is done, and on nothing failing or going stale meanwhile."
    if any(t.verdict.item.id == _FEATURES_DECLARED for t in plan.tasks):
        yield (
            f"{_FEATURES_DECLARED} makes room for one item for each feature that is declared, and those"
            " have to be proven too: plan again after it."
        )
    waived = sum(t.verdict.waived is not None for t in tasks)
    if waived:
        yield f"{counted(waived, 'waived item')} add{'s' if waived == 1 else ''} nothing to the score."
    yield from sheet.notes


def _efforts(tasks: Sequence[Task]) -> Iterator[str]:
    stated = [t for t in tasks if t.effort.source != "assumed"]
    groups = [
        (source, sum(t.effort.source == source for t in stated))
        for source in ("checklist", "auditor.yaml", "command line")
    ]
    said = [f"{n} from the {s}" if s != "auditor.yaml" else f"{n} from {s}" for s, n in groups if n]
    if said:
        yield f"Efforts of open items: {', '.join(said)}."
    assumed = [t for t in tasks if t.effort.source == "assumed"]
    if assumed:
        names = [t.verdict.item.id for t in assumed]
        more = len(names) - _MOST_NAMED
        shown = ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
        yield (
            f"Nobody states an effort for {counted(len(names), 'item')}, so"
            f" {hours(assumed[0].effort.hours)} {'is' if len(names) == 1 else 'each are'} assumed: {shown}."
            " Say better with effort: in auditor.yaml."
        )


def open_words(mark: Mark) -> str:
    """`2 blockers, 7 critical` that are open; "" where none is."""
    parts = [
        (mark.open["blocker"], "blocker", "blockers"),
        (mark.open["critical"], "critical", "critical"),
    ]
    return ", ".join(counted(n, one, many) for n, one, many in parts if n)


def kind(task: Task) -> str:
    """The severity of an item, and why it must be done whatever the score, where it must."""
    severity = task.verdict.item.severity.value
    special = task.needed if task.needed not in ("", f"open {severity}") else ""
    return f"{severity}, {special}" if special else severity


def name(step: Step) -> str:
    """What a step is called: its only item by number and title, else what its items share."""
    item = step.tasks[0].verdict.item
    return f"{item.number} {item.title}" if len(step.tasks) == 1 else step.name
