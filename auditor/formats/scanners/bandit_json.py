"""Bandit's JSON report: findings beside the unfiltered totals, which expose a filter."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from typing import Annotated

import msgspec

from auditor.formats.text import iso_time, json_text
from auditor.formats.text.errors import Malformed

_NAME = "The Bandit report"
_TOTALS = "_totals"
_KEYS = re.compile(rb'"(?:SEVERITY|CONFIDENCE)\.(?:HIGH|LOW|MEDIUM|UNDEFINED)"|"issue_severity"')
# More errors than fit into the first bytes; templates of cookiecutter have braces in their names.
_ERRORS = re.compile(
    rb'\A\s*+\{\s*+"errors"\s*+:\s*+\[\s*+\{\s*+"filename"\s*+:\s*+"(?:[^"\\]++|\\.)*+"\s*+,'
    rb'\s*+"reason"\s*+:', re.DOTALL,
)  # fmt: skip


class Rank(IntEnum):
    """Bandit's levels of severity and of confidence, in order."""

    UNDEFINED = 1
    LOW = 2
    MEDIUM = 3
    HIGH = 4


@dataclass(frozen=True, slots=True)
class Finding:
    """One result; `line` counts from 1. Bandit names the CWE since 1.7.3."""

    test_id: str
    path: str
    line: int
    severity: Rank
    confidence: Rank
    text: str
    cwe: int | None = None


@dataclass(frozen=True, slots=True)
class FileMetrics:
    """What Bandit counted in one file: lines of code, and lines where a nosec silenced it.

    `nosec` are bare comments, `skipped_tests` those that name tests.
    """

    path: str
    loc: int
    nosec: int
    skipped_tests: int


@dataclass(frozen=True, slots=True)
class ScanError:
    """A file that Bandit could not scan."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class BanditReport:
    """A whole report; `totals` and `severity_totals` are Bandit's own, before any filter."""

    findings: tuple[Finding, ...]
    files: tuple[FileMetrics, ...]
    errors: tuple[ScanError, ...]
    totals: FileMetrics
    severity_totals: dict[Rank, int]
    generated_at: datetime | None

    def count(self, severity: Rank, confidence: Rank = Rank.UNDEFINED) -> int:
        """Findings of exactly this severity and at least this confidence."""
        return sum(
            finding.severity is severity and finding.confidence >= confidence
            for finding in self.findings
        )

    def hidden(self, severity: Rank) -> int:
        """Findings of this severity that the totals count and the results lack.

        More than 0 where `-lll`, `-iii` or a baseline filtered the results.
        """
        return self.severity_totals[severity] - self.count(severity)

    @property
    def files_scanned(self) -> int:
        """Files with metrics that no error speaks of."""
        failed = {error.path for error in self.errors}
        return sum(file.path not in failed for file in self.files)

    @property
    def suppressed(self) -> int:
        """Lines silenced with nosec, bare or naming tests."""
        return self.totals.nosec + self.totals.skipped_tests

    @property
    def disagreement(self) -> tuple[str, ...]:
        """A sentence for each total that the metrics of the files contradict."""
        sums = (
            ("lines of code", self.totals.loc, sum(file.loc for file in self.files)),
            ("nosec comments", self.totals.nosec, sum(file.nosec for file in self.files)),
        )
        return tuple(
            f"The totals state {stated:,} {what}, and the files add up to {counted:,}."
            for what, stated, counted in sums
            if stated != counted
        )


_Count = Annotated[float, msgspec.Meta(ge=0, le=1e15)]


class _Cwe(msgspec.Struct):
    id: int | None = None


class _Result(msgspec.Struct):
    filename: str
    issue_severity: str
    issue_confidence: str
    issue_text: str
    line_number: int
    test_id: str
    issue_cwe: _Cwe | None = None


class _Error(msgspec.Struct):
    filename: str
    reason: str


class _Report(msgspec.Struct):
    results: list[_Result]
    metrics: dict[str, dict[str, _Count]]
    errors: list[_Error]
    generated_at: str


def sniff(head: bytes) -> bool:
    """Whether the first bytes look like Bandit's JSON, whose first key is `errors`."""
    text = json_text.opening(head).lstrip()
    return text.startswith(b"{") and bool(_KEYS.search(text) or _ERRORS.search(text))


def parse(data: bytes) -> BanditReport:
    """The report. Raises Malformed and TooLarge."""
    report = json_text.decode(data, _Report, name=_NAME)
    totals = report.metrics.get(_TOTALS)
    if totals is None:
        raise Malformed(f"{_NAME} lacks `metrics._totals`, which Bandit always writes.")
    return BanditReport(
        findings=tuple(_finding(result) for result in report.results),
        files=tuple(
            _metrics(path, metrics) for path, metrics in report.metrics.items() if path != _TOTALS
        ),
        errors=tuple(ScanError(error.filename, error.reason) for error in report.errors),
        totals=_metrics(_TOTALS, totals),
        severity_totals={
            rank: _count(totals, f"SEVERITY.{rank.name}", default=None) for rank in Rank
        },
        generated_at=_timestamp(report.generated_at),
    )


def _finding(result: _Result) -> Finding:
    return Finding(
        test_id=result.test_id,
        path=result.filename,
        line=result.line_number,
        severity=_rank(result.issue_severity),
        confidence=_rank(result.issue_confidence),
        text=result.issue_text,
        cwe=result.issue_cwe.id if result.issue_cwe else None,
    )


def _rank(name: str) -> Rank:
    if name not in Rank.__members__:
        raise Malformed(f"{_NAME} has the level {name[:40]!r}, which Bandit does not know.")
    return Rank[name]


def _metrics(path: str, metrics: dict[str, float]) -> FileMetrics:
    return FileMetrics(
        path,
        loc=_count(metrics, "loc", default=None),
        nosec=_count(metrics, "nosec", default=None),
        # Bandit counts these since 1.7.1.
        skipped_tests=_count(metrics, "skipped_tests", default=0),
    )


def _count(metrics: dict[str, float], key: str, *, default: int | None) -> int:
    value = metrics.get(key, default)
    if value is None:
        raise Malformed(f"{_NAME} has metrics without `{key}`.")
    if value != int(value):
        raise Malformed(f"{_NAME} has {key}={value}, which is no count.")
    return int(value)


def _timestamp(text: str) -> datetime | None:
    """Bandit writes UTC, with a Z."""
    time = iso_time.read(text)
    return time.replace(tzinfo=UTC) if time is not None else None
