"""Line and branch coverage from reports: Cobertura, JaCoCo and Clover XML, LCOV, Go cover profiles,
coverage.py's JSON and `.coverage` data files, Istanbul's coverage-final.json and coverage-summary.json.

The percentage is recounted over shipped source: test files do not count, and source files with code
that no report measures are named, for each language by the reports of that language. Go and Clover
count statements, the others lines. A report states nothing about another commit: its level says so;
LCOV, Go profiles and Istanbul's JSON carry neither time nor commit, so that they are at most effective.
The lowest gate is that of coverage.py, pytest-cov, Codecov, jest, vitest, nyc, JaCoCo, Makefiles and
workflows, as far as it stands there as a number. It cannot tell whether the tests assert anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from auditor.code.languages import language_of
from auditor.model.evidence import Location
from auditor.model.level import Level, weakest
from auditor.model.probe import FactSpec, FactType
from auditor.probing.contract import Context, Need, Observation, Problem, ProblemKind, probe
from auditor.probing.repo import Repo
from auditor.probing.reports.coverage_limits import target_gates
from auditor.probing.reports.coverage_runs import CoverageRun, coverage_runs
from auditor.probing.reports.coverage_sources import GLUE, CoverageSources, family
from auditor.probing.reports.reports import none_read
from auditor.probing.repository.stack import Wanted, advice

LINES = FactSpec("coverage.line_percent", FactType.NUMBER, "Line coverage of shipped source", "%")
BRANCHES = FactSpec(
    "coverage.branch_percent", FactType.NUMBER, "Branch coverage of shipped source", "%"
)
STATEMENTS = FactSpec(
    "coverage.statements", FactType.NUMBER, "Measured lines of shipped source", "lines"
)
FILES = FactSpec("coverage.files", FactType.NUMBER, "Measured files of shipped source", "files")
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

_KEYS = tuple(f.key for f in (LINES, BRANCHES, STATEMENTS, FILES, UNMEASURED, EXCLUDED))
_ANY = "Run the tests with a report in Cobertura XML at reports/coverage.xml, then audit again."
_NAMED = 50


@probe(
    "reports.coverage",
    title="Coverage reports",
    needs=[Need.REPOSITORY],
    emits=[LINES, BRANCHES, STATEMENTS, FILES, UNMEASURED, EXCLUDED, GATE],
    version="2",
    pure=True,
)
def coverage(ctx: Context) -> Iterator[Observation]:
    """Every report is kept; the strongest ones of a language decide which files were measured."""
    yield from _gate(ctx)
    found = coverage_runs(ctx, *_KEYS)
    yield from found.unread
    runs: list[CoverageRun] = []
    complaints: list[Problem] = []
    for run in found.runs:
        complaint = run.complaint(*_KEYS)
        if complaint is None:
            runs.append(run)
        else:
            complaints.append(complaint)
    yield from complaints
    for run in runs:
        yield from _facts(run)
        yield from _doubts(ctx.repo, run, runs)
    if runs:
        yield from _unmeasured(ctx.repo, runs, found.sources)
    else:
        said = "No usable coverage report was found below the service root or in `evidence:`."
        hint = advice(ctx.repo, Wanted.COVERAGE, _ANY)
        told = [*found.unread, *complaints]
        yield none_read(ctx.repo, said, hint, _KEYS, "*coverage*.[jx][sm][ol]*", unread=told)


def _facts(run: CoverageRun) -> Iterator[Observation]:
    recount = run.recount
    measured = sum(1 for file in run.files.values() if file.statements)
    values = [(LINES, recount.line_percent), (BRANCHES, recount.branch_percent),
              (STATEMENTS, recount.statements), (FILES, measured),
              (EXCLUDED, recount.excluded_lines)]  # fmt: skip
    for fact, value in values:
        if value is not None:
            yield fact.of(
                round(value, 4) if isinstance(value, float) else value,
                level=run.level,
                source=run.report.file.source,
                locations=[Location(path=run.path)],
                produced_at=run.standing.produced_at,
            )


def _doubts(repo: Repo, run: CoverageRun, runs: list[CoverageRun]) -> Iterator[Problem]:
    """Why a report counts for less, unless a stronger one measures the same files anyway."""
    stronger = {path for other in runs if other.level.rank > run.level.rank for path in other.files}
    weak = run.weakness(repo, *_KEYS)
    if weak is not None and not stronger.issuperset(run.files):
        yield weak
    for sentence in run.contradictions:
        yield Problem(
            ProblemKind.MALFORMED, f"{run.path}: {sentence}", "Make the report again.", _KEYS
        )


def _unmeasured(
    repo: Repo, runs: list[CoverageRun], sources: CoverageSources
) -> Iterator[Observation]:
    """Source files with code that the deciding reports of their language lack.

    Of a language that no report speaks of nothing is known: the number is then no fact, unless it
    is too high already.
    """
    deciding = {name: _deciding(runs, name) for run in runs for name in run.languages}
    measured = {
        path
        for name, strongest in deciding.items()
        for run in strongest
        for path, file in run.files.items()
        if file.statements and family(path) == name
    }
    lacking = sorted(sources.runnable - measured)
    missing = [path for path in lacking if family(path) in deciding]
    silent = [path for path in lacking if family(path) not in deciding | dict.fromkeys(GLUE)]
    yield from sources.survey.problems(UNMEASURED.key)
    yield from _silent(repo, silent)
    if not missing and (silent or sources.survey.unread):
        return
    telling = [run for strongest in deciding.values() for run in strongest]
    times = [run.standing.produced_at for run in telling]
    known = [time for time in times if time is not None]
    weak = weakest([run.level for run in telling])
    yield UNMEASURED.of(
        len(missing),
        level=weak,
        source=next(run for run in telling if run.level is weak).report.file.source,
        locations=[Location(path=path) for path in missing[:_NAMED]],
        produced_at=(min(known, key=datetime.fromisoformat) if len(known) == len(times) else None),
    )


def _deciding(runs: list[CoverageRun], language: str) -> list[CoverageRun]:
    speaking = [run for run in runs if language in run.languages]
    top = max(run.level.rank for run in speaking)
    return [run for run in speaking if run.level.rank == top]


def _silent(repo: Repo, paths: list[str]) -> Iterator[Problem]:
    """The languages of the service that no report speaks of, one problem each."""
    for name in sorted({family(path) for path in paths}):
        lacking = [path for path in paths if family(path) == name]
        language = language_of(lacking[0])
        yield Problem(
            ProblemKind.VACUOUS,
            f"No coverage report measures the {language} source of this service"
            f" ({len(lacking)} files, such as {lacking[0]}).",
            advice(repo, Wanted.COVERAGE, _ANY, name),
            (UNMEASURED.key,),
            tuple(Location(path=path) for path in lacking[:_NAMED]),
        )


def _gate(ctx: Context) -> Iterator[Observation]:
    """Gates that the target sets for itself: a low one speaks against a high target."""
    gates = []
    for seen in target_gates(ctx.repo, GATE.key):
        if isinstance(seen, Problem):
            yield seen
        else:
            gates.append(seen)
    if gates:
        lowest, place = min(gates, key=lambda gate: gate[0].percent)
        yield GATE.of(
            lowest.percent,
            level=Level.DECLARED,
            source=ctx.repo.source(),
            locations=[place],
            produced_at=ctx.observed_at,
        )
