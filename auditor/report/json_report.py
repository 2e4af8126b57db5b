"""The report as JSON, as the interface promises it, for programs and for the evidence bundle."""

from __future__ import annotations

import json
import math
from typing import Any, TypeVar

import msgspec

from auditor.model.item import Severity
from auditor.model.report import CategoryResult, CriterionResult, ProbeResult, Report, SectionResult
from auditor.model.target import Deployment, Target
from auditor.model.verdict import Outcome, Score, Verdict
from auditor.report import document as shape
from auditor.report.gate_document import gate_document
from auditor.report.registry import Look
from auditor.report.summary import percent_number
from auditor.report.text import address, json_safe

T = TypeVar("T")


def render(report: Report, look: Look) -> str:
    """Indented JSON; the same report gives the same bytes."""
    plain = msgspec.to_builtins(document(report), enc_hook=str)
    return json_safe(json.dumps(plain, indent=2, ensure_ascii=False, allow_nan=False)) + "\n"


def schema() -> dict[str, Any]:
    """The JSON Schema of the report, published as config/schemas/report.schema.json."""
    generated = msgspec.json.schema(shape.Document)
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The JSON report of auditor",
        "description": "Schema version 1. Fields may be added, never renamed.",
    }
    return head | generated


def document(report: Report) -> shape.Document:
    """The report in the shape of its JSON."""
    return shape.Document(
        schema_version="1",
        tool=shape.Tool(name="auditor", version=report.tool_version),
        started_at=report.started_at,
        finished_at=report.finished_at,
        target=_target(report.target),
        checklist=_same(report.checklist, shape.Checklist),
        readiness=_same(report.readiness, shape.Readiness),
        score=shape.Score(**_score(report.score)),
        categories=[_category(c) for c in report.categories],
        blockers=[_blocker(v) for v in report.verdicts() if _is_applicable_blocker(v)],
        counts=_counts(report.counts),
        criteria=[_criterion(c) for c in report.criteria],
        probes=[_probe(p) for p in report.probes],
        tally=_same(report.tally, shape.Tally),
        traffic=shape.Traffic(requests=report.requests, bytes=report.bytes_received),
        waivers=_same(report.waivers, list[shape.WaiverEntry]),
        notes=list(report.notes),
        settings=dict(sorted(report.settings.items())),
        bundle_digest=report.bundle_digest,
        gate=gate_document(report.gate) if report.gate else None,
    )


def _target(target: Target) -> shape.Target:
    known = target.deployment
    deployments = {known.name: _deployment(known)} if known else {}
    return shape.Target(
        service=target.service,
        repository=address(target.repository),
        root=target.root,
        commit=target.commit,
        committed_at=target.committed_at,
        branch=target.branch,
        dirty=target.dirty,
        deployments=deployments,
    )


def _deployment(known: Deployment) -> shape.Deployment:
    return shape.Deployment(
        url=known.url and address(known.url),
        prometheus=known.prometheus and address(known.prometheus),
        alertmanager=known.alertmanager and address(known.alertmanager),
        grafana=known.grafana and address(known.grafana),
        loki=known.loki and address(known.loki),
        production=known.production,
    )


def _score(score: Score) -> dict[str, float]:
    return {
        "proven": percent_number(score.proven),
        "possible": percent_number(score.possible),
        "coverage": percent_number(score.coverage),
    }


def _category(result: CategoryResult) -> shape.Category:
    category = result.category
    return shape.Category(
        id=category.id,
        number=category.number,
        title=category.title,
        weight=float(category.weight),
        sections=[_section(s) for s in result.sections],
        applicable=result.applicable,
        **_score(result.score),
    )


def _section(result: SectionResult) -> shape.Section:
    return shape.Section(
        id=result.section.id,
        number=result.section.number,
        title=result.section.title,
        items=[_item(v) for v in result.verdicts],
        applicable=result.applicable,
        **_score(result.score),
    )


def _item(verdict: Verdict) -> shape.Item:
    item = verdict.item
    return shape.Item(
        id=item.id,
        number=item.number,
        title=item.title,
        severity=item.severity.value,
        verdict=verdict.outcome.value,
        level=verdict.level.value if verdict.level else None,
        waived=_same(verdict.waived, shape.Waived) if verdict.waived else None,
        pending=verdict.pending,
        stale=verdict.stale,
        reasons=_same(verdict.reasons, list[shape.Reason]),
        evidence=list(verdict.evidence),
        fix=item.fix,
        produce=item.produce,
        checks=[_item(c) for c in verdict.checks],
        open_title=item.open_title,
        why=item.why,
        attested=verdict.attested,
        floor=item.floor.value,
        weight=float(item.weight),
        effort_h=_finite(item.effort_h),
    )


def _is_applicable_blocker(verdict: Verdict) -> bool:
    return (
        verdict.item.severity is Severity.BLOCKER and verdict.outcome is not Outcome.NOT_APPLICABLE
    )


def _blocker(verdict: Verdict) -> shape.Blocker:
    return shape.Blocker(
        id=verdict.item.id,
        number=verdict.item.number,
        title=verdict.item.title,
        result="pass" if verdict.outcome is Outcome.PASS else "fail",
        verdict=verdict.outcome.value,
        waived=verdict.waived is not None,
    )


def _counts(counts: dict[str, dict[str, int]]) -> shape.AllCounts:
    rows = {}
    for severity in Severity:
        row = counts.get(severity.value, {})
        rows[severity.value] = shape.Counts(
            passed=row.get("pass", 0),
            fail=row.get("fail", 0),
            unknown=row.get("unknown", 0),
            not_applicable=row.get("not_applicable", 0),
            waived=row.get("waived", 0),
        )
    return shape.AllCounts(**rows)


def _criterion(result: CriterionResult) -> shape.Criterion:
    return shape.Criterion(
        id=result.criterion.id,
        title=result.criterion.title,
        met=result.met,
        observed=result.observed,
        expected=result.expected,
        reasons=_same(result.reasons, list[shape.Reason]),
    )


def _probe(probe: ProbeResult) -> shape.Probe:
    problems = _same(probe.problems, list[shape.Problem])
    return shape.Probe(
        id=probe.id,
        version=probe.version,
        status=probe.status.value,
        problem=problems[0] if problems else None,
        duration_s=_finite(probe.duration_s),
        title=probe.title,
        problems=problems,
        findings=_same(probe.findings, list[shape.Finding]),
        suppressed=probe.suppressed,
    )


def _same(value: object, wanted: type[T]) -> T:
    """The fields of a dataclass (or of many) in a shape that has the same names."""
    return msgspec.convert(value, wanted, from_attributes=True)


def _finite(number: float) -> float:
    """JSON has no word for infinity; such a number says nothing, as 0 does."""
    return float(number) if math.isfinite(number) else 0.0
