"""The graph of a set of migrations: which nobody follows, and which follow one that is not there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_MOST_SQUASHED = 50


@dataclass(frozen=True, slots=True)
class Graph:
    """`heads` are followed by none; `missing` are pairs of a migration and the parent that it lacks.

    `cyclic`: there are migrations, and each is followed by another, so that none is the last.
    """

    heads: tuple[str, ...]
    missing: tuple[tuple[str, str], ...]
    cyclic: bool


def graph(parents: Mapping[str, Iterable[str]]) -> Graph:
    """The graph of migrations by name, each with the names of those that it follows."""
    followed = {parent for above in parents.values() for parent in above}
    heads = tuple(name for name in parents if name not in followed)
    missing = tuple(
        (name, parent)
        for name, above in parents.items()
        for parent in above
        if parent not in parents
    )
    return Graph(heads, missing, bool(parents) and not heads)


def oldest_first(parents: Mapping[str, Iterable[str]]) -> list[str]:
    """Every migration, each after those that it follows where they are not in a circle."""
    depth: dict[str, int] = dict.fromkeys(parents, 0)
    followers: dict[str, list[str]] = {}
    waits = dict.fromkeys(parents, 0)
    for name, above in parents.items():
        for parent in set(above) & parents.keys():
            followers.setdefault(parent, []).append(name)
            waits[name] += 1
    ready = [name for name, count in waits.items() if not count]
    for name in ready:  # grows while it is walked
        for one in followers.get(name, ()):
            depth[one] = max(depth[one], depth[name] + 1)
            waits[one] -= 1
            if not waits[one]:
                ready.append(one)
    return sorted(parents, key=lambda name: (depth[name], name))


def squashed(
    parents: Mapping[str, Iterable[str]], replaces: Mapping[str, Iterable[str]]
) -> dict[str, tuple[str, ...]]:
    """The same with squashed migrations in the place of those that they stand for, as Django takes them."""
    stands = {old: new for new, olds in replaces.items() for old in olds if old != new}
    for _ in range(_MOST_SQUASHED):  # a squashed one may be squashed again
        further = {old: stands.get(new, new) for old, new in stands.items()}
        if further == stands:
            break
        stands = further
    return {
        name: tuple(dict.fromkeys(p for one in above if (p := stands.get(one, one)) != name))
        for name, above in parents.items()
        if name not in stands
    }


def labelled(
    parents: Mapping[str, Iterable[str]], labels: Mapping[str, Iterable[str]], head: str
) -> frozenset[str]:
    """The labels of branches that a head carries, its own and those of what it follows."""
    found: set[str] = set()
    seen: set[str] = set()
    waiting = [head]
    while waiting:
        one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        found |= set(labels.get(one, ()))
        waiting += parents.get(one, ())
    return frozenset(found)
