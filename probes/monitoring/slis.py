"""Measures the service by what its Prometheus recorded: rate, errors, latency, cache hits, saturation.

Known metric names are tried in turn, and each fact shows the query that decided it. The window is the
last hour (a day for caches), or as much of it as there are data; routes of health and metrics are left
out. Quantiles come from histograms alone, over all routes and instances together, and are interpolated
within a bucket as `histogram_quantile` does. Too few requests, a quantile beyond the largest bucket, or no
traffic give no number: 100 requests are wanted for a rate or ratio, 200 for the median and P95, 1,000 for
P99. Native histograms and summaries are not read. A cache server counts where its job is called after the service.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from auditor.formats.monitoring import histogram_buckets
from auditor.formats.monitoring.histogram_buckets import Buckets
from auditor.formats.monitoring.prometheus_api import Sample, ScrapeTarget
from auditor.model.evidence import Fact
from auditor.model.level import Level
from auditor.model.probe import FactType
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
from auditor.probing.http import Exchange
from auditor.probing.monitoring import sli_queries as queries
from auditor.probing.monitoring.monitoring_api import Answer
from auditor.probing.monitoring.prometheus_api import Prometheus, Scope, find_scope, quoted

WINDOW = FactSpec(
    "sli.window_s", FactType.NUMBER, "How far back data of the service reach, an hour at most", "s"
)
SAMPLES = FactSpec("sli.samples", FactType.NUMBER, "Requests counted in the window", "requests")
RATE = FactSpec("sli.request_rate", FactType.NUMBER, "Mean rate of requests", "req/s")
ERRORS = FactSpec("sli.error_percent", FactType.NUMBER, "Requests answered with 5xx or none", "%")
P50 = FactSpec("sli.p50_ms", FactType.NUMBER, "Median of the server's latency", "ms")
P95 = FactSpec("sli.p95_ms", FactType.NUMBER, "95th percentile of the server's latency", "ms")
P95_BUCKET = FactSpec(
    "sli.p95_bucket_ms", FactType.NUMBER, "Upper bound of the bucket that holds P95", "ms"
)
P99 = FactSpec("sli.p99_ms", FactType.NUMBER, "99th percentile of the server's latency", "ms")
CACHE = FactSpec(
    "sli.cache_hit_percent", FactType.NUMBER, "Hits of the cache with the lowest ratio", "%"
)
LOOKUPS = FactSpec(
    "sli.cache_lookups", FactType.NUMBER, "Lookups of that cache in the window", "lookups"
)
CACHE_WINDOW = FactSpec(
    "sli.cache_window_s", FactType.NUMBER, "How far back its data reach, a day at most", "s"
)
SATURATION = FactSpec(
    "sli.saturation_percent", FactType.NUMBER, "Highest share of a limited resource in use", "%"
)

_FEWEST = 100
_QUANTILES = ((P50, 0.5, 200), (P95, 0.95, 200), (P99, 0.99, 1000))
_TRAFFIC = (SAMPLES.key, RATE.key, ERRORS.key)
_LATENCY = (P50.key, P95.key, P95_BUCKET.key, P99.key)
_CACHES = (CACHE.key, LOOKUPS.key, CACHE_WINDOW.key)
_METRICS_HINT = "Expose a histogram and a counter of requests with a status label, or attest it."


@dataclass(frozen=True, slots=True)
class Look:
    """What every indicator needs: whom to ask, about what."""

    ctx: Context
    asked: Prometheus
    scope: Scope
    own: set[str]

    def fact(self, spec: FactSpec, value: float, exchange: Exchange, query: str) -> Fact:
        """A number and the query that decided it."""
        return spec.of(
            round(value, 4),
            level=Level.OBSERVED,
            source=replace(exchange.source, excerpt=query[:400]),
            locations=[exchange.location],
            produced_at=self.ctx.observed_at,
        )


@probe(
    "monitoring.slis",
    title="Service level indicators",
    needs=[Need.PROMETHEUS],
    emits=[
        *(WINDOW, SAMPLES, RATE, ERRORS, P50, P95, P95_BUCKET, P99),
        *(CACHE, LOOKUPS, CACHE_WINDOW, SATURATION),
    ],
    phase=Phase.LIVE,
    timeout_s=180.0,
)
def slis(ctx: Context) -> Iterator[Observation]:
    """Each indicator on its own, so that one that cannot be measured hides no other."""
    asked = Prometheus(ctx)
    targets = asked.targets().value
    scope = find_scope(ctx, targets)
    look = Look(ctx, asked, scope, set(asked.values("__name__", scope.matcher).value))
    try:
        yield from _traffic(look)
    except Trouble as trouble:
        yield trouble.problem(WINDOW.key, *_TRAFFIC)
    for part, keys in ((_latency, _LATENCY), (_saturation, (SATURATION.key,))):
        try:
            yield from part(look)
        except Trouble as trouble:
            yield trouble.problem(*keys)
    try:
        yield from _cache(look, targets)
    except Trouble as trouble:
        yield trouble.problem(*_CACHES)


def _vacuous(message: str, hint: str, *facts: str) -> Problem:
    return Problem(ProblemKind.VACUOUS, message, hint, facts)


def number(samples: list[Sample]) -> float | None:
    """The only value of an answer; None where there is none, or it is no finite number."""
    return samples[0].value if len(samples) == 1 and math.isfinite(samples[0].value) else None


def _traffic(look: Look) -> Iterator[Observation]:
    query = queries.covered(look.scope.matcher, queries.WINDOW_S)
    window = look.asked.query(query)
    seconds = number(window.value)
    if not seconds or seconds <= 0:
        message = "Prometheus holds no data of the service's targets in the last hour."
        yield _vacuous(message, "Let it scrape the service.", WINDOW.key, *_TRAFFIC)
        return
    yield look.fact(WINDOW, seconds, window.exchange, query)
    names = queries.counters(look.own)
    tried: list[str] = []
    for name in names:
        query = queries.by_status(name, look.scope.matcher)
        grown = look.asked.query(query)
        born = look.asked.query(queries.born_by_status(name, look.scope.matcher))
        total, failed = outcomes(grown.value + born.value)
        if failed is None:
            tried.append(f"{name} tells no status")
        elif total < _FEWEST:
            tried.append(f"{name} counted {total:.0f} requests, of {_FEWEST} that are wanted")
        else:
            yield look.fact(SAMPLES, round(total), grown.exchange, query)
            yield look.fact(RATE, total / seconds, grown.exchange, query)
            yield look.fact(ERRORS, 100 * failed / total, grown.exchange, query)
            return
    told = f"In the last hour {'; '.join(tried)}." if tried else "No counter of requests is known."
    yield _vacuous(told, f"Audit under traffic. {_METRICS_HINT}", *_TRAFFIC)


def outcomes(samples: list[Sample]) -> tuple[float, float | None]:
    """All requests, and those that failed, None where no sample tells a status.

    Where some tell it, those that do not ended without an answer and count as failed.
    """
    total, failed, known = 0.0, 0.0, False
    for sample in samples:
        if not math.isfinite(sample.value) or sample.value <= 0:
            continue
        status = next((sample.labels[n] for n in queries.STATUSES if sample.labels.get(n)), "")
        good = re.fullmatch(r"[1-4](?:\d\d|xx|XX)", status) is not None
        known = known or good or re.fullmatch(r"5(?:\d\d|xx|XX)", status) is not None
        total += sample.value
        failed += 0.0 if good else sample.value
    return total, failed if known or not total else None


def _latency(look: Look) -> Iterator[Observation]:
    tried: list[str] = []
    for metric, unit_ms in queries.HISTOGRAMS.items():
        if f"{metric}_bucket" not in look.own:
            continue
        query = queries.buckets(metric, look.scope.matcher)
        answer = look.asked.query(query)
        found = histogram_buckets.read({s.labels.get("le", ""): s.value for s in answer.value})
        if found is None or found.total < _QUANTILES[0][2]:
            seen = 0 if found is None else found.total
            tried.append(f"{metric} holds {seen:.0f} requests")
            continue
        yield from _quantiles(look, metric, unit_ms, found, answer, query)
        return
    told = f"In the last hour {'; '.join(tried)}." if tried else "No histogram of latency is known."
    yield _vacuous(told, f"Audit under traffic. {_METRICS_HINT}", *_LATENCY)


def _quantiles(
    look: Look,
    metric: str,
    unit_ms: float,
    found: Buckets,
    answer: Answer[list[Sample]],
    query: str,
) -> Iterator[Observation]:
    for spec, share, fewest in _QUANTILES:
        keys = (P95.key, P95_BUCKET.key) if spec is P95 else (spec.key,)
        quantile = found.quantile(share)
        if found.total < fewest:
            message = f"{metric} holds {found.total:.0f} requests, too few for P{100 * share:.0f}: {fewest:,}."
            yield _vacuous(message, "Audit under more traffic.", *keys)
        elif quantile is None:
            message = f"P{100 * share:.0f} of {metric} lies beyond its largest bucket."
            yield _vacuous(message, "Give the histogram larger buckets.", *keys)
        else:
            yield look.fact(spec, quantile.value * unit_ms, answer.exchange, query)
            if spec is P95:
                yield look.fact(P95_BUCKET, quantile.upper * unit_ms, answer.exchange, query)


def _saturation(look: Look) -> Iterator[Observation]:
    found: list[tuple[float, Exchange, str]] = []
    for _, query in queries.saturations(look.own, look.scope.matcher):
        answer = look.asked.query(query)
        value = number(answer.value)
        if value is not None:
            found.append((value, answer.exchange, query))
    if found:
        yield look.fact(SATURATION, *max(found, key=lambda row: row[0]))
        return
    message = (
        "No metric is known that tells how much of a limited resource of the service is in use."
    )
    yield _vacuous(message, "Expose its pools with their limits.", SATURATION.key)


def _cache(look: Look, targets: list[ScrapeTarget]) -> Iterator[Observation]:
    """The cache with the lowest ratio among those with enough lookups."""
    places = [(look.scope.matcher, look.own)]
    jobs = servers_of(targets, look.ctx.target.service)
    for matcher in (f"job={quoted(job)}" for job in jobs):
        places.append((matcher, set(look.asked.values("__name__", matcher).value)))
    found: list[tuple[float, float, Exchange, str, str]] = []
    tried = 0
    for matcher, names in places:
        for query in queries.caches(names, matcher):
            tried += 1
            hits, misses = look.asked.query(query.hits), look.asked.query(query.misses)
            for ratio, lookups in ratios(hits.value, misses.value):
                found.append((ratio, lookups, hits.exchange, query.hits, matcher))
    if not found:
        message = f"No cache had {_FEWEST} lookups in the last day." if tried else (
            "No metric is known that tells the hits and misses of a cache of the service."
        )  # fmt: skip
        hint = "Count hits and misses, or name the job of the cache's exporter after the service."
        yield _vacuous(message, hint, *_CACHES)
        return
    ratio, lookups, exchange, text, matcher = min(found, key=lambda row: row[:2])
    query_text = queries.covered(matcher, queries.CACHE_WINDOW_S)
    window = look.asked.query(query_text)
    seconds = number(window.value)
    if seconds is None:
        message = "How far back the cache's data reach is not known."
        yield _vacuous(message, "Run the audit again.", CACHE_WINDOW.key)
    else:
        yield look.fact(CACHE_WINDOW, seconds, window.exchange, query_text)
    yield look.fact(CACHE, ratio, exchange, text)
    yield look.fact(LOOKUPS, round(lookups), exchange, text)


def ratios(hits: list[Sample], misses: list[Sample]) -> Iterator[tuple[float, float]]:
    """Hits in percent and lookups of every cache that had enough of them."""
    good, bad = _by_cache(hits), _by_cache(misses)
    for cache in good.keys() | bad.keys():
        lookups = good.get(cache, 0.0) + bad.get(cache, 0.0)
        if math.isfinite(lookups) and lookups >= _FEWEST:
            yield 100 * good.get(cache, 0.0) / lookups, lookups


def _by_cache(samples: list[Sample]) -> dict[tuple[tuple[str, str], ...], float]:
    return {tuple(sorted(s.labels.items())): s.value for s in samples}


def servers_of(targets: list[ScrapeTarget], service: str) -> list[str]:
    """The jobs that are called after the service, as `orders-redis` is."""
    start = re.sub(r"[^a-z0-9]+", "-", service.lower()) + "-"
    jobs = {target.labels.get("job", "") for target in targets}
    return sorted(j for j in jobs if re.sub(r"[^a-z0-9]+", "-", j.lower()).startswith(start))
