"""Requirement trees in three-valued (Kleene) logic: a missing fact is unknown, never false."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from auditor.evaluate.facts import Facts
from auditor.evaluate.matchers import expected, satisfied, shown
from auditor.evaluate.times import moment, span
from auditor.model.evidence import Fact
from auditor.model.item import All, Constraint, Not, Requirement
from auditor.model.level import Level, strongest, weakest
from auditor.model.verdict import Reason

_LONGEST_WHY = 160
_SAYS_MORE = re.compile(r"[\s:,]|\.\w+$")
_SAYS_ITSELF = re.compile(r"^searched\b|\blooked at\b")
_CLOCK_SKEW = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Result:
    """A tree decided: its truth (None is unknown), how strong the evidence is, and why."""

    truth: bool | None
    level: Level | None = None
    reasons: tuple[Reason, ...] = ()
    probes: frozenset[str] = frozenset()
    stale: bool = False


def constraints(tree: Requirement | None) -> Iterator[Constraint]:
    """Every leaf of a tree."""
    if isinstance(tree, Constraint):
        yield tree
    elif isinstance(tree, Not):
        yield from constraints(tree.part)
    elif tree is not None:
        for part in tree.parts:
            yield from constraints(part)


def undecided(
    tree: Requirement | None, facts: Facts, *, floor: Level, max_age_s: float | None = None
) -> Iterator[Constraint]:
    """The leaves that may still turn a tree false: those of parts that hold already are left out."""
    if tree is None or evaluate(tree, facts, floor=floor, max_age_s=max_age_s).truth is True:
        return
    if isinstance(tree, All):
        for part in tree.parts:
            yield from undecided(part, facts, floor=floor, max_age_s=max_age_s)
    else:
        yield from constraints(tree)


def evaluate(
    tree: Requirement,
    facts: Facts,
    *,
    floor: Level,
    max_age_s: float | None = None,
    helps: bool = True,
) -> Result:
    """Decide a tree. Evidence that helps is unknown below `floor` or older than `max_age_s`.

    `helps` is the truth that is good for the score: False inside a `not`, and for `when`. Where
    facts of one level contradict each other, it is never the one that helps.
    """
    if isinstance(tree, Constraint):
        return _leaf(tree, facts, floor, max_age_s, helps)
    if isinstance(tree, Not):
        inner = evaluate(tree.part, facts, floor=floor, max_age_s=max_age_s, helps=not helps)
        reasons = tuple(_denied(r) for r in inner.reasons)
        truth = None if inner.truth is None else not inner.truth
        return replace(inner, truth=truth, reasons=reasons)
    parts = [evaluate(p, facts, floor=floor, max_age_s=max_age_s, helps=helps) for p in tree.parts]
    if not parts:  # no checklist file can say so; nothing to show is no reason to pass
        return Result(None, reasons=(Reason("the requirement is empty"),))
    return _all(parts) if isinstance(tree, All) else _any(parts)


def _denied(reason: Reason) -> Reason:
    """A reason inside a `not`: what was wanted is the opposite."""
    if reason.expected is None:
        return reason
    text = reason.text.replace(f"(wanted {reason.expected})", f"(wanted not {reason.expected})")
    return replace(reason, text=text, expected=f"not {reason.expected}")


def _all(parts: list[Result]) -> Result:
    """False when one part is, at the level of the strongest of those; true at the weakest level."""
    false = [p for p in parts if p.truth is False]
    if false:
        return _joined(
            False, false, strongest([p.level for p in false if p.level] or [Level.CLAIMED]), parts
        )
    unknown = [p for p in parts if p.truth is None]
    if unknown:
        return _joined(None, unknown, None, parts)
    return _joined(
        True, parts, weakest([p.level for p in parts if p.level] or [Level.CLAIMED]), parts
    )


def _any(parts: list[Result]) -> Result:
    """True at the level of the strongest true part; false only when every part is."""
    true = [p for p in parts if p.truth is True]
    if true:
        best = max(true, key=lambda p: p.level.rank if p.level else -1)
        return _joined(True, [best], best.level, parts)
    unknown = [p for p in parts if p.truth is None]
    if unknown:
        return _joined(None, [*unknown, *(p for p in parts if p.truth is False)], None, parts)
    return _joined(
        False, parts, weakest([p.level for p in parts if p.level] or [Level.CLAIMED]), parts
    )


def _joined(
    truth: bool | None, telling: list[Result], level: Level | None, parts: list[Result]
) -> Result:
    return Result(
        truth,
        level,
        tuple(r for p in telling for r in p.reasons),
        frozenset().union(*(p.probes for p in parts)),
        any(p.stale for p in telling),
    )


def _leaf(
    leaf: Constraint, facts: Facts, floor: Level, max_age_s: float | None, helps: bool
) -> Result:
    found = facts.of(leaf.key, leaf.subject)
    owner = facts.owners.get(leaf.key)
    probes = frozenset({owner.id} if owner else ())
    fresh = [f for f in found if not _too_old(f, facts.now, max_age_s)]
    if not fresh:
        return _nothing(leaf, facts, found, probes, max_age_s)
    top = [f for f in fresh if f.level is fresh[0].level]
    against = [f for f in top if satisfied(leaf.matcher, f.value) is not helps]
    deciding = (against or top)[0]
    truth = helps is not bool(against)
    contrary = [f for f in fresh if satisfied(leaf.matcher, f.value) is not truth]
    reason = _reason(leaf, facts, deciding, contrary)
    needed = strongest([floor, Level.DECLARED])  # a claim never decides anything in its own favour
    if truth is helps and deciding.level.rank < needed.rank:
        return Result(None, deciding.level, (too_weak(reason, deciding.level, needed),), probes)
    return Result(truth, deciding.level, (reason,), probes)


def too_weak(reason: Reason, level: Level, needed: Level) -> Reason:
    """The reason of a result that would hold, were its evidence not below the floor."""
    text = f"{reason.text}; but it is only {level.value}, and {needed.value} evidence is needed"
    return replace(reason, text=text, problem="below_floor")


def _nothing(
    leaf: Constraint,
    facts: Facts,
    found: list[Fact],
    probes: frozenset[str],
    max_age_s: float | None,
) -> Result:
    want = expected(leaf.matcher, _unit(leaf, facts))
    if found:
        old = found[0]
        text = (
            f"{_title(leaf, facts)}: the evidence in {old.source.locator} {_dated(old)};"
            f" it may be at most {span(max_age_s or 0.0)} old"
        )
        reason = Reason(text, leaf.name, want, shown(old.value, old.unit), "stale", old.locations)
        return Result(None, None, (reason,), probes, stale=True)
    gap = facts.missing(leaf.key, leaf.subject)
    hint = f" {gap.hint}" if gap.hint else ""
    places = gap.problem.locations if gap.problem else ()
    text = f"{_title(leaf, facts)}: {gap.text.rstrip('.')}.{hint}"
    return Result(
        None,
        None,
        (Reason(text, leaf.name, want, None, gap.kind, places, gap.hint),),
        probes,
        gap.kind == "stale",
    )


def _reason(leaf: Constraint, facts: Facts, fact: Fact, contrary: list[Fact]) -> Reason:
    want = expected(leaf.matcher, fact.unit)
    told = fact.source.excerpt  # why the value is what it is, in the words of what was looked at
    why = f", since {told[:_LONGEST_WHY].rstrip('.')}" if told else ""
    text = f"{_title(leaf, facts)}: {shown(fact.value, fact.unit)}{why} (wanted {want})"
    if contrary:
        other = contrary[0]
        text += (
            f"; {other.source.locator} disagrees with {shown(other.value, other.unit)} ({other.level.value}),"
            f" and {fact.source.locator} ({fact.level.value}) decides"
        )
    text += _scope(fact)
    return Reason(text, leaf.name, want, shown(fact.value, fact.unit), None, fact.locations)


def _scope(fact: Fact) -> str:
    """Where was looked, for a fact that counts nothing and so has no place to show; "" where its
    source names no more than the service."""
    value, locator = fact.value, " ".join(fact.source.locator.split())
    counts = isinstance(value, list | int | float) and not isinstance(value, bool)
    if not counts or value or fact.locations or not _SAYS_MORE.search(locator):
        return ""
    said = locator if _SAYS_ITSELF.search(locator) else f"looked at {locator}"
    return (
        f"; {said if len(said) <= _LONGEST_WHY else said[: _LONGEST_WHY - 3].rstrip(' ,;') + '...'}"
    )


def _title(leaf: Constraint, facts: Facts) -> str:
    spec = facts.specs.get(leaf.key)
    title = spec.doc.rstrip(".") if spec else leaf.key
    return f"{title} ({leaf.subject})" if leaf.subject else title


def _unit(leaf: Constraint, facts: Facts) -> str:
    spec = facts.specs.get(leaf.key)
    return spec.unit if spec else ""


def _too_old(fact: Fact, now: datetime, max_age_s: float | None) -> bool:
    """Undated evidence, and evidence from the future, is as good as old."""
    if max_age_s is None:
        return False
    made = moment(fact.produced_at)
    if made is None or made > now + _CLOCK_SKEW:
        return True
    return (now - made).total_seconds() > max_age_s


def _dated(fact: Fact) -> str:
    if moment(fact.produced_at) is None:
        return "carries no time that can be read"
    return f"dates from {fact.produced_at}"
