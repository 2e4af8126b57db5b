"""Reads a changelog of Liquibase (XML, YAML, JSON, formatted SQL): its change sets, and which roll back.

Liquibase works out the way back of many changes by itself; the others need a `rollback`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from auditor.formats.databases import migration_sql
from auditor.formats.text import xml_events
from auditor.formats.text.errors import Malformed
from auditor.formats.text.text_file import decode
from auditor.formats.text.yaml_shapes import list_of, mapping_of, text_of
from auditor.formats.text.yaml_text import load

_LIMIT = 8_000_000
_ONE_WAY = frozenset({
    "sql", "sqlFile", "insert", "update", "delete", "loadData", "loadUpdateData", "dropTable", "dropColumn",
    "dropView", "dropProcedure", "createProcedure", "dropAllForeignKeyConstraints", "dropPrimaryKey", "dropIndex",
    "dropUniqueConstraint", "dropForeignKeyConstraint", "dropDefaultValue", "dropSequence", "modifyDataType",
    "executeCommand", "customChange", "mergeColumns", "alterSequence",
})  # fmt: skip
_NO_CHANGE = frozenset({
    "comment", "preConditions", "rollback", "validCheckSum", "modifySql", "tagDatabase", "property",
})  # fmt: skip
_SET = re.compile(r"(?im)^[ \t]*--[ \t]*changeset[ \t]+([^\s:]+):(\S+)[^\n]*$")
_BACK = re.compile(
    r"(?i)(?:--[ \t]*rollback\b|/\*[ \t]*liquibase rollback\b)(.*?)(?:\*/)?", re.DOTALL
)
_OPENED = re.compile(r"<(?:\w+:)?changeSet\b([^<>]*)>")
_ID = re.compile(r"\bid\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_FORMATTED = re.compile(rb"(?i)\s*--[ \t]*liquibase[ \t]+formatted[ \t]+sql")


@dataclass(slots=True)
class ChangeSet:
    """One set: `id` with its author, its line where known, what it changes, and whether it has a rollback."""

    id: str
    line: int | None
    changes: list[str] = field(default_factory=list)
    rollback: bool = False

    @property
    def one_way(self) -> list[str]:
        """The changes that nothing takes back."""
        return [] if self.rollback else sorted({c for c in self.changes if c in _ONE_WAY})


@dataclass(slots=True)
class Changelog:
    """The change sets of a file, and the files (or folders, `all`) that it includes, as it writes them."""

    sets: list[ChangeSet] = field(default_factory=list)
    includes: list[str] = field(default_factory=list)
    all: list[str] = field(default_factory=list)


def sniff(head: bytes) -> bool:
    """Whether the first bytes are those of a changelog."""
    return (
        b"databaseChangeLog" in head
        or _FORMATTED.match(head.removeprefix(b"\xef\xbb\xbf")) is not None
    )


def read(data: bytes, *, path: str) -> Changelog:
    """The changelog of a file. Raises Malformed and TooLarge."""
    text = decode(data, name=path, limit=_LIMIT).text
    if path.lower().endswith(".sql"):
        return _sql(text)
    if path.lower().endswith(".xml"):
        handler = _Handler(text)
        xml_events.read(data, handler)
        return handler.found
    return _yaml(text, path)


def _sql(text: str) -> Changelog:
    found = Changelog()
    marks = list(_SET.finditer(text))
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    line, at = 1, 0
    for mark, following in zip(marks, ends, strict=False):
        line += text.count("\n", at, mark.start())
        at = mark.start()
        body = text[mark.end() : following]
        said = (_BACK.fullmatch(body[start:end]) for start, end in migration_sql.comments(body))
        one = ChangeSet(f"{mark[2]} of {mark[1]}", line)
        if migration_sql.acts(body):
            one.changes.append("sql")
        one.rollback = any(back is not None and back[1].strip() for back in said)
        found.sets.append(one)
    return found


def _yaml(text: str, path: str) -> Changelog:
    document = load(text, name=path)
    found = Changelog()
    top = mapping_of(document.value).get("databaseChangeLog")
    if not isinstance(top, list):
        raise Malformed(f"{path} has no list `databaseChangeLog`.")
    for at, entry in enumerate(top):
        body = mapping_of(entry)
        if "changeSet" in body:
            inner = mapping_of(body["changeSet"])
            line = document.key_line(("databaseChangeLog", at, "changeSet"))
            one = ChangeSet(
                f"{text_of(inner.get('id')) or '?'} of {text_of(inner.get('author')) or '?'}", line
            )
            changes = [mapping_of(c) for c in list_of(inner.get("changes"))]
            one.changes = [k for c in changes for k in c if k not in _NO_CHANGE]
            one.rollback = "rollback" in inner or any("rollback" in c for c in changes)
            found.sets.append(one)
        for key, into in (("include", found.includes), ("includeAll", found.all)):
            inner = mapping_of(body.get(key))
            said = text_of(inner.get("file")) or text_of(inner.get("path"))
            if said:
                into.append(said)
    return found


class _Handler:
    """What the elements of an XML changelog come to; a namespace before a name is left out."""

    text_of: frozenset[str] = frozenset()

    def __init__(self, text: str) -> None:
        self.found = Changelog()
        self._lines = _lines(text)
        self._path: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        bare = name.rpartition(":")[2]
        if not self._path and bare != "databaseChangeLog":
            raise Malformed(f"The root element is `{bare[:80]}`, not `databaseChangeLog`.")
        inside = self._path[-1] if self._path else ""
        if bare == "changeSet":
            given = attributes.get("id", "?")
            self.found.sets.append(
                ChangeSet(f"{given} of {attributes.get('author', '?')}", self._lines.get(given))
            )
        elif inside == "changeSet" and bare == "rollback":
            self.found.sets[-1].rollback = True
        elif inside == "changeSet" and bare not in _NO_CHANGE:
            self.found.sets[-1].changes.append(bare)
        elif bare == "include" and attributes.get("file"):
            self.found.includes.append(attributes["file"])
        elif bare == "includeAll" and attributes.get("path"):
            self.found.all.append(attributes["path"])
        self._path.append(bare)

    def end(self, name: str, text: str) -> None:
        self._path.pop()

    def comment(self, text: str) -> None:
        """Nothing: what is commented out is not applied."""


def _lines(text: str) -> dict[str, int]:
    """The line on which each id stands first; the reader of XML tells none."""
    found: dict[str, int] = {}
    line, at = 1, 0
    for opened in _OPENED.finditer(text):
        line += text.count("\n", at, opened.start())
        at = opened.start()
        given = _ID.search(opened[1])
        if given is not None:
            found.setdefault(given[1] or given[2] or "", line)
    return found
