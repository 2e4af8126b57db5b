"""Who may work on a history at the same time: many that add, or one that prunes, migrates or copies.

A run's evidence is written before its row, so a prune beside it could take away what it relies on.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, text

from auditor.store.history.trouble import BadHistory

_KEY = 0x61756469746F72
"""The number of the lock in PostgreSQL: "auditor" in ASCII."""
_PAUSE_S = 0.05


@contextmanager
def file_lock(file: Path, *, alone: bool, patience_s: float) -> Iterator[None]:
    """Hold the lock beside a SQLite file. Raises BadHistory when others hold it for too long."""
    beside = file.with_name(f"{file.name}.lock")
    try:
        handle = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise BadHistory(
            f"The history {file} cannot be written: {beside} cannot be opened ({error.strerror})."
            " Change the permissions of the folder, or name another history."
        ) from None
    try:
        _wait(handle, fcntl.LOCK_EX if alone else fcntl.LOCK_SH, file, patience_s)
        yield
    finally:
        os.close(handle)


def _wait(handle: int, kind: int, file: Path, patience_s: float) -> None:
    end = time.monotonic() + patience_s
    while True:
        try:
            fcntl.flock(handle, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                raise busy(str(file), patience_s) from None
            time.sleep(_PAUSE_S)
        else:
            return


@contextmanager
def advisory_lock(engine: Engine, shown: str, *, alone: bool, patience_s: float) -> Iterator[None]:
    """Hold the lock of a PostgreSQL database, which ends with its connection."""
    name = "pg_try_advisory_lock" if alone else "pg_try_advisory_lock_shared"
    end = time.monotonic() + patience_s
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while not connection.execute(text(f"SELECT {name}(:key)"), {"key": _KEY}).scalar():
            if time.monotonic() >= end:
                raise busy(shown, patience_s)
            time.sleep(_PAUSE_S)
        try:
            yield
        finally:
            connection.invalidate()  # the lock ends with the session, whatever state it is in


def busy(shown: str, patience_s: float) -> BadHistory:
    """Somebody else holds the history for longer than one waits."""
    return BadHistory(
        f"The history {shown} is busy: another process has held it for {patience_s:g} s."
        " Try again when it is done."
    )
