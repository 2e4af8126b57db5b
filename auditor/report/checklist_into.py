"""Writes what evidence says into a Markdown checklist: boxes and figures, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from auditor.checklist.imported_boxes import category_of
from auditor.formats.checklists.figures import CategoryRow, Figures, Span, Total
from auditor.formats.checklists.marks import STATES, mark, marked
from auditor.formats.checklists.mojibake import damage, original_place
from auditor.formats.checklists.parts import TaskDocument
from auditor.formats.checklists.reader import joined
from auditor.formats.checklists.structure import Category
from auditor.model.report import Report
from auditor.model.verdict import Outcome, Verdict
from auditor.report.checklist_figures import (
    category_score,
    section_of,
    short,
    sign,
    tally,
    tenths,
    total_score,
    weight,
)

_SIGNS = ("✅", "⚠️", "⚠", "❌", "🔴")
_READY = re.compile(
    r"\b(?:(NOT|NO)\s+)?((?:PRODUCTION\s+)?READY|LIST[OA]S?(?:\s+PARA\s+PRODUCCIÓN)?)\b"
)
_WHY = re.compile(
    r"\((?:[<≥]=?\s*\d{1,3}(?:[.,]\d+)?\s*%\s*(?:required|requerido)|\d+ blockers? open)\)"
)
_GLYPHS = {True: "☑", False: "☐"}


@dataclass(frozen=True, slots=True)
class Edit:
    """Text that takes the place of a span of a line (from 1), in the line as repaired."""

    line: int
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Written:
    """The file as it should be. `boxes` and `figures` count the lines that differ; `left` says what could
    not be worked out, because a box has no item."""

    data: bytes
    boxes: int
    figures: int
    left: tuple[str, ...]


def write_into(
    document: TaskDocument,
    structure: tuple[Category, ...],
    stated: Figures,
    decided: Mapping[int, Verdict],
    report: Report,
    *,
    link: Callable[[Verdict], str] | None = None,
) -> Written:
    """The document with every box that is in `decided` (task → verdict) and every figure over such boxes.

    `link` asks for marks behind the tasks: it gives the address of a verdict's evidence, or "".
    """
    boxes = [edit for index, verdict in decided.items() for edit in _box(document, index, verdict)]
    left: list[str] = []
    figures = list(_figures(document, structure, stated, decided, report, left))
    lines = list(document.lines)
    changed: set[int] = set()
    for edit in sorted({*boxes, *figures}, key=lambda e: (e.line, e.span), reverse=True):
        lines[edit.line - 1] = _edited(document, lines[edit.line - 1], edit)
    if link is not None:
        for index, verdict in decided.items():
            at = document.tasks[index].line - 1
            if document.tasks[index].place != "table":
                lines[at] = _marked(document, lines[at], verdict, link(verdict))
    changed = {
        n for n, (old, new) in enumerate(zip(document.lines, lines, strict=True), 1) if old != new
    }
    in_boxes = {document.tasks[index].line for index in decided}
    return Written(
        joined(lines), len(changed & in_boxes), len(changed - in_boxes), tuple(dict.fromkeys(left))
    )


def states(verdict: Verdict) -> list[str]:
    """What a box cannot say: unknown, waived, not applicable, not yet in force."""
    said = [] if verdict.outcome is Outcome.PASS else [STATES[verdict.outcome.value]]
    if verdict.waived is not None and verdict.open:
        said.append(f"{STATES['waived']} {verdict.waived.expires[:10]}")
    if verdict.pending and verdict.open:
        said.append(f"{STATES['pending']} {verdict.pending[:10]}")
    return said


def _box(document: TaskDocument, index: int, verdict: Verdict) -> Iterator[Edit]:
    task = document.tasks[index]
    ticked = verdict.outcome is Outcome.PASS
    if ticked != task.ticked:
        old = document.shown[task.line - 1][task.start : task.end]
        new = _GLYPHS[ticked] if old in "☐☑☒" else "x" if ticked else " "
        yield Edit(task.line, (task.start, task.end), new)


def _figures(
    document: TaskDocument,
    structure: tuple[Category, ...],
    stated: Figures,
    decided: Mapping[int, Verdict],
    report: Report,
    left: list[str],
) -> Iterator[Edit]:
    yield from _scores(document, structure, stated, decided, left)
    total = total_score(structure, decided)
    for row in stated.rows:
        yield from _row(document, structure, row, decided, total, left)
    if total is None:
        if stated.totals or stated.counts or stated.status:
            left.append("the totals, counts and status: not every box has an item")
        return
    for one in stated.totals:
        yield from _total(document, one, total[0].proven)
    still: dict[str, int] = {}
    for index in document.top:
        severity = document.tasks[index].severity or decided[index].item.severity.value
        still[severity] = still.get(severity, 0) + decided[index].open
    for count in stated.counts:
        if count.open:
            yield Edit(count.line, count.span, str(still.get(count.severity, 0)))
    ready = [line for line in stated.status if _READY.search(document.shown[line - 1])]
    sure = [line for line in ready if "PRODUC" in document.shown[line - 1]]
    for line in sure or (ready if len(ready) == 1 else []):
        yield from _status(document, line, report, total[0].proven)


def _scores(
    document: TaskDocument,
    structure: tuple[Category, ...],
    stated: Figures,
    decided: Mapping[int, Verdict],
    left: list[str],
) -> Iterator[Edit]:
    sections = {s.heading: s for c in structure for s in c.sections}
    for line in stated.scores:
        section = sections.get(line.heading)
        if section is None:
            continue
        verdicts = section_of(section, decided)
        if verdicts is None:
            left.append(
                f"the score of section {section.number} (line {line.line}): a box has no item"
            )
            continue
        made = tally(verdicts)
        yield Edit(line.line, line.part, f"{made.passed}/{made.applicable}")
        if line.percent_span is not None:
            yield Edit(line.line, line.percent_span, short(made.share))
        if line.sign is not None:
            yield from _sign(document, line.line, line.sign, made.share)


def _sign(document: TaskDocument, line: int, span: Span, share: Fraction) -> Iterator[Edit]:
    old, new = document.shown[line - 1][slice(*span)], sign(share)
    if old in _SIGNS and old != new and not (old == "❌" and new == "🔴"):
        yield Edit(line, span, new)


def _row(
    document: TaskDocument,
    structure: tuple[Category, ...],
    row: CategoryRow,
    decided: Mapping[int, Verdict],
    total: tuple[object, Fraction] | None,
    left: list[str],
) -> Iterator[Edit]:
    category = category_of(row, structure)
    found = category_score(category, decided) if category is not None else None
    if category is None or found is None:
        left.append(f"the row of {row.title} (line {row.line}): not every box below it has an item")
        return
    if row.weighted is not None and total is None:
        # Its share of a total that stays as it was would not add up with the others'.
        left.append(f"the row of {row.title} (line {row.line}): the total stays as it was")
        return
    share = found[0].proven
    if row.score is not None:
        yield _cell(document, row.line, row.score[1], tenths(share))
    if row.weighted is not None and total is not None:
        part = share * weight(category) / total[1] if total[1] and found[1] else Fraction(0)
        yield _cell(document, row.line, row.weighted[1], tenths(part))


def _total(document: TaskDocument, one: Total, share: Fraction) -> Iterator[Edit]:
    if one.table is not None:
        yield _cell(document, one.line, one.span, tenths(share, down=True))
    else:
        yield Edit(one.line, one.span, tenths(share, down=True))


def _cell(document: TaskDocument, line: int, span: Span, text: str) -> Edit:
    """A number in a cell; the cell keeps its width as far as there are spaces to take or to fill."""
    shown, (start, end) = document.shown[line - 1], span
    old = shown[start:end]
    if "," in old and "." not in old:
        text = text.replace(".", ",")
    more = len(text) - len(old)
    if more < 0:
        return Edit(line, span, " " * -more + text)
    before = len(shown[:start]) - len(shown[:start].rstrip(" "))
    taken = min(more, max(before - 1, 0))
    return Edit(line, (start - taken, end), text)


def _status(document: TaskDocument, line: int, report: Report, share: Fraction) -> Iterator[Edit]:
    shown = document.shown[line - 1]
    found = _READY.search(shown)
    if found is None:
        return
    ready, said = report.readiness.ready, found[1] is None
    spanish = found[2].startswith("LIST")
    if ready and not said:
        yield Edit(line, (found.start(), found.start(2)), "")
    elif not ready and said:
        yield Edit(line, (found.start(), found.start()), "NO " if spanish else "NOT ")
    why = _WHY.search(shown, found.end())
    if why is not None and (text := _reason(report, share, spanish)) is not None:
        yield Edit(line, why.span(), text)
    for old in _SIGNS[:3]:
        at = shown.find(old)
        if 0 <= at < found.start():
            span = (at, at + len(old))
            new = "✅" if ready else "⚠️"
            if (old == "✅") != ready:
                yield Edit(line, span, new)
            return


def _reason(report: Report, share: Fraction, spanish: bool) -> str | None:
    """What stands in brackets behind the status."""
    need = report.checklist.levels.get("ready", 80.0)
    required = "requerido" if spanish else "required"
    if share * 100 < Fraction(str(need)):
        return f"(< {need:g}% {required})"
    if report.readiness.ready:
        return f"(≥ {need:g}% {required})"
    count = sum(v.blocks and v.item.severity.value == "blocker" for v in report.verdicts())
    return f"({count} {'blocker' if count == 1 else 'blockers'} open)" if count else None


def _edited(document: TaskDocument, line: str, edit: Edit) -> str:
    """One edit in the line as it is. Edits of a line come from right to left, so places stay true."""
    given = document.lines[edit.line - 1].rstrip("\r\n")
    shown = document.shown[edit.line - 1]
    skip = 1 if edit.line == 1 and given.startswith("\ufeff") else 0
    start, end = (original_place(given[skip:], shown, at) + skip for at in edit.span)
    text = edit.text
    if document.page and given[skip:] != shown and not text.isascii():
        text = damage(text, document.page)
    return line[:start] + text + line[end:]


def _marked(document: TaskDocument, line: str, verdict: Verdict, link: str) -> str:
    body = line.rstrip("\r\n")
    damaged = document.page is not None  # such a file would not give other signs back as they were
    wanted = mark(states(verdict), link, ascii_only=damaged)
    return marked(body, wanted, ascii_only=damaged) + line[len(body) :]


def decided_by(pairs: Mapping[int, str], report: Report) -> dict[int, Verdict]:
    """Task → verdict of its item, parts of items included."""
    found: dict[str, Verdict] = {}
    stack = report.verdicts()
    while stack:
        verdict = stack.pop()
        found[verdict.item.id] = verdict
        stack += verdict.checks
    return {task: found[item] for task, item in pairs.items() if item in found}
