"""Measures how long a small sample of GETs on the health path takes, one at a time, with nothing else asked.

Each request opens a connection of its own, TLS included, from where the audit runs. The service is idle: this
tells nothing of its latency under load, nor of routes that do real work.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

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
FAILED = FactSpec(
    "latency.failed", FactType.NUMBER, "Requests of the sample that got no good answer."
)

_WARM_UP = 3
_SIZE = 40
_SMALLEST = 20
_BUDGET_S = 20.0


@probe(
    "live.latency",
    title="Latency of the idle service",
    needs=[Need.URL],
    emits=[SAMPLE, P50, P95, FAILED],
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
        ctx.http.get(route.url, patient=False)
    good, failed = _sample(ctx, route.url)
    if len(good) < _SMALLEST:
        yield Problem(
            ProblemKind.VACUOUS,
            f"Only {len(good)} of {len(good) + failed} requests to {urlsplit(route.url).path} were answered well within"
            f" {_BUDGET_S:g} s, too few for a percentile.",
            "Run again when the deployment is well and lets the auditor's requests through.",
        )
        return
    times = sorted(exchange.elapsed_s * 1000 for exchange in good)
    facts: list[tuple[FactSpec, Value]] = [
        (SAMPLE, len(times)),
        (P50, round(percentile(times, 50), 2)),
        (P95, round(percentile(times, 95), 2)),
        (FAILED, failed),
    ]
    for spec, value in facts:
        yield spec.of(
            value,
            level=Level.OBSERVED,
            source=good[-1].source,
            locations=[good[-1].location],
            produced_at=ctx.observed_at,
        )


def _sample(ctx: Context, path: str) -> tuple[list[Exchange], int]:
    """The good answers, and how many others there were; redirects are neither followed nor good."""
    good: list[Exchange] = []
    failed = 0
    end = time.monotonic() + _BUDGET_S
    while len(good) + failed < _SIZE and time.monotonic() < end:
        try:
            exchange = ctx.http.get(path, follow=False, patient=False, timeout_s=5.0)
        except Trouble:
            failed += 1
            continue
        if 200 <= exchange.status < 300:
            good.append(exchange)
        else:
            failed += 1
    return good, failed


def percentile(ordered: list[float], percent: int) -> float:
    """The nearest rank: the smallest value that `percent` of the sample do not exceed."""
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]
