"""Secrets in the repository: the auditor scans the tracked files and the history, and reads reports.

Lines that may hold a secret go to detect-secrets in a private copy, offline; a judgement of the auditor's
own then takes away stand-ins (`changeme`, `AKIA…EXAMPLE`), references, hashes, identifiers and words. No
configuration, baseline or ignore file of the target is obeyed; a secret on a line with `pragma: allowlist
secret`, `gitleaks:allow` or the like is counted as suppressed. Secrets in tests, examples, documents and
folders for development are counted apart; the token of a provider counts everywhere but in tests. Of the
history, every text below any branch or tag that the work tree no longer holds is read, lock files,
translations, styles and files over 8 MB left out. Values are never kept or shown: rule, file and line are.
Reports of gitleaks, TruffleHog and detect-secrets can only add findings: an empty one does not tell
what it read. It cannot see encrypted or binary files, other clones, issues or CI logs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from auditor.code.lexical.places import SHIPPED, Role, role
from auditor.formats.secrets.secret_line import SHAPES
from auditor.formats.secrets.secret_text import may_tell, new_lines
from auditor.model.evidence import Location, Source
from auditor.model.level import Level
from auditor.model.probe import FactSpec, FactType
from auditor.probing.code.secret_scan import Found, Pile, scan
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
from auditor.probing.reports.secret_reports import REPORT_PLACES, SecretReport, secret_reports
from auditor.probing.repository.git_history import Budget, Coverage

FINDINGS = FactSpec(
    "secrets.findings", FactType.NUMBER, "Secrets in tracked files, stand-ins left out", "findings"
)
IN_TESTS = FactSpec(
    "secrets.findings_in_tests",
    FactType.NUMBER,
    "What looks like a secret in tests, examples, documents and development folders",
    "findings",
)
HISTORY = FactSpec(
    "secrets.history_findings",
    FactType.NUMBER,
    "Secrets that only older versions of the files hold, outside tests",
    "findings",
)
COMPLETE = FactSpec(
    "secrets.history_complete", FactType.BOOLEAN, "Whether the whole history could be read"
)
FILES = FactSpec("secrets.files_scanned", FactType.NUMBER, "Text files that were scanned", "files")
SUPPRESSED = FactSpec(
    "secrets.suppressed",
    FactType.NUMBER,
    "Secrets that a comment or an audited baseline tells scanners to overlook",
    "findings",
)

_SPECS = (FINDINGS, IN_TESTS, HISTORY, COMPLETE, FILES, SUPPRESSED)
_KEYS = tuple(spec.key for spec in _SPECS)
_FILE_LIMIT = 32 * 1024 * 1024
_TOTAL_LIMIT = 1024 * 1024 * 1024
_MOST_FINDINGS = 500
_PROVIDERS = frozenset(shape.rule for shape in SHAPES)
_REHEARSAL = re.compile(
    r"(?:^|/)(?:\.devcontainer|dev|devel|development|local|localdev|sandbox|playground|fixtures?|__fixtures__|mocks?"
    r"|docs?|examples?|samples?|demos?|testing|storybook|handbook|blog)/"
    r"|\.(?:md|mdx|rst|adoc|example|sample|template|dist|tmpl|tpl|j2)(?:$|\.)|(?:^|/)[^/]*(?:example|sample)[^/]*$"
    r"|(?:^|[./_-])(?:dev|test|tests|testing|local|ci)\.(?:env|ya?ml|ini|toml|json|conf)$"
    r"|(?:^|/)\.?env\.(?:dev|development|test|testing|local|ci)$",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Present:
    """What the reading of the work tree covered."""

    pile: Pile = field(default_factory=Pile)
    files: int = 0
    problems: list[Problem] = field(default_factory=list)


@probe(
    "reports.secrets",
    title="Secrets in the repository and its history",
    needs=[Need.REPOSITORY],
    emits=_SPECS,
    timeout_s=420.0,
)
def secrets(ctx: Context) -> Iterator[Observation]:
    """Reports first, then a scan of the auditor's own, which is the stronger evidence."""
    for report in secret_reports(ctx, REPORT_PLACES, _KEYS):
        yield from _reported(ctx, report) if isinstance(report, SecretReport) else (report,)
    present = _present(ctx)
    yield from present.problems
    if not present.files:
        yield Problem(
            ProblemKind.VACUOUS,
            "There is no tracked text file that could hold a secret.",
            "Commit the service's source, then audit again.",
            _KEYS,
        )
        return
    try:
        yield from _observed(ctx, present)
    except Trouble as trouble:
        yield trouble.problem(*_KEYS)


def _present(ctx: Context) -> Present:
    """Every tracked text file of the repository, not of the service alone; all where git is not."""
    seen, room = Present(), _TOTAL_LIMIT
    in_git = ctx.repo.tree.commit is not None or any(e.tracked for e in ctx.repo.entries)
    for entry in ctx.repo.entries:
        if in_git and not entry.tracked:
            continue
        try:
            head = ctx.repo.head(entry.path)
            if not entry.size or b"\0" in head:
                continue
            if entry.size > room:
                raise Trouble(
                    ProblemKind.TOO_LARGE,
                    f"{entry.path} and what follows were not scanned: there is over 1 GB of text.",
                )
            data = ctx.repo.read(entry.path, limit=_FILE_LIMIT).data
        except Trouble as trouble:
            seen.problems.append(trouble.problem(FINDINGS.key))
            continue
        room -= len(data)
        seen.files += 1
        seen.pile.add(entry.path, data)
    return seen


def _observed(ctx: Context, present: Present) -> Iterator[Observation]:
    now, source = scan(ctx.command, present.pile, observed_at=ctx.observed_at, cache=ctx.cache)
    real = [one for one in now if not one.stand_in]
    open_ = [one for one in real if not one.allowed]
    shipped = [one for one in open_ if not is_rehearsal(one)]
    rehearsed = [one for one in open_ if is_rehearsal(one)]
    hushed = [one for one in real if one.allowed and not is_rehearsal(one)]
    for one in (*shipped, *hushed)[:_MOST_FINDINGS]:
        yield _finding(one, FINDINGS)
    whole = not present.problems and not present.pile.full
    if shipped or whole:  # what was not read may hold more, so that none is not known
        yield _fact(ctx, FINDINGS, len(shipped), source, shipped)
    yield _fact(ctx, IN_TESTS, len(rehearsed), source, rehearsed)
    yield _fact(ctx, FILES, present.files, source)
    yield _fact(ctx, SUPPRESSED, len(hushed), source, hushed)
    try:
        yield from _history(ctx, {one.digest for one in now})
    except Trouble as trouble:
        yield trouble.problem(HISTORY.key, COMPLETE.key)


def _history(ctx: Context, known: set[str]) -> Iterator[Observation]:
    """What older versions hold and no file holds any more."""
    covered, pile = Coverage(), Pile()
    path_at_hand, seen = "", set[bytes]()
    for path, blob, data in ctx.repo.tree.old_blobs(may_tell, covered, Budget()):
        if path != path_at_hand:
            path_at_hand, seen = path, set()
        pile.add(path, new_lines(data, seen), blob)
    if pile.full:
        covered.limits.append("it holds too many lines that look like secrets")
    found, source = scan(ctx.command, pile, observed_at=ctx.observed_at, cache=ctx.cache)
    gone = list(
        {
            one.digest: one
            for one in reversed(found)
            if not one.stand_in and one.digest not in known and not is_rehearsal(one)
        }.values()
    )
    gone.sort(key=lambda one: (one.path, one.line))
    for one in gone[:_MOST_FINDINGS]:
        yield _finding(one, HISTORY)
    whole = covered.complete
    if not whole:
        yield _incomplete(covered, () if gone else (HISTORY.key,))
    yield _fact(ctx, COMPLETE, whole, source)
    if gone or whole:
        yield _fact(ctx, HISTORY, len(gone), source, gone)


def _incomplete(covered: Coverage, hidden: tuple[str, ...]) -> Problem:
    reasons = list(covered.limits)
    if covered.missing:
        reasons.append(f"{covered.missing:,} objects are missing from this clone")
    if covered.too_large:
        reasons.append(f"{covered.too_large:,} old versions are over 8 MB")
    return Problem(
        ProblemKind.STALE if covered.missing else ProblemKind.TOO_LARGE,
        f"Not the whole history was read: {'; '.join(reasons)}.",
        "Audit a full clone (`git fetch --unshallow`), and scan the history with `gitleaks git`.",
        hidden,
    )


def is_rehearsal(one: Found) -> bool:
    """Whether a secret lies where only tests, readers or developers meet it.

    The token of a provider works wherever it lies, so that only tests make it less.
    """
    kind = role(one.path)
    if kind is Role.TEST:
        return True
    if one.rule in _PROVIDERS:
        return False
    return kind not in SHIPPED or bool(_REHEARSAL.search(one.path))


def _fact(
    ctx: Context, spec: FactSpec, value: int | bool, source: Source, where: Iterable[Found] = ()
) -> Observation:
    places = [Location(path=one.path, line=one.line) for one in where][:50]
    return spec.of(
        value,
        level=Level.OBSERVED,
        source=source,
        locations=places,
        produced_at=ctx.observed_at,
    )


def _finding(one: Found, fact: FactSpec) -> Finding:
    what = f"{one.rule}: rotate it, then take it out of the file."
    if one.version:
        what = f"{one.rule} in an older version (`git show {one.version[:12]}`): rotate it."
    return Finding(
        rule=one.rule,
        message=what,
        fact=fact.key,
        severity="high",
        location=Location(path=one.path, line=None if one.version else one.line),
        suppressed=one.allowed and not one.version,
    )


def _reported(ctx: Context, report: SecretReport) -> Iterator[Observation]:
    """A report's findings; it never proves that there are none."""
    weak = report.standing.problem(report.path)
    if weak is not None:
        yield weak
    if report.standing.impossible:
        return
    found = [one for one in report.found if role(one.path) is not Role.TEST]
    now = [one for one in found if not one.version]
    old = [one for one in found if one.version]
    if not found and not report.dismissed:
        yield Problem(
            ProblemKind.VACUOUS,
            f"{report.path} ({report.tool}) names no finding outside tests, and does not tell what it read.",
            "An empty report proves nothing; the auditor's own scan decides.",
            (),
            (Location(path=report.path),),
        )
    for spec, some in ((FINDINGS, now), (HISTORY, old)):
        if some:
            places = [Location(path=one.path, line=one.line or None) for one in some][:50]
            yield _said(report, spec, len(some), places)
    if report.dismissed:
        yield _said(report, SUPPRESSED, report.dismissed, [Location(path=report.path)])


def _said(report: SecretReport, spec: FactSpec, value: int, places: list[Location]) -> Observation:
    return spec.of(
        value,
        level=report.standing.level,
        source=report.source,
        locations=places,
        produced_at=report.standing.produced_at,
    )
