"""What every format says alike: exact percentages, words for outcomes, open items, the tally."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from auditor.model.evidence import Status
from auditor.model.item import Severity
from auditor.model.report import ProbeResult, Report
from auditor.model.target import Target
from auditor.model.verdict import Outcome, Reason, Verdict, Waiver

LEVEL_WORDS = {
    "not_ready": "NOT READY",
    "ready": "READY",
    "excellent": "EXCELLENT",
    "perfect": "PERFECT",
}
OUTCOME_WORDS = {
    Outcome.PASS: "pass",
    Outcome.FAIL: "fail",
    Outcome.UNKNOWN: "unknown",
    Outcome.NOT_APPLICABLE: "not applicable",
}
OUTCOME_SIGNS = {
    Outcome.PASS: "✓",
    Outcome.FAIL: "✗",
    Outcome.UNKNOWN: "?",
    Outcome.NOT_APPLICABLE: "-",
}


def percent(share: Fraction) -> str:
    """A share as `79.9 %`: one decimal, always rounded down, so that 79.96 never looks like 80."""
    tenths = share.numerator * 1000 // share.denominator
    return f"{tenths // 10}.{tenths % 10} %"


def percent_number(share: Fraction) -> float:
    """A share as a number of percent, rounded down to four decimals: never above the exact one."""
    return (share.numerator * 1_000_000 // share.denominator) / 10_000


def counted(number: int, one: str, many: str = "") -> str:
    """`1 item`, `2 items`."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def traffic(report: Report) -> str:
    """What the audit asked of running systems in all, "" where nothing."""
    if not report.requests:
        return ""
    asked = f"{report.requests:,} {'request' if report.requests == 1 else 'requests'}"
    return f"Asked of running systems: {asked}, {report.bytes_received:,} bytes received."


def level_words(report: Report) -> str:
    """The readiness level as a reader sees it: NOT READY, READY, EXCELLENT or PERFECT."""
    level = report.readiness.level
    return LEVEL_WORDS.get(level, level.replace("_", " ").upper())


def title(verdict: Verdict) -> str:
    """The title of an item; an open one may have its own."""
    return (verdict.item.open_title or verdict.item.title) if verdict.open else verdict.item.title


def moment(text: str | None) -> str:
    """An ISO 8601 time as `2025-10-06 12:00 UTC`; what is no such time is shown as it is."""
    try:
        when = datetime.fromisoformat(text or "")
    except ValueError:
        return text or "unknown"
    zone = when.strftime("%z")
    zone = "UTC" if zone == "+0000" else f"{zone[:3]}:{zone[3:5]}".rstrip(":")
    return f"{when:%Y-%m-%d %H:%M} {zone}".rstrip()


def revision(target: Target) -> str:
    """The commit, branch and state of the work tree, as far as they are known."""
    if target.commit is None:
        return "no commit"
    branch = f" on {target.branch}" if target.branch else ""
    dirty = ", with uncommitted changes" if target.dirty else ""
    return f"commit {target.commit[:12]}{branch}{dirty}"


def of_severity(report: Report, severity: Severity) -> list[Verdict]:
    """The applicable items of a severity: open ones first (fails, unknowns), then the passed."""
    order = (Outcome.FAIL, Outcome.UNKNOWN, Outcome.PASS)
    applicable = [
        v for v in report.verdicts() if v.item.severity is severity and v.outcome in order
    ]
    return sorted(applicable, key=lambda v: (order.index(v.outcome), v.waived is not None))


def open_of(report: Report, severity: Severity) -> list[Verdict]:
    """The open items of a severity, waived ones last among their like."""
    return [v for v in of_severity(report, severity) if v.open]


def blockers_in_words(report: Report) -> str:
    """How many blockers pass, of those that apply; waived ones are told apart."""
    blockers = of_severity(report, Severity.BLOCKER)
    if not blockers:
        return "no blocker applies"
    passed = sum(not v.open for v in blockers)
    waived = sum(v.waived is not None for v in blockers)
    excused = f", {waived} waived" if waived else ""
    pending = sum(bool(v.pending) for v in blockers)
    excused += f", {pending} pending" if pending else ""
    return f"{passed} of {counted(len(blockers), 'blocker')} pass{excused}"


def status_words(probe: ProbeResult) -> str:
    """How a look ended, in words: could not look, was skipped, looked only in part."""
    if probe.status is Status.FAILED:
        return "failed"
    return "was skipped" if probe.status is Status.SKIPPED else "looked, but not everywhere"


def overlays(verdict: Verdict) -> list[str]:
    """What lies over the outcome, in words: waived, attested, stale evidence, not yet in force."""
    words = [("waived", verdict.waived is not None), ("attested", verdict.attested)]
    said = [word for word, there in words if there] + (["stale evidence"] if verdict.stale else [])
    return [*said, f"pending until {verdict.pending}"] if verdict.pending else said


def places(reason: Reason) -> list[str]:
    """Where a reason was seen, each place once: `file:line` or a URL."""
    return list(dict.fromkeys(str(place) for place in reason.locations if str(place)))


def waiver_state(report: Report, waiver: Waiver) -> str:
    """What a waiver of the waivers file does in this audit: in force, expired or unused."""
    if any(v.waived == waiver for v in report.verdicts()):
        return "in force"
    try:
        expired = datetime.fromisoformat(waiver.expires) <= datetime.fromisoformat(
            report.started_at
        )
    except (ValueError, TypeError):
        return "unused"
    return "expired" if expired else "unused"


def troubled(report: Report) -> list[ProbeResult]:
    """The probes that could not look, or saw only a part, with those that failed first."""
    order = {Status.FAILED: 0, Status.OK: 1, Status.SKIPPED: 2}
    found = [p for p in report.probes if p.problems or p.status is not Status.OK]
    return sorted(found, key=lambda p: order[p.status])


@dataclass(frozen=True, slots=True)
class Count:
    """A line of the tally: a number, what it counts, and why it is told."""

    number: int
    what: str
    why: str


def tally(report: Report) -> list[Count]:
    """Everything that did not count, zeros included; every report ends with it."""
    t = report.tally
    return [
        Count(t.suppressed, "suppressed", "findings that a tool was told to ignore in the target"),
        Count(t.waived, "waived", "open items that somebody has promised to live with for a while"),
        Count(t.stale, "stale", "items whose evidence is too old or carries no time"),
        Count(
            t.not_looked_at, "not looked at", "probes that were skipped, failed or left no evidence"
        ),
        Count(
            t.below_floor,
            "below the floor",
            "requirements that hold, but on evidence too weak to pass",
        ),
        Count(t.attested, "attested", "items that passed on a person's word alone"),
        Count(
            t.declared_not_applicable,
            "declared not applicable",
            "items that the configuration leaves out",
        ),
        Count(t.expired_attestations, "expired attestations", "which are nothing any more"),
        Count(t.expired_waivers, "expired waivers", "which excuse nothing any more"),
        Count(t.unused_waivers, "unused waivers", "of items that are not open"),
    ]
