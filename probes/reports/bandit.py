"""Static security analysis of Python with bandit: the auditor runs it, and reads reports made before.

Bandit gets a private copy of the shipped Python files and a configuration of the auditor's own, so that
no `.bandit`, baseline or `-lll` of the target silences it. Files are dealt out over all cores, and a
file whose content was scanned before is not scanned again. `# nosec` is obeyed and counted. It cannot
see other languages: where a quarter of the source is not Python, its result is withheld.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from auditor.formats.scanners.bandit_file import FileScan, plain
from auditor.formats.scanners.bandit_json import BanditReport, Rank, parse, sniff
from auditor.formats.scanners.bandit_json import Finding as Result
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
from auditor.probing.reports.bandit_scan import scan_files, unscanned
from auditor.probing.reports.reports import Report, places, read_reports
from auditor.probing.repository.stack import Wanted, advice, unread_language
from auditor.probing.sources import contents, shipped, small

HIGH = FactSpec(
    "sast.high",
    FactType.NUMBER,
    "High-severity findings with medium or high confidence",
    "findings",
)
MEDIUM = FactSpec("sast.medium", FactType.NUMBER, "Medium-severity findings", "findings")
FILES = FactSpec("sast.files_scanned", FactType.NUMBER, "Python files that were scanned", "files")
MISSING = FactSpec(
    "sast.files_missing", FactType.NUMBER, "Shipped Python files that were not scanned", "files"
)
SUPPRESSED = FactSpec(
    "sast.suppressed", FactType.NUMBER, "Findings that a nosec comment silences", "findings"
)
LINES = FactSpec("sast.lines", FactType.NUMBER, "Lines of code that were scanned", "lines")

_KEYS = tuple(f.key for f in (HIGH, MEDIUM, FILES, MISSING, SUPPRESSED, LINES))
_MOST_FINDINGS = 500


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan, by the auditor or by a report: open and silenced results, `missed` files."""

    results: tuple[Result, ...]
    silenced: tuple[Result, ...]
    scanned: int
    missed: tuple[str, ...]
    hidden_high: int
    suppressed: int
    lines: int


@probe(
    "reports.bandit",
    title="Static security analysis (bandit)",
    needs=[Need.REPOSITORY],
    emits=[HIGH, MEDIUM, FILES, MISSING, SUPPRESSED, LINES],
    timeout_s=300.0,
)
def bandit(ctx: Context) -> Iterator[Observation]:
    """Reports first, then a scan of the auditor's own, which is the stronger evidence."""
    wanted = [e.path for e in shipped(ctx.repo, "python")]
    if not wanted:
        yield Problem(
            ProblemKind.VACUOUS,
            "There is no shipped Python source below the service root for bandit to scan.",
            advice(ctx.repo, Wanted.SAST, "Attest the report of the language's own analyser."),
            _KEYS,
        )
        return
    other = unread_language(ctx, "python", Wanted.SAST, *_KEYS)
    if other is not None:
        yield other
        return
    for report in read_reports(ctx.repo, places("json"), sniff, parse, *_KEYS):
        yield from _reported(ctx, report, wanted) if isinstance(report, Report) else (report,)
    try:
        yield from _observed(ctx, wanted)
    except Trouble as trouble:
        yield trouble.problem(*_KEYS)


def _reported(
    ctx: Context, report: Report[BanditReport], wanted: list[str]
) -> Iterator[Observation]:
    content = report.content
    worth = standing(
        ctx.repo, report.entry, made_at=content.generated_at, now=ctx.now, measured=wanted
    )
    weak = worth.problem(report.entry.path)
    if weak is not None:
        yield weak
    if worth.impossible or not content.totals.loc:
        if not worth.impossible:
            what = f"{report.entry.path} scanned no line of code."
            yield Problem(ProblemKind.VACUOUS, what, "Scan the service's own packages.", _KEYS)
        return
    level = at_most(worth.level, Level.EFFECTIVE) if content.disagreement else worth.level
    scan = read_report(content, [ctx.repo.below(p) for p in wanted])
    yield from _facts(
        scan, level, report.file.source, worth.produced_at, [Location(path=report.entry.path)]
    )


def read_report(report: BanditReport, wanted: list[str]) -> Scan:
    """A report over `wanted` paths: what it scanned of them, what it left out, what it hid."""
    failed = {plain(e.path) for e in report.errors}
    seen = {plain(f.path) for f in report.files} - failed
    missed = tuple(w for w in wanted if not any(s == w or s.endswith("/" + w) for s in seen))
    return Scan(
        results=report.findings,
        silenced=(),
        scanned=report.files_scanned,
        missed=missed,
        hidden_high=max(0, report.hidden(Rank.HIGH)),
        suppressed=report.suppressed,
        lines=report.totals.loc,
    )


def _observed(ctx: Context, wanted: list[str]) -> Iterator[Observation]:
    files, unread = contents(ctx.repo, small(ctx.repo.by_path[p] for p in wanted))
    yield from unread
    scans, sources = scan_files(ctx.command, ctx.cache, files, observed_at=ctx.observed_at)
    scan = merge(scans, files, wanted)
    for result in (*scan.results, *scan.silenced)[:_MOST_FINDINGS]:
        yield _finding(result, suppressed=result in scan.silenced)
    failed = [(path, one.error) for path, one in sorted(scans.items()) if one.error is not None]
    for path, error in failed[:20]:
        what = f"bandit could not scan {path}: {error}."
        yield Problem(ProblemKind.MALFORMED, what, "Mend the file.", (), (Location(path=path),))
    if sources:
        places_of_high = [
            Location(path=plain(r.path), line=r.line) for r in scan.results if _is_high(r)
        ]
        yield from _facts(scan, Level.OBSERVED, sources[0], ctx.observed_at, places_of_high[:50])


def merge(scans: Mapping[str, FileScan], files: Mapping[str, bytes], wanted: Sequence[str]) -> Scan:
    """The files' scans as one; results on a line with nosec are silenced, and counted."""
    results = [finding for path in sorted(scans) for finding in scans[path].findings(path)]
    silenced = tuple(r for r in results if _silenced(r, files))
    missed = unscanned(scans, wanted)
    return Scan(
        results=tuple(r for r in results if r not in silenced),
        silenced=silenced,
        scanned=len(scans) - len([p for p in missed if p in scans]),
        missed=missed,
        hidden_high=0,
        suppressed=len(silenced),
        lines=sum(one.loc for one in scans.values()),
    )


def _silenced(result: Result, files: Mapping[str, bytes]) -> bool:
    """Whether the line of a result carries a nosec comment."""
    lines = files.get(plain(result.path), b"").split(b"\n")
    return 0 < result.line <= len(lines) and b"nosec" in lines[result.line - 1].partition(b"#")[2]


def _finding(result: Result, *, suppressed: bool) -> Finding:
    return Finding(
        rule=result.test_id,
        message=result.text,
        fact=HIGH.key if _is_high(result) else MEDIUM.key,
        severity=result.severity.name.lower(),
        location=Location(path=plain(result.path), line=result.line),
        suppressed=suppressed,
    )


def _is_high(result: Result) -> bool:
    return result.severity is Rank.HIGH and result.confidence >= Rank.MEDIUM


def _facts(
    scan: Scan, level: Level, source: Source, produced_at: str | None, locations: list[Location]
) -> Iterator[Observation]:
    high = sum(_is_high(r) for r in scan.results) + scan.hidden_high
    medium = sum(r.severity is Rank.MEDIUM for r in scan.results)
    missed = [Location(path=p) for p in scan.missed[:50]]
    for fact, value, where in (
        (HIGH, high, locations),
        (MEDIUM, medium, []),
        (FILES, scan.scanned, []),
        (MISSING, len(scan.missed), missed),
        (SUPPRESSED, scan.suppressed, []),
        (LINES, scan.lines, []),
    ):
        yield fact.of(value, level=level, source=source, locations=where, produced_at=produced_at)
