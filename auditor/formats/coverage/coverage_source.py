"""One Python source against the lines that ran in it, by coverage.py's own analysis."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import cast

from coverage.exceptions import CoverageException
from coverage.parser import PythonParser
from coverage.plugin import FileReporter
from coverage.results import analysis_from_file_reporter
from coverage.sqldata import CoverageData

from auditor.formats.coverage.coverage_report import FileCoverage, UnreadableFile

_LONGEST_TEXT = 2_000_000
_MOST_LINES = 50_000

# coverage.py's default exclusions and its branches that cannot be partial, written so that they
# take linear time on hostile text; its own `^\s*` is quadratic in blank lines.
EXCLUDED = "|".join(
    (
        r"#\s*(?:pragma|PRAGMA)[:\s]?\s*(?:no|NO)\s*(?:cover|COVER)",
        r"^[ \t]*+(?:(?:(?:async )?def |[\])])[^\n]*?:\s*+)?\.\.\.[ \t]*+(?:#|$)",
        r"^[ \t]*+if (?:typing\.)?TYPE_CHECKING:",
    )
)
NO_BRANCH = "|".join(
    (
        r"#\s*(?:pragma|PRAGMA)[:\s]?\s*(?:no|NO)\s*(?:branch|BRANCH)",
        r"^[ \t]*+(?:while|if) (?:True|1|False|0):",
    )
)


def count(
    path: str, text: str, lines: frozenset[int], arcs: frozenset[tuple[int, int]] | None
) -> FileCoverage | UnreadableFile:
    """The counts of `text`, of which `lines` (and `arcs`, None where not recorded) ran."""
    if len(text) > _LONGEST_TEXT or text.count("\n") > _MOST_LINES:
        return UnreadableFile(path, "Its source is too long to be analysed.")
    if max(lines, default=0) > text.count("\n") + 1:
        return UnreadableFile(path, "Its source has changed since it was measured.")
    try:
        source = _Source(path, text)
        numbers = analysis_from_file_reporter(
            cast(CoverageData, _Ran(lines, arcs)), 2, source, path
        ).numbers
    except (CoverageException, ValueError, AssertionError):
        return UnreadableFile(path, "Its source is not Python that this interpreter can read.")
    except (RecursionError, MemoryError):
        return UnreadableFile(path, "Its source is nested too deeply to be analysed.")
    return FileCoverage(
        path,
        statements=numbers.n_statements,
        covered=numbers.n_executed,
        excluded=numbers.n_excluded,
        branches=None if arcs is None else numbers.n_branches,
        covered_branches=None if arcs is None else numbers.n_executed_branches,
    )


class _Ran:
    """The part of coverage.py's CoverageData that its analysis asks for, for one file."""

    def __init__(self, lines: frozenset[int], arcs: frozenset[tuple[int, int]] | None) -> None:
        self._lines = lines
        self._arcs = arcs

    def has_arcs(self) -> bool:
        return self._arcs is not None

    def lines(self, _path: str) -> frozenset[int]:
        return self._lines

    def arcs(self, _path: str) -> frozenset[tuple[int, int]]:
        return self._arcs or frozenset()


class _Source(FileReporter):
    """A file reporter over a text at hand; coverage.py's own opens the file."""

    def __init__(self, path: str, text: str) -> None:
        super().__init__(path)
        self._parser = PythonParser(text=text, filename=path, exclude=EXCLUDED)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            warnings.simplefilter("ignore", DeprecationWarning)
            self._parser.parse_source()

    def lines(self) -> set[int]:
        return self._parser.statements

    def excluded_lines(self) -> set[int]:
        return self._parser.excluded

    def translate_lines(self, lines: Iterable[int]) -> set[int]:
        return self._parser.translate_lines(lines)

    def arcs(self) -> set[tuple[int, int]]:
        return self._parser.arcs()

    def translate_arcs(self, arcs: Iterable[tuple[int, int]]) -> set[tuple[int, int]]:
        return self._parser.translate_arcs(arcs)

    def exit_counts(self) -> dict[int, int]:
        return self._parser.exit_counts()

    def no_branch_lines(self) -> set[int]:
        return self._parser.lines_matching(NO_BRANCH)
