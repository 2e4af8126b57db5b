"""A request that is found again in the central logs, by the id that the audit gave it."""

from __future__ import annotations

from typing import Any

import httpx

from auditor.model.target import Deployment, Looking
from auditor.probing.doors.access import Access, Grant
from auditor.probing.monitoring.loki import Loki
from auditor.probing.testing import NOW, make_context, problems, run_probe, values
from probes.monitoring.log_correlation import log_correlation, search
from tests.servers.made_up import MadeUp

LOKI = "https://loki.test"


class World(MadeUp):
    """A service and the Loki that its lines arrive in; `log` makes the line of a request."""

    def __init__(self, log: Any, labels: Any = ("app",)) -> None:
        super().__init__({"/": {"hello": "world"}, "/health/live": {"status": "ok"}})
        self.lines: list[str] = []
        self._log = log
        self.routes |= {
            "/loki/api/v1/labels": {"status": "success", "data": list(labels)},
            "/loki/api/v1/label/app/values": {"status": "success", "data": ["service"]},
            "/loki/api/v1/query_range": self._query,
        }

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == "staging.test":
            self.lines.append(self._log(request))
        return super().__call__(request)

    def _query(self, params: httpx.QueryParams) -> Any:
        words = params["query"].partition('|~ "')[2].rstrip('"').split("|")
        found = [line for line in self.lines if any(word in line for word in words)]
        rows = [[str(int(NOW.timestamp()) * 10**9), line] for line in found]
        streams = [{"stream": {"app": "service"}, "values": rows}] if rows else []
        return {"status": "success", "data": {"resultType": "streams", "result": streams}}


def ask(world: Any, **options: Any) -> Any:
    """The probe of an operator who named both."""
    return run_probe(
        log_correlation,
        http=world,
        url="https://staging.test",
        deployment=Deployment("staging", "https://staging.test", loki=LOKI),
        looking=Looking(allow_hosts=("loki.test",)),
        access=Access({"loki": Grant(LOKI)}),
        **options,
    )


def test_present_the_line_of_the_request_is_found() -> None:
    evidence = ask(World(lambda r: f'{{"request_id": "{r.headers.get("x-request-id")}"}}'))
    assert problems(evidence) == []
    assert values(evidence) == {"loki.request_lines": 1}


def test_a_trace_id_is_found_as_well() -> None:
    evidence = ask(World(lambda r: r.headers.get("traceparent", "-").split("-")[1]))
    assert values(evidence) == {"loki.request_lines": 1}


def test_missing_streams_are_not_known() -> None:
    assert problems(ask(World(lambda r: "", labels=()))) == ["vacuous"]


def test_without_a_loki_there_is_nothing_to_look_at() -> None:
    assert problems(run_probe(log_correlation, http={})) == ["not_configured"]


def test_malformed_answers_of_loki_tell_nothing() -> None:
    world = World(lambda r: "")
    world.routes["/loki/api/v1/query_range"] = {
        "status": "success",
        "data": {"resultType": "matrix"},
    }
    assert problems(ask(world)) == ["malformed"]


def test_denied_by_loki() -> None:
    world = World(lambda r: "")
    world.routes["/loki/api/v1/labels"] = (403, "")
    assert problems(ask(world)) == ["denied"]


def test_false_green_an_id_that_is_echoed_and_never_logged() -> None:
    world = World(lambda r: "GET / 200")
    waited: list[float] = []
    context = make_context(
        http=world,
        deployment=Deployment("staging", loki=LOKI),
        looking=Looking(allow_hosts=("loki.test",)),
    )
    found = search(Loki(context), '{app="service"}', ("an-id", "a-trace"), waited.append)
    assert found.value == []
    assert sum(waited) == 30


def test_false_green_loki_gives_lines_that_do_not_carry_the_id() -> None:
    world = World(lambda r: "")
    rows = [[str(int(NOW.timestamp()) * 10**9), "another request"]]
    world.routes["/loki/api/v1/query_range"] = {
        "status": "success",
        "data": {"resultType": "streams", "result": [{"stream": {}, "values": rows}]},
    }
    context = make_context(
        http=world,
        deployment=Deployment("staging", loki=LOKI),
        looking=Looking(allow_hosts=("loki.test",)),
    )
    assert search(Loki(context), "{}", ("an-id", "a-trace"), lambda pause: None).value == []
