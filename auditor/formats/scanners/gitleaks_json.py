"""Gitleaks' JSON report, of version 7 and of version 8; the secrets in it are never kept."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import msgspec

from auditor.formats.text import iso_time, json_text
from auditor.formats.text.errors import Malformed

_NAME = "The gitleaks report"
_REDACTED = "REDACTED"
_V8 = re.compile(rb'\A\s*\[\s*\{(?=.*"RuleID"\s*:)(?=.*"(?:File|StartLine)"\s*:)', re.DOTALL)
_V7 = re.compile(rb'\A\s*\[\s*\{(?=.*"offender"\s*:)(?=.*"rule"\s*:)', re.DOTALL)
_Line = Annotated[int, msgspec.Meta(ge=0, le=2**31)]


@dataclass(frozen=True, slots=True)
class Leak:
    """One finding. `commit` is empty for a scan of plain files, `line` counts from 1.

    `committed_at` is when the commit was made, never when the scan was.
    """

    rule: str
    path: str
    line: int | None
    commit: str
    committed_at: datetime | None
    redacted: bool


@dataclass(frozen=True, slots=True)
class GitleaksReport:
    """A whole report; it holds no time, no range of commits and no list of what was scanned.

    `version` is 7 or 8, the oldest that writes such keys; None where there is no finding.
    """

    leaks: tuple[Leak, ...]
    version: int | None
    literal_null: bool

    @property
    def by_rule(self) -> Counter[str]:
        """Findings by rule."""
        return Counter(leak.rule for leak in self.leaks)


class _Leak(msgspec.Struct):
    RuleID: str | None = None
    File: str | None = None
    StartLine: _Line | None = None
    Secret: str | None = None
    Commit: str | None = None
    Date: str | None = None
    rule: str | None = None
    file: str | None = None
    lineNumber: _Line | None = None
    offender: str | None = None
    commit: str | None = None
    date: str | None = None


def sniff(head: bytes) -> bool:
    """Whether the first bytes look like gitleaks' findings; `null` and `[]` alone tell nothing."""
    text = json_text.opening(head)
    return bool(_V8.match(text) or _V7.match(text))


def parse(data: bytes) -> GitleaksReport:
    """The report; `null` is one without findings. Raises Malformed and TooLarge."""
    literal_null = json_text.opening(data[:64]).strip() == b"null"
    written = [] if literal_null else json_text.decode(data, list[_Leak], name=_NAME)
    leaks = tuple(_leak(one) for one in written)
    versions = {8 if one.RuleID is not None else 7 for one in written}
    if len(versions) > 1:
        raise Malformed(f"{_NAME} mixes the keys of version 7 with those of version 8.")
    return GitleaksReport(leaks, versions.pop() if versions else None, literal_null)


def _leak(one: _Leak) -> Leak:
    if one.RuleID is not None and one.File is not None:
        rule, path, line, secret = one.RuleID, one.File, one.StartLine, one.Secret
        commit, date = one.Commit, one.Date
    elif one.rule is not None and one.file is not None:
        rule, path, line, secret = one.rule, one.file, one.lineNumber, one.offender
        commit, date = one.commit, one.date
    else:
        raise Malformed(f"{_NAME} has a finding without rule and file, which gitleaks writes.")
    return Leak(
        rule=rule,
        path=path,
        line=line or None,
        commit=commit or "",
        committed_at=iso_time.read(date or ""),
        redacted=secret == _REDACTED,
    )
