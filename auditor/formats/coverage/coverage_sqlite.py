"""What a coverage.py data file records, read from its bytes in memory by a fenced SQLite."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from coverage.numbits import numbits_to_nums

from auditor.formats.text import iso_time
from auditor.formats.text.errors import Malformed, TooLarge

# https://coverage.readthedocs.io/en/latest/dbschema.html; 7 since coverage.py 5.0.
_SCHEMA = 7
_MOST_ROWS = 5_000_000
_MOST_STEPS = 500
_STEP = 1_000_000
_LONGEST_VALUE = 4_000_000
_LAST_LINE = 10_000_000
_READ_ONLY = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ})

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
            database.deserialize(data)
            _fence(database)
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
    meta = {row[0]: row[1] for row in _rows(database, "SELECT key, value FROM meta")}
    paths = _paths(database)
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


def _paths(database: sqlite3.Connection) -> dict[object, str]:
    paths: dict[object, str] = {}
    for file_id, path in _rows(database, "SELECT id, path FROM file"):
        if not isinstance(path, str) or not path:
            raise Malformed("The coverage.py data file names a file by something that is no text.")
        paths[file_id] = path
    if len(set(paths.values())) != len(paths):
        raise Malformed("The coverage.py data file names a file twice.")
    return paths


def _rows(database: sqlite3.Connection, query: str) -> Iterator[tuple[object, ...]]:
    for number, row in enumerate(database.execute(query)):
        if number >= _MOST_ROWS:
            raise TooLarge(f"The coverage.py data file holds more than {_MOST_ROWS:,} rows.")
        yield row


def _lines(database: sqlite3.Connection, paths: dict[object, str]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = defaultdict(set)
    for file_id, bits in _rows(database, "SELECT file_id, numbits FROM line_bits"):
        if not isinstance(bits, bytes) or len(bits) > _LAST_LINE // 8:
            raise Malformed("The coverage.py data file holds line numbers that are none.")
        found[_path(paths, file_id)].update(numbits_to_nums(bits))
    return found


def _arcs(database: sqlite3.Connection, paths: dict[object, str]) -> dict[str, set[Arc]]:
    found: dict[str, set[Arc]] = defaultdict(set)
    for file_id, start, end in _rows(database, "SELECT DISTINCT file_id, fromno, tono FROM arc"):
        if not (_is_line(start) and _is_line(end)):
            raise Malformed("The coverage.py data file holds line numbers that are none.")
        found[_path(paths, file_id)].add((cast(int, start), cast(int, end)))
    return found


def _plugins(database: sqlite3.Connection, paths: dict[object, str]) -> dict[str, str]:
    rows = _rows(database, "SELECT file_id, tracer FROM tracer")
    return {_path(paths, file_id): str(name) for file_id, name in rows if name}


def _path(paths: dict[object, str], file_id: object) -> str:
    if file_id not in paths:
        raise Malformed("The coverage.py data file counts lines of a file that it does not name.")
    return paths[file_id]


def _is_line(number: object) -> bool:
    """Negative numbers stand for the entry and exit of the code that starts there."""
    return isinstance(number, int) and -_LAST_LINE < number < _LAST_LINE


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _timestamp(value: object) -> datetime | None:
    """Local time; only written where coverage.py was asked to debug itself."""
    return iso_time.read(value) if isinstance(value, str) else None
