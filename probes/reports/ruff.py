"""Lint and formatting of Python: the auditor runs ruff over a private copy of the shipped source.

"Is it clean" is judged by rules of the auditor's own (syntax errors and pyflakes), with `noqa` obeyed
and counted; "does it pass its own rules" by the target's ruff configuration, where it has one. Formatting
is judged by the target's configuration. Projects that use another linter or formatter only are judged by
the first question alone. Reads no other language.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from typing import Any

from auditor.formats.ruff_json import parse
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
from auditor.probing.sources import contents, shipped, small
from auditor.probing.stack import Wanted, advice, unread_language
from auditor.probing.trouble import Trouble

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
_CHECK = ("check", "--quiet", "--no-cache", "--no-fix", "--output-format", "json")
_RESULT = re.compile(r"(\d+) files? (?:would be reformatted|already formatted|left unchanged)")
_UNFORMATTED = re.compile(
    r"^Would reformat: (.+)$|^unformatted: .*\n\s*--> (.+?):\d+:\d+$", re.MULTILINE
)
_CONFIGS = ("pyproject.toml", "ruff.toml", ".ruff.toml")
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
        yield Problem(
            ProblemKind.VACUOUS,
            what,
            advice(ctx.repo, Wanted.LINT, "Attest the report of the language's own linter."),
            _KEYS,
        )
        return
    other = unread_language(ctx, "python", Wanted.LINT, *_KEYS)
    if other is not None:
        yield other
        return
    files, unread = contents(ctx.repo, small(wanted))
    yield from unread
    if unread or not files:
        return
    configs = _configurations(ctx)
    yield from _lint(ctx, files)
    if any(has_rules(path, data) for path, data in configs.items()):
        yield from _own_rules(ctx, files, configs)
    yield from _format(ctx, files, configs)


def _configurations(ctx: Context) -> dict[str, bytes]:
    """The target's ruff configuration files between the git root and the service's files, as data."""
    found = [e for e in ctx.repo.entries if e.path.rpartition("/")[2] in _CONFIGS]
    files, _ = contents(ctx.repo, found)
    return files


def has_rules(path: str, data: bytes) -> bool:
    """Whether a file configures ruff."""
    if not path.endswith("pyproject.toml"):
        return True
    return "ruff" in _tool(data)


def _tool(data: bytes) -> dict[str, Any]:
    """The table `tool` of a pyproject.toml; empty where it cannot be read."""
    try:
        tool = tomllib.loads(data.decode("utf-8", "replace")).get("tool", {})
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}
    return tool if isinstance(tool, dict) else {}


def _run(
    ctx: Context, files: dict[str, bytes], args: Iterable[str], known: tuple[int, ...] = (0, 1)
) -> Ran:
    names = [f"./{path}" for path in sorted(files) if path.endswith((".py", ".pyi", ".pyw"))]
    ran = ctx.command.run(["ruff", *args, *names], timeout_s=_TIMEOUT_S, files=files, tool="ruff")
    if ran.exit_code not in known:
        raise Trouble(
            ProblemKind.CRASHED, f"ruff ended with exit code {ran.exit_code}: {ran.error_text}"
        )
    return ran


def _lint(ctx: Context, files: dict[str, bytes]) -> Iterator[Observation]:
    obeyed = _run(ctx, files, [*_CHECK, *_RULES])
    whole = parse(_run(ctx, files, [*_CHECK, *_RULES, "--ignore-noqa"]).stdout)
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


def _own_rules(
    ctx: Context, files: dict[str, bytes], configs: dict[str, bytes]
) -> Iterator[Observation]:
    try:
        ran = _run(ctx, {**files, **configs}, [*_CHECK, "--force-exclude"])
    except Trouble as trouble:
        yield trouble.problem(OWN.key)
        return
    yield OWN.of(
        len(parse(ran.stdout).violations),
        level=Level.OBSERVED,
        source=ran.source,
        produced_at=ctx.observed_at,
    )


def _format(
    ctx: Context, files: dict[str, bytes], configs: dict[str, bytes]
) -> Iterator[Observation]:
    if ctx.repo.find(".style.yapf", everywhere=True):
        what = "The source is formatted by yapf, which the auditor does not run."
        yield Problem(ProblemKind.VACUOUS, what, "Attest the formatter's check in CI.", _FORMAT)
        return
    try:
        args = ["format", "--check", "--no-cache", "--force-exclude", *black(configs)]
        ran = _run(ctx, {**files, **configs}, args, known=(0, 1, 2))
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
        what = f"The target's ruff configuration leaves out {len(files) - checked} of {len(files)} source files."
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


def black(configs: dict[str, bytes]) -> list[str]:
    """Options that make ruff format as the target's black is told to, where only black is configured."""
    if any(has_rules(path, data) for path, data in configs.items()):
        return []
    for path, data in sorted(configs.items(), key=lambda c: len(c[0])):
        settings = _tool(data).get("black") if path.endswith("pyproject.toml") else None
        if isinstance(settings, dict):
            options = []
            if isinstance(width := settings.get("line-length"), int):
                options += ["--line-length", str(width)]
            if settings.get("skip-string-normalization") is True:
                options += ["--config", "format.quote-style='preserve'"]
            return options
    return []
