"""A requirement as a tree in words: what each fact should be, what was seen of it and where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from auditor.evaluate.facts import Facts
from auditor.evaluate.matchers import expected, satisfied, shown, split_comparison, with_unit
from auditor.evaluate.tree import evaluate
from auditor.model.evidence import Fact
from auditor.model.item import All, Checklist, Constraint, Item, Matcher, Not, Requirement
from auditor.model.level import Level
from auditor.model.probe import FactSpec, ProbeSpec
from auditor.model.report import Report
from auditor.model.verdict import Verdict

_MOST_PLACES = 5
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


def part_of(
    tree: Requirement, item: Item, of: Known, *, helps: bool, floor: Level | None = None
) -> Part:
    """A tree in words. `helps` is the truth that is good for the score, `floor` overrules the item's."""
    truth = None
    if of.facts is not None:
        age = item.max_age_s if floor is None else None
        truth = evaluate(
            tree, of.facts, floor=floor or item.floor, max_age_s=age, helps=helps
        ).truth
    if isinstance(tree, Constraint):
        return _leaf(tree, item, of, truth, helps, floor)
    if isinstance(tree, Not):
        inner = part_of(tree.part, item, of, helps=not helps, floor=floor)
        return Part(Kind.NOT, (inner,), truth)
    kind = Kind.ALL if isinstance(tree, All) else Kind.ANY
    parts = tuple(part_of(part, item, of, helps=helps, floor=floor) for part in tree.parts)
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


def in_words(matcher: Matcher, unit: str = "") -> str:
    """What a matcher wants, in words: `at least 90 %`."""
    operand = matcher.operand
    if matcher.operator in _COMPARED and isinstance(operand, int | float):
        return f"{_COMPARED[matcher.operator]} {with_unit(float(operand), unit)}"
    if matcher.operator == "count":
        sign, number = split_comparison(str(operand))
        return f"{_COMPARED[sign]} {with_unit(number, 'entry' if number == 1 else 'entries')}"
    return expected(matcher, unit)
