"""Reads the reports of secret scanners; their bytes hold values, so that none is ever kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from auditor.formats.scanners import detect_secrets_json, gitleaks_json, sarif, trufflehog_json
from auditor.formats.text.errors import FormatError, TooLarge
from auditor.model.evidence import Location, Problem, ProblemKind, Source
from auditor.probing.code.secret_scan import Found
from auditor.probing.contract import Context
from auditor.probing.doors.trouble import Trouble
from auditor.probing.guards import Standing, standing
from auditor.probing.repo import Entry
from auditor.probing.reports.reports import LIMIT, places

REPORT_PLACES = (*places("json", "jsonl", "sarif", "baseline"), ".secrets.baseline", ".*.baseline")
_SARIF_TOOLS = ("gitleaks", "detect-secrets", "trufflehog", "git-secrets", "ggshield")


@dataclass(frozen=True, slots=True)
class SecretReport:
    """One report; `dismissed` are findings that somebody called false, `version` of each a commit."""

    path: str
    tool: str
    found: tuple[Found, ...]
    dismissed: int
    standing: Standing
    source: Source


@dataclass(frozen=True, slots=True)
class _Content:
    tool: str
    found: tuple[Found, ...] = ()
    dismissed: int = 0
    made_at: datetime | None = None
    commit: str | None = None


def secret_reports(
    ctx: Context, patterns: tuple[str, ...], keys: tuple[str, ...]
) -> Iterator[SecretReport | Problem]:
    """Every report of a secret scanner in `patterns`, recognised by content."""
    for entry in ctx.repo.reports(*patterns):
        try:
            reader = _reader(ctx.repo.head(entry.path))
            if reader is None:
                continue
            file = ctx.repo.read(entry.path, limit=LIMIT)
            content = reader(file.data)
        except Trouble as trouble:
            yield trouble.problem()
            continue
        except FormatError as error:
            yield _refused(entry, error)
            continue
        if content is None:
            continue
        worth = standing(
            ctx.repo, entry, made_at=content.made_at, now=ctx.now, commit=content.commit
        )
        yield SecretReport(
            entry.path, content.tool, content.found, content.dismissed, worth, file.source
        )


def _refused(entry: Entry, error: FormatError) -> Problem:
    kind = ProblemKind.TOO_LARGE if isinstance(error, TooLarge) else ProblemKind.MALFORMED
    place = Location(path=entry.path, line=error.line)
    hint = "Make the report again, or leave the file out."
    return Problem(kind, f"{entry.path}: {error}", hint, (), (place,))


def _reader(head: bytes) -> Callable[[bytes], _Content | None] | None:
    for sniff, reader in (
        (gitleaks_json.sniff, _gitleaks),
        (detect_secrets_json.sniff, _detect_secrets),
        (trufflehog_json.sniff, _trufflehog),
        (sarif.sniff, _sarif),
    ):
        if sniff(head):
            return reader
    return None


def _leak(path: str, line: int | None, rule: str, commit: str) -> Found:
    return Found(path.removeprefix("./"), line or 0, rule, "", False, False, commit)


def _gitleaks(data: bytes) -> _Content:
    leaks = gitleaks_json.parse(data).leaks
    return _Content("gitleaks", tuple(_leak(x.path, x.line, x.rule, x.commit) for x in leaks))


def _trufflehog(data: bytes) -> _Content:
    leaks = trufflehog_json.parse(data).leaks
    return _Content("TruffleHog", tuple(_leak(x.path, x.line, x.rule, x.commit) for x in leaks))


def _detect_secrets(data: bytes) -> _Content:
    baseline = detect_secrets_json.parse(data)
    return _Content(
        "detect-secrets",
        tuple(_leak(x.path, x.line, x.type, "") for x in baseline.open),
        len(baseline.dismissed),
        baseline.generated_at,
    )


def _sarif(data: bytes) -> _Content | None:
    """The runs of secret scanners in a log; gitleaks reads the history unless it is told otherwise."""
    runs = [r for r in sarif.parse(data).runs if r.tool.lower().startswith(_SARIF_TOOLS)]
    if not runs:
        return None
    results = [one for run in runs for one in run.results or () if not one.absent]
    commits = {revision for run in runs for revision in run.revisions}
    return _Content(
        runs[0].tool,
        tuple(
            _leak(x.path or "", x.line, x.rule_id, "history") for x in results if not x.suppressed
        ),
        sum(one.suppressed for one in results),
        max((run.finished_at for run in runs if run.finished_at), default=None),
        commits.pop() if len(commits) == 1 else None,
    )
