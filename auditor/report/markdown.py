"""The report as Markdown for a ticket or a pull request: short, and harmless whatever it quotes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from auditor.model.item import Severity
from auditor.model.report import Report
from auditor.model.verdict import Outcome, Verdict
from auditor.report import summary
from auditor.report.gate_text import gate_markdown
from auditor.report.grouping import told
from auditor.report.registry import Look
from auditor.report.steps import NextStep, next_step, what_next
from auditor.report.text import (
    clipped,
    markdown,
    markdown_block,
    markdown_code,
    web_address,
)

_LONGEST_TEXT = 400
_PLACES = 3
_SIGNS = {Outcome.PASS: "✅", Outcome.FAIL: "❌", Outcome.UNKNOWN: "❔"}
_MET = {True: "✅ met", False: "❌ not met", None: "❔ unknown"}


def render(report: Report, look: Look) -> str:
    """GitHub-flavoured Markdown, which GitLab and most trackers read too."""
    parts = [
        _headline(report),
        gate_markdown(report.gate) if report.gate else (),
        _categories(report),
        _blockers(report),
        _criticals(report),
        _others(report),
        _next(report),
        _criteria(report),
        _probes(report),
        _tally(report),
    ]
    return "\n\n".join("\n".join(part) for part in map(list, parts) if part) + "\n"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]], align: str = "") -> Iterator[str]:
    """A table of cells that are Markdown already; `align` has an `r` where a column goes right."""
    names = list(head)
    yield f"| {' | '.join(names)} |"
    sides = align.ljust(len(names), "l")
    yield "|" + "|".join(" ---: " if side == "r" else " --- " for side in sides) + "|"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _text(words: str) -> str:
    return markdown(clipped(words, _LONGEST_TEXT))


def _headline(report: Report) -> Iterator[str]:
    target, score = report.target, report.score
    yield f"# {markdown(target.service)}: {summary.level_words(report)}"
    yield ""
    about = f"{summary.revision(target)}; {report.checklist.id} {report.checklist.version}"
    if target.deployment is not None:
        about += f"; deployment {target.deployment.name}"
    yield f"{markdown(about)}; {summary.moment(report.started_at)}"
    yield ""
    numbers = [summary.percent(share) for share in (score.proven, score.possible, score.coverage)]
    blockers = summary.blockers_in_words(report)
    yield from _table(
        ("Proven", "Possible", "Coverage", "Blockers"),
        [[f"**{numbers[0]}**", *numbers[1:], blockers]],
    )
    if report.readiness.reasons:
        yield ""
        yield from (f"- {_text(reason)}" for reason in report.readiness.reasons)


def _categories(report: Report) -> Iterator[str]:
    yield "## Categories"
    yield ""
    rows = []
    for result in report.categories:
        shares = (result.score.proven, result.score.possible, result.score.coverage)
        numbers = [summary.percent(s) if result.applicable else "-" for s in shares]
        name = f"{markdown(result.category.number)} {markdown(result.category.title)}"
        rows.append([name, f"{float(result.category.weight):g}", *numbers])
    yield from _table(("Category", "Weight", "Proven", "Possible", "Coverage"), rows, "lrrrr")


def _blockers(report: Report) -> Iterator[str]:
    blockers = summary.of_severity(report, Severity.BLOCKER)
    yield f"## Blockers: {summary.blockers_in_words(report)}"
    if blockers:
        yield ""
        rows = ([_result(v), _named(v), _why(v), _step(v)] for v in blockers)
        yield from _table(("Result", "Blocker", "Why", "Next step"), rows)
    pasted = [v for v in blockers if v.open and next_step(v).block]
    if pasted:
        yield ""
        yield "To paste, for the blockers that fail:"
        yield ""
    for verdict in pasted:
        yield f"- {_named(verdict)}"
        yield from _block(verdict)


def _result(verdict: Verdict) -> str:
    if not verdict.open:
        return "✅ PASS"
    unseen = " (unknown)" if verdict.outcome is Outcome.UNKNOWN else ""
    return f"❌ FAIL{unseen}"


def _named(verdict: Verdict) -> str:
    name = f"{markdown(verdict.item.number)} {markdown(summary.title(verdict))}"
    over = summary.overlays(verdict)
    if verdict.waived is not None:
        over[0] = f"waived until {summary.moment(verdict.waived.expires)}"
    return f"{name} ({markdown(', '.join(over))})" if over else name


def _why(verdict: Verdict) -> str:
    """The first reason of an open item with its places, as one cell or line."""
    if not verdict.open or not verdict.reasons:
        return ""
    reason, *others = told(verdict)
    seen = summary.places(reason)
    parts = [_text(reason.text), *(_place(place) for place in seen[:_PLACES])]
    if len(seen) > _PLACES:
        parts.append(f"and {len(seen) - _PLACES} more")
    if others:
        parts.append(f"({summary.counted(len(others), 'more reason')})")
    return " ".join(parts)


def _place(words: str) -> str:
    address = web_address(words)
    return f"<{address}>" if address else markdown_code(words)


def _step(verdict: Verdict) -> str:
    return _advice(next_step(verdict)) if verdict.open else ""


def _block(verdict: Verdict, indent: str = "  ") -> Iterator[str]:
    """What the fix of an open item gives to paste, below its list item."""
    block = next_step(verdict).block if verdict.open else ""
    if block:
        yield ""
        yield markdown_block(block, indent)
        yield ""


def _advice(step: NextStep) -> str:
    words = _text(step.advice)
    return f"{words} {markdown_code(step.command)}".strip() if step.command else words


def _criticals(report: Report) -> Iterator[str]:
    found = summary.open_of(report, Severity.CRITICAL)
    if not found:
        return
    yield f"## Critical: {summary.counted(len(found), 'open item')}"
    yield ""
    for verdict in found:
        word = summary.OUTCOME_WORDS[verdict.outcome]
        yield f"- {_SIGNS[verdict.outcome]} {word}: **{_named(verdict)}**"
        for line in (_why(verdict), _step(verdict)):
            if line:
                yield f"  - {line}"
        yield from _block(verdict, "    ")


def _others(report: Report) -> Iterator[str]:
    found = [v for s in (Severity.IMPORTANT, Severity.NICE) for v in summary.open_of(report, s)]
    if not found:
        return
    yield f"<details><summary>{summary.counted(len(found), 'open item')} less severe</summary>"
    yield ""
    for verdict in found:
        word = f"{verdict.item.severity.value}, {summary.OUTCOME_WORDS[verdict.outcome]}"
        yield f"- {_SIGNS[verdict.outcome]} {word}: {_named(verdict)}"
        if step := _step(verdict):
            yield f"  - {step}"
        yield from _block(verdict, "    ")
    yield ""
    yield "</details>"


def _next(report: Report) -> Iterator[str]:
    steps = what_next(report)
    if not steps:
        return
    yield "## What to do next"
    yield ""
    for number, step in enumerate(steps, 1):
        hours = f", about {step.effort_h:g} h" if step.effort_h else ""
        names = "; ".join(_named(v) for v in step.verdicts)
        yield f"{number}. **{names}** (+{summary.percent(step.gain)}{hours})"
        if step.next.command:
            yield f"   {_text(step.next.advice)}"
            yield ""
            yield markdown_block(step.next.command, "   ")
        else:
            yield f"   {_text(step.next.advice)}"
        if step.next.block:
            yield ""
            yield markdown_block(step.next.block, "   ")


def _criteria(report: Report) -> Iterator[str]:
    if not report.criteria:
        return
    met = sum(c.met is True for c in report.criteria)
    yield f"## Success criteria: {met} of {len(report.criteria)} met"
    yield ""
    rows = (
        [_MET[c.met], markdown(c.criterion.title), _text(c.observed), _text(c.expected)]
        for c in report.criteria
    )
    yield from _table(("Result", "Criterion", "Observed", "Wanted"), rows)


def _probes(report: Report) -> Iterator[str]:
    troubled = summary.troubled(report)
    if not troubled:
        return
    of_all = f"{len(troubled)} of {summary.counted(len(report.probes), 'probe')}"
    yield f"## What could not be looked at: {of_all}"
    yield ""
    for probe in troubled:
        yield f"- {markdown_code(probe.id)} {summary.status_words(probe)}"
        for problem in probe.problems:
            yield f"  - {_text(problem.message)} {_text(problem.hint)}".rstrip()


def _tally(report: Report) -> Iterator[str]:
    yield "## What did not count"
    yield ""
    yield ", ".join(f"{count.number} {count.what}" for count in summary.tally(report)) + "."
    if summary.traffic(report):
        yield f"\n{summary.traffic(report)}"
    for note in report.notes:
        yield f"\nNote: {_text(note)}"
    yield ""
    bundle = f", bundle {markdown_code(report.bundle_digest)}" if report.bundle_digest else ""
    yield f"<sub>auditor {markdown(report.tool_version)}{bundle}</sub>"
