"""The shape of `gate` in the JSON report: fields may be added, never renamed."""

from __future__ import annotations

from typing import Literal

import msgspec

from auditor.model import gate as noun
from auditor.report.text import address

Causes = Literal[
    "code", "environment", "checklist", "tool_version", "evidence_lost", "waiver_expired", "waiver"
]


class Base(msgspec.Struct, frozen=True):
    """What the head was compared with: an audit of the merge base, a bundle or a baseline file."""

    kind: Literal["audit", "bundle", "baseline"]
    ref: str
    commit: str | None
    made_at: str
    tool_version: str


class Change(msgspec.Struct, frozen=True, rename={"before": "from", "after": "to"}):
    """An item and its states: pass, fail, unknown, not_applicable, waived, absent."""

    item: str
    before: str
    after: str
    cause: Causes
    number: str
    title: str
    severity: Literal["blocker", "critical", "important", "nice"]
    text: str


class Worse(msgspec.Struct, frozen=True):
    """What got worse inside an item that was open already."""

    item: str
    kind: Literal["finding", "number", "part"]
    fact: str
    text: str
    path: str | None
    line: int | None


class Policy(msgspec.Struct, frozen=True):
    """A change of configuration, checklist, waivers or attestations, which this gate did not obey."""

    what: str
    text: str


class Gate(msgspec.Struct, frozen=True):
    """The gate's answer; `undecided` where it is not met for want of evidence alone.

    The four lists hold blockers, and `changes` items of every severity.
    """

    met: bool
    base: Base
    new_blockers: list[Change]
    resolved: list[Change]
    evidence_lost: list[Change]
    still_open: list[Change]
    changes: list[Change]
    undecided: bool
    worse: list[Worse]
    policy: list[Policy]
    tighten: list[str]
    notes: list[str]
    integrity: list[str]


def gate_document(gate: noun.Gate) -> Gate:
    """The gate in the shape of its JSON."""
    base = gate.base
    return Gate(
        met=gate.met,
        base=Base(
            kind=_KINDS[base.kind],
            ref=address(base.ref),
            commit=base.commit,
            made_at=base.made_at,
            tool_version=base.tool_version,
        ),
        new_blockers=[change(c) for c in gate.new_blockers],
        resolved=[change(c) for c in gate.resolved],
        evidence_lost=[change(c) for c in gate.evidence_lost],
        still_open=[change(c) for c in gate.still_open],
        changes=[change(c) for c in gate.changes],
        undecided=gate.undecided,
        worse=[
            Worse(w.item, _WORSE[w.kind], w.fact, w.text, w.location.path, w.location.line)
            for w in gate.worse
        ],
        policy=[Policy(p.what, p.text) for p in gate.policy],
        tighten=list(gate.tighten),
        notes=list(gate.notes),
        integrity=list(gate.integrity),
    )


_KINDS: dict[str, Literal["audit", "bundle", "baseline"]] = {
    "audit": "audit", "bundle": "bundle", "baseline": "baseline"
}  # fmt: skip
_WORSE: dict[str, Literal["finding", "number", "part"]] = {
    "finding": "finding", "number": "number", "part": "part"
}  # fmt: skip


def change(made: noun.Change) -> Change:
    """A change in the shape of its JSON."""
    return Change(
        item=made.item,
        before=made.before,
        after=made.after,
        cause=made.cause.value,
        number=made.number,
        title=made.title,
        severity=made.severity.value,
        text=made.text,
    )
