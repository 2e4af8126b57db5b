"""`auditor history`: stored audits over time; its other commands are in history_group.py."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from auditor.cli import history_place as at
from auditor.cli.errors import Refusal, refusals
from auditor.cli.history_group import HistoryGroup
from auditor.cli.output import width

if TYPE_CHECKING:
    from auditor.report.daily import Daily
    from auditor.store.history.place import Place

_EPILOG = """\b
Examples:
  auditor audit . --history default         store a run
  auditor history list                      every service with its newest run
  auditor history show orders               open items, and since when
  auditor history trend orders              the score over time
  auditor history diff orders               what the last run changed
  auditor history backfill . --tags         runs of earlier releases
  auditor history daily monday/ tuesday/    a note, of two bundles

The history is a SQLite file in your state folder, or what --history or
AUDITOR_HISTORY name: another file, or postgresql://USER@HOST/DATABASE.
"""
_DAILY_EPILOG = """\b
Examples:
  auditor history daily monday/ tuesday/       two bundles
  auditor history daily monday.json tuesday.json --format json
  auditor history daily orders                 its two newest stored runs
  auditor history daily orders~7 orders        a week, audited every night
  auditor history daily monday/ tuesday/ --format markdown >> DAILY.md

Both sides are files, or both are stored runs. A file is the folder of a bundle, a
JSON report or a baseline file; a run is a number, a service (its newest run),
SERVICE~N, or the beginning of a commit. The next steps come from NEW; where its
bundle is at hand, it says how to do them. Exits 0 whatever moved.
"""
_FORMATS = ("terminal", "markdown", "json")


@click.group("history", cls=HistoryGroup, epilog=_EPILOG)
def command() -> None:
    """Track progress from audit to audit."""


@command.command("daily", epilog=_DAILY_EPILOG)
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="[NEW]", required=False)
@at.history_options
@click.option(
    "--format",
    "formats",
    multiple=True,
    metavar="NAME[=FILE]",
    help="terminal (default), markdown or json; with =FILE into a file. Repeatable.",
)
@click.option("--quiet", "-q", is_flag=True, help="Nothing on the terminal.")
def daily(
    old: str,
    new: str | None,
    where: str | None,
    blobs: str | None,
    config: Path | None,
    formats: tuple[str, ...],
    quiet: bool,
) -> None:
    """The daily note from the audit OLD to the audit NEW: blockers and critical items resolved, score,
    completed, newly broken, evidence lost, next steps. With a stored service alone: its two newest
    runs."""
    from auditor.cli.pages import hand_over, pages, refuse_unwritable
    from auditor.report.daily_pages import RENDERERS

    chosen = pages(formats, _FORMATS)
    with refusals():
        refuse_unwritable(chosen)
        if _is_file(old) or (new is not None and _is_file(new)):
            note = _of_files(old, new)
        else:
            note = _of_runs(old, new, at.place(where, blobs, config))
        hand_over(chosen, lambda name: RENDERERS[name](note, width()), "note", quiet=quiet)


def _is_file(side: str) -> bool:
    """Whether a side is meant as a file or a folder; a service, a number and a commit have no slash."""
    return "/" in side or side.endswith(".json") or Path(side).exists()


def _of_files(old: str, new: str | None) -> Daily:
    from auditor.report.reading import BadReport
    from auditor.store.baseline import BadBaseline
    from auditor.tracking import daily as track

    if new is None:
        raise click.UsageError(f"{old} alone is no comparison; name the newer audit too.")
    try:
        return track(Path(old), Path(new))
    except (BadReport, BadBaseline) as error:
        raise Refusal(str(error)) from None


def _of_runs(old: str, new: str | None, place: Place) -> Daily:
    with at.opened(place) as history:
        from auditor.recording import compare_runs
        from auditor.store.history.trouble import BadHistory
        from auditor.tracking import daily_of_runs

        one = history.run(old if new is not None else f"{old}~1")
        other = history.run(new if new is not None else old)
        sides = compare_runs(history, one, other)
        try:
            files = history.files(other)
        except BadHistory:
            return daily_of_runs(*sides, None)  # the evidence was pruned; what it said is kept
        return daily_of_runs(*sides, files)
