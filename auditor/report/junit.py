"""The report as JUnit XML, which every CI shows: a test case for each item, blockers first."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from auditor.model.gate import Gate
from auditor.model.item import Severity
from auditor.model.report import Report
from auditor.model.verdict import Outcome, Verdict
from auditor.report import findings, summary
from auditor.report.gate_marks import Mark, mark
from auditor.report.registry import Look
from auditor.report.steps import next_step
from auditor.report.text import address, one_line, plain

_SINCE = {Mark.OLD: "as at the base", Mark.OPENED: "since this change, and no blocker"}
_ORDER = (Outcome.FAIL, Outcome.UNKNOWN, Outcome.PASS, Outcome.NOT_APPLICABLE)


def render(report: Report, look: Look) -> str:
    """A suite for each severity. Fail is a failure; unknown is an error, never green; waived and
    not applicable are skipped. Of a gate, all that does not keep it from being met is skipped too."""
    suites = [(severity, _of(report, severity)) for severity in Severity]
    everything = [v for _, verdicts in suites for v in verdicts]
    name = f"{report.target.service}: {report.checklist.id}"
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<testsuites {_attributes(name=name, **_counters(everything, report.gate))}>",
    ]
    for severity, verdicts in suites:
        if verdicts:
            lines += _suite(report, severity, verdicts)
    return "\n".join([*lines, "</testsuites>"]) + "\n"


def _of(report: Report, severity: Severity) -> list[Verdict]:
    found = [v for v in report.verdicts() if v.item.severity is severity]
    return sorted(found, key=lambda v: _ORDER.index(v.outcome))


def _suite(report: Report, severity: Severity, verdicts: list[Verdict]) -> Iterator[str]:
    head = _attributes(
        name=severity.value, **_counters(verdicts, report.gate), timestamp=report.started_at
    )
    yield f"  <testsuite {head}>"
    yield "    <properties>"
    for name, value in _properties(report).items():
        yield f"      <property {_attributes(name=name, value=value)}/>"
    yield "    </properties>"
    for verdict in verdicts:
        yield from _case(verdict, report.gate)
    yield "  </testsuite>"


def _properties(report: Report) -> dict[str, str]:
    target, deployment = report.target, report.target.deployment
    known = {
        "readiness": report.readiness.level,
        "proven": summary.percent(report.score.proven),
        "checklist": f"{report.checklist.id} {report.checklist.version}",
        "auditor": report.tool_version,
        "commit": target.commit,
        "deployment": deployment.name if deployment else None,
    }
    return {name: value for name, value in known.items() if value}


def _case(verdict: Verdict, gate: Gate | None) -> Iterator[str]:
    # The name is the item's own title, open or not: histories go by it.
    name = f"{verdict.item.number} {verdict.item.title}"
    attributes = {"name": name, "classname": verdict.item.id, "time": "0"}
    seen = findings.places(gate, verdict) if verdict.open else []
    if seen:
        attributes["file"] = findings.relative(seen[0].path or "")
    ending = _ending(verdict, gate)
    if ending is None:
        yield f"    <testcase {_attributes(**attributes)}/>"
        return
    yield f"    <testcase {_attributes(**attributes)}>"
    yield f"      {ending}"
    yield "    </testcase>"


def _ending(verdict: Verdict, gate: Gate | None) -> str | None:
    """The element that tells how a case ended, None where it passed."""
    kind = _kind(verdict, gate)
    if kind is None:
        return None
    if kind == "skipped":
        return f"<skipped {_attributes(message=_excuse(verdict, gate))}/>"
    said = f"{findings.news(gate, verdict)}{findings.words(verdict)}"
    head = _attributes(message=said, type=verdict.outcome.value)
    body = "\n".join(_body(verdict))
    return f"<{kind} {head}>{_text(body)}</{kind}>"


def _kind(verdict: Verdict, gate: Gate | None) -> str | None:
    if verdict.outcome is Outcome.PASS:
        return None
    if not verdict.blocks or (gate is not None and not mark(gate, verdict).counts):
        return "skipped"
    return "failure" if verdict.outcome is Outcome.FAIL else "error"


def _excuse(verdict: Verdict, gate: Gate | None) -> str:
    waiver = verdict.waived
    if verdict.open and waiver is not None:
        until = f"waived until {summary.moment(waiver.expires)} by {waiver.owner}"
        word = summary.OUTCOME_WORDS[verdict.outcome]
        return f"{word}, {until}, approved by {waiver.approver}: {waiver.reason}"
    if verdict.open and verdict.pending:
        word = summary.OUTCOME_WORDS[verdict.outcome]
        return f"{word}, pending: the checklist asks it from {verdict.pending} on"
    reason = f": {verdict.reasons[0].text}" if verdict.reasons else ""
    since = f", {_SINCE[mark(gate, verdict)]}" if gate is not None and verdict.open else ""
    return f"{summary.OUTCOME_WORDS[verdict.outcome]}{since}{reason}"


def _body(verdict: Verdict) -> Iterator[str]:
    yield one_line(summary.title(verdict))
    for reason in verdict.reasons:
        places = ", ".join(summary.places(reason))
        yield f"- {one_line(reason.text)}" + (
            f" (at {address(one_line(places))})" if places else ""
        )
    for check in verdict.checks:
        if check.open:
            word = summary.OUTCOME_WORDS[check.outcome]
            yield f"- {word}: {one_line(check.item.number)} {one_line(summary.title(check))}"
    step = next_step(verdict)
    yield f"Next: {plain(str(step))}"
    if step.block:
        yield plain(step.block)


def _counters(verdicts: list[Verdict], gate: Gate | None) -> dict[str, str]:
    kinds = [_kind(v, gate) for v in verdicts]
    return {
        "tests": str(len(kinds)),
        "failures": str(kinds.count("failure")),
        "errors": str(kinds.count("error")),
        "skipped": str(kinds.count("skipped")),
        "time": "0",
    }


def _attributes(**values: str) -> str:
    return " ".join(f'{name}="{_text(one_line(value))}"' for name, value in values.items())


def _text(text: str) -> str:
    """What XML 1.0 cannot hold at all is spelled out by `plain`; the rest is escaped."""
    return escape(plain(text))
