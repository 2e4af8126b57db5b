"""golangci-lint's JSON: its issues, and which linters were on."""

from __future__ import annotations

import re

import msgspec

from auditor.formats.scanners.lint_report import LintMessage, LintReport
from auditor.formats.text import json_text

_NAME = "The golangci-lint report"
_HEAD = re.compile(
    rb'\A\s*\{\s*"Issues"\s*:\s*(?:null|\[\s*(?:\]|\{\s*"FromLinter"\s*:))|'
    rb'\A\s*\{\s*"Report"\s*:\s*\{\s*"(?:Warnings|Linters|Error)"'
)
# The pseudo-linter that tells of source which does not compile; no other saw that package.
_COMPILER = "typecheck"
_MILD = frozenset({"warning", "info", "note", "low", "medium", "minor"})
_LAST_LINE = 2**31 - 1
_TEXT = 500


class _Position(msgspec.Struct, rename="pascal"):
    filename: str = ""
    line: int | None = None


class _Issue(msgspec.Struct, rename="pascal"):
    from_linter: str
    text: str
    pos: _Position
    severity: str = ""


class _Linter(msgspec.Struct, rename="pascal"):
    name: str
    enabled: bool = False


class _Summary(msgspec.Struct, rename="pascal"):
    linters: list[_Linter]
    error: str = ""


class _Report(msgspec.Struct, rename="pascal"):
    issues: list[_Issue] | None
    report: _Summary


def sniff(head: bytes) -> bool:
    """Whether the first bytes look like golangci-lint's JSON."""
    return bool(_HEAD.match(json_text.opening(head)))


def parse(data: bytes) -> LintReport:
    """The report. Raises Malformed and TooLarge.

    An issue is an error unless its severity says something milder. Neither the files that were checked
    nor those that a `nolint` comment silences are told.
    """
    found = json_text.decode(data, _Report, name=_NAME)
    messages = tuple(_message(one) for one in found.issues or ())
    warnings = sum(message.kind == "warning" for message in messages)
    return LintReport(
        tool="golangci-lint",
        messages=messages,
        errors=len(messages) - warnings,
        warnings=warnings,
        unparsed=tuple(sorted({m.path for m in messages if m.kind == "fatal"})),
        disabled=not any(linter.enabled for linter in found.report.linters),
        failure=found.report.error[:_TEXT] or None,
    )


def _message(one: _Issue) -> LintMessage:
    kind = "warning" if one.severity.lower() in _MILD else "error"
    line = one.pos.line
    return LintMessage(
        rule=one.from_linter,
        kind="fatal" if one.from_linter == _COMPILER else kind,
        text=one.text[:_TEXT],
        path=one.pos.filename.replace("\\", "/").removeprefix("./"),
        line=line if line is not None and 1 <= line <= _LAST_LINE else None,
    )
