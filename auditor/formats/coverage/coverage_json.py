"""The JSON report of coverage.py, its totals recounted from the lines that it lists."""

from __future__ import annotations

import re
from typing import Annotated, TypeVar

import msgspec

from auditor.formats.coverage.coverage_report import CoverageReport, Declared, FileCoverage
from auditor.formats.text import iso_time, json_text
from auditor.formats.text.errors import Malformed, TooLarge
from auditor.formats.text.typed_json import decoder

_NAME = "The coverage.py report"
# 1 had no number; 2 added it; 3 added functions and classes, which are not read here.
_FORMATS = frozenset({1, 2, 3})
_META = re.compile(rb'"meta"\s*:\s*\{[^{}]*"branch_coverage"')
_FILE = re.compile(
    rb'"files"\s*:\s*\{\s*"(?:[^"\\]|\\.)*"\s*:\s*\{[^}]*"executed_lines"', re.DOTALL
)

_SHOWN = 10

_T = TypeVar("_T")
_Count = Annotated[int, msgspec.Meta(ge=0, le=10**12)]


class _Summary(msgspec.Struct):
    covered_lines: _Count
    num_statements: _Count
    percent_covered: float
    missing_lines: _Count
    excluded_lines: _Count = 0
    num_branches: _Count | None = None
    covered_branches: _Count | None = None


class _File(msgspec.Struct):
    """The lists stay raw until their file is counted: as numbers they take many times the room."""

    executed_lines: msgspec.Raw
    missing_lines: msgspec.Raw
    summary: _Summary
    excluded_lines: msgspec.Raw = msgspec.Raw(b"[]")
    missing_branches: msgspec.Raw = msgspec.Raw(b"null")


class _Meta(msgspec.Struct):
    version: str
    timestamp: str
    branch_coverage: bool
    format: int = 1


class _Report(msgspec.Struct):
    meta: _Meta
    files: dict[str, _File]
    totals: _Summary


def sniff(head: bytes) -> bool:
    """Whether the first bytes look like a JSON report of coverage.py, in any order of its keys."""
    text = json_text.opening(head).lstrip()
    return text.startswith(b"{") and bool(_META.search(text) or _FILE.search(text))


def parse(data: bytes) -> CoverageReport:
    """The report; branches are None unless `meta.branch_coverage` says that they were measured.

    `produced_at` is the local time of an unnamed zone, as coverage.py writes it.
    Raises Malformed and TooLarge.
    """
    report = json_text.decode(data, _Report, name=_NAME)
    if report.meta.format not in _FORMATS:
        raise Malformed(
            f"{_NAME} has format {report.meta.format}; the formats 1 to {max(_FORMATS)} are known."
        )
    branch = report.meta.branch_coverage
    produced_at = iso_time.read(report.meta.timestamp)
    counted = [_counted(path, file, branch) for path, file in report.files.items()]
    contradictions = [sentence for _, wrong in counted for sentence in wrong]
    return CoverageReport(
        files=tuple(file for file, _ in counted),
        declared=_declared(report.totals, branch),
        producer="coverage.py",
        producer_version=report.meta.version,
        produced_at=produced_at,
        produced_at_is_local=produced_at is not None and produced_at.tzinfo is None,
        inconsistencies=(
            *contradictions[:_SHOWN],
            *_wrong_percent(report.totals, branch),
        ),
        details={"format": report.meta.format, "percent_covered": report.totals.percent_covered},
    )


def _counted(path: str, file: _File, branch: bool) -> tuple[FileCoverage, list[str]]:
    """The counts of a file, the worse of summary and lists, and what contradicts what.

    Before 7.13 the executed lines include docstrings, so they are only an upper bound.
    """
    stated = file.summary
    missing = _lines(path, file.missing_lines)
    ran = len(_lines(path, file.executed_lines) - missing)
    excluded = len(_lines(path, file.excluded_lines))
    branches = covered_branches = None
    if branch:
        branches, covered_branches = _branches(path, file)
    covered = min(stated.covered_lines, ran)
    counted = FileCoverage(
        path,
        statements=covered + max(stated.missing_lines, len(missing)),
        covered=covered,
        excluded=excluded,
        branches=branches,
        covered_branches=covered_branches,
    )
    wrong = [
        f"The summary of {path} states {number:,} {what}, and its lists hold {held:,}."
        for what, number, held in (
            ("covered lines", stated.covered_lines, covered),
            ("missing lines", stated.missing_lines, len(missing)),
            ("lines that could run", stated.num_statements, counted.statements),
            ("excluded lines", stated.excluded_lines, excluded),
            ("covered branches", stated.covered_branches, covered_branches),
        )
        if number is not None and held is not None and number != held
    ]
    return counted, wrong


def _branches(path: str, file: _File) -> tuple[int, int]:
    """Branches and covered branches; a branch that cannot be partial is in neither list."""
    stated = file.summary
    if stated.num_branches is None or stated.covered_branches is None:
        raise Malformed(f"{_NAME} measured branches and counts none for the file {path[:200]!r}.")
    if bytes(file.missing_branches) == b"null":
        return stated.num_branches, min(stated.covered_branches, stated.num_branches)
    missing = len(set(_list(path, file.missing_branches, list[tuple[int, int]])))
    covered = min(stated.covered_branches, max(stated.num_branches - missing, 0))
    return stated.num_branches, covered


def _lines(path: str, raw: msgspec.Raw) -> set[int]:
    return set(_list(path, raw, list[_Count]))


def _list(path: str, raw: msgspec.Raw, shape: type[list[_T]]) -> list[_T]:
    try:
        return decoder(shape).decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Malformed(f"{_NAME} lists no line numbers for the file {path[:200]!r}.") from None
    except RecursionError:
        raise TooLarge(f"{_NAME} is nested too deeply.") from None


def _declared(totals: _Summary, branch: bool) -> Declared:
    """`percent_covered` mixes in branches, so the percentage of lines is made from the counts."""
    percent = None
    if totals.num_statements:
        percent = 100 * totals.covered_lines / totals.num_statements
    return Declared(
        line_percent=percent,
        statements=totals.num_statements,
        covered=totals.covered_lines,
        excluded=totals.excluded_lines,
        branches=totals.num_branches if branch else None,
        covered_branches=totals.covered_branches if branch else None,
    )


def _wrong_percent(totals: _Summary, branch: bool) -> tuple[str, ...]:
    whole = totals.num_statements + (totals.num_branches or 0 if branch else 0)
    part = totals.covered_lines + (totals.covered_branches or 0 if branch else 0)
    if not whole or abs(100 * part / whole - totals.percent_covered) < 0.01:
        return ()
    return (
        f"The totals state {totals.percent_covered:.2f} % covered, "
        f"and their own counts give {100 * part / whole:.2f} %.",
    )
