"""The gate's answer as one comment on a pull or merge request: short, and found again by its first line."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.model.report import Report
from auditor.report.gate_text import Part, answer, compared_with, gate_parts, markdown_lines, sign
from auditor.report.summary import blockers_in_words, level_words, percent, revision
from auditor.report.text import markdown, one_line

LONGEST = 60_000
"""Characters: GitHub refuses a comment of more than 65,536, GitLab one of more than a million."""
_PRESSING = ("New blockers", "Evidence lost", "Worse inside open items")


def marker(report: Report) -> str:
    """The first line of the comment, invisible where it is shown: one comment for each service."""
    service = re.sub(r"[^A-Za-z0-9._/-]+", "-", f"{report.target.root}/{report.target.service}")
    # Two hyphens would end the remark that hides it.
    return f"<!-- auditor gate: {re.sub('-{2,}', '-', service).strip('/-')} -->"


def render(report: Report) -> str:
    """The comment; of a report without a gate, the state alone."""
    text = "\n".join(_lines(report, folded=True)) + "\n"
    if len(text) <= LONGEST:
        return text
    return "\n".join(_lines(report, folded=False)) + "\n"


def _lines(report: Report, *, folded: bool) -> Iterator[str]:
    yield marker(report)
    gate = report.gate
    name = markdown(report.target.service)
    if gate is None:
        yield f"## {name}: {markdown(level_words(report))}"
    else:
        yield f"## {sign(gate)} {name}: {markdown(answer(gate))}"
    yield ""
    yield (
        f"{percent(report.score.proven)} proven, {percent(report.score.possible)} possible;"
        f" {markdown(blockers_in_words(report))}. Looked at {markdown(revision(report.target))}."
    )
    if gate is None:
        return
    yield ""
    yield markdown(one_line(compared_with(gate.base)))
    parts = list(gate_parts(gate))
    yield from markdown_lines(p for p in parts if p.title in _PRESSING)
    rest = [p for p in parts if p.title not in _PRESSING]
    if folded:
        yield from _folded(rest)
    elif rest:
        yield ""
        yield "The rest is too long for a comment; the reports of the run have it."


def _folded(parts: list[Part]) -> Iterator[str]:
    for part in parts:
        yield ""
        yield f"<details><summary>{part.title} ({len(part.lines)})</summary>"
        yield from list(markdown_lines((part,)))[2:]
        yield ""
        yield "</details>"
