"""A bounded burst against a running deployment: only with leave, and only where it may bear it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import httpx
import pytest

from auditor.model.evidence import Evidence
from auditor.model.target import Deployment, Looking
from auditor.probing.doors.trouble import ProblemKind, Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.live.rate_limit import evades, rate_limit

LEAVE = Looking(allow_intrusive=True, allow_hosts=("staging.test",))
Key = Callable[[httpx.Request], str]


def burst(handler: Any, looking: Looking = LEAVE, **options: Any) -> Evidence:
    return run_probe(rate_limit, http=handler, looking=looking, **options)


class Limited:
    """Lets each client, told apart by `key`, through `most` times on "/", then refuses."""

    def __init__(self, most: int, key: Key = lambda _: "one", **headers: str) -> None:
        self.most, self.key, self.headers = most, key, headers
        self.counts: dict[str, int] = {}
        self.total = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.total += 1
        if request.url.path != "/":
            return httpx.Response(404, text="not found")
        client = self.key(request)
        self.counts[client] = self.counts.get(client, 0) + 1
        if self.counts[client] <= self.most:
            return httpx.Response(200, text="{}")
        return httpx.Response(
            429, headers={k.replace("_", "-"): v for k, v in self.headers.items()}
        )


def test_a_limit_that_says_when_and_cannot_be_evaded() -> None:
    evidence = burst(Limited(30, Retry_After="30"))
    found = values(evidence)
    rate = found.pop("throttling.rate")
    assert isinstance(rate, float)
    assert rate > 0
    (told,) = evidence.problems
    assert told.facts == ("throttling.recovers",)
    assert "asks to wait 30 s" in told.message
    assert found == {
        "throttling.observed_429": True,
        "throttling.requests": 30,
        "throttling.says_when": True,
        "throttling.evaded_by": [],
        "throttling.announced": [],
    }


@pytest.mark.parametrize(("keeps", "recovers"), [(True, True), (False, False)])
def test_the_time_that_the_refusal_asks_for_is_waited_out(keeps: bool, recovers: bool) -> None:
    refusals = count()

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path != "/":
            return httpx.Response(404)
        if next(sent) < 20:
            return httpx.Response(200, text="{}", headers={"RateLimit-Limit": "20"})
        # 1 that ends the burst, 12 of the forged ones and their plain twins, 1 that asks for the wait
        let = keeps and next(refusals) >= 14
        return httpx.Response(200 if let else 429, headers={"Retry-After": "0"})

    sent = count()
    evidence = burst(handle)
    assert values(evidence)["throttling.recovers"] is recovers
    assert values(evidence)["throttling.announced"] == ["ratelimit-limit"]
    assert evidence.problems == ()


def test_a_service_without_a_limit_is_sent_a_bounded_burst_and_may_have_a_higher_one() -> None:
    service = Limited(10_000)
    evidence = burst(service)
    found = values(evidence)
    assert found["throttling.observed_429"] is False
    assert found["throttling.requests"] == 150
    assert "throttling.says_when" not in found
    assert "throttling.evaded_by" not in found
    assert problems(evidence) == ["vacuous"]
    assert service.total < 200


def test_a_refusal_that_does_not_say_when_is_told_as_such() -> None:
    assert values(burst(Limited(30)))["throttling.says_when"] is False


@pytest.mark.parametrize("value", ["soon", "", "-5"])
def test_false_green_a_time_that_cannot_be_read_is_none(value: str) -> None:
    assert values(burst(Limited(30, Retry_After=value)))["throttling.says_when"] is False


def test_false_green_a_firewall_that_refuses_forged_headers_is_not_evaded() -> None:
    limit = Limited(30, Retry_After="30")

    def handle(request: httpx.Request) -> httpx.Response:
        return httpx.Response(403) if "True-Client-IP" in request.headers else limit(request)

    assert values(burst(handle))["throttling.evaded_by"] == []


def test_false_green_a_firewall_against_one_header_hides_none_that_another_evades() -> None:
    limit = Limited(30, key=lambda r: r.headers.get("X-Real-IP", "none"), Retry_After="30")

    def handle(request: httpx.Request) -> httpx.Response:
        return httpx.Response(403) if "True-Client-IP" in request.headers else limit(request)

    assert values(burst(handle))["throttling.evaded_by"] == ["X-Real-IP"]


def test_a_limit_that_only_several_forged_headers_evade_names_them_all() -> None:
    def key(request: httpx.Request) -> str:
        names = ("X-Forwarded-For", "X-Real-IP")
        return request.headers[names[0]] if all(n in request.headers for n in names) else "none"

    (named,) = values(burst(Limited(30, key=key)))["throttling.evaded_by"]
    assert "X-Forwarded-For, X-Real-IP" in named


@pytest.mark.parametrize("name", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "CF-Connecting-IP"])
def test_false_green_a_limit_by_a_header_that_the_client_sets_is_evaded(name: str) -> None:
    found = values(burst(Limited(30, key=lambda request: request.headers.get(name, "none"))))
    assert found["throttling.observed_429"] is True
    assert found["throttling.evaded_by"] == [name]


@pytest.mark.parametrize(
    ("plain", "forged", "verdict"),
    [(0, 6, True), (1, 5, True), (0, 0, False), (2, 3, False), (6, 6, None), (0, 4, None)],
)
def test_evasion_is_told_by_turns_of_plain_and_forged_requests(
    plain: int, forged: int, verdict: bool | None
) -> None:
    assert evades(plain, forged) is verdict


def test_a_limit_that_refills_at_once_does_not_tell_whether_it_is_evaded() -> None:
    asked = iter(range(10_000))

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path != "/":
            return httpx.Response(404)
        return httpx.Response(429 if next(asked) == 20 else 200, text="{}")

    evidence = burst(handle)
    assert problems(evidence) == ["vacuous"]
    assert "throttling.evaded_by" not in values(evidence)
    assert values(evidence)["throttling.observed_429"] is True


@pytest.mark.parametrize(
    ("looking", "deployment"),
    [
        (Looking(), None),
        (Looking(allow_load=True, allow_hosts=("staging.test",)), None),
        (Looking(allow_intrusive=True), None),
        (LEAVE, Deployment("live", "https://staging.test", production=True)),
    ],
    ids=["no leave", "leave for load alone", "no host", "production"],
)
def test_without_leave_not_one_request_is_sent(
    looking: Looking, deployment: Deployment | None
) -> None:
    service = Limited(30)
    evidence = burst(service, looking, deployment=deployment)
    assert problems(evidence) == ["denied"]
    assert values(evidence) == {}
    assert service.total == 0


def test_without_a_deployment_there_is_nothing_to_look_at() -> None:
    assert problems(run_probe(rate_limit, looking=LEAVE)) == ["not_configured"]


def test_a_service_that_breaks_under_the_burst_is_a_problem_and_the_burst_ends() -> None:
    asked = iter(range(10_000))

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path != "/":
            return httpx.Response(404)
        return httpx.Response(500 if next(asked) >= 20 else 200, text="{}")

    evidence = burst(handle)
    assert problems(evidence) == ["unreachable"]
    assert values(evidence) == {}
    assert next(asked) == 21


@pytest.mark.parametrize("status", [401, 403])
def test_a_login_wall_is_denied(status: int) -> None:
    assert problems(burst(lambda _: httpx.Response(status))) == ["denied"]


def test_a_malformed_answer_ends_the_burst() -> None:
    evidence = burst({"/": Trouble(ProblemKind.MALFORMED, "nonsense")})
    assert values(evidence) == {}
    assert len(evidence.problems) == 1
