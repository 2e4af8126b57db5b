"""JaCoCo XML reports (Maven, Gradle, Ant, Pester): counted from the lines of each source file."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from auditor.formats.coverage.coverage_numbers import count, line_number, moment
from auditor.formats.coverage.coverage_report import CoverageReport, Declared, FileCoverage
from auditor.formats.text import json_text, xml_events
from auditor.formats.text.errors import Malformed, TooLarge

_MOST_FILES = 1_000_000
_MOST_SESSIONS = 100_000
_SHOWN = 10
_LONGEST_TITLE = 200
_COUNTERS = frozenset({"INSTRUCTION", "BRANCH", "LINE", "COMPLEXITY", "METHOD", "CLASS"})
_CHILDREN = re.compile(rb"-//JACOCO//DTD|<(?:sessioninfo|group|package|counter)[\s>]")


def sniff(head: bytes) -> bool:
    """Whether the first bytes open a JaCoCo report: its root, and its document type or a child."""
    head = json_text.opening(head)
    root = xml_events.root(head)
    return root is not None and root[0] == "report" and _CHILDREN.search(head) is not None


def parse(data: bytes | Iterable[bytes]) -> CoverageReport:
    """The report, from a document or its pieces; only counts per file are kept.

    A line ran when any of its instructions did. Paths are package and file name, with the group (a
    module of the build) as `module`. `produced_at` is the earliest dump of a session: of merged
    sessions the oldest counts. Raises Malformed and TooLarge.
    """
    reader = _Reader()
    xml_events.read(data, reader)
    return reader.report()


@dataclass(slots=True)
class _Counts:
    statements: int = 0
    covered: int = 0
    branches: int = 0
    covered_branches: int = 0
    last_line: int = 0


class _Reader:
    text_of: frozenset[str] = frozenset()

    def __init__(self) -> None:
        self._open: list[str] = []
        self._groups: list[str] = []
        self._package = ""
        self._files: dict[tuple[str, str], _Counts] = {}
        self._path = ""
        self._file = _Counts()
        self._seen: set[int] = set()
        self._stated: dict[str, tuple[int, int]] = {}
        self._wrong: list[str] = []
        self._dumps: list[int] = []
        self._title = ""
        self._elements = {"classes": 0, "packages": 0, "groups": 0}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        above = self._open[-1] if self._open else ""
        if name == "line" and above == "sourcefile":
            self._line(attributes)
        elif name == "counter" and above in ("report", "sourcefile"):
            self._counter(above, attributes)
        elif not self._open:
            if name != "report":
                raise Malformed(f"The root element is <{name[:80]}>; JaCoCo's is <report>.")
            self._title = attributes.get("name", "")[:_LONGEST_TITLE]
        elif name == "class":
            self._elements["classes"] += 1
        elif name == "group":
            self._elements["groups"] += 1
            self._groups.append(attributes.get("name", ""))
        elif name == "package":
            self._elements["packages"] += 1
            self._package = attributes.get("name", "")
        elif name == "sourcefile":
            self._source_file(above, attributes)
        elif name == "sessioninfo" and above == "report":
            self._session(attributes)
        self._open.append(name)

    def end(self, name: str, text: str) -> None:
        self._open.pop()
        if name == "group":
            self._groups.pop()

    def comment(self, text: str) -> None:
        """Comments say nothing here."""

    def _session(self, attributes: dict[str, str]) -> None:
        if len(self._dumps) >= _MOST_SESSIONS:
            raise TooLarge(f"The report names more than {_MOST_SESSIONS:,} sessions.")
        self._dumps.append(count(attributes, "dump", "sessioninfo"))

    def _source_file(self, above: str, attributes: dict[str, str]) -> None:
        name = attributes.get("name", "")
        if not name:
            raise Malformed("A <sourcefile> element names no file.")
        if above != "package":
            raise Malformed("A <sourcefile> element lies outside every package.")
        if len(self._files) >= _MOST_FILES:
            raise TooLarge(f"The report names more than {_MOST_FILES:,} files.")
        self._path = f"{self._package}/{name}" if self._package else name
        key = "/".join(filter(None, self._groups)), self._path
        if key in self._files:
            raise Malformed(f"The report holds the source file {self._path[:200]!r} twice.")
        self._file = self._files[key] = _Counts()
        self._seen = set()

    def _line(self, attributes: dict[str, str]) -> None:
        number = line_number(attributes, "nr", "line")
        missed, covered = (count(attributes, name, "line") for name in ("mi", "ci"))
        if not missed + covered:
            return
        if number in self._seen:
            raise Malformed(f"The report holds line {number} of {self._path[:200]!r} twice.")
        self._seen.add(number)
        counts = self._file
        counts.statements += 1
        counts.covered += covered > 0
        counts.branches += sum(count(attributes, name, "line") for name in ("mb", "cb"))
        counts.covered_branches += count(attributes, "cb", "line")
        counts.last_line = max(counts.last_line, number)

    def _counter(self, above: str, attributes: dict[str, str]) -> None:
        kind = attributes.get("type", "")
        missed, covered = (count(attributes, name, "counter") for name in ("missed", "covered"))
        if above == "report":
            self._stated[kind] = missed + covered, covered
            return
        if kind != "LINE" or len(self._wrong) >= _SHOWN:
            return
        held = self._file.statements, self._file.covered
        if (missed + covered, covered) != held:
            self._wrong.append(
                f"The counter of {self._path[:200]} states {covered:,} of {missed + covered:,}"
                f" lines, and its lines hold {held[1]:,} of {held[0]:,}."
            )

    def report(self) -> CoverageReport:
        if not self._files and not self._dumps and not self._stated:
            raise Malformed("This is no JaCoCo report: it holds no session, package or counter.")
        measured = "BRANCH" in self._stated or any(c.branches for c in self._files.values())
        lines = self._stated.get("LINE", (None, None))
        branches = self._stated.get("BRANCH", (None, None))
        return CoverageReport(
            files=tuple(
                FileCoverage(
                    path,
                    counts.statements,
                    counts.covered,
                    branches=counts.branches if measured else None,
                    covered_branches=counts.covered_branches if measured else None,
                    last_line=counts.last_line,
                    module=module,
                )
                for (module, path), counts in self._files.items()
            ),
            declared=Declared(
                statements=lines[0],
                covered=lines[1],
                branches=branches[0],
                covered_branches=branches[1],
            ),
            producer="jacoco",
            produced_at=moment(str(min(self._dumps))) if self._dumps else None,
            inconsistencies=tuple(self._wrong),
            title=self._title,
            details=self._details(),
        )

    def _details(self) -> dict[str, float]:
        found: dict[str, float] = dict(self._elements)
        for kind in _COUNTERS & self._stated.keys():
            whole, covered = self._stated[kind]
            found |= {f"{kind}.covered": covered, f"{kind}.missed": whole - covered}
        return found
