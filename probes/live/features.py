"""Exercises the features that auditor.yaml declares: a path that must answer, a metric that must move.

A GET that answers 2xx shows that a route is served, not that the feature works: that is for its
acceptance tests (reports.features). Where a path that does not exist gets the same answer, as in a
single-page application, nothing is told.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.formats.monitoring.exposition_total import metric_total
from auditor.model.evidence import Source, SourceKind
from auditor.model.level import Level
from auditor.model.probe import FactType
from auditor.model.target import Feature
from auditor.probing.contract import (
    Context,
    FactSpec,
    Need,
    Observation,
    Phase,
    Problem,
    ProblemKind,
    Trouble,
    probe,
)
from auditor.probing.live.answers import Unknown, find_unknown
from auditor.probing.monitoring.metrics_endpoint import PATHS, Scrape, scrape

LIVE_OK = FactSpec(
    "features.live_ok",
    FactType.BOOLEAN,
    "Whether the feature's path answers 2xx, with an answer of its own.",
    subjects=("*",),
)
METRIC = FactSpec(
    "features.metric_total",
    FactType.NUMBER,
    "The sum of the samples of the feature's metric; 0 where it has none.",
    subjects=("*",),
)


@probe(
    "live.features",
    title="Features on the deployment",
    needs=[Need.URL],
    emits=[LIVE_OK, METRIC],
    phase=Phase.LIVE,
    timeout_s=120.0,
)
def features(ctx: Context) -> Iterator[Observation]:
    """Ask every declared path, then read the metrics once for all features."""
    with_path = [f for f in ctx.looking.features if f.live_path]
    with_metric = [f for f in ctx.looking.features if f.metric]
    if with_path:
        unknown = find_unknown(ctx)
        for feature in with_path:
            try:
                yield _answers(ctx, feature, feature.live_path or "", unknown)
            except Trouble as trouble:
                yield _problem(trouble, feature)
    if with_metric:
        try:
            found = scrape(ctx)
            for feature in with_metric:
                yield _total(ctx, feature, feature.metric or "", found)
        except Trouble as trouble:
            yield trouble.problem(METRIC.key)


def _answers(ctx: Context, feature: Feature, path: str, unknown: Unknown) -> Observation:
    if not path.startswith("/"):
        message = f"the live check {path[:80]!r} is not a path."
        raise Trouble(ProblemKind.MALFORMED, message, "Write it as /path in auditor.yaml.")
    exchange = ctx.http.get(path)
    unknown.refuse_hidden(exchange, path)
    served = 200 <= exchange.status < 300
    if served and unknown.same(exchange, path):
        raise Trouble(
            ProblemKind.VACUOUS,
            f"GET {path} answers {exchange.status} as a path that does not exist does, so it tells nothing.",
            "Name a path of the API behind the feature instead of a page that the browser fills.",
        )
    return LIVE_OK.of(
        served,
        level=Level.OBSERVED,
        source=exchange.source,
        subject=feature.id,
        locations=[exchange.location],
        produced_at=ctx.observed_at,
    )


def _problem(trouble: Trouble, feature: Feature) -> Problem:
    return Problem(
        trouble.kind, f"Feature {feature.id}: {trouble.message}", trouble.hint, (LIVE_OK.key,)
    )


def _total(ctx: Context, feature: Feature, metric: str, found: Scrape | None) -> Observation:
    if found is None:
        source = Source(
            SourceKind.HTTP,
            f"no metrics endpoint; looked at {', '.join(PATHS)}",
            observed_at=ctx.observed_at,
        )
        total, locations = 0.0, []
    else:
        source, locations = found.exchange.source, [found.exchange.location]
        total = metric_total(found.exchange.body, metric) or 0.0
    return METRIC.of(
        total,
        level=Level.OBSERVED,
        source=source,
        subject=feature.id,
        locations=locations,
        produced_at=ctx.observed_at,
    )
