"""The cheapest way from where a service stands to a level of readiness, and its calendar."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from fractions import Fraction

from auditor.evaluate.plan_calendar import Calendar
from auditor.evaluate.plan_optimum import Choice, cheapest
from auditor.evaluate.plan_packages import packages
from auditor.evaluate.plan_score import Projection, gains, standing
from auditor.evaluate.readiness import demands
from auditor.model.item import Severity
from auditor.model.plan import Action, Effort, Goal, Plan, Step, Task, hours_of
from auditor.model.report import Report
from auditor.model.verdict import Verdict

_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


def make_plan(
    report: Report,
    level: str,
    efforts: Mapping[str, Effort],
    calendar: Calendar,
    *,
    actions: Mapping[str, Sequence[Action]] | None = None,
    without: Collection[str] = (),
) -> Plan:
    """The plan to `level` (ready, excellent or perfect). `efforts` has every open item of the report.

    `without` are items that cannot be done. A waiver that ends, or a demand that comes into force,
    before the work is done makes its item count as open. Raises TooLong.
    """
    threshold, severities = demands(report.checklist, level)
    goal = Goal(level, Fraction(threshold) / 100, severities)
    worth = gains(report)
    tasks = [
        Task(v, efforts[v.item.id], worth.get(v.item.id, Fraction(0)))
        for v in report.verdicts()
        if v.open
    ]
    by = calendar.day(0)
    while True:
        marked = [_marked(t, _why(t.verdict, goal, by)) for t in tasks]
        chosen, obstacles = _chosen(report, goal, [t for t in marked if _may(t, without)])
        finish = calendar.days(Fraction(0), hours_of(chosen))[1]
        if finish <= by:
            break
        by = finish
    names = {t.verdict.item.id for t in chosen}
    projection = Projection(report)
    now = projection.mark(date.fromordinal(max(calendar.day(0).toordinal() - 1, 1)))
    return Plan(
        goal=goal,
        now=now,
        steps=tuple(_steps(chosen, calendar, actions or {}, projection)),
        left_out=tuple(t for t in marked if t.verdict.item.id not in names),
        obstacles=(
            *(_barred(t, goal) for t in marked if t.needed and not _may(t, without)),
            *obstacles,
        ),
        start=calendar.day(0),
        hours_per_day=calendar.hours_per_day,
        weekends=calendar.weekends,
    )


def _may(task: Task, without: Collection[str]) -> bool:
    return task.verdict.item.id not in without


def _marked(task: Task, needed: str) -> Task:
    return Task(task.verdict, task.effort, task.gain, needed)


def _why(verdict: Verdict, goal: Goal, by: date) -> str:
    """Why an open item must pass whatever the score, if so; `by` is the last day of the work."""
    severity = verdict.item.severity
    if severity not in goal.severities or not standing(verdict, by).blocks:
        return ""
    word = f"open {severity.value}"
    if verdict.waived is not None:
        return f"{word}: its waiver ends {verdict.waived.expires[:10]}"
    return f"{word} from {verdict.pending} on" if verdict.pending else word


def _barred(task: Task, goal: Goal) -> str:
    item = task.verdict.item
    return f"{item.id} is left out, and {goal.level} needs it ({task.needed}): do it, or waive it for a time."


def _chosen(report: Report, goal: Goal, possible: list[Task]) -> tuple[list[Task], list[str]]:
    """The cheapest of the possible tasks that reach the goal; all of them, and why, where none do."""
    needed = [t for t in possible if t.needed]
    others = sorted(
        (t for t in possible if not t.needed), key=lambda t: _RANKS[t.verdict.item.severity]
    )
    sure = report.score.proven + sum((t.gain for t in needed), Fraction(0))
    places = cheapest([Choice(t.effort.hours, t.gain) for t in others], goal.threshold - sure)
    if places is not None:
        return [*needed, *(others[i] for i in places)], []
    best = sure + sum((t.gain for t in others), Fraction(0))
    return possible, [_out_of_reach(report, goal, best)]


def _out_of_reach(report: Report, goal: Goal, best: Fraction) -> str:
    needs = f"{goal.level} needs {float(goal.threshold * 100):g} %"
    if not any(c.applicable for c in report.categories):
        return f"No item of the checklist applies, so nothing can be proven, and {needs}."
    shown = int(best * 1000) / 10
    if goal.threshold > 1:
        return (
            f"At most {shown:g} % can be proven, and {needs}: lower it in the checklist's levels."
        )
    return f"At most {shown:g} % can be proven with what may be done, and {needs}: leave fewer items out."


def _steps(
    chosen: list[Task],
    calendar: Calendar,
    actions: Mapping[str, Sequence[Action]],
    projection: Projection,
) -> list[Step]:
    steps = []
    done = Fraction(0)
    for package in packages(chosen, actions):
        hours = hours_of(package.tasks)
        first, last = calendar.days(done, hours)
        done += hours
        after = projection.passes([t.verdict.item.id for t in package.tasks], last)
        steps.append(Step(package.name, package.action, package.tasks, first, last, done, after))
    return steps
