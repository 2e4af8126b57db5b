"""Failure injection: journals of Chaos Toolkit and results of Litmus; what is only prepared, apart.

A kind of failure (database, cache, upstream, network, resource) passes where the last result of each of its
experiments did. It is told by the words of the actions, else of tags or title. It cannot see whether the
fault really happened; Chaos Mesh and experiments without a journal carry no verdict and pass nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from shlex import quote

from auditor.code.languages import language_of
from auditor.formats.chaos import chaos_experiment, chaos_journal, chaos_mesh, litmus
from auditor.formats.chaos.chaos_experiment import Experiment
from auditor.formats.chaos.chaos_journal import Journal
from auditor.formats.chaos.chaos_mesh import MeshFault
from auditor.formats.chaos.fault_kinds import KINDS
from auditor.formats.chaos.litmus import LitmusFile
from auditor.model.evidence import Location, Value
from auditor.model.level import Level, weakest
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
from auditor.probing.reports.reports import Report, places, read_reports

_LIST, _NUMBER, _TEXT = FactType.LIST, FactType.NUMBER, FactType.TEXT
EXPERIMENTS = FactSpec(
    "chaos.experiments", _NUMBER, "Failure experiments with a result", "experiments"
)
PASSED = FactSpec("chaos.passed", _LIST, "Kinds of failure whose last result passed")
FAILED = FactSpec(
    "chaos.failed",
    _LIST,
    "Kinds of failure whose last result did not pass (`other`: of no known kind)",
)
PREPARED = FactSpec("chaos.prepared", _LIST, "Kinds of failure that are only declared")
UNNAMED = FactSpec("chaos.unknown_kinds", _LIST, "Experiments whose kind of failure is not known")
OLDEST = FactSpec("chaos.oldest_at", _TEXT, "Time of the oldest result that decides")

SCENARIO = FactSpec(
    "chaos.scenario", FactType.BOOLEAN, "The last result of the failure scenario passed", "", KINDS
)

_RESULTS = tuple(f.key for f in (EXPERIMENTS, PASSED, FAILED, UNNAMED, OLDEST, SCENARIO))
_KEYS = (*_RESULTS, PREPARED.key)
_FOLDERS = ("chaos", "chaos-tests", "chaos_tests", "chaostoolkit", "experiments", "litmus", "chaos-mesh",
            "chaosmesh", "resilience", "k8s", "kubernetes", "deploy", "infra", "tests/chaos",
            "test/chaos", "caos", "experimentos")  # fmt: skip

_Content = Journal | Experiment | LitmusFile | tuple[MeshFault, ...]
_READERS: tuple[tuple[Callable[[bytes], bool], Callable[[bytes], _Content]], ...] = (
    (chaos_journal.sniff, chaos_journal.parse),
    (litmus.sniff, litmus.parse),
    (chaos_mesh.sniff, chaos_mesh.parse),
    (chaos_experiment.sniff, chaos_experiment.parse),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One result of one experiment: why it is no pass (empty: it is one), and what it is worth."""

    name: str
    kinds: tuple[str, ...]
    shortcomings: tuple[str, ...]
    at: datetime | None
    file: Report[_Content]
    standing: Standing

    @property
    def path(self) -> str:
        """The file."""
        return self.file.entry.path


@probe(
    "reports.chaos",
    title="Failure injection (Chaos Toolkit, Litmus, Chaos Mesh)",
    needs=[Need.REPOSITORY],
    emits=[EXPERIMENTS, PASSED, FAILED, PREPARED, UNNAMED, OLDEST, SCENARIO],
    pure=True,
)
def chaos(ctx: Context) -> Iterator[Observation]:
    """Results first, then what is declared."""
    outcomes: list[Outcome] = []
    prepared: dict[str, Report[_Content]] = {}
    for seen in read_reports(ctx.repo, _patterns(), _sniff, _parse, *_KEYS):
        if isinstance(seen, Problem):
            yield seen
            continue
        for kind in _declared(seen.content):
            prepared.setdefault(kind, seen)
        for one in _outcomes(ctx, seen):
            if isinstance(one, Problem):
                yield one
            else:
                outcomes.append(one)
    last = newest(outcomes)
    decided = {kind for one in last for kind in one.kinds}
    yield from _prepared(ctx, {k: r for k, r in prepared.items() if k not in decided})
    if last:
        yield from _facts(last)
    else:
        names = ", ".join(sorted(prepared)) or "nothing"
        yield Problem(
            ProblemKind.NOT_CONFIGURED,
            f"No usable result of a failure experiment was found; prepared: {names}.",
            f"Run `chaos run --journal-path reports/chaos-database.json {_first(prepared)}` and the like"
            " for every kind of failure, then audit again.",
            _RESULTS,
        )


def _patterns() -> list[str]:
    endings = "{json,yaml,yml}"
    return [*places("json", "yaml", "yml"), *(f"{f}/**/*.{endings}" for f in _FOLDERS),
            f"**/*chaos*/**/*.{endings}", f"**/*{{chaos,journal}}*.{endings}"]  # fmt: skip


def _sniff(head: bytes) -> bool:
    return any(recognises(head) for recognises, _ in _READERS)


def _parse(data: bytes) -> _Content:
    read = next(read for recognises, read in _READERS if recognises(data[:8192]))
    return read(data)


def _declared(content: _Content) -> set[str]:
    if isinstance(content, Experiment):
        return set(content.kinds)
    if isinstance(content, LitmusFile):
        return {kind for engine in content.engines for kind in engine.kinds}
    if isinstance(content, Journal):
        return set()
    return {kind for fault in content for kind in fault.kinds}


def _outcomes(ctx: Context, seen: Report[_Content]) -> Iterator[Outcome | Problem]:
    content = seen.content
    if isinstance(content, Journal):
        if content.doubts:
            yield _refused(seen, content.doubts[0])
            return
        yield from _weighed(ctx, seen, content.experiment.title, content.experiment.kinds,
                            content.shortcomings, content.end)  # fmt: skip
    elif isinstance(content, LitmusFile):
        for result in content.results:
            if result.no_result is not None:
                what = f"{seen.entry.path}: {result.name}: {result.no_result}"
                hint = "Save it after the run: kubectl get chaosresult NAME -o yaml."
                yield Problem(ProblemKind.VACUOUS, what, hint, _RESULTS,
                              (Location(path=seen.entry.path),))  # fmt: skip
                continue
            yield from _weighed(ctx, seen, result.name, result.kinds, result.shortcomings,
                                result.recorded_at)  # fmt: skip


def _weighed(
    ctx: Context,
    seen: Report[_Content],
    name: str,
    kinds: tuple[str, ...],
    shortcomings: tuple[str, ...],
    at: datetime | None,
) -> Iterator[Outcome | Problem]:
    sources = [e.path for e in ctx.repo.service if language_of(e.path) is not None]
    worth = standing(ctx.repo, seen.entry, made_at=at, now=ctx.now, measured=sources)
    if worth.impossible:
        yield _refused(seen, worth.why)
        return
    yield Outcome(name, kinds, shortcomings, at, seen, worth)


def _refused(seen: Report[_Content], why: str) -> Problem:
    hint = "Keep the journal that `chaos run` itself writes, unedited."
    place = (Location(path=seen.entry.path),)
    return Problem(ProblemKind.MALFORMED, f"{seen.entry.path}: {why}", hint, _RESULTS, place)


def newest(outcomes: list[Outcome]) -> list[Outcome]:
    """The last result of each experiment; all undated ones, and of a tie all, since any may be last."""
    groups: dict[tuple[str, tuple[str, ...]], list[Outcome]] = {}
    for one in outcomes:
        groups.setdefault((one.name, one.kinds), []).append(one)
    last: list[Outcome] = []
    for group in groups.values():
        times = [one.at for one in group if one.at is not None]
        last += [one for one in group if one.at is None or one.at == max(times)]
    return sorted(last, key=lambda one: (one.path, one.name))


def _first(prepared: dict[str, Report[_Content]]) -> str:
    """An experiment of Chaos Toolkit that is prepared, else the name of one to write."""
    written = (r.entry.path for r in prepared.values() if isinstance(r.content, Experiment))
    return quote(next(written, "experiments/database-down.json"))


def _facts(last: list[Outcome]) -> Iterator[Observation]:
    failed = sorted({k for one in last if one.shortcomings for k in one.kinds or ("other",)})
    passed = sorted({k for one in last if not one.shortcomings for k in one.kinds} - set(failed))
    for one in last:
        if one.shortcomings:
            message = f"{one.name}: {'; '.join(one.shortcomings[:4])}."
            yield Finding("chaos", message, FAILED.key, location=Location(path=one.path))
    unnamed = [one.name for one in last if not one.kinds]
    if unnamed:
        yield Problem(
            ProblemKind.VACUOUS,
            f"No known word tells which failure {', '.join(unnamed[:3])} injects.",
            "Give the experiment one tag: database, cache, upstream, network or resource.",
            (),
            tuple(Location(path=one.path) for one in last if not one.kinds)[:10],
        )
    level, oldest = _worth(last)
    source = last[0].file.file.source
    places_of = [Location(path=one.path) for one in last[:50]]
    values: list[tuple[FactSpec, Value]] = [
        (EXPERIMENTS, len(last)),
        (PASSED, list(passed)),
        (FAILED, list(failed)),
        (UNNAMED, list(unnamed)),
    ]
    if oldest is not None:
        values.append((OLDEST, oldest))
    for fact, value in values:
        yield fact.of(value, level=level, source=source, locations=places_of, produced_at=oldest)
    yield from _scenarios(last)
    for one in last:
        weak = one.standing.problem(one.path, *_RESULTS)
        if weak is not None:
            yield weak


def _scenarios(last: list[Outcome]) -> Iterator[Observation]:
    """Each kind by itself: true where all of its experiments passed; absent where none has a result."""
    for kind in KINDS:
        mine = [one for one in last if kind in one.kinds]
        if mine:
            level, oldest = _worth(mine)
            yield SCENARIO.of(
                not any(one.shortcomings for one in mine),
                level=level,
                source=mine[0].file.file.source,
                subject=kind,
                locations=[Location(path=one.path) for one in mine[:10]],
                produced_at=oldest,
            )


def _worth(last: list[Outcome]) -> tuple[Level, str | None]:
    """The weakest level and the oldest time: all scenarios together are what is asked for."""
    times = [one.at for one in last]
    known = [time for time in times if time is not None]
    level = weakest([one.standing.level for one in last])
    return level, min(known).isoformat() if len(known) == len(times) else None


def _prepared(ctx: Context, prepared: dict[str, Report[_Content]]) -> Iterator[Observation]:
    """What is declared and has no result; the empty list where there is none."""
    first = next(iter(prepared.values()), None)
    yield PREPARED.of(
        sorted(prepared),
        level=Level.DECLARED,
        source=first.file.source if first else ctx.repo.source("chaos experiments"),
        locations=[Location(path=r.entry.path) for r in prepared.values()],
        produced_at=ctx.observed_at,
    )
