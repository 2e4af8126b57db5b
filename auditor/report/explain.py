"""One item explained: what decides it, what was seen where, what is missing, and how it can be fooled."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from auditor.evaluate.decide import ATTESTATION
from auditor.evaluate.facts import Facts
from auditor.evaluate.matchers import expected, satisfied, shown, split_comparison, with_unit
from auditor.evaluate.plan_score import gains
from auditor.evaluate.tree import evaluate
from auditor.model.evidence import Fact
from auditor.model.item import All, Checklist, Constraint, Item, Matcher, Not, Requirement
from auditor.model.level import Level
from auditor.model.probe import FactSpec, ProbeSpec
from auditor.model.report import Report
from auditor.model.verdict import Outcome, Reason, Verdict
from auditor.report.grouping import told
from auditor.report.steps import NextStep, next_step

_MOST_PLACES = 5
_IN_WORDS = re.compile(r"`|[.;] ")
_COMPARED = {
    ">=": "at least",
    "<=": "at most",
    "==": "exactly",
    "!=": "other than",
    ">": "more than",
    "<": "less than",
}


class Kind(StrEnum):
    """What a part of a requirement is."""

    ALL = "all"
    ANY = "any"
    NOT = "not"
    FACT = "fact"


@dataclass(frozen=True, slots=True)
class Seen:
    """One fact: its value in words, how strong it is, and where it was seen. `holds` is whether its value
    is what the checklist wants."""

    value: str
    level: Level
    source: str
    made: str | None
    holds: bool
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a requirement, in words. `truth` is None where it is unknown or nothing was looked at.

    For a fact: `title` what it says, `wants` what the checklist wants of it, `probe` who can tell it.
    """

    kind: Kind
    parts: tuple[Part, ...] = ()
    truth: bool | None = None
    fact: str = ""
    title: str = ""
    wants: str = ""
    probe: str = ""
    needs: tuple[str, ...] = ()
    seen: tuple[Seen, ...] = ()
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that is known of an item. `verdict` is None where nothing was looked at; `vouched` are
    the words of people that it passes by.

    `worth` is the item's share of the whole score, between 0 and 1, None where it is not known.
    """

    item: Item
    checklist: Checklist
    category: str
    section: str
    requires: Part | None
    applies: Part | None
    steps: tuple[NextStep, ...]
    missing: tuple[str, ...]
    raises: tuple[str, ...]
    verdict: Verdict | None = None
    worth: Fraction | None = None
    vouched: tuple[str, ...] = ()
    checks: tuple[Explanation, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What explains an item: the checklist, the probes, and what was seen (None: nobody looked)."""

    checklist: Checklist
    specs: Mapping[str, FactSpec]
    owners: Mapping[str, ProbeSpec]
    facts: Facts | None = None
    report: Report | None = None

    def verdict(self, item: Item) -> Verdict | None:
        """The verdict of an item or of a named sub-item."""
        every = self.report.verdicts() if self.report else []
        return next((v for top in every for v in (top, *top.checks) if v.item.id == item.id), None)


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
        requires=_part(item.require, item, of, helps=True) if item.require else None,
        applies=_part(item.when, item, of, helps=False, floor=Level.DECLARED)
        if item.when
        else None,
        steps=tuple(_steps(item, verdict, command)),
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


def _part(
    tree: Requirement, item: Item, of: Known, *, helps: bool, floor: Level | None = None
) -> Part:
    truth = None
    if of.facts is not None:
        age = item.max_age_s if floor is None else None
        truth = evaluate(
            tree, of.facts, floor=floor or item.floor, max_age_s=age, helps=helps
        ).truth
    if isinstance(tree, Constraint):
        return _leaf(tree, item, of, truth, helps, floor)
    if isinstance(tree, Not):
        inner = _part(tree.part, item, of, helps=not helps, floor=floor)
        return Part(Kind.NOT, (inner,), truth)
    kind = Kind.ALL if isinstance(tree, All) else Kind.ANY
    parts = tuple(_part(part, item, of, helps=helps, floor=floor) for part in tree.parts)
    return Part(kind, parts, truth)


def _leaf(
    leaf: Constraint, item: Item, of: Known, truth: bool | None, helps: bool, floor: Level | None
) -> Part:
    spec, probe = of.specs.get(leaf.key), of.owners.get(leaf.key)
    title = spec.doc.rstrip(".") if spec else leaf.key
    seen: tuple[Seen, ...] = ()
    missing = ""
    if of.facts is not None:
        found = of.facts.of(leaf.key, leaf.subject)
        seen = tuple(_seen(fact, satisfied(leaf.matcher, fact.value)) for fact in found)
        if truth is None:
            age = item.max_age_s if floor is None else None
            result = evaluate(leaf, of.facts, floor=floor or item.floor, max_age_s=age, helps=helps)
            missing = " ".join(reason.text for reason in result.reasons)
            missing = missing.removeprefix(f"{title}: ").removeprefix(f"{title} ({leaf.subject}): ")
    return Part(
        Kind.FACT,
        truth=truth,
        fact=leaf.name,
        title=f"{title} ({leaf.subject})" if leaf.subject else title,
        wants=in_words(leaf.matcher, spec.unit if spec else ""),
        probe=probe.id if probe else "",
        needs=tuple(need.value for need in probe.needs) if probe else (),
        seen=seen,
        missing=missing,
    )


def _seen(fact: Fact, holds: bool) -> Seen:
    places = dict.fromkeys(str(place) for place in fact.locations if str(place))
    return Seen(
        value=shown(fact.value, fact.unit),
        level=fact.level,
        source=fact.source.locator,
        made=fact.produced_at,
        holds=holds,
        places=tuple(places)[:_MOST_PLACES],
    )


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
    """The next step of an open item; of another one, what makes its evidence.

    A command of the target's own stack stands in the place of the checklist's, which cannot know it; what
    the checklist says in words stays beside it.
    """
    if verdict is not None and verdict.outcome is Outcome.NOT_APPLICABLE:
        return
    if verdict is not None and verdict.open:
        step = next_step(verdict)
        from_checklist = verdict.outcome is Outcome.UNKNOWN and _is_of(step, item.produce)
        if not (command and from_checklist):
            yield step
            return
    if command:
        yield NextStep(command)
    if item.produce and (not command or _IN_WORDS.search(item.produce)):
        yield NextStep(item.produce)


def _is_of(step: NextStep, produce: str) -> bool:
    """Whether a step says what the checklist's `produce` says, and no more."""
    said = " ".join(f"{step.advice} {step.command}".split())
    return " ".join(produce.split()) in said


def in_words(matcher: Matcher, unit: str = "") -> str:
    """What a matcher wants, in words: `at least 90 %`."""
    operand = matcher.operand
    if matcher.operator in _COMPARED and isinstance(operand, int | float):
        return f"{_COMPARED[matcher.operator]} {with_unit(float(operand), unit)}"
    if matcher.operator == "count":
        sign, number = split_comparison(str(operand))
        return f"{_COMPARED[sign]} {with_unit(number, 'entry' if number == 1 else 'entries')}"
    return expected(matcher, unit)


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
