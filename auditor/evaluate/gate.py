"""The gate: whether a change may be merged. It blocks on what is new, and never passes for want of evidence."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from auditor.evaluate.compare import compare, lapsed
from auditor.model.gate import (
    Cause,
    Change,
    Comparison,
    Gate,
    GateBase,
    PolicyChange,
    Snapshot,
    Worse,
)
from auditor.model.item import Severity

_UNSEEN = ("unseen", "unseen_number")


def judge(
    base: Snapshot,
    head: Snapshot,
    about: GateBase,
    *,
    ratchet: bool = False,
    gone: Collection[str] = (),
    policy: tuple[PolicyChange, ...] = (),
    notes: tuple[str, ...] = (),
) -> Gate:
    """The gate's answer. With `ratchet` no number of any item may be further from its aim than before.

    `head` must have been judged by the base's checklist, waivers and attestations.
    """
    found = compare(base, head, gone=gone)
    opened = [c for c in found.new if c.severity is Severity.BLOCKER]
    still = [c for c in found.still_open if c.severity is Severity.BLOCKER]
    # A waiver that ran out is a promise that was not kept: its item is no old debt any more.
    broken = [c for c in still if lapsed(base, c.item, head.started_at)]
    lost = [c for c in (*opened, *still) if _is_lost(c)]
    new = [c for c in (*opened, *(_broken(c) for c in broken)) if not _is_lost(c)]
    held = [w for w in found.worse if _is_held(w, ratchet)]
    unseen = [w for w in held if w.kind in _UNSEEN]
    named = {c.item for c in new}
    worse = tuple(w for w in held if w.kind not in _UNSEEN and w.item not in named)
    lost += [_unseen(w, found, head) for w in unseen if w.item not in {c.item for c in lost}]
    lost += [c for c in (_untold(c, base) for c in still if c not in broken) if c is not None]
    met = not (new or lost or worse)
    return Gate(
        met=met,
        undecided=bool(lost) and not (new or worse),
        base=about,
        new_blockers=tuple(new),
        resolved=tuple(c for c in found.resolved if c.severity is Severity.BLOCKER),
        evidence_lost=tuple({c.item: c for c in lost}.values()),
        still_open=tuple(c for c in still if c not in broken),
        changes=found.changes,
        worse=worse,
        policy=policy,
        tighten=found.better if ratchet and met else (),
        notes=(*notes, *_unjudged(found, about)),
    )


def _is_lost(change: Change) -> bool:
    """Decided at the base, and unknown at the head."""
    return change.before in ("pass", "fail") and change.after == "unknown"


def _broken(change: Change) -> Change:
    return replace(change, cause=Cause.WAIVER_EXPIRED)


def _untold(change: Change, base: Snapshot) -> Change | None:
    """An open blocker that the base did not judge because a probe broke off there: it may be new."""
    if change.before != "unknown":
        return None
    item = next(i for i in base.items if i.id == change.item)
    gone = [name for name in item.probes if name in base.broken]
    if not gone:
        return None
    text = f"the probe {gone[0]} broke off at the base, so whether this is new cannot be told; {change.text}"
    return replace(change, cause=Cause.EVIDENCE_LOST, text=text)


def _is_held(worse: Worse, ratchet: bool) -> bool:
    """What got worse inside an open item counts in blockers; numbers of the others, with a ratchet."""
    if worse.severity is Severity.BLOCKER:
        return True
    return ratchet and worse.kind in ("number", "unseen_number")


def _unseen(worse: Worse, found: Comparison, head: Snapshot) -> Change:
    known = {c.item: c for c in (*found.changes, *found.still_open)}.get(worse.item)
    item = next(i for i in head.items if i.id == worse.item)
    return Change(
        item=item.id,
        number=item.number,
        title=item.title,
        severity=item.severity,
        before=known.before if known else item.state,
        after=item.state,
        cause=Cause.EVIDENCE_LOST,
        text=f"{worse.fact}: {worse.text}",
    )


def _unjudged(found: Comparison, about: GateBase) -> tuple[str, ...]:
    """A word on blockers that fail now where a clean checkout of the base had no evidence to judge."""
    names = [
        c.item
        for c in found.still_open
        if c.severity is Severity.BLOCKER and (c.before, c.after) == ("unknown", "fail")
    ]
    if about.kind != "audit" or not names:
        return ()
    return (
        f"{len(names)} of the blockers that are still open could not be judged at the base, whose clean"
        f" checkout holds no reports: {', '.join(names)}. A bundle of a run on the base has them:"
        " auditor audit . --bundle DIR there, and auditor gate . --baseline DIR here.",
    )
