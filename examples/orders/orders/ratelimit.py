"""A token bucket for each client address."""

import time
from collections import OrderedDict
from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from orders.errors import RateLimitedError
from orders.logs import get_logger
from orders.metrics import Metrics

log = get_logger(__name__)

EXEMPT_PATHS = frozenset({"/health/live", "/health/ready", "/metrics"})


class RateLimiter:
    """Token buckets in memory; only the event loop calls it, so it needs no lock."""

    def __init__(
        self,
        per_second: float,
        burst: int,
        *,
        max_clients: int = 10_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._per_second = per_second
        self._burst = burst
        self._max_clients = max_clients
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, client: str) -> float:
        """Take one token; return 0, or how many seconds to wait when there is none."""
        now = self._clock()
        tokens, since = self._buckets.pop(client, (float(self._burst), now))
        tokens = min(float(self._burst), tokens + (now - since) * self._per_second)
        wait = 0.0 if tokens >= 1 else (1 - tokens) / self._per_second
        self._buckets[client] = (tokens if wait else tokens - 1, now)
        if len(self._buckets) > self._max_clients:
            self._buckets.popitem(last=False)  # the client that was quiet for longest
        return wait


class RateLimitMiddleware:
    """Refuses requests beyond the limit; probes and scrapes are never refused."""

    def __init__(self, app: ASGIApp, *, limiter: RateLimiter, metrics: Metrics) -> None:
        self._app = app
        self._limiter = limiter
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] not in EXEMPT_PATHS:
            client = scope["client"][0] if scope.get("client") else "unknown"
            wait = self._limiter.take(client)
            if wait:
                self._metrics.rate_limited.inc()
                log.info("rate_limited", client=client, retry_after=round(wait, 3))
                raise RateLimitedError(
                    "Slow down, and try again after the time in Retry-After.", retry_after=wait
                )
        await self._app(scope, receive, send)
