"""Success criteria: requirement trees over facts and over the outcome of the audit itself."""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction

from auditor.evaluate.decide import Overlays, decide
from auditor.evaluate.facts import Facts
from auditor.evaluate.tree import constraints
from auditor.model.evidence import Fact, Source, SourceKind, Value
from auditor.model.item import Checklist, Criterion, Item, Severity
from auditor.model.level import Level
from auditor.model.probe import FactSpec, FactType
from auditor.model.report import CategoryResult, CriterionResult
from auditor.model.verdict import Outcome, Score, Verdict

PROVEN = FactSpec("audit.proven", FactType.NUMBER, "Proven score", "%")
OPEN_BLOCKERS = FactSpec("audit.open_blockers", FactType.NUMBER, "Open blockers")
OPEN_CRITICALS = FactSpec("audit.open_criticals", FactType.NUMBER, "Open critical items")


def derived_specs(checklist: Checklist) -> list[FactSpec]:
    """The facts that criteria may use beside those of probes."""
    categories = [
        FactSpec(f"audit.category.{c.id}", FactType.NUMBER, f"Proven score of {c.title}", "%")
        for c in checklist.categories
    ]
    items = [
        FactSpec(f"audit.item.{i.id}", FactType.TEXT, f"{i.number} {i.title}")
        for i in checklist.items()
    ]
    return [PROVEN, OPEN_BLOCKERS, OPEN_CRITICALS, *categories, *items]


def judge_criteria(
    checklist: Checklist,
    score: Score,
    categories: Iterable[CategoryResult],
    verdicts: list[Verdict],
    facts: Facts,
) -> tuple[CriterionResult, ...]:
    """Each criterion met, not met or unknown, with what was observed and what is expected."""
    outcome: dict[str, Value] = {
        "audit.proven": _percent(score.proven),
        "audit.open_blockers": _still_open(verdicts, Severity.BLOCKER),
        "audit.open_criticals": _still_open(verdicts, Severity.CRITICAL),
    }
    outcome |= {
        f"audit.category.{c.category.id}": _percent(c.score.proven)
        for c in categories
        if c.applicable
    }
    outcome |= {
        f"audit.item.{v.item.id}": v.outcome.value
        for v in verdicts
        if v.outcome is not Outcome.UNKNOWN
    }
    specs = {s.key: s for s in derived_specs(checklist)}
    source = Source(SourceKind.FILE, "this audit")
    now = facts.now.isoformat()
    derived = [
        Fact(k, v, Level.OBSERVED, source, unit=specs[k].unit, produced_at=now)
        for k, v in outcome.items()
    ]
    known = facts.add(derived, specs.values())
    return tuple(_judge(c, known) for c in checklist.criteria)


def _percent(share: Fraction) -> float:
    """A share in percent, never rounded up: what is short of a threshold stays short of it."""
    exact = share * 100
    percent = float(exact)
    return percent if percent <= exact else math.nextafter(percent, -math.inf)


def _still_open(verdicts: Iterable[Verdict], severity: Severity) -> int:
    """Open items of a severity; a waived one is not resolved, so it counts."""
    return sum(v.open for v in verdicts if v.item.severity is severity)


def _judge(criterion: Criterion, facts: Facts) -> CriterionResult:
    item = Item(
        id=criterion.id,
        number="",
        title=criterion.title,
        severity=Severity.IMPORTANT,
        require=criterion.require,
        attestable=criterion.attestable,
        floor=Level.REPORTED,
    )
    verdict = decide(item, facts, Overlays())
    met = {Outcome.PASS: True, Outcome.FAIL: False}.get(verdict.outcome)
    telling = verdict.reasons
    observed = "; ".join(r.observed for r in telling if r.observed) or "unknown"
    expected = "; ".join(dict.fromkeys(r.expected for r in telling if r.expected)) or _wanted(
        criterion
    )
    return CriterionResult(criterion, met, observed, expected, telling)


def _wanted(criterion: Criterion) -> str:
    wanted = ", ".join(c.matcher.text for c in constraints(criterion.require))
    return wanted or "a signed attestation"
