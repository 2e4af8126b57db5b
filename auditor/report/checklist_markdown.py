"""The report as the checklist itself: boxes ticked from evidence, scores, totals, blockers, status.

It reads back as a checklist: `auditor checklist import` gives the same items again.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from auditor.model.item import Severity
from auditor.model.report import CategoryResult, Report, SectionResult
from auditor.model.verdict import Outcome, Verdict
from auditor.report import summary
from auditor.report.checklist_figures import short, sign, tally, tenths
from auditor.report.checklist_into import states
from auditor.report.grouping import told
from auditor.report.registry import Look
from auditor.report.steps import next_step
from auditor.report.text import clipped, markdown, markdown_code, web_address

SIGNS = {
    Severity.BLOCKER: "🔴",
    Severity.CRITICAL: "🟡",
    Severity.IMPORTANT: "🟢",
    Severity.NICE: "⚪",
}
_LEGEND = {
    Severity.BLOCKER: "no production while one is open",
    Severity.CRITICAL: "before production, or soon after",
    Severity.IMPORTANT: "in the first weeks",
    Severity.NICE: "when there is time",
}
_LONGEST = 300
_PLACES = 3
_MET = {True: "✅", False: "❌", None: "❔"}


def render(report: Report, look: Look) -> str:
    """Markdown with task lists; links go to places in the repository and to addresses."""
    return document(report)


def document(report: Report, evidence: str = "") -> str:
    """The same. `evidence` is where the bundle lies, as seen from the document: then probes are links."""
    parts = [
        _head(report),
        _legend(report),
        *(_category(one, evidence) for one in report.categories),
        _overall(report),
        _blockers(report),
        _criteria(report),
        _probes(report, evidence),
    ]
    return "\n\n".join("\n".join(part) for part in map(list, parts) if part) + "\n"


def evidence_link(verdict: Verdict, evidence: str) -> str:
    """The address of the file of evidence that tells most of a verdict, "" without one."""
    for name in reversed(verdict.evidence):  # what is special comes after what many items share
        if evidence and all(char.isalnum() or char in "._-" for char in name):
            return f"{evidence}/evidence/{name}.json"
    return ""


def _head(report: Report) -> Iterator[str]:
    ready = "✅" if report.readiness.ready else "⚠️"
    yield f"# {ready} {markdown(report.checklist.title)}"
    yield ""
    yield f"**Service**: {markdown(report.target.service)}  "
    yield f"**Revision**: {markdown(summary.revision(report.target))}  "
    if report.target.deployment is not None:
        yield f"**Deployment**: {markdown(report.target.deployment.name)}  "
    by = markdown(f"{report.checklist.id} {report.checklist.version}")
    yield f"**Audited**: {summary.moment(report.started_at)}, {by}  "
    yield f"**Evidence bundle**: {markdown_code(report.bundle_digest or 'none')}"


def _legend(report: Report) -> Iterator[str]:
    yield "## Legend"
    yield ""
    yield "```"
    for severity, meaning in _LEGEND.items():
        yield f"{SIGNS[severity]} {severity.value.upper():<10}- {meaning}"
    yield "```"
    yield ""
    yield "A box is ticked by evidence alone. Behind an open one stands what evidence says of it; unknown means"
    yield "that there is none, or none strong and fresh enough, and counts as open."


def _category(result: CategoryResult, evidence: str) -> Iterator[str]:
    category = result.category
    yield f"## {markdown(category.number)}. {markdown(category.title)} (Weight: {float(category.weight):g}%)"
    for section in result.sections:
        yield ""
        yield from _section(section, evidence)


def _section(result: SectionResult, evidence: str) -> Iterator[str]:
    yield f"### {markdown(result.section.number)} {markdown(result.section.title)}"
    yield ""
    for verdict in result.verdicts:
        yield from _task(verdict, evidence, "")
    if not result.verdicts:
        return
    made = tally(result.verdicts)
    yield ""
    if not result.applicable:
        yield "Nothing in this section applies."
        return
    score = f"**Score**: {made.passed}/{made.applicable} = {short(result.score.proven)}%"
    yield f"{score} {sign(result.score.proven)}"
    if result.score.possible != result.score.proven:
        unknown = sum(v.outcome is Outcome.UNKNOWN for v in result.verdicts)
        yield ""
        them = "it" if unknown == 1 else "them"
        possible = short(result.score.possible)
        yield f"{summary.counted(unknown, 'item')} unknown; with {them} passed {possible}%."


def _task(verdict: Verdict, evidence: str, margin: str) -> Iterator[str]:
    item = verdict.item
    box = "x" if verdict.outcome is Outcome.PASS else " "
    title = markdown(clipped(item.title, _LONGEST))
    title = f"**{title}**" if verdict.open and item.severity is Severity.BLOCKER else title
    link = evidence_link(verdict, evidence)
    said = ", ".join([*states(verdict), *([f"[evidence]({link})"] if link else [])])
    yield f"{margin}- [{box}] {SIGNS[item.severity]} {title}{f' ← {said}' if said else ''}"
    if verdict.open or verdict.attested:
        yield from _why(verdict, margin)
    for check in verdict.checks:
        yield from _task(check, evidence, margin + "  ")


def _why(verdict: Verdict, margin: str) -> Iterator[str]:
    for reason in told(verdict)[:2]:
        places = [_place(one) for one in summary.places(reason)[:_PLACES]]
        where = f" {', '.join(places)}" if places else ""
        yield f"{margin}  > {markdown(clipped(reason.text, _LONGEST))}{where}"


def _place(words: str) -> str:
    """A place as a link: of an address, or of a file and line as forges show them."""
    address = web_address(words)
    if address:
        return f"<{address}>"
    path, _, line = words.rpartition(":")
    if path and line.isdigit() and web_safe(path):
        return f"[{markdown(words)}]({path}#L{line})"
    return f"[{markdown(words)}]({words})" if web_safe(words) else markdown_code(words)


def web_safe(path: str) -> bool:
    """Whether a path may stand in a link as it is: relative, and of harmless characters."""
    inside = not path.startswith("/") and ".." not in path.split("/")
    return inside and all(char.isalnum() or char in "._-/" for char in path) and path.isascii()


def _overall(report: Report) -> Iterator[str]:
    total = sum((c.category.weight for c in report.categories if c.applicable), Fraction(0))
    yield "## Overall score"
    yield ""
    yield "| Category | Score | Weight | Weighted |"
    yield "| --- | ---: | ---: | ---: |"
    for result in report.categories:
        share = result.score.proven
        name = f"{markdown(result.category.number)}. {markdown(result.category.title)}"
        if not result.applicable:
            yield f"| {name} | - | {float(result.category.weight):g}% | - |"
            continue
        part = share * result.category.weight / total if total else Fraction(0)
        yield f"| {name} | {tenths(share)}% | {float(result.category.weight):g}% | {tenths(part)}% |"
    yield f"| **Total** | | {float(total):g}% | **{tenths(report.score.proven, down=True)}%** |"
    yield ""
    possible = tenths(report.score.possible, down=True)
    coverage = tenths(report.score.coverage, down=True)
    yield f"Possible, if all that is unknown passed: {possible}%. Decided by evidence: {coverage}%."
    yield ""
    for severity in Severity:
        yield from _count(report, severity)
    yield ""
    yield f"Status: {_status(report)}"


def _count(report: Report, severity: Severity) -> Iterator[str]:
    every = [v for v in report.verdicts() if v.item.severity is severity]
    if not every:
        return
    still = [v for v in every if v.open]
    parts = [
        (sum(v.outcome is Outcome.UNKNOWN for v in still), "unknown"),
        (sum(v.waived is not None for v in still), "waived"),
        (sum(v.outcome is Outcome.NOT_APPLICABLE for v in every), "not applicable"),
    ]
    more = "".join(f", {number} {word}" for number, word in parts if number)
    yield f"{SIGNS[severity]} {severity.value.upper()} Issues: {len(still)} of {len(every)}{more}  "


def _status(report: Report) -> str:
    level = summary.level_words(report)
    if not report.readiness.ready:
        why = "; ".join(markdown(r.removeprefix("ready: ")) for r in report.readiness.reasons)
        return f"⚠️ NOT PRODUCTION READY ({why})" if why else "⚠️ NOT PRODUCTION READY"
    return f"✅ PRODUCTION READY: {markdown(level)}"


def _blockers(report: Report) -> Iterator[str]:
    found = summary.open_of(report, Severity.BLOCKER)
    yield f"## Blockers: {summary.blockers_in_words(report)}"
    for number, verdict in enumerate(found, 1):
        if number == 1:
            yield ""
        said = ", ".join(states(verdict))
        title = markdown(clipped(f"{verdict.item.number} {summary.title(verdict)}", _LONGEST))
        yield f"{number}. **{title}**: {said}"
        step = next_step(verdict)
        words = markdown(clipped(step.advice, _LONGEST))
        yield f"   {words} {markdown_code(step.command) if step.command else ''}".rstrip()


def _criteria(report: Report) -> Iterator[str]:
    if not report.criteria:
        return
    yield "## Success criteria"
    yield ""
    for one in report.criteria:
        seen = f": {markdown(clipped(one.observed, _LONGEST))}" if one.met is not True else ""
        unknown = " (unknown)" if one.met is None else ""
        yield f"- {_MET[one.met]} {markdown(one.criterion.title)}{unknown}{seen}"


def _probes(report: Report, evidence: str) -> Iterator[str]:
    """Links to the files of evidence that decided anything."""
    used = dict.fromkeys(name for v in report.verdicts() for name in v.evidence)
    if not evidence or not used:
        return
    titles = {probe.id: probe.title for probe in report.probes}
    yield "## Evidence"
    yield ""
    for name in sorted(used):
        words = markdown(titles.get(name, name))
        safe = all(char.isalnum() or char in "._-" for char in name)
        yield f"- [{words}]({evidence}/evidence/{name}.json)" if safe else f"- {words}"
