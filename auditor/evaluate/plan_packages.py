"""Chosen items as packages of work, in the order in which they should be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from auditor.model.item import Severity
from auditor.model.plan import Action, Task, hours_of

_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True)
class Package:
    """Tasks that one action decides, or a single task; `action` is the key that they share."""

    name: str
    action: str
    tasks: tuple[Task, ...]

    @property
    def gain(self) -> Fraction:
        """What its tasks are worth together."""
        return sum((t.gain for t in self.tasks), Fraction(0))


def packages(tasks: Sequence[Task], actions: Mapping[str, Sequence[Action]]) -> list[Package]:
    """The tasks grouped by the actions that they share, in the order of `ordered`.

    The work of a package is the sum of its items': that one action serves them all saves time, but
    nobody has said how much.
    """
    groups: list[tuple[set[str], list[Task]]] = []
    names: dict[str, str] = {}
    for task in tasks:
        own = actions.get(task.verdict.item.id, ())
        names |= {a.key: a.name for a in own}
        keys, members = {a.key for a in own}, [task]
        for group in [g for g in groups if not keys.isdisjoint(g[0])]:
            groups.remove(group)
            keys |= group[0]
            members = [*group[1], *members]
        groups.append((keys, members))
    return ordered([_package(members, actions, names) for _, members in groups])


def _package(
    tasks: list[Task], actions: Mapping[str, Sequence[Action]], names: Mapping[str, str]
) -> Package:
    tasks = sorted(tasks, key=lambda t: (not t.needed, _RANKS[t.verdict.item.severity]))
    if len(tasks) == 1:
        return Package(tasks[0].verdict.item.title, "", tuple(tasks))
    counts: dict[str, int] = {}
    for task in tasks:
        for action in actions.get(task.verdict.item.id, ()):
            counts[action.key] = counts.get(action.key, 0) + 1
    key = max(counts, key=lambda k: counts[k])
    return Package(names[key], key, tuple(tasks))


def ordered(made: Sequence[Package]) -> list[Package]:
    """Packages with a needed blocker first; among each kind, what gains most for an hour first."""
    return sorted(made, key=_rank)


def _rank(package: Package) -> tuple[bool, bool, Fraction]:
    hours = hours_of(package.tasks)
    blocks = any(t.needed and t.verdict.item.severity is Severity.BLOCKER for t in package.tasks)
    return not blocks, bool(hours), -package.gain / hours if hours else -package.gain
