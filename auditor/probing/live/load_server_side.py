"""What the service's own Prometheus counted of a load run: the same requests, and how long they took there.

Counters and buckets are read before and after the whole run, so that no window has to be guessed.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from auditor.formats.monitoring import histogram_buckets
from auditor.formats.monitoring.histogram_buckets import Quantile
from auditor.model.evidence import ProblemKind, Source
from auditor.probing.doors.trouble import Trouble
from auditor.probing.monitoring import sli_queries as queries
from auditor.probing.monitoring.prometheus_api import Prometheus, find_scope

if TYPE_CHECKING:
    from auditor.probing.contract import Context

_SLOWEST_SCRAPE_S = 60.0
_PAUSE_S = 2.0
_FEWEST = 200
_SLACK = 0.05
_FACTOR, _GAP_MS = 2.0, 50.0


@dataclass(frozen=True, slots=True)
class Reading:
    """The counter and the buckets (by their `le`) at one moment."""

    requests: float
    buckets: dict[str, float]


@dataclass(frozen=True, slots=True)
class Server:
    """What the server saw of the run: requests, and P95 in ms where its histogram tells it."""

    requests: int
    p95: Quantile | None
    source: Source
    gone: bool = False


class ServerSide:
    """Reads the counters of the service. Raises Trouble where it has no Prometheus, or none that counts it."""

    def __init__(self, ctx: Context, sleep: Callable[[float], None] = time.sleep) -> None:
        self._asked = Prometheus(ctx)
        self._sleep = sleep
        scope = find_scope(ctx, self._asked.targets().value)
        self._matcher = scope.matcher
        every = max(t.interval_s or _SLOWEST_SCRAPE_S for t in scope.targets)
        self._pause_s = min(_PAUSE_S, every / 4)
        self._patience_s = min(every, _SLOWEST_SCRAPE_S) * 1.25
        self._counter = self._buckets = ""
        self._unit_ms = 1.0
        self._find()
        self._before = self._reading()

    def after(self, sent: int) -> Server:
        """Wait until the scrapes have caught up with the run, and compare with the readings before it.

        Waits until all that was sent is counted, or for long enough. A counter that the load itself brought
        into being began with nothing. Raises Trouble (vacuous) where there is none even now.
        """
        waited = 0.0
        reading = self._reading()
        while reading.requests - self._before.requests < sent and waited < self._patience_s:
            self._sleep(self._pause_s)
            waited += self._pause_s
            self._find()
            reading = self._reading()
        if not self._counter:
            raise Trouble(
                ProblemKind.VACUOUS,
                "Prometheus knows no counter of the service's requests.",
                "Expose a counter and a histogram of requests, such as http_request_duration_seconds.",
            )
        answer = self._asked.query(self._counter)
        grown = reading.requests - self._before.requests
        source = answer.exchange.source
        if grown < 0:
            return Server(0, None, source, gone=True)
        return Server(round(grown), self._p95(reading), source)

    def _find(self) -> None:
        """Which metrics count the requests; a fresh service has none before its first request."""
        if self._counter and self._buckets:
            return
        own = set(self._asked.values("__name__", self._matcher).value)
        counters = queries.counters(own)
        if not self._counter and counters:
            self._counter = f"sum({queries.traffic(counters[0], self._matcher)})"
        histogram = next((n for n in queries.HISTOGRAMS if f"{n}_bucket" in own), None)
        if histogram:
            self._unit_ms = queries.HISTOGRAMS[histogram]
            self._buckets = f"sum by (le) ({queries.traffic(f'{histogram}_bucket', self._matcher)})"

    def _p95(self, reading: Reading) -> Quantile | None:
        """P95 of the run, in ms; None where it lies beyond the largest bucket, or is of too few."""
        before = self._before.buckets
        grown = {le: count - before.get(le, 0.0) for le, count in reading.buckets.items()}
        found = histogram_buckets.read(grown)
        if found is None or found.total < _FEWEST:
            return None
        quantile = found.quantile(0.95)
        if quantile is None:
            return None
        unit = self._unit_ms
        return Quantile(quantile.value * unit, quantile.lower * unit, quantile.upper * unit)

    def _reading(self) -> Reading:
        total = self._asked.query(self._counter).value if self._counter else []
        counted = sum(s.value for s in total if math.isfinite(s.value))
        rows = self._asked.query(self._buckets).value if self._buckets else []
        return Reading(counted, {s.labels.get("le", ""): s.value for s in rows})


@dataclass(frozen=True, slots=True)
class Account:
    """How the server's account of a run differs; `refuted` where the client's figures cannot stand."""

    said: tuple[str, ...] = ()
    refuted: bool = False


def compare(server: Server, sent: int, client_p95_ms: float | None) -> Account:
    """The server's account against what was sent, and against P95 of the whole run."""
    if server.gone:
        text = "the server's counter went back: it was restarted during the run"
        return Account((text,), refuted=True)
    said: list[str] = []
    refuted = server.requests < sent * (1 - _SLACK)
    if refuted:
        said.append(
            f"the server counted {server.requests:,} requests of {sent:,} that were sent: something before it"
            " answered, or not all of its replicas are scraped"
        )
    elif server.requests > sent * (1 + _SLACK):
        said.append(
            f"the server counted {server.requests:,} requests, and {sent:,} were sent: others asked as well"
        )
    if server.p95 is not None and client_p95_ms is not None:
        low, high = server.p95.lower, server.p95.upper
        if low > client_p95_ms:
            refuted = True
            said.append(
                f"the server's P95 lies above {low:g} ms, and the client's is {client_p95_ms:g} ms:"
                " they did not measure the same"
            )
        elif client_p95_ms > _FACTOR * high + _GAP_MS:
            said.append(
                f"the client's P95 is {client_p95_ms:g} ms, and the server's at most {high:g} ms:"
                " the rest is spent in queues, network or balancer before it"
            )
    return Account(tuple(said), refuted)
