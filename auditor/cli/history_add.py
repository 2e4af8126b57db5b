"""`auditor history add`: store audits that were kept as bundles."""

from __future__ import annotations

from pathlib import Path

import click

from auditor.cli import history_place as at
from auditor.cli.tell import tell

_EPILOG = """\b
Examples:
  auditor history add evidence/
  auditor history add nightly/*/ --history team.sqlite
  auditor history add release-1.0/ --baseline

The same bundle twice is one run. A bundle that was altered after its audit, or
that was made with --only, is refused. Prints the number of each run.
"""


@click.command("add", epilog=_EPILOG)
@click.argument(
    "bundles", metavar="BUNDLE...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option("--baseline", is_flag=True, help="Mark it as a run that prune never deletes.")
@at.history_options
@click.option("--quiet", "-q", is_flag=True, help="Print nothing.")
def command(
    bundles: tuple[Path, ...],
    baseline: bool,
    where: str | None,
    blobs: str | None,
    config: Path | None,
    quiet: bool,
) -> None:
    """Store the audit of each evidence bundle BUNDLE in the history, which is made where there is none."""
    place = at.place(where, blobs, config)
    with at.opened(place, create=True) as history:
        from auditor.recording import store_bundle

        for folder in bundles:
            added = store_bundle(history, folder, baseline=baseline)
            if not quiet:
                click.echo(str(added.run))
                tell(f"{folder}: run {added.run}{' (stored before)' if added.known else ''}")
