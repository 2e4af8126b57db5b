"""Mypy's output: text, and JSON lines (`--output json`)."""

from __future__ import annotations

import re

import msgspec

from auditor.formats.scanners.type_report import Diagnostic, TypeReport, whole
from auditor.formats.text import json_text
from auditor.formats.text.errors import Malformed
from auditor.formats.text.text_file import decode

_NAME = "The mypy report"
_LIMIT = 64_000_000
_LINE = re.compile(
    r"(?P<path>(?:[A-Za-z]:)?[^:\n]+)(?::(?P<line>\d+)(?::\d+)?(?::\d+:\d+)?)?: "
    r"(?P<severity>error|note|warning): (?P<text>.*)"
)
_CODE = re.compile(r"  \[(?P<code>[a-z0-9-]+)\]$")
_FOUND = re.compile(
    r"Found (?P<errors>\d+) errors? in \d+ files? "
    r"\((?:checked (?P<checked>\d+) source files?|errors prevented further checking)\)"
)
_SUCCESS = re.compile(
    r"Success: (?:no issues found|\d+ source files? have no issues)(?: in (?P<checked>\d+) source files?)?"
)
_USAGE = re.compile(r"^usage: mypy |^mypy: error: |^mypy: can't ", re.MULTILINE)
_SNIFF_TEXT = re.compile(
    rb"^[^\s:{\[<][^:\n]*\.pyi?(?::\d+)+: (?:error|note|warning): "
    rb"|^(?:Success: no issues found|Found \d+ errors? in \d+ files?)",
    re.MULTILINE,
)
_SNIFF_JSON = re.compile(rb'\A\s*\{"file": "[^"]*", "line": -?\d+, "column": -?\d+, "message": ')


class _Message(msgspec.Struct):
    file: str
    line: int
    message: str
    severity: str
    code: str | None = None


def sniff(head: bytes) -> bool:
    """Whether the first bytes look like mypy's messages, in text or JSON lines."""
    head = json_text.opening(head)
    if head.lstrip()[:1] in (b"<", b"[") or b"\0" in head:
        return False
    return bool(_SNIFF_JSON.match(head) or _SNIFF_TEXT.search(head))


def parse(data: bytes) -> TypeReport:
    """The report. Raises Malformed (also where mypy refused its arguments and checked nothing), TooLarge."""
    text = decode(data, name=_NAME, limit=_LIMIT).text
    usage = _USAGE.search(text)
    if usage:
        line = text.count("\n", 0, usage.start()) + 1
        raise Malformed(f"{_NAME} holds an error of usage: mypy checked nothing.", line=line)
    if not text.strip():
        raise Malformed(f"{_NAME} is empty.")
    return _json_lines(text) if text.lstrip().startswith("{") else _text(text)


def _json_lines(text: str) -> TypeReport:
    found: list[Diagnostic] = []
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            one = json_text.decode(line.encode(), _Message, name=_NAME)
        except Malformed as error:
            raise Malformed(error.message, line=number) from None
        where = one.line if one.line > 0 else None
        found.append(Diagnostic(one.file, where, one.severity, one.message, one.code))
    return TypeReport("mypy", tuple(found), None, complete=False, dialect="JSON lines")


def _text(text: str) -> TypeReport:
    found: list[Diagnostic] = []
    checked: int | None = None
    declared: int | None = None
    complete = False
    for line in text.replace("\r\n", "\n").split("\n"):
        message = _LINE.fullmatch(line)
        if message:
            found.append(_diagnostic(message))
            continue
        success, failed = _SUCCESS.match(line), _FOUND.match(line)
        if success or failed:
            said = success or failed
            complete = True
            checked = whole(said["checked"], _NAME) if said and said["checked"] else None
            declared = whole(failed["errors"], _NAME) if failed else 0
    if not found and not complete:
        raise Malformed(f"{_NAME} holds neither a message nor a summary of mypy.", line=1)
    return TypeReport("mypy", tuple(found), checked, complete, declared_errors=declared)


def _diagnostic(message: re.Match[str]) -> Diagnostic:
    code = _CODE.search(message["text"])
    text = message["text"][: code.start()] if code else message["text"]
    line = whole(message["line"], _NAME) if message["line"] else None
    return Diagnostic(
        message["path"], line, message["severity"], text, code["code"] if code else None
    )
