"""What the gate says of one open item, for the formats that mark items one by one."""

from __future__ import annotations

from enum import StrEnum

from auditor.model.gate import Gate
from auditor.model.verdict import Verdict

_OPEN = ("fail", "unknown")


class Mark(StrEnum):
    """An open item beside the base.

    A new blocker, one worse inside, one without its evidence: these keep a gate from being met. Opened
    by the change and no blocker, or as open as it was: these do not.
    """

    NEW = "new"
    WORSE = "worse"
    LOST = "lost"
    OPENED = "opened"
    OLD = "old"

    @property
    def counts(self) -> bool:
        """Whether it keeps the gate from being met."""
        return self in (Mark.NEW, Mark.WORSE, Mark.LOST)


def mark(gate: Gate, verdict: Verdict) -> Mark:
    """How an open item stands beside the base. What the gate does not speak of was open before."""
    name = verdict.item.id
    if any(change.item == name for change in gate.evidence_lost):
        return Mark.LOST
    if any(change.item == name for change in gate.new_blockers):
        return Mark.NEW
    if any(worse.item == name for worse in gate.worse):
        return Mark.WORSE
    opened = (c for c in gate.changes if c.item == name and c.before not in _OPEN)
    return Mark.OPENED if any(opened) else Mark.OLD
