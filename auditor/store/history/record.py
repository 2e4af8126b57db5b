"""What the tables keep of a finished audit: a pure function of its report and its evidence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from auditor.evaluate.readiness import DEFAULT_LEVELS
from auditor.evaluate.times import moment
from auditor.model.evidence import Evidence
from auditor.model.history import (
    ItemResult,
    Look,
    PartScore,
    RunHead,
    RunKind,
    RunRecord,
    ServiceKey,
)
from auditor.model.item import Severity
from auditor.model.report import ProbeResult, Report
from auditor.model.target import Target
from auditor.model.verdict import Outcome, Verdict

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def record_of(
    report: Report,
    evidence: Iterable[Evidence],
    *,
    kind: RunKind = RunKind.AUDIT,
    ref: str = "",
    tier: str | None = None,
    service: ServiceKey | None = None,
) -> RunRecord:
    """The record of a run. `service` is given where the audited checkout cannot say it by itself."""
    return RunRecord(
        service=service or service_key(report.target),
        head=_head(report, kind, ref, tier),
        items=tuple(_item(v) for v in report.verdicts()),
        parts=tuple(
            PartScore(
                id=storable(c.category.id),
                number=storable(c.category.number),
                title=storable(c.category.title),
                weight=c.category.weight,
                applicable=c.applicable,
                score=c.score,
            )
            for c in report.categories
        ),
        looks=tuple(_looks(report.probes, {e.probe: e for e in evidence})),
    )


def service_key(target: Target) -> ServiceKey:
    """What tells the service of a target apart from others."""
    return ServiceKey(storable(target.service), storable(target.remote), storable(target.root))


def storable(text: str) -> str:
    """`text` without what a database refuses: NUL, and surrogates, which are no Unicode text."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")


def seconds(when: str | None) -> int | None:
    """An ISO 8601 time in seconds since 1970; None for what is no time with its zone."""
    found = moment(when)
    return int((found - _EPOCH).total_seconds()) if found is not None else None


def _head(report: Report, kind: RunKind, ref: str, tier: str | None) -> RunHead:
    target, checklist = report.target, report.checklist
    verdicts = report.verdicts()
    began = seconds(report.started_at) or 0
    committed = seconds(target.committed_at) if kind is RunKind.BACKFILL else None
    head = RunHead(
        digest=report.bundle_digest,
        kind=kind,
        at=began if committed is None else committed,
        started_at=report.started_at,
        finished_at=report.finished_at,
        commit=target.commit,
        committed_at=target.committed_at,
        branch=target.branch,
        ref=ref,
        dirty=target.dirty,
        tool_version=report.tool_version,
        checklist=checklist.id,
        checklist_version=checklist.version,
        checklist_digest=checklist.digest,
        tier=tier or "",
        deployment=target.deployment.name if target.deployment else "",
        level=report.readiness.level,
        ready=report.readiness.ready,
        ready_from=(DEFAULT_LEVELS | checklist.levels)["ready"],
        score=report.score,
        open_blockers=_blocking(verdicts, Severity.BLOCKER),
        open_criticals=_blocking(verdicts, Severity.CRITICAL),
        passed=sum(v.outcome is Outcome.PASS for v in verdicts),
        applicable=sum(v.outcome is not Outcome.NOT_APPLICABLE for v in verdicts),
    )
    texts = {name: storable(v) for name in _TEXTS if isinstance(v := getattr(head, name), str)}
    return replace(head, **texts)  # type: ignore[arg-type]


_TEXTS = (
    "digest", "started_at", "finished_at", "commit", "committed_at", "branch", "ref", "tool_version",
    "checklist", "checklist_version", "checklist_digest", "tier", "deployment", "level",
)  # fmt: skip


def _blocking(verdicts: Iterable[Verdict], severity: Severity) -> int:
    return sum(v.blocks and v.item.severity is severity for v in verdicts)


def _item(verdict: Verdict) -> ItemResult:
    return ItemResult(
        id=storable(verdict.item.id),
        number=storable(verdict.item.number),
        title=storable(verdict.item.title),
        severity=verdict.item.severity,
        outcome=verdict.outcome,
        level=verdict.level,
        waived=verdict.waived is not None,
        stale=verdict.stale,
        attested=verdict.attested,
        pending=storable(verdict.pending),
    )


def _looks(probes: Iterable[ProbeResult], evidence: dict[str, Evidence]) -> Iterable[Look]:
    for probe in probes:
        seen = evidence.get(probe.id)
        facts = seen.facts if seen is not None else ()
        times = [
            at for f in facts if (at := seconds(f.produced_at or f.source.observed_at)) is not None
        ]
        yield Look(
            probe=storable(probe.id),
            version=storable(probe.version),
            status=probe.status.value,
            problem=probe.problems[0].kind.value if probe.problems else "",
            facts=len(facts),
            findings=len(probe.findings),
            suppressed=probe.suppressed,
            duration_s=probe.duration_s,
            oldest_at=min(times, default=None),
        )
