"""Hadolint's JSON: findings in Dockerfiles; several runs may have been written to one file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

import msgspec

from auditor.formats.text import json_text
from auditor.formats.text.errors import FormatError, Malformed, TooLarge

_NAME = "The hadolint report"
_LIMIT = 64_000_000
_MOST_DOCUMENTS = 10_000
_LAST_LINE = 2**31 - 1
_HEAD = re.compile(
    rb'\A\s*(?:\[\s*\]\s*){0,50}\[\s*\{[^{}]{0,4000}"code"\s*:\s*"(?:DL|SC)\d{4}"', re.DOTALL
)
_KEYS = (b'"column"', b'"file"', b'"level"', b'"line"', b'"message"')
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[\[\]{}]', re.DOTALL)


class Rank(IntEnum):
    """Hadolint's levels, in order."""

    IGNORE = 0
    STYLE = 1
    INFO = 2
    WARNING = 3
    ERROR = 4


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding; `code` is of hadolint (DL) or of ShellCheck (SC), `line` counts from 1."""

    code: str
    path: str
    line: int | None
    rank: Rank
    message: str


@dataclass(frozen=True, slots=True)
class HadolintReport:
    """All findings of a file, and of how many documents; it holds no time and no commit.

    A Dockerfile without findings is not named, so an empty report does not tell what was read.
    """

    findings: tuple[Finding, ...]
    documents: int

    def count(self, rank: Rank) -> int:
        """Findings of exactly this level."""
        return sum(finding.rank is rank for finding in self.findings)

    @property
    def paths(self) -> tuple[str, ...]:
        """The Dockerfiles that have findings, in order."""
        return tuple(dict.fromkeys(finding.path for finding in self.findings))


class _Finding(msgspec.Struct):
    code: str
    file: str
    level: str
    message: str
    line: int


def sniff(head: bytes) -> bool:
    """Whether the first bytes look like hadolint's JSON; `[]` alone tells nothing."""
    text = json_text.opening(head)
    return bool(_HEAD.search(text)) and all(key in text for key in _KEYS)


def parse(data: bytes) -> HadolintReport:
    """The findings of all documents in a file. Raises Malformed and TooLarge."""
    if len(data) > _LIMIT:
        raise TooLarge(f"{_NAME} is larger than the limit of {_LIMIT:,} bytes.")
    text = json_text.opening(data)
    findings: list[Finding] = []
    count = 0
    for count, (start, document) in enumerate(_documents(text), start=1):
        if count > _MOST_DOCUMENTS:
            raise TooLarge(f"{_NAME} holds more than {_MOST_DOCUMENTS:,} documents.")
        try:
            found = json_text.decode(document, list[_Finding], name=_NAME)
        except FormatError as error:
            line = None if error.line is None else error.line + text.count(b"\n", 0, start)
            raise type(error)(error.message, line=line, column=error.column) from None
        findings += [_finding(one) for one in found]
    return HadolintReport(tuple(findings), count)


def _documents(text: bytes) -> Iterator[tuple[int, bytes]]:
    """Where each JSON document starts, and its text; what follows the last one belongs to it."""
    start = depth = 0
    yielded = False
    for token in _TOKEN.finditer(text):
        sign = token[0]
        if sign in (b"[", b"{"):
            depth += 1
        elif sign in (b"]", b"}"):
            depth -= 1
            if depth <= 0:
                yield start, text[start : token.end()]
                start, depth, yielded = token.end(), 0, True
    if text[start:].strip() or not yielded:
        yield start, text[start:]


def _finding(raw: _Finding) -> Finding:
    if raw.level.upper() not in Rank.__members__:
        raise Malformed(f"{_NAME} has the level {raw.level[:40]!r}, which hadolint does not know.")
    return Finding(
        code=raw.code,
        path=raw.file.replace("\\", "/").removeprefix("./"),
        line=raw.line if 1 <= raw.line <= _LAST_LINE else None,
        rank=Rank[raw.level.upper()],
        message=raw.message[:500],
    )
