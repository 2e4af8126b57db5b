"""Pylint's JSON: the plain list of messages (`json`), and `json2`, which counts the modules as well."""

from __future__ import annotations

import re
from collections import Counter
from typing import Annotated

import msgspec

from auditor.formats.scanners.lint_report import LintMessage, LintReport
from auditor.formats.text import json_text
from auditor.formats.text.errors import Malformed

_NAME = "The pylint report"
# The members of an object as far as the wanted key; braces inside strings do not end it.
_MEMBERS = rb'(?:[^{}"]++|"(?:[^"\\]++|\\.)*+")*?'
_LIST = re.compile(
    rb"\A\s*\[\s*\{(?="
    + _MEMBERS + rb'"message-id"\s*:)(?=' + _MEMBERS + rb'"symbol"\s*:)(?=' + _MEMBERS + rb'"module"\s*:)',
    re.DOTALL,
)  # fmt: skip
_JSON2 = re.compile(
    rb'\A\s*\{\s*"messages"\s*:\s*\[\s*(?:\{' + _MEMBERS + rb'"messageId"\s*:|\]\s*,\s*"stat)',
    re.DOTALL,
)
_OBJECT = re.compile(rb"\A\s*\{")
_KINDS = ("fatal", "error", "warning", "refactor", "convention", "info")
# Messages about messages: the comment that disables one, and the message that it silenced.
_SILENCED = "suppressed-message"
_UNPARSED = frozenset({"syntax-error", "astroid-error", "parse-error", "fatal"})
# Pylint counts the command line and itself as modules that it linted.
_PSEUDO = 2
_LAST_LINE = 2**31 - 1
_TEXT = 500

_Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class _Message(msgspec.Struct):
    type: str
    path: str
    symbol: str
    message: str
    line: int | None = None
    endLine: int | None = None


class _Statistics(msgspec.Struct):
    messageTypeCount: dict[str, _Count]
    modulesLinted: _Count


class _Json2(msgspec.Struct):
    messages: list[_Message]
    statistics: _Statistics


def sniff(head: bytes) -> bool:
    """Whether the first bytes look like pylint's JSON; `[]`, a clean run in `json`, tells nothing."""
    text = json_text.opening(head)
    return bool(_LIST.match(text) or _JSON2.match(text))


def parse(data: bytes) -> LintReport:
    """The report. Raises Malformed and TooLarge.

    Errors are messages of the types fatal and error; warnings those of the type warning, and not
    refactor or convention. What comments silence is told only by a run with `--enable=I`.
    """
    statistics = None
    if _OBJECT.match(json_text.opening(data[:65_536])):
        whole = json_text.decode(data, _Json2, name=_NAME)
        found, statistics = whole.messages, whole.statistics
    else:
        found = json_text.decode(data, list[_Message], name=_NAME)
    messages = tuple(_message(one) for one in found)
    kinds = Counter(message.kind for message in messages)
    stated = Counter(statistics.messageTypeCount) if statistics else Counter[str]()
    unparsed = {m.path for m in messages if m.kind == "fatal" or m.rule in _UNPARSED}
    silenced = sum(message.rule == _SILENCED for message in messages)
    modules = max(0, statistics.modulesLinted - _PSEUDO - len(unparsed)) if statistics else None
    return LintReport(
        tool="pylint",
        messages=messages,
        errors=sum(max(kinds[kind], stated[kind]) for kind in ("fatal", "error")),
        warnings=max(kinds["warning"], stated["warning"]),
        suppressed=silenced or None,
        files_checked=modules,
        unparsed=tuple(sorted(unparsed)),
        disagreement=_disagreement(kinds, stated) if statistics else (),
        windows=any("\\" in one.path for one in found),
    )


def _message(one: _Message) -> LintMessage:
    if one.type not in _KINDS:
        raise Malformed(f"{_NAME} has the type {one.type[:40]!r}, which pylint does not know.")
    path = one.path.replace("\\", "/").removeprefix("./")
    text, line, end = one.message[:_TEXT], _line(one.line), _line(one.endLine)
    return LintMessage(one.symbol, one.type, text, path, line, end)


def _line(written: int | None) -> int | None:
    return written if written is not None and 1 <= written <= _LAST_LINE else None


def _disagreement(kinds: Counter[str], stated: Counter[str]) -> tuple[str, ...]:
    """A sentence for each type that the statistics count otherwise than the list does."""
    return tuple(
        f"The statistics count {stated[kind]:,} messages of type {kind}, and {kinds[kind]:,} are listed."
        for kind in _KINDS
        if stated[kind] != kinds[kind]
    )
