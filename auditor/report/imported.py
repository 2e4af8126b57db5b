"""What an import says: what was read, where the source contradicts itself, and what each task is taken for."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator
from typing import Any

from auditor.checklist.imported import Bound, Imported, tally
from auditor.checklist.imported_binding import BOUND, Match
from auditor.checklist.imported_known import same_words
from auditor.report.text import clipped, json_safe, plain

_MOST_FINDINGS = 40
_MOST_SHOWN = 10


def text(made: Imported, *, width: int = 80) -> str:
    """For a terminal, without colours; lines are at most `width` cells wide."""
    parts = [_head(made), _findings(made), _notes(made), _bindings(made, width)]
    lines = [line for part in parts for line in (*part, "")]
    return "\n".join(_wrapped(lines, width)).rstrip("\n") + "\n"


def as_json(made: Imported, output: str | None = None) -> str:
    """Everything for a program; `output` is the file that was written."""
    found: dict[str, Any] = {
        "source": made.name,
        "title": made.title,
        "output": output,
        "encoding_repaired": made.document.page,
        "counts": tally(made),
        "findings": [
            {"kind": f.kind, "text": f.text, "lines": list(f.lines)} for f in made.findings
        ],
        "notes": list(made.notes),
        "bound_from": BOUND,
        "items": [_item(made, one) for one in made.bound()],
    }
    return json_safe(json.dumps(found, indent=2, ensure_ascii=False)) + "\n"


def _item(made: Imported, one: Bound) -> dict[str, Any]:
    task = made.document.tasks[one.task]
    return {
        "line": task.line,
        "ticked": task.ticked,
        "id": one.id,
        "number": one.number,
        "title": task.title,
        "severity": one.severity,
        "severity_stated": task.severity is not None,
        "nested": task.parent is not None,
        "place": task.place,
        "bound_to": one.known.id if one.known is not None else None,
        "decided_by": "evidence" if one.known and one.known.decided else "attestation",
        "nearest": _candidate(one.match, 0),
        "runner_up": _candidate(one.match, 1),
    }


def _candidate(match: Match, place: int) -> dict[str, Any] | None:
    found = (match.best, match.next)[place]
    return {"id": found.id, "score": found.score} if found is not None else None


def _head(made: Imported) -> list[str]:
    counts = tally(made)
    severities = ", ".join(
        f"{counts[s]} {s}" for s in ("blocker", "critical", "important", "nice") if counts[s]
    )
    sections = sum(len(c.sections) for c in made.categories)
    nested = f", {counts['nested']} of them parts of others" if counts["nested"] else ""
    return [
        f"{plain(made.title)} ({plain(made.name)})",
        f"{_counted(counts['tasks'], 'task')} in {_counted(sections, 'section')} of"
        f" {_counted(len(made.categories), 'category', 'categories')}{nested}; {counts['ticked']} ticked.",
        f"Severities: {severities}.",
    ]


def _findings(made: Imported) -> list[str]:
    if not made.findings:
        return ["Its figures do not contradict each other or its boxes."]
    count = len(made.findings)
    lines = [f"It contradicts itself in {_counted(count, 'place')}:"]
    for found in made.findings[:_MOST_FINDINGS]:
        lines.append(f"  - {plain(found.text)}{_places(found.lines)}")
    if count > _MOST_FINDINGS:
        lines.append(f"  … and {count - _MOST_FINDINGS} more; --json tells all.")
    return lines


def _places(lines: tuple[int, ...]) -> str:
    if not lines:
        return ""
    more = f" and {len(lines) - 4} more" if len(lines) > 4 else ""
    return f" ({'line' if len(lines) == 1 else 'lines'} {', '.join(map(str, lines[:4]))}{more})"


def _notes(made: Imported) -> list[str]:
    if not made.notes:
        return []
    return ["How it was read:", *(f"  - {plain(note)}" for note in made.notes)]


def _bindings(made: Imported, width: int) -> Iterator[str]:
    counts = tally(made)
    every = made.bound()
    bound = [one for one in every if one.known is not None]
    yield (
        f"{len(bound)} of {_counted(len(every), 'task')} {'means' if len(bound) == 1 else 'mean'} a known item"
        f" (score {BOUND:.2f} or more); evidence decides {counts['decided']}. A person attests the rest."
    )
    doubtful = sorted(
        (
            one
            for one in bound
            if not same_words(one.known.title if one.known else "", _title(made, one))
        ),
        key=lambda one: one.match.best.score if one.match.best else 0.0,
    )
    unsure = [one for one in doubtful if one.match.best and one.match.best.score < 0.9][
        :_MOST_SHOWN
    ]
    if unsure:
        yield "Look at these first, the least sure ones:"
        yield from (line for one in unsure for line in _binding(made, one, width))
    near = [o for o in every if o.known is None and o.match.best and o.match.best.score >= 0.5]
    if near:
        near.sort(key=lambda one: -(one.match.best.score if one.match.best else 0.0))
        yield "Not bound, though near:"
        yield from (line for one in near[:_MOST_SHOWN] for line in _binding(made, one, width))


def _binding(made: Imported, one: Bound, width: int) -> Iterator[str]:
    best, behind = one.match.best, one.match.next
    if best is None:
        return
    yield f"  {best.score:.2f} {one.number:<7} {clipped(_title(made, one), width - 16)}"
    after = f" (next {behind.id} {behind.score:.2f})" if behind is not None else ""
    yield f"               {best.id}{after}"


def _title(made: Imported, one: Bound) -> str:
    return made.document.tasks[one.task].title


def _counted(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _wrapped(lines: Iterable[str], width: int) -> Iterator[str]:
    for line in lines:
        start = len(line) - len(line.lstrip(" "))
        hang = " " * (start + (2 if line.lstrip().startswith("- ") else 0))
        yield from textwrap.wrap(line, width, subsequent_indent=hang, break_long_words=True) or [""]
