"""Reads the metrics that the deployment exposes for Prometheus, twice, with a few requests between.

Families that a client library or a runtime exposes for free are counted apart. A family counts as live with a sample
other than 0, and as moving where it changed from one reading to the next: a text that stands still moves nothing. Both
readings must be of one process. What the second reading itself moves is left out where its path is a label. Names
are held against the conventions of Prometheus. Whether anybody scrapes the endpoint is not seen here.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from auditor.formats.monitoring.exposition import Exposition
from auditor.formats.monitoring.exposition_moves import misnamed, moved, same_process, totals
from auditor.model.evidence import Fact, Location, Source, SourceKind, Value
from auditor.model.level import Level
from auditor.model.probe import FactType
from auditor.probing.contract import (
    Context,
    FactSpec,
    Finding,
    Need,
    Observation,
    Phase,
    Problem,
    ProblemKind,
    Trouble,
    probe,
)
from auditor.probing.live.answers import find_unknown
from auditor.probing.live.routes import answering
from auditor.probing.monitoring.metrics_endpoint import PATHS, Scrape, scrape

FAMILIES = FactSpec(
    "metrics.families",
    FactType.NUMBER,
    "Metric families beyond those that a library exposes for free.",
)
DEFAULTS = FactSpec(
    "metrics.default_families",
    FactType.NUMBER,
    "Families that a client library or a runtime exposes.",
)
LIVE = FactSpec(
    "metrics.live_families", FactType.NUMBER, "Own families with a sample other than 0."
)
SAMPLES = FactSpec("metrics.samples", FactType.NUMBER, "All samples of one answer.")
MOVED = FactSpec(
    "metrics.moved", FactType.LIST, "Own families that changed from one reading to the next."
)
MISNAMED = FactSpec(
    "metrics.misnamed", FactType.LIST, "Own families whose names break the conventions, and how."
)
LARGEST = FactSpec(
    "metrics.largest_family", FactType.NUMBER, "Series of the own family that has most.", "series"
)

_READINGS = 6
_MOST_TOLD = 100


@probe(
    "monitoring.exposition",
    title="Metrics endpoint",
    needs=[Need.URL],
    emits=[FAMILIES, DEFAULTS, LIVE, SAMPLES, MOVED, MISNAMED, LARGEST],
    phase=Phase.LIVE,
)
def exposition(ctx: Context) -> Iterator[Observation]:
    """Count, then look again; no endpoint at all is a count of nothing, with the places looked at."""
    found = scrape(ctx)
    source, locations = _where(ctx, found)

    def fact(spec: FactSpec, value: Value) -> Fact:
        return spec.of(
            value,
            level=Level.OBSERVED,
            source=source,
            locations=locations,
            produced_at=ctx.observed_at,
        )

    for spec, number in counts(found.exposition if found else None).items():
        yield fact(spec, number)
    yield fact(MISNAMED, misnamed(found.exposition)[:_MOST_TOLD] if found else [])
    sets = [family.label_sets for family in found.exposition.own_families] if found else []
    if None not in sets:
        yield fact(LARGEST, max((one for one in sets if one is not None), default=0))
    else:
        message = "The metrics hold more series than are told apart here."
        yield Problem(ProblemKind.TOO_LARGE, message, "Keep ids out of labels.", (LARGEST.key,))
    try:
        yield fact(MOVED, _moved(ctx, found)[:_MOST_TOLD] if found else [])
    except Trouble as trouble:
        yield trouble.problem(MOVED.key)
    if found is not None and found.exposition.complaint is not None:
        location = found.exchange.location
        yield Finding("metrics.format", found.exposition.complaint, SAMPLES.key, "low", location)


def _moved(ctx: Context, first: Scrape) -> list[str]:
    """Some requests as users make them, then readings until one is of the same process as the first."""
    path = urlsplit(first.exchange.url).path
    before = totals(first.exchange.body, path)
    try:
        for route in answering(ctx, find_unknown(ctx)):
            ctx.http.get(route.url, follow=False)
    except Trouble as trouble:
        if trouble.kind in (ProblemKind.UNREACHABLE, ProblemKind.TIMED_OUT):
            raise
        ctx.http.get("/", follow=False)  # a refusal is an answer too, and counted
    for _ in range(_READINGS):
        again = scrape(ctx)
        if again is None or again.exchange.url != first.exchange.url:
            break
        after = totals(again.exchange.body, path)
        if same_process(before, after):
            return moved(before, after, again.exposition)
    raise Trouble(
        ProblemKind.VACUOUS,
        f"GET {path} answers for another process each time, so what moves is not known.",
        "Let the auditor read the metrics of one replica, or audit with --prometheus.",
    )


def _where(ctx: Context, found: Scrape | None) -> tuple[Source, list[Location]]:
    if found is not None:
        return found.exchange.source, [found.exchange.location]
    looked = f"no metrics endpoint; looked at {', '.join(PATHS)}"
    return Source(SourceKind.HTTP, looked, observed_at=ctx.observed_at), []


def counts(seen: Exposition | None) -> dict[FactSpec, int]:
    """The numbers of one answer."""
    if seen is None:
        return dict.fromkeys((FAMILIES, DEFAULTS, LIVE, SAMPLES), 0)
    return {
        FAMILIES: len(seen.own_families),
        DEFAULTS: len(seen.default_families),
        LIVE: len(seen.live_families),
        SAMPLES: seen.samples,
    }
