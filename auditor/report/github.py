"""The report for GitHub Actions: workflow commands that become annotations, and a step summary.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.model.item import Severity
from auditor.model.report import Report
from auditor.model.verdict import Verdict
from auditor.report import comment, findings, markdown, summary
from auditor.report.gate_marks import Mark, mark
from auditor.report.gate_text import answer
from auditor.report.registry import Look
from auditor.report.text import markdown as inline
from auditor.report.text import one_line

MOST_ANNOTATIONS = 10
"""What GitHub shows of each kind in one step; what comes later is dropped unseen."""
LONGEST_SUMMARY = 1024 * 1024
"""Bytes of a step summary; a longer one is refused as a whole."""

_ROOM = 1000  # for what later commands of the step write, and for the line ends
_KINDS = {
    Severity.BLOCKER: "error",
    Severity.CRITICAL: "warning",
    Severity.IMPORTANT: "notice",
    Severity.NICE: "notice",
}


def render(report: Report, look: Look) -> str:
    """A line for each open item that GitHub will show, and a last one that counts them all.

    Of a gate, the items alone that are new, worse or without their evidence: old debt is no news.
    Every line is a command and begins with its `::`, so nothing that a target says can begin one.
    """
    return "".join(f"{line}\n" for line in _commands(report))


def step_summary(report: Report, written: int = 0) -> str:
    """What goes into the file that GITHUB_STEP_SUMMARY names: Markdown that fits its limit.

    `written` is how many bytes other commands of the step have put there.
    """
    whole = markdown.render(report, Look())
    if written + len(whole.encode()) <= LONGEST_SUMMARY - _ROOM:
        return whole
    short = comment.render(report) if report.gate is not None else ""
    if short and written + len(short.encode()) <= LONGEST_SUMMARY - _ROOM:
        return short
    head = f"# {inline(report.target.service)}: {summary.level_words(report)}"
    where = "The whole report is too long for a step summary; write it with --format html=FILE."
    told = f"{answer(report.gate)}. {_score(report)}" if report.gate else _score(report)
    return f"{head}\n\n{inline(told)}\n\n{where}\n"


def _commands(report: Report) -> Iterator[str]:
    # The last notice is the count of all.
    left = {"error": MOST_ANNOTATIONS, "warning": MOST_ANNOTATIONS, "notice": MOST_ANNOTATIONS - 1}
    opened = [v for v in findings.open_items(report) if v.waived is None]
    for verdict in opened:
        kind = _kind(report, verdict)
        if kind and left[kind]:
            left[kind] -= 1
            yield _annotation(report, kind, verdict)
    hidden = len(opened) - (3 * MOST_ANNOTATIONS - 1 - sum(left.values()))
    title = f"{report.target.service}: {summary.level_words(report)}"
    told = f"{_score(report)} {_counts(opened, hidden)}"
    if report.gate is not None:
        told = f"{answer(report.gate)}. {told}"
    yield _command("notice", {"title": title}, told)


def _kind(report: Report, verdict: Verdict) -> str | None:
    """The kind of annotation, None where it gets none."""
    if report.gate is not None:
        beside = mark(report.gate, verdict)
        if beside is Mark.OLD:
            return None
        if beside.counts:
            return "error"
    return "notice" if verdict.pending else _KINDS[verdict.item.severity]


def _annotation(report: Report, kind: str, verdict: Verdict) -> str:
    seen = findings.places(report.gate, verdict)
    properties: dict[str, str] = {}
    if seen:
        properties["file"] = findings.relative(seen[0].path or "")
        if seen[0].line is not None and seen[0].line > 0:
            properties["line"] = str(seen[0].line)
    properties["title"] = f"{verdict.item.number} {summary.title(verdict)}"
    news = findings.news(report.gate, verdict)
    message = f"{news}{findings.words(verdict)}\nNext: {findings.advice(verdict)}"
    return _command(kind, properties, message)


def _command(kind: str, properties: dict[str, str], message: str) -> str:
    said = ",".join(f"{name}={_property(one_line(text))}" for name, text in properties.items())
    lines = "\n".join(one_line(line) for line in message.split("\n"))
    return f"::{kind} {said}::{_data(lines)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _score(report: Report) -> str:
    score = report.score
    proven, possible = summary.percent(score.proven), summary.percent(score.possible)
    blockers = summary.blockers_in_words(report)
    return f"{proven} proven, {possible} possible; {blockers}."


def _counts(opened: list[Verdict], hidden: int) -> str:
    counts = [
        f"{number} {severity.value}"
        for severity in Severity
        if (number := sum(v.item.severity is severity for v in opened))
    ]
    told = f"Open: {', '.join(counts)}." if counts else "No item is open."
    return f"{told} {hidden} of them are not shown here." if hidden else told
