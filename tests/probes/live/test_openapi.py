"""The API description of a running deployment."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from auditor.probing.doors.trouble import ProblemKind, Trouble
from auditor.probing.testing import Handler, problems, run_probe, values
from probes.live.openapi import openapi

ANSWER = {
    "200": {"description": "x", "content": {"application/json": {"schema": {"type": "array"}}}}
}
GOOD: dict[str, Any] = {"summary": "All orders", "responses": ANSWER, "security": [{"key": []}]}
TOP = {
    "openapi": "3.1.0",
    "info": {"title": "Orders", "version": "1.4.0"},
    "components": {"securitySchemes": {"key": {"type": "apiKey"}}},
}
PAGE = "<!doctype html><html><body>app</body></html>"


def document(paths: dict[str, Any], **top: Any) -> str:
    return json.dumps({**TOP, **top, "paths": paths})


def service(text: str, at: str = "/openapi.json", **routes: tuple[int, str]) -> Handler:
    """Publishes `text`; `orders=(401, "")` is the answer on /orders; everything else is 404."""
    answers = {at: (200, text), **{f"/{name}": answer for name, answer in routes.items()}}

    def handle(request: httpx.Request) -> httpx.Response:
        status, body = answers.get(request.url.path, (404, '{"error": "not found"}'))
        return httpx.Response(status, text=body)

    return handle


DESCRIBED = document({"/orders": {"get": GOOD}})


def test_a_complete_description_is_told_as_such() -> None:
    evidence = run_probe(openapi, http=service(DESCRIBED, orders=(401, "{}")))
    assert evidence.problems == ()
    assert values(evidence) == {
        "api.operations": 1,
        "api.undescribed": [],
        "api.described_percent": 100.0,
        "api.without_response_schema": [],
        "api.without_security": [],
        "api.protected_tried": 1,
        "api.unprotected": [],
        "api.invalid": [],
        "api.version": "1.4.0",
    }


def test_a_deployment_without_a_description_has_no_operations_and_no_shares() -> None:
    evidence = run_probe(openapi, http={})
    assert values(evidence) == {"api.operations": 0}
    assert evidence.problems == ()
    assert "/openapi.json" in evidence.facts[0].source.locator


def test_without_a_deployment_there_is_nothing_to_look_at() -> None:
    assert problems(run_probe(openapi)) == ["not_configured"]


@pytest.mark.parametrize(
    "text",
    [
        '{"openapi": "3.1.0", "paths": [',
        '{"openapi": "3.1.0", "paths": 5}',
        "openapi: 3.1.0\npaths: [",
    ],
)
def test_a_malformed_description_is_a_problem_and_no_absence(text: str) -> None:
    evidence = run_probe(openapi, http=service(text))
    assert problems(evidence) == ["malformed"]
    assert values(evidence) == {}


@pytest.mark.parametrize("status", [401, 403])
def test_a_description_behind_a_login_is_denied(status: int) -> None:
    evidence = run_probe(openapi, http={"/v3/api-docs": (status, "{}")})
    assert problems(evidence) == ["denied"]
    assert values(evidence) == {}


def test_a_login_wall_around_everything_is_denied() -> None:
    assert problems(run_probe(openapi, http=lambda _: httpx.Response(401))) == ["denied"]


def test_a_deployment_that_cannot_be_reached_is_no_absence() -> None:
    down = Trouble(ProblemKind.UNREACHABLE, "no route")
    evidence = run_probe(openapi, http={"/openapi.json": down})
    assert problems(evidence) == ["unreachable"]
    assert values(evidence) == {}


def test_false_green_one_page_for_every_path_is_no_description() -> None:
    evidence = run_probe(openapi, http=lambda _: httpx.Response(200, text=PAGE))
    assert values(evidence) == {"api.operations": 0}


def test_false_green_a_description_of_no_operation_has_no_perfect_share() -> None:
    assert values(run_probe(openapi, http=service(document({})))) == {
        "api.operations": 0,
        "api.invalid": [],
        "api.version": "1.4.0",
    }


def test_false_green_generated_words_and_empty_schemas_describe_nothing() -> None:
    made = {
        "summary": "Read Orders",
        "operationId": "read_orders_orders_get",
        "responses": {
            "200": {"description": "OK", "content": {"application/json": {"schema": {}}}}
        },
    }
    found = values(run_probe(openapi, http=service(document({"/orders": {"get": made}}))))
    assert found["api.undescribed"] == ["GET /orders"]
    assert found["api.described_percent"] == 0.0
    assert found["api.without_response_schema"] == ["GET /orders"]
    assert found["api.without_security"] == ["GET /orders"]


def test_false_green_declared_security_that_nobody_enforces_is_seen() -> None:
    found = values(run_probe(openapi, http=service(DESCRIBED, orders=(200, "[]"))))
    assert found["api.unprotected"] == ["GET /orders"]
    assert found["api.protected_tried"] == 1


def test_health_checks_and_public_operations_need_no_declaration() -> None:
    open_to_all = {**GOOD, "security": []}
    silent = {k: v for k, v in GOOD.items() if k != "security"}
    paths = {
        "/health/live": {"get": silent},
        "/metrics": {"get": silent},
        "/shops": {"get": open_to_all},
    }
    found = values(run_probe(openapi, http=service(document(paths), shops=(200, "[]"))))
    assert found["api.without_security"] == []
    assert found["api.unprotected"] == []
    assert found["api.protected_tried"] == 0


def test_a_server_error_without_credentials_tells_nothing_of_the_protection() -> None:
    evidence = run_probe(openapi, http=service(DESCRIBED, orders=(500, "")))
    assert problems(evidence) == ["unreachable"]
    assert "api.unprotected" not in values(evidence)
    assert values(evidence)["api.operations"] == 1


def test_a_document_that_only_a_page_for_readers_names_is_found() -> None:
    page = PAGE.replace("app", '<script>SwaggerUIBundle({url: "/spec/v2.yaml"})</script>')
    evidence = run_probe(openapi, http=service(DESCRIBED, "/spec/v2.yaml", docs=(200, page)))
    assert values(evidence)["api.operations"] == 1


def test_a_page_for_readers_sends_the_audit_to_no_other_host() -> None:
    asked: list[str] = []
    page = PAGE.replace("app", "<redoc spec-url='https://other.test/openapi.json'></redoc>")

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return service("", at="/none", docs=(200, page))(request)

    assert values(run_probe(openapi, http=handle)) == {"api.operations": 0}
    assert set(asked) == {"staging.test"}


@pytest.mark.parametrize(
    "server", ["https://other.test/", "https://staging.test:8443/", "http://[::1"]
)
def test_operations_of_another_server_are_not_called(server: str) -> None:
    asked: list[str] = []
    text = document({"/orders": {"get": GOOD}}, servers=[{"url": server}])

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return service(text)(request)

    assert values(run_probe(openapi, http=handle))["api.protected_tried"] == 0
    assert not any("orders" in url for url in asked)


@pytest.mark.parametrize(
    "path", ["/logout", "/jobs/run", "/orders/{id}", "/mails/send", "/password-reset"]
)
def test_no_operation_is_called_that_sounds_risky_or_needs_a_parameter(path: str) -> None:
    asked: list[tuple[str, str]] = []
    text = document({path: {"get": GOOD, "post": GOOD, "delete": GOOD}})

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append((request.method, request.url.path))
        return service(text)(request)

    run_probe(openapi, http=handle)
    assert {method for method, _ in asked} == {"GET"}
    assert path not in {path for _, path in asked}


def test_operations_below_the_servers_path_are_called_there() -> None:
    text = document({"/orders": {"get": GOOD}}, servers=[{"url": "/api/v1"}])
    http = service(text, **{"api/v1/orders": (401, "{}")})
    assert values(run_probe(openapi, http=http))["api.protected_tried"] == 1


BY_ID: dict[str, Any] = {
    **GOOD,
    "parameters": [
        {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("status", "tried", "unprotected"),
    [(401, 1, []), (403, 1, []), (302, 1, []), (200, 1, ["GET /orders/{id}"])],
)
def test_an_operation_that_needs_an_id_is_tried_with_a_made_up_one(
    status: int, tried: int, unprotected: list[str]
) -> None:
    asked: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/openapi.json":
            return httpx.Response(200, text=document({"/orders/{id}": {"get": BY_ID}}))
        if request.url.path.startswith("/orders/"):
            asked.append(request.url.path)
            return httpx.Response(status, text='{"order": 1}')
        return httpx.Response(404)

    found = values(run_probe(openapi, http=handle))
    assert asked == ["/orders/00000000-0000-4000-8000-000000000000"]
    assert (found["api.protected_tried"], found["api.unprotected"]) == (tried, unprotected)


@pytest.mark.parametrize(
    "paths",
    [
        {"/orders": {"post": GOOD}},
        {"/orders": {"get": GOOD}},
        {"/orders/{id}": {"get": BY_ID}},
        {"/orders/{a}{b}": {"get": GOOD}},
    ],
    ids=["only a POST", "not served", "not found", "parameters that nobody describes"],
)
def test_false_green_security_that_could_not_be_tried_is_not_shown_to_hold(
    paths: dict[str, Any],
) -> None:
    evidence = run_probe(openapi, http=service(document(paths)))
    assert values(evidence)["api.protected_tried"] == 0
    assert "api.unprotected" not in values(evidence)
    assert [p.facts for p in evidence.problems] == [("api.unprotected",)]


def test_where_nothing_declares_security_nothing_is_left_open() -> None:
    public = {**GOOD, "security": []}
    evidence = run_probe(openapi, http=service(document({"/orders": {"get": public}})))
    assert values(evidence)["api.unprotected"] == []
    assert evidence.problems == ()
