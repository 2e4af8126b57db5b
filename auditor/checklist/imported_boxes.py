"""What the boxes of a checklist give, and how a contradiction between them and its figures is told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from auditor.formats.checklists.figures import CategoryRow
from auditor.formats.checklists.parts import TaskDocument
from auditor.formats.checklists.structure import Category, Section
from auditor.formats.checklists.words import fold

NEAR = 0.11
"""Points of percent by which rounding on the way may move a figure."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One contradiction; `kind` is a stable word, `lines` count from 1."""

    kind: str
    text: str
    lines: tuple[int, ...] = ()


def own_total(document: TaskDocument, structure: Sequence[Category]) -> Fraction:
    """The total that the document's boxes give: categories by weight, each the mean of its sections."""
    weighed = [(mean(document, c), weight(c)) for c in structure if applying(document, c)]
    total = sum((weight for _, weight in weighed), Fraction(0))
    return sum((s * w for s, w in weighed), Fraction(0)) / total if total else Fraction(0)


def ticked(document: TaskDocument, tasks: Iterable[int]) -> tuple[int, int]:
    """How many of the tasks are ticked, and how many there are; what is marked not applicable is none."""
    listed = [document.tasks[index].ticked for index in tasks if document.tasks[index].applies]
    return sum(listed), len(listed)


def shown(percent: float | Fraction, digits: int = 1) -> str:
    """A percentage as short as it goes: `20 %`, `16.7 %`."""
    return f"{round(float(percent), digits):g} %"


def share(document: TaskDocument, section: Section) -> Fraction:
    got, of = ticked(document, section.tasks)
    return Fraction(got, of) if of else Fraction(0)


def applying(document: TaskDocument, category: Category) -> list[Section]:
    return [s for s in category.sections if ticked(document, s.tasks)[1]]


def mean(document: TaskDocument, category: Category) -> Fraction:
    shares = [share(document, s) for s in applying(document, category)]
    return sum(shares, Fraction(0)) / len(shares) if shares else Fraction(0)


def weight(category: Category) -> Fraction:
    return Fraction(1) if category.weight is None else Fraction(str(category.weight))


def weighted(structure: Sequence[Category]) -> list[Category]:
    return [c for c in structure if c.weight is not None]


def category_of(row: CategoryRow, structure: Sequence[Category]) -> Category | None:
    """The category that a row of a table is about: by number, else by the words of its title."""
    if row.number:
        return next((c for c in structure if c.number == row.number), None)
    title = fold(row.title)
    return next((c for c in structure if title and (fold(c.title) == title)), None)


def named(part: Section | Category) -> str:
    return f"{part.number} ({part.title[:60]})"
