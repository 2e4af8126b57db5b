"""What a checklist says about itself, worked out again from its own boxes: where it contradicts itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

from auditor.formats.checklists.figures import CategoryRow, Figures, ScoreLine
from auditor.formats.checklists.parts import TaskDocument
from auditor.formats.checklists.structure import Category, Section
from auditor.formats.checklists.words import fold

_NEAR = 0.11
"""Points of percent by which rounding on the way may move a figure."""
_MOST_SECTIONS = 10
_MOST_TOLD = 50


@dataclass(frozen=True, slots=True)
class Finding:
    """One contradiction; `kind` is a stable word, `lines` count from 1."""

    kind: str
    text: str
    lines: tuple[int, ...] = ()


def findings(
    document: TaskDocument, structure: Sequence[Category], stated: Figures
) -> list[Finding]:
    """Every contradiction, in the order in which a reader meets the figures; at most 50 of a kind."""
    sections = {s.heading: s for c in structure for s in c.sections}
    own = {line.heading: line for line in stated.scores if line.heading in sections}
    found = [
        *_weights(document, structure),
        *_some(_sections(document, sections, own)),
        *_some(_rows(document, structure, stated.rows, own)),
        *_total(document, structure, stated),
        *_counts(document, stated),
        *_targets(stated),
    ]
    return found


def own_total(document: TaskDocument, structure: Sequence[Category]) -> Fraction:
    """The total that the document's boxes give: categories by weight, each the mean of its sections."""
    weighed = [(_mean(document, c), _weight(c)) for c in structure if _applying(document, c)]
    total = sum((weight for _, weight in weighed), Fraction(0))
    return sum((s * w for s, w in weighed), Fraction(0)) / total if total else Fraction(0)


def ticked(document: TaskDocument, tasks: Iterable[int]) -> tuple[int, int]:
    """How many of the tasks are ticked, and how many there are; what is marked not applicable is none."""
    listed = [document.tasks[index].ticked for index in tasks if document.tasks[index].applies]
    return sum(listed), len(listed)


def shown(percent: float | Fraction, digits: int = 1) -> str:
    """A percentage as short as it goes: `20 %`, `16.7 %`."""
    return f"{round(float(percent), digits):g} %"


def _some(found: Iterable[Finding]) -> list[Finding]:
    made = list(found)
    if len(made) <= _MOST_TOLD:
        return made
    more = len(made) - _MOST_TOLD
    return [*made[:_MOST_TOLD], Finding(made[0].kind, f"… and {more} more of this kind.")]


def _share(document: TaskDocument, section: Section) -> Fraction:
    got, of = ticked(document, section.tasks)
    return Fraction(got, of) if of else Fraction(0)


def _applying(document: TaskDocument, category: Category) -> list[Section]:
    return [s for s in category.sections if ticked(document, s.tasks)[1]]


def _mean(document: TaskDocument, category: Category) -> Fraction:
    shares = [_share(document, s) for s in _applying(document, category)]
    return sum(shares, Fraction(0)) / len(shares) if shares else Fraction(0)


def _weight(category: Category) -> Fraction:
    return Fraction(1) if category.weight is None else Fraction(str(category.weight))


def _weighted(structure: Sequence[Category]) -> list[Category]:
    return [c for c in structure if c.weight is not None]


def _weights(document: TaskDocument, structure: Sequence[Category]) -> Iterator[Finding]:
    weighted = _weighted(structure)
    total = sum((_weight(c) for c in weighted), Fraction(0))
    if len(weighted) > 1 and abs(total - 100) > Fraction(1, 10):
        sum_ = " + ".join(f"{float(_weight(c)):g}" for c in weighted[:20])
        lines = tuple(document.headings[c.heading].line for c in weighted if c.heading is not None)
        yield Finding(
            "weights",
            f"The weights of the categories add up to {float(total):g}, not 100: {sum_}.",
            lines,
        )


def _sections(
    document: TaskDocument, sections: dict[int | None, Section], own: dict[int | None, ScoreLine]
) -> Iterator[Finding]:
    for heading, line in own.items():
        section = sections[heading]
        got, of = ticked(document, section.tasks)
        if (got, of) != (line.got, line.of):
            share = shown(Fraction(got * 100, of or 1))
            yield Finding(
                "section",
                f"Section {_named(section)} says {line.got}/{line.of}; it lists {of}"
                f" {'task' if of == 1 else 'tasks'}, {got} of them ticked: {got}/{of} = {share}.",
                (line.line,),
            )
        if line.percent is not None and line.of:
            right = Fraction(line.got * 100, line.of)
            if abs(float(right) - line.percent) > 0.51:
                yield Finding(
                    "percent",
                    f"Section {_named(section)} says {line.got}/{line.of} = {line.percent:g} %;"
                    f" that is {shown(right)}.",
                    (line.line,),
                )


def _rows(
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
        sections = _applying(document, category)
        if not sections:
            continue
        shares = [_said(document, s, own.get(s.heading)) for s in sections]
        mean = sum(shares) / len(shares)
        boxes = float(_mean(document, category)) * 100
        if abs(mean - said) > _NEAR and abs(boxes - said) > _NEAR:
            yield Finding(
                "category", _left_out(category, sections, shares, said, mean), (row.line,)
            )
        if row.weight is not None and category.weight not in (None, row.weight[0]):
            yield Finding(
                "weight",
                f"Category {_named(category)} weighs {category.weight:g} in its heading and"
                f" {row.weight[0]:g} in the table.",
                (row.line,),
            )
        yield from _product(row, category, live)


def _live(
    document: TaskDocument, structure: Sequence[Category], rows: Sequence[CategoryRow]
) -> list[CategoryRow]:
    """Rows of categories in which anything applies: the others weigh nothing in a total."""
    return [r for r in rows if (c := category_of(r, structure)) is None or _applying(document, c)]


def _product(
    row: CategoryRow, category: Category, rows: Sequence[CategoryRow]
) -> Iterator[Finding]:
    """A weighted score is score × weight, out of 100 or out of the sum of the weights."""
    if row.score is None or row.weight is None or row.weighted is None:
        return
    total = sum(r.weight[0] for r in rows if r.weight is not None and r.table == row.table)
    plain = row.score[0] * row.weight[0] / 100
    scaled = row.score[0] * row.weight[0] / total if total else plain
    if min(abs(plain - row.weighted[0]), abs(scaled - row.weighted[0])) > _NEAR:
        yield Finding(
            "weighted",
            f"Category {_named(category)}: {row.score[0]:g} % of {row.weight[0]:g} is {shown(plain)},"
            f" not {row.weighted[0]:g} %.",
            (row.line,),
        )


def _said(document: TaskDocument, section: Section, line: ScoreLine | None) -> float:
    if line is not None and line.percent is not None:
        return line.percent
    return float(_share(document, section)) * 100


def _left_out(
    category: Category, sections: Sequence[Section], shares: list[float], said: float, mean: float
) -> str:
    """Which sections a category's score leaves out, if leaving out some explains it."""
    count = len(shares)
    parts = ", ".join(f"{s.number} {shown(p)}" for s, p in zip(sections, shares, strict=True))
    text = f"Category {_named(category)} says {said:g} %; the mean of its sections is {shown(mean)} ({parts})."
    if not 1 < count <= _MOST_SECTIONS:
        return text
    for left in range(1, count):
        for chosen in combinations(range(count), left):
            rest = [share for at, share in enumerate(shares) if at not in chosen]
            if abs(sum(rest) / len(rest) - said) <= _NEAR:
                names = ", ".join(sections[at].number for at in chosen)
                return f"{text[:-1]}; it leaves out {names}."
    return text


def _total(
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
    weights = float(sum((_weight(c) for c in _weighted(structure)), Fraction(0)))
    for value, found in values.items():
        if abs(value - boxes) <= _NEAR or (not weights and abs(value - plain) <= 0.6):
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
    if min(abs(scaled - value), abs(plain - value)) > 3 * _NEAR:
        return f" is not the sum of its rows, {shown(scaled)}."
    if abs(scaled - value) <= 3 * _NEAR:
        return ""
    return f" is out of {weights:g}, the sum of the weights: out of 100 it is {shown(value * 100 / weights)}."


def _counts(document: TaskDocument, stated: Figures) -> Iterator[Finding]:
    listed: dict[str, list[bool]] = {}
    for index in document.top:
        task = document.tasks[index]
        if task.severity and task.applies:
            listed.setdefault(task.severity, []).append(task.ticked)
    said: dict[tuple[str, int], list[int]] = {}
    for count in stated.counts:
        said.setdefault((count.severity, count.number), []).append(count.line)
    for (severity, number), lines in said.items():
        tasks = listed.get(severity, [])
        still = len(tasks) - sum(tasks)
        if tasks and number not in (len(tasks), still):
            now = f", {still} of them still open" if still != len(tasks) else ""
            yield Finding(
                "count",
                f"{_many(number, severity)} said, and {len(tasks)} {_are(len(tasks))} listed{now}.",
                tuple(dict.fromkeys(lines)),
            )


def _many(number: int, severity: str) -> str:
    """`11 blockers are`, `1 important item is`."""
    thing = severity if severity in ("blocker", "critical") else f"{severity} item"
    return f"{number} {thing}{'' if number == 1 else 's'} {_are(number)}"


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def _targets(stated: Figures) -> Iterator[Finding]:
    found: dict[str, dict[float, list[int]]] = {}
    units: dict[str, str] = {}
    for target in stated.targets:
        found.setdefault(target.metric, {}).setdefault(target.value, []).append(target.line)
        units[target.metric] = target.unit
    for metric, values in found.items():
        if len(values) > 1:
            numbers = " and ".join(f"{v:g}" for v in values)
            words = {2: "Two", 3: "Three"}.get(len(values), str(len(values)))
            lines = tuple(sorted({line for group in values.values() for line in group}))
            yield Finding(
                "target", f"{words} targets for {metric}: {numbers} {units[metric]}.", lines
            )


def category_of(row: CategoryRow, structure: Sequence[Category]) -> Category | None:
    """The category that a row of a table is about: by number, else by the words of its title."""
    if row.number:
        return next((c for c in structure if c.number == row.number), None)
    title = fold(row.title)
    return next((c for c in structure if title and (fold(c.title) == title)), None)


def _named(part: Section | Category) -> str:
    return f"{part.number} ({part.title[:60]})"
