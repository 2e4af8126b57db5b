"""Reads the metrics that the deployment exposes for Prometheus.

Families that a client library or a runtime exposes for free are counted apart, and a family counts
as live only with a sample other than 0. Whether anybody scrapes the endpoint is not seen here.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.formats.monitoring.exposition import Exposition
from auditor.model.evidence import Location, Source, SourceKind
from auditor.model.level import Level
from auditor.model.probe import FactType
from auditor.probing.contract import Context, FactSpec, Finding, Need, Observation, Phase, probe
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


@probe(
    "monitoring.exposition",
    title="Metrics endpoint",
    needs=[Need.URL],
    emits=[FAMILIES, DEFAULTS, LIVE, SAMPLES],
    phase=Phase.LIVE,
)
def exposition(ctx: Context) -> Iterator[Observation]:
    """Scrape once and count; no endpoint at all is a count of nothing, with the places looked at."""
    found = scrape(ctx)
    source, locations = _where(ctx, found)
    for spec, value in counts(found.exposition if found else None).items():
        yield spec.of(
            value,
            level=Level.OBSERVED,
            source=source,
            locations=locations,
            produced_at=ctx.observed_at,
        )
    if found is not None and found.exposition.complaint is not None:
        location = found.exchange.location
        yield Finding("metrics.format", found.exposition.complaint, SAMPLES.key, "low", location)


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
