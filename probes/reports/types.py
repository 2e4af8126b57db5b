"""Static type checking of Python: reports of mypy and pyright, and where there is none, a run of mypy.

The auditor's own run sees a private copy of the shipped source, with a configuration of its own and no
plugin. It decides only where everything imported is the service's own or the standard library's: without the
types of its dependencies a checker sees errors that are none. A project's stricter rules only a report of its
own can show. Other languages are not read.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from posixpath import normpath

from auditor.formats.scanners import mypy_output, pyright_output
from auditor.formats.scanners.type_report import TypeReport
from auditor.model.evidence import Location, Source
from auditor.model.level import Level, at_most
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
from auditor.probing.doors.trouble import Trouble
from auditor.probing.guards import standing
from auditor.probing.reports.reports import Report, places, read_reports
from auditor.probing.repository.stack import Wanted, advice, unread_language
from auditor.probing.sources import contents, shipped, small

ERRORS = FactSpec(
    "types.errors", FactType.NUMBER, "Errors that a static type checker finds", "errors"
)
CHECKED = FactSpec("types.files_checked", FactType.NUMBER, "Files that it checked", "files")
MISSING = FactSpec(
    "types.files_missing",
    FactType.NUMBER,
    "Shipped Python files beyond those that it checked",
    "files",
)
IGNORED = FactSpec(
    "types.ignored",
    FactType.NUMBER,
    "Lines of shipped source that a `type: ignore` silences",
    "lines",
)

_KEYS = (ERRORS.key, CHECKED.key, MISSING.key)
_MOST = 300
_TIMEOUT_S = 280.0
_IGNORE = re.compile(rb"#\s*(?:type|pyright):\s*ignore\b")
_OWN = b"[mypy]\n"
_IMPORT = re.compile(
    rb"^[ \t]*(?:import[ \t]+(\w[\w., \t]*)|from[ \t]+(\w[\w.]*)[ \t]+import\b)", re.MULTILINE
)
_UNRESOLVED = ("import-not-found", "import-untyped", "import")
_INI = "auditor-mypy.ini"
_ARGS = ("--config-file", _INI, "--cache-dir", "/dev/null", "--no-site-packages", "--no-color-output",
         "--no-error-summary", "--explicit-package-bases", "--output", "json")  # fmt: skip


@probe(
    "reports.types",
    title="Static type checking (mypy, pyright)",
    needs=[Need.REPOSITORY],
    emits=[ERRORS, CHECKED, MISSING, IGNORED],
    timeout_s=320.0,
)
def types(ctx: Context) -> Iterator[Observation]:
    """Reports first; the auditor's own run only where no report is fit to decide."""
    wanted = shipped(ctx.repo, "python")
    other = unread_language(ctx, "python", Wanted.TYPES, *_KEYS, IGNORED.key)
    if not wanted or other is not None:
        yield other or Problem(
            ProblemKind.VACUOUS,
            "There is no shipped Python source below the service root to check the types of.",
            advice(ctx.repo, Wanted.TYPES, "Attest the report of the language's own type checker."),
            (*_KEYS, IGNORED.key),
        )
        return
    files, unread = contents(ctx.repo, small(wanted))
    yield from unread
    if not unread:
        yield _ignored(ctx, files)
    strong = False
    for form in (mypy_output, pyright_output):
        for report in read_reports(ctx.repo, places("txt", "json"), form.sniff, form.parse, *_KEYS):
            if isinstance(report, Problem):
                yield report
                continue
            for seen in _reported(ctx, report, list(files)):
                strong |= not isinstance(seen, (Problem, Finding)) and seen.level is Level.REPORTED
                yield seen
    if not strong and files and not unread:
        yield from _own_run(ctx, files)


def _ignored(ctx: Context, files: dict[str, bytes]) -> Observation:
    lines = [
        Location(path=path, line=number)
        for path, data in sorted(files.items())
        for number, line in enumerate(data.split(b"\n"), 1)
        if _IGNORE.search(line)
    ]
    return IGNORED.of(
        len(lines), level=Level.EFFECTIVE, source=ctx.repo.source(), locations=lines[:50],
        produced_at=ctx.observed_at,
    )  # fmt: skip


def _reported(
    ctx: Context, report: Report[TypeReport], measured: list[str]
) -> Iterator[Observation]:
    content = report.content
    worth = standing(
        ctx.repo, report.entry, made_at=content.made_at, now=ctx.now, measured=measured
    )
    path = report.entry.path
    weak = worth.problem(path, *_KEYS)
    if weak is not None:
        yield weak
    if worth.impossible:
        return
    if content.files_checked == 0:
        what = f"{path}: {content.producer} checked no file."
        yield Problem(ProblemKind.VACUOUS, what, "Give it the service's own packages.", _KEYS)
        return
    if not content.complete and not content.errors:
        what = f"{path} has no closing summary, so the run may have been cut off before an error."
        yield Problem(
            ProblemKind.VACUOUS, what, "Keep the whole output of the type checker.", _KEYS
        )
        return
    if content.disagreement:
        yield Problem(ProblemKind.MALFORMED, f"{path}: {content.disagreement}", "Make it again.")
    level = at_most(worth.level, Level.EFFECTIVE) if content.disagreement else worth.level
    errors = max(content.errors, content.declared_errors or 0)
    values = [(ERRORS, errors)]
    if content.files_checked is not None:
        values.append((CHECKED, content.files_checked))
        values.append((MISSING, max(0, len(measured) - content.files_checked)))
    for fact, value in values:
        yield fact.of(
            value, level=level, source=report.file.source, locations=[Location(path=path)],
            produced_at=worth.produced_at,
        )  # fmt: skip


def _own_run(ctx: Context, files: dict[str, bytes]) -> Iterator[Observation]:
    if ctx.repo.find("pyrightconfig.json", everywhere=True):
        what = "The project is checked by pyright, which the auditor does not run."
        hint = "Run `pyright --outputjson > reports/pyright.json`, then audit again."
        yield Problem(ProblemKind.NOT_CONFIGURED, what, hint, _KEYS)
        return
    sources = {path: data for path, data in files.items() if path.endswith((".py", ".pyi"))}
    foreign = foreign_imports(sources)
    if foreign:
        yield _foreign(ctx, *foreign[0], len(foreign))
        return
    names = [f"./{path}" for path in sorted(sources)]
    try:
        ran = ctx.command.run(
            ["mypy", *_ARGS, *names],
            timeout_s=_TIMEOUT_S,
            files={**sources, _INI: _OWN},
            tool="mypy",
        )
    except Trouble as trouble:
        yield trouble.problem(*_KEYS)
        return
    if ran.exit_code not in (0, 1):
        reason = ran.error_text or ran.stdout.decode("utf-8", "replace")
        what = f"mypy could not check the source: {reason.strip()[:300]}"
        hint = "Run `mypy . > reports/mypy.txt` with the project's own settings, then audit again."
        yield Problem(ProblemKind.MALFORMED, what, hint, _KEYS)
        return
    yield from _observed(ctx, own_report(ran.stdout), len(sources), ran.source)


def foreign_imports(sources: Mapping[str, bytes]) -> list[tuple[str, int]]:
    """Path and line of each import of a package that is neither the service's own nor the standard library's."""
    own = {part.removesuffix(".py") for path in sources for part in path.split("/")}
    found = []
    for path, data in sorted(sources.items()):
        for match in _IMPORT.finditer(data):
            said = match[1] or match[2]
            names = [name.split(b".")[0].split()[0] for name in said.split(b",") if name.strip()]
            tops = {name.decode("utf-8", "replace") for name in names}
            if tops - own - sys.stdlib_module_names:
                found.append((path, data.count(b"\n", 0, match.start()) + 1))
    return found


def _foreign(ctx: Context, path: str, line: int, count: int) -> Problem:
    return Problem(
        ProblemKind.NOT_CONFIGURED,
        f"The service imports packages that are not installed here ({count} imports), and without"
        " their types a checker's errors mean little.",
        advice(ctx.repo, Wanted.TYPES, "Keep the type checker's report."),
        _KEYS,
        (Location(path=path, line=line),),
    )


def own_report(output: bytes) -> TypeReport:
    """The messages of the auditor's own run; no output at all is a clean run here."""
    if not output.strip():
        return TypeReport("mypy", (), None, complete=True)
    return mypy_output.parse(output)


def _observed(
    ctx: Context, report: TypeReport, checked: int, source: Source
) -> Iterator[Observation]:
    errors = [d for d in report.diagnostics if d.severity == "error"]
    foreign = [d for d in errors if d.code in _UNRESOLVED]
    if foreign:  # an import in a form that was not seen before the run
        yield _foreign(ctx, normpath(foreign[0].path), foreign[0].line or 1, len(foreign))
        return
    for one in errors[:_MOST]:
        place = Location(path=normpath(one.path), line=one.line)
        yield Finding(one.code or "error", one.message[:300], ERRORS.key, location=place)
    spots = [Location(path=normpath(d.path), line=d.line) for d in errors[:50]]
    for fact, value in ((ERRORS, len(errors)), (CHECKED, checked), (MISSING, 0)):
        yield fact.of(
            value, level=Level.OBSERVED, source=source, locations=spots, produced_at=ctx.observed_at
        )
