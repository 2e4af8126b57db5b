"""A plan as JSON, in a published shape. Fields may be added, never renamed."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import msgspec

from auditor.model.plan import Mark, Step, Task
from auditor.report.plan_words import Sheet, milestones, name, taken_for_granted, working_days
from auditor.report.steps import next_step
from auditor.report.summary import percent_number
from auditor.report.text import json_safe


class Service(msgspec.Struct):
    """What is planned for: the audit that the plan starts from."""

    service: str
    repository: str
    root: str
    commit: str | None
    audited_at: str
    tool_version: str
    checklist: str
    checklist_version: str
    checklist_digest: str
    bundle_digest: str


class Goal(msgspec.Struct):
    """The level to reach: percent proven, and the severities of which nothing may be open."""

    level: str
    threshold: float
    severities: list[str]


class State(msgspec.Struct):
    """A score in percent, the level, and open items by severity."""

    level: str
    proven: float
    possible: float
    coverage: float
    open: dict[str, int]


class Calendar(msgspec.Struct):
    """ISO dates; `days` is the number of working days."""

    start: str
    finish: str
    days: int
    hours_per_day: float
    weekends: bool


class Item(msgspec.Struct):
    """An open item. `gain` is in percent of the total; `needed` says why the level needs it, if it does.

    `effort_source` is command line, auditor.yaml, checklist or assumed.
    """

    id: str
    number: str
    title: str
    severity: str
    verdict: str
    waived: bool
    pending: str
    hours: float
    effort_source: str
    gain: float
    needed: str
    next_step: str


class PlanStep(msgspec.Struct):
    """A package of work; `action` is what its items share, empty for a single one."""

    number: int
    title: str
    action: str
    items: list[Item]
    hours: float
    hours_done: float
    start: str
    finish: str
    gain: float
    after: State
    reached: str


class Document(msgspec.Struct):
    """The whole plan. `reachable` is false where `obstacles` say why the goal cannot be reached."""

    schema_version: str
    about: Service
    goal: Goal
    reachable: bool
    obstacles: list[str]
    now: State
    end: State
    hours: float
    calendar: Calendar
    steps: list[PlanStep]
    left_out: list[Item]
    notes: list[str]


def render(sheet: Sheet) -> str:
    """Indented JSON; the same plan gives the same bytes."""
    plain = msgspec.to_builtins(document(sheet))
    return json_safe(json.dumps(plain, indent=2, ensure_ascii=False, allow_nan=False)) + "\n"


def schema() -> dict[str, Any]:
    """The JSON Schema of a plan, published as config/schemas/plan.schema.json."""
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The plan of auditor as JSON",
        "description": "Schema version 1. Fields may be added, never renamed.",
    }
    return head | msgspec.json.schema(Document)


def document(sheet: Sheet) -> Document:
    """The plan in the shape of its JSON."""
    plan = sheet.plan
    reached = milestones(plan)
    return Document(
        schema_version="1",
        about=_service(sheet),
        goal=Goal(
            plan.goal.level,
            float(plan.goal.threshold * 100),
            [s.value for s in plan.goal.severities],
        ),
        reachable=not plan.obstacles,
        obstacles=list(plan.obstacles),
        now=_state(plan.now),
        end=_state(plan.end),
        hours=_number(plan.hours),
        calendar=Calendar(
            plan.start.isoformat(),
            plan.finish.isoformat(),
            working_days(plan),
            _number(plan.hours_per_day),
            plan.weekends,
        ),
        steps=[_step(at, step, reached.get(at, "")) for at, step in enumerate(plan.steps)],
        left_out=[_item(t) for t in plan.left_out],
        notes=list(taken_for_granted(sheet)),
    )


def _service(sheet: Sheet) -> Service:
    report = sheet.report
    target, checklist = report.target, report.checklist
    return Service(
        service=target.service,
        repository=target.repository,
        root=target.root,
        commit=target.commit,
        audited_at=report.started_at,
        tool_version=report.tool_version,
        checklist=checklist.id,
        checklist_version=checklist.version,
        checklist_digest=checklist.digest,
        bundle_digest=report.bundle_digest,
    )


def _state(mark: Mark) -> State:
    score = mark.score
    return State(
        level=mark.level,
        proven=percent_number(score.proven),
        possible=percent_number(score.possible),
        coverage=percent_number(score.coverage),
        open=dict(mark.open),
    )


def _step(at: int, step: Step, reached: str) -> PlanStep:
    return PlanStep(
        number=at + 1,
        title=name(step),
        action=step.action,
        items=[_item(t) for t in step.tasks],
        hours=_number(step.hours),
        hours_done=_number(step.hours_done),
        start=step.start.isoformat(),
        finish=step.finish.isoformat(),
        gain=percent_number(step.gain),
        after=_state(step.after),
        reached=reached,
    )


def _item(task: Task) -> Item:
    verdict = task.verdict
    item = verdict.item
    return Item(
        id=item.id,
        number=item.number,
        title=item.title,
        severity=item.severity.value,
        verdict=verdict.outcome.value,
        waived=verdict.waived is not None,
        pending=verdict.pending,
        hours=_number(task.effort.hours),
        effort_source=task.effort.source,
        gain=percent_number(task.gain),
        needed=task.needed,
        next_step=str(next_step(verdict)),
    )


def _number(hours: Fraction) -> float:
    return round(float(hours), 4)
