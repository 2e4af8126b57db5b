"""Headings and tasks as a checklist has them: categories with weights, sections, items."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from auditor.formats.checklists.parts import TaskDocument


@dataclass(frozen=True, slots=True)
class Section:
    """Tasks below one heading. `heading` is None where tasks stand before every heading.

    `tasks` are indexes of those that are below no other task.
    """

    heading: int | None
    title: str
    number: str
    tasks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Category:
    """Sections below one heading; `weight` is None where the heading states none."""

    heading: int | None
    title: str
    number: str
    weight: float | None
    sections: tuple[Section, ...]


def categories(document: TaskDocument, untitled: str = "Checklist") -> tuple[Category, ...]:
    """The categories that hold tasks, in the order of the document.

    Where headings state weights, these are the categories. Else it is the highest heading over a section
    below what is over all of them, and a section by itself is a category of one.
    """
    below: dict[int | None, list[int]] = {}
    for index in document.top:
        below.setdefault(document.tasks[index].heading, []).append(index)
    chains = {heading: _chain(document, heading) for heading in below}
    weighted = {h for chain in chains.values() for h in chain if _weight(document, h) is not None}
    weighted = weighted if len(weighted) > 1 else set()
    shared = _shared(list(chains.values())) if len(chains) > 1 else 0
    grouped: dict[int | None, list[int | None]] = {}
    for heading, chain in chains.items():
        stated = [h for h in chain if h in weighted]
        own = chain[shared:] or chain[-1:]
        grouped.setdefault(stated[0] if stated else own[0] if own else None, []).append(heading)
    made = []
    for position, (top, parts) in enumerate(grouped.items(), 1):
        title, number = _named(document, top, untitled)
        made.append(
            Category(
                top,
                title,
                number or str(position),
                _weight(document, top) if top in weighted else None,
                tuple(_section(document, h, below[h], untitled) for h in parts),
            )
        )
    return _numbered(made)


def _section(
    document: TaskDocument, heading: int | None, tasks: list[int], untitled: str
) -> Section:
    title, number = _named(document, heading, untitled)
    return Section(heading, title, number, tuple(tasks))


def _numbered(made: list[Category]) -> tuple[Category, ...]:
    """The categories with numbers of their own: those of the document where no two are alike."""
    if len({c.number for c in made}) < len(made):
        made = [_replaced(c, str(n)) for n, c in enumerate(made, 1)]
    found = Counter(s.number for c in made for s in c.sections)
    out = []
    for category in made:
        sections = []
        for n, section in enumerate(category.sections, 1):
            own = section.number if found[section.number] == 1 else ""
            fits = own.startswith(f"{category.number}.")
            number = own if fits else f"{category.number}.{n}"
            sections.append(Section(section.heading, section.title, number, section.tasks))
        if len({s.number for s in sections}) < len(sections):
            sections = [
                Section(s.heading, s.title, f"{category.number}.{n}", s.tasks)
                for n, s in enumerate(sections, 1)
            ]
        out.append(
            Category(
                category.heading, category.title, category.number, category.weight, tuple(sections)
            )
        )
    return tuple(out)


def _replaced(category: Category, number: str) -> Category:
    return Category(category.heading, category.title, number, category.weight, category.sections)


def _named(document: TaskDocument, heading: int | None, untitled: str) -> tuple[str, str]:
    if heading is None:
        return untitled, ""
    found = document.headings[heading]
    return found.title, found.number


def _weight(document: TaskDocument, heading: int | None) -> float | None:
    weight = None if heading is None else document.headings[heading].weight
    return weight if weight else None


def _chain(document: TaskDocument, heading: int | None) -> list[int]:
    """The headings over a task, from the highest."""
    chain: list[int] = []
    while heading is not None:
        chain.append(heading)
        heading = document.headings[heading].parent
    return chain[::-1]


def _shared(chains: list[list[int]]) -> int:
    """How many of the highest headings are over all tasks; the last heading of a section is its own."""
    count = 0
    while all(len(chain) > count for chain in chains):
        if len({chain[count] for chain in chains}) > 1:
            break
        count += 1
    return count
