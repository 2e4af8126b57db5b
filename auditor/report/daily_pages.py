"""The daily note for a terminal, as Markdown and as JSON."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Iterator
from decimal import Decimal
from math import floor
from typing import Any

import msgspec

from auditor.model.gate import Change, Snapshot, Worse
from auditor.model.item import Severity
from auditor.report.daily import Daily, Next, Resolved
from auditor.report.gate_text import CAUSES
from auditor.report.summary import moment
from auditor.report.text import clipped, json_safe, markdown, one_line

_LONGEST = 300
_MOST = 30
_NAMES = {Severity.BLOCKER: "Blockers resolved", Severity.CRITICAL: "Critical resolved"}


class Count(msgspec.Struct):
    """Applicable items of a severity that pass, of how many, now and before; `waived` are open ones."""

    passed: int
    total: int
    waived: int
    passed_before: int
    total_before: int


class Side(msgspec.Struct):
    """One of the two audits."""

    service: str
    commit: str | None
    dirty: bool
    started_at: str
    tool_version: str
    checklist: str
    checklist_version: str
    checklist_digest: str
    proven: float


class Moved(msgspec.Struct, rename={"before": "from", "after": "to"}):
    """An item that is in another state than before, with the cause."""

    item: str
    number: str
    title: str
    severity: str
    before: str
    after: str
    cause: str
    text: str


class Inside(msgspec.Struct):
    """Something that got worse inside an open item."""

    item: str
    kind: str
    fact: str
    text: str
    path: str | None
    line: int | None


class Todo(msgspec.Struct):
    """A next step: the items that it moves, and how."""

    items: list[str]
    how: str


class Document(msgspec.Struct):
    """The whole note; every item that moved is in exactly one of the lists."""

    schema_version: str
    date: str
    old: Side
    new: Side
    blockers: Count
    critical: Count
    completed: list[Moved]
    newly_broken: list[Moved]
    evidence_lost: list[Moved]
    newly_open: list[Moved]
    other_changes: list[Moved]
    worse: list[Inside]
    next_steps: list[Todo]
    notes: list[str]


def schema() -> dict[str, Any]:
    """The JSON Schema of the note, published as config/schemas/daily.schema.json."""
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The daily note of auditor as JSON",
        "description": "Schema version 1. Fields may be added, never renamed.",
    }
    return head | msgspec.json.schema(Document)


def _json(note: Daily, width: int) -> str:
    plain = msgspec.to_builtins(document(note))
    return json_safe(json.dumps(plain, indent=2, ensure_ascii=False, allow_nan=False)) + "\n"


def document(note: Daily) -> Document:
    """The note in the shape of its JSON."""
    counts = [
        Count(r.passed, r.total, r.waived, r.passed_before, r.total_before) for r in note.resolved
    ]
    return Document(
        schema_version="1",
        date=_date(note.new),
        old=_side(note.old, note.proven[0]),
        new=_side(note.new, note.proven[1]),
        blockers=counts[0],
        critical=counts[1],
        completed=_moved(note.completed),
        newly_broken=_moved(note.broken),
        evidence_lost=_moved(note.lost),
        newly_open=_moved(note.opened),
        other_changes=_moved(note.others),
        worse=[
            Inside(w.item, w.kind, w.fact, w.text, w.location.path, w.location.line)
            for w in note.worse
        ],
        next_steps=[Todo(list(n.items), n.how) for n in note.next],
        notes=list(note.notes),
    )


def _side(side: Snapshot, proven: float) -> Side:
    return Side(
        side.service, side.commit, side.dirty, side.started_at, side.tool_version, side.checklist,
        side.checklist_version, side.checklist_digest, proven,
    )  # fmt: skip


def _moved(changes: tuple[Change, ...]) -> list[Moved]:
    return [
        Moved(c.item, c.number, c.title, c.severity.value, c.before, c.after, c.cause.value, c.text)
        for c in changes
    ]


def _date(side: Snapshot) -> str:
    return moment(side.started_at)[:10]


def _resolved(count: Resolved) -> str:
    waived = f", {count.waived} waived" if count.waived else ""
    moved = count.passed - count.passed_before
    was = f", of {count.total_before} before" if count.total != count.total_before else ""
    return f"{count.passed} of {count.total} ({moved:+d}{waived}{was})"


def _score(note: Daily) -> str:
    """Rounded down, so that 79.96 never looks like 80."""
    before, after = (floor(Decimal(str(p)) * 10) for p in note.proven)
    return f"{after / 10:.1f} % proven ({(after - before) / 10:+.1f})"


def _parts(note: Daily) -> Iterator[tuple[str, list[str], str]]:
    """Heading, entries, and what marks an entry in Markdown."""
    yield "Completed", [_done(c) for c in note.completed], "[x] "
    yield "Newly broken", [_changed(c) for c in note.broken], ""
    yield "Evidence lost", [_changed(c) for c in note.lost], ""
    yield "Newly open", [_changed(c) for c in note.opened], ""
    yield "Worse inside open items", [_worse(w) for w in note.worse], ""
    yield "Other changes", [_changed(c) for c in note.others], ""
    yield "Next steps", [_next(n) for n in note.next], "[ ] "
    yield "Notes", list(note.notes), ""


def _done(change: Change) -> str:
    return f"{change.number} {change.title} ({change.severity.value}, was {change.before})"


def _changed(change: Change) -> str:
    told = f": {change.text}" if change.text else ""
    moved = f"{change.before} -> {change.after}, cause: {CAUSES[change.cause]}"
    return f"{change.number} {change.title} ({change.severity.value}): {moved}{told}"


def _worse(worse: Worse) -> str:
    place = f" at {worse.location}" if str(worse.location) else ""
    return f"{worse.item}: {worse.fact}{place}: {worse.text}"


def _next(step: Next) -> str:
    joint = "" if not step.how else ": "
    return f"{'; '.join(step.items)}{joint}{step.how}"


def _some(entries: list[str]) -> list[str]:
    more = len(entries) - _MOST
    rest = [f"and {more} more; --format json lists them all"] if more > 0 else []
    return [*entries[:_MOST], *rest]


def _terminal(note: Daily, width: int) -> str:
    since = moment(note.old.started_at)
    head = f"{_date(note.new)} - {note.new.service}: daily progress since {since}"
    lines = textwrap.wrap(one_line(head), width)
    lines.append("")
    for count in note.resolved:
        lines.append(f"{_NAMES[count.severity] + ':':<19}{_resolved(count)}")
    lines.append(f"{'Overall score:':<19}{_score(note)}")
    for title, entries, _ in _parts(note):
        if entries or title == "Completed":
            lines += ["", title.upper()]
            for entry in _some(entries) or ["nothing"]:
                lines += textwrap.wrap(
                    clipped(entry, _LONGEST), width, initial_indent="  - ",
                    subsequent_indent="    ", break_on_hyphens=False,
                )  # fmt: skip
    return "\n".join([*lines, ""])


def _markdown(note: Daily, width: int) -> str:
    lines = [f"### {markdown(_date(note.new))} - {markdown(note.new.service)}: daily progress", ""]
    lines += [f"- **{_NAMES[c.severity]}**: {_resolved(c)}" for c in note.resolved]
    lines.append(f"- **Overall score**: {_score(note)}")
    for title, entries, mark in _parts(note):
        if entries or title == "Completed":
            lines += ["", f"**{title}**:", ""]
            lines += [f"- {mark}{markdown(clipped(e, _LONGEST))}" for e in _some(entries)]
            lines += [] if entries else ["- nothing"]
    return "\n".join([*lines, ""])


RENDERERS: dict[str, Callable[[Daily, int], str]] = {
    "terminal": _terminal,
    "markdown": _markdown,
    "json": _json,
}
"""Format → what renders the note in so many cells."""
