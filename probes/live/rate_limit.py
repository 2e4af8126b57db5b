"""Sends a bounded burst of GETs to one route until it is refused, then tries whether a forged address helps.

Runs only with `--allow-intrusive`, on a host that the operator named. One request at a time, at most
150 and 15 seconds long: that no refusal came within these does not show that there is no limit, only that
it is higher. Headers by which proxies tell the client's address are forged all at once, and one by one where
that helps; then the time that the refusal asks for is waited out, if it is short, to see whether it is kept.
Limits of other routes, per account, or at an edge that this address does not pass, are not seen.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from auditor.formats.web.retry_headers import announced, says_when, wait_s
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
    probe,
)
from auditor.probing.http import Exchange
from auditor.probing.live.answers import find_unknown
from auditor.probing.live.leave import refuse_without_leave
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

RECOVERS = FactSpec(
    "throttling.recovers",
    FactType.BOOLEAN,
    "Whether a request passes again after the time that the refusal asks to wait.",
)
ANNOUNCED = FactSpec(
    "throttling.announced",
    FactType.LIST,
    "Headers by which answers tell of the limit before it is reached.",
)

_LONGEST_WAIT_S = 15.0
_MOST = 150
_BUDGET_S = 15.0
_ROUNDS = 6
_FORGED = (
    "X-Forwarded-For",
    "X-Real-IP",
    "Forwarded",
    "X-Client-IP",
    "True-Client-IP",
    "CF-Connecting-IP",
)


@dataclass(frozen=True, slots=True)
class _Burst:
    """What the burst came to; `last` is the 429, or the last good answer."""

    sent: int
    seconds: float
    first: Exchange
    last: Exchange

    @property
    def refused(self) -> bool:
        return self.last.status == 429


@probe(
    "live.rate_limit",
    title="Rate limit under a burst",
    needs=[Need.URL],
    emits=[OBSERVED, REQUESTS, RATE, RETRY_AFTER, EVADED, RECOVERS, ANNOUNCED],
    phase=Phase.INTRUSIVE,
    timeout_s=150.0,
)
def rate_limit(ctx: Context) -> Iterator[Observation]:
    """Send the burst; where it is refused, look at the refusal and try forged addresses."""
    refuse_without_leave(ctx, "A burst of requests")
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
    if burst.first.status != 429:
        yield _fact(ctx, ANNOUNCED, announced(burst.first.headers), burst.first)
    if not burst.refused:
        yield Problem(
            ProblemKind.VACUOUS,
            f"{burst.sent} requests to {_shown(burst.last)} in {burst.seconds:.1f} s were not refused;"
            " a limit may be higher.",
            "Lower the limit on staging, or show the refusal in a load test.",
            (RETRY_AFTER.key, EVADED.key, RECOVERS.key),
        )
        return
    yield _fact(ctx, RETRY_AFTER, says_when(burst.last.headers, datetime.now(UTC)), burst.last)
    yield from _forged(ctx, path, burst.last)
    yield from _recovered(ctx, path)


def _send(ctx: Context, path: str) -> _Burst:
    started = time.monotonic()
    sent = 0
    first: Exchange | None = None
    while True:
        exchange = ctx.http.get(path, follow=False, patient=False)
        first = first or exchange
        sent += 1
        seconds = time.monotonic() - started
        if exchange.status == 429 or exchange.status >= 500 or sent == _MOST or seconds > _BUDGET_S:
            return _Burst(sent, seconds, first, exchange)


def _forged(ctx: Context, path: str, refusal: Exchange) -> Iterator[Observation]:
    """All headers at once: where that evades nothing, none of them does. Else each of them.

    Each too where all at once met something else than the limit, such as a firewall that knows one of them.
    """
    together, met = _tried(ctx, path, _FORGED)
    alone = [name for name in _FORGED if together or met]
    verdicts = {name: _tried(ctx, path, (name,))[0] for name in alone}
    evaded = [name for name, verdict in verdicts.items() if verdict]
    if together and not evaded:
        evaded = [", ".join(_FORGED)]
    unclear = together is None or None in verdicts.values()
    if unclear and not evaded:
        yield Problem(
            ProblemKind.VACUOUS,
            "The limit refills too fast to tell whether a forged address evades it.",
            "Lower the limit on staging.",
            (EVADED.key,),
        )
        return
    yield _fact(ctx, EVADED, evaded, refusal)


def _tried(ctx: Context, path: str, names: tuple[str, ...]) -> tuple[bool | None, bool]:
    """Whether forged headers evade the limit, and whether they met anything but it.

    Refill lets a request through now and then, so plain and forged ones are sent in turns.
    """
    plain = forged = 0
    met = False
    for number in range(_ROUNDS):
        address = f"198.51.100.{number + 1}"
        headers = {n: f"for={address}" if n == "Forwarded" else address for n in names}
        plain += _passes(ctx.http.get(path, follow=False, patient=False))
        exchange = ctx.http.get(path, follow=False, patient=False, headers=headers)
        forged += _passes(exchange)
        met = met or not (_passes(exchange) or exchange.status == 429)
    return evades(plain, forged), met


def _passes(exchange: Exchange) -> bool:
    """Whether a request was served; a 403 for a forged header is no way round the limit."""
    return 200 <= exchange.status < 400


def _recovered(ctx: Context, path: str) -> Iterator[Observation]:
    """Wait as the limit asks; the forged requests may have drawn that out, so its last word counts."""
    refusal = ctx.http.get(path, follow=False, patient=False)
    if refusal.status != 429:
        yield _fact(ctx, RECOVERS, _passes(refusal), refusal)
        return
    wait = wait_s(refusal.header("retry-after"), datetime.now(UTC))
    if wait is None or wait > _LONGEST_WAIT_S:
        asked = "does not say how long to wait" if wait is None else f"asks to wait {wait:g} s"
        yield Problem(
            ProblemKind.VACUOUS,
            f"The refusal of {_shown(refusal)} {asked}, so that was not waited out.",
            f"Answer with a Retry-After; one of up to {_LONGEST_WAIT_S:g} s is tried.",
            (RECOVERS.key,),
        )
        return
    time.sleep(wait + 0.2)
    again = ctx.http.get(path, follow=False, patient=False)
    yield _fact(ctx, RECOVERS, _passes(again), again)


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
