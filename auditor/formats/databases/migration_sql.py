"""Migrations in SQL: whether a text does anything, its two ways where it holds both, and what names say.

Knows the marks of goose and dbmate, and the names of Flyway and golang-migrate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_OPENS = re.compile(r"--|/\*")
_NOTHING = re.compile(
    r"(?i)(?:select\s+(?:1|null|true)|begin(?:\s+transaction)?|start transaction|commit|end)?"
)
_MARK = re.compile(
    r"(?im)^[ \t]*--[ \t]*(?:\+goose[ \t]+(?P<goose>up|down)\b|migrate:(?P<dbmate>up|down)\b)[^\n]*$"
)
_FLYWAY = re.compile(r"(?P<kind>[VUB])(?P<version>\d+(?:[._]\d+)*)__(?P<what>.+)\.(?:sql|java|kt)")
_REPEATABLE = re.compile(r"R__.+\.sql")
_PAIRED = re.compile(r"(?P<version>\d+)_(?P<what>.*)\.(?P<way>up|down)\.sql")
_DATABASE = re.compile(
    r"\.(mysql|mariadb|postgres(?:ql)?|cockroach|sqlite3?|mssql|sqlserver|oracle)(?:\.autocommit)?$"
)


@dataclass(frozen=True, slots=True)
class TwoWays:
    """A file of goose or dbmate: whether either way does anything, and the line of the mark of the way back
    (of the way forward where there is none)."""

    tool: str
    up: bool
    down: bool
    line: int


@dataclass(frozen=True, slots=True)
class Name:
    """What a file's name says: `kind` V, U, B or R of Flyway; up or down of golang-migrate and pop, the latter
    with the `database` that it is for ("" for any)."""

    kind: str
    version: str
    database: str = ""


def comments(text: str) -> Iterator[tuple[int, int]]:
    """Where the comments of SQL start and end; one that is never closed goes to the end."""
    at = 0
    while (opens := _OPENS.search(text, at)) is not None:
        close = "\n" if opens[0] == "--" else "*/"
        end = text.find(close, opens.end())
        at = len(text) if end < 0 else end + (2 if close == "*/" else 0)
        yield opens.start(), at


def acts(text: str) -> bool:
    """Whether SQL holds a statement that changes something, comments left out."""
    parts: list[str] = []
    at = 0
    for start, end in comments(text):
        parts.append(text[at:start])
        at = end
    bare = " ".join((*parts, text[at:]))
    return any(_NOTHING.fullmatch(" ".join(one.split())) is None for one in bare.split(";"))


def two_ways(text: str) -> TwoWays | None:
    """The two ways of one file; None where it has no mark of goose or dbmate."""
    marks = list(_MARK.finditer(text))
    if not marks:
        return None
    parts = {"up": "", "down": ""}
    lines: dict[str, int] = {}
    for at, mark in enumerate(marks):
        way = (mark["goose"] or mark["dbmate"]).lower()
        end = marks[at + 1].start() if at + 1 < len(marks) else len(text)
        parts[way] += text[mark.end() : end]
        if way not in lines:
            lines[way] = text.count("\n", 0, mark.start()) + 1
    tool = "goose" if marks[0]["goose"] else "dbmate"
    line = lines.get("down", lines.get("up", 1))
    return TwoWays(tool, acts(parts["up"]), acts(parts["down"]), line)


def flyway(name: str) -> Name | None:
    """What the name of a file says to Flyway, versions brought to one form (`01.0` is `1`)."""
    if _REPEATABLE.fullmatch(name):
        return Name("R", "")
    match = _FLYWAY.fullmatch(name)
    if match is None:
        return None
    parts = [str(int(p)) if len(p) < 40 else p for p in re.split(r"[._]", match["version"])]
    while len(parts) > 1 and parts[-1] == "0":
        parts.pop()
    return Name(match["kind"], ".".join(parts))


def paired(name: str) -> Name | None:
    """What the name of a file says to golang-migrate (`0001_users.up.sql`) or pop (`0001_users.mysql.up.sql`)."""
    match = _PAIRED.fullmatch(name)
    if match is None:
        return None
    database = _DATABASE.search(match["what"])
    return Name(match["way"], match["version"].lstrip("0") or "0", database[1] if database else "")
