"""What a coverage.py data file records, read from its bytes in memory by a fenced SQLite."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

from coverage.numbits import numbits_to_nums

from auditor.formats.errors import Malformed, TooLarge

# https://coverage.readthedocs.io/en/latest/dbschema.html; 7 since coverage.py 5.0.
_SCHEMA = 7
_MOST_ROWS = 5_000_000
_MOST_STEPS = 2_000
_STEP = 1_000_000
_LONGEST_VALUE = 4_000_000
_LAST_LINE = 10_000_000
_READ_ONLY = frozenset(
    {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE, sqlite3.SQLITE_PRAGMA}
)

Arc = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Recording:
    """Lines or arcs that ran, by recorded path, over all contexts; `plugins` by path."""

    paths: frozenset[str]
    lines: dict[str, frozenset[int]]
    arcs: dict[str, frozenset[Arc]]
    plugins: dict[str, str]
    has_arcs: bool
    version: str | None
    produced_at: datetime | None


def read(data: bytes) -> Recording:
    """The recording in a data file of schema 7. Raises Malformed and TooLarge."""
    try:
        with closing(sqlite3.connect(":memory:")) as database:
            _fence(database)
            database.deserialize(data)
            return _recording(database)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        if getattr(error, "sqlite_errorname", "") in ("SQLITE_INTERRUPT", "SQLITE_TOOBIG"):
            raise TooLarge("The coverage.py data file takes too much work to read.") from None
        raise Malformed(f"The coverage.py data file cannot be read: {error}.") from None


def _fence(database: sqlite3.Connection) -> None:
    """A hostile schema may hold views and generated columns: let it read, and little of that."""
    steps = iter(range(_MOST_STEPS))
    database.execute("PRAGMA trusted_schema = OFF")
    database.execute("PRAGMA cell_size_check = ON")
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)
    database.set_progress_handler(lambda: next(steps, None) is None, _STEP)
    database.set_authorizer(
        lambda action, *_: sqlite3.SQLITE_OK if action in _READ_ONLY else sqlite3.SQLITE_DENY
    )


def _recording(database: sqlite3.Connection) -> Recording:
    versions = [row[0] for row in _rows(database, "SELECT version FROM coverage_schema")]
    if versions != [_SCHEMA]:
        raise Malformed(f"The coverage.py data file has schema {versions}; {_SCHEMA} is known.")
    meta = {key: value for key, value in _rows(database, "SELECT key, value FROM meta")}
    paths = dict(_rows(database, "SELECT id, path FROM file"))
    if not all(isinstance(path, str) for path in paths.values()):
        raise Malformed("The coverage.py data file names a file by something that is no text.")
    if len(set(paths.values())) != len(paths):
        raise Malformed("The coverage.py data file names a file twice.")
    arcs = _arcs(database, paths)
    lines = _lines(database, paths)
    for path, pairs in arcs.items():
        lines[path] |= {line for pair in pairs for line in pair if line > 0}
    return Recording(
        paths=frozenset(paths.values()),
        lines={path: frozenset(found) for path, found in lines.items()},
        arcs={path: frozenset(found) for path, found in arcs.items()},
        plugins=_plugins(database, paths),
        has_arcs=meta.get("has_arcs") == "1",
        version=_text(meta.get("version")),
        produced_at=_timestamp(meta.get("when")),
    )


def _rows(database: sqlite3.Connection, query: str) -> Iterator[tuple[object, ...]]:
    for number, row in enumerate(database.execute(query)):
        if number >= _MOST_ROWS:
            raise TooLarge(f"The coverage.py data file holds more than {_MOST_ROWS:,} rows.")
        yield row
