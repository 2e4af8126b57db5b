"""Which box of a Markdown checklist is which item of a checklist: by the same words, else by meaning."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from auditor.checklist.imported_binding import Matcher
from auditor.checklist.imported_words import names, split, synonyms, words
from auditor.formats.checklists.parts import TaskDocument
from auditor.formats.checklists.structure import Category, categories
from auditor.formats.checklists.titles import LONGEST, read_title
from auditor.model.item import Checklist, Item

T = TypeVar("T")
Place = tuple[str, ...]
"""Titles of category, section, task above ("" without) and task, in the words that count."""
SURE = 0.95
"""From this score on two titles say the same in other words."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A box and the item that decides it. `score` is 1 for the same words, less where meaning decided."""

    task: int
    item: str
    score: float
    exact: bool


@dataclass(frozen=True, slots=True)
class Pairing:
    """Every box that an item decides; `single` are tasks without one."""

    structure: tuple[Category, ...]
    pairs: tuple[Pair, ...]
    single: tuple[int, ...]

    @property
    def by_task(self) -> dict[int, str]:
        """Task → id of its item."""
        return {pair.task: pair.item for pair in self.pairs}


def pair(document: TaskDocument, checklist: Checklist, *, least: float = SURE) -> Pairing:
    """Pair boxes with items, each item with one box. What means the same is paired from the score `least`
    on: a box that is ticked for another thing would be a false pass.

    The same words pair below the same headings, or where both sides have them once; of twins that are not
    as many on both sides, none is paired.
    """
    structure = categories(document)
    tasks = _tasks(document, structure)
    items = list(_items(checklist))
    same = _same(tasks, items)
    pairs = {index: Pair(index, item, 1.0, True) for index, item in same.items()}
    if least <= 1:
        said = {place[-1] for _, place in items}
        other = [index for index, place in tasks if index not in pairs and place[-1] not in said]
        used = set(same.values())
        free = [item for item, _ in items if item.id not in used]
        pairs |= _by_meaning(document, free, other, least)
    single = tuple(i for i in range(len(document.tasks)) if i not in pairs)
    return Pairing(structure, tuple(pairs[i] for i in sorted(pairs)), single)


def _same(tasks: list[tuple[int, Place]], items: list[tuple[Item, Place]]) -> dict[int, str]:
    """Task → id of the item of the same words."""
    found: dict[int, str] = {}
    gone: set[str] = set()
    here, there = _grouped(tasks), _grouped(items)
    for place, indexes in here.items():
        twins = there.get(place, [])
        if len(indexes) == len(twins):
            found |= {i: item.id for i, item in zip(indexes, twins, strict=True)}
            gone |= {item.id for item in twins}
    once = _grouped((index, place[-1:]) for index, place in tasks)
    for title, named in _grouped((item, place[-1:]) for item, place in items).items():
        indexes = once.get(title, [])
        if len(named) == len(indexes) == 1 and indexes[0] not in found and named[0].id not in gone:
            found[indexes[0]] = named[0].id
    return found


def _grouped(pairs: Iterable[tuple[T, Place]]) -> dict[Place, list[T]]:
    made: dict[Place, list[T]] = {}
    for one, place in pairs:
        made.setdefault(place, []).append(one)
    return made


def _by_meaning(
    document: TaskDocument, items: list[Item], tasks: list[int], least: float
) -> dict[int, Pair]:
    called = names()
    matcher = Matcher({i.id: (i.title, *called.get(i.id, ())) for i in items}, synonyms())
    best: dict[str, Pair] = {}
    for index in tasks:
        match = matcher.match(document.tasks[index].title)
        if match.bound is None or match.best is None or match.best.score < least:
            continue
        if match.bound not in best or match.best.score > best[match.bound].score:
            best[match.bound] = Pair(index, match.bound, match.best.score, False)
    return {found.task: found for found in best.values()}


def _items(checklist: Checklist) -> Iterator[tuple[Item, Place]]:
    for category in checklist.categories:
        for section in category.sections:
            head = (_key(category.title), _key(section.title))
            stack: list[tuple[Item, str]] = [(item, "") for item in reversed(section.items)]
            while stack:
                item, above = stack.pop()
                title = _key(item.title)
                yield item, (*head, above, title)
                stack += [(check, title) for check in reversed(item.checks)]


def _tasks(document: TaskDocument, structure: tuple[Category, ...]) -> list[tuple[int, Place]]:
    """Every task with its place, in the order of the document."""
    titles = [_key(task.title) for task in document.tasks]
    heads = {
        task: (_key(category.title), _key(section.title))
        for category in structure
        for section in category.sections
        for task in section.tasks
    }
    found: list[tuple[int, Place]] = []
    for index, task in enumerate(document.tasks):
        above = "" if task.parent is None else titles[task.parent]
        if task.parent is not None:
            heads[index] = heads[task.parent]
        if titles[index]:
            found.append((index, (*heads[index], above, titles[index])))
    return found


def _key(title: str) -> str:
    """What is the same in two titles that say the same: the item's title as the importer would read it."""
    clean = read_title(title[: 2 * LONGEST], words()).text
    return " ".join(split(clean)) or clean.strip()
