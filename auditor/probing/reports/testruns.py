"""Test runs from JUnit and Playwright reports: files of one folder are one run, with one level and one time."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from weakref import WeakKeyDictionary

from auditor.code.languages import language_of
from auditor.formats.testruns import junit, playwright_json
from auditor.formats.testruns.junit_report import Case, JunitReport, Outcome
from auditor.model.evidence import Location, Problem, ProblemKind, Source
from auditor.model.level import Level, at_most, weakest
from auditor.probing.contract import Context
from auditor.probing.guards import Standing, standing
from auditor.probing.repo import Repo
from auditor.probing.reports.reports import Report, places, read_reports, with_zone

_BAD = (Outcome.FAILED, Outcome.ERROR)


@dataclass(frozen=True, slots=True)
class Run:
    """The reports of one folder; the weakest of them gives the level, the oldest the time."""

    name: str
    reports: tuple[Report[JunitReport], ...]
    standings: tuple[Standing, ...]

    @property
    def cases(self) -> list[Case]:
        """Every test case."""
        return [case for report in self.reports for case in report.content.cases]

    def failed(self) -> list[Case]:
        """The test cases that failed or broke."""
        return [case for case in self.cases if case.outcome in _BAD]

    @property
    def level(self) -> Level:
        """At most effective where a counter contradicts the cases: the report was edited, or cut."""
        level = weakest([s.level for s in self.standings])
        contradicted = any(r.content.disagreement for r in self.reports)
        return at_most(level, Level.EFFECTIVE) if contradicted else level

    @property
    def impossible(self) -> bool:
        """Whether a report says that it was made in the future."""
        return any(s.impossible for s in self.standings)

    @property
    def produced_at(self) -> str | None:
        """The time of the oldest report; None where one carries none."""
        times = [s.produced_at for s in self.standings]
        known = [t for t in times if t is not None]
        return min(known, key=datetime.fromisoformat) if len(known) == len(times) else None

    @property
    def source(self) -> Source:
        """The first report, which names the run."""
        return self.reports[0].file.source

    @property
    def locations(self) -> list[Location]:
        """The report files."""
        return [Location(path=r.entry.path) for r in self.reports[:10]]

    def problems(self, *facts: str) -> Iterator[Problem]:
        """Why the run counts for less than a report of this commit, and what contradicts itself."""
        for report, worth in zip(self.reports, self.standings, strict=True):
            weak = worth.problem(report.entry.path, *facts)
            if weak is not None:
                yield weak
                break  # one is enough: a run of hundreds of files has one cause
        for report in self.reports:
            for sentence in report.content.disagreement[:1]:
                yield Problem(
                    ProblemKind.MALFORMED,
                    f"{report.entry.path}: {sentence}",
                    "Make the report again.",
                    facts,
                )


_LOCK = threading.Lock()
_KEPT: WeakKeyDictionary[Repo, tuple[list[Run], list[Problem]]] = WeakKeyDictionary()


def find_runs(ctx: Context, *facts: str) -> tuple[list[Run], list[Problem]]:
    """The reports as runs, and what could not be read of them, each a Problem that hides `facts`.

    They are read once for each audit, since several probes ask; a second one waits for the first.
    """
    with _LOCK:
        found = _KEPT.get(ctx.repo)
        if found is None:
            found = _KEPT[ctx.repo] = _read(ctx)
    runs, unread = found
    return list(runs), [replace(problem, facts=facts) for problem in unread]


def _read(ctx: Context) -> tuple[list[Run], list[Problem]]:
    reports: list[Report[JunitReport]] = []
    problems: list[Problem] = []
    for form in (junit, playwright_json):
        for seen in read_reports(ctx.repo, places("xml", "json"), form.sniff, form.parse):
            if isinstance(seen, Problem):
                problems.append(seen)
            else:
                reports.append(seen.without_bytes())
    return runs_of(ctx, reports), problems


def runs_of(ctx: Context, reports: Iterable[Report[JunitReport]]) -> list[Run]:
    """The reports as runs, a folder each, sorted by folder."""
    folders: dict[str, list[Report[JunitReport]]] = {}
    for report in reports:
        folders.setdefault(report.entry.path.rpartition("/")[0] or ".", []).append(report)
    measured = [e.path for e in ctx.repo.service if language_of(e.path) is not None]
    runs = []
    for name, members in sorted(folders.items()):
        standings = tuple(
            standing(ctx.repo, m.entry, made_at=_made_at(ctx, m), now=ctx.now, measured=measured)
            for m in members
        )
        runs.append(Run(name, tuple(members), standings))
    return runs


def _made_at(ctx: Context, report: Report[JunitReport]) -> datetime | None:
    """The earliest time inside a report; one without a zone counts only where the file system agrees."""
    content = report.content
    if content.timestamps:
        return min(content.timestamps)
    if content.local_timestamps:
        return with_zone(ctx.repo, report.entry.path, min(content.local_timestamps))
    return None
