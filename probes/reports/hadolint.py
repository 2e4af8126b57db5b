"""Lint of Dockerfiles from hadolint's JSON reports: errors, warnings, and what was silenced.

A Dockerfile without findings is not named in such a report, and neither is one that was not read: where
a Dockerfile of the service is named by none, no count is clean. An empty report (`[]`) is not told from
that of another tool. The report carries no time and no commit, so it is never more than effective.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import normpath

from auditor.formats.scanners.hadolint_json import HadolintReport, Rank, parse, sniff
from auditor.model.evidence import Location
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
from auditor.probing.repo import Repo
from auditor.probing.reports.reports import Report, none_read, places, read_reports

ERRORS = FactSpec("image_lint.errors", FactType.NUMBER, "Errors in Dockerfiles", "findings")
WARNINGS = FactSpec("image_lint.warnings", FactType.NUMBER, "Warnings in Dockerfiles", "findings")
SUPPRESSED = FactSpec(
    "image_lint.suppressed", FactType.NUMBER, "Rules that a comment or setting silences", "rules"
)

_SPECS = (ERRORS, WARNINGS, SUPPRESSED)
_KEYS = tuple(spec.key for spec in _SPECS)
_DOCKERFILES = ("**/Dockerfile", "**/Dockerfile.*", "**/*.Dockerfile", "**/Containerfile")
_SETTINGS = ("**/.hadolint.yaml", "**/.hadolint.yml", "**/hadolint.yaml")
_RULE = re.compile(r"\b(?:DL|SC)\d{4}\b")
_COMMENT = re.compile(
    r"#[ \t]*+hadolint[ \t]++(?:global[ \t]++)?ignore[ \t]*+=([^\n]*+)", re.IGNORECASE
)
_LIMIT = 1_000_000
_MOST = 100
_MAKE = (
    "Run `hadolint --format json Dockerfile > reports/hadolint.json` with every Dockerfile named."
)


@probe(
    "reports.hadolint",
    title="Lint of Dockerfiles (hadolint)",
    needs=[Need.REPOSITORY],
    emits=list(_SPECS),
    pure=True,
)
def hadolint(ctx: Context) -> Iterator[Observation]:
    """One set of facts for each report."""
    dockerfiles = [e.path for e in ctx.repo.find(*_DOCKERFILES) if e.size]
    if not dockerfiles:
        what = "There is no Dockerfile below the service root to lint."
        yield Problem(ProblemKind.VACUOUS, what, "Audit the folder with the Dockerfile.", _KEYS)
        return
    seen_one = False
    for seen in read_reports(ctx.repo, places("json"), sniff, parse, *_KEYS):
        if isinstance(seen, Problem):
            yield seen
        else:
            seen_one = True
            yield from _facts(ctx, seen, dockerfiles)
    if not seen_one:
        what = "No usable hadolint report was found below the service root or in `evidence:`."
        yield none_read(ctx.repo, what, _MAKE, _KEYS, "*hadolint*.json", knows=sniff)


def _facts(
    ctx: Context, report: Report[HadolintReport], dockerfiles: list[str]
) -> Iterator[Observation]:
    path, content = report.entry.path, report.content
    worth = standing(ctx.repo, report.entry, made_at=None, now=ctx.now, measured=dockerfiles)
    weak = worth.problem(path)
    if weak is not None:
        yield weak
    counts = [(ERRORS, content.count(Rank.ERROR)), (WARNINGS, content.count(Rank.WARNING))]
    missed = [one for one in dockerfiles if not _named(ctx.repo, one, content.paths)]
    if missed:
        unclear = tuple(spec.key for spec, count in counts if not count)
        counts = [(spec, count) for spec, count in counts if count]
        what = f"{path} says nothing of {', '.join(missed[:3])}: it is clean, or was not read."
        if unclear:
            yield Problem(ProblemKind.VACUOUS, what, _MAKE, unclear)
    for spec, value in (*counts, (SUPPRESSED, suppressed(ctx.repo, dockerfiles))):
        yield spec.of(
            value,
            level=worth.level,
            source=report.file.source,
            locations=[Location(path=path)],
            produced_at=worth.produced_at,
        )
    for one in [f for f in content.findings if f.rank >= Rank.WARNING][:_MOST]:
        yield Finding(
            one.code,
            one.message,
            ERRORS.key if one.rank is Rank.ERROR else WARNINGS.key,
            one.rank.name.lower(),
            Location(path=one.path, line=one.line),
        )


def _named(repo: Repo, dockerfile: str, named: tuple[str, ...]) -> bool:
    """Whether a report names a Dockerfile: by its path, or on the machine that it was made on."""
    below = repo.below(dockerfile)
    return any(
        normpath(one) in (dockerfile, below)
        or (one.endswith("/" + below) and normpath(one) not in repo.by_path)
        for one in named
    )


def suppressed(repo: Repo, dockerfiles: list[str]) -> int:
    """Rules that comments in the Dockerfiles or hadolint's own settings silence or soften."""
    settings = [e.path for e in repo.find(*_SETTINGS, everywhere=True)]
    count = 0
    for path in (*dockerfiles, *settings):
        try:
            text = repo.read(path, limit=_LIMIT).text
        except Trouble:
            continue
        if path in settings:
            lines = (line.partition("#")[0] for line in text.splitlines())
            count += sum(len(_RULE.findall(line)) for line in lines)
        else:
            count += sum(len(_RULE.findall(rules)) for rules in _COMMENT.findall(text))
    return count
