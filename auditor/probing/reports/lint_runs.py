"""Finds what linters reported: ESLint, pylint, golangci-lint in their own JSON, others in SARIF."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from auditor.code.languages import language_of
from auditor.formats.scanners import eslint_json, golangci_json, pylint_json, sarif
from auditor.formats.scanners.lint_report import LintMessage, LintReport
from auditor.formats.scanners.sarif import SarifLevel, SarifLog, SarifRun
from auditor.model.evidence import Location, Problem, ProblemKind, Source
from auditor.model.level import Level, at_most
from auditor.probing.contract import Context
from auditor.probing.guards import Standing, standing
from auditor.probing.reports.coverage_paths import CoveragePaths
from auditor.probing.reports.reports import Report, places, read_reports
from auditor.probing.sources import shipped

SCRIPTS = frozenset({"javascript", "typescript", "vue", "svelte"})
_LANGUAGES: dict[str, Collection[str]] = {
    "eslint": SCRIPTS, "oxlint": SCRIPTS, "biome": SCRIPTS,
    "golangci-lint": {"go"}, "staticcheck": {"go"}, "revive": {"go"},
    "pylint": {"python"}, "ruff": {"python"}, "flake8": {"python"},
    "rubocop": {"ruby"}, "standardrb": {"ruby"},
    "phpstan": {"php"}, "psalm": {"php"}, "phpcs": {"php"}, "php_codesniffer": {"php"},
    "clippy": {"rust"}, "clang-tidy": {"c", "cpp"}, "cppcheck": {"c", "cpp"}, "swiftlint": {"swift"},
    "checkstyle": {"java"}, "pmd": {"java"}, "errorprone": {"java"}, "spotbugs": {"java", "kotlin", "scala"},
    "detekt": {"kotlin"}, "ktlint": {"kotlin"}, "shellcheck": {"bash"}, "psscriptanalyzer": {"powershell"},
    "credo": {"elixir"}, "roslyn": {"csharp"}, "microsoft (r) visual c# compiler": {"csharp"},
}  # fmt: skip
# Those whose SARIF names every file as an artefact, and not only files with a result.
_LISTS_FILES = frozenset({"eslint"})
_PARSERS: tuple[tuple[Callable[[bytes], bool], Callable[[bytes], LintReport]], ...] = (
    (eslint_json.sniff, eslint_json.parse),
    (pylint_json.sniff, pylint_json.parse),
    (golangci_json.sniff, golangci_json.parse),
)


@dataclass(frozen=True, slots=True)
class LintRun:
    """One run of a linter: its report, where it lies, what it is worth.

    `where` has the repository path of what it lists or names and is shipped source, `files` are those
    that it says it checked (None where it does not list them), `reads` the languages of the linter.
    """

    report: LintReport
    path: str
    source: Source
    standing: Standing
    where: Mapping[str, str]
    files: frozenset[str] | None
    reads: frozenset[str]

    @property
    def seen(self) -> frozenset[str]:
        """The shipped files of the service that it lists or names."""
        return frozenset(self.where.values())

    def place(self, message: LintMessage) -> Location:
        """Where a message is, in the repository as far as it is known there."""
        return Location(path=self.where.get(message.path, message.path), line=message.line)

    @property
    def level(self) -> Level:
        """That of its standing; numbers that contradict each other are a mere claim."""
        return (
            at_most(self.standing.level, Level.CLAIMED)
            if self.report.disagreement
            else self.standing.level
        )

    def speaks_of(self, language: str, shipped_files: int) -> bool:
        """Whether it tells that source of a language was linted.

        A linter that lists its files says so for each of them. Of one that does not, what it counts
        or names has to be half of the shipped files; golangci-lint loads whole modules or fails.
        """
        if language not in self.reads or self.report.failure:
            return False
        if self.report.files is not None:
            return any(language_of(path) == language for path in self.files or ())
        if self.report.tool == "pylint":
            named = sum(language_of(path) == language for path in self.seen)
            return 2 * max(self.report.files_checked or 0, named) >= shipped_files
        return self.report.tool not in _LISTS_FILES


def lint_runs(ctx: Context, *facts: str) -> Iterator[LintRun | Problem]:
    """Every run that could be read, and a problem for each file that could not."""
    paths = CoveragePaths(ctx.repo)
    ours = frozenset(entry.path for entry in shipped(ctx.repo))
    for sniff, parse in _PARSERS:
        for one in read_reports(ctx.repo, places("json"), sniff, parse, *facts):
            if isinstance(one, Problem):
                yield one
            else:
                worth = standing(ctx.repo, one.entry, made_at=None, now=ctx.now, measured=ours)
                yield _run(paths, ours, one.entry.path, one.file.source, one.content, worth)
    for log in read_reports(ctx.repo, places("sarif", "json"), sarif.sniff, sarif.parse):
        if isinstance(log, Problem):
            continue  # reports.sarif tells it; nobody knows whether a linter wrote it
        yield from _sarif(ctx, paths, ours, log)


def _run(
    paths: CoveragePaths, ours: frozenset[str], path: str, source: Source, report: LintReport,
    worth: Standing,
) -> LintRun:  # fmt: skip
    found = {one: paths.find(one) for one in {*report.named, *(report.files or ())}}
    where = {one: path for one, path in found.items() if path is not None and path in ours}
    listed = None if report.files is None else {where[one] for one in report.files if one in where}
    return LintRun(
        report=report,
        path=path,
        source=source,
        standing=worth,
        where=where,
        files=None if listed is None else frozenset(listed),
        reads=frozenset(_LANGUAGES.get(report.tool, ())),
    )


def _sarif(
    ctx: Context, paths: CoveragePaths, ours: frozenset[str], log: Report[SarifLog]
) -> Iterator[LintRun | Problem]:
    path = log.entry.path
    for run in log.content.runs:
        tool = linter_of(run.tool)
        if tool is None:
            continue
        if not run.results and not run.artifacts and not run.rules:
            what = f"{path} names no result, rule or file of {run.tool}: it may have looked at nothing."
            yield Problem(ProblemKind.VACUOUS, what, _EMPTY.get(tool, "Keep its native report."))
            continue
        worth = standing(
            ctx.repo, log.entry, made_at=run.finished_at, now=ctx.now, measured=ours,
            commit=run.revisions[0] if len(set(run.revisions)) == 1 else None,
        )  # fmt: skip
        yield _run(paths, ours, path, log.file.source, report_of(run, tool), worth)


_EMPTY = {
    "golangci-lint": "Run `golangci-lint run --output.json.path reports/golangci.json`, which tells"
    " what linters ran, then audit again.",
}


def linter_of(tool: str) -> str | None:
    """The name by which a linter is known here; None for a tool that is no known linter."""
    name = tool.strip().lower()
    return next((known for known in _LANGUAGES if re.match(rf"{re.escape(known)}\b", name)), None)


def report_of(run: SarifRun, tool: str) -> LintReport:
    """A run in SARIF as a linter's report; results of level note or none are neither count."""
    results = [one for one in run.results or () if not one.absent]
    open_ones = [one for one in results if not one.suppressed]
    failed = run.successful is False or run.errors or run.results is None
    reason = next(iter(run.errors), "The run did not end well, or its results are not in the log.")
    return LintReport(
        tool=tool,
        messages=tuple(
            LintMessage(one.rule_id, one.level.value, one.message, one.path or "", one.line)
            for one in open_ones
        ),
        # ESLint tells of files that it could not parse in notifications, and not in results.
        errors=sum(one.level is SarifLevel.ERROR for one in open_ones) + len(run.errors),
        warnings=sum(one.level is SarifLevel.WARNING for one in open_ones),
        suppressed=len(results) - len(open_ones) if tool in _LISTS_FILES else None,
        files=run.artifacts if tool in _LISTS_FILES else None,
        files_checked=len(run.artifacts) if tool in _LISTS_FILES else None,
        failure=reason if failed else None,
    )
