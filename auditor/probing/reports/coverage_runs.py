"""Coverage reports of every format as one value: found, parsed, mapped to files, and weighed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from auditor.formats.coverage import (
    clover,
    cobertura,
    coverage_data,
    coverage_json,
    go_cover,
    istanbul,
    istanbul_summary,
    jacoco,
    lcov,
)
from auditor.formats.coverage.coverage_report import CoverageReport, FileCoverage
from auditor.formats.text.errors import Malformed
from auditor.model.evidence import Location, Problem, ProblemKind
from auditor.model.level import Level, at_most
from auditor.probing.contract import Context
from auditor.probing.doors.trouble import Trouble
from auditor.probing.guards import Standing, standing
from auditor.probing.repo import Repo
from auditor.probing.reports.coverage_paths import CoveragePaths
from auditor.probing.reports.coverage_sources import CoverageSources, coverage_sources, family
from auditor.probing.reports.reports import Report, places, read_reports, with_zone
from auditor.probing.repository.stack import Wanted, advice

_HEAD = 8192
_SHOWN = 3
_ENDINGS = ("xml", "json", "info", "lcov", "out", "cov", "cover", "coverprofile", "txt")
_DATA_FILES = (".coverage", "coverage/.coverage", "reports/.coverage")
_FORMATS = (
    cobertura, jacoco, clover, coverage_json, istanbul, istanbul_summary, lcov, go_cover
)  # fmt: skip
_COUNTS_LINES_ONCE = ("coverage.py", "lcov", "jacoco", "istanbul")

_Sniff = Callable[[bytes], bool]
_Parse = Callable[[bytes], CoverageReport]


@dataclass(frozen=True, slots=True)
class CoverageRun:
    """A report over this repository: its shipped files by repository path, and what it is worth.

    `contradictions` are sentences on what the report and its own totals, or the sources, disagree.
    """

    path: str
    report: Report[CoverageReport]
    files: dict[str, FileCoverage]
    standing: Standing
    level: Level
    contradictions: tuple[str, ...] = ()

    @property
    def recount(self) -> CoverageReport:
        """The report over its shipped files alone."""
        return CoverageReport(tuple(self.files.values()), self.report.content.declared, "recount")

    @property
    def languages(self) -> frozenset[str]:
        """The families of languages that it measures lines of."""
        return frozenset(family(path) for path, file in self.files.items() if file.statements)

    def complaint(self, *facts: str) -> Problem | None:
        """Why the report proves nothing at all, if so."""
        place = (Location(path=self.path),)
        if self.standing.impossible:
            return self.standing.problem(self.path, *facts)
        if not self.files:
            said = f"{self.path} measures no shipped source file of this service."
            hint = "Measure the service's own source, for example with pytest --cov=<package>."
            return Problem(ProblemKind.VACUOUS, said, hint, facts, place)
        if not self.languages:
            said = f"{self.path} holds no measured line."
            return Problem(ProblemKind.VACUOUS, said, "Run the tests.", facts, place)
        return None

    def weakness(self, repo: Repo, *facts: str) -> Problem | None:
        """Why the report counts for less than one of this commit, if so."""
        weak = self.standing.problem(self.path, *facts)
        dated = self.report.content.produced_at is not None
        if weak is None or dated or self.report.entry.tracked:
            return weak
        step = advice(repo, Wanted.COVERAGE, "", min(self.languages, default=""))
        return replace(weak, hint=f"Make a report that carries its time. {step}".rstrip())


@dataclass(frozen=True, slots=True)
class CoverageRuns:
    """Every report that could be read, what could not, and the source; no source without a report."""

    runs: tuple[CoverageRun, ...]
    unread: tuple[Problem, ...]
    sources: CoverageSources


def coverage_runs(ctx: Context, *facts: str) -> CoverageRuns:
    """The reports in the usual places and the operator's globs, recounted over shipped source."""
    paths = CoveragePaths(ctx.repo)
    reports: list[tuple[Report[CoverageReport], dict[str, FileCoverage]]] = []
    unread: list[Problem] = []
    for seen in _reports(ctx.repo, paths, facts):
        if isinstance(seen, Problem):
            unread.append(seen)
        else:
            reports.append((seen.without_bytes(), paths.of(seen.content)))
    if not reports:
        return CoverageRuns((), tuple(unread), CoverageSources())
    measured = {p for _, files in reports for p, file in files.items() if file.statements}
    sources = coverage_sources(ctx.repo, measured)
    runs = [_run(ctx, report, files, sources) for report, files in reports]
    return CoverageRuns(tuple(runs), tuple(unread), sources)


def _reports(
    repo: Repo, paths: CoveragePaths, facts: tuple[str, ...]
) -> Iterator[Report[CoverageReport] | Problem]:
    def source(written: str) -> str | None:
        path = paths.find(written)
        try:
            return repo.read(path).text if path else None
        except Trouble:
            return None

    def data(content: bytes) -> CoverageReport:
        return coverage_data.parse(content, source)

    formats: list[tuple[_Sniff, _Parse]] = [(f.sniff, f.parse) for f in _FORMATS]
    formats.append((coverage_data.sniff, data))

    def sniff(head: bytes) -> bool:
        return any(knows(head) for knows, _ in formats)

    def parse(content: bytes) -> CoverageReport:
        for knows, read in formats:
            if knows(content[:_HEAD]):
                return read(content)
        raise Malformed("This is a coverage report of no known format.")

    patterns = [*places(*_ENDINGS), *_DATA_FILES]
    yield from read_reports(repo, patterns, sniff, parse, *facts)


def _run(
    ctx: Context,
    report: Report[CoverageReport],
    measured: dict[str, FileCoverage],
    sources: CoverageSources,
) -> CoverageRun:
    content = report.content
    files = {path: file for path, file in measured.items() if sources.ships(path)}
    made = _made_at(ctx.repo, report)
    worth = standing(ctx.repo, report.entry, made_at=made, now=ctx.now, measured=files)
    foreign = [
        f"It measures {what} of {path}, which has {sources.lines[path]:,} lines: the report is of"
        " another version."
        for path, file in files.items()
        if path in sources.lines and (what := _beyond(file, sources.lines[path], content.producer))
    ]
    contradictions = (*content.disagreement[:_SHOWN], *foreign[:_SHOWN])
    # Totals that contradict the report's own lines: somebody edited it, or it was merged badly.
    level = at_most(worth.level, Level.EFFECTIVE) if contradictions else worth.level
    return CoverageRun(report.entry.path, report, files, worth, level, contradictions)


def _beyond(file: FileCoverage, lines: int, producer: str) -> str:
    """What a report measures of a file that the file does not have; "" where all of it can be."""
    if (file.last_line or 0) > lines:
        return f"line {file.last_line:,}"
    if producer in _COUNTS_LINES_ONCE and file.statements > lines:
        return f"{file.statements:,} lines"
    return ""


def _made_at(repo: Repo, report: Report[CoverageReport]) -> datetime | None:
    return with_zone(repo, report.entry.path, report.content.produced_at)
