"""Items to verdicts: applicability, requirement, floor, age, attestations, waivers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from auditor.evaluate.facts import Facts
from auditor.evaluate.tree import Result, constraints, evaluate
from auditor.model.evidence import Fact
from auditor.model.item import Item
from auditor.model.level import Level, at_most, weakest
from auditor.model.verdict import Outcome, Reason, Verdict, Waiver

ATTESTATION = "attestation"
"""The key of the facts that carry human attestations; the subject is the item's id."""


@dataclass(frozen=True, slots=True)
class Overlays:
    """What people declared beside the evidence: items that do not apply, and waivers."""

    not_applicable: Mapping[str, str] = field(default_factory=dict)
    waivers: tuple[Waiver, ...] = ()


def decide(item: Item, facts: Facts, overlays: Overlays) -> Verdict:
    """The verdict of one item. Never raises, whatever the evidence."""
    declared = overlays.not_applicable.get(item.id)
    if declared is not None:
        return Verdict(
            item, Outcome.NOT_APPLICABLE, reasons=(Reason(f"declared not applicable: {declared}"),)
        )
    applies = evaluate(item.when, facts, floor=Level.DECLARED) if item.when is not None else None
    if applies is not None and applies.truth is False:
        return Verdict(
            item, Outcome.NOT_APPLICABLE, reasons=applies.reasons, evidence=_probes(applies)
        )
    verdict = _required(item, facts)
    if item.checks:
        verdict = _with_checks(verdict, tuple(decide(c, facts, overlays) for c in item.checks))
    if applies is not None and applies.truth is None and verdict.outcome is Outcome.PASS:
        # What cannot be decided applies; and it may not pass, or losing evidence could raise a score.
        text = Reason("whether this item applies could not be decided")
        verdict = replace(
            verdict, outcome=Outcome.UNKNOWN, reasons=(text, *applies.reasons, *verdict.reasons)
        )
    return _waived(verdict, overlays, facts.now)


def _required(item: Item, facts: Facts) -> Verdict:
    seen = _seen(item, facts)
    attested = _attested(item, facts, seen)
    if attested is not None:
        return attested
    outcome = {True: Outcome.PASS, False: Outcome.FAIL, None: Outcome.UNKNOWN}[seen.truth]
    reasons = seen.reasons + _expired(item, facts)
    return Verdict(item, outcome, seen.level, reasons, _probes(seen), stale=seen.stale)


def _seen(item: Item, facts: Facts) -> Result:
    if item.require is not None:
        return evaluate(item.require, facts, floor=item.floor, max_age_s=item.max_age_s)
    if item.checks:
        return Result(True)
    how = "attest it" if item.attestable else "no evidence for it is read yet"
    return Result(
        None, reasons=(Reason(f"no probe decides this item; {how}", problem="not_configured"),)
    )


def _attested(item: Item, facts: Facts, seen: Result) -> Verdict | None:
    """The verdict by attestation, where the item grants one and no evidence as strong is contrary.

    Where a probe that could decide the item did not finish its look, an attestation decides nothing:
    else losing that probe's contrary evidence would turn a fail into a pass.
    """
    valid = [f for f in facts.of(ATTESTATION, item.id) if not _is_expired(f, facts.now)]
    if item.attestable is None or not valid or seen.truth is True:
        return None
    if not all(facts.answered(c.key) for c in constraints(item.require)):
        return None
    best = valid[0]
    level = at_most(best.level, item.attestable)
    if seen.truth is False and seen.level is not None and seen.level.rank >= level.rank:
        return None
    reason = _attestation_reason(best, "attested by")
    if level.rank < item.floor.rank:
        text = f"{reason.text}; but it is only {level.value}, and {item.floor.value} evidence is needed"
        weak = replace(reason, text=text, problem="below_floor")
        return Verdict(
            item,
            Outcome.UNKNOWN,
            level,
            (weak, *seen.reasons),
            (*_probes(seen), "people.attestations"),
        )
    return Verdict(
        item,
        Outcome.PASS,
        level,
        (reason, *seen.reasons),
        (*_probes(seen), "people.attestations"),
        attested=True,
    )


def _attestation_reason(fact: Fact, words: str) -> Reason:
    entry = fact.value if isinstance(fact.value, dict) else {}
    text = f"{words} {entry.get('owner')}, approved by {entry.get('approver')}, until {entry.get('expires')}"
    if entry.get("evidence"):
        text += f": {entry['evidence']}"
    return Reason(
        text, fact.name, observed=str(entry.get("statement", "")), locations=fact.locations
    )


def _expired(item: Item, facts: Facts) -> tuple[Reason, ...]:
    gone = [f for f in facts.of(ATTESTATION, item.id) if _is_expired(f, facts.now)]
    return tuple(
        replace(_attestation_reason(f, "the attestation has expired:"), problem="stale")
        for f in gone
    )


def _is_expired(fact: Fact, now: datetime) -> bool:
    """Past its expiry an attestation is nothing; one whose expiry cannot be read never was anything."""
    expires = fact.value.get("expires") if isinstance(fact.value, dict) else None
    try:
        return datetime.fromisoformat(str(expires)) <= now
    except (ValueError, TypeError):
        return True


def _with_checks(verdict: Verdict, checks: tuple[Verdict, ...]) -> Verdict:
    """An item with named sub-items passes when its own requirement holds and all of them pass."""
    parts = [c for c in checks if c.outcome is not Outcome.NOT_APPLICABLE]
    outcomes = {verdict.outcome, *(c.outcome for c in parts)}
    outcome = next(
        (o for o in (Outcome.FAIL, Outcome.UNKNOWN) if o in outcomes),
        Outcome.PASS if parts else Outcome.UNKNOWN,
    )
    levels = [v.level for v in (verdict, *parts) if v.level is not None]
    telling = [c for c in parts if c.outcome is outcome]
    reasons = (
        tuple(replace(r, text=f"{c.item.title}: {r.text}") for c in telling for r in c.reasons[:1])
        + verdict.reasons
    )
    return replace(
        verdict,
        outcome=outcome,
        level=weakest(levels) if outcome is Outcome.PASS and levels else None,
        reasons=reasons,
        checks=checks,
        stale=verdict.stale or any(c.stale for c in telling),
    )


def _waived(verdict: Verdict, overlays: Overlays, now: datetime) -> Verdict:
    if not verdict.open:
        return verdict
    for waiver in overlays.waivers:
        if waiver.item == verdict.item.id and datetime.fromisoformat(waiver.expires) > now:
            return replace(verdict, waived=waiver)
    return verdict


def _probes(result: Result) -> tuple[str, ...]:
    return tuple(sorted(result.probes))
