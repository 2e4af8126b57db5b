"""Line and branch coverage from reports: Cobertura XML, coverage.py JSON and `.coverage` data files.

The percentage is recounted over shipped source: test files do not count, and source files with code
that no report measures are named. A report states nothing about another commit: its level says so. It
cannot tell whether the tests assert anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from auditor.code.parsing import Unparsed
from auditor.code.places import SHIPPED, role
from auditor.code.sources import SourceText, Survey
from auditor.formats import cobertura, coverage_data, coverage_json
from auditor.formats.coverage_report import CoverageReport, FileCoverage
from auditor.model.evidence import Location
from auditor.model.level import Level, at_most
from auditor.model.probe import FactSpec, FactType
from auditor.probing.contract import Context, Need, Observation, Problem, ProblemKind, probe
from auditor.probing.guards import Standing, standing
from auditor.probing.repo import READ_LIMIT, Repo
from auditor.probing.reports import Report, places, read_reports, with_zone
from auditor.probing.sources import source_texts
from auditor.probing.trouble import Trouble

LINES = FactSpec("coverage.line_percent", FactType.NUMBER, "Line coverage of shipped source", "%")
BRANCHES = FactSpec(
    "coverage.branch_percent", FactType.NUMBER, "Branch coverage of shipped source", "%"
)
STATEMENTS = FactSpec(
    "coverage.statements", FactType.NUMBER, "Measured lines of shipped source", "lines"
)
UNMEASURED = FactSpec(
    "coverage.unmeasured_files", FactType.NUMBER, "Source files that no report measures", "files"
)
EXCLUDED = FactSpec(
    "coverage.excluded_lines", FactType.NUMBER, "Lines excluded from measurement", "lines"
)
GATE = FactSpec(
    "coverage.configured_threshold",
    FactType.NUMBER,
    "Lowest coverage gate of the target itself",
    "%",
)

_KEYS = (LINES.key, BRANCHES.key, STATEMENTS.key, UNMEASURED.key, EXCLUDED.key)
_GATES = re.compile(r"(?:fail[-_]under[\"']?\s*[=: ]\s*)(\d+(?:\.\d+)?)")
_GATE_FILES = ("pyproject.toml", "setup.cfg", "tox.ini", ".coveragerc", "pytest.ini", "Makefile")
_NAMED = 50


@dataclass(frozen=True, slots=True)
class Measured:
    """A report over this repository: its shipped files by repository path, and what it is worth."""

    path: str
    report: Report[CoverageReport]
    files: dict[str, FileCoverage]
    standing: Standing
    level: Level


@probe(
    "reports.coverage",
    title="Coverage reports",
    needs=[Need.REPOSITORY],
    emits=[LINES, BRANCHES, STATEMENTS, UNMEASURED, EXCLUDED, GATE],
    version="1",
)
def coverage(ctx: Context) -> Iterator[Observation]:
    """Every report is kept; the strongest ones decide which files were measured."""
    yield from _gates(ctx)
    paths = _Paths(ctx.repo)
    found: list[Measured] = []
    for seen in _reports(ctx.repo, paths):
        if isinstance(seen, Problem):
            yield seen
            continue
        measured = _measured(ctx, seen, paths)
        complaint = _complaint(measured)
        if complaint is not None:
            yield complaint
            continue
        found.append(measured)
        yield from _facts(measured)
    if found:
        yield from _unmeasured(ctx, found)
    else:
        yield Problem(
            ProblemKind.NOT_CONFIGURED,
            "No usable coverage report was found below the service root or in `evidence:`.",
            "Run pytest --cov --cov-branch --cov-report=xml:reports/coverage.xml, then audit again.",
            _KEYS,
        )


class _Paths:
    """Maps the paths that reports write (relative, absolute, of another machine) to repository paths."""

    def __init__(self, repo: Repo) -> None:
        self._repo = repo
        self._by_name: dict[str, list[str]] = {}
        for entry in repo.service:
            self._by_name.setdefault(entry.path.rpartition("/")[2], []).append(entry.path)

    def find(self, written: str, sources: Iterable[str] = ()) -> str | None:
        """The one repository file that `written` can mean, or None.

        Either the written path ends in the file's path (absolute, of any machine), or the file's
        path ends in the written one (relative to some folder of the service). The longest common
        end wins, so that of two `models.py` the right one is meant; a tie means neither.
        """
        written = written.replace("\\", "/").removeprefix("./")
        candidates = self._by_name.get(written.rpartition("/")[2], [])
        for full in [*(f"{s.rstrip('/')}/{written}" for s in sources), written]:
            scored = [(_common(full, c), c) for c in candidates if self._fits(full, c)]
            best = max((n for n, _ in scored), default=0)
            nearest = [c for n, c in scored if n == best]
            if len(nearest) == 1:
                return nearest[0]
        return None

    def _fits(self, written: str, candidate: str) -> bool:
        slashed = "/" + written.strip("/")
        return slashed.endswith("/" + self._repo.below(candidate)) or f"/{candidate}".endswith(
            slashed
        )


def _common(a: str, b: str) -> int:
    """How many last parts two paths have in common."""
    count = 0
    for x, y in zip(reversed(a.split("/")), reversed(b.split("/")), strict=False):
        if x != y:
            break
        count += 1
    return count


def _reports(repo: Repo, paths: _Paths) -> Iterator[Report[CoverageReport] | Problem]:
    def source(written: str) -> str | None:
        path = paths.find(written)
        try:
            return repo.read(path).text if path else None
        except Trouble:
            return None

    def data(content: bytes) -> CoverageReport:
        return coverage_data.parse(content, source)

    kinds: list[tuple[list[str], Callable[[bytes], bool], Callable[[bytes], CoverageReport]]] = [
        (places("xml"), cobertura.sniff, cobertura.parse),
        (places("json"), coverage_json.sniff, coverage_json.parse),
        ([".coverage", "coverage/.coverage", "reports/.coverage"], coverage_data.sniff, data),
    ]
    for patterns, sniff, parse in kinds:
        yield from read_reports(repo, patterns, sniff, parse, *_KEYS)


def _measured(ctx: Context, report: Report[CoverageReport], paths: _Paths) -> Measured:
    content = report.content
    files: dict[str, FileCoverage] = {}
    for one in content.files:
        path = paths.find(one.path, content.sources)
        if path is not None and role(ctx.repo.below(path)) in SHIPPED:
            files[path] = one
    made = with_zone(ctx.repo, report.entry.path, content.produced_at)
    worth = standing(ctx.repo, report.entry, made_at=made, now=ctx.now, measured=files)
    # Totals that contradict the report's own lines: somebody edited it, or it was merged badly.
    level = at_most(worth.level, Level.EFFECTIVE) if content.disagreement else worth.level
    return Measured(report.entry.path, report, files, worth, level)


def _complaint(one: Measured) -> Problem | None:
    """Why a report proves nothing at all, if so."""
    place = (Location(path=one.path),)
    if one.standing.impossible:
        return one.standing.problem(one.path, *_KEYS)
    if not one.files:
        return Problem(
            ProblemKind.VACUOUS,
            f"{one.path} measures no shipped source file of this service.",
            "Measure the service's own packages, for example with pytest --cov=<package>.",
            _KEYS,
            place,
        )
    if not any(f.statements for f in one.files.values()):
        return Problem(
            ProblemKind.VACUOUS,
            f"{one.path} holds no measured line.",
            "Run the tests.",
            _KEYS,
            place,
        )
    return None


def _facts(one: Measured) -> Iterator[Observation]:
    recount = CoverageReport(tuple(one.files.values()), one.report.content.declared, "recount")
    values = [(LINES, recount.line_percent), (BRANCHES, recount.branch_percent),
              (STATEMENTS, recount.statements), (EXCLUDED, recount.excluded_lines)]  # fmt: skip
    for fact, value in values:
        if value is not None:
            yield fact.of(
                round(value, 4) if isinstance(value, float) else value,
                level=one.level,
                source=one.report.file.source,
                locations=[Location(path=one.path)],
                produced_at=one.standing.produced_at,
            )
    weak = one.standing.problem(one.path, *_KEYS)
    if weak is not None:
        yield weak
    for sentence in one.report.content.disagreement[:3]:
        yield Problem(
            ProblemKind.MALFORMED, f"{one.path}: {sentence}", "Make the report again.", _KEYS
        )


def _unmeasured(ctx: Context, found: list[Measured]) -> Iterator[Observation]:
    """Source files with code, of every language of the service, that the deciding reports lack."""
    top = max(one.level.rank for one in found)
    deciding = [one for one in found if one.level.rank == top]
    measured = {path for one in deciding for path in one.files}
    survey = Survey()
    missing = [
        s.path
        for s in source_texts(ctx.repo, survey, limit=READ_LIMIT)
        if s.path not in measured and _has_code(s)
    ]
    if survey.unread:
        yield from survey.problems(UNMEASURED.key)
        if not missing:
            return
    times = [one.standing.produced_at for one in deciding if one.standing.produced_at]
    yield UNMEASURED.of(
        len(missing),
        level=deciding[0].level,
        source=deciding[0].report.file.source,
        locations=[Location(path=p) for p in missing[:_NAMED]],
        produced_at=min(times) if len(times) == len(deciding) else None,
    )


def _has_code(source: SourceText) -> bool:
    """Whether a file holds a line that a test could run; one that no grammar reads is taken to."""
    try:
        return source.read().code_lines > 0
    except Unparsed:
        return True


def _gates(ctx: Context) -> Iterator[Observation]:
    """Gates that the target sets for itself: a low one speaks against a high target."""
    gates: list[tuple[float, Location]] = []
    workflows = [
        e.path for e in ctx.repo.entries if re.fullmatch(r"\.github/workflows/[^/]+\.ya?ml", e.path)
    ]
    for path in [*(e.path for e in ctx.repo.find(*_GATE_FILES)), *workflows]:
        try:
            text = ctx.repo.read(path, limit=1024 * 1024).text
        except Trouble:
            continue
        for number, line in enumerate(text.splitlines(), start=1):
            gates += [
                (float(m[1]), Location(path=path, line=number)) for m in _GATES.finditer(line)
            ]
    if gates:
        lowest = min(gates, key=lambda g: g[0])
        yield GATE.of(
            lowest[0],
            level=Level.DECLARED,
            source=ctx.repo.source(),
            locations=[lowest[1]],
            produced_at=ctx.observed_at,
        )
