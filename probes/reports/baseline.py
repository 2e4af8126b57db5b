"""The recorded performance baseline: a YAML or JSON file with `baseline` in its name, and its runs.

Three runs or more, each with time, commit, environment, routes, rate, errors and percentiles, show what is
normal and how far it spreads. Figures that no measurement gives are refused. It cannot see whether the
environment is like production, nor, where no `report` is named for a run, whether that run took place.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.formats.records.baseline_record import BaselineRecord, BaselineRun, parse, sniff
from auditor.model.evidence import Location, Value
from auditor.model.probe import FactSpec, FactType
from auditor.probing.contract import Context, Need, Observation, Problem, ProblemKind, probe
from auditor.probing.doors.trouble import Trouble
from auditor.probing.guards import standing
from auditor.probing.reports.loadruns import LoadRun, load_runs
from auditor.probing.reports.reports import Report, read_reports

_NUMBER = FactType.NUMBER
RUNS = FactSpec("baseline.runs", _NUMBER, "Complete runs behind the performance baseline", "runs")
P50 = FactSpec("baseline.p50_ms", _NUMBER, "Median response time of the baseline", "ms")
P95 = FactSpec("baseline.p95_ms", _NUMBER, "95th percentile of the baseline", "ms")
P99 = FactSpec("baseline.p99_ms", _NUMBER, "99th percentile of the baseline", "ms")
SPREAD = FactSpec("baseline.spread_percent", _NUMBER, "Spread of P95 over the baseline's runs", "%")
MISSING = FactSpec("baseline.missing_fields", FactType.LIST, "Fields that a baseline run lacks")
VERSIONED = FactSpec("baseline.versioned", FactType.BOOLEAN, "The baseline is committed as it is")
UNBACKED = FactSpec(
    "baseline.unbacked_runs", _NUMBER, "Baseline runs whose load report is not there", "runs"
)
SLOWER = FactSpec(
    "baseline.slower_percent", _NUMBER, "P95 of the newest load test above the baseline's", "%"
)

_FACTS = (RUNS, P50, P95, P99, SPREAD, MISSING, VERSIONED, UNBACKED, SLOWER)
_KEYS = tuple(f.key for f in _FACTS)
_PATTERNS = ["**/*baseline*.{yaml,yml,json}", "**/*linea-base*.{yaml,yml,json}",
             "**/*linea_base*.{yaml,yml,json}"]  # fmt: skip
_TOLERANCE = 0.01


@probe(
    "reports.baseline",
    title="Recorded performance baseline",
    needs=[Need.REPOSITORY],
    emits=_FACTS,
    timeout_s=180.0,
    pure=True,
)
def baseline(ctx: Context) -> Iterator[Observation]:
    """Every record is kept; where they disagree, the worse one decides."""
    found = refused = 0
    runs: list[LoadRun] | None = None
    for seen in read_reports(ctx.repo, _PATTERNS, sniff, parse, *_KEYS):
        if isinstance(seen, Problem):
            refused += 1
            yield seen
            continue
        if runs is None:
            runs, _ = load_runs(ctx)
        found += 1
        yield from _facts(ctx, seen, runs)
    if not found and not refused:
        yield Problem(
            ProblemKind.NOT_CONFIGURED,
            "No recorded performance baseline was found below the service root.",
            "Run the same load three times and commit performance/baseline.yaml with commit,"
            " environment, routes, and for each of `runs` recorded_at, rate, p50_ms, p95_ms, p99_ms,"
            " error_percent, duration_s and report.",
            _KEYS,
        )


def _facts(
    ctx: Context, seen: Report[BaselineRecord], load: list[LoadRun]
) -> Iterator[Observation]:
    record, path = seen.content, seen.entry.path
    place = (Location(path=path),)
    worth = standing(ctx.repo, seen.entry, made_at=record.recorded_at, now=ctx.now)
    if worth.impossible:
        yield Problem(
            ProblemKind.MALFORMED, f"{path}: {worth.why}", "Record it again.", _KEYS, place
        )
        return
    by_path = {run.path: run for run in load}
    doubts = (*record.doubts, *_unlike(ctx, record, by_path))
    if doubts:
        hint = "Record the figures of three real runs, and name the report of each."
        yield Problem(ProblemKind.MALFORMED, f"{path}: {doubts[0]}", hint, _KEYS, place)
        return
    values = dict(_recorded(record))
    backed = {
        run.report for run in record.runs if run.report and _below(ctx, run.report) in by_path
    }
    values[UNBACKED] = max(0, len(record.runs) - len(backed))
    values[VERSIONED] = seen.entry.tracked and path not in ctx.repo.tree.changed()
    slower = slower_percent(record, load, {_below(ctx, r.report) for r in record.runs if r.report})
    if slower is not None:
        values[SLOWER] = slower
    for fact, value in values.items():
        yield fact.of(value, level=worth.level, source=seen.file.source, locations=place,
                      produced_at=worth.produced_at)  # fmt: skip
    missing = [f.key for f in (P50, P95, P99, SPREAD) if f not in values]
    if missing:
        what = f"{path} has {len(record.complete)} complete runs; one leaves out"
        what += f" {', '.join(record.missing) or 'nothing, but a spread needs two'}."
        yield Problem(ProblemKind.VACUOUS, what, "Complete each of `runs`.", tuple(missing), place)


def _recorded(record: BaselineRecord) -> Iterator[tuple[FactSpec, Value]]:
    yield RUNS, len(record.complete)
    yield MISSING, list(record.missing)
    for fact, figure in ((P50, "p50_ms"), (P95, "p95_ms"), (P99, "p99_ms")):
        value = record.median(figure)
        if value is not None:
            yield fact, value
    if record.spread_percent is not None:
        yield SPREAD, round(record.spread_percent, 4)


def _below(ctx: Context, report: str | None) -> str:
    """The repository path of a report that a run names; empty where it leads out of it."""
    try:
        return ctx.repo.within(report or "")
    except Trouble:
        return ""


def _unlike(ctx: Context, record: BaselineRecord, by_path: dict[str, LoadRun]) -> Iterator[str]:
    """Runs whose named report is there and says something else."""
    for run in record.complete:
        load = by_path.get(_below(ctx, run.report)) if run.report else None
        if load is None:
            continue
        report = load.report
        said = {"p50_ms": report.p50_ms, "p95_ms": report.p95_ms, "p99_ms": report.p99_ms}
        for figure, value in said.items():
            if value is not None and abs(value - run.figures[figure]) > _TOLERANCE * value:
                yield (
                    f"It gives a {figure} of {run.figures[figure]:g} for {load.path},"
                    f" which says {value:g}."
                )


def slower_percent(record: BaselineRecord, load: list[LoadRun], own: set[str]) -> float | None:
    """How much slower the newest load test is than the baseline, in percent of its P95.

    A test that is one of the baseline's own runs is no comparison, nor is one with the same figures.
    """
    normal = record.median("p95_ms")
    newest = next((run for run in load if run.made_at is not None), None)
    if normal is None or newest is None or newest.path in own:
        return None
    p95 = newest.report.p95_ms
    if p95 is None or any(_same(run, newest) for run in record.complete):
        return None
    return round(100 * (p95 - normal) / normal, 4)


def _same(run: BaselineRun, load: LoadRun) -> bool:
    report = load.report
    return (report.p50_ms, report.p95_ms) == (run.figures["p50_ms"], run.figures["p95_ms"])
