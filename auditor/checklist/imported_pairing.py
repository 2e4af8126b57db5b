"""Which box of a Markdown checklist is which item of a checklist: by the same words, else by meaning."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from auditor.checklist.imported_binding import Matcher
from auditor.checklist.imported_words import names, split, synonyms, words
from auditor.formats.checklists.parts import TaskDocument
from auditor.formats.checklists.structure import Category, categories
from auditor.formats.checklists.titles import LONGEST, read_title
from auditor.model.item import Checklist, Item


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


def pair(document: TaskDocument, checklist: Checklist, *, exact: bool = False) -> Pairing:
    """Pair boxes with items, each item with one box. `exact` leaves out what only meaning would pair.

    Of items with the same title, the one under the same number, then under the same heading, is taken.
    """
    structure = categories(document)
    places = _places(document, structure)
    every = list(_items(checklist))
    same = _Same(every)
    pairs: dict[int, Pair] = {}
    for index, task in enumerate(document.tasks):
        item = same.take(task.title, *places.get(index, ("", "")))
        if item is not None:
            pairs[index] = Pair(index, item.id, 1.0, True)
    if not exact:
        used = {found.item for found in pairs.values()}
        pairs |= _by_meaning(document, [i for i, _ in every if i.id not in used], set(pairs))
    single = tuple(i for i in range(len(document.tasks)) if i not in pairs)
    return Pairing(structure, tuple(pairs[i] for i in sorted(pairs)), single)


class _Same:
    """Items by title, each given away once: by number, then by section, then in their order."""

    def __init__(self, items: Iterable[tuple[Item, str]]) -> None:
        self._found: dict[tuple[str, ...], deque[Item]] = {}
        self._gone: set[str] = set()
        for item, section in items:
            title = _key(item.title)
            for key in (
                (title,),
                (title, "section", _key(section)),
                (title, "number", item.number),
            ):
                self._found.setdefault(key, deque()).append(item)

    def take(self, title: str, number: str, section: str) -> Item | None:
        """The item of that title, None where there is none any more."""
        key = _key(title)
        for wanted in ((key, "number", number), (key, "section", _key(section)), (key,)):
            waiting = self._found.get(wanted, deque())
            while waiting:
                item = waiting.popleft()
                if item.id not in self._gone:
                    self._gone.add(item.id)
                    return item
        return None


def _by_meaning(document: TaskDocument, items: list[Item], done: set[int]) -> dict[int, Pair]:
    called = names()
    matcher = Matcher({i.id: (i.title, *called.get(i.id, ())) for i in items}, synonyms())
    best: dict[str, Pair] = {}
    for index, task in enumerate(document.tasks):
        match = None if index in done else matcher.match(task.title)
        if match is None or match.bound is None or match.best is None:
            continue
        if match.bound not in best or match.best.score > best[match.bound].score:
            best[match.bound] = Pair(index, match.bound, match.best.score, False)
    return {found.task: found for found in best.values()}


def _items(checklist: Checklist) -> Iterator[tuple[Item, str]]:
    for category in checklist.categories:
        for section in category.sections:
            for item in section.items:
                yield from ((one, section.title) for one in _all(item))


def _all(item: Item) -> Iterator[Item]:
    yield item
    for check in item.checks:
        yield from _all(check)


def _places(document: TaskDocument, structure: tuple[Category, ...]) -> dict[int, tuple[str, str]]:
    """Task → its number as an import gives it, and the title of its section."""
    found: dict[int, tuple[str, str]] = {}
    children = document.children()
    for category in structure:
        for section in category.sections:
            stack = [(t, f"{section.number}.{n}") for n, t in enumerate(section.tasks, 1)]
            while stack:
                index, number = stack.pop()
                found[index] = (number, section.title)
                stack += [
                    (child, f"{number}{'abcdefghijklmnopqrstuvwxyz'[n % 26]}")
                    for n, child in enumerate(children.get(index, ()))
                ]
    return found


def _key(title: str) -> str:
    """What is the same in two titles that say the same: the item's title as the importer would read it."""
    clean = read_title(title[: 2 * LONGEST], words()).text
    return " ".join(split(clean)) or clean.strip()
