"""A backup: the database as it is at one moment, and all the evidence that its runs have."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import select

from auditor.store.history import tables
from auditor.store.history.blobs import Blobs
from auditor.store.history.database import Database
from auditor.store.history.trouble import BadHistory

NAME = "history.sqlite"


def back_up(database: Database, blobs: Blobs, folder: Path) -> int:
    """Copy a history in SQLite into a new or empty folder, where it is a history of its own.

    Gives the number of blobs. Raises BadHistory.
    """
    source = database.place.file
    if source is None:
        raise BadHistory(
            "A history in PostgreSQL is backed up with pg_dump, and its evidence with the tools of"
            " where it lies: docs/history.md"
        )
    try:
        if folder.exists() and any(folder.iterdir()):
            raise BadHistory(f"{folder} is not empty; name a new folder for the backup.")
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with database.held(alone=False):  # others may add meanwhile, but nobody may prune
            _copy_file(source, folder / NAME)
            with database.reading() as connection:
                digests = sorted(set(connection.scalars(select(tables.run_blobs.c.digest))))
            return _copy_blobs(digests, blobs, Blobs(str(folder / f"{NAME}.blobs")))
    except OSError as error:
        raise BadHistory(f"The backup cannot be written to {folder}: {error.strerror}.") from None


def _copy_file(source: Path, target: Path) -> None:
    try:
        with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
            one.backup(other)
    except sqlite3.Error as error:
        raise BadHistory(f"The backup of {source} failed: {error}.") from None
    target.chmod(0o600)


def _copy_blobs(digests: list[str], source: Blobs, target: Blobs) -> int:
    for digest in digests:
        target.put(source.get(digest))
    return len(digests)
