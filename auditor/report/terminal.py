"""The report for a terminal: readable at 80 columns, without colour, and from its last lines up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from io import StringIO

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from auditor.model.item import Severity
from auditor.model.report import Report
from auditor.report import summary
from auditor.report.gate_text import gate_lines
from auditor.report.registry import Look
from auditor.report.steps import what_next
from auditor.report.terminal_items import brief, detailed, todo
from auditor.report.text import address, one_line

_NARROWEST = 40
_BAR = 20
LEVEL_STYLES = {"not_ready": "bold red", "ready": "bold green"}


def render(report: Report, look: Look) -> str:
    """The report in lines of at most `look.width` cells (never less than 40); no ANSI codes
    unless `look.colour`.
    """
    page = StringIO()
    # The environment is kept out: the caller has decided on colour and width.
    console = Console(
        file=page,
        width=max(look.width, _NARROWEST),
        color_system="standard" if look.colour else None,
        force_terminal=look.colour,
        no_color=not look.colour,
        legacy_windows=False,
        markup=False,
        emoji=False,
        highlight=False,
        _environ={},
    )
    for part in _parts(report, console.width):
        console.print(part, overflow="fold")
    lines = page.getvalue().split("\n")
    return "\n".join(lines if look.colour else [line.rstrip() for line in lines])


def _parts(report: Report, width: int) -> Iterator[RenderableType]:
    yield from _headline(report)
    yield from _categories(report)
    yield from _severities(report, width)
    yield from _next(report)
    yield from _criteria(report)
    yield from _probes(report)
    yield from _tally(report)
    if report.gate is not None:
        yield from map(Text, gate_lines(report.gate, width))
    yield Text("")
    yield _verdict_line(report)


def heading(words: str, note: str = "") -> Iterator[RenderableType]:
    """An empty line and a heading, with a fainter note behind it."""
    yield Text("")
    yield Text.assemble((words.upper(), "bold"), ("  " + note if note else "", "dim"))


def _verdict_line(report: Report) -> Text:
    level = report.readiness.level
    return Text.assemble(
        (one_line(report.target.service), "bold"),
        ": ",
        (summary.level_words(report), LEVEL_STYLES.get(level, "bold green")),
        f" - {summary.percent(report.score.proven)} proven, ",
        f"{summary.blockers_in_words(report)}",
    )


def _headline(report: Report) -> Iterator[RenderableType]:
    target, checklist = report.target, report.checklist
    yield _verdict_line(report)
    where = [one_line(summary.revision(target))]
    if target.deployment is not None:
        url = f" {address(target.deployment.url)}" if target.deployment.url else ""
        where.append(one_line(f"deployment {target.deployment.name}{url}"))
    about = f"{checklist.id} {checklist.version}, {summary.moment(report.started_at)}"
    for line in (*where, one_line(about)):
        yield Text(line, "dim")
    yield Text("")
    yield _figures(report)
    if report.readiness.reasons:
        yield Text("")
        yield Text(
            "What stands in the way:" if not report.readiness.ready else "For the next level:"
        )
        for reason in report.readiness.reasons:
            yield bullet(reason)


def bullet(words: str, sign: str = "-", indent: int = 2, style: str = "") -> RenderableType:
    """A sign and a paragraph with a hanging indent."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=len(sign))
    grid.add_column(overflow="fold")
    grid.add_row(Text(sign, style), Text(one_line(words), style))
    return Padding(grid, (0, 0, 0, indent))


def _figures(report: Report) -> Table:
    score = report.score
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(min_width=8)
    grid.add_column(justify="right", min_width=7)
    grid.add_column(overflow="fold")
    rows = [
        ("proven", score.proven, "what passes on evidence; readiness counts this"),
        ("possible", score.possible, "if everything that is unknown turned out well"),
        ("coverage", score.coverage, "share of the checklist that could be decided"),
    ]
    for name, share, meaning in rows:
        strong = "bold" if name == "proven" else ""
        grid.add_row(Text(name, strong), Text(summary.percent(share), strong), Text(meaning, "dim"))
    return grid


def bar(proven: Fraction, possible: Fraction, cells: int = _BAR) -> Text:
    """`█` for what is proven (rounded down), `▒` for what may be, `░` for what is lost."""
    full = int(proven * cells)
    may = max(int(possible * cells) - full, 0)
    return Text.assemble(
        ("█" * full, "green"), ("▒" * may, "yellow"), ("░" * (cells - full - may), "dim")
    )


def _categories(report: Report) -> Iterator[RenderableType]:
    yield from heading("Categories (weight)", "█ proven  ▒ unknown  ░ failed")
    grid = Table.grid(padding=(0, 1))
    grid.add_column(justify="right")
    grid.add_column(ratio=1, overflow="fold")
    grid.add_column(min_width=_BAR, no_wrap=True)
    grid.add_column(justify="right", min_width=7, no_wrap=True)
    for result in report.categories:
        category = result.category
        number, name = Text(one_line(category.number)), Text(one_line(category.title))
        name.append(f" ({float(category.weight):g})", "dim")
        if result.applicable:
            shares = bar(result.score.proven, result.score.possible)
            grid.add_row(number, name, shares, summary.percent(result.score.proven))
        else:
            grid.add_row(number, name, Text("does not apply", "dim"), "")
    yield grid


def _severities(report: Report, width: int) -> Iterator[RenderableType]:
    blockers = summary.of_severity(report, Severity.BLOCKER)
    yield from heading("Blockers", summary.blockers_in_words(report))
    for verdict in blockers:
        yield from detailed(verdict, reasons=3)
    criticals = summary.open_of(report, Severity.CRITICAL)
    if criticals:
        yield from heading("Critical", f"{summary.counted(len(criticals), 'open item')}")
        for verdict in criticals:
            yield from detailed(verdict, reasons=2)
    for severity in (Severity.IMPORTANT, Severity.NICE):
        found = summary.open_of(report, severity)
        if found:
            yield from heading(severity.value, f"{summary.counted(len(found), 'open item')}")
            yield from brief(found, width)
    if any(summary.open_of(report, s) for s in (Severity.IMPORTANT, Severity.NICE)):
        yield Text("Reasons and fixes of these are in the page: --format html=report.html", "dim")


def _next(report: Report) -> Iterator[RenderableType]:
    steps = what_next(report)
    if not steps:
        return
    yield from heading("What to do next")
    for number, step in enumerate(steps, 1):
        hours = f", about {step.effort_h:g} h" if step.effort_h else ""
        first = step.verdicts[0]
        name = f"{first.item.number} {summary.title(first)}"
        if len(step.verdicts) > 1:
            name += f" and {len(step.verdicts) - 1} more"
        yield bullet(f"{name} (+{summary.percent(step.gain)}{hours})", f"{number}.", 0)
        yield from todo(step.next, 3)


def _criteria(report: Report) -> Iterator[RenderableType]:
    if not report.criteria:
        return
    met = sum(c.met is True for c in report.criteria)
    yield from heading("Success criteria", f"{met} of {len(report.criteria)} met")
    words = {True: ("✓ MET", "green"), False: ("✗ NOT MET", "red"), None: ("? UNKNOWN", "yellow")}
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for criterion in report.criteria:
        word, style = words[criterion.met]
        seen = f"{criterion.observed} (wanted {criterion.expected})"
        text = Text.assemble(one_line(criterion.criterion.title), (f": {one_line(seen)}", "dim"))
        grid.add_row(Text(word, style), text)
    yield grid


def _probes(report: Report) -> Iterator[RenderableType]:
    troubled = summary.troubled(report)
    if not troubled:
        return
    note = f"{len(troubled)} of {summary.counted(len(report.probes), 'probe')}"
    yield from heading("What could not be looked at", note)
    for probe in troubled:
        yield Text.assemble((one_line(probe.id), "bold"), f" {summary.status_words(probe)}")
        for problem in probe.problems:
            hint = f" {problem.hint}" if problem.hint else ""
            yield bullet(f"{problem.message}{hint}")


def _tally(report: Report) -> Iterator[RenderableType]:
    yield from heading("What did not count")
    grid = Table.grid(padding=(0, 1))
    grid.add_column(justify="right")
    grid.add_column(overflow="fold")
    for count in summary.tally(report):
        style = "" if count.number else "dim"
        grid.add_row(Text(str(count.number), style), Text(f"{count.what}: {count.why}", style))
    yield grid
    if summary.traffic(report):
        yield Text(summary.traffic(report))
    yield from _remarks(report.notes)


def _remarks(notes: Iterable[str]) -> Iterator[RenderableType]:
    for note in notes:
        yield bullet(f"Note: {note}", "!", 0)
