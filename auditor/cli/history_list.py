"""`auditor history list`: every service with its newest run, or the runs of one service."""

from __future__ import annotations

from pathlib import Path

import click

from auditor.cli import history_place as at

_EPILOG = """\b
Examples:
  auditor history list
  auditor history list orders --limit 50
  auditor history list orders --since 2026-01-01 --format json
  auditor history list --history postgresql://auditor@db.example.net/readiness

OPEN BLOCKERS says since when the oldest of them is open.
"""


@click.command("list", epilog=_EPILOG)
@click.argument("service", required=False)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="The most runs of SERVICE to show.",
)
@click.option("--since", metavar="DATE", help="Only runs of SERVICE from this date on.")
@at.history_options
@at.format_option
@at.ascii_option
def command(
    service: str | None,
    limit: int,
    since: str | None,
    where: str | None,
    blobs: str | None,
    config: Path | None,
    form: str,
    ascii_only: bool,
) -> None:
    """List every service with its newest run, or the runs of SERVICE, the newest first."""
    begin = at.moment(since)
    place = at.place(where, blobs, config)
    with at.opened(place) as history:
        from auditor.report import history_json, history_text

        if service is None:
            states = history.states()
            if form == "json":
                at.show_json(history_json.services(states))
            else:
                at.show(history_text.services(states, at.screen(ascii_only)))
            return
        number, _ = history.service(service)
        runs = history.runs(number, since=begin)
        if form == "json":
            at.show_json(history_json.runs(runs[:limit]))
        else:
            more = len(runs) - limit
            at.show(history_text.runs(runs[:limit], more, at.screen(ascii_only)))
