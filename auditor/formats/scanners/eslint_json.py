"""ESLint's JSON (`--format json`, `json-with-metadata`): every file that it looked at, with its messages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated

import msgspec

from auditor.formats.scanners.lint_report import LintMessage, LintReport
from auditor.formats.text import json_text
from auditor.formats.text.errors import Malformed

_NAME = "The ESLint report"
_HEAD = re.compile(rb'\A\s*(?:\{\s*"results"\s*:\s*)?\[\s*\{\s*"filePath"\s*:\s*"')
_MESSAGES = re.compile(rb'"filePath"\s*:\s*"(?:[^"\\]++|\\.){0,4096}"\s*,\s*"messages"\s*:\s*\[')
_METADATA = re.compile(rb'\A\s*\{\s*"results"\s*:\s*\[')
_KINDS = {1: "warning", 2: "error"}
_LAST_LINE = 2**31 - 1
_TEXT = 500

_Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class _Message(msgspec.Struct):
    ruleId: str | None
    severity: int
    message: str
    line: int | float | None = None
    endLine: int | float | None = None
    fatal: bool | None = None


class _File(msgspec.Struct):
    filePath: str
    messages: list[_Message]
    errorCount: _Count
    warningCount: _Count
    fatalErrorCount: _Count | None = None
    suppressedMessages: list[_Message] | None = None


class _WithMetadata(msgspec.Struct):
    results: list[_File]


def sniff(head: bytes) -> bool:
    """Whether the first bytes look like ESLint's JSON; `[]` alone tells nothing."""
    text = json_text.opening(head)
    return bool(_HEAD.match(text) and _MESSAGES.search(text))


def parse(data: bytes) -> LintReport:
    """The report. Raises Malformed and TooLarge.

    Files that ESLint was told to ignore, or could not parse, do not count as checked. A run with
    `--quiet` lists nothing but files with an error: which files were checked, and what it would have
    warned of, is then not told.
    """
    if _METADATA.match(json_text.opening(data[:65_536])):
        files = json_text.decode(data, _WithMetadata, name=_NAME).results
    else:
        files = json_text.decode(data, list[_File], name=_NAME)
    messages = tuple(_message(file, one) for file in files for one in file.messages)
    read = [file for file in files if not _ignored(file)]
    unparsed = tuple(_path(file) for file in read if _fatal(file))
    checked = tuple(_path(file) for file in read if not _fatal(file))
    quiet = bool(read) and all(file.errorCount and not file.warningCount for file in read)
    suppressed = [file.suppressedMessages for file in read]
    return LintReport(
        tool="eslint",
        messages=tuple(m for m in messages if m.kind != "ignored"),
        errors=sum(max(file.errorCount, _severe(file, 2)) for file in read),
        warnings=None if quiet else sum(max(file.warningCount, _severe(file, 1)) for file in read),
        suppressed=None if None in suppressed else sum(len(one or ()) for one in suppressed),
        files=None if quiet else checked,
        files_checked=None if quiet else len(set(checked)),
        unparsed=unparsed,
        disagreement=tuple(_disagreements(files)),
        windows=any("\\" in file.filePath for file in files),
    )


def _message(file: _File, one: _Message) -> LintMessage:
    if one.severity not in _KINDS:
        raise Malformed(f"{_NAME} has the severity {one.severity}, which ESLint does not know.")
    line, end = _line(one.line), _line(one.endLine)
    kind = "ignored" if _ignored(file) else "fatal" if one.fatal else _KINDS[one.severity]
    return LintMessage(one.ruleId or "", kind, one.message[:_TEXT], _path(file), line, end)


def _line(written: int | float | None) -> int | None:
    return int(written) if written is not None and 1 <= written <= _LAST_LINE else None


def _ignored(file: _File) -> bool:
    """Whether ESLint looked away: the one message of such a file says so."""
    return any(m.ruleId is None and m.message.startswith("File ignored") for m in file.messages)


def _fatal(file: _File) -> bool:
    return bool(file.fatalErrorCount) or any(message.fatal for message in file.messages)


def _severe(file: _File, severity: int) -> int:
    return sum(message.severity == severity for message in file.messages)


def _path(file: _File) -> str:
    return file.filePath.replace("\\", "/").removeprefix("./")


def _disagreements(files: list[_File]) -> Iterator[str]:
    """ESLint counts what it lists, so a file where the two differ was not written by it alone."""
    for file in files:
        counted = (
            ("errors", file.errorCount, _severe(file, 2)),
            ("warnings", file.warningCount, _severe(file, 1)),
        )
        for what, stated, listed in counted:
            if stated != listed:
                yield f"It states {stated:,} {what} in {_path(file)} and lists {listed:,}."
                return
