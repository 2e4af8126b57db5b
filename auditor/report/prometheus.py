"""The report as a Prometheus textfile, for the node exporter or a push gateway.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from auditor.model.evidence import Status
from auditor.model.item import Severity
from auditor.model.report import Report
from auditor.model.verdict import Outcome
from auditor.report import summary
from auditor.report.registry import Look
from auditor.report.summary import LEVEL_WORDS
from auditor.report.text import one_line

Sample = tuple[dict[str, str], float]


@dataclass(frozen=True, slots=True)
class Family:
    """A gauge: its name after `auditor_`, what it says, and a value for each set of labels."""

    name: str
    told: str
    samples: list[Sample]


def render(report: Report, look: Look) -> str:
    """Gauges, each of a service and its deployment; no time stamps, which the node exporter refuses."""
    lines: list[str] = []
    common = {"service": report.target.service}
    if report.target.deployment is not None:
        common["deployment"] = report.target.deployment.name
    for family in (*_scores(report), *_items(report), *_run(report)):
        name = f"auditor_{family.name}"
        if family.samples:
            lines += [f"# HELP {name} {family.told}", f"# TYPE {name} gauge"]
            lines += [_line(name, common | labels, value) for labels, value in family.samples]
    return "\n".join(lines) + "\n"


def _scores(report: Report) -> Iterator[Family]:
    score, level = report.score, report.readiness.level
    proven, possible, coverage = map(_down, (score.proven, score.possible, score.coverage))
    yield _single("readiness_proven_ratio", "Share that is proven; unknown is not.", proven)
    yield _single("readiness_possible_ratio", "Share that is not known to fail.", possible)
    yield _single("readiness_coverage_ratio", "Share that is decided.", coverage)
    yield _single(
        "readiness_ready", "1 where the level ready is reached.", float(report.readiness.ready)
    )
    levels: list[Sample] = [
        ({"level": one}, float(one == level)) for one in dict.fromkeys((*LEVEL_WORDS, level))
    ]
    yield Family("readiness_level", "1 for the level that is reached.", levels)
    categories: list[Sample] = [
        ({"category": c.category.id}, _down(c.score.proven))
        for c in report.categories
        if c.applicable
    ]
    yield Family("category_proven_ratio", "Share of a category that is proven.", categories)


def _items(report: Report) -> Iterator[Family]:
    verdicts = report.verdicts()
    opened: list[Sample] = []
    waived: list[Sample] = []
    for severity in Severity:
        alike = [v for v in verdicts if v.item.severity is severity]
        for outcome in (Outcome.FAIL, Outcome.UNKNOWN):
            labels = {"severity": severity.value, "verdict": outcome.value}
            opened.append((labels, sum(v.outcome is outcome for v in alike)))
        waived.append(({"severity": severity.value}, sum(v.waived is not None for v in alike)))
    yield Family("open_items", "Open items, waived ones too.", opened)
    yield Family("waived_items", "Open items that a waiver excuses for a while.", waived)
    told = "1 where the blocker fails or is unknown, 0 where it passes."
    blockers: list[Sample] = [
        ({"item": v.item.id, "waived": "true" if v.waived else "false"}, float(v.open))
        for v in summary.of_severity(report, Severity.BLOCKER)
    ]
    yield Family("blocker_open", told, blockers)
    told = "Items whose evidence is too old or carries no time."
    yield _single("stale_items", told, report.tally.stale)


def _run(report: Report) -> Iterator[Family]:
    target, checklist = report.target, report.checklist
    probes: list[Sample] = [
        ({"probe": p.id}, float(p.status is Status.OK and not p.problems)) for p in report.probes
    ]
    yield Family("probe_ok", "1 where the probe looked everywhere it should.", probes)
    started, finished = _moment(report.started_at), _moment(report.finished_at)
    # A bundle that is judged again keeps its times, so these age however often it is reported.
    yield _single(
        "evidence_timestamp_seconds", "When looking began; no evidence is younger.", started
    )
    yield _single("run_timestamp_seconds", "When the audit ended.", finished)
    if started is not None and finished is not None:
        yield _single("run_duration_seconds", "How long it took.", max(finished - started, 0))
    committed = _moment(target.committed_at)
    yield _single("commit_timestamp_seconds", "When the audited commit was made.", committed)
    info = {
        "version": report.tool_version,
        "checklist": checklist.id,
        "checklist_version": checklist.version,
        "commit": target.commit or "",
    }
    yield Family("run_info", "What was audited, and by what.", [(info, 1)])


def _single(name: str, told: str, value: float | None) -> Family:
    """A gauge of the service as a whole; without a value it is left out, never written as 0."""
    return Family(name, told, [] if value is None else [({}, value)])


def _moment(text: str | None) -> float | None:
    """Seconds since 1970 of a time with a zone, None where it is not known."""
    try:
        when = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return when.timestamp() if when.tzinfo else None


def _down(share: Fraction) -> float:
    """A share rounded down to six decimals, so that 0.7999999 is below a threshold of 0.8."""
    return (share.numerator * 1_000_000 // share.denominator) / 1_000_000


def _line(name: str, labels: dict[str, str], value: float) -> str:
    said = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
    return f"{name}{{{said}}} {value:.15g}"


def _escaped(text: str) -> str:
    return one_line(text).replace("\\", "\\\\").replace('"', '\\"')
