"""The gate's part of the reports for people, and the comparison of two audits, as lines and Markdown."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from auditor.model.gate import Cause, Change, Comparison, Gate, GateBase, Snapshot, Worse
from auditor.report.summary import counted, moment
from auditor.report.text import clipped, markdown, one_line

CAUSES = {
    Cause.CODE: "the code",
    Cause.ENVIRONMENT: "the environment",
    Cause.CHECKLIST: "the checklist",
    Cause.TOOL_VERSION: "the version of the auditor",
    Cause.EVIDENCE_LOST: "lost evidence",
    Cause.WAIVER_EXPIRED: "an expired waiver",
    Cause.WAIVER: "a waiver",
}
_KINDS = {
    "audit": "an audit of the merge base",
    "bundle": "a bundle",
    "baseline": "a baseline",
}
_LONGEST = 300
_MOST = 30


@dataclass(frozen=True, slots=True)
class Part:
    """A heading, and what stands below it, one entry a line; `note` stands beside the heading."""

    title: str
    lines: tuple[str, ...]


def answer(gate: Gate) -> str:
    """The gate's answer in one line."""
    if gate.met:
        count = counted(len(gate.still_open), "old blocker")
        return f"GATE MET: no new blocker; {count} still open, {len(gate.resolved)} resolved"
    said = [
        counted(len(gate.new_blockers), "new blocker"),
        f"{len(gate.evidence_lost)} with lost evidence",
        f"{len(gate.worse)} worse inside open items",
    ]
    shown = ", ".join(s for s in said if not s.startswith("0 "))
    word = "GATE NOT DECIDED: too little evidence to say" if gate.undecided else "GATE NOT MET"
    return f"{word}: {shown}"


def sign(gate: Gate) -> str:
    """The answer as one character."""
    return "✅" if gate.met else "❔" if gate.undecided else "❌"


def compared_with(base: GateBase) -> str:
    """What the head was compared with, in words."""
    kind = _KINDS.get(base.kind, base.kind)
    commit = f" at commit {base.commit[:12]}" if base.commit else ""
    about = f" (--against {base.ref})" if base.kind == "audit" else f" ({base.ref})"
    made = f", made {moment(base.made_at)} by auditor {base.tool_version}"
    return f"Compared with {kind}{commit}{about}{made}."


def gate_parts(gate: Gate) -> Iterator[Part]:
    """Everything that the gate has to say, the most pressing first; parts without a line are left out."""
    seen = {
        c.item for c in (*gate.new_blockers, *gate.resolved, *gate.evidence_lost, *gate.still_open)
    }
    others = [c for c in gate.changes if c.item not in seen]
    parts = (
        Part("New blockers", tuple(map(_changed, gate.new_blockers))),
        Part("Evidence lost", tuple(map(_changed, gate.evidence_lost))),
        Part("Worse inside open items", tuple(map(_worse, gate.worse))),
        Part("Resolved", tuple(map(_changed, gate.resolved))),
        Part("Blockers that are still open", tuple(map(_named, gate.still_open))),
        Part("Other items that changed", tuple(map(_changed, others))),
        Part(
            "Changes to the rules that this gate did not obey",
            tuple(f"{p.what}: {p.text}" for p in gate.policy),
        ),
        Part("The baseline can be tightened", tuple(_tighten(gate))),
        Part("What does not protect this gate", gate.integrity),
        Part("Notes", gate.notes),
    )
    return (p for p in parts if p.lines)


def _tighten(gate: Gate) -> Iterator[str]:
    yield from gate.tighten
    if gate.tighten:
        yield f"Write the better state down: auditor gate . --adopt {gate.base.ref}"


def comparison_parts(found: Comparison) -> Iterator[Part]:
    """Everything that differs between two audits."""
    names = {c.item for c in (*found.new, *found.resolved)}
    others = [c for c in found.changes if c.item not in names]
    parts = (
        Part("Open now, and not before", tuple(map(_changed, found.new))),
        Part("Resolved", tuple(map(_changed, found.resolved))),
        Part("Other changes", tuple(map(_changed, others))),
        Part("Worse inside open items", tuple(map(_worse, found.worse))),
    )
    return (p for p in parts if p.lines)


def comparison_head(base: Snapshot, head: Snapshot, found: Comparison) -> str:
    """What was compared, and how far the score moved."""
    moved = f"{found.proven[0]:.1f} % proven before, {found.proven[1]:.1f} % after"
    sides = [
        f"{s.service} at {(s.commit or 'no commit')[:12]} ({moment(s.started_at)})"
        for s in (base, head)
    ]
    count = counted(len(found.changes), "item") + (
        " differs" if len(found.changes) == 1 else " differ"
    )
    return (
        f"From {sides[0]} to {sides[1]}: {moved}; {count if found.changes else 'no item differs'}."
    )


def _changed(change: Change) -> str:
    cause = CAUSES[change.cause]
    told = f": {change.text}" if change.text else ""
    return f"{_named(change)}: {change.before} -> {change.after}, cause: {cause}{told}"


def _named(change: Change) -> str:
    return f"{change.number} {change.title} ({change.item}, {change.severity.value})"


def _worse(worse: Worse) -> str:
    place = f" at {worse.location}" if str(worse.location) else ""
    what = {"finding": "a new finding", "number": "further away", "part": "holds no more"}
    return f"{worse.item}: {worse.fact}: {what.get(worse.kind, worse.kind)}{place}: {worse.text}"


def plain_lines(parts: Iterable[Part], width: int) -> Iterator[str]:
    """The parts as lines of at most `width` cells, each part after an empty line."""
    for part in parts:
        yield ""
        yield part.title.upper()
        for text in _shown(part):
            yield from textwrap.wrap(
                clipped(text, _LONGEST), max(width, 40), initial_indent="  - ",
                subsequent_indent="    ", break_on_hyphens=False,
            )  # fmt: skip


def markdown_lines(parts: Iterable[Part], level: int = 3) -> Iterator[str]:
    """The parts as Markdown, harmless whatever they quote."""
    for part in parts:
        yield ""
        yield f"{'#' * level} {markdown(part.title)}"
        yield ""
        yield from (f"- {markdown(clipped(text, _LONGEST))}" for text in _shown(part))


def _shown(part: Part) -> list[str]:
    more = len(part.lines) - _MOST
    rest = [f"and {more} more; all are in the JSON report"] if more > 0 else []
    return [*part.lines[:_MOST], *rest]


def gate_markdown(gate: Gate) -> Iterator[str]:
    """The gate's part of the Markdown report."""
    yield f"## {sign(gate)} {markdown(answer(gate))}"
    yield ""
    yield markdown(one_line(compared_with(gate.base)))
    yield from markdown_lines(gate_parts(gate))


def gate_lines(gate: Gate, width: int) -> Iterator[str]:
    """The gate's part of the report for a terminal; its last line is the answer."""
    yield from plain_lines(gate_parts(gate), width)
    yield ""
    yield from textwrap.wrap(one_line(compared_with(gate.base)), max(width, 40))
    yield from textwrap.wrap(answer(gate), max(width, 40))
