"""The use case of planning: an audit or a kept bundle, the efforts that people state, and the way to a level."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from fractions import Fraction
from pathlib import Path

from auditor.collect.runner import Progress
from auditor.collect.target import WrongUse, find_target
from auditor.evaluate.plan import make_plan
from auditor.evaluate.plan_calendar import Calendar, TooLong
from auditor.evaluate.tree import constraints
from auditor.formats.text.config_text import Mistake, nearest
from auditor.model.item import Item
from auditor.model.plan import HOUR_S, Action, Effort, Plan
from auditor.model.probe import ProbeSpec
from auditor.model.report import Report
from auditor.model.verdict import Verdict
from auditor.pipeline import Options, audit, rescore
from auditor.report.steps import next_step
from auditor.settings import Settings
from auditor.store import bundle

_EVERYWHERE = ("repo.inventory", "live.given")
"""Probes that many items ask in passing; they join nothing."""
_RUNS = ("reports.", "live.", "monitoring.")
"""Where the probes live whose evidence one run makes, for whatever section asks for it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the plan should count with. `efforts` are hours by item id; `without` are patterns of ids."""

    level: str
    calendar: Calendar
    efforts: Mapping[str, Fraction] = field(default_factory=dict)
    without: Sequence[str] = ()
    assumed: Fraction = Fraction(4)


@dataclass(frozen=True, slots=True)
class Planned:
    """The plan, the report that it starts from, and what else to tell."""

    plan: Plan
    report: Report
    notes: tuple[str, ...] = ()


def plan(
    options: Options, folder: Path | None, asked: Asked, progress: Progress | None = None
) -> Planned:
    """Plan from the bundle in `folder`, else from an audit made now.

    Raises WrongUse and Mistake, and what `rescore` or `audit` raises.
    """
    if folder is not None:
        report = rescore(folder, options.checklist)
        _, seen = bundle.opened(bundle.load(folder))
    else:
        done = audit(options, progress)
        report = done.report
        _, seen = bundle.opened(done.files)
    settings, notes = _settings(options, report, is_bundle=folder is not None)
    efforts = _efforts(report, settings, asked)
    without = _without(report, asked.without)
    try:
        made = make_plan(
            report, asked.level, efforts, asked.calendar,
            actions=actions(report, seen.probes), without=without,
        )  # fmt: skip
    except TooLong as error:
        raise WrongUse(
            f"There is no such plan: {error}. Start earlier, or give more --hours-per-day."
        ) from None
    return Planned(made, report, notes)


def _settings(
    options: Options, report: Report, *, is_bundle: bool
) -> tuple[Settings, tuple[str, ...]]:
    """auditor.yaml; one that names another service than the bundle says nothing about it."""
    found = find_target(options.path, root=options.root or ".", config=options.config)
    service = found.settings.service
    if is_bundle and options.config is None and service not in (None, report.target.service):
        if not found.settings.effort:
            return Settings(), ()
        note = (
            f"The efforts in {found.settings.file} are those of {service}, and the bundle is of"
            f" {report.target.service}: they were left aside. Name the file with --config to use it."
        )
        return Settings(), (note,)
    return found.settings, ()


def _efforts(report: Report, settings: Settings, asked: Asked) -> dict[str, Effort]:
    """The effort of every item: of the command line, of auditor.yaml, of the checklist, else assumed."""
    items = report.checklist.items()
    for name in settings.effort:
        if complaint := _unknown(name, items):
            raise Mistake(settings.file or "auditor.yaml", f"effort: {complaint}")
    for name in asked.efforts:
        if complaint := _unknown(name, items):
            raise WrongUse(f"--effort: {complaint}")
    return {v.item.id: _effort(v, settings, asked) for v in report.verdicts()}


def _unknown(name: str, items: Sequence[Item]) -> str:
    """What is wrong with the id of an item, "" where nothing is."""
    if any(i.id == name for i in items):
        return ""
    whole = next((i.id for i in items for c in i.checks if c.id == name), None)
    if whole is not None:
        return f"{name} is a part of {whole}; give the effort of that."
    by_number = next((i.id for i in items if i.number == name), None)
    hint = f" Number {name} is {by_number}." if by_number else nearest(name, [i.id for i in items])
    return f"no item is called {name!r}.{hint}"


def _effort(verdict: Verdict, settings: Settings, asked: Asked) -> Effort:
    item = verdict.item
    if item.id in asked.efforts:
        return Effort(asked.efforts[item.id], "command line")
    if item.id in settings.effort:
        return Effort(settings.effort[item.id], "auditor.yaml")
    if item.effort_h > 0:
        return Effort(_hours(item), "checklist")
    parts = [c.item for c in verdict.checks if c.open]
    if parts and all(p.effort_h > 0 for p in parts):
        return Effort(sum((_hours(p) for p in parts), Fraction(0)), "checklist")
    return Effort(asked.assumed, "assumed")


def _hours(item: Item) -> Fraction:
    return Fraction(round(item.effort_h * HOUR_S), HOUR_S)


def _without(report: Report, patterns: Iterable[str]) -> frozenset[str]:
    """The items that patterns select. Raises WrongUse for one that selects none."""
    ids = [v.item.id for v in report.verdicts()]
    found: set[str] = set()
    for pattern in patterns:
        some = {name for name in ids if fnmatch(name, pattern)}
        if not some:
            raise WrongUse(f"--without {pattern} selects no item.{nearest(pattern, ids)}")
        found |= some
    return frozenset(found)


def actions(report: Report, probes: Iterable[ProbeSpec]) -> dict[str, tuple[Action, ...]]:
    """Item id → what the item shares with others: the command of its next step, and what decides it.

    Two items are decided by the same look where their requirements ask the same probes: of one section,
    or, where a run makes that evidence, of any.
    """
    specs = list(probes)
    owners = {fact.key: spec.id for spec in specs for fact in spec.emits}
    titles = {spec.id: spec.title for spec in specs}
    found: dict[str, tuple[Action, ...]] = {}
    for category in report.categories:
        for section in category.sections:
            for verdict in section.verdicts:
                if verdict.open:
                    some = (
                        _look(verdict, owners, titles, section.section.title),
                        _command(verdict),
                    )
                    found[verdict.item.id] = tuple(a for a in some if a is not None)
    return found


def _command(verdict: Verdict) -> Action | None:
    command = " ".join(next_step(verdict).command.split())
    return Action(f"run: {command}", command) if command else None


def _look(
    verdict: Verdict, owners: Mapping[str, str], titles: Mapping[str, str], section: str
) -> Action | None:
    asked = [c for i in (verdict.item, *verdict.item.checks) for c in constraints(i.require)]
    known = dict.fromkeys(owners.get(c.key) for c in asked)
    looks = [p for p in known if p is not None and p not in _EVERYWHERE]
    if not looks:
        return None
    key = f"probes: {', '.join(sorted(looks))}"
    if all(look.startswith(_RUNS) for look in looks):
        return Action(key, titles[looks[0]])
    return Action(f"{key}, of {section}", section)
