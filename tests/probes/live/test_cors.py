"""Which foreign origins a running deployment lets in."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import pytest

from auditor.model.target import Feature, Looking
from auditor.probing.testing import Handler, problems, run_probe, values
from probes.live.cors import FOREIGN, cors, forged

Policy = Callable[[str], dict[str, str]]
DOCUMENT = json.dumps({"openapi": "3.1.0", "paths": {"/orders": {"get": {"responses": {}}}}})
ROUTES = {"/": "{}", "/health/live": '{"status": "up"}', "/openapi.json": DOCUMENT, "/orders": "[]"}


def service(policy: Policy, *, only: str = "", status: int = 200) -> Handler:
    """Answers foreign origins by `policy`, on every route or `only` one, with `status`."""

    def handle(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path not in ROUTES:
            return httpx.Response(404, text='{"error": "not found"}')
        origin = request.headers.get("Origin")
        if origin is None:
            return httpx.Response(200, text=ROUTES[path])
        headers = policy(origin) if not only or path == only else {}
        return httpx.Response(status, text=ROUTES[path], headers=headers)

    return handle


def names(origin: str, *, cookies: bool = False) -> dict[str, str]:
    """The headers that let an origin in."""
    more = {"Access-Control-Allow-Credentials": "true"} if cookies else {}
    return {"Access-Control-Allow-Origin": origin, **more}


def test_an_allow_list_lets_no_foreign_origin_in() -> None:
    evidence = run_probe(cors, http=service(lambda origin: names("https://shop.staging.test")))
    assert evidence.problems == ()
    assert values(evidence) == {
        "cors.responses": 7,
        "cors.reflects_any_origin": False,
        "cors.wildcard": False,
        "cors.credentials": False,
        "cors.trusted_origins": [],
    }


def test_a_deployment_that_sends_no_cors_headers_lets_nobody_in() -> None:
    found = values(run_probe(cors, http=service(lambda origin: {})))
    assert found["cors.reflects_any_origin"] is False
    assert found["cors.responses"] == 7


def test_a_reflected_origin_with_credentials_is_seen_and_named() -> None:
    found = values(run_probe(cors, http=service(lambda origin: names(origin, cookies=True))))
    assert found["cors.reflects_any_origin"] is True
    assert found["cors.credentials"] is True
    trusted = found["cors.trusted_origins"]
    assert isinstance(trusted, list)
    assert f"{FOREIGN} on GET /orders" in trusted
    assert f"{FOREIGN} on OPTIONS /orders" in trusted
    assert "null on GET /orders" in trusted


def test_a_wildcard_is_no_reflection_and_opens_nothing_to_cookies() -> None:
    found = values(run_probe(cors, http=service(lambda origin: names("*", cookies=True))))
    assert found["cors.wildcard"] is True
    assert found["cors.reflects_any_origin"] is False
    assert found["cors.credentials"] is False
    assert found["cors.trusted_origins"] == []


def test_false_green_headers_that_only_the_api_sends_are_seen() -> None:
    found = values(run_probe(cors, http=service(lambda o: names(o), only="/orders")))
    assert found["cors.reflects_any_origin"] is True


@pytest.mark.parametrize(
    "careless",
    [
        lambda origin: origin.startswith("https://staging.test"),
        lambda origin: origin.endswith("staging.test"),
        lambda origin: origin == "null",
    ],
    ids=["begins alike", "ends alike", "null"],
)
def test_false_green_a_careless_comparison_is_seen(careless: Callable[[str], bool]) -> None:
    policy: Policy = lambda origin: names(origin, cookies=True) if careless(origin) else {}  # noqa: E731
    found = values(run_probe(cors, http=service(policy)))
    assert found["cors.reflects_any_origin"] is False
    assert found["cors.credentials"] is True
    trusted = found["cors.trusted_origins"]
    assert isinstance(trusted, list)
    assert len(trusted) == 1


def test_a_refusal_of_the_origin_itself_is_an_answer() -> None:
    evidence = run_probe(cors, http=service(lambda origin: {}, status=403))
    assert evidence.problems == ()
    assert values(evidence)["cors.reflects_any_origin"] is False


@pytest.mark.parametrize("status", [429, 502, 503])
def test_false_green_an_answer_of_the_gateway_tells_nothing(status: int) -> None:
    evidence = run_probe(cors, http=service(lambda origin: {}, status=status))
    assert problems(evidence) == ["unreachable"]
    assert values(evidence) == {}


def test_without_a_deployment_there_is_nothing_to_look_at() -> None:
    assert problems(run_probe(cors)) == ["not_configured"]


@pytest.mark.parametrize(
    ("status", "kind"), [(401, "denied"), (403, "denied"), (500, "unreachable"), (404, "vacuous")]
)
def test_a_deployment_that_shows_nothing_is_a_problem(status: int, kind: str) -> None:
    evidence = run_probe(cors, http=lambda _: httpx.Response(status))
    assert problems(evidence) == [kind]
    assert values(evidence) == {}


def test_malformed_headers_let_nobody_in() -> None:
    nonsense = {
        "Access-Control-Allow-Origin": f"{FOREIGN}, *",
        "Access-Control-Allow-Credentials": "yes",
    }
    found = values(run_probe(cors, http=service(lambda origin: nonsense)))
    assert found["cors.reflects_any_origin"] is False
    assert found["cors.wildcard"] is False


def test_a_login_elsewhere_at_the_start_page_costs_only_that_page() -> None:
    inner = service(lambda origin: names(origin))

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/":
            return httpx.Response(302, headers={"Location": "https://login.other.test/"})
        return inner(request)

    assert values(run_probe(cors, http=handle))["cors.reflects_any_origin"] is True


@pytest.mark.parametrize(
    ("base", "count"),
    [("https://a.test", 3), ("http://127.0.0.1:8000", 2), ("http://[::1]:8000", 2), ("", 3)],
)
def test_forged_origins_are_origins_and_never_the_deployments_own(base: str, count: int) -> None:
    origins = forged(base)
    assert len(origins) == count
    assert base not in origins
    assert all(o == "null" or o.startswith(("http://", "https://")) for o in origins)


def test_false_green_silence_of_the_start_page_alone_is_no_absence() -> None:
    """Prometheus sends its wildcard on the routes of its API alone."""
    evidence = run_probe(cors, http={"/": (200, "{}"), "/health/live": (200, "up")})
    assert problems(evidence) == ["vacuous"]
    assert values(evidence) == {}


def test_a_path_that_the_operator_declared_is_a_route_of_the_api() -> None:
    looking = Looking(features=(Feature("a", "A", live_path="/orders"),))
    policy = service(lambda origin: names("*"), only="/orders")

    def handle(request: httpx.Request) -> httpx.Response:
        return httpx.Response(404) if request.url.path == "/openapi.json" else policy(request)

    found = values(run_probe(cors, http=handle, looking=looking))
    assert found["cors.wildcard"] is True
