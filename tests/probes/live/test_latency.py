"""A quiet sample of the health path of a running deployment."""

from __future__ import annotations

from itertools import count

import httpx
import pytest

from auditor.probing.doors.trouble import ProblemKind, Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.live.latency import latency

UP = '{"status": "up"}'


def test_a_sample_of_the_health_path_is_timed() -> None:
    evidence = run_probe(latency, http={"/health/live": (200, UP)})
    found = values(evidence)
    assert evidence.problems == ()
    assert found["latency.sample"] == 120
    assert found["latency.failed"] == 0
    assert found["latency.unstable"] == []
    p50, p95 = found["latency.p50_ms"], found["latency.p95_ms"]
    assert isinstance(p50, float)
    assert isinstance(p95, float)
    assert 0 < p50 <= p95 <= float(str(found["latency.p99_ms"]))
    bounds = found["latency.intervals"]
    assert isinstance(bounds, dict)
    low, high = bounds["latency.p95_ms"]
    assert low <= p95 <= high
    assert bounds["latency.p99_ms"][1] is None, "120 answers do not bound a P99 from above"
    assert evidence.facts[0].locations[0].url == "https://staging.test/health/live"


def test_without_a_health_path_nothing_is_measured() -> None:
    evidence = run_probe(latency, http={"/": (200, "{}")})
    assert problems(evidence) == ["vacuous"]
    assert values(evidence) == {}


def test_without_a_deployment_there_is_nothing_to_look_at() -> None:
    assert problems(run_probe(latency)) == ["not_configured"]


@pytest.mark.parametrize("status", [401, 403, 429])
def test_a_login_wall_is_denied(status: int) -> None:
    assert problems(run_probe(latency, http=lambda _: httpx.Response(status))) == ["denied"]


def test_false_green_quick_refusals_are_no_sample() -> None:
    asked = count()

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path != "/health/live":
            return httpx.Response(404)
        return httpx.Response(200 if next(asked) < 10 else 429, text=UP)

    evidence = run_probe(latency, http=handle)
    assert problems(evidence) == ["vacuous"]
    assert values(evidence) == {"latency.unstable": ["200: 6", "429: 114"]}


def test_false_green_one_page_for_every_path_is_no_health_path() -> None:
    page = "<!doctype html><html></html>"
    assert problems(run_probe(latency, http=lambda _: httpx.Response(200, text=page))) == [
        "vacuous"
    ]


def test_requests_that_fail_now_and_then_are_counted_and_not_timed() -> None:
    asked = count()

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path != "/health/live":
            return httpx.Response(404)
        return httpx.Response(500 if next(asked) % 8 == 7 else 200, text=UP)

    found = values(run_probe(latency, http=handle))
    assert found["latency.failed"] == 15
    assert found["latency.sample"] == 105
    assert found["latency.unstable"] == ["200: 105", "500: 15"]


def test_too_few_good_answers_give_no_p99() -> None:
    asked = count()

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path != "/health/live":
            return httpx.Response(404)
        if next(asked) % 4 == 3:
            raise httpx.ConnectError("refused")
        return httpx.Response(200, text=UP)

    evidence = run_probe(latency, http=handle)
    assert "latency.p99_ms" not in values(evidence)
    assert values(evidence)["latency.unstable"] == ["200: 90", "no answer (unreachable): 30"]
    assert evidence.problems[-1].facts == ("latency.p99_ms",)


def test_a_deployment_that_cannot_be_reached_gives_no_fact() -> None:
    evidence = run_probe(latency, http={"/health/live": Trouble(ProblemKind.UNREACHABLE, "down")})
    assert values(evidence) == {}
    assert problems(evidence) == ["vacuous"]
