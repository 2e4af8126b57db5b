"""`auditor history backup`: copy a history in SQLite with its evidence."""

from __future__ import annotations

from pathlib import Path

import click

from auditor.cli import history_place as at
from auditor.cli.tell import tell

_EPILOG = """\b
Examples:
  auditor history backup backups/2026-11-24/
  auditor history list --history backups/2026-11-24/history.sqlite

The copy is a history of its own: to restore it, name it, or put both its parts
where the old one was. Runs may be stored meanwhile. For PostgreSQL: docs/history.md
"""


@click.command("backup", epilog=_EPILOG)
@click.argument("folder", type=click.Path(path_type=Path))
@at.history_options
def command(folder: Path, where: str | None, blobs: str | None, config: Path | None) -> None:
    """Copy the history and the evidence of its runs into FOLDER, which is new or empty."""
    place = at.place(where, blobs, config)
    with at.opened(place) as history:
        number = history.back_up(folder)
    tell(f"backup: {folder} with {number} stored files.")
