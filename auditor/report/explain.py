"""One item explained: what decides it, what was seen where, what is missing, and how it can be fooled."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from auditor.evaluate.decide import ATTESTATION
from auditor.evaluate.facts import Facts
from auditor.evaluate.plan_score import gains
from auditor.model.evidence import Fact
from auditor.model.item import Checklist, Item
from auditor.model.level import Level
from auditor.model.probe import ProbeSpec
from auditor.model.verdict import Outcome, Reason, Verdict
from auditor.report.explain_tree import Known, Part, part_of
from auditor.report.grouping import told
from auditor.report.steps import NextStep, fix, next_step

_IN_WORDS = re.compile(r"`|[.;] ")


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that is known of an item. `verdict` is None where nothing was looked at; `steps` make
    its evidence and `remedy` makes it pass; `vouched` are the words of people that it passes by.

    `worth` is the item's share of the whole score, between 0 and 1, None where it is not known.
    """

    item: Item
    checklist: Checklist
    category: str
    section: str
    requires: Part | None
    applies: Part | None
    steps: tuple[NextStep, ...]
    remedy: NextStep | None
    missing: tuple[str, ...]
    raises: tuple[str, ...]
    verdict: Verdict | None = None
    worth: Fraction | None = None
    vouched: tuple[str, ...] = ()
    checks: tuple[Explanation, ...] = ()


def known(checklist: Checklist, probes: Iterable[ProbeSpec]) -> Known:
    """What is known before anybody has looked."""
    owners = {fact.key: probe for probe in probes for fact in probe.emits}
    specs = {fact.key: fact for probe in owners.values() for fact in probe.emits}
    return Known(checklist, specs, owners)


def explain(item: Item, of: Known, command: str = "", *, whole: bool = False) -> Explanation:
    """Explain `item`. `command` makes its evidence in the target's own stack, "" where none is known;
    `whole` says that every probe has looked, so that shares of the score mean something.
    """
    verdict = of.verdict(item)
    category, section = _place(item, of.checklist)
    worth = gains(of.report).get(item.id) if of.report is not None and whole else None
    return Explanation(
        item=item,
        checklist=of.checklist,
        category=category,
        section=section,
        requires=part_of(item.require, item, of, helps=True) if item.require else None,
        applies=part_of(item.when, item, of, helps=False, floor=Level.DECLARED)
        if item.when
        else None,
        steps=tuple(_steps(item, verdict, command)),
        remedy=_remedy(item, verdict),
        missing=tuple(_missing(verdict)) if verdict is not None else (),
        raises=tuple(_raises(item, verdict, of)),
        verdict=verdict,
        worth=worth,
        vouched=tuple(_vouched(verdict)) if verdict is not None else (),
        checks=tuple(explain(check, of, whole=whole) for check in item.checks),
    )


def _place(item: Item, checklist: Checklist) -> tuple[str, str]:
    for category in checklist.categories:
        for section in category.sections:
            if any(item.id in (i.id, *(c.id for c in i.checks)) for i in section.items):
                return category.title, section.title
    return "", ""


def _missing(verdict: Verdict) -> list[str]:
    """What stands between an item and a pass."""
    return [reason.text for reason in told(verdict)] if verdict.open else []


def _vouched(verdict: Verdict) -> Iterator[str]:
    """Who says what, and where that is written."""
    for reason in verdict.reasons if verdict.attested else ():
        if (reason.fact or "").partition("@")[0] == ATTESTATION:
            said = f" ({reason.observed})" if reason.observed else ""
            at = ", ".join(str(place) for place in reason.locations)
            yield f"{reason.text}{said}{f', at {at}' if at else ''}"


def _steps(item: Item, verdict: Verdict | None, command: str) -> Iterator[NextStep]:
    """What makes the evidence of an item, which for one that is not known is its next step.

    A command of the target's own stack stands in the place of the checklist's, which cannot know it; what
    the checklist says in words stays beside it.
    """
    if item.left_out or (verdict is not None and verdict.outcome is Outcome.NOT_APPLICABLE):
        return
    if verdict is not None and verdict.outcome is Outcome.UNKNOWN:
        step = next_step(verdict)
        if not (command and _is_of(step, item.produce)):
            yield step
            return
    if command:
        yield NextStep(command)
    if item.produce and (not command or _IN_WORDS.search(item.produce)):
        yield NextStep(item.produce)


def _remedy(item: Item, verdict: Verdict | None) -> NextStep | None:
    """What to do until the item passes; None where it does, or does not apply."""
    if item.left_out or (verdict is not None and not verdict.open):
        return None
    if item.fix:
        return fix(item.fix)
    failed = verdict is not None and verdict.outcome is Outcome.FAIL
    return next_step(verdict) if failed and verdict is not None else None


def _is_of(step: NextStep, produce: str) -> bool:
    """Whether a step says what the checklist's `produce` says, and no more."""
    said = " ".join(f"{step.advice} {step.command}".split())
    return " ".join(produce.split()) in said


_RUNGS = {
    Level.CLAIMED: "what is only claimed passes nothing: the thing itself must be there",
    Level.DECLARED: "what is declared becomes effective once it is valid, lies where the platform reads it,"
    " and is used",
    Level.EFFECTIVE: "what files show becomes reported by a tool's report of this very commit, fresh,"
    " complete and not committed itself",
    Level.REPORTED: "what is reported becomes observed when the audit looks itself: at the deployment, with"
    " its own tool, or in the system of record",
    Level.OBSERVED: "what is observed becomes verified by a signature of somebody independent",
}


def _raises(item: Item, verdict: Verdict | None, of: Known) -> list[str]:
    """What would raise the level of what is there: the evidence that holds it down, and the next rung."""
    said: list[str] = []
    if verdict is not None and verdict.attested:
        level = verdict.level.value if verdict.level else "no level"
        said.append(
            f"It passes on a person's word alone, at the level {level}; evidence would outlast the word."
        )
    weak = _weakest(item, verdict, of)
    if weak is not None:
        name, fact = weak
        said.append(f"Its weakest evidence is {fact.level.value}: {name} ({fact.source.locator}).")
        rung = _RUNGS.get(fact.level)
        if rung:
            said.append(f"{rung[0].upper()}{rung[1:]}.")
    if item.stronger:
        said.append(" ".join(item.stronger.split()))
    return said


def _weakest(item: Item, verdict: Verdict | None, of: Known) -> tuple[str, Fact] | None:
    """The weakest fact among those that hold and decide, by its title."""
    if verdict is None or of.facts is None or item.require is None or verdict.attested:
        return None
    found: list[tuple[str, Fact]] = []
    for reason in verdict.reasons:
        fact = _of_reason(reason, of.facts)
        if fact is not None and (
            verdict.outcome is Outcome.PASS or reason.problem == "below_floor"
        ):
            spec = of.specs.get(fact.key)
            found.append((spec.doc.rstrip(".") if spec else fact.name, fact))
    return min(found, key=lambda one: one[1].level.rank, default=None)


def _of_reason(reason: Reason, facts: Facts) -> Fact | None:
    if reason.fact is None:
        return None
    key, _, subject = reason.fact.partition("@")
    found = facts.of(key, subject)
    return found[0] if found else None
