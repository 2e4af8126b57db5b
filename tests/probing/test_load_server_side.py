"""The server's own account of a load run: what it counted, and when it refutes what the client measured."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from auditor.formats.monitoring.histogram_buckets import Quantile
from auditor.model.evidence import ProblemKind, Source, SourceKind
from auditor.model.target import Deployment, Looking
from auditor.probing.contract import Context
from auditor.probing.doors.trouble import Trouble
from auditor.probing.live.load_server_side import Server, ServerSide, compare
from auditor.probing.testing import make_context

PROMETHEUS = "http://staging.test:9090"
SOURCE = Source(SourceKind.HTTP, "GET /api/v1/query")
OWN = ["up", "http_requests_total", "http_request_duration_seconds_bucket"]


class Watched:
    """A Prometheus whose counter follows `totals`, one reading after another; the last one stays."""

    def __init__(
        self, *totals: float, own: list[str] | None = None, job: str = "service", interval: str = ""
    ) -> None:
        self.totals = list(totals)
        self.own, self.job = OWN if own is None else own, job
        self.interval = interval
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/v1/targets":
            target = {
                "labels": {"job": self.job},
                "scrapeUrl": "http://a:1/metrics",
                "health": "up",
                "scrapeInterval": self.interval,
            }
            return self.says({"activeTargets": [target]})
        if request.url.path == "/api/v1/label/__name__/values":
            return self.says(self.own)
        query = request.url.params["query"]
        self.asked.append(query)
        if "_bucket" in query:
            total = self.totals[0]
            rows = [("0.1", total * 0.9), ("0.25", total), ("+Inf", total)]
            return self.vector([({"le": le}, count) for le, count in rows])
        total = self.totals.pop(0) if len(self.totals) > 1 else self.totals[0]
        return self.vector([({}, total)])

    @staticmethod
    def says(data: Any) -> httpx.Response:
        return httpx.Response(200, text=json.dumps({"status": "success", "data": data}))

    def vector(self, rows: list[tuple[dict[str, str], float]]) -> httpx.Response:
        result = [{"metric": labels, "value": [1.0, str(count)]} for labels, count in rows]
        return self.says({"resultType": "vector", "result": result})


def context(service: Any, prometheus: str | None = PROMETHEUS) -> Context:
    return make_context(
        http=service,
        looking=Looking(),
        deployment=Deployment("staging", "https://staging.test", prometheus),
    )


def no_wait(_: float) -> None:
    """Time passes by itself here."""


def test_what_the_counter_has_grown_by_is_what_the_server_saw() -> None:
    service = Watched(1000, 1500, 3000)
    seen = ServerSide(context(service), no_wait).after(2000)
    assert (seen.requests, seen.gone) == (2000, False)
    assert seen.p95 is not None
    assert 100 < seen.p95.value <= seen.p95.upper == 250
    assert any('route!~"/?(api/)' in query for query in service.asked), "scrapes do not count"


def test_it_waits_for_scrapes_and_no_longer_than_it_must() -> None:
    waits: list[float] = []
    seen = ServerSide(context(Watched(0, 10)), waits.append).after(2000)
    assert seen.requests == 10
    assert 60 < sum(waits) < 90


def test_it_waits_as_long_as_scrapes_are_apart() -> None:
    waits: list[float] = []
    ServerSide(context(Watched(0, 10, interval="4s")), waits.append).after(2000)
    assert waits == [1.0] * 5


def test_a_counter_that_went_back_is_told() -> None:
    seen = ServerSide(context(Watched(5000, 3)), no_wait).after(10)
    assert seen.gone
    assert compare(seen, 10, 5.0).refuted


def test_a_counter_that_the_load_brought_into_being_began_with_nothing() -> None:
    service = Watched(2000, own=["up"])
    side = ServerSide(context(service), no_wait)
    service.own = OWN
    assert side.after(2000).requests == 2000


def test_without_any_counter_there_is_no_account() -> None:
    side = ServerSide(context(Watched(0, own=["up"])), no_wait)
    with pytest.raises(Trouble) as caught:
        side.after(2000)
    assert caught.value.kind is ProblemKind.VACUOUS


@pytest.mark.parametrize(
    ("service", "prometheus", "kind"),
    [
        (Watched(0), None, ProblemKind.NOT_CONFIGURED),
        (Watched(0, job="other"), PROMETHEUS, ProblemKind.VACUOUS),
        (lambda _: httpx.Response(403), PROMETHEUS, ProblemKind.DENIED),
        (lambda _: httpx.Response(200, text="<html>"), PROMETHEUS, ProblemKind.MALFORMED),
    ],
)
def test_without_a_counter_of_the_service_there_is_no_account(
    service: Any, prometheus: str | None, kind: ProblemKind
) -> None:
    with pytest.raises(Trouble) as caught:
        ServerSide(context(service, prometheus))
    assert caught.value.kind is kind


@pytest.mark.parametrize(
    ("requests", "p95", "client", "word", "refuted"),
    [
        (1000, None, None, "", False),
        (960, (20, 50), 40.0, "", False),
        (900, None, None, "answered, or not all", True),
        (0, None, None, "answered, or not all", True),
        (1100, None, None, "others asked", False),
        (1000, (100, 250), 40.0, "did not measure the same", True),
        (1000, (20, 50), 400.0, "queues, network or balancer", False),
    ],
)
def test_false_green_an_account_that_differs_is_told_and_refutes_what_it_must(
    requests: int, p95: tuple[float, float] | None, client: float | None, word: str, refuted: bool
) -> None:
    quantile = Quantile(p95[0], p95[0], p95[1]) if p95 else None
    account = compare(Server(requests, quantile, SOURCE), 1000, client)
    assert word in " ".join(account.said)
    assert bool(account.said) is bool(word)
    assert account.refuted is refuted
