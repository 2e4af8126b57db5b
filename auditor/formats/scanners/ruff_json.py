"""Ruff's JSON report of violations (`--output-format json`)."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

import msgspec

from auditor.formats.text import json_text
from auditor.formats.text.errors import Malformed

_NAME = "The Ruff report"
_VIOLATION = re.compile(rb'\A\s*\[\s*\{(?=.*"(?:end_location|noqa_row)"\s*:)', re.DOTALL)
_STATISTICS = re.compile(rb'\[\s*\{\s*"code"\s*:[^{}]*"count"\s*:', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Violation:
    """One violation; `code` is None for a file that does not parse, `line` counts from 1."""

    code: str | None
    path: str
    line: int
    message: str
    fixable: bool


@dataclass(frozen=True, slots=True)
class RuffReport:
    """A whole report; it names neither the files without a violation nor the rules in use."""

    violations: tuple[Violation, ...]

    @property
    def by_code(self) -> Counter[str | None]:
        """Violations by rule."""
        return Counter(violation.code for violation in self.violations)

    @property
    def files(self) -> frozenset[str]:
        """Files with a violation."""
        return frozenset(violation.path for violation in self.violations)

    @property
    def fixable(self) -> int:
        """Violations that Ruff offers a fix for, safe or not."""
        return sum(violation.fixable for violation in self.violations)

    @property
    def unparsed(self) -> frozenset[str]:
        """Files with a syntax error: the rules saw them in part or not at all."""
        return frozenset(
            violation.path
            for violation in self.violations
            if violation.code in (None, "E999", "invalid-syntax")
        )


class _Location(msgspec.Struct):
    row: int


class _Violation(msgspec.Struct):
    code: str | None
    filename: str
    location: _Location
    message: str
    fix: dict[str, msgspec.Raw] | None = None


def sniff(head: bytes) -> bool:
    """Whether the first bytes look like Ruff's violations in JSON; `[]` alone tells nothing."""
    return bool(_VIOLATION.match(json_text.opening(head)))


def parse(data: bytes) -> RuffReport:
    """The report. Raises Malformed, for `--statistics` and leading messages too; TooLarge."""
    try:
        violations = json_text.decode(data, list[_Violation], name=_NAME)
    except Malformed as error:
        raise _explained(data[:65_536], error) from None
    return RuffReport(
        tuple(
            Violation(one.code, one.filename, one.location.row, one.message, one.fix is not None)
            for one in violations
        )
    )


def _explained(head: bytes, error: Malformed) -> Malformed:
    if _STATISTICS.search(head):
        reason = "it is the output of `ruff --statistics`, which counts rules and names no place"
    elif head.lstrip().startswith((b"warning:", b"error:", b"Would reformat:")):
        reason = "messages stand before or in place of the JSON; keep standard error out"
    else:
        return error
    return Malformed(f"{_NAME} cannot be read: {reason}.", line=error.line, column=error.column)
