"""Static security analysis in any language, from the SARIF that CodeQL, Semgrep, gosec and others write.

All runs of one strength count together, since some tools write a file for each language. A result is
high where its level is error or its security severity is 7 or more. Linters, and scanners of secrets,
packages, infrastructure or running systems, are left to others. SARIF does not tell which rules were
switched off, nor of every file that it was looked at: a language counts as analysed where a successful
run names it by its tool, its rules or its files.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.code.languages import language_of
from auditor.formats.scanners.sarif import SarifLevel, SarifLog, SarifResult, SarifRun, parse, sniff
from auditor.formats.scanners.sarif_tools import ToolKind, kind_of, languages_of
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
from auditor.probing.guards import Standing, standing
from auditor.probing.reports.reports import Report, none_read, places, read_reports
from auditor.probing.sources import shipped

HIGH = FactSpec(
    "analysis.high", FactType.NUMBER, "Open results of level error or severity 7", "findings"
)
MEDIUM = FactSpec(
    "analysis.medium", FactType.NUMBER, "Other open results of level warning", "findings"
)
SUPPRESSED = FactSpec("analysis.suppressed", FactType.NUMBER, "Suppressed results", "findings")
TOOLS = FactSpec("analysis.tools", FactType.LIST, "Analysers whose runs were read")
LANGUAGES = FactSpec(
    "analysis.languages", FactType.LIST, "Languages of a twentieth or more of the shipped source"
)
MISSING = FactSpec(
    "analysis.languages_missing",
    FactType.LIST,
    "Languages of a twentieth or more of the shipped source that no successful run speaks of",
)

_SPECS = (HIGH, MEDIUM, SUPPRESSED, TOOLS, MISSING)
_KEYS = tuple(spec.key for spec in _SPECS)
_HIGH_SEVERITY = 7.0
_MEDIUM_SEVERITY = 4.0
_SHARE = 0.05
_MOST = 200
_ABOUT_SECRETS = re.compile(r"secret|passw|credential|token|api.?key|private.?key|b10[567]", re.I)
_MAKE = (
    "Write the SARIF of an analyser of your language to reports/, say with `semgrep scan --config"
    " p/default --sarif --output reports/semgrep.sarif .` or `codeql database analyze DATABASE"
    " --format=sarif-latest --output=reports/codeql.sarif`."
)


@dataclass(frozen=True, slots=True)
class Analysis:
    """One run of an analyser, and what its report is worth."""

    report: Report[SarifLog]
    run: SarifRun
    standing: Standing

    @property
    def results(self) -> tuple[SarifResult, ...]:
        """What it found and is still there."""
        return tuple(r for r in self.run.results or () if not r.absent)


@probe(
    "reports.sarif",
    title="Static security analysis (SARIF)",
    needs=[Need.REPOSITORY],
    emits=[*_SPECS, LANGUAGES],
    pure=True,
)
def sarif(ctx: Context) -> Iterator[Observation]:
    """One set of facts for each level of evidence: of the runs at that level or above it."""
    languages = main_languages(ctx)
    if not languages:
        what = "There is no shipped source below the service root to analyse."
        hidden = (*_KEYS, LANGUAGES.key)
        yield Problem(ProblemKind.VACUOUS, what, "Audit the folder of the service.", hidden)
        return
    source = ctx.repo.source()
    yield LANGUAGES.of(
        list(languages), level=Level.OBSERVED, source=source, produced_at=ctx.observed_at
    )
    found: list[Analysis] = []
    linters: list[str] = []
    measured = [entry.path for entry in shipped(ctx.repo)]
    for seen in read_reports(ctx.repo, places("sarif", "json"), sniff, parse, *_KEYS):
        if isinstance(seen, Problem):
            yield seen
            continue
        if not seen.content.runs:
            yield _vacuous(seen.entry.path, "holds no run, so nothing was analysed.")
        for run in seen.content.runs:
            kind = kind_of(run)
            if kind is ToolKind.OTHER_SOURCE:
                linters.append(f"{run.tool} in {seen.entry.path}")
            if kind is ToolKind.SOURCE_SECURITY:
                one = Analysis(seen, run, _standing(ctx, seen, run, measured))
                complaint = _complaint(one)
                if complaint is not None:
                    yield complaint
                if not one.standing.impossible and run.results is not None and not _empty(run):
                    found.append(one)
    if not found:
        yield _nothing(ctx, linters)
        return
    for level in sorted({one.standing.level for one in found}, key=lambda found: -found.rank):
        runs = [one for one in found if one.standing.level.rank >= level.rank]
        yield from _facts(runs, level, languages)
    yield from _weak(found)
    yield from _findings(found)


def main_languages(ctx: Context) -> tuple[str, ...]:
    """The languages that hold a twentieth or more of the shipped source, by size, sorted."""
    sizes: Counter[str] = Counter()
    for entry in shipped(ctx.repo):
        sizes[language_of(entry.path) or ""] += entry.size
    total = sum(sizes.values())
    return tuple(sorted(name for name, size in sizes.items() if size and size >= _SHARE * total))


def _standing(
    ctx: Context, report: Report[SarifLog], run: SarifRun, measured: list[str]
) -> Standing:
    return standing(
        ctx.repo,
        report.entry,
        made_at=run.finished_at,
        now=ctx.now,
        measured=measured,
        commit=run.revisions[0] if len(set(run.revisions)) == 1 else None,
    )


def _empty(run: SarifRun) -> bool:
    """Whether a run has no result and names no rule and no file: it may have looked at nothing."""
    return not run.results and not run.rules and not run.artifacts


def _complaint(one: Analysis) -> Problem | None:
    """Why a run does not speak for the languages of its tool, or for nothing at all."""
    path, run = one.report.entry.path, one.run
    if one.standing.impossible:
        return one.standing.problem(path, *_KEYS)
    if run.results is None:
        return _vacuous(path, f"does not hold the results of {run.tool}, which may have failed.")
    if _empty(run):
        what = f"names no result, no rule and no file of {run.tool}: it may have looked at nothing."
        return _vacuous(path, what)
    if run.successful is False:
        what = f"{path}: {run.tool} says that its run failed."
    elif run.errors:
        what = f"{path}: {run.tool} met {len(run.errors)} errors, the first: {run.errors[0][:120]}"
    else:
        return None
    hidden = (MISSING.key, HIGH.key, MEDIUM.key)
    return Problem(ProblemKind.CRASHED, what, "Mend the run, and make the report again.", hidden)


def _vacuous(path: str, what: str) -> Problem:
    return Problem(ProblemKind.VACUOUS, f"{path} {what}", _MAKE, _KEYS)


def _nothing(ctx: Context, linters: list[str]) -> Problem:
    if linters:
        what = f"{linters[0]} names no rule of security, so it is no security analysis."
        return Problem(ProblemKind.VACUOUS, what, _MAKE, _KEYS)
    what = (
        "No usable SARIF of a static analyser was found below the service root or in `evidence:`."
    )
    return none_read(ctx.repo, what, _MAKE, _KEYS, "*.sarif", "*.sarif.json", knows=sniff)


def is_high(result: SarifResult) -> bool:
    """Whether a result is of level error, or rated 7 or more."""
    rated = result.security_severity
    return result.level is SarifLevel.ERROR or (rated is not None and rated >= _HIGH_SEVERITY)


def is_medium(result: SarifResult) -> bool:
    """Whether a result is below that, and of level warning or rated 4 or more."""
    rated = result.security_severity
    warned = result.level is SarifLevel.WARNING or (rated is not None and rated >= _MEDIUM_SEVERITY)
    return warned and not is_high(result)


def _spoken(one: Analysis) -> frozenset[str]:
    """The languages that a run analysed; none where it failed or could not read some of its files."""
    run = one.run
    if not _whole(one):
        return frozenset()
    files = [*run.artifacts, *(r.path for r in one.results if r.path)]
    named = {language for path in files if (language := language_of(path)) is not None}
    return languages_of(run) | named


def _whole(one: Analysis) -> bool:
    return one.run.successful is not False and not one.run.errors


def _facts(runs: list[Analysis], level: Level, languages: tuple[str, ...]) -> Iterator[Observation]:
    results = [r for one in runs for r in one.results]
    open_ones = [r for r in results if not r.suppressed]
    spoken = frozenset().union(*(_spoken(one) for one in runs))
    times = [one.standing.produced_at for one in runs]
    known = [time for time in times if time is not None]
    where = tuple(dict.fromkeys(Location(path=one.report.entry.path) for one in runs))
    values = (
        (HIGH, sum(is_high(r) for r in open_ones)),
        (MEDIUM, sum(is_medium(r) for r in open_ones)),
        (SUPPRESSED, len(results) - len(open_ones)),
        (TOOLS, sorted({one.run.tool for one in runs})),
        (MISSING, [language for language in languages if language not in spoken]),
    )
    counted = any(_whole(one) for one in runs)
    for spec, value in values:
        if spec in (HIGH, MEDIUM) and not value and not counted:
            continue  # a run that failed has not found nothing
        yield spec.of(
            value,
            level=level,
            source=runs[0].report.file.source,
            locations=where,
            produced_at=min(known) if len(known) == len(times) else None,
        )


def _weak(found: list[Analysis]) -> Iterator[Problem]:
    """Why the best of the runs counts for less than a report of this commit; one reason is enough."""
    best = max(found, key=lambda one: one.standing.level.rank)
    weak = best.standing.problem(best.report.entry.path)
    if weak is not None:
        yield weak


def _findings(found: list[Analysis]) -> Iterator[Finding]:
    """The high ones first, then the others, up to a limit."""
    results = [r for one in found for r in one.results if is_high(r) or is_medium(r)]
    for result in sorted(results, key=is_medium)[:_MOST]:
        yield Finding(
            rule=result.rule_id,
            message=_shown(result),
            fact=HIGH.key if is_high(result) else MEDIUM.key,
            severity=result.level.value,
            location=Location(path=result.path, line=result.line),
            suppressed=result.suppressed,
        )


def _shown(result: SarifResult) -> str:
    """The message, unless it may quote the secret that it is about."""
    if _ABOUT_SECRETS.search(f"{result.rule_id} {result.message}"):
        return "It may be a secret, so the message of the tool is not shown."
    return result.message
