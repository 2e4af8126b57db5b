"""Items to verdicts: applicability, requirement, floor, age, attestations, waivers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from auditor.evaluate.facts import Facts
from auditor.evaluate.times import moment
from auditor.evaluate.tree import Result, evaluate, too_weak, undecided
from auditor.model.evidence import Fact
from auditor.model.item import Item
from auditor.model.level import Level, at_most, strongest, weakest
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
    if item.left_out:  # before anything is looked at: no evidence has a say in it
        out = Reason(f"the service's tier leaves it out: {item.left_out}")
        return Verdict(item, Outcome.NOT_APPLICABLE, reasons=(out,))
    applies = None
    if item.when is not None:  # that it does not apply is what would help
        applies = evaluate(item.when, facts, floor=Level.DECLARED, helps=False)
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
        reasons = (text, *applies.reasons, *verdict.reasons)
        verdict = replace(verdict, outcome=Outcome.UNKNOWN, reasons=reasons, attested=False)
    return _waived(_pending(verdict, facts.now), overlays, facts.now)


def _required(item: Item, facts: Facts) -> Verdict:
    seen = _seen(item, facts)
    verdict = _judged(item, seen)
    attestations = facts.of(ATTESTATION, item.id)
    valid = [f for f in attestations if not is_expired(f, facts.now)]
    if valid and seen.truth is not True:
        return _attested(verdict, facts, seen, valid[0])
    gone = tuple(_expired(f) for f in attestations if f not in valid)
    return replace(verdict, reasons=verdict.reasons + gone)


def _judged(item: Item, seen: Result) -> Verdict:
    outcome = {True: Outcome.PASS, False: Outcome.FAIL, None: Outcome.UNKNOWN}[seen.truth]
    return Verdict(item, outcome, seen.level, seen.reasons, _probes(seen), stale=seen.stale)


def _seen(item: Item, facts: Facts) -> Result:
    if item.require is not None:
        return evaluate(item.require, facts, floor=item.floor, max_age_s=item.max_age_s)
    if item.checks:
        return Result(True)
    how = (
        f"what would show it: {item.produce}" if item.produce else "the checklist does not say how"
    )
    how = "attest it" if item.attestable else how
    return Result(
        None, reasons=(Reason(f"no probe decides this item; {how}", problem="not_configured"),)
    )


def _attested(verdict: Verdict, facts: Facts, seen: Result, attestation: Fact) -> Verdict:
    """The verdict by attestation, where the item grants one and no evidence as strong is contrary.

    Where a probe that could decide the item did not finish its look, an attestation decides nothing:
    else losing that probe's contrary evidence would turn a fail into a pass.
    """
    item = verdict.item
    level = at_most(attestation.level, item.attestable or Level.CLAIMED)
    reason = _attestation_reason(attestation, "attested by")
    refusal = _no_attestation(item, facts, seen, level)
    if refusal is not None:
        ignored = replace(reason, text=f"{reason.text}; it does not count, since {refusal}")
        return replace(verdict, reasons=(*verdict.reasons, ignored))
    probes = tuple(sorted({*verdict.evidence, facts.owners[ATTESTATION].id}))
    needed = strongest([item.floor, Level.DECLARED])
    if level.rank < needed.rank:
        reasons = (too_weak(reason, level, needed), *verdict.reasons)
        return replace(verdict, reasons=reasons, evidence=probes, level=verdict.level or level)
    return Verdict(item, Outcome.PASS, level, (reason, *verdict.reasons), probes, attested=True)


def _no_attestation(item: Item, facts: Facts, seen: Result, level: Level) -> str | None:
    """Why an attestation may not decide an item, if so."""
    if item.attestable is None:
        return "this item takes evidence only"
    asked = undecided(item.require, facts, floor=item.floor, max_age_s=item.max_age_s)
    silent = {c.name for c in asked if not facts.answered(c.key, c.subject)}
    if silent:
        return f"what would tell {', '.join(sorted(silent))} did not finish its look"
    if seen.truth is False and seen.level is not None and seen.level.rank >= level.rank:
        return f"{seen.level.value} evidence to the contrary is as strong"
    return None


def _attestation_reason(fact: Fact, words: str) -> Reason:
    entry = fact.value if isinstance(fact.value, dict) else {}
    text = f"{words} {entry.get('owner')}, approved by {entry.get('approver')}, until {entry.get('expires')}"
    if entry.get("evidence"):
        text += f": {entry['evidence']}"
    return Reason(
        text, fact.name, observed=str(entry.get("statement", "")), locations=fact.locations
    )


def _expired(fact: Fact) -> Reason:
    return replace(_attestation_reason(fact, "the attestation has expired:"), problem="stale")


def is_expired(fact: Fact, now: datetime) -> bool:
    """Past its expiry an attestation is nothing; one whose expiry cannot be read never was anything."""
    when = moment(fact.value.get("expires")) if isinstance(fact.value, dict) else None
    return when is None or when <= now


def _with_checks(verdict: Verdict, checks: tuple[Verdict, ...]) -> Verdict:
    """An item with named sub-items passes when its own requirement holds and all of them pass."""
    parts = [c for c in checks if c.outcome is not Outcome.NOT_APPLICABLE]
    if not parts and verdict.item.require is None:
        text = "none of its parts applies, so nothing shows it; say so of the item as a whole"
        return replace(verdict, outcome=Outcome.UNKNOWN, reasons=(Reason(text),), checks=checks)
    outcomes = {verdict.outcome, *(c.outcome for c in parts)}
    outcome = next((o for o in (Outcome.FAIL, Outcome.UNKNOWN) if o in outcomes), Outcome.PASS)
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
        evidence=tuple(sorted({*verdict.evidence, *(p for c in checks for p in c.evidence)})),
        stale=verdict.stale or any(c.stale for c in telling),
        attested=outcome is Outcome.PASS and any(v.attested for v in (verdict, *parts)),
    )


def _pending(verdict: Verdict, now: datetime) -> Verdict:
    """A demand that is not in force yet is shown and blocks nothing; it adds nothing to the score."""
    start = verdict.item.effective_from
    if not verdict.open or not start or now.astimezone(UTC).date().isoformat() >= start:
        return verdict
    return replace(verdict, pending=start)


def _waived(verdict: Verdict, overlays: Overlays, now: datetime) -> Verdict:
    if not verdict.open:
        return verdict
    for waiver in overlays.waivers:
        if waiver.item == verdict.item.id and holds(waiver, now):
            return replace(verdict, waived=waiver)
    return verdict


def holds(waiver: Waiver, now: datetime) -> bool:
    """Whether a waiver has not expired; one whose expiry cannot be read never held."""
    until = moment(waiver.expires)
    return until is not None and until > now


def _probes(result: Result) -> tuple[str, ...]:
    return tuple(sorted(result.probes))
