"""Lint and formatting of Python: the auditor runs ruff over a private copy of the shipped source.

"Is it clean" is judged by rules of the auditor's own (syntax errors and pyflakes), with `noqa` obeyed
and counted; "does it pass its own rules" by the target's ruff configuration, where it has one. Formatting
is judged by the target's configuration of ruff, else of black, else by ruff's defaults; no setting of the
machine that runs the audit joins in. Projects that use another linter or formatter only are judged by the
first question alone. Reports of ruff decide nothing, and one that is damaged is said. Reads no other language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from auditor.formats.scanners.ruff_json import parse, sniff
from auditor.model.evidence import Location
from auditor.model.level import Level
from auditor.model.probe import FactSpec, FactType
from auditor.probing.command import Ran
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
from auditor.probing.reports.black_excludes import left_out
from auditor.probing.reports.reports import places, read_reports
from auditor.probing.reports.ruff_config import COPY, RuffConfig, ruff_config
from auditor.probing.repository.stack import Wanted, advice, unread_language
from auditor.probing.sources import contents, shipped, small

VIOLATIONS = FactSpec(
    "lint.violations", FactType.NUMBER, "Violations of the auditor's own lint rules", "violations"
)
SUPPRESSED = FactSpec(
    "lint.suppressed", FactType.NUMBER, "Violations that a noqa comment silences", "violations"
)
CHECKED = FactSpec("lint.files_checked", FactType.NUMBER, "Python files that were linted", "files")
OWN = FactSpec(
    "lint.own_rules_violations",
    FactType.NUMBER,
    "Violations of the target's own ruff rules",
    "violations",
)
UNFORMATTED = FactSpec(
    "format.unformatted_files", FactType.NUMBER, "Python files that are not formatted", "files"
)
FORMAT_CHECKED = FactSpec(
    "format.files_checked", FactType.NUMBER, "Python files whose format was checked", "files"
)

_LINT = (VIOLATIONS.key, SUPPRESSED.key, CHECKED.key)
_FORMAT = (UNFORMATTED.key, FORMAT_CHECKED.key)
_KEYS = (*_LINT, OWN.key, *_FORMAT)
# Syntax errors and pyflakes: what experts agree on whatever the style. Left out: star imports (the
# custom of Django settings), and unused imports in a package's __init__, which re-export names.
_RULES = (
    "--isolated",
    "--select",
    "E9,F",
    "--ignore",
    "F403,F405",
    "--per-file-ignores",
    "__init__.py:F401",
)
_ALWAYS = ("--no-cache", "--no-respect-gitignore")
_CHECK = ("check", "--quiet", "--no-fix", "--output-format", "json", *_ALWAYS)
_FORMAT_CHECK = ("format", "--check", "--force-exclude", *_ALWAYS)
_RESULT = re.compile(r"(\d+) files? (?:would be reformatted|already formatted|left unchanged)")
_UNFORMATTED = re.compile(r"^Would reformat: (.+)$|^(.+?):\d+:\d+: unformatted: ", re.MULTILINE)
_TIMEOUT_S = 120.0
_MOST = 300


@probe(
    "reports.ruff",
    title="Lint and formatting (ruff)",
    needs=[Need.REPOSITORY],
    emits=[VIOLATIONS, SUPPRESSED, CHECKED, OWN, UNFORMATTED, FORMAT_CHECKED],
    timeout_s=300.0,
)
def ruff(ctx: Context) -> Iterator[Observation]:
    """A few runs over the same copy; ruff is fast enough."""
    wanted = shipped(ctx.repo, "python")
    if not wanted:
        what = "There is no shipped Python source below the service root for ruff to check."
        for kind, keys in ((Wanted.LINT, (*_LINT, OWN.key)), (Wanted.FORMAT, _FORMAT)):
            step = advice(ctx.repo, kind, "Attest the run of the language's own tool.")
            yield Problem(ProblemKind.VACUOUS, what, step, keys)
        return
    lint = unread_language(ctx, "python", Wanted.LINT, *_LINT, OWN.key)
    form = unread_language(ctx, "python", Wanted.FORMAT, *_FORMAT)
    if lint is not None and form is not None:
        yield from (lint, form)
        return
    files, unread = contents(ctx.repo, small(wanted))
    yield from unread
    if files and not unread:
        yield from _lint(ctx, files)
        yield from _by_own_settings(ctx, files)
    for seen in read_reports(ctx.repo, places("json"), sniff, parse):
        if isinstance(seen, Problem):
            yield seen


def _by_own_settings(ctx: Context, files: dict[str, bytes]) -> Iterator[Observation]:
    try:
        config = ruff_config(ctx.repo, files)
    except Trouble as trouble:
        yield trouble.problem(OWN.key, *_FORMAT)
        return
    if config.own:
        yield from _own_rules(ctx, files, config)
    yield from _format(ctx, files, config)


def _run(
    ctx: Context,
    args: Sequence[str],
    laid_out: Mapping[str, bytes],
    names: Sequence[str],
    known: tuple[int, ...] = (0, 1),
) -> Ran:
    ran = ctx.command.run(
        ["ruff", *args, *names], timeout_s=_TIMEOUT_S, files=laid_out, tool="ruff"
    )
    if ran.exit_code not in known:
        raise Trouble(
            ProblemKind.CRASHED, f"ruff ended with exit code {ran.exit_code}: {ran.error_text}"
        )
    return ran


def _names(files: Mapping[str, bytes], folder: str) -> list[str]:
    paths = (path for path in sorted(files) if path.endswith((".py", ".pyi", ".pyw")))
    return [f"./{folder}{path}" for path in paths]


def _lint(ctx: Context, files: dict[str, bytes]) -> Iterator[Observation]:
    names = _names(files, "")
    obeyed = _run(ctx, [*_CHECK, *_RULES], files, names)
    whole = parse(_run(ctx, [*_CHECK, *_RULES, "--ignore-noqa"], files, names).stdout)
    report = parse(obeyed.stdout)
    for one in report.violations[:_MOST]:
        place = Location(path=_below(one.path, files), line=one.line)
        yield Finding(one.code or "syntax", one.message, VIOLATIONS.key, location=place)
    places = [Location(path=_below(v.path, files), line=v.line) for v in report.violations[:50]]
    for fact, value, where in (
        (VIOLATIONS, len(report.violations), places),
        (SUPPRESSED, max(0, len(whole.violations) - len(report.violations)), []),
        (CHECKED, len(files), []),
    ):
        yield fact.of(
            value,
            level=Level.OBSERVED,
            source=obeyed.source,
            locations=where,
            produced_at=ctx.observed_at,
        )


def _below(path: str, files: dict[str, bytes]) -> str:
    """Ruff names files by absolute path: the repository path is the known end of it."""
    parts = path.replace("\\", "/").split("/")
    for i in range(len(parts)):
        tail = "/".join(parts[i:])
        if tail in files:
            return tail
    return path


def _own_rules(ctx: Context, files: dict[str, bytes], config: RuffConfig) -> Iterator[Observation]:
    args, names = [*_CHECK, "--force-exclude"], _names(files, f"{COPY}/")
    try:
        ran = _run(ctx, args, config.laid_out(files), names)
    except Trouble as trouble:
        yield trouble.problem(OWN.key)
        return
    yield OWN.of(
        len(parse(ran.stdout).violations),
        level=Level.OBSERVED,
        source=ran.source,
        produced_at=ctx.observed_at,
    )


def _format(ctx: Context, files: dict[str, bytes], config: RuffConfig) -> Iterator[Observation]:
    if ctx.repo.find(".style.yapf", everywhere=True):
        what = "The source is formatted by yapf, which the auditor does not run."
        yield Problem(ProblemKind.VACUOUS, what, "Attest the formatter's check in CI.", _FORMAT)
        return
    try:
        ran = _formatted(ctx, files, config)
    except Trouble as trouble:
        yield trouble.problem(*_FORMAT)
        return
    text = ran.stdout.decode("utf-8", "replace")
    if ran.exit_code == 2:
        what = f"ruff could not check the format: {(ran.error_text or text).strip()[:300]}"
        yield Problem(ProblemKind.MALFORMED, what, "Mend the file or the configuration.", _FORMAT)
        return
    bad = [_below(a or b, files) for a, b in _UNFORMATTED.findall(text)]
    checked = sum(int(n) for n in _RESULT.findall(text))
    if checked * 2 < len(files):
        what = f"The target's configuration leaves out {len(files) - checked} of {len(files)} source files."
        yield Problem(ProblemKind.VACUOUS, what, "Take shipped source out of `exclude`.", _FORMAT)
        return
    places = [Location(path=path) for path in bad[:50]]
    for fact, value in ((UNFORMATTED, len(bad)), (FORMAT_CHECKED, checked)):
        yield fact.of(
            value,
            level=Level.OBSERVED,
            source=ran.source,
            locations=places,
            produced_at=ctx.observed_at,
        )


def _formatted(ctx: Context, files: dict[str, bytes], config: RuffConfig) -> Ran:
    """The check of the format. Exit code 2: it could not be made."""
    root, patterns = config.black_excludes
    gone = left_out(ctx.command, patterns, root, files) if patterns else set()
    kept = {path: data for path, data in files.items() if path not in gone}
    laid_out, names = config.laid_out(kept), _names(kept, f"{COPY}/")
    # The target's settings may ask for another output; older versions do not know the option.
    plain = [*_FORMAT_CHECK, "--output-format", "concise"]
    ran = _run(ctx, plain, laid_out, names, known=(0, 1, 2))
    if ran.exit_code == 2 and b"unexpected argument" in ran.stderr:
        ran = _run(ctx, _FORMAT_CHECK, laid_out, names, known=(0, 1, 2))
    return ran
