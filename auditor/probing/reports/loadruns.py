"""Runs of load tools: found by content, joined with the file that tells their time, and weighed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from auditor.code.languages import language_of
from auditor.formats.load import gatling_log, gatling_stats, load_tools, locust_csv
from auditor.formats.load.gatling_log import GatlingRun
from auditor.formats.load.load_report import LoadReport
from auditor.formats.load.locust_csv import LocustFailure, LocustHistory
from auditor.model.evidence import Location, Problem, ProblemKind
from auditor.model.level import Level
from auditor.probing.contract import Context
from auditor.probing.guards import Standing, standing
from auditor.probing.reports.reports import Report, places, read_reports, with_zone

_EXTENSIONS = ("json", "ldjson", "csv", "jtl", "xml", "txt", "log", "js", "wrk")
_FOLDERS = ("performance", "perf", "load", "load-test", "load-tests", "loadtest", "loadtests",
            "load_test", "load_tests", "stress", "benchmarks", "benchmark", "k6", "locust", "jmeter",
            "gatling", "vegeta", "tests/load", "tests/performance", "tests/perf", "tests/k6",
            "test/load", "test/performance", "target/gatling", "target/jmeter",
            "build/reports/gatling")  # fmt: skip

_Part = LoadReport | LocustHistory | GatlingRun | tuple[LocustFailure, ...]
_KINDS: tuple[tuple[Callable[[bytes], bool], Callable[[bytes], _Part]], ...] = (
    (locust_csv.sniff_history, locust_csv.parse_history),
    (locust_csv.sniff_failures, locust_csv.parse_failures),
    (gatling_log.sniff, gatling_log.parse),
    (load_tools.sniff, load_tools.parse),
)
_HEAD = 8192


@dataclass(frozen=True, slots=True)
class LoadRun:
    """One run, what it is worth, and its file."""

    report: LoadReport
    file: Report[_Part]
    standing: Standing
    made_at: datetime | None

    @property
    def path(self) -> str:
        """The file that holds the figures."""
        return self.file.entry.path

    @property
    def place(self) -> tuple[Location, ...]:
        """The same as a place to open."""
        return (Location(path=self.path),)

    @property
    def level(self) -> Level:
        """As the guards say."""
        return self.standing.level


def load_runs(ctx: Context, *facts: str) -> tuple[list[LoadRun], list[Problem]]:
    """Every believable run, newest first and undated ones last, and a Problem for each other file."""
    found: list[Report[_Part]] = []
    problems: list[Problem] = []
    for seen in read_reports(ctx.repo, _patterns(), knows, _parse, *facts):
        if isinstance(seen, Problem):
            problems.append(seen)
        else:
            found.append(seen)
    sources = [e.path for e in ctx.repo.service if language_of(e.path) is not None]
    runs: list[LoadRun] = []
    for one in found:
        if not isinstance(one.content, LoadReport):
            continue
        run = _weighed(ctx, one, _joined(one.content, _near(one, found)), sources)
        complaint = _complaint(run, facts)
        if complaint is None:
            runs.append(run)
        else:
            problems.append(complaint)
    runs.sort(
        key=lambda r: (r.made_at is None, -(r.made_at.timestamp() if r.made_at else 0), r.path)
    )
    return runs, problems


def _patterns() -> list[str]:
    endings = "{" + ",".join(_EXTENSIONS) + "}"
    return [*places(*_EXTENSIONS), *(f"{folder}/**/*.{endings}" for folder in _FOLDERS)]


def knows(head: bytes) -> bool:
    """Whether the first bytes are of a file of a load tool that can be read."""
    return any(recognises(head) for recognises, _ in _KINDS)


def _parse(data: bytes) -> _Part:
    read = next(read for recognises, read in _KINDS if recognises(data[:_HEAD]))
    return read(data)


def _near(one: Report[_Part], found: list[Report[_Part]]) -> list[_Part]:
    """What lies in the same folder, or in the one above: Gatling keeps its log there."""
    folder = _folder(one)
    near = {folder, folder.rpartition("/")[0]}
    parts = [f.content for f in found if f is not one and _folder(f) in near]
    if not _is_alone(one, found):
        # Only what counts the requests tells which of several runs it belongs to.
        parts = [p for p in parts if not (isinstance(p, GatlingRun) and p.requests is None)]
    return parts


def _folder(one: Report[_Part]) -> str:
    return one.entry.path.rpartition("/")[0]


def _is_alone(one: Report[_Part], found: list[Report[_Part]]) -> bool:
    """Whether all runs in the folder are the same one: Gatling writes its figures up to three times."""
    beside = [f.content for f in found if _folder(f) == _folder(one)]
    return len({r.requests for r in beside if isinstance(r, LoadReport)}) == 1


def _joined(report: LoadReport, parts: Iterable[_Part]) -> LoadReport:
    for part in parts:
        better: LoadReport | None = None
        if isinstance(part, LocustHistory) and report.dialect == "locust CSV":
            better = locust_csv.with_history(report, part)
        elif isinstance(part, GatlingRun) and report.dialect == "Gatling":
            better = gatling_stats.with_run(report, part)
        if better is not None and report.started_at is None:
            report = better
    return report


def _weighed(ctx: Context, one: Report[_Part], report: LoadReport, sources: list[str]) -> LoadRun:
    path = one.entry.path
    start, end = (with_zone(ctx.repo, path, t) for t in (report.started_at, report.ended_at))
    report = replace(report, started_at=start, ended_at=end)
    made = end or start
    worth = standing(
        ctx.repo, one.entry, made_at=made, now=ctx.now, measured=sources, commit=report.commit
    )
    return LoadRun(report, one, worth, made)


def _complaint(run: LoadRun, facts: tuple[str, ...]) -> Problem | None:
    """Why a run proves nothing at all, if so."""
    report = run.report
    if run.standing.impossible:
        return run.standing.problem(run.path, *facts)
    if not report.requests:
        what = f"{run.path} holds no request ({report.dialect})."
        return Problem(ProblemKind.VACUOUS, what, "Check that the load reached the service.", facts,
                       run.place)  # fmt: skip
    if report.doubts:
        what = f"{run.path}: {report.doubts[0]}"
        hint = "Keep the file that the load tool itself writes, unedited."
        return Problem(ProblemKind.MALFORMED, what, hint, facts, run.place)
    if report.only_health:
        what = f"{run.path} asks only for {', '.join(report.targets[:3])}, which carries no load."
        hint = "Drive the routes that users call, in the mix of production."
        return Problem(ProblemKind.VACUOUS, what, hint, facts, run.place)
    return None
