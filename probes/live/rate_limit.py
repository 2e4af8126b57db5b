"""Sends a bounded burst of GETs to one route until it is refused, then tries whether a forged address helps.

Runs only with `--allow-intrusive`, on a host that the operator named. One request at a time, at most
150 and 15 seconds long: that no refusal came within these does not show that there is no limit, only that
it is higher. Limits of other routes, per account, or at an edge that this address does not pass, are not seen.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
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
from auditor.probing.live.routes import Kind, answering

OBSERVED = FactSpec(
    "throttling.observed_429",
    FactType.BOOLEAN,
    "Whether the burst was answered 429 before it ended.",
)
REQUESTS = FactSpec(
    "throttling.requests",
    FactType.NUMBER,
    "Requests of the burst, up to the first 429 where one came.",
)
RATE = FactSpec(
    "throttling.rate", FactType.NUMBER, "Requests per second that the burst reached.", "1/s"
)
RETRY_AFTER = FactSpec(
    "throttling.says_when",
    FactType.BOOLEAN,
    "Whether the 429 says when to come again: Retry-After or RateLimit headers.",
)
EVADED = FactSpec(
    "throttling.evaded_by", FactType.LIST, "Request headers whose forged address evades the limit."
)

_MOST = 150
_BUDGET_S = 15.0
_ROUNDS = 6
_FORGED = ("X-Forwarded-For", "X-Real-IP", "Forwarded")
_WHEN = ("retry-after", "ratelimit", "ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset")


@dataclass(frozen=True, slots=True)
class _Burst:
    """What the burst came to; `last` is the 429, or the last good answer."""

    sent: int
    seconds: float
    last: Exchange

    @property
    def refused(self) -> bool:
        return self.last.status == 429


@probe(
    "live.rate_limit",
    title="Rate limit under a burst",
    needs=[Need.URL],
    emits=[OBSERVED, REQUESTS, RATE, RETRY_AFTER, EVADED],
    phase=Phase.INTRUSIVE,
    timeout_s=90.0,
)
def rate_limit(ctx: Context) -> Iterator[Observation]:
    """Send the burst; where it is refused, look at the refusal and try forged addresses."""
    _refuse_without_leave(ctx)
    routes = [r for r in answering(ctx, find_unknown(ctx)) if 200 <= r.exchange.status < 300]
    path = next((r.url for r in reversed(routes) if r.kind is not Kind.HEALTH), "/")
    burst = _send(ctx, path)
    if burst.last.status >= 500:
        yield Problem(
            ProblemKind.UNREACHABLE,
            f"After {burst.sent} requests {_shown(burst.last)} answers {burst.last.status}, and no 429.",
            "Let the service refuse what is too much before it breaks.",
        )
        return
    yield _fact(ctx, OBSERVED, burst.refused, burst.last)
    yield _fact(ctx, REQUESTS, burst.sent, burst.last)
    yield _fact(ctx, RATE, round(burst.sent / max(burst.seconds, 0.001), 1), burst.last)
    if not burst.refused:
        yield Problem(
            ProblemKind.VACUOUS,
            f"{burst.sent} requests to {_shown(burst.last)} in {burst.seconds:.1f} s were not refused;"
            " a limit may be higher.",
            "Lower the limit on staging, or show the refusal in a load test.",
            (RETRY_AFTER.key, EVADED.key),
        )
        return
    yield _fact(ctx, RETRY_AFTER, any(burst.last.header(n) for n in _WHEN), burst.last)
    yield from _forged(ctx, path, burst.last)


def _refuse_without_leave(ctx: Context) -> None:
    if not ctx.looking.allow_intrusive:
        raise Trouble(
            ProblemKind.DENIED,
            "A burst of requests is sent only with leave.",
            "Run again with --allow-intrusive, and --allow-host for a host that may bear it.",
        )
    host = (urlsplit(ctx.http.base or "").hostname or "").lower()
    production = ctx.target.deployment is not None and ctx.target.deployment.production
    if production or host not in {h.lower() for h in ctx.looking.allow_hosts}:
        raise Trouble(
            ProblemKind.DENIED,
            f"The host {host} is not on the list of those that may bear a burst.",
            f"Run again with --allow-host {host} if it is no production host.",
        )


def _send(ctx: Context, path: str) -> _Burst:
    started = time.monotonic()
    sent = 0
    while True:
        exchange = ctx.http.get(path, follow=False, patient=False)
        sent += 1
        seconds = time.monotonic() - started
        if exchange.status == 429 or exchange.status >= 500 or sent == _MOST or seconds > _BUDGET_S:
            return _Burst(sent, seconds, exchange)


def _forged(ctx: Context, path: str, refusal: Exchange) -> Iterator[Observation]:
    """Refill lets a request through now and then, so plain and forged ones are sent in turns."""
    evaded, unclear = [], []
    for name in _FORGED:
        plain = forged = 0
        for number in range(_ROUNDS):
            value = f"198.51.100.{number + 1}"
            headers = {name: f"for={value}" if name == "Forwarded" else value}
            plain += ctx.http.get(path, follow=False, patient=False).status != 429
            forged += ctx.http.get(path, follow=False, patient=False, headers=headers).status != 429
        verdict = evades(plain, forged)
        if verdict:
            evaded.append(name)
        elif verdict is None:
            unclear.append(name)
    if unclear and not evaded:
        yield Problem(
            ProblemKind.VACUOUS,
            f"The limit refills too fast to tell whether a forged {', '.join(unclear)} evades it.",
            "Lower the limit on staging.",
            (EVADED.key,),
        )
        return
    yield _fact(ctx, EVADED, evaded, refusal)


def evades(plain: int, forged: int) -> bool | None:
    """Whether forged requests pass where plain ones do not, of 6 each in turns; None: cannot be told."""
    if plain > _ROUNDS // 2:
        return None  # the limit is not in force any more
    if forged >= _ROUNDS - 1:
        return True
    return False if forged <= plain + 2 else None


def _shown(exchange: Exchange) -> str:
    return f"GET {urlsplit(exchange.url).path or '/'}"


def _fact(ctx: Context, spec: FactSpec, value: Value, exchange: Exchange) -> Observation:
    return spec.of(
        value,
        level=Level.OBSERVED,
        source=exchange.source,
        locations=[exchange.location],
        produced_at=ctx.observed_at,
    )
