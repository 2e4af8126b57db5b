"""The progress from one audit to the next, as a daily note: what is resolved, done, broken, lost and next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from auditor.evaluate.times import moment
from auditor.model.gate import Cause, Change, Comparison, Snapshot, Worse
from auditor.model.item import Severity
from auditor.model.verdict import Outcome

_BROKEN = ("fail", "waived", "pending")
_UNSETTLED = ("fail", "unknown", "waived", "pending")


@dataclass(frozen=True, slots=True)
class Resolved:
    """How many applicable items of a severity pass, of how many, now and before; `waived` are open ones."""

    severity: Severity
    passed: int
    total: int
    waived: int
    passed_before: int
    total_before: int


@dataclass(frozen=True, slots=True)
class Next:
    """What to do next: the items of one step (numbers and titles), and how."""

    items: tuple[str, ...]
    how: str = ""


@dataclass(frozen=True, slots=True)
class Daily:
    """The note. Each change is in one of the lists: completed, broken, lost, opened, others.

    `opened` are items that were neither open nor passed before: new demands, waivers that ended.
    """

    old: Snapshot
    new: Snapshot
    resolved: tuple[Resolved, ...]
    proven: tuple[float, float]
    completed: tuple[Change, ...]
    broken: tuple[Change, ...]
    lost: tuple[Change, ...]
    opened: tuple[Change, ...]
    others: tuple[Change, ...]
    worse: tuple[Worse, ...]
    next: tuple[Next, ...]
    notes: tuple[str, ...]


def daily(old: Snapshot, new: Snapshot, found: Comparison, steps: Sequence[Next]) -> Daily:
    """The note of two audits of a service and their comparison."""
    kinds: dict[str, list[Change]] = {}
    newly = {c.item for c in found.new}
    for change in found.changes:
        kinds.setdefault(_kind(change, newly), []).append(change)
    return Daily(
        old=old,
        new=new,
        resolved=tuple(_resolved(s, old, new) for s in (Severity.BLOCKER, Severity.CRITICAL)),
        proven=found.proven,
        completed=tuple(kinds.get("completed", ())),
        broken=tuple(kinds.get("broken", ())),
        lost=tuple(kinds.get("lost", ())),
        opened=tuple(kinds.get("opened", ())),
        others=tuple(kinds.get("others", ())),
        worse=found.worse,
        next=tuple(steps),
        notes=tuple(_notes(old, new)),
    )


def _kind(change: Change, newly: set[str]) -> str:
    if change.after == "pass" and change.before in _UNSETTLED:
        return "completed"
    if change.after == "unknown" and (
        change.before == "pass" or change.cause is Cause.EVIDENCE_LOST
    ):
        return "lost"
    if change.before == "pass" and change.after in _BROKEN:
        return "broken"
    return "opened" if change.item in newly else "others"


def _resolved(severity: Severity, old: Snapshot, new: Snapshot) -> Resolved:
    (before, total_before, _), (passed, total, waived) = _counted(severity, old), _counted(severity, new)  # fmt: skip
    return Resolved(severity, passed, total, waived, before, total_before)


def _counted(severity: Severity, side: Snapshot) -> tuple[int, int, int]:
    items = [i for i in side.items if i.severity is severity]
    asked = [i for i in items if i.outcome is not Outcome.NOT_APPLICABLE]
    passed = sum(i.outcome is Outcome.PASS for i in asked)
    return passed, len(asked), sum(i.waived for i in asked)


def _notes(old: Snapshot, new: Snapshot) -> list[str]:
    """What makes a comparison of the two less than plain."""
    notes = []
    if (old.service, old.repository, old.root) != (new.service, new.repository, new.root):
        places = [f"{s.service} ({'/'.join(p for p in (s.repository, s.root) if p)})" for s in (old, new)]  # fmt: skip
        notes.append(f"The two audits are not of the same service: {places[0]} and {places[1]}.")
    before, after = moment(old.started_at), moment(new.started_at)
    if before is not None and after is not None and before > after:
        notes.append("The first audit is the later one of the two: this note reads backwards.")
    if old.checklist_digest != new.checklist_digest:
        notes.append("The checklist is not the same in both audits, so not all that moved is work.")
    if old.tool_version != new.tool_version:
        notes.append(f"The auditor was {old.tool_version}, and is {new.tool_version}.")
    return notes
