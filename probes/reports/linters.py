"""What the project's own linters found, in any language: reports of ESLint, pylint and golangci-lint in JSON,
and of these and others (RuboCop, PHPStan, Clippy, detekt, Checkstyle) in SARIF.

All runs of one strength count together. A report cannot tell which rules were switched on, and most carry no
time and no commit. ESLint lists every file that it checked; pylint and golangci-lint do not. `[]` is what
pylint prints for clean source and for none, so it tells nothing. Messages of pylint's types refactor and
convention are matters of taste, and are not counted. What the auditor's own ruff says of Python is
`reports.ruff`'s to tell.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from auditor.code.languages import language_of
from auditor.code.sources import Survey
from auditor.model.evidence import Location
from auditor.model.level import Level
from auditor.model.probe import FactSpec, FactType
from auditor.probing.contract import (
    Context,
    Finding,
    Need,
    Observation,
    Problem,
    ProblemKind,
    probe,
)
from auditor.probing.repo import Entry
from auditor.probing.reports.lint_runs import LintRun, lint_runs
from auditor.probing.reports.reports import may_be_report, places
from auditor.probing.repository.stack import Wanted, advice, main_language
from auditor.probing.sources import shipped, source_texts

ERRORS = FactSpec("linters.errors", FactType.NUMBER, "Open errors of the linters", "errors")
WARNINGS = FactSpec("linters.warnings", FactType.NUMBER, "Open warnings of the linters", "warnings")
SUPPRESSED = FactSpec(
    "linters.suppressed",
    FactType.NUMBER,
    "Messages that comments silence, or such comments where the linter does not count them",
    "suppressions",
)
CHECKED = FactSpec(
    "linters.files_checked", FactType.NUMBER, "Files that the linters say they checked", "files"
)
UNCHECKED = FactSpec(
    "linters.files_missing",
    FactType.NUMBER,
    "Shipped files that ESLint, which lists what it checks, leaves out",
    "files",
)
TOOLS = FactSpec("linters.tools", FactType.LIST, "Linters whose reports were read")
MISSING = FactSpec(
    "linters.languages_missing",
    FactType.LIST,
    "Languages of a twentieth or more of the shipped source that no linter's report speaks of",
)

_SPECS = (ERRORS, WARNINGS, SUPPRESSED, CHECKED, UNCHECKED, TOOLS, MISSING)
_KEYS = tuple(spec.key for spec in _SPECS)
_SHARE = 0.05
_MOST = 300
# What sets up a tool, or only declares types: linters leave these out by custom.
_SET_UP = re.compile(r"(?:.*/)?(?:[^/]+\.config|\.?[\w-]+rc)\.[cm]?[jt]s|.*\.d\.[cm]?ts")
_COUNTED = ("fatal", "error", "warning")
_COMMENTS = {
    "pylint": re.compile(r"#\s*pylint:\s*(?:disable|skip-file)"),
    "eslint": re.compile(r"(?://|/\*)\s*eslint-disable"),
    "golangci-lint": re.compile(r"//\s?nolint\b"),
}


@probe(
    "reports.linters",
    title="Reports of linters (ESLint, pylint, golangci-lint, SARIF)",
    needs=[Need.REPOSITORY],
    emits=list(_SPECS),
    pure=True,
)
def linters(ctx: Context) -> Iterator[Observation]:
    """One set of facts for each level of evidence: of the runs at that level or above it."""
    sources = shipped(ctx.repo)
    if not sources:
        what = "There is no shipped source below the service root to lint."
        yield Problem(ProblemKind.VACUOUS, what, "Audit the folder of the service.", _KEYS)
        return
    runs: list[LintRun] = []
    for seen in lint_runs(ctx, *_KEYS):
        complaint = seen if isinstance(seen, Problem) else _complaint(seen)
        if complaint is not None:
            yield complaint
        if isinstance(seen, LintRun) and (complaint is None or not complaint.facts):
            runs.append(seen)
    if not runs:
        yield _nothing(ctx)
        return
    for level in sorted({run.level for run in runs}, key=lambda one: -one.rank):
        yield from _facts(ctx, [r for r in runs if r.level.rank >= level.rank], level, sources)
    yield from _weak(runs)
    yield from _findings(runs)


def _complaint(run: LintRun) -> Problem | None:
    """Why a run says less than it seems to, or, where the problem hides facts, nothing at all."""
    report, path = run.report, run.path
    place = (Location(path=path),)
    if run.standing.impossible:
        return run.standing.problem(path, *_KEYS)
    if report.disabled:
        what = f"{path}: no linter was switched on."
        return Problem(ProblemKind.VACUOUS, what, "Enable its linters.", _KEYS, place)
    if report.files_checked == 0 and not report.errors:
        what = f"{path}: {report.tool} checked no file."
        return Problem(ProblemKind.VACUOUS, what, "Give it the service's source.", _KEYS, place)
    if (run.files is not None or report.messages) and not run.seen:
        what = f"{path} lists no shipped source file of this service."
        return Problem(ProblemKind.VACUOUS, what, "Lint the service's source.", _KEYS, place)
    if report.failure:
        what = f"{path}: {report.tool} did not run to its end: {report.failure[:200]}"
        return Problem(ProblemKind.CRASHED, what, "Mend its run, and make the report again.")
    if report.disagreement:
        what = f"{path}: {report.disagreement[0]}"
        return Problem(ProblemKind.MALFORMED, what, "Make the report again.")
    if report.warnings is None:
        what = (
            f"{path} lists only files with errors, as `--quiet` does: the others may not be clean."
        )
        return Problem(ProblemKind.VACUOUS, what, "Run it without `--quiet`.")
    return None


def _nothing(ctx: Context) -> Problem:
    what = "No report of a linter was found below the service root or in `evidence:`."
    empty = [e.path for e in ctx.repo.reports(*places("json")) if _is_empty_list(ctx, e)]
    if empty:
        what = (
            f"{empty[0]} is an empty list, which does not tell what was linted, nor by which tool."
        )
    if main_language(ctx.repo) == "python":
        what += " Python is looked at by the auditor's own ruff in any case."
    otherwise = "Attest the report of the language's own linter."
    return Problem(
        ProblemKind.NOT_CONFIGURED, what, advice(ctx.repo, Wanted.LINT, otherwise), _KEYS
    )


def _is_empty_list(ctx: Context, entry: Entry) -> bool:
    name = entry.path.rpartition("/")[2].lower()
    return (
        "lint" in name
        and entry.size <= 16
        and may_be_report(ctx.repo, entry.path)
        and ctx.repo.head(entry.path).split() == [b"[]"]
    )


def _facts(
    ctx: Context, runs: list[LintRun], level: Level, sources: list[Entry]
) -> Iterator[Observation]:
    unchecked = _unchecked(runs, sources)
    severe = (
        run.place(m) for run in runs for m in run.report.messages if m.kind in ("fatal", "error")
    )
    warnings = [run.report.warnings for run in runs]
    checked = [n for run in runs if (n := run.report.files_checked) is not None]
    values: list[tuple[FactSpec, int | list[str] | None, list[Location]]] = [
        (ERRORS, sum(run.report.errors for run in runs), list(severe)[:50]),
        (WARNINGS, None if None in warnings else sum(one or 0 for one in warnings), []),
        (CHECKED, sum(checked) if checked else None, []),
        (UNCHECKED, len(unchecked), [Location(path=path) for path in unchecked[:50]]),
        (TOOLS, sorted({run.report.tool for run in runs}), []),
        (MISSING, _languages_missing(runs, sources), []),
    ]
    survey = Survey()
    silenced = _suppressed(ctx, runs, survey)
    if survey.unread:
        yield from survey.problems(SUPPRESSED.key)
    else:
        values.append((SUPPRESSED, silenced, []))
    times = [run.standing.produced_at for run in runs]
    known = [time for time in times if time is not None]
    for spec, value, where in values:
        if value is not None:
            yield spec.of(
                value,
                level=level,
                source=runs[0].source,
                locations=where or [Location(path=run.path) for run in runs],
                produced_at=min(known) if len(known) == len(times) else None,
            )


def _unchecked(runs: list[LintRun], sources: list[Entry]) -> list[str]:
    """Shipped files of the languages of linters that list what they check, and are not listed."""
    listing = [run for run in runs if run.files is not None]
    spoken = {
        language
        for run in listing
        for path in run.files or ()
        if (language := language_of(path)) in run.reads
    }
    listed = {path for run in listing for path in run.files or ()}
    return sorted(
        e.path
        for e in sources
        if language_of(e.path) in spoken
        and e.path not in listed
        and _SET_UP.fullmatch(e.path) is None
    )


def _languages_missing(runs: list[LintRun], sources: list[Entry]) -> list[str]:
    sizes: Counter[str] = Counter()
    files: Counter[str] = Counter()
    for entry in sources:
        language = language_of(entry.path) or ""
        sizes[language] += entry.size
        files[language] += 1
    total = sum(sizes.values())
    main = [name for name, size in sizes.items() if size and size >= _SHARE * total]
    return sorted(
        name for name in main if not any(run.speaks_of(name, files[name]) for run in runs)
    )


def _suppressed(ctx: Context, runs: list[LintRun], survey: Survey) -> int:
    """What the reports count, and for linters that do not count, their comments in the source."""
    counted = sum(run.report.suppressed or 0 for run in runs)
    silent = {run.report.tool for run in runs if run.report.suppressed is None}
    signs = [_COMMENTS[tool] for tool in sorted(silent) if tool in _COMMENTS]
    if not signs:
        return counted
    return counted + sum(
        len(sign.findall(source.text))
        for source in source_texts(ctx.repo, survey)
        for sign in signs
    )


def _weak(runs: list[LintRun]) -> Iterator[Problem]:
    """Why the best of the runs counts for less than a report of this commit; one reason is enough."""
    best = max(runs, key=lambda run: run.level.rank)
    weak = best.standing.problem(best.path)
    if weak is not None:
        yield weak


def _findings(runs: list[LintRun]) -> Iterator[Finding]:
    """The errors first, then the warnings, up to a limit."""
    found = [(m, run) for run in runs for m in run.report.messages if m.kind in _COUNTED]
    for one, run in sorted(found, key=lambda pair: _COUNTED.index(pair[0].kind))[:_MOST]:
        yield Finding(
            rule=one.rule or one.kind,
            message=one.text[:300],
            fact=WARNINGS.key if one.kind == "warning" else ERRORS.key,
            severity=one.kind,
            location=run.place(one),
        )
