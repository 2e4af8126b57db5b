"""TruffleHog's JSON lines (version 3): detector, place and whether the secret still works."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec

from auditor.formats.text import json_lines, json_text
from auditor.formats.text.errors import Malformed

_NAME = "The TruffleHog report"
_FIRST = re.compile(rb'\A\s*\[?\s*\{(?=.*"SourceMetadata"\s*:|.*"DetectorName"\s*:)', re.DOTALL)
_Line = Annotated[int, msgspec.Meta(ge=0, le=2**31)]


@dataclass(frozen=True, slots=True)
class Leak:
    """One finding. `commit` is empty for a scan of plain files, `line` counts from 1."""

    rule: str
    path: str
    line: int | None
    commit: str
    verified: bool


@dataclass(frozen=True, slots=True)
class TrufflehogReport:
    """A whole report; it holds no time and no list of what was scanned."""

    leaks: tuple[Leak, ...]


class _Place(msgspec.Struct):
    file: str | None = None
    line: _Line | None = None
    commit: str | None = None


class _Metadata(msgspec.Struct):
    Data: dict[str, _Place] | None = None


class _Record(msgspec.Struct):
    DetectorName: str | None = None
    Verified: bool = False
    SourceMetadata: _Metadata | None = None
    level: Any = None
    """Log lines stand among the findings where standard error was not kept apart."""


def sniff(head: bytes) -> bool:
    """Whether the first bytes look like TruffleHog's findings."""
    return bool(_FIRST.match(json_text.opening(head).split(b"\n")[0]))


def parse(data: bytes) -> TrufflehogReport:
    """The report. Raises Malformed and TooLarge."""
    leaks: list[Leak] = []
    for one in json_lines.records(data, _Record, name=_NAME):
        if one.DetectorName is None:
            if one.level is not None:
                continue
            raise Malformed(f"{_NAME} has a record without `DetectorName`.")
        places = list(((one.SourceMetadata or _Metadata()).Data or {}).values())
        place = places[0] if places else _Place()
        leaks.append(
            Leak(
                one.DetectorName,
                place.file or "",
                place.line or None,
                place.commit or "",
                one.Verified,
            )
        )
    return TrufflehogReport(tuple(leaks))
