"""What was learned from a file's content, kept between audits: safe to delete, shared by processes.

A result is found again by the SHA-256 of the content and by who made it (tool, version, options), so it
can be old but never of something else. The file must be the user's own: what another can write is no
evidence, and is not read.
"""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path

_SCHEMA = """
CREATE TABLE IF NOT EXISTS result (
  maker TEXT NOT NULL, content TEXT NOT NULL, value BLOB NOT NULL, used INTEGER NOT NULL,
  PRIMARY KEY (maker, content)) WITHOUT ROWID
"""
_BUSY_S = 5.0
_BATCH = 500
_MOST_BYTES = 512 * 1024 * 1024
_FORGET_S = 60 * 24 * 3600


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
        with suppress(sqlite3.Error, OSError), self._open(create=False) as database:
            for start in range(0, len(wanted), _BATCH):
                some = wanted[start : start + _BATCH]
                marks = ",".join("?" * len(some))
                rows = database.execute(
                    f"SELECT content, value FROM result WHERE maker = ? AND content IN ({marks})",
                    (maker, *some),
                )
                found.update({content: v for content, v in rows if isinstance(v, bytes)})
            with database:
                database.executemany(
                    "UPDATE result SET used = ? WHERE maker = ? AND content = ? AND used < ?",
                    [(self._now, maker, c, self._now - 86_400) for c in found],
                )
        return found

    def put(self, maker: str, results: Mapping[str, bytes]) -> None:
        """Keep results by digest of content, and forget what nobody used for long."""
        with suppress(sqlite3.Error, OSError), self._open(create=True) as database, database:
            database.executemany(
                "INSERT OR REPLACE INTO result VALUES (?, ?, ?, ?)",
                [(maker, content, value, self._now) for content, value in results.items()],
            )
            database.execute("DELETE FROM result WHERE used < ?", (self._now - _FORGET_S,))
            (size,) = database.execute("SELECT total(length(value)) FROM result").fetchone()
            if size > _MOST_BYTES:
                database.execute("DELETE FROM result")

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
                database.execute(_SCHEMA)
            yield database


def _is_own(path: Path) -> bool:
    """Whether only this user can have written it. Raises FileNotFoundError."""
    info = path.lstat()
    return (
        not stat.S_ISLNK(info.st_mode)
        and info.st_uid == os.getuid()
        and not info.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    )
