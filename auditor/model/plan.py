"""A way to a level of readiness: what to do, in which order, on which days, and what it will be worth."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from auditor.model.item import Severity
from auditor.model.verdict import Score, Verdict

HOUR_S = 3600
"""Efforts are told to the second; below that a float of hours is only noise."""


@dataclass(frozen=True, slots=True)
class Effort:
    """Hours of work, and who says so: command line, auditor.yaml, checklist or assumed."""

    hours: Fraction
    source: str = "checklist"


@dataclass(frozen=True, slots=True)
class Action:
    """Something that several items wait for: a command, or a look that decides them all.

    Items with an action of the same `key` are one package of work, called `name`.
    """

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Goal:
    """A level of readiness: the share that must be proven, and the severities of which nothing may be open."""

    level: str
    threshold: Fraction
    severities: tuple[Severity, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """Where the service stands: its score and level, and how many items of a severity are open.

    `open` counts what is neither waived nor pending.
    """

    score: Score
    level: str
    open: dict[str, int]


@dataclass(frozen=True, slots=True)
class Task:
    """An open item with its effort, what it is worth (a share of the total), and why the level needs it.

    `needed` is empty where the item is only chosen for its worth.
    """

    verdict: Verdict
    effort: Effort
    gain: Fraction
    needed: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A package of work: its tasks, its days, and where the service stands after it.

    `hours_done` is the work up to the end of this step.
    """

    name: str
    action: str
    tasks: tuple[Task, ...]
    start: date
    finish: date
    hours_done: Fraction
    after: Mark

    @property
    def hours(self) -> Fraction:
        """The work of this step."""
        return hours_of(self.tasks)

    @property
    def gain(self) -> Fraction:
        """What its items are worth, as a share of the total."""
        return sum((t.gain for t in self.tasks), Fraction(0))

    @property
    def needed(self) -> bool:
        """Whether the level cannot be reached without it, whatever the score."""
        return any(t.needed for t in self.tasks)


@dataclass(frozen=True, slots=True)
class Plan:
    """The cheapest way to a goal. Where `obstacles` say why there is none, the steps lead as near as can be.

    `left_out` are the open items that the goal does not need.
    """

    goal: Goal
    now: Mark
    steps: tuple[Step, ...]
    left_out: tuple[Task, ...]
    obstacles: tuple[str, ...]
    start: date
    hours_per_day: Fraction
    weekends: bool

    @property
    def tasks(self) -> list[Task]:
        """Every task, in the order of the steps."""
        return [t for s in self.steps for t in s.tasks]

    @property
    def hours(self) -> Fraction:
        """All the work."""
        return hours_of(self.tasks)

    @property
    def end(self) -> Mark:
        """Where the service stands when all of it is done."""
        return self.steps[-1].after if self.steps else self.now

    @property
    def finish(self) -> date:
        """The last day of work."""
        return self.steps[-1].finish if self.steps else self.start


def hours_of(tasks: Iterable[Task]) -> Fraction:
    """The work of some tasks."""
    return sum((t.effort.hours for t in tasks), Fraction(0))
