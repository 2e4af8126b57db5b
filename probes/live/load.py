"""Puts a bounded load on the deployment and measures what it bears, with Locust or else hey.

Runs only with `--allow-load`, on a host that the operator named and that is no production one. GETs
alone, of the paths that auditor.yaml declares (`live: {get: …}`) or of harmless operations of the API
description: a warm-up, steps that rise to `--load-rate` until one does not hold, then
`--load-seconds` at the highest that held. It ends at once where errors or times explode, and says so
where the generator, and not the service, was the limit. With Prometheus, the server's own counters
over the same run are compared. One run from one address tells of one environment; writes are not tried.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from auditor.formats.load.load_report import is_local
from auditor.formats.load.load_stage import FEWEST, Stage, merged
from auditor.model.evidence import Fact, Source, SourceKind, Value
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
from auditor.probing.live.answers import find_unknown
from auditor.probing.live.leave import refuse_without_leave
from auditor.probing.live.load_account import HINTS, environment, next_step, no_capacity, told
from auditor.probing.live.load_generators import find_generator
from auditor.probing.live.load_paths import load_paths
from auditor.probing.live.load_plan import Plan, plan_of
from auditor.probing.live.load_ramp import End, Run, drive
from auditor.probing.live.load_server_side import Account, Server, ServerSide, compare
from auditor.probing.live.load_version import runs_audited_commit

_NUMBER, _LIST, _BOOLEAN = FactType.NUMBER, FactType.LIST, FactType.BOOLEAN
REQUESTS = FactSpec(
    "load_run.requests", _NUMBER, "Requests at the rate of the load run", "requests"
)
DURATION = FactSpec("load_run.duration_s", _NUMBER, "How long the load run held its rate", "s")
RATE = FactSpec("load_run.rate", _NUMBER, "Good answers a second in the load run", "req/s")
ERRORS = FactSpec("load_run.error_percent", _NUMBER, "Requests that failed in the load run", "%")
P50 = FactSpec("load_run.p50_ms", _NUMBER, "Median of response time in the load run", "ms")
P95 = FactSpec("load_run.p95_ms", _NUMBER, "95th percentile of response time in the load run", "ms")
P99 = FactSpec("load_run.p99_ms", _NUMBER, "99th percentile of response time in the load run", "ms")
CAPACITY = FactSpec(
    "load_run.capacity", _NUMBER, "Good answers a second at the highest rate before the service broke", "req/s"
)  # fmt: skip
BROKE = FactSpec(
    "load_run.broke", _LIST, "Rates that the service did not bear in the load run, and why not"
)
STEPS = FactSpec("load_run.steps", _LIST, "The stages of the load run, and what each came to")
OPEN = FactSpec(
    "load_run.open_model", _BOOLEAN, "Requests of the load run left whatever the service did"
)
ENVIRONMENT = FactSpec(
    "load_run.environment", FactType.OBJECT, "What bore the load, what made it, and what held means"
)
LOCAL = FactSpec("load_run.local_target", _BOOLEAN, "The load run went to loopback or a laptop")
AUDITED = FactSpec(
    "load_run.of_audited_commit", _BOOLEAN, "The load run met the commit that is audited"
)
CEILING = FactSpec(
    "load_run.generator_ceiling", _NUMBER, "Requests a second that the generator could bring out", "req/s"
)  # fmt: skip
SERVER_REQUESTS = FactSpec(
    "load_run.server_requests", _NUMBER, "Requests that the server counted in the load run", "requests"
)  # fmt: skip
SERVER_P95 = FactSpec(
    "load_run.server_p95_ms", _NUMBER, "95th percentile of the server's own times", "ms"
)
DISAGREES = FactSpec(
    "load_run.server_disagrees", _LIST, "How the server's account of the load run differs"
)

_HELD = (REQUESTS, DURATION, RATE, ERRORS, P50, P95, P99)
_SERVER = (SERVER_REQUESTS, SERVER_P95, DISAGREES)
_PERCENTILES = ((P50, 50.0), (P95, 95.0), (P99, 99.0))


@probe(
    "live.load",
    title="Load run",
    needs=[Need.URL],
    emits=[*_HELD, CAPACITY, BROKE, STEPS, OPEN, ENVIRONMENT, LOCAL, AUDITED, CEILING, *_SERVER],
    phase=Phase.INTRUSIVE,
    timeout_s=1800.0,
)
def load(ctx: Context) -> Iterator[Observation]:
    """Find what to ask for and whom to ask it with, drive the load, then tell both sides of it."""
    refuse_without_leave(ctx, "A load", load=True)
    base = ctx.http.base or ""
    ctx.http.check(base)
    generator = find_generator(ctx, base)
    unknown = find_unknown(ctx)
    plan = plan_of(ctx.looking, load_paths(ctx, unknown))
    server, trouble = _server(ctx)

    def send(rate: float, seconds: float, most: int) -> Stage:
        stage = generator.stage(plan.paths, rate, seconds, most)
        ctx.http.count(stage.sent, stage.received_bytes)
        return stage

    run = drive(plan, send)
    source = replace(
        generator.source or Source(SourceKind.COMMAND, "load"), excerpt=told(ctx, plan, run)
    )

    def fact(spec: FactSpec, value: Value) -> Fact:
        return spec.of(value, level=Level.OBSERVED, source=source, produced_at=ctx.observed_at)

    for spec, value in about(ctx, plan, run).items():
        yield fact(spec, value)
    audited = runs_audited_commit(ctx, unknown)
    if audited is None:
        message = "The deployment that bore the load does not say which commit it runs."
        hint = 'Serve it at /version, as {"commit": "…"}.'
        yield Problem(ProblemKind.NOT_CONFIGURED, message, hint, (AUDITED.key,))
    else:
        yield fact(AUDITED, audited)
    account = Account()
    try:
        if server is not None:
            seen = server.after(run.sent)
            account = compare(seen, run.sent, p95_of(run))
            yield from _server_side(ctx, seen, account)
    except Trouble as caught:
        trouble = caught
    if trouble is not None:
        yield trouble.problem(*(spec.key for spec in _SERVER))
    if account.refuted:
        message = f"The figures of the load run do not stand: {'; '.join(account.said)}."
        hint = "Load the service itself, and let Prometheus scrape every replica of it."
        yield _vacuous(message, hint, *_HELD, CAPACITY, BROKE)
        return
    yield fact(BROKE, broke(run))
    for spec, figure in held(run).items():
        yield fact(spec, figure)
    yield from gaps(plan, run)


def _server(ctx: Context) -> tuple[ServerSide | None, Trouble | None]:
    """The server's counters, read before the load; that they cannot be read costs no more than them."""
    try:
        return ServerSide(ctx), None
    except Trouble as trouble:
        return None, trouble


def about(ctx: Context, plan: Plan, run: Run) -> dict[FactSpec, Value]:
    """What was done, by what, and to whom; this stands whatever the figures are worth."""
    facts: dict[FactSpec, Value] = {
        STEPS: [step.shown for step in run.steps],
        ENVIRONMENT: environment(ctx, plan, run),
        LOCAL: is_local(urlsplit(ctx.http.base or "").hostname or ""),
        OPEN: all(step.stage.open_model for step in run.steps),
    }
    return facts if run.ceiling is None else facts | {CEILING: round(run.ceiling)}


def held(run: Run) -> dict[FactSpec, float]:
    """The figures of the long stage, and what the service bears at most where that was found."""
    figures: dict[FactSpec, float] = {}
    capacity = run.capacity
    if capacity is not None:
        figures[CAPACITY] = round(capacity, 2)
    if run.hold is None:
        # Nothing held, for certain: that is a rate too.
        return figures | ({RATE: figures[CAPACITY]} if capacity == 0 else {})
    if run.hold.end in (End.GENERATOR, End.REFUSED):
        return figures
    stage = run.hold.stage
    figures |= {
        REQUESTS: stage.sent,
        DURATION: round(stage.seconds, 2),
        RATE: round(stage.rate, 2),
        ERRORS: round(stage.error_percent, 4),
    }
    points = {spec: stage.latency.percentile(percent) for spec, percent in _PERCENTILES}
    return figures | {spec: value for spec, value in points.items() if value is not None}


def broke(run: Run) -> list[Value]:
    """Every stage that the service did not bear, one that it bore when it was tried again as well."""
    return [
        f"{step.stage.offered:g} a second: {step.why}"
        for step in run.steps
        if step.end is End.BROKE and step.part != "warm-up"
    ]


def gaps(plan: Plan, run: Run) -> Iterator[Problem]:
    """Why figures are not known: a generator at its end, a refusal, too few samples, no limit found."""
    last = run.hold or run.steps[-1]
    found = held(run)
    missing = tuple(spec for spec in _HELD if spec not in found)
    few = [spec for spec, _ in _PERCENTILES if spec in missing]
    if REQUESTS in missing:
        message = (
            f"The load run gave no figures: at {last.stage.offered:g} requests a second {last.why}."
        )
        yield _vacuous(message, HINTS[last.end], *missing)
    elif few:
        wanted = max(FEWEST[percent] for spec, percent in _PERCENTILES if spec in few)
        message = (
            f"{last.stage.latency.total} answers are too few for {', '.join(s.key for s in few)}."
        )
        yield _vacuous(message, f"Raise --load-seconds until there are {wanted:,} of them.", *few)
    if CAPACITY not in found:
        yield _vacuous(no_capacity(plan, run), next_step(run), CAPACITY)
    if run.steps and not all(step.stage.open_model for step in run.steps) and P95 in found:
        message = (
            "hey waits for slow answers before it asks again, so the service's tail is longer."
        )
        yield _vacuous(message, "pip install 'auditor[load]' for an open load.", P95, P99)


def p95_of(run: Run) -> float | None:
    """P95 of all stages together, as the server's counters have them."""
    return merged(step.stage.latency for step in run.steps).percentile(95.0)


def _server_side(ctx: Context, seen: Server, account: Account) -> Iterator[Observation]:
    facts: dict[FactSpec, Value] = {DISAGREES: list(account.said)}
    if not seen.gone:
        facts[SERVER_REQUESTS] = seen.requests
    if seen.p95 is not None:
        facts[SERVER_P95] = round(seen.p95.value, 2)
    for spec, value in facts.items():
        yield spec.of(value, level=Level.OBSERVED, source=seen.source, produced_at=ctx.observed_at)
    if seen.p95 is None:
        message = "The server's histogram tells no P95 of the load run."
        yield _vacuous(message, "Give it buckets around the limit, and run for longer.", SERVER_P95)


def _vacuous(message: str, hint: str, *specs: FactSpec) -> Problem:
    return Problem(ProblemKind.VACUOUS, message, hint, tuple(spec.key for spec in specs))
