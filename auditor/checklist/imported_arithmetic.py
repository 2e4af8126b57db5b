"""What a checklist says about itself, worked out again from its own boxes: where it contradicts itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

from auditor.checklist.imported_boxes import Finding, named, shown, ticked, weight, weighted
from auditor.checklist.imported_totals import rows_told, total_told
from auditor.formats.checklists.figures import Figures, ScoreLine
from auditor.formats.checklists.parts import TaskDocument
from auditor.formats.checklists.structure import Category, Section

_MOST_TOLD = 50


def findings(
    document: TaskDocument, structure: Sequence[Category], stated: Figures
) -> list[Finding]:
    """Every contradiction, in the order in which a reader meets the figures; at most 50 of a kind."""
    sections = {s.heading: s for c in structure for s in c.sections}
    own = {line.heading: line for line in stated.scores if line.heading in sections}
    found = [
        *_weights(document, structure),
        *_some(_sections(document, sections, own)),
        *_some(rows_told(document, structure, stated.rows, own)),
        *total_told(document, structure, stated),
        *_counts(document, stated),
        *_targets(stated),
    ]
    return found


def _some(found: Iterable[Finding]) -> list[Finding]:
    made = list(found)
    if len(made) <= _MOST_TOLD:
        return made
    more = len(made) - _MOST_TOLD
    return [*made[:_MOST_TOLD], Finding(made[0].kind, f"… and {more} more of this kind.")]


def _weights(document: TaskDocument, structure: Sequence[Category]) -> Iterator[Finding]:
    stated = weighted(structure)
    total = sum((weight(c) for c in stated), Fraction(0))
    if len(stated) > 1 and abs(total - 100) > Fraction(1, 10):
        sum_ = " + ".join(f"{float(weight(c)):g}" for c in stated[:20])
        lines = tuple(document.headings[c.heading].line for c in stated if c.heading is not None)
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
                f"Section {named(section)} says {line.got}/{line.of}; it lists {of}"
                f" {'task' if of == 1 else 'tasks'}, {got} of them ticked: {got}/{of} = {share}.",
                (line.line,),
            )
        if line.percent is not None and line.of:
            right = Fraction(line.got * 100, line.of)
            if abs(float(right) - line.percent) > 0.51:
                yield Finding(
                    "percent",
                    f"Section {named(section)} says {line.got}/{line.of} = {line.percent:g} %;"
                    f" that is {shown(right)}.",
                    (line.line,),
                )


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
