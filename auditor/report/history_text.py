"""The history for a terminal: services, runs, one run; readable at 80 columns and without colour."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from auditor.model.history import OpenSince, Pruned, Run, RunRecord, ServiceState
from auditor.model.item import Severity
from auditor.report import history_words as words
from auditor.report.summary import counted, percent
from auditor.report.text import one_line

_SPARK = 10
_NARROWEST = 40
_MOST = 12


@dataclass(frozen=True, slots=True)
class Screen:
    """Where it is shown: cells in a line, whether in colour, and whether in ASCII alone."""

    width: int = 80
    colour: bool = False
    ascii_only: bool = False


def page(parts: Iterable[RenderableType], screen: Screen) -> str:
    """The parts below each other; no line is longer than the screen, no ANSI code without colour."""
    out = StringIO()
    console = Console(
        file=out,
        width=max(screen.width, _NARROWEST),
        color_system="standard" if screen.colour else None,
        force_terminal=screen.colour,
        no_color=not screen.colour,
        legacy_windows=False,
        markup=False,
        emoji=False,
        highlight=False,
        _environ={},
    )
    for part in parts:
        console.print(part, overflow="fold")
    lines = out.getvalue().split("\n")
    return "\n".join(lines if screen.colour else [line.rstrip() for line in lines])


def _style(run: Run) -> str:
    return "green" if run.head.ready else "red"


def _table(*columns: str, right: Sequence[str] = (), wide: str = "") -> Table:
    table = Table.grid(padding=(0, 2, 0, 0), expand=bool(wide))
    for name in columns:
        table.add_column(
            justify="right" if name in right else "left",
            overflow="fold",
            no_wrap=name != wide,
            ratio=1 if name == wide else None,
        )
    table.add_row(*(Text(name, "bold") for name in columns))
    return table


def services(states: Sequence[ServiceState], screen: Screen) -> str:
    """A line for each service: level, score, trend, open blockers and since when, last run."""
    table = _table(
        "SERVICE", "LEVEL", "PROVEN", "TREND", "OPEN BLOCKERS", "LAST RUN",
        right=("PROVEN",), wide="SERVICE",
    )  # fmt: skip
    twins = _twins(states)
    for state in states:
        run = state.newest
        key = run.service
        table.add_row(
            Text(words.address(key) if key.name in twins else one_line(key.name)),
            Text(words.level(run), _style(run)),
            percent(run.head.score.proven),
            words.spark(
                [float(s * 100) for s in state.proven], _SPARK, ascii_only=screen.ascii_only
            ),
            _blockers(state),
            words.day(run.head.at),
        )
    return page([table, Text(""), _sum(states)], screen)


def _twins(states: Sequence[ServiceState]) -> set[str]:
    names = [state.newest.service.name for state in states]
    return {name for name in names if names.count(name) > 1}


def _blockers(state: ServiceState) -> str:
    number = state.newest.head.open_blockers
    if not number or state.longest is None:
        return str(number)
    return f"{number} since {words.day(state.longest.since.head.at)}"


def _sum(states: Sequence[ServiceState]) -> Text:
    ready = sum(state.newest.head.ready for state in states)
    total = sum(state.runs for state in states)
    return Text(
        f"{ready} of {counted(len(states), 'service')} ready, {counted(total, 'run')} stored."
    )


def runs(found: Sequence[Run], more: int, screen: Screen) -> str:
    """A line for each run of a service, the newest first; `more` is how many are not shown."""
    table = _table(
        "RUN", "WHEN (UTC)", "COMMIT", "LEVEL", "PROVEN", "BLOCKERS", "",
        right=("RUN", "PROVEN", "BLOCKERS"), wide="",
    )  # fmt: skip
    for run in found:
        table.add_row(
            str(run.id),
            words.when(run.head.at),
            words.commit(run),
            Text(words.level(run), _style(run)),
            percent(run.head.score.proven),
            str(run.head.open_blockers),
            Text(words.remarks(run), "dim"),
        )
    head = Text(words.address(found[0].service), "bold") if found else Text("no run")
    rest = [Text(f"{more} more: --limit {len(found) + more}", "dim")] if more > 0 else []
    return page([head, table, *rest], screen)


def run(
    one: Run, record: RunRecord, since: Sequence[OpenSince], screen: Screen, *, whole: bool
) -> str:
    """One run: its score, its categories, and its open items with since when they are open."""
    return page(_run(one, record, since, whole), screen)


def _run(
    one: Run, record: RunRecord, since: Sequence[OpenSince], whole: bool
) -> Iterator[RenderableType]:
    head = one.head
    yield Text.assemble(
        (one_line(one.service.name), "bold"),
        ": ",
        (words.level(one), f"bold {_style(one)}"),
        f" - {percent(head.score.proven)} proven, {percent(head.score.possible)} possible,"
        f" {percent(head.score.coverage)} decided",
    )
    told = words.remarks(one)
    about = (
        f"run {one.id}, {words.when(head.at)} UTC, {words.commit(one)}{f', {told}' if told else ''}"
    )
    yield Text(about, "dim")
    yield Text(
        one_line(f"{head.checklist} {head.checklist_version}, auditor {head.tool_version}"), "dim"
    )
    yield Text("")
    yield _categories(record)
    for severity in Severity:
        some = [s for s in since if s.item.severity is severity]
        if some:
            yield from _open(severity, some, whole or severity is Severity.BLOCKER)


def _categories(record: RunRecord) -> Table:
    table = _table("", "CATEGORY", "PROVEN", "POSSIBLE", right=("PROVEN", "POSSIBLE"))
    for part in record.parts:
        shares = [percent(part.score.proven), percent(part.score.possible)]
        cells = shares if part.applicable else ["does not apply", ""]
        table.add_row(one_line(part.number), Text(one_line(part.title)), *cells)
    return table


def _open(severity: Severity, some: Sequence[OpenSince], whole: bool) -> Iterator[RenderableType]:
    yield Text("")
    yield Text(f"{severity.value.upper()}  {counted(len(some), 'open item')}", "bold")
    shown = some if whole else some[:_MOST]
    for found in shown:
        item = found.item
        waived = " (waived)" if item.waived else ""
        pending = f" (pending until {item.pending})" if item.pending else ""
        yield Text(one_line(f"{item.number} {item.title}{waived}{pending}"))
        yield Padding(Text(words.since(found), "dim"), (0, 0, 0, 2))
    if len(some) > len(shown):
        yield Text(f"{len(some) - len(shown)} more: --all", "dim")


def pruned(found: Pruned, screen: Screen, *, really: bool) -> str:
    """What a prune removed, or would remove."""
    parts: list[RenderableType] = []
    if found.removed:
        table = _table("RUN", "WHEN (UTC)", "COMMIT", "SERVICE", right=("RUN",), wide="SERVICE")
        for one in found.removed:
            table.add_row(
                str(one.id), words.when(one.head.at), words.commit(one), words.address(one.service)
            )
        parts += [table, Text("")]
    verb = "Deleted" if really else "Would delete"
    parts.append(
        Text(
            f"{verb} {counted(len(found.removed), 'run')} and {counted(found.blobs, 'stored file')};"
            f" {found.kept} kept."
        )
    )
    return page(parts, screen)
