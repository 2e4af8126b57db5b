"""`auditor history baseline`: a run that no retention deletes."""

from __future__ import annotations

from pathlib import Path

import click

from auditor.cli import history_place as at
from auditor.cli.tell import tell

_EPILOG = """\b
Examples:
  auditor history baseline orders
  auditor history baseline 42
  auditor history baseline 42 --remove
"""


@click.command("baseline", epilog=_EPILOG)
@click.argument("run")
@click.option("--remove", is_flag=True, help="Let it be deleted like any other run.")
@at.history_options
def command(
    run: str, remove: bool, where: str | None, blobs: str | None, config: Path | None
) -> None:
    """Mark the run RUN as a baseline, which prune never deletes."""
    place = at.place(where, blobs, config)
    with at.opened(place) as history:
        found = history.run(run)
        history.mark(found, baseline=not remove)
    tell(f"run {found.id} is {'no longer ' if remove else ''}a baseline.")
