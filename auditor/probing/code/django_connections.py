"""How Django keeps its connections, by its settings: it opens one for each request unless it is told otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum

from auditor.probing.code.stores import Files, Spot

_DATABASES = re.compile(r"(?m)^[ \t]*DATABASES\b\s*(?::[^=\n]+)?(?:\[[^\n=]*)?=\s*(.*)$")
_AGE = re.compile(r"\b(?:CONN_MAX_AGE|conn_max_age)[\"']?\s*\]?\s*[:=]\s*([^\n#]+)")
_POOLED = re.compile(
    r"[\"']ENGINE[\"']\s*:\s*[\"'](?:dj_db_conn_pool|django_db_geventpool|django_postgrespool)|[\"']pool[\"']\s*(?:\]\s*=|:)\s*(?!False|None)"
)
_SERVER = re.compile(
    r"postgres|postgis|mysql|oracle|mssql|dj_database_url|env\.db|db_url|DATABASE_URL|dict\(env"
)
_SQLITE = re.compile(r"sqlite3")
_DEFAULT = re.compile(r"(?:default\s*=\s*|,\s*)[\"']?(\d+|None)[\"']?\s*\)")
_BESIDE = re.compile(r"(?:^|[/_])(?:tests?|ci|dev(?:elopment)?|local|example)(?:[/_.]|$)")


class Kept(StrEnum):
    """What settings say of connections."""

    POOLED = "pooled"
    EACH = "each"
    UNCLEAR = "unclear"


def django_connections(files: Files) -> Iterator[tuple[Kept, Spot]]:
    """What the settings that name databases of a server say; those of tests and development are left out."""
    texts = {p: files.code(p) for p in files.paths if p.endswith(".py") and not _BESIDE.search(p)}
    settings = {p: t for p, t in texts.items() if "DATABASES" in t and _DATABASES.search(t)}
    if not settings:
        return
    django = any(
        i.module.startswith("django") for s in files.topic.code.scans.values() for i in s.imports
    )
    for path, text in settings.items():
        start = _DATABASES.search(text)
        assigned = text[start.start() :] if start is not None else ""
        if not django or start is None:
            continue
        line = text.count("\n", 0, start.start()) + 1
        pooled, age = _POOLED.search(text), _AGE.search(text)
        if pooled is not None:
            yield (
                Kept.POOLED,
                Spot(path, text.count("\n", 0, pooled.start()) + 1, "a pool of Django"),
            )
        elif age is not None:
            at = text.count("\n", 0, age.start()) + 1
            if _zero(age[1]):
                yield Kept.EACH, Spot(path, at, "CONN_MAX_AGE is 0: a connection for each request")
            else:
                yield Kept.POOLED, Spot(path, at, "CONN_MAX_AGE keeps connections")
        elif _SERVER.search(assigned):
            yield (
                Kept.EACH,
                Spot(path, line, "DATABASES without CONN_MAX_AGE: a connection for each request"),
            )
        elif not _SQLITE.search(assigned):
            yield Kept.UNCLEAR, Spot(path, line, "DATABASES")


def _zero(text: str) -> bool:
    said = text.strip().rstrip(",})").strip()
    if re.fullmatch(r"\d+", said):
        return int(said) == 0
    default = _DEFAULT.search(text)
    return default is not None and default[1] == "0"
