"""The table of categories and the total of a checklist, worked out again from its sections."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations

from auditor.checklist.imported_boxes import (
    NEAR,
    Finding,
    applying,
    category_of,
    mean,
    named,
    own_total,
    share,
    shown,
    ticked,
    weight,
    weighted,
)
from auditor.formats.checklists.figures import CategoryRow, Figures, ScoreLine
from auditor.formats.checklists.parts import TaskDocument
from auditor.formats.checklists.structure import Category, Section

_MOST_SECTIONS = 10


def rows_told(
    document: TaskDocument,
    structure: Sequence[Category],
    rows: Sequence[CategoryRow],
    own: dict[int | None, ScoreLine],
) -> Iterator[Finding]:
    live = _live(document, structure, rows)
    for row in rows:
        category = category_of(row, structure)
        if category is None or row.score is None:
            continue
        said = row.score[0]
        sections = applying(document, category)
        if not sections:
            continue
        shares = [_said(document, s, own.get(s.heading)) for s in sections]
        middle = sum(shares) / len(shares)
        boxes = float(mean(document, category)) * 100
        if abs(middle - said) > NEAR and abs(boxes - said) > NEAR:
            yield Finding(
                "category", _left_out(category, sections, shares, said, middle), (row.line,)
            )
        if row.weight is not None and category.weight not in (None, row.weight[0]):
            yield Finding(
                "weight",
                f"Category {named(category)} weighs {category.weight:g} in its heading and"
                f" {row.weight[0]:g} in the table.",
                (row.line,),
            )
        yield from _product(row, category, live)


def _live(
    document: TaskDocument, structure: Sequence[Category], rows: Sequence[CategoryRow]
) -> list[CategoryRow]:
    """Rows of categories in which anything applies: the others weigh nothing in a total."""
    return [r for r in rows if (c := category_of(r, structure)) is None or applying(document, c)]


def _product(
    row: CategoryRow, category: Category, rows: Sequence[CategoryRow]
) -> Iterator[Finding]:
    """A weighted score is score × weight, out of 100 or out of the sum of the weights."""
    if row.score is None or row.weight is None or row.weighted is None:
        return
    total = sum(r.weight[0] for r in rows if r.weight is not None and r.table == row.table)
    plain = row.score[0] * row.weight[0] / 100
    scaled = row.score[0] * row.weight[0] / total if total else plain
    if min(abs(plain - row.weighted[0]), abs(scaled - row.weighted[0])) > NEAR:
        yield Finding(
            "weighted",
            f"Category {named(category)}: {row.score[0]:g} % of {row.weight[0]:g} is {shown(plain)},"
            f" not {row.weighted[0]:g} %.",
            (row.line,),
        )


def _said(document: TaskDocument, section: Section, line: ScoreLine | None) -> float:
    if line is not None and line.percent is not None:
        return line.percent
    return float(share(document, section)) * 100


def _left_out(
    category: Category, sections: Sequence[Section], shares: list[float], said: float, middle: float
) -> str:
    """Which sections a category's score leaves out, if leaving out some explains it."""
    count = len(shares)
    parts = ", ".join(f"{s.number} {shown(p)}" for s, p in zip(sections, shares, strict=True))
    text = f"Category {named(category)} says {said:g} %; the mean of its sections is {shown(middle)} ({parts})."
    if not 1 < count <= _MOST_SECTIONS:
        return text
    for left in range(1, count):
        for chosen in combinations(range(count), left):
            rest = [share for at, share in enumerate(shares) if at not in chosen]
            if abs(sum(rest) / len(rest) - said) <= NEAR:
                names = ", ".join(sections[at].number for at in chosen)
                return f"{text[:-1]}; it leaves out {names}."
    return text


def total_told(
    document: TaskDocument, structure: Sequence[Category], stated: Figures
) -> Iterator[Finding]:
    if not stated.totals or not structure:
        return
    boxes = float(own_total(document, structure)) * 100
    got, of = ticked(document, document.top)
    plain = got * 100 / of if of else 0.0
    values: dict[float, list[int]] = {}
    for total in sorted(stated.totals, key=lambda t: t.line):
        values.setdefault(total.percent, []).append(total.line)
    if len(values) > 1:
        said = ", ".join(f"{v:g} %" for v in values)
        lines = tuple(line for group in values.values() for line in group)
        yield Finding("totals", f"The total is stated in {len(values)} ways: {said}.", lines)
    weights = float(sum((weight(c) for c in weighted(structure)), Fraction(0)))
    for value, found in values.items():
        if abs(value - boxes) <= NEAR or (not weights and abs(value - plain) <= 0.6):
            continue
        tables = {t.table for t in stated.totals if t.percent == value and t.table is not None}
        rows = [r for r in stated.rows if r.table in tables]
        why = _out_of(value, _live(document, structure, rows))
        text = (
            f"The total {value:g} %{why} Its" if why else f"The total {value:g} % does not fit: its"
        )
        yield Finding("total", f"{text} own boxes give {boxes:.2f} %.", tuple(found))


def _out_of(value: float, rows: Sequence[CategoryRow]) -> str:
    """How a total comes from the rows above it: out of a sum of weights other than 100, or not at all."""
    parts = [(r.score[0], r.weight[0]) for r in rows if r.score and r.weight]
    weights = sum(weight for _, weight in parts)
    if not weights:
        return ""
    plain = sum(score * weight for score, weight in parts) / 100
    scaled = plain * 100 / weights
    if min(abs(scaled - value), abs(plain - value)) > 3 * NEAR:
        return f" is not the sum of its rows, {shown(scaled)}."
    if abs(scaled - value) <= 3 * NEAR:
        return ""
    return f" is out of {weights:g}, the sum of the weights: out of 100 it is {shown(value * 100 / weights)}."
