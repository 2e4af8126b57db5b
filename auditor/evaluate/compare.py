"""Two audits compared: which items are in another state and why, and what got worse inside open ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime

from auditor.evaluate.times import moment
from auditor.model.gate import Cause, Change, Comparison, ItemState, Leaf, Snapshot, Spot, Worse
from auditor.model.verdict import Outcome

_DECIDED = (Outcome.PASS, Outcome.FAIL)


def compare(base: Snapshot, head: Snapshot, *, gone: Collection[str] = ()) -> Comparison:
    """What differs. A snapshot compared with itself differs in nothing.

    `gone` are paths that the head has no more: a finding in one of them may have moved with its file.
    """
    before, after = ({i.id: i for i in side.items} for side in (base, head))
    fresh = new_spots(base.findings, head.findings, gone)
    listed = Counter(s.fact.partition("@")[0] for s in base.findings)
    pairs = [(before.get(name), after.get(name)) for name in dict.fromkeys((*after, *before))]
    both = [(old, new) for old, new in pairs if old is not None and new is not None]
    return Comparison(
        changes=tuple(_change(base, head, a, b) for a, b in pairs if _state(a) != _state(b)),
        new=tuple(
            _change(base, head, a, b) for a, b in pairs if b and b.open and not (a and a.open)
        ),
        resolved=tuple(
            _change(base, head, a, b) for a, b in both if a.open and b.outcome is Outcome.PASS
        ),
        still_open=tuple(_change(base, head, a, b) for a, b in both if a.open and b.open),
        worse=tuple(worse for a, b in both for worse in _worse(a, b, fresh, listed)),
        better=tuple(text for a, b in both for text in _better(a, b)),
        proven=(base.proven, head.proven),
    )


def _state(item: ItemState | None) -> str:
    return item.state if item is not None else "absent"


def _change(base: Snapshot, head: Snapshot, old: ItemState | None, new: ItemState | None) -> Change:
    known = new or old
    if known is None:
        raise ValueError("an item that neither side knows")
    cause = why(base, head, old, new)
    return Change(
        item=known.id,
        number=known.number,
        title=known.title,
        severity=known.severity,
        before=_state(old),
        after=_state(new),
        cause=cause,
        text=_text(cause, base, head, new),
    )


def why(base: Snapshot, head: Snapshot, old: ItemState | None, new: ItemState | None) -> Cause:
    """The cause of an item's state: what was asked, who asked, what could be seen, or the code."""
    if old is None or new is None:
        return Cause.CHECKLIST
    if old.pending and not new.pending and new.outcome is old.outcome:
        return Cause.CHECKLIST
    if old.waived and new.open:
        return Cause.WAIVER_EXPIRED if lapsed(base, old.id, head.started_at) else Cause.WAIVER
    if _asked_otherwise(base, head, old, new):
        return Cause.CHECKLIST
    if old.waived != new.waived and old.outcome is new.outcome:
        return Cause.WAIVER
    if old.outcome in _DECIDED and new.outcome is Outcome.UNKNOWN:
        return Cause.EVIDENCE_LOST
    if base.tool_version != head.tool_version or _other_probes(base, head, new):
        return Cause.TOOL_VERSION
    same = base.commit is not None and base.commit == head.commit
    if (same and not base.dirty and not head.dirty) or _is_outside(old, new):
        return Cause.ENVIRONMENT
    return Cause.CODE


def _asked_otherwise(base: Snapshot, head: Snapshot, old: ItemState, new: ItemState) -> bool:
    """Whether an item asks something else; a report does not say, so there the whole checklist tells."""
    if old.asks and new.asks:
        return old.asks != new.asks
    return base.checklist_digest != head.checklist_digest


def lapsed(base: Snapshot, item: str, now: str) -> bool:
    """Whether every waiver of an item that the base knows has run out by `now`, and there is one."""
    ends = [moment(w.expires) for w in base.waivers if w.item == item]
    return bool(ends) and all(end is None or end <= datetime.fromisoformat(now) for end in ends)


def _other_probes(base: Snapshot, head: Snapshot, new: ItemState) -> bool:
    versions = [(base.probes.get(p), head.probes.get(p)) for p in new.probes]
    return any(a is not None and b is not None and a != b for a, b in versions)


def _is_outside(old: ItemState, new: ItemState) -> bool:
    """Whether all that changed is what a running system said."""
    was = {leaf.name: leaf.truth for leaf in old.leaves}
    moved = [leaf for leaf in new.leaves if was.get(leaf.name) is not leaf.truth]
    return all(leaf.outside for leaf in moved) if moved else new.outside


def _text(cause: Cause, base: Snapshot, head: Snapshot, new: ItemState | None) -> str:
    if new is None:
        return "the checklist does not ask it any more"
    if cause is Cause.TOOL_VERSION and base.tool_version != head.tool_version:
        return f"the auditor was {base.tool_version} and is {head.tool_version}; {new.reason}"
    if cause is Cause.WAIVER_EXPIRED:
        ends = max((w.expires for w in base.waivers if w.item == new.id), default="")
        return f"its waiver ran out on {ends}; {new.reason}"
    return new.reason


def _worse(
    old: ItemState, new: ItemState, fresh: list[Spot], listed: Mapping[str, int]
) -> Iterator[Worse]:
    """What got worse inside an item that is open now; of one that was not open, only its numbers.

    `listed` is how many findings the base has of a fact: where it counts more than it lists, which
    of them are new cannot be told, and the number alone is compared.
    """
    if not new.open:
        return
    was: dict[tuple[str, str], list[Leaf]] = {}
    for leaf in old.leaves:
        was.setdefault(_named(leaf), []).append(leaf)
    told = set()
    for leaf in new.leaves:
        # An item and its part may ask the same of a fact: the first is compared with the first.
        alike = was.get(_named(leaf), [])
        before = alike.pop(0) if len(alike) > 1 else next(iter(alike), None)
        if before is None or before.truth is None:
            continue
        if leaf.truth is None:
            kind = "unseen_number" if before.number is not None and before.better else "unseen"
            yield _inside(new, kind, leaf, f"{before.observed} before, and cannot be told now")
            continue
        fact = leaf.name.partition("@")[0]
        if before.number is None or before.better > 0 or listed[fact] >= before.number:
            told.add(fact)
        if _further(before, leaf):
            text = f"{leaf.observed}, and was {before.observed} (wanted {leaf.expected})"
            yield _inside(new, "number", leaf, text)
        elif old.open and before.truth and not leaf.truth:
            text = f"{leaf.observed}, and was {before.observed} (wanted {leaf.expected})"
            yield _inside(new, "part", leaf, text)
    if old.open:
        for spot in fresh:
            if spot.fact.partition("@")[0] in told:
                yield Worse(
                    new.id, new.severity, "finding", spot.fact, f"{spot.rule}: {spot.message}",
                    spot.location,
                )  # fmt: skip


def _named(leaf: Leaf) -> tuple[str, str]:
    """A fact may have two limits, and each is compared with itself."""
    return leaf.name, leaf.expected.partition(" ")[0]


def _inside(item: ItemState, kind: str, leaf: Leaf, text: str) -> Worse:
    return Worse(item.id, item.severity, kind, leaf.name, text)


def _further(before: Leaf, leaf: Leaf) -> bool:
    """Whether a number misses what is wanted, and by more than before."""
    if leaf.truth or before.number is None or leaf.number is None:
        return False
    return (leaf.number - before.number) * leaf.better < 0


def _better(old: ItemState, new: ItemState) -> Iterator[str]:
    """What the base may be tightened to: items that pass now, numbers that are nearer."""
    if old.open and new.outcome is Outcome.PASS:
        yield f"{new.id} was open and passes"
        return
    was = {_named(leaf): leaf for leaf in old.leaves}
    for leaf in new.leaves:
        before = was.get(_named(leaf))
        if before is None or before.truth or before.number is None or leaf.number is None:
            continue
        if (leaf.number - before.number) * leaf.better > 0:
            yield f"{new.id}: {leaf.name} was {before.observed} and is {leaf.observed}"


def new_spots(base: Iterable[Spot], head: Iterable[Spot], gone: Collection[str] = ()) -> list[Spot]:
    """The findings of the head that the base has not, each twin counted once.

    Where the source line is known on both sides, it alone decides: it survives moving and renaming,
    and no other line has it. Else the file and the message do.
    """
    old, new = list(base), list(head)
    marked = [s for s in old if s.print], [s for s in new if s.print]
    kept_old, kept_new = _without_twins(*marked, lambda s: (s.fact, s.print or ""))
    old = [*kept_old, *(s for s in old if not s.print)]
    new = [*kept_new, *(s for s in new if not s.print)]
    old, new = _without_twins(old, new, lambda s: (*_by_words(s), s.location.path or ""))
    moved = [s for s in old if s.location.path and s.location.path in gone]
    return _without_twins(moved, new, _by_words)[1]


def _by_words(spot: Spot) -> tuple[str, ...]:
    return spot.fact, spot.rule, spot.words


def _without_twins(
    old: list[Spot], new: list[Spot], key: Callable[[Spot], tuple[str, ...]]
) -> tuple[list[Spot], list[Spot]]:
    waiting: dict[tuple[str, ...], list[Spot]] = {}
    for one in old:
        waiting.setdefault(key(one), []).append(one)
    left = []
    for one in new:
        twins = waiting.get(key(one), [])
        twin = next((t for t in twins if t.print == one.print or not (t.print and one.print)), None)
        if twin is None:
            left.append(one)
        else:
            twins.remove(twin)
    return [s for group in waiting.values() for s in group], left
