"""What was learned from a file's content, kept between audits: safe to delete, shared by processes.

A result is found again by the SHA-256 of the content and by who made it (tool, version, options), so it
can be old but never of something else. The file must be the user's own: what another can write is no
evidence, and is not read.
"""

from __future__ import annotations

import os
import sqlite3
import stat
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS kept (
  maker TEXT NOT NULL, content TEXT NOT NULL, used INTEGER NOT NULL, life INTEGER NOT NULL,
  value BLOB NOT NULL, PRIMARY KEY (maker, content))
"""
# The times stand before the value, which may be long: what looks for old rows need not read it.
_BUSY_S = 5.0
_BATCH = 500
_MOST_BYTES = 512 * 1024 * 1024
_DAY_S = 24 * 3600
_LIFE_S = 60 * _DAY_S
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class Cache:
    """Results by content; without a path, it keeps nothing. Trouble with the file only costs time."""

    def __init__(self, path: Path | None = None, *, now: int = 0) -> None:
        """`now` is in seconds since 1970: what was not used for 60 days before it is forgotten."""
        self._path = path
        self._now = now

    @property
    def enabled(self) -> bool:
        """Whether anything is kept at all."""
        return self._path is not None

    def get(self, maker: str, contents: Iterable[str]) -> dict[str, bytes]:
        """The kept results of `maker` for these digests of content."""
        wanted = list(dict.fromkeys(contents))
        found: dict[str, bytes] = {}
        aged: list[tuple[int, str, str]] = []
        with suppress(sqlite3.Error, OSError), self._open(create=False) as database:
            for start in range(0, len(wanted), _BATCH):
                some = wanted[start : start + _BATCH]
                marks = ",".join("?" * len(some))
                rows = database.execute(
                    f"SELECT content, used, value FROM kept WHERE maker = ? AND content IN ({marks})",
                    (maker, *some),
                )
                for content, used, value in rows:
                    whole = _opened(maker, content, value)
                    if whole is not None:
                        found[content] = whole
                        aged += [(self._now, maker, content)] if used < self._now - _DAY_S else []
            if aged:
                with database:
                    database.executemany(
                        "UPDATE kept SET used = ? WHERE maker = ? AND content = ?", aged
                    )
        return found

    def put(self, maker: str, results: Mapping[str, bytes], *, life_s: int = _LIFE_S) -> None:
        """Keep results by digest of content, and forget what nobody used for as long as it was to live."""
        try:
            self._put(maker, results, life_s)
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK)
            if self._path is None or code & 0xFF not in _DAMAGED:
                return
            with suppress(sqlite3.Error, OSError):  # a file that is no database would stay one
                self._path.unlink()
                self._put(maker, results, life_s)

    def _put(self, maker: str, results: Mapping[str, bytes], life_s: int) -> None:
        with suppress(OSError), self._open(create=True) as database, database:
            database.executemany(
                "INSERT OR REPLACE INTO kept VALUES (?, ?, ?, ?, ?)",
                (
                    (maker, content, self._now, life_s, _sealed(maker, content, value))
                    for content, value in results.items()
                ),
            )
            database.execute("DELETE FROM kept WHERE used + life < ?", (self._now,))
            for older in ("used < ?", "used <= ?"):
                (size,) = database.execute("SELECT total(length(value)) FROM kept").fetchone()
                if size > _MOST_BYTES:
                    database.execute(f"DELETE FROM kept WHERE {older}", (self._now,))

    @contextmanager
    def _open(self, *, create: bool) -> Iterator[sqlite3.Connection]:
        if self._path is None:
            raise FileNotFoundError
        if create:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        for place in (self._path.parent, self._path):
            if create and place == self._path and not place.exists():
                with suppress(FileExistsError):  # another writer was quicker
                    os.close(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            if not _is_own(place):
                raise PermissionError
        with closing(sqlite3.connect(self._path, timeout=_BUSY_S)) as database:
            database.execute("PRAGMA synchronous = NORMAL")
            if create:
                database.execute("DROP TABLE IF EXISTS result")  # an older version's
                database.execute(_SCHEMA)
            yield database


def _sealed(maker: str, content: str, value: bytes) -> bytes:
    """A value behind a checksum of it and of what it is kept for: the database has none."""
    return _checksum(maker, content, value) + value


def _opened(maker: str, content: str, sealed: object) -> bytes | None:
    """The value, None where it is not the one that was kept."""
    if not isinstance(sealed, bytes):
        return None
    value = sealed[4:]
    return value if sealed[:4] == _checksum(maker, content, value) else None


def _checksum(maker: str, content: str, value: bytes) -> bytes:
    named = zlib.crc32(f"{maker}\0{content}\0".encode("utf-8", "surrogateescape"))
    return zlib.crc32(value, named).to_bytes(4, "big")


def _is_own(path: Path) -> bool:
    """Whether only this user can have written it. Raises FileNotFoundError."""
    info = path.lstat()
    return (
        not stat.S_ISLNK(info.st_mode)
        and info.st_uid == os.getuid()
        and not info.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    )
