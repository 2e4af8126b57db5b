"""Answers of the HTTP API of Loki: labels, log lines, and what its configuration says of retention."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from auditor.formats.monitoring import log_retention
from auditor.formats.monitoring.log_retention import Retention
from auditor.formats.text.errors import FormatError, Malformed
from auditor.formats.text.json_text import decode
from auditor.formats.text.typed_json import decoder

_NAME = "The answer of Loki"
_TIMES = ("time", "timestamp", "ts", "@timestamp", "t", "asctime", "datetime", "date")
_LEVELS = (
    "level",
    "severity",
    "lvl",
    "loglevel",
    "log_level",
    "levelname",
    "severity_text",
    "log.level",
)
_EVENTS = ("message", "msg", "event", "body", "short_message", "log")
FIELDS = {"time": _TIMES, "level": _LEVELS, "message": _EVENTS}
"""What a structured line should carry, by the names that libraries give it."""


@dataclass(frozen=True, slots=True)
class Line:
    """A log line; `at` is in seconds since 1970."""

    at: float
    text: str


class _Names(msgspec.Struct):
    status: str
    data: list[str] = []


class _Stream(msgspec.Struct):
    stream: dict[str, str]
    values: list[list[Any]] = []


class _Streams(msgspec.Struct, rename="camel"):
    result_type: str
    result: list[_Stream] = []


class _Answer(msgspec.Struct):
    status: str
    data: _Streams


def names(body: bytes) -> list[str]:
    """`/loki/api/v1/labels` and `/label/<name>/values`. Raises Malformed and TooLarge."""
    answer = decode(body, _Names, name=_NAME)
    if answer.status != "success":
        raise Malformed(f"{_NAME} says: {answer.status[:40]}.")
    return answer.data


def lines(body: bytes) -> list[Line]:
    """`/loki/api/v1/query_range` of a log query, newest first. Raises as `names` does."""
    answer = decode(body, _Answer, name=_NAME)
    if answer.status != "success" or answer.data.result_type != "streams":
        raise Malformed(f"{_NAME} holds no log lines.")
    found = []
    for stream in answer.data.result:
        for value in stream.values:
            if len(value) < 2 or not all(isinstance(part, str) for part in value[:2]):
                raise Malformed(f"{_NAME} holds a line without its time.")
            if not value[0].isdecimal() or len(value[0]) > 19:
                raise Malformed(f"{_NAME} holds a line with a time that is none.")
            found.append(Line(int(value[0]) / 1e9, value[1]))
    return sorted(found, key=lambda line: -line.at)


def structured_percent(found: Iterable[Line]) -> tuple[float, list[str]]:
    """The share of lines that are a JSON object, in %, and the FIELDS that less than 99 % of these have."""
    read = [_object(line.text) for line in found]
    objects = [one for one in read if one is not None]
    share = math.floor(1000 * len(objects) / len(read)) / 10 if read else 0.0
    lacking = [
        name
        for name, keys in FIELDS.items()
        if objects and sum(any(key in one for key in keys) for one in objects) < 0.99 * len(objects)
    ]
    return share, lacking


def _object(text: str) -> dict[str, Any] | None:
    try:
        value = decoder(Any).decode(text.encode("utf-8", "replace"))
    except (msgspec.DecodeError, RecursionError):
        return None
    return {key.lower(): one for key, one in value.items()} if isinstance(value, dict) else None


def retention(body: bytes) -> Retention:
    """What `/config` says of the retention of all streams. Raises Malformed and TooLarge."""
    try:
        found = log_retention.read_loki(body, name=_NAME)
    except FormatError as error:
        raise Malformed(f"{_NAME} is no configuration: {error.message}") from None
    if not found:
        raise Malformed(f"{_NAME} is no configuration of Loki.")
    return found[0]
