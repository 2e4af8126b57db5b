"""Istanbul's coverage-summary.json: totals per file, which are all that it holds."""

from __future__ import annotations

import re
from typing import Annotated

import msgspec

from auditor.formats.coverage.coverage_report import CoverageReport, Declared, FileCoverage
from auditor.formats.text import json_text
from auditor.formats.text.errors import Malformed, TooLarge

_NAME = "The Istanbul summary"
_TOTAL = "total"
_MOST_FILES = 1_000_000
_TOLERANCE = 0.02  # Istanbul cuts to two decimals
_SHOWN = 10
_OPENING = re.compile(
    rb'\s*+\{\s*+"total"\s*+:\s*+\{\s*+"(?:lines|statements|functions|branches)"\s*+:\s*+'
    rb'\{\s*+"(?:total|covered|skipped|pct)"\s*+:'
)

_Count = Annotated[int, msgspec.Meta(ge=0, le=10**12)]


class _Part(msgspec.Struct, forbid_unknown_fields=True):
    total: _Count
    covered: _Count
    skipped: _Count
    pct: float | str


class _Totals(msgspec.Struct, forbid_unknown_fields=True, rename={"branches_true": "branchesTrue"}):
    lines: _Part
    statements: _Part
    functions: _Part
    branches: _Part
    branches_true: _Part | None = None


def sniff(head: bytes) -> bool:
    """Whether the first bytes open an object with Istanbul's totals."""
    return _OPENING.match(json_text.opening(head)) is not None


def parse(data: bytes) -> CoverageReport:
    """The report; keys that Istanbul does not write are refused, and its totals recounted.

    The format carries neither time nor commit nor line numbers. Raises Malformed and TooLarge.
    """
    files = json_text.decode(data, dict[str, _Totals], name=_NAME)
    total = files.pop(_TOTAL, None)
    if total is None:
        raise Malformed(f"{_NAME} holds no totals.")
    if len(files) > _MOST_FILES:
        raise TooLarge(f"{_NAME} names more than {_MOST_FILES:,} files.")
    wrong = [
        sentence
        for path, one in [(_TOTAL, total), *files.items()]
        for part in (one.lines, one.branches)
        for sentence in _wrong(path, part)
    ]
    return CoverageReport(
        files=tuple(
            FileCoverage(
                path,
                one.lines.total,
                one.lines.covered,
                branches=one.branches.total,
                covered_branches=one.branches.covered,
            )
            for path, one in files.items()
        ),
        declared=Declared(
            statements=total.lines.total,
            covered=total.lines.covered,
            branches=total.branches.total,
            covered_branches=total.branches.covered,
        ),
        producer="istanbul",
        inconsistencies=tuple(wrong[:_SHOWN]),
    )


def _wrong(path: str, part: _Part) -> list[str]:
    if part.covered > part.total:
        raise Malformed(f"{_NAME} covers {part.covered} of {part.total} in {path[:200]!r}.")
    if not part.total or isinstance(part.pct, str):  # 100 or "Unknown" where there is nothing
        return []
    percent = 100 * part.covered / part.total
    if abs(percent - part.pct) <= _TOLERANCE:
        return []
    return [f"The summary states {part.pct:.2f} % of {path[:200]}, and counts {percent:.2f} %."]
