"""Small worlds to judge: facts with the probes that owe them, items, checklists and bundles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from auditor.evaluate.assess import Bundle
from auditor.evaluate.decide import ATTESTATION, Overlays, decide
from auditor.evaluate.facts import Facts
from auditor.evaluate.matchers import split_comparison
from auditor.model.evidence import Evidence, Fact, Problem, Source, SourceKind, Status
from auditor.model.item import (
    Category,
    Checklist,
    Constraint,
    Criterion,
    Item,
    Matcher,
    Requirement,
    Section,
    Severity,
)
from auditor.model.level import Level
from auditor.model.probe import FactSpec, FactType, Phase, ProbeSpec
from auditor.model.target import Target
from auditor.model.verdict import Verdict

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PEOPLE = "people.attestations"


def ago(**span: float) -> str:
    """The time that long before the audit, in ISO 8601."""
    return (NOW - timedelta(**span)).isoformat()


def fact(
    name: str,
    value: Any,
    level: Level = Level.REPORTED,
    *,
    at: str | None = NOW.isoformat(),
    where: str = "report.json",
    unit: str = "",
) -> Fact:
    """A fact called `key` or `key@subject`, seen in `where`."""
    key, _, subject = name.partition("@")
    return Fact(key, value, level, Source(SourceKind.FILE, where), subject, unit, produced_at=at)


def attestation(
    item: str,
    level: Level = Level.REPORTED,
    *,
    expires: str = (NOW + timedelta(days=90)).isoformat(),
    **entry: str,
) -> Fact:
    """What people.attestations gives for a sound entry."""
    value = {"owner": "dana", "approver": "lee", "statement": "done", "expires": expires, **entry}
    return fact(f"{ATTESTATION}@{item}", value, level, where="readiness/attestations.yaml:3")


def spec_of(made: Fact) -> FactSpec:
    """The promise that a fact keeps."""
    kinds = {bool: FactType.BOOLEAN, str: FactType.TEXT, list: FactType.LIST, dict: FactType.OBJECT}
    kind = kinds.get(type(made.value), FactType.NUMBER)
    return FactSpec(made.key, kind, f"About {made.key}.", made.unit, ("*",) if made.subject else ())


def probe_spec(name: str, *emits: FactSpec) -> ProbeSpec:
    """A probe that promises those facts."""
    return ProbeSpec(name, f"Probe {name}", (), emits, Phase.STATIC, 10.0, "1")


def answer(
    probe: str,
    *facts: Fact,
    status: Status = Status.OK,
    problems: Iterable[Problem] = (),
) -> Evidence:
    """The evidence of one probe."""
    return Evidence(probe, "1", status, facts, tuple(problems), started=NOW.isoformat())


def owner(key: str) -> str:
    """The id of the probe that owes `key` in these worlds: one probe a key."""
    return PEOPLE if key == ATTESTATION else f"probe.{key.replace('.', '_')}"


def seen(
    *facts: Fact,
    promised: Iterable[FactSpec] = (),
    problems: Mapping[str, Problem] | None = None,
    failed: Iterable[str] = (),
) -> Facts:
    """The facts of probes that looked, one a key; `failed` names keys whose probe did not finish."""
    specs = {s.key: s for s in promised} | {f.key: spec_of(f) for f in facts}
    gone = set(failed)
    evidence = [
        answer(
            owner(key),
            *(f for f in facts if f.key == key),
            status=Status.FAILED if key in gone else Status.OK,
            problems=[problems[key]] if problems and key in problems else [],
        )
        for key in specs
    ]
    return Facts(evidence, [probe_spec(owner(k), s) for k, s in specs.items()], NOW)


def asks(name: str, test: Any) -> Constraint:
    """A constraint as a checklist writes it: `">= 90"`, True, a text, or `{operator: operand}`."""
    key, _, subject = name.partition("@")
    return Constraint(key, subject, matcher(test))


def matcher(test: Any) -> Matcher:
    """A matcher as a checklist writes it."""
    if isinstance(test, dict):
        ((operator, operand),) = test.items()
        return Matcher(
            operator, tuple(operand) if isinstance(operand, list) else operand, str(test)
        )
    if isinstance(test, str) and test[:1] in "<>=!":
        sign, number = split_comparison(test)
        return Matcher(sign, number, test)
    return Matcher("equals", test, str(test))


def item(name: str = "an.item", require: Requirement | None = None, **more: Any) -> Item:
    """An item of severity important, with the lowest floor, unless `more` says otherwise."""
    options = {
        "number": "1.1.1",
        "title": f"Title of {name}",
        "severity": Severity.IMPORTANT,
    } | more
    return Item(id=name, require=require, **options)


def judged(made: Item, facts: Facts, overlays: Overlays | None = None) -> Verdict:
    """The verdict of one item."""
    return decide(made, facts, overlays or Overlays())


def checklist(
    *items: Item, criteria: Iterable[Criterion] = (), levels: dict[str, float] | None = None
) -> Checklist:
    """One category with one section that holds the items."""
    section = Section("core.features", "1.1", "Features", items)
    category = Category("core", "1", "Core", Fraction(100), (section,))
    return Checklist(
        "test",
        "1",
        "A checklist",
        (category,),
        tuple(criteria),
        levels=levels or {},
        digest="d" * 64,
    )


def bundle_of(facts: Facts, overlays: Overlays | None = None) -> Bundle:
    """A bundle with the evidence and probes of an index of facts."""
    probes = {p.id: p for p in facts.owners.values()}
    return bundle(probes.values(), facts.evidence.values(), overlays)


def bundle(
    probes: Iterable[ProbeSpec], evidence: Iterable[Evidence], overlays: Overlays | None = None
) -> Bundle:
    """A bundle that was seen at NOW."""
    return Bundle(
        tool_version="0",
        started_at=NOW.isoformat(),
        finished_at=NOW.isoformat(),
        target=Target("orders", "shop"),
        probes=tuple(probes),
        evidence=tuple(evidence),
        overlays=overlays or Overlays(),
        digest="b" * 64,
    )
