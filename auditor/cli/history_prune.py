"""`auditor history prune`: delete runs that need not be kept."""

from __future__ import annotations

from pathlib import Path

import click

from auditor.cli import history_place as at

_EPILOG = """\b
Examples:
  auditor history prune --keep last=30 --dry-run
  auditor history prune --keep within=90d --keep weekly=52 --keep monthly=60

\b
Rules; a run that one of them keeps is kept:
  last=N     the last N runs of each service
  within=Nd  every run of the last N days
  daily=N, weekly=N, monthly=N
             the last run of each of the last N days, weeks or months with one

The last run of a service and baselines are always kept. Evidence that no run has
any more is deleted too.
"""


@click.command("prune", epilog=_EPILOG)
@click.option(
    "--keep", multiple=True, required=True, metavar="RULE", help="What to keep. Repeatable."
)
@click.option("--dry-run", is_flag=True, help="Delete nothing, only say what would be.")
@at.history_options
@at.format_option
def command(
    keep: tuple[str, ...],
    dry_run: bool,
    where: str | None,
    blobs: str | None,
    config: Path | None,
    form: str,
) -> None:
    """Delete the runs that no --keep keeps."""
    place = at.place(where, blobs, config)
    with at.opened(place) as history:
        from auditor.report import history_json, history_text
        from auditor.store.history.retention import parse_rules

        found = history.prune(parse_rules(keep), really=not dry_run)
        if form == "json":
            at.show_json(history_json.pruned(found, really=not dry_run))
        else:
            at.show(history_text.pruned(found, at.screen(), really=not dry_run))
