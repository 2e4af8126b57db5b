"""Static security analysis of Python with bandit: the auditor runs it, and reads reports made before.

Bandit gets a private copy of the shipped Python files and a configuration of the auditor's own, so that
no `.bandit`, baseline or `-lll` of the target silences it. `# nosec` is obeyed and counted. It cannot
see other languages: where a quarter of the source is not Python, its result is withheld.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from posixpath import normpath

from auditor.formats.bandit_json import BanditReport, Rank, parse, sniff
from auditor.formats.bandit_json import Finding as Result
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
from auditor.probing.guards import standing
from auditor.probing.reports import Report, places, read_reports
from auditor.probing.sources import contents, mostly_other, shipped, small
from auditor.probing.trouble import Trouble

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
_SHARD_S = 240.0
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
            "For another language, attest a report of its own analyser.",
            _KEYS,
        )
        return
    other = mostly_other(ctx, "python", *_KEYS)
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
    failed = {_plain(e.path) for e in report.errors}
    seen = {_plain(f.path) for f in report.files} - failed
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


def _plain(path: str) -> str:
    return normpath(path.replace("\\", "/"))


def _observed(ctx: Context, wanted: list[str]) -> Iterator[Observation]:
    version = ctx.command.run(["bandit", "--version"], timeout_s=60, keep=False)
    name = version.stdout.decode("utf-8", "replace").splitlines()[0].removeprefix("bandit").strip()
    files, unread = contents(ctx.repo, small(ctx.repo.by_path[p] for p in wanted))
    yield from unread
    shards = _shards(files, max(1, min(8, os.cpu_count() or 1)))
    with ThreadPoolExecutor(len(shards) or 1) as pool:
        done = list(pool.map(lambda shard: _run(ctx, shard, name), shards))
    reports = [parse(out) for out, _ in done]
    scan = merge(reports, files, wanted)
    for result in (*scan.results, *scan.silenced)[:_MOST_FINDINGS]:
        yield _finding(result, suppressed=result in scan.silenced)
    for report in reports:
        for error in report.errors[:20]:
            path = _plain(error.path)
            what = f"bandit could not scan {path}: {error.reason}."
            yield Problem(ProblemKind.MALFORMED, what, "Mend the file.", (), (Location(path=path),))
    if done:
        places_of_high = [
            Location(path=_plain(r.path), line=r.line) for r in scan.results if _is_high(r)
        ]
        yield from _facts(scan, Level.OBSERVED, done[0][1], ctx.observed_at, places_of_high[:50])


def _shards(files: dict[str, bytes], count: int) -> list[dict[str, bytes]]:
    """The files dealt out by size, so that every core gets about the same work."""
    shards: list[dict[str, bytes]] = [{} for _ in range(min(count, len(files)))]
    sizes = [0] * len(shards)
    for path, data in sorted(files.items(), key=lambda f: (-len(f[1]), f[0])):
        smallest = sizes.index(min(sizes))
        shards[smallest][path] = data
        sizes[smallest] += len(data) + 500
    return shards


def _run(ctx: Context, files: dict[str, bytes], version: str) -> tuple[bytes, Source]:
    """One shard: explicit files only, our own empty ini file, nosec ignored (it is judged here)."""
    ini = "auditor-bandit.ini"
    ran = ctx.command.run(
        [
            "bandit",
            "--quiet",
            "--format",
            "json",
            "--ignore-nosec",
            "--ini",
            ini,
            *(f"./{p}" for p in sorted(files)),
        ],
        timeout_s=_SHARD_S,
        files={**files, ini: b"[bandit]\n"},
        tool="bandit",
        tool_version=version,
    )
    if ran.exit_code not in (0, 1):
        raise Trouble(
            ProblemKind.CRASHED, f"bandit ended with exit code {ran.exit_code}: {ran.error_text}"
        )
    return ran.stdout, ran.source


def merge(reports: list[BanditReport], files: dict[str, bytes], wanted: list[str]) -> Scan:
    """The shards as one scan; results on a line with nosec are silenced, and counted."""
    failed = {_plain(e.path) for r in reports for e in r.errors}
    scanned = {_plain(f.path) for r in reports for f in r.files} - failed
    results = sorted(
        (f for r in reports for f in r.findings), key=lambda f: (_plain(f.path), f.line, f.test_id)
    )
    silenced = tuple(r for r in results if _silenced(r, files))
    return Scan(
        results=tuple(r for r in results if r not in silenced),
        silenced=silenced,
        scanned=len(scanned),
        missed=tuple(w for w in wanted if w not in scanned),
        hidden_high=0,
        suppressed=len(silenced),
        lines=sum(r.totals.loc for r in reports),
    )


def _silenced(result: Result, files: dict[str, bytes]) -> bool:
    """Whether the line of a result carries a nosec comment."""
    lines = files.get(_plain(result.path), b"").split(b"\n")
    return 0 < result.line <= len(lines) and b"nosec" in lines[result.line - 1].partition(b"#")[2]


def _finding(result: Result, *, suppressed: bool) -> Finding:
    return Finding(
        rule=result.test_id,
        message=result.text,
        fact=HIGH.key if _is_high(result) else MEDIUM.key,
        severity=result.severity.name.lower(),
        location=Location(path=_plain(result.path), line=result.line),
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
