"""Measures how long a small sample of GETs on the health path takes, one at a time, with nothing else asked.

Each request opens a connection of its own, TLS included, from where the audit runs. With each percentile
stand the values between which the true one lies with 95 % confidence, as far as the sample is large enough.
A path that answers well only now and then is unstable, which is a fact with its samples. The service is
idle: this tells nothing of its latency under load (live.load does), nor of routes that do real work.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlsplit

from auditor.formats.load.order_statistics import interval, percentile
from auditor.model.evidence import Value
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
from auditor.probing.live.answers import find_unknown
from auditor.probing.live.routes import health_route

SAMPLE = FactSpec(
    "latency.sample", FactType.NUMBER, "Good answers of the idle health path that were timed."
)
P50 = FactSpec("latency.p50_ms", FactType.NUMBER, "Their median, connection included.", "ms")
P95 = FactSpec(
    "latency.p95_ms", FactType.NUMBER, "Their 95th percentile, connection included.", "ms"
)
P99 = FactSpec(
    "latency.p99_ms", FactType.NUMBER, "Their 99th percentile, connection included.", "ms"
)
INTERVALS = FactSpec(
    "latency.intervals",
    FactType.OBJECT,
    "Bounds of each percentile with 95 % confidence, null where the sample is too small.",
)
UNSTABLE = FactSpec(
    "latency.unstable",
    FactType.LIST,
    "How the answers to one and the same request differ: their outcomes, with how often each came.",
)
FAILED = FactSpec(
    "latency.failed", FactType.NUMBER, "Requests of the sample that got no good answer."
)

_WARM_UP = 3
_SIZE = 120
_SMALLEST = 20
_FEWEST_P99 = 100
_BUDGET_S = 20.0


@probe(
    "live.latency",
    title="Latency of the idle service",
    needs=[Need.URL],
    emits=[SAMPLE, P50, P95, P99, INTERVALS, FAILED, UNSTABLE],
    phase=Phase.QUIET,
    timeout_s=60.0,
)
def latency(ctx: Context) -> Iterator[Observation]:
    """Warm up, then time one request after another until the sample or the time is full."""
    unknown = find_unknown(ctx)
    route = health_route(ctx, unknown)
    if route is None:
        unknown.refuse_hidden(unknown.exchange, unknown.path)
        yield Problem(
            ProblemKind.VACUOUS,
            "The deployment has no health path that answers well, so no latency was measured.",
            "Serve one, such as /health/live; it costs the least to ask.",
        )
        return
    for _ in range(_WARM_UP):
        with suppress(Trouble):  # the sample tells of it
            ctx.http.get(route.url, patient=False, timeout_s=5.0)
    good, outcomes = _sample(ctx, route.url)
    failed = outcomes.total() - len(good)
    if good:
        yield _fact(ctx, UNSTABLE, differing(outcomes), good[-1])
    if len(good) < _SMALLEST:
        yield Problem(
            ProblemKind.VACUOUS,
            f"Only {len(good)} of {len(good) + failed} requests to {urlsplit(route.url).path} were answered well within"
            f" {_BUDGET_S:g} s, too few for a percentile.",
            "Run again when the deployment is well and lets the auditor's requests through.",
            (SAMPLE.key, P50.key, P95.key, P99.key, INTERVALS.key, FAILED.key),
        )
        return
    times = sorted(exchange.elapsed_s * 1000 for exchange in good)
    told = [(P50, 50), (P95, 95)] + ([(P99, 99)] if len(times) >= _FEWEST_P99 else [])
    facts: dict[FactSpec, Value] = {SAMPLE: len(times), FAILED: failed}
    facts |= {spec: round(percentile(times, percent), 2) for spec, percent in told}
    facts[INTERVALS] = {spec.key: bounds(times, percent) for spec, percent in told}
    for spec, value in facts.items():
        yield _fact(ctx, spec, value, good[-1])
    if P99 not in facts:
        yield Problem(
            ProblemKind.VACUOUS,
            f"{len(times)} good answers are too few for a P99.",
            "Run again when the deployment answers faster, or with --allow-load.",
            (P99.key,),
        )


def bounds(ordered: list[float], percent: int) -> list[float | None]:
    """The interval of a percentile, rounded."""
    return [None if value is None else round(value, 2) for value in interval(ordered, percent)]


def differing(outcomes: Counter[str]) -> list[str]:
    """Each outcome with its number where there are several; nothing of a path that always does the same."""
    return [f"{name}: {n}" for name, n in sorted(outcomes.items())] if len(outcomes) > 1 else []


def _fact(ctx: Context, spec: FactSpec, value: Value, exchange: Exchange) -> Observation:
    return spec.of(
        value,
        level=Level.OBSERVED,
        source=exchange.source,
        locations=[exchange.location],
        produced_at=ctx.observed_at,
    )


def _sample(ctx: Context, path: str) -> tuple[list[Exchange], Counter[str]]:
    """The good answers, and how often each outcome came; redirects are neither followed nor good."""
    good: list[Exchange] = []
    outcomes: Counter[str] = Counter()
    end = time.monotonic() + _BUDGET_S
    while outcomes.total() < _SIZE and time.monotonic() < end:
        try:
            exchange = ctx.http.get(path, follow=False, patient=False, timeout_s=5.0)
        except Trouble as trouble:
            outcomes[f"no answer ({trouble.kind.value})"] += 1
            continue
        outcomes[str(exchange.status)] += 1
        if 200 <= exchange.status < 300:
            good.append(exchange)
    return good, outcomes
