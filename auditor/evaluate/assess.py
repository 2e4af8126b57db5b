"""A bundle and a checklist, judged as a whole: the Report."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from auditor.evaluate.criteria import judge_criteria
from auditor.evaluate.decide import ATTESTATION, Overlays, decide, holds, is_expired
from auditor.evaluate.facts import Facts
from auditor.evaluate.observed_version import version_notes
from auditor.evaluate.policy_notes import policy_notes
from auditor.evaluate.readiness import readiness
from auditor.evaluate.scoring import mean, section_score
from auditor.model.evidence import Evidence, Fact, Problem, ProblemKind, Status
from auditor.model.item import Category, Checklist, Section, Severity
from auditor.model.probe import ProbeSpec
from auditor.model.report import CategoryResult, ProbeResult, Report, SectionResult, Tally
from auditor.model.target import Target
from auditor.model.verdict import Outcome, Verdict

_SUPPRESSIONS = (".suppressed", ".excluded_lines", ".skipped")
"""A numeric fact whose key ends so counts things that a tool saw and was told to ignore."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """Everything that was seen, and what is needed to judge it again without looking.

    `started_at` and `finished_at` are ISO 8601 with an offset; ages count from `started_at`.
    """

    tool_version: str
    started_at: str
    finished_at: str
    target: Target
    probes: tuple[ProbeSpec, ...]
    evidence: tuple[Evidence, ...]
    overlays: Overlays
    digest: str = ""
    notes: tuple[str, ...] = ()
    requests: int = 0
    bytes_received: int = 0


def assess(bundle: Bundle, checklist: Checklist) -> Report:
    """Judge a bundle: same bundle and checklist, same Report, whatever the order of evidence."""
    facts = Facts(bundle.evidence, bundle.probes, datetime.fromisoformat(bundle.started_at))
    categories = tuple(_category(c, facts, bundle.overlays) for c in checklist.categories)
    score, _ = mean((c.score, c.category.weight) for c in categories if c.applicable)
    verdicts = [v for c in categories for s in c.sections for v in s.verdicts]
    level = readiness(checklist, score, verdicts)
    return Report(
        tool_version=bundle.tool_version,
        started_at=bundle.started_at,
        finished_at=bundle.finished_at,
        target=bundle.target,
        checklist=checklist,
        bundle_digest=bundle.digest,
        readiness=level,
        score=score,
        categories=categories,
        counts=_counts(verdicts),
        criteria=judge_criteria(checklist, score, categories, verdicts, facts),
        probes=tuple(
            _probe(p, facts.evidence.get(p.id)) for p in sorted(bundle.probes, key=lambda p: p.id)
        ),
        tally=_tally(verdicts, facts, bundle),
        waivers=bundle.overlays.waivers,
        notes=(*checklist.notes, *policy_notes(checklist), *bundle.notes, *version_notes(facts)),
        requests=bundle.requests,
        bytes_received=bundle.bytes_received,
    )


def _category(category: Category, facts: Facts, overlays: Overlays) -> CategoryResult:
    sections = [_section(s, facts, overlays) for s in category.sections]
    score, weight = mean((result.score, share) for result, share in sections)
    return CategoryResult(category, score, tuple(result for result, _ in sections), weight > 0)


def _section(section: Section, facts: Facts, overlays: Overlays) -> tuple[SectionResult, Fraction]:
    verdicts = tuple(decide(item, facts, overlays) for item in section.items)
    score, applicable = section_score(verdicts)
    weight = section.weight if applicable else Fraction(0)
    return SectionResult(section, score, verdicts, applicable > 0), weight


def _counts(verdicts: Iterable[Verdict]) -> dict[str, dict[str, int]]:
    names = [*(o.value for o in Outcome), "waived"]
    counts = {severity.value: dict.fromkeys(names, 0) for severity in Severity}
    for verdict in verdicts:
        row = counts[verdict.item.severity.value]
        row[verdict.outcome.value] += 1
        row["waived"] += verdict.waived is not None
    return counts


def _probe(spec: ProbeSpec, evidence: Evidence | None) -> ProbeResult:
    if evidence is None:
        return ProbeResult(spec.id, spec.title, spec.version, Status.FAILED, 0.0, (_lost(spec),))
    return ProbeResult(
        spec.id,
        spec.title,
        evidence.version,
        evidence.status,
        evidence.duration_s,
        evidence.problems,
        evidence.findings,
        sum(_suppressions(f) for f in evidence.facts),
    )


def _lost(spec: ProbeSpec) -> Problem:
    return Problem(
        ProblemKind.CRASHED, f"The evidence of the probe {spec.id} is not in the bundle."
    )


def _suppressions(fact: Fact) -> int:
    counts = fact.key.endswith(_SUPPRESSIONS) and isinstance(fact.value, int)
    return int(fact.value) if counts and isinstance(fact.value, int) else 0


def _tally(verdicts: list[Verdict], facts: Facts, bundle: Bundle) -> Tally:
    with_parts = [one for v in verdicts for one in (v, *v.checks)]
    waived = {v.item.id for v in with_parts if v.waived}
    expired = [w for w in bundle.overlays.waivers if not holds(w, facts.now)]
    unused = [w for w in bundle.overlays.waivers if w.item not in waived and w not in expired]
    problems = [r.problem for v in verdicts for r in v.reasons]
    return Tally(
        suppressed=sum(_suppressions(f) for e in facts.evidence.values() for f in e.facts),
        waived=len(waived),
        stale=sum(v.stale for v in verdicts),
        not_looked_at=sum(
            facts.evidence.get(p.id) is None or facts.evidence[p.id].status is not Status.OK
            for p in bundle.probes
        ),
        below_floor=problems.count("below_floor"),
        attested=sum(v.attested for v in verdicts),
        declared_not_applicable=sum(
            v.item.id in bundle.overlays.not_applicable or bool(v.item.left_out) for v in with_parts
        ),
        expired_attestations=_expired_attestations(facts),
        expired_waivers=len(expired),
        unused_waivers=len(unused),
    )


def _expired_attestations(facts: Facts) -> int:
    entries = [f for e in facts.evidence.values() for f in e.facts if f.key == ATTESTATION]
    return sum(is_expired(fact, facts.now) for fact in entries)
