"""Clover XML of OpenClover, Istanbul and PHPUnit, counted from the lines of each file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from auditor.formats.coverage.coverage_numbers import count, line_number, moment, stated
from auditor.formats.coverage.coverage_report import CoverageReport, Declared, FileCoverage
from auditor.formats.text import xml_events
from auditor.formats.text.errors import Malformed, TooLarge

_MOST_FILES = 1_000_000
_TOTALS = ("statements", "coveredstatements", "conditionals", "coveredconditionals")
_METRICS = frozenset(
    {*_TOTALS, "classes", "complexity", "coveredelements", "coveredmethods", "elements", "files"}
    | {"loc", "methods", "ncloc", "packages"}
)


def sniff(head: bytes) -> bool:
    """Whether the first bytes open a Clover document (Cobertura's root has the same name)."""
    root = xml_events.root(head)
    return root is not None and root[0] == "coverage" and _is_clover(root[1])


def parse(data: bytes | Iterable[bytes]) -> CoverageReport:
    """The report, from a document or its pieces; only counts per file are kept.

    Statements are the `stmt` lines; Istanbul and old Clovers count `cond` lines as well, so these
    count where the totals say so. Branches are the two ways of each `cond`, or what Istanbul writes
    there. The files of `testproject` are tests and do not count. Raises Malformed and TooLarge.
    """
    reader = _Reader()
    xml_events.read(data, reader)
    return reader.report()


@dataclass(slots=True)
class _Counts:
    statements: int = 0
    covered: int = 0
    conditions: int = 0
    covered_conditions: int = 0
    branches: int = 0
    covered_branches: int = 0
    last_line: int = 0


class _Reader:
    text_of: frozenset[str] = frozenset()

    def __init__(self) -> None:
        self._open: list[str] = []
        self._in_project = False
        self._projects = 0
        self._packages = 0
        self._root: dict[str, str] = {}
        self._totals: dict[str, str] = {}
        self._files: dict[str, _Counts] = {}
        self._file = _Counts()

    def start(self, name: str, attributes: dict[str, str]) -> None:
        above = self._open[-1] if self._open else ""
        if name == "line" and above == "file" and self._in_project:
            self._line(attributes)
        elif not self._open:
            self._check_root(name, attributes)
        elif name == "project" and above == "coverage":
            self._projects += 1
            self._in_project = True
        elif name == "metrics" and above == "project":
            self._totals = attributes
        elif name == "package" and self._in_project:
            self._packages += 1
        elif name == "file" and self._in_project:
            self._source_file(attributes)
        self._open.append(name)

    def end(self, name: str, text: str) -> None:
        self._open.pop()
        if name == "project" and self._open == ["coverage"]:
            self._in_project = False

    def comment(self, text: str) -> None:
        """Comments say nothing here."""

    def _check_root(self, name: str, attributes: dict[str, str]) -> None:
        if name != "coverage":
            raise Malformed(f"The root element is <{name[:80]}>; Clover's is <coverage>.")
        if not _is_clover(attributes):
            raise Malformed("The <coverage> element lacks the time that Clover writes.")
        self._root = attributes

    def _source_file(self, attributes: dict[str, str]) -> None:
        path = attributes.get("path") or attributes.get("name", "")
        if not path:
            raise Malformed("A <file> element names no file.")
        if path in self._files:
            raise Malformed(f"The report holds the file {path[:200]!r} twice.")
        if len(self._files) >= _MOST_FILES:
            raise TooLarge(f"The report names more than {_MOST_FILES:,} files.")
        self._file = self._files[path] = _Counts()

    def _line(self, attributes: dict[str, str]) -> None:
        kind = attributes.get("type", "")
        if kind not in ("stmt", "cond"):
            return
        number = line_number(attributes, "num", "line")
        counts = self._file
        counts.last_line = max(counts.last_line, number)
        if kind == "cond":
            self._condition(counts, attributes)
        else:
            counts.statements += 1
            counts.covered += count(attributes, "count", "line") > 0

    def _condition(self, counts: _Counts, attributes: dict[str, str]) -> None:
        """Istanbul writes a count, and in the two others the branches that ran and that did not."""
        true, false = (count(attributes, f"{way}count", "line") for way in ("true", "false"))
        counts.conditions += 1
        if "count" in attributes:
            counts.covered_conditions += count(attributes, "count", "line") > 0
            counts.branches += true + false
            counts.covered_branches += true
        else:
            counts.covered_conditions += true + false > 0
            counts.branches += 2
            counts.covered_branches += (true > 0) + (false > 0)

    def report(self) -> CoverageReport:
        if not self._projects:
            raise Malformed("The Clover report holds no <project>: nothing was measured.")
        if self._projects > 1:
            raise Malformed("The Clover report holds more than one <project>.")
        totals = {name: stated(self._totals, name, "metrics") for name in _TOTALS}
        files = self._files.values()
        conditions = sum(c.conditions for c in files)
        both = totals["statements"] == sum(c.statements for c in files) + conditions
        measured = conditions > 0 or bool(totals["conditionals"])
        return CoverageReport(
            files=tuple(
                _file_coverage(path, counts, both, bool(conditions))
                for path, counts in self._files.items()
            ),
            declared=Declared(
                statements=totals["statements"],
                covered=totals["coveredstatements"],
                branches=totals["conditionals"] if measured else None,
                covered_branches=totals["coveredconditionals"] if measured else None,
            ),
            producer="clover",
            producer_version=self._root.get("clover") or None,
            produced_at=moment(self._root.get("generated", "")),
            details=self._details(),
        )

    def _details(self) -> dict[str, float]:
        files = self._files.values()
        found: dict[str, float] = {
            "packages": self._packages,
            "statement_lines": sum(counts.statements for counts in files),
            "covered_statement_lines": sum(counts.covered for counts in files),
        }
        return found | {
            f"metrics.{name}": int(text)
            for name, text in self._totals.items()
            if name in _METRICS and text.isascii() and text.isdigit() and len(text) <= 15
        }


def _file_coverage(path: str, counts: _Counts, both: bool, measured: bool) -> FileCoverage:
    return FileCoverage(
        path,
        counts.statements + (counts.conditions if both else 0),
        counts.covered + (counts.covered_conditions if both else 0),
        branches=counts.branches if measured else None,
        covered_branches=counts.covered_branches if measured else None,
        last_line=counts.last_line,
    )


def _is_clover(attributes: Mapping[str, str]) -> bool:
    return "generated" in attributes and "line-rate" not in attributes
