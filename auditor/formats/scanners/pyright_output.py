"""Pyright's (and basedpyright's) output: JSON (`--outputjson`) and text."""

from __future__ import annotations

import re

import msgspec

from auditor.formats.scanners.type_report import Diagnostic, TypeReport, whole
from auditor.formats.text import iso_time, json_text
from auditor.formats.text.errors import Malformed
from auditor.formats.text.text_file import decode

_NAME = "The pyright report"
_LIMIT = 64_000_000
_JSON = re.compile(
    rb'\A\s*\{\s*"version"\s*:\s*"[^"]*",\s*"time"\s*:\s*"\d+",\s*"generalDiagnostics"\s*:'
)
_LINE = re.compile(
    r"\s+(?P<path>\S.*?):(?P<line>\d+):\d+ - (?P<severity>error|warning|information): (?P<text>.*)"
)
_CODE = re.compile(r" \((?P<code>report[A-Za-z]+)\)$")
_SUMMARY = re.compile(
    r"(?P<errors>\d+) errors?, (?P<warnings>\d+) warnings?(?:, (?P<notes>\d+) (?:informations?|notes?))? ?"
)
_FILES = re.compile(r"(?:Found|Searching for) (\d+) source files?")
_SEVERITIES = {"error": "error", "warning": "warning", "information": "note"}


class _Position(msgspec.Struct):
    line: int


class _Range(msgspec.Struct):
    start: _Position


class _Diagnostic(msgspec.Struct):
    severity: str
    message: str
    file: str = ""
    range: _Range | None = None
    rule: str | None = None


class _Summary(msgspec.Struct, rename="camel"):
    files_analyzed: int
    error_count: int


class _Report(msgspec.Struct, rename="camel"):
    general_diagnostics: list[_Diagnostic]
    summary: _Summary
    time: str | None = None


def sniff(head: bytes) -> bool:
    """Whether the first bytes open pyright's JSON, or hold its messages or its summary as text."""
    head = json_text.opening(head)
    if _JSON.match(head):
        return True
    text = head.decode("utf-8", "replace")
    return any(_SUMMARY.fullmatch(line) or _LINE.fullmatch(line) for line in text.splitlines())


def parse(data: bytes) -> TypeReport:
    """The report. Raises Malformed and TooLarge."""
    return _json(data) if json_text.opening(data[:64]).lstrip().startswith(b"{") else _text(data)


def _json(data: bytes) -> TypeReport:
    report = json_text.decode(data, _Report, name=_NAME)
    found = tuple(
        Diagnostic(
            d.file,
            d.range.start.line + 1 if d.range else None,  # positions count from 0
            _SEVERITIES.get(d.severity, d.severity),
            d.message,
            d.rule,
        )
        for d in report.general_diagnostics
    )
    summary = report.summary
    if summary.files_analyzed < 0 or summary.error_count < 0:
        raise Malformed(f"{_NAME} has a negative count in its summary.")
    time = report.time or ""
    made_at = (
        iso_time.from_seconds(int(time) / 1000) if time.isdecimal() and len(time) < 18 else None
    )
    return TypeReport(
        "pyright", found, summary.files_analyzed, complete=True, made_at=made_at,
        declared_errors=summary.error_count, dialect="JSON",
    )  # fmt: skip


def _text(data: bytes) -> TypeReport:
    text = decode(data, name=_NAME, limit=_LIMIT).text
    found: list[Diagnostic] = []
    declared: int | None = None
    for line in text.splitlines():
        message, summary = _LINE.fullmatch(line), _SUMMARY.fullmatch(line)
        if message:
            code = _CODE.search(message["text"])
            words = message["text"][: code.start()] if code else message["text"]
            found.append(
                Diagnostic(message["path"], whole(message["line"], _NAME), _SEVERITIES[message["severity"]],
                           words, code["code"] if code else None)
            )  # fmt: skip
        elif summary:
            declared = whole(summary["errors"], _NAME)
    if not found and declared is None:
        raise Malformed(f"{_NAME} holds neither a message nor a summary of pyright.", line=1)
    files = _FILES.search(text)
    return TypeReport(
        "pyright", tuple(found), whole(files[1], _NAME) if files else None, declared is not None,
        declared_errors=declared,
    )  # fmt: skip
