"""Where a history is: a file or a database's URL, and the place of its evidence."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from auditor.store.history.trouble import BadHistory

DEFAULT = "default"
"""The word for the user's own history."""
_POSTGRES = re.compile(r"(postgres|postgresql)(\+psycopg)?://")
_PASSWORD = re.compile(r"(?<=://)([^:/?#@\s]*):[^/?#\s]*@")
_IN_QUERY = re.compile(r"((?:^|[?&])[^=&]*password=)[^&#\s]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Place:
    """A history's database and blobs. `file` is None for PostgreSQL; `shown` never holds a password."""

    url: str = field(repr=False)
    file: Path | None
    blobs: str = field(repr=False)
    shown: str


def place_of(where: str | None = None, blobs: str | None = None) -> Place:
    """The place that `where` names: a FILE, a postgresql:// URL, or the user's own one. Raises BadHistory."""
    if where is None or where in ("", DEFAULT):
        return _in_file(_state() / "history.sqlite", blobs)
    if found := _POSTGRES.match(where):
        url = f"postgresql+psycopg://{where[found.end() :]}"
        return Place(url, None, blobs or str(_state() / "history.blobs"), without_password(where))
    if where.startswith("sqlite://"):
        return _in_file(Path(where.removeprefix("sqlite://").removeprefix("/") or "/"), blobs)
    if "://" in where:
        scheme = where.partition("://")[0]
        raise BadHistory(
            f"A history cannot be at a URL of the kind {scheme}://; give a file,"
            " or postgresql://USER@HOST/DATABASE."
        )
    return _in_file(Path(where), blobs)


def without_password(url: str) -> str:
    """The URL with `***` in the place of every password in it."""
    return _IN_QUERY.sub(r"\1***", _PASSWORD.sub(r"\1:***@", url))


def holds_password(url: str) -> bool:
    """Whether a URL carries a password, which no file in a repository should."""
    return without_password(url) != url


def _in_file(file: Path, blobs: str | None) -> Place:
    if file.is_dir():
        raise BadHistory(
            f"{file} is a folder; name the file of the history, such as {file / 'history.sqlite'}."
        )
    return Place(
        f"sqlite:///{file}", file, blobs or str(file.with_name(f"{file.name}.blobs")), str(file)
    )


def _state() -> Path:
    from platformdirs import user_state_path

    return user_state_path("auditor", appauthor=False)


def blobs_shown(place: Place) -> str:
    """The place of the blobs, fit to be shown."""
    return without_password(place.blobs) if urlsplit(place.blobs).scheme else place.blobs
