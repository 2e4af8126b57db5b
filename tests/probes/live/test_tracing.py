"""Whether answers of a running deployment carry an id by which a request can be found again."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

import httpx
import pytest

from auditor.probing.doors.trouble import ProblemKind, Trouble
from auditor.probing.testing import Handler, problems, run_probe, values
from probes.live.tracing import tracing

Ids = Callable[[httpx.Request, int], dict[str, str]]


def service(ids: Ids, *, elsewhere: bool = True) -> Handler:
    """A service whose answers have the headers `ids`; on unknown paths only if `elsewhere`."""
    numbers = count(1)

    def handle(request: httpx.Request) -> httpx.Response:
        number = next(numbers)
        known = request.url.path in ("/", "/health/live")
        headers = ids(request, number) if known or elsewhere else {}
        return httpx.Response(200 if known else 404, text="{}", headers=headers)

    return handle


def fresh_or_given(request: httpx.Request, number: int) -> dict[str, str]:
    return {"X-Request-ID": request.headers.get("X-Request-ID", f"generated-{number:06}")}


def test_ids_that_are_taken_over_or_made_are_told_as_such() -> None:
    evidence = run_probe(tracing, http=service(fresh_or_given))
    assert evidence.problems == ()
    assert values(evidence) == {
        "tracing.request_id": True,
        "tracing.echoes": True,
        "tracing.headers": ["x-request-id"],
        "tracing.without_id": [],
        "tracing.responses": 4,
    }


def test_a_service_without_ids_is_told_as_such() -> None:
    found = values(run_probe(tracing, http=service(lambda request, number: {})))
    assert found["tracing.request_id"] is False
    assert found["tracing.echoes"] is False
    assert found["tracing.headers"] == []
    assert found["tracing.without_id"] == [
        "a good answer (200)",
        "a path that does not exist (404)",
    ]


def test_ids_of_its_own_that_ignore_the_callers_are_no_echo() -> None:
    found = values(run_probe(tracing, http=service(lambda _, n: {"X-Correlation-ID": f"{n:08}"})))
    assert found["tracing.request_id"] is True
    assert found["tracing.echoes"] is False


def test_a_trace_that_is_continued_is_an_echo() -> None:
    def ids(request: httpx.Request, number: int) -> dict[str, str]:
        given = request.headers.get("traceparent", f"00-{number:032x}-{number:016x}-00")
        return {"traceresponse": f"00-{given.split('-')[1]}-{number:016x}-00"}

    found = values(run_probe(tracing, http=service(ids)))
    assert found["tracing.request_id"] is True
    assert found["tracing.echoes"] is True


def test_false_green_a_constant_is_no_id() -> None:
    found = values(
        run_probe(tracing, http=service(lambda request, number: {"X-Request-ID": "constant"}))
    )
    assert found["tracing.request_id"] is False


def test_false_green_an_id_that_is_only_echoed_is_not_made() -> None:
    def ids(request: httpx.Request, number: int) -> dict[str, str]:
        given = request.headers.get("X-Request-ID")
        return {"X-Request-ID": given} if given else {}

    found = values(run_probe(tracing, http=service(ids)))
    assert found["tracing.request_id"] is False
    assert found["tracing.echoes"] is True


def test_false_green_errors_without_an_id_are_seen() -> None:
    found = values(run_probe(tracing, http=service(fresh_or_given, elsewhere=False)))
    assert found["tracing.request_id"] is False
    assert found["tracing.without_id"] == ["a path that does not exist (404)"]


@pytest.mark.parametrize("name", ["CF-Ray", "X-Amz-Cf-Id", "ETag", "Date"])
def test_false_green_an_id_of_the_edge_is_none_of_the_services(name: str) -> None:
    found = values(run_probe(tracing, http=service(lambda _, number: {name: f"abcdef{number:06}"})))
    assert found["tracing.request_id"] is False


@pytest.mark.parametrize("value", ["", " ", "1", "-"])
def test_malformed_ids_are_none(value: str) -> None:
    found = values(run_probe(tracing, http=service(lambda _, number: {"X-Request-ID": value})))
    assert found["tracing.request_id"] is False


def test_without_a_deployment_there_is_nothing_to_look_at() -> None:
    assert problems(run_probe(tracing)) == ["not_configured"]


@pytest.mark.parametrize(
    ("status", "kind"), [(401, "denied"), (403, "denied"), (502, "unreachable")]
)
def test_a_wall_or_a_gateways_error_is_no_absence(status: int, kind: str) -> None:
    ids = {"X-Request-ID": "abcdefgh"}
    evidence = run_probe(tracing, http=lambda _: httpx.Response(status, headers=ids))
    assert problems(evidence) == [kind]
    assert values(evidence) == {}


def test_false_green_ids_of_an_error_of_the_gateway_are_not_the_services() -> None:
    inner = service(fresh_or_given)

    def handle(request: httpx.Request) -> httpx.Response:
        if request.headers.get("X-Request-ID"):
            return httpx.Response(503, headers={"X-Request-ID": "abcdefgh"})
        return inner(request)

    evidence = run_probe(tracing, http=handle)
    assert problems(evidence) == ["unreachable"]
    assert values(evidence) == {}


def test_a_deployment_that_cannot_be_reached_gives_no_fact() -> None:
    evidence = run_probe(tracing, http={"/": Trouble(ProblemKind.UNREACHABLE, "down")})
    assert problems(evidence) == ["unreachable"]


def test_false_red_a_start_page_without_an_id_may_be_a_file() -> None:
    evidence = run_probe(tracing, http={"/": (200, "<html>app</html>")})
    assert problems(evidence) == ["vacuous"]
    assert values(evidence) == {}
