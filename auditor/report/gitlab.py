"""The report for GitLab's code quality widget: a JSON array of findings.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

import json
from typing import Any

from auditor.model.item import Severity
from auditor.model.report import Report
from auditor.model.verdict import Outcome, Verdict
from auditor.report import findings, summary
from auditor.report.registry import Look
from auditor.report.text import json_safe, one_line

_SEVERITIES = {
    Severity.BLOCKER: "blocker",
    Severity.CRITICAL: "critical",
    Severity.IMPORTANT: "major",
    Severity.NICE: "minor",
}


def render(report: Report, look: Look) -> str:
    """One finding for each open item that is not waived; GitLab compares them by fingerprint."""
    found = [_finding(report, v) for v in findings.open_items(report) if v.waived is None]
    return json_safe(json.dumps(found, indent=2, ensure_ascii=False)) + "\n"


def _finding(report: Report, verdict: Verdict) -> dict[str, Any]:
    name = one_line(f"{verdict.item.number} {summary.title(verdict)}")
    seen = findings.places(report.gate, verdict)
    said = f"{findings.news(report.gate, verdict)}{findings.words(verdict)}"
    return {
        "description": f"{name}. {said} Next: {findings.advice(verdict)}",
        "check_name": verdict.item.id,
        "fingerprint": findings.fingerprint(report, verdict),
        "severity": _severity(verdict),
        "location": {
            "path": findings.relative(seen[0].path or "") if seen else findings.anchor(report),
            "lines": {"begin": max((seen[0].line or 1) if seen else 1, 1)},
        },
    }


def _severity(verdict: Verdict) -> str:
    """An unknown item is only told, but an unknown blocker blocks as one that fails does."""
    severity = verdict.item.severity
    if verdict.pending:
        return "info"
    if verdict.outcome is Outcome.UNKNOWN and severity is not Severity.BLOCKER:
        return "info"
    return _SEVERITIES[severity]
