"""The door to the database: connections, transactions, and errors that say what to do."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, exc
from sqlalchemy.pool import NullPool

from auditor.store.history.locks import advisory_lock, busy, file_lock
from auditor.store.history.place import Place, without_password
from auditor.store.history.trouble import BadHistory

PATIENCE_S = 60.0
"""How long a writer waits for another one."""
_CONNECT_S = 10
_MAGIC = b"SQLite format 3\0"
_RESTORE = "Restore a backup of it (docs/history.md), or move it away to begin anew."


class Database:
    """A history's database. `writable` is False where this user may only read the file."""

    def __init__(self, place: Place, *, create: bool, patience_s: float = PATIENCE_S) -> None:
        """Raises BadHistory where the file is none of ours or, unless `create`, is not there."""
        self.place = place
        self._patience_s = patience_s
        self.writable = place.file is None or _prepared(place.file, create)
        self.engine = _engine(place, self.writable, patience_s)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state of the history."""
        with self._told(), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction: all of it is written when the block ends, or nothing."""
        with self._told(), self.engine.connect() as connection:
            connection = connection.execution_options(auditor_writes=True)
            with connection.begin():
                yield connection

    @contextmanager
    def held(self, *, alone: bool) -> Iterator[None]:
        """Keep pruning, migrating and copying away while adding; with `alone`, everybody else."""
        file, seconds = self.place.file, self._patience_s
        if file is not None and not self.writable:
            raise BadHistory(_read_only(self.place))
        with self._told():
            if file is not None:
                with file_lock(file, alone=alone, patience_s=seconds):
                    yield
            else:
                with advisory_lock(self.engine, self.place.shown, alone=alone, patience_s=seconds):
                    yield

    def close(self) -> None:
        """Give every connection back."""
        self.engine.dispose()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Errors of the database as sentences; a mistake in our own SQL stays what it is."""
        try:
            yield
        except exc.DBAPIError as error:
            said = _sentence(error, self.place, self._patience_s)
            if said is None:
                raise
            raise said from None


def _prepared(file: Path, create: bool) -> bool:
    """Whether the file can be written; it and its folder are made where they are not there."""
    try:
        if create and not file.exists():
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with suppress(FileExistsError):  # another process was quicker
                os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        info = file.stat()
        if not stat.S_ISREG(info.st_mode):
            raise BadHistory(f"{file} is not a regular file; name the file of a history.")
        with file.open("rb") as opened:
            begin = opened.read(len(_MAGIC))
    except FileNotFoundError:
        raise BadHistory(
            f"There is no history at {file} yet. Store a run: auditor audit . --history {file}"
        ) from None
    except OSError as error:
        raise BadHistory(
            f"The history {file} cannot be opened: {error.strerror}."
            " Change its permissions, or name another one."
        ) from None
    if begin not in (b"", _MAGIC):
        raise BadHistory(
            f"{file} is damaged, or it is no history: it is no SQLite file. {_RESTORE}"
        )
    effective = os.access in os.supports_effective_ids
    return all(os.access(p, os.W_OK, effective_ids=effective) for p in (file, file.parent))


def _engine(place: Place, writable: bool, patience_s: float) -> Engine:
    if place.file is None:
        return _postgresql(place)
    url = f"sqlite+pysqlite:///{_uri(place.file, writable)}"
    engine = create_engine(
        url, poolclass=NullPool, connect_args={"timeout": patience_s, "isolation_level": None}
    )

    # pysqlite begins transactions by itself and too late: it is told to leave that to us.
    @event.listens_for(engine, "connect")
    def configure(connection: Any, record: object) -> None:
        connection.execute("PRAGMA foreign_keys = ON")
        if writable:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("auditor_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _uri(file: Path, writable: bool) -> str:
    """The file for SQLite. One that cannot be written, with no journal beside it, does not change either."""
    from urllib.parse import quote

    name = quote(str(file.absolute()))
    if writable:
        return f"file:{name}?mode=rw&uri=true"
    journal = file.with_name(f"{file.name}-wal")
    still = not journal.exists() or journal.stat().st_size == 0
    return f"file:{name}?mode=ro{'&immutable=1' if still else ''}&uri=true"


def _postgresql(place: Place) -> Engine:
    try:
        import psycopg  # noqa: F401
    except ImportError:
        raise BadHistory(
            "A history in PostgreSQL needs psycopg: pip install 'auditor[postgres]'"
        ) from None
    try:
        return create_engine(
            place.url,
            pool_pre_ping=True,
            connect_args={"connect_timeout": _CONNECT_S, "application_name": "auditor"},
        )
    except (exc.ArgumentError, ValueError):
        raise BadHistory(
            f"{place.shown} is no URL of a database; it should be like"
            " postgresql://USER@HOST/DATABASE."
        ) from None


def _sentence(error: exc.DBAPIError, place: Place, patience_s: float) -> BadHistory | None:
    """What an error of the driver means for the operator; None where it is a mistake of ours."""
    code = getattr(error.orig, "sqlite_errorname", "") or getattr(error.orig, "sqlstate", "") or ""
    text = without_password(str(error.orig).strip().splitlines()[0] if str(error.orig) else "")
    if code.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return busy(place.shown, patience_s)
    for codes, words in _MEANINGS:
        if code.startswith(codes):
            return BadHistory(words.format(shown=place.shown, text=text, restore=_RESTORE))
    if isinstance(error, exc.OperationalError) and place.file is None:
        return BadHistory(
            f"The history {place.shown} cannot be reached: {text}."
            " Check its URL, and that the database runs and lets you in."
        )
    return None


_MEANINGS: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        ("SQLITE_CORRUPT", "SQLITE_NOTADB", "XX001", "XX002"),
        "The history {shown} is damaged ({text}). {restore}",
    ),
    (
        ("SQLITE_FULL", "SQLITE_IOERR", "53100"),
        "The history {shown} cannot be written: {text}. Nothing of this run was stored. Free some"
        " space and store it again.",
    ),
    (
        ("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", "25006", "42501"),
        "The history {shown} cannot be written or opened by you: {text}. Change its permissions, or"
        " name another one.",
    ),
)  # fmt: skip


def _read_only(place: Place) -> str:
    return (
        f"The history {place.shown} cannot be written by you. Change the permissions of the file and"
        " of its folder, or name another one."
    )
