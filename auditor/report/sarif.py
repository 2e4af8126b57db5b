"""The report as SARIF 2.1.0 for code scanning: items are rules, open items are results.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from auditor.model.evidence import Location, Status
from auditor.model.item import Item, Severity
from auditor.model.report import CategoryResult, ProbeResult, Report
from auditor.model.verdict import Outcome, Verdict, Waiver
from auditor.report import findings, summary
from auditor.report.gate_marks import Mark, mark
from auditor.report.registry import Look
from auditor.report.steps import fix
from auditor.report.summary import percent_number
from auditor.report.text import (
    address,
    json_safe,
    markdown,
    markdown_block,
    one_line,
    plain,
    web_address,
)

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

_LEVELS = {
    Severity.BLOCKER: "error",
    Severity.CRITICAL: "error",
    Severity.IMPORTANT: "warning",
    Severity.NICE: "note",
}
_STATES = {
    Mark.NEW: "new",
    Mark.OPENED: "new",
    Mark.WORSE: "updated",
    Mark.LOST: "updated",
    Mark.OLD: "unchanged",
}
_PROBLEM_LEVELS = {Status.FAILED: "error", Status.OK: "warning", Status.SKIPPED: "note"}
_LAST_LINE = 2**31 - 1
_ROOT = "%SRCROOT%"


def render(report: Report, look: Look) -> str:
    """One run. A fail has the level of its severity; an unknown is a note, whatever its severity."""
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(report)]}
    return json_safe(json.dumps(log, indent=2, ensure_ascii=False)) + "\n"


def _run(report: Report) -> dict[str, Any]:
    rules = [_rule(v.item, category) for category, v in _verdicts(report)]
    index = {rule["id"]: at for at, rule in reversed(list(enumerate(rules)))}
    run: dict[str, Any] = {
        "tool": {
            "driver": {
                "name": "auditor",
                "version": report.tool_version,
                "semanticVersion": report.tool_version,
                "rules": rules,
            }
        },
        # The last part tells runs of one kind apart; the parts before it name the kind.
        "automationDetails": {"id": f"auditor/{_name(report)}/"},
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the repository."}}},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(report)],
        "results": [_result(report, v, index) for v in findings.open_items(report)],
        "properties": _properties(report),
    }
    if report.gate is not None:
        base = report.gate.base
        # Of the same base, always the same: nothing else is asked of it here.
        run["baselineGuid"] = str(uuid5(NAMESPACE_URL, f"{base.kind} {base.commit or base.ref}"))
    provenance = _provenance(report)
    if provenance:
        run["versionControlProvenance"] = [provenance]
    return run


def _verdicts(report: Report) -> Iterator[tuple[CategoryResult, Verdict]]:
    for category in report.categories:
        for section in category.sections:
            yield from ((category, verdict) for verdict in section.verdicts)


def _name(report: Report) -> str:
    """The service and its deployment, as a part of an id."""
    deployment = report.target.deployment
    name = report.target.service + (f"@{deployment.name}" if deployment else "")
    return quote(one_line(name), safe="@")


def _rule(item: Item, category: CategoryResult) -> dict[str, Any]:
    title = one_line(item.title)
    return {
        "id": item.id,
        "shortDescription": {"text": one_line(f"{item.number} {item.title}")},
        "fullDescription": {"text": one_line(item.why) or title},
        "help": {"text": _help(item), "markdown": _help_markdown(item)},
        "defaultConfiguration": {"level": _LEVELS[item.severity]},
        "properties": {
            "tags": [one_line(category.category.id), item.severity.value],
            "severity": item.severity.value,
            "problem.severity": _LEVELS[item.severity].replace("note", "recommendation"),
            "precision": "high",
        },
    }


def _help(item: Item) -> str:
    """Why, how to mend it, and the command that makes the evidence, as lines."""
    parts = [one_line(item.why), plain(item.fix).strip()]
    if item.produce:
        parts.append(f"The evidence: {plain(item.produce).strip()}")
    return "\n\n".join(part for part in parts if part) or one_line(item.title)


def _help_markdown(item: Item) -> str:
    step = fix(item.fix)
    parts = [markdown(item.why), markdown(step.advice)]
    if step.block:
        parts.append(markdown_block(step.block))
    if item.produce:
        parts += ["The evidence:", markdown_block(item.produce)]
    return "\n\n".join(part for part in parts if part) or markdown(item.title)


def _result(report: Report, verdict: Verdict, index: dict[str, int]) -> dict[str, Any]:
    fingerprint = findings.fingerprint(report, verdict)
    seen = findings.places(report.gate, verdict) or [Location(findings.anchor(report))]
    unseen = verdict.outcome is Outcome.UNKNOWN
    title = one_line(f"{verdict.item.number} {summary.title(verdict)}")
    said = f"{findings.news(report.gate, verdict)}{findings.words(verdict)}"
    text = f"{title}. {said} Next: {findings.advice(verdict)}"
    beside = {"baselineState": _STATES[mark(report.gate, verdict)]} if report.gate else {}
    return beside | {
        "ruleId": verdict.item.id,
        "ruleIndex": index[verdict.item.id],
        "level": "note" if unseen or verdict.pending else _LEVELS[verdict.item.severity],
        "message": {"text": _message(text)},
        "locations": [_location(seen[0])],
        "relatedLocations": [{"id": at, **_location(p)} for at, p in enumerate(seen[1:], 1)],
        # GitHub goes by the first of the two alone, and else hashes the line, which may move.
        "partialFingerprints": {
            "primaryLocationLineHash": f"{fingerprint}:1",
            "auditorItem/v1": fingerprint,
        },
        # Where one result says whether it is suppressed, all must: section 3.27.23.
        "suppressions": [_suppression(verdict.waived)] if verdict.waived else [],
        "properties": {
            "verdict": verdict.outcome.value,
            "severity": verdict.item.severity.value,
            "level": verdict.level.value if verdict.level else None,
            "stale": verdict.stale,
        },
    }


def _message(text: str) -> str:
    """Text in which nothing is a link: `[words](destination)` would be one, section 3.11.6."""
    return text.replace("](", "] (")


def _location(place: Location) -> dict[str, Any]:
    artifact = {"uri": findings.uri(place.path or ""), "uriBaseId": _ROOT}
    # Code scanning asks for a line; a finding about a whole file begins at its first.
    line = place.line if place.line is not None and 0 < place.line <= _LAST_LINE else 1
    return {"physicalLocation": {"artifactLocation": artifact, "region": {"startLine": line}}}


def _suppression(waiver: Waiver) -> dict[str, Any]:
    until = f"waived by {waiver.owner} until {summary.moment(waiver.expires)}"
    words = f"{waiver.reason} ({until}, approved by {waiver.approver})"
    return {"kind": "external", "status": "accepted", "justification": one_line(words)}


def _invocation(report: Report) -> dict[str, Any]:
    invocation: dict[str, Any] = {
        "executionSuccessful": True,
        "toolExecutionNotifications": [
            notification for p in summary.troubled(report) for notification in _troubles(p)
        ],
    }
    for key, moment in (("startTimeUtc", report.started_at), ("endTimeUtc", report.finished_at)):
        if utc := _utc(moment):
            invocation[key] = utc
    return invocation


def _troubles(probe: ProbeResult) -> Iterator[dict[str, Any]]:
    """What a probe could not look at: no result is missing without a word."""
    said = [f"{problem.message} {problem.hint}" for problem in probe.problems]
    for text in said or [f"The probe {probe.id} {summary.status_words(probe)}."]:
        yield {
            "level": _PROBLEM_LEVELS[probe.status],
            "message": {"text": _message(one_line(text))},
            "properties": {"probe": probe.id},
        }


def _utc(moment: str) -> str | None:
    try:
        when = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if when.tzinfo else None


def _properties(report: Report) -> dict[str, Any]:
    score, deployment = report.score, report.target.deployment
    return {
        "readiness": report.readiness.level,
        "provenPercent": percent_number(score.proven),
        "possiblePercent": percent_number(score.possible),
        "coveragePercent": percent_number(score.coverage),
        "checklist": f"{report.checklist.id} {report.checklist.version}",
        "commit": report.target.commit,
        "dirty": report.target.dirty,
        "deployment": deployment.name if deployment else None,
    }


def _provenance(report: Report) -> dict[str, Any] | None:
    """The commit that was looked at; only a web address is a repository that others can find."""
    target = report.target
    repository = web_address(address(target.repository))
    if repository is None or target.commit is None:
        return None
    branch = {"branch": target.branch} if target.branch else {}
    known = {"repositoryUri": repository, "revisionId": target.commit}
    return known | branch | {"mappedTo": {"uriBaseId": _ROOT}}
