"""`auditor history show`: one stored run, and since when its open items are open."""

from __future__ import annotations

from pathlib import Path

import click

from auditor.cli import history_place as at
from auditor.cli.tell import tell

_EPILOG = """\b
Examples:
  auditor history show orders              its newest run
  auditor history show orders~1            the one before
  auditor history show 42 --all
  auditor history show 3f1c9a7 --format json
  auditor history show 42 --bundle out/    its evidence, as the audit wrote it

RUN is a number, a service, SERVICE~N, a backfilled tag, or the beginning of
a commit. An item is open since the first run of the unbroken row of runs in
which it did not pass.
"""


@click.command("show", epilog=_EPILOG)
@click.argument("run")
@click.option("--all", "whole", is_flag=True, help="Show every open item.")
@click.option(
    "--bundle",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write the evidence bundle of the run into this folder too.",
)
@at.history_options
@at.format_option
@at.ascii_option
def command(
    run: str,
    whole: bool,
    bundle: Path | None,
    where: str | None,
    blobs: str | None,
    config: Path | None,
    form: str,
    ascii_only: bool,
) -> None:
    """Show the run RUN: its score, its categories, and its open items with since when they are open."""
    place = at.place(where, blobs, config)
    with at.opened(place) as history:
        from auditor.report import history_json, history_text

        found = history.run(run)
        record, since = history.record(found), history.open_since(found)
        if bundle is not None:
            from auditor.recording import write_bundle

            write_bundle(history, found, bundle)
            tell(f"evidence bundle: {bundle}")
        if form == "json":
            at.show_json(history_json.run(found, record, since))
        else:
            page = history_text.run(found, record, since, at.screen(ascii_only), whole=whole)
            at.show(page)
