"""How a running deployment answers requests that are wrong on purpose."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from auditor.model.target import Deployment
from auditor.probing.doors.trouble import ProblemKind, Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.live.errors import errors

BODY = {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}
ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
LIMIT = {"name": "limit", "in": "query", "schema": {"type": "integer"}}
PATHS: dict[str, Any] = {
    "/orders": {"get": {"parameters": [LIMIT]}, "post": {"requestBody": BODY}},
    "/orders/{id}": {"get": {"parameters": [ID]}},
}
NOT_FOUND = (404, '{"title": "Not Found"}')
INVALID = (422, '{"title": "Not valid"}')
TRACE = 'Traceback (most recent call last):\n  File "/app/x.py", line 3, in get'
Answer = Callable[[httpx.Request], "tuple[int, str]"]


def service(
    answer: Answer = lambda _: INVALID,
    *,
    nowhere: Answer = lambda _: NOT_FOUND,
    paths: dict[str, Any] = PATHS,
    asked: list[httpx.Request] | None = None,
) -> Callable[[httpx.Request], httpx.Response]:
    """Answers bad input to orders by `answer`, and unknown paths by `nowhere`."""
    document = json.dumps({"openapi": "3.1.0", "paths": paths})

    def handle(request: httpx.Request) -> httpx.Response:
        if asked is not None:
            asked.append(request)
        path = request.url.path
        if path == "/openapi.json":
            return httpx.Response(200, text=document)
        if path == "/":
            return httpx.Response(200, text="{}")
        status, body = (nowhere if path.startswith("/auditor-") else answer)(request)
        if not path.startswith(("/auditor-", "/orders")):
            status, body = NOT_FOUND
        return httpx.Response(status, text=body)

    return handle


def test_bad_requests_that_are_refused_with_a_body_are_told_as_such() -> None:
    evidence = run_probe(errors, http=service())
    assert evidence.problems == ()
    assert values(evidence) == {
        "errors.responses": 5,
        "errors.bad_inputs": 3,
        "errors.server_errors": [],
        "errors.stack_traces": [],
        "errors.without_body": [],
        "errors.default_pages": [],
        "errors.accepted": [],
    }


def test_a_deployment_without_a_description_is_asked_for_unknown_paths_alone() -> None:
    evidence = run_probe(errors, http={})
    found = values(evidence)
    assert found["errors.responses"] == 2
    assert found["errors.bad_inputs"] == 0


def test_without_a_deployment_there_is_nothing_to_look_at() -> None:
    assert problems(run_probe(errors)) == ["not_configured"]


def test_server_errors_are_named_with_request_and_status() -> None:
    found = values(run_probe(errors, http=service(lambda _: (500, '{"title": "Internal"}'))))
    assert found["errors.server_errors"] == [
        "GET /orders/{id} with a path of a wrong type (500)",
        "GET /orders with limit of a wrong type (500)",
        "POST /orders of broken JSON (500)",
    ]
    assert found["errors.bad_inputs"] == 3


def test_false_green_an_unknown_path_that_ends_in_a_server_error_is_seen() -> None:
    found = values(run_probe(errors, http=service(nowhere=lambda _: (500, "oops"))))
    assert found["errors.server_errors"] == [
        "GET a path that does not exist (500)",
        "POST of broken JSON to a path that does not exist (500)",
    ]


def test_false_green_a_trace_in_a_4xx_is_seen() -> None:
    found = values(run_probe(errors, http=service(lambda _: (400, json.dumps({"error": TRACE})))))
    traces = found["errors.stack_traces"]
    assert isinstance(traces, list)
    assert len(traces) == 3
    assert traces[0] == "GET /orders/{id} with a path of a wrong type (400): a Python traceback"


def test_answers_without_a_body_and_default_pages_are_named() -> None:
    page = "<html><center>nginx/1.22.1</center></html>"
    found = values(
        run_probe(errors, http=service(lambda _: (400, ""), nowhere=lambda _: (404, page)))
    )
    assert found["errors.without_body"] == [
        "GET /orders/{id} with a path of a wrong type (400)",
        "GET /orders with limit of a wrong type (400)",
        "POST /orders of broken JSON (400)",
    ]
    assert found["errors.default_pages"] == [
        "GET a path that does not exist (404): nginx's own page",
        "POST of broken JSON to a path that does not exist (404): nginx's own page",
    ]


def test_false_green_bad_input_that_is_accepted_is_seen() -> None:
    found = values(run_probe(errors, http=service(lambda _: (200, "[]"))))
    accepted = found["errors.accepted"]
    assert isinstance(accepted, list)
    assert len(accepted) == 3


@pytest.mark.parametrize("status", [401, 403, 404, 405])
def test_false_green_a_refusal_before_the_input_is_read_is_no_tried_input(status: int) -> None:
    found = values(run_probe(errors, http=service(lambda _: (status, "{}"))))
    assert found["errors.bad_inputs"] == 0
    assert found["errors.responses"] == 5


@pytest.mark.parametrize("status", [401, 403, 429])
def test_a_login_wall_around_everything_is_denied(status: int) -> None:
    evidence = run_probe(errors, http=lambda _: httpx.Response(status))
    assert problems(evidence) == ["denied"]
    assert values(evidence) == {}


def test_a_gateway_without_its_service_is_unreachable_and_no_server_error() -> None:
    evidence = run_probe(errors, http=lambda _: httpx.Response(502))
    assert problems(evidence) == ["unreachable"]
    assert values(evidence) == {}


def test_a_server_error_that_does_not_come_again_is_told_as_unstable() -> None:
    statuses = iter([500, 422, 422, 422])
    evidence = run_probe(errors, http=service(lambda _: (next(statuses), "{}")))
    assert problems(evidence) == ["malformed"]
    assert "unstable" in evidence.problems[0].message
    assert values(evidence) == {}


def test_false_green_one_page_for_every_request_is_vacuous() -> None:
    evidence = run_probe(errors, http=lambda _: httpx.Response(200, text="<html>app</html>"))
    assert problems(evidence) == ["vacuous"]
    assert values(evidence) == {}


def test_a_malformed_description_hides_only_the_tried_inputs() -> None:
    evidence = run_probe(errors, http={"/openapi.json": (200, '{"openapi": "3.1.0", "paths": [')})
    assert problems(evidence) == ["malformed"]
    assert evidence.problems[0].facts == ("errors.bad_inputs",)
    assert "errors.bad_inputs" not in values(evidence)
    assert values(evidence)["errors.responses"] == 2


def test_a_deployment_that_cannot_be_reached_gives_no_fact() -> None:
    evidence = run_probe(errors, http={"/openapi.json": Trouble(ProblemKind.UNREACHABLE, "down")})
    assert problems(evidence)[0] == "unreachable"


def test_every_body_that_is_sent_is_broken_and_goes_where_only_json_is_taken() -> None:
    asked: list[httpx.Request] = []
    either = {**BODY, "content": {"application/json": {}, "text/plain": {}}}
    paths = {
        **PATHS,
        "/orders/either": {"post": {"requestBody": either}},
        "/orders/nobody": {"post": {}},
        "/orders/{id}/notes": {"post": {"requestBody": BODY}},
        "/orders/cancel": {"post": {"requestBody": BODY}},
        "/orders/put": {"put": {"requestBody": BODY}, "delete": {}, "patch": {"requestBody": BODY}},
    }
    run_probe(errors, http=service(paths=paths, asked=asked))
    sent = [(r.url.path, r.content) for r in asked if r.method != "GET"]
    assert {r.method for r in asked} == {"GET", "POST"}
    assert [path for path, _ in sent][1:] == ["/orders"]
    for _, content in sent:
        with pytest.raises(ValueError, match="Expecting"):
            json.loads(content)


def test_a_production_deployment_gets_no_body_on_its_routes() -> None:
    asked: list[httpx.Request] = []
    live = Deployment("production", "https://staging.test", production=True)
    run_probe(errors, http=service(asked=asked), deployment=live)
    posted = [r.url.path for r in asked if r.method != "GET"]
    assert len(posted) == 1
    assert posted[0].startswith("/auditor-")


def test_false_red_a_server_of_files_that_knows_no_post_makes_no_server_error() -> None:
    def nowhere(request: httpx.Request) -> tuple[int, str]:
        return (501, "Unsupported method") if request.method == "POST" else NOT_FOUND

    assert values(run_probe(errors, http=service(nowhere=nowhere)))["errors.server_errors"] == []
