"""What every coverage report comes down to: counts per file, beside what the report declares."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

# Rates are written with as few as two decimals, cut or rounded.
_RATE_TOLERANCE = 0.51


@dataclass(frozen=True, slots=True)
class FileCoverage:
    """One measured file; `path` as written in the report.

    `excluded` is None where the format does not tell; the branch counts are None where branches
    were not measured, which is not the same as none at all. `last_line` is the last line that is
    measured (None where the format does not tell, 0 where there is none), `module` the part of the
    build that a file belongs to, where the report names it and the path does not.
    """

    path: str
    statements: int
    covered: int
    excluded: int | None = None
    branches: int | None = None
    covered_branches: int | None = None
    last_line: int | None = None
    module: str = ""


@dataclass(frozen=True, slots=True)
class UnreadableFile:
    """A file that was run and whose lines could not be counted; it never counts as covered."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Declared:
    """Totals as the report itself states them; None where it does not."""

    line_percent: float | None = None
    statements: int | None = None
    covered: int | None = None
    excluded: int | None = None
    branches: int | None = None
    covered_branches: int | None = None


@dataclass(frozen=True, slots=True)
class CoverageReport:
    """Line and branch coverage, recounted from the report's own lines.

    `produced_at` has a time zone, save where `produced_at_is_local`: then it is the wall clock of
    a machine whose zone nobody wrote down. `sources` are the roots that paths may be relative to.
    `title` is the name that a report gives itself. `details` holds what only one format counts, as it
    is written there (elements, duplicates, functions): it describes a report, and decides nothing.
    """

    files: tuple[FileCoverage, ...]
    declared: Declared
    producer: str
    producer_version: str | None = None
    produced_at: datetime | None = None
    produced_at_is_local: bool = False
    sources: tuple[str, ...] = ()
    unreadable: tuple[UnreadableFile, ...] = ()
    inconsistencies: tuple[str, ...] = ()
    title: str = ""
    details: dict[str, float] = field(default_factory=dict)

    @property
    def statements(self) -> int:
        """Lines that could be run, over the readable files."""
        return sum(file.statements for file in self.files)

    @property
    def covered(self) -> int:
        """Lines that were run."""
        return sum(file.covered for file in self.files)

    @property
    def line_percent(self) -> float | None:
        """0 to 100; None where nothing was measured, which is never 100."""
        return _percent(self.covered, self.statements)

    @property
    def declared_line_percent(self) -> float | None:
        """0 to 100 as the report states it."""
        return self.declared.line_percent

    @property
    def branches(self) -> int | None:
        """Branches over all files; None where branches were not measured."""
        return _total(file.branches for file in self.files)

    @property
    def covered_branches(self) -> int | None:
        """Branches that were taken; None where branches were not measured."""
        return _total(file.covered_branches for file in self.files)

    @property
    def branch_percent(self) -> float | None:
        """0 to 100; None where branches were not measured, or there are none.

        Istanbul leaves branches off its Cobertura lines, so the lower of what the files hold and
        what the report states counts.
        """
        counted = _percent(self.covered_branches or 0, self.branches or 0)
        stated = _percent(self.declared.covered_branches or 0, self.declared.branches or 0)
        return counted if counted is None or stated is None else min(counted, stated)

    @property
    def excluded_lines(self) -> int | None:
        """Lines that a pragma or a setting took out; None where the format does not tell."""
        return _total(file.excluded for file in self.files)

    @property
    def disagreement(self) -> tuple[str, ...]:
        """A sentence for each total of lines that the report states and its files contradict."""
        return (
            *_differences(
                ("lines that could run", self.declared.statements, self.statements),
                ("covered lines", self.declared.covered, self.covered),
                ("excluded lines", self.declared.excluded, self.excluded_lines),
            ),
            *self._rate_disagreement(),
            *self.inconsistencies,
        )

    @property
    def branch_disagreement(self) -> tuple[str, ...]:
        """The same for branches; Istanbul's Cobertura reports have it without being wrong."""
        return _differences(
            ("branches", self.declared.branches, self.branches),
            ("covered branches", self.declared.covered_branches, self.covered_branches),
        )

    def _rate_disagreement(self) -> tuple[str, ...]:
        declared, counted = self.declared.line_percent, self.line_percent
        if declared is None or (counted is None and not declared):
            return ()
        if counted is None:
            return (f"The report states {declared:.2f} % line coverage and holds no line.",)
        if abs(declared - counted) <= _RATE_TOLERANCE:
            return ()
        return (f"The report states {declared:.2f} % line coverage, and holds {counted:.2f} %.",)


def _differences(*totals: tuple[str, int | None, int | None]) -> tuple[str, ...]:
    return tuple(
        f"The report states {stated:,} {what}, and its files add up to {counted or 0:,}."
        for what, stated, counted in totals
        if stated is not None and stated != (counted or 0)
    )


def _percent(part: int, whole: int) -> float | None:
    return 100.0 * part / whole if whole else None


def _total(values: Iterable[int | None]) -> int | None:
    counts = [value for value in values if value is not None]
    return sum(counts) if counts else None
