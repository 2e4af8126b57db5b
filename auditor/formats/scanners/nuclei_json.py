"""Nuclei's findings as JSON lines or as an array; it never tells what it looked at in vain."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec

from auditor.formats.text import iso_time, json_lines, json_text
from auditor.formats.text.errors import Malformed

_NAME = "The nuclei report"
_RECORD = re.compile(
    rb'\A\s*\[?\s*\{(?=.*"template(?:-id|ID)"\s*:)(?=.*"(?:host|matched|matched-at|info)"\s*:)',
    re.DOTALL,
)


class Severity(StrEnum):
    """Nuclei's severities."""

    UNKNOWN = "unknown"
    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Match:
    """One finding: a template that matched. `fuzzed` where a parameter was attacked.

    `old` where it names its template in the way of old versions of nuclei, as `templateID`.
    """

    template: str
    name: str
    severity: Severity
    host: str
    matched_at: str
    found_at: datetime | None
    fuzzed: bool
    old: bool = False


@dataclass(frozen=True, slots=True)
class NucleiReport:
    """All findings; an empty one is no evidence that anything was scanned.

    `closed` where they stand in an array, which ends with a bracket once the run has come to its end;
    JSON lines may have been cut off after any of them, and nobody would see it.
    """

    matches: tuple[Match, ...]
    closed: bool = False

    @property
    def by_severity(self) -> Counter[Severity]:
        """Findings by severity."""
        return Counter(match.severity for match in self.matches)

    @property
    def templates(self) -> frozenset[str]:
        """The templates that matched."""
        return frozenset(match.template for match in self.matches)

    @property
    def last_found_at(self) -> datetime | None:
        """The time of the last finding, the only time that nuclei writes; None where one lacks it."""
        times = [m.found_at for m in self.matches if m.found_at and m.found_at.tzinfo]
        return max(times) if times and len(times) == len(self.matches) else None


class _Info(msgspec.Struct):
    severity: str
    name: str = ""


class _Record(msgspec.Struct, rename={"template_id": "template-id", "matched_at": "matched-at"}):
    info: _Info
    template_id: str | None = None
    templateID: str | None = None
    host: str | None = None
    matched_at: str | None = None
    matched: str | None = None
    timestamp: str | None = None
    is_fuzzing_result: bool = False


def sniff(head: bytes) -> bool:
    """Whether the first bytes look like a finding of nuclei; an empty file tells nothing."""
    return bool(_RECORD.match(json_text.opening(head)))


def parse(data: bytes) -> NucleiReport:
    """The report; an empty file is one without findings. Raises Malformed and TooLarge."""
    matches = tuple(_match(one) for one in json_lines.records(data, _Record, name=_NAME))
    return NucleiReport(matches, closed=json_text.opening(data).lstrip()[:1] == b"[")


def _match(one: _Record) -> Match:
    template = one.template_id or one.templateID
    if not template:
        raise Malformed(f"{_NAME} has a finding without `template-id`.")
    severity = one.info.severity.lower()
    if severity not in set(Severity):
        raise Malformed(f"{_NAME} has the severity {severity[:40]!r}, which nuclei does not know.")
    return Match(
        template=template,
        name=one.info.name,
        severity=Severity(severity),
        host=one.host or "",
        matched_at=one.matched_at or one.matched or "",
        found_at=iso_time.read(one.timestamp or ""),
        fuzzed=one.is_fuzzing_result,
        old=not one.template_id,
    )
