"""What a run of schemathesis tells, over a made-up run of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import httpx
import pytest

from auditor.model.evidence import Evidence, ProblemKind
from auditor.model.target import Deployment, Looking
from auditor.probing.command import Ran
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import FakeCommand, Handler, problems, run_probe, values
from probes.live.conformance import conformance

HOST = "staging.test"
LEAVE = Looking(allow_intrusive=True, allow_hosts=(HOST,))
OK: dict[str, Any] = {"responses": {"200": {"description": "ok"}}}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Orders", "version": "1"},
    "paths": {"/orders": {"get": OK, "post": OK}, "/logout": {"get": OK}},
}
END = {"EngineFinished": {"stop_reason": "completed"}}


def event(
    label: str, *answers: tuple[str, int], failed: str = "", title: str = "Server error"
) -> dict[str, Any]:
    """An operation in a phase: a request for each answer (URI, status), the last of which fails."""
    interactions, checks = {}, {}
    for number, (uri, status) in enumerate(answers):
        interactions[str(number)] = {
            "request": {"method": label.split()[0], "uri": uri},
            "response": {"status_code": status},
        }
        last = failed if number == len(answers) - 1 else ""
        checks[str(number)] = [
            {"name": "one", "status": "success"},
            *([{"name": last, "status": "failure", "failure_info": {"failure": {"title": title}}}] if last else []),
        ]  # fmt: skip
    return {"ScenarioFinished": {"recorder": {"label": label, "interactions": interactions, "checks": checks}}}  # fmt: skip


GOOD = [event("GET /orders", (f"https://{HOST}/orders", 200)), END]


class Tool(FakeCommand):
    """Schemathesis that writes `events`; keeps what it was given."""

    def __init__(self, events: Sequence[dict[str, Any]] | bytes = GOOD) -> None:
        super().__init__({"schemathesis": (1, "words for people\n")})
        self.events = events
        self.files: dict[str, bytes] = {}
        self.options: dict[str, Any] = {}

    def run(self, args: Sequence[str], **options: Any) -> Ran:
        self.options, self.files = options, options["files"]
        ran = super().run(args, **options)
        if isinstance(self.events, bytes):
            return replace(ran, stderr=self.events)
        lines = "\n".join(json.dumps(one) for one in [{"Initialize": {}}, *self.events])
        return replace(ran, stderr=lines.encode())


def service(document: dict[str, Any] | None = None) -> Handler:
    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/openapi.json":
            return httpx.Response(200, json=document or DOCUMENT)
        return httpx.Response(404, text="not found")

    return handle


def seen(tool: Tool, looking: Looking = LEAVE, http: Any = None, **options: Any) -> Evidence:
    return run_probe(conformance, http=http or service(), looking=looking, commands=tool, **options)


def test_a_deployment_that_keeps_to_its_description() -> None:
    tool = Tool()
    evidence = seen(tool)
    assert evidence.problems == ()
    assert values(evidence) == {
        "conformance.operations": 1,
        "conformance.answered": 1,
        "conformance.requests": 1,
        "conformance.failures": [],
        "conformance.server_errors": 0,
    }
    given = json.loads(tool.files["openapi.json"])
    assert list(given["paths"]) == ["/orders"], "what sounds risky is left out"
    assert list(given["paths"]["/orders"]) == ["get"]
    assert b"unexpected-methods = []" in tool.files["schemathesis.toml"]
    assert tool.options["keep"] is False, "bodies may hold secrets"
    (call,) = tool.calls
    assert call[call.index("--url") + 1] == f"https://{HOST}"
    assert [a for a, b in zip(call[1:], call, strict=False) if b == "--include-method"] == ["GET"]


def test_a_failure_is_told_with_a_quoted_request_and_without_secrets() -> None:
    uri = f"https://{HOST}/orders?n='$(reboot)'&token=abcdef1234567890"
    tool = Tool([event("GET /orders", (uri, 500), failed="not_a_server_error"), END])
    found = values(seen(tool))
    (text,) = found["conformance.failures"]
    assert text.startswith("GET /orders: Server error (500): curl -X GET 'https://")
    assert "'\"'\"'$(reboot)'\"'\"'" in text, "a quote does not end the word"
    assert "abcdef1234567890" not in text
    assert found["conformance.server_errors"] == 1
    assert found["conformance.answered"] == 0


def test_the_same_failure_in_several_phases_is_told_once() -> None:
    one = event("GET /orders", (f"https://{HOST}/orders", 500), failed="not_a_server_error")
    found = values(seen(Tool([one, one, END])))
    assert len(found["conformance.failures"]) == 1
    assert found["conformance.requests"] == 2


@pytest.mark.parametrize(
    ("looking", "deployment"),
    [
        (Looking(), None),
        (Looking(allow_load=True, allow_hosts=(HOST,)), None),
        (Looking(allow_intrusive=True), None),
        (LEAVE, Deployment("live", f"https://{HOST}", production=True)),
    ],
    ids=["no leave", "leave for load alone", "no host", "production"],
)
def test_without_leave_nothing_is_asked(looking: Looking, deployment: Deployment | None) -> None:
    tool = Tool()
    evidence = seen(tool, looking, deployment=deployment)
    assert (problems(evidence), values(evidence), tool.calls) == (["denied"], {}, [])


def test_without_a_deployment_there_is_nothing_to_look_at() -> None:
    assert problems(run_probe(conformance, looking=LEAVE, commands=Tool())) == ["not_configured"]


def test_without_the_tool_the_extra_to_install_is_named() -> None:
    evidence = run_probe(conformance, http=service(), looking=LEAVE)
    assert problems(evidence) == ["tool_missing"]
    assert "auditor[conformance]" in evidence.problems[0].hint


def test_without_a_description_there_is_nothing_to_be_tried_against() -> None:
    tool = Tool()
    evidence = seen(tool, http={"/": (200, "{}")})
    assert (problems(evidence), tool.calls) == (["vacuous"], [])


@pytest.mark.parametrize(
    "document",
    [
        {**DOCUMENT, "paths": {"/orders": {"post": OK}}},
        {**DOCUMENT, "paths": {"/logout": {"get": OK}}},
        {**DOCUMENT, "servers": [{"url": "https://other.test/"}]},
    ],
    ids=["nothing to read", "nothing harmless", "another host"],
)
def test_what_may_not_be_called_is_not_called(document: dict[str, Any]) -> None:
    tool = Tool()
    evidence = seen(tool, http=service(document))
    assert (problems(evidence), tool.calls) == (["vacuous"], [])


@pytest.mark.parametrize(
    "reference", ["http://169.254.169.254/x", "file:///etc/passwd", "other.json#/a"]
)
def test_a_description_that_leads_out_of_itself_is_refused(reference: str) -> None:
    answer = {"description": "ok", "content": {"application/json": {"schema": {"$ref": reference}}}}
    document = {**DOCUMENT, "paths": {"/orders": {"get": {"responses": {"200": answer}}}}}
    tool = Tool()
    evidence = seen(tool, http=service(document))
    assert (problems(evidence), tool.calls) == (["malformed"], [])


def test_a_long_description_is_tried_in_part() -> None:
    paths = {f"/things{number}": {"get": OK} for number in range(100)}
    tool = Tool()
    seen(tool, http=service({**DOCUMENT, "paths": paths}))
    assert len(json.loads(tool.files["openapi.json"])["paths"]) == 30


def test_more_methods_are_called_where_the_operator_allows_them() -> None:
    tool = Tool()
    seen(tool, replace(LEAVE, allow_methods=("POST",)))
    assert list(json.loads(tool.files["openapi.json"])["paths"]["/orders"]) == ["get", "post"]
    assert tool.calls[0].count("--include-method") == 2


@pytest.mark.parametrize(
    "events",
    [
        b"",
        b"Usage: schemathesis run\n",
        b'{"EngineFinished": {}}\n',
        b"\xff\xfe",
        b'{"FatalError": {}}\n',
    ],
)
def test_a_tool_that_breaks_is_malformed_and_no_fact(events: bytes) -> None:
    evidence = seen(Tool(events))
    assert (problems(evidence), values(evidence)) == (["malformed"], {})


def test_false_green_a_run_that_tried_nothing_shows_nothing() -> None:
    evidence = seen(Tool([END]))
    assert (problems(evidence), values(evidence)) == (["vacuous"], {})


def test_false_green_a_rate_limit_that_refused_much_hides_what_would_have_failed() -> None:
    answers = [(f"https://{HOST}/orders", 200)] * 8 + [(f"https://{HOST}/orders", 429)] * 2
    evidence = seen(Tool([event("GET /orders", *answers, failed="x"), END]))
    assert (problems(evidence), values(evidence)) == (["vacuous"], {})


@pytest.mark.parametrize("failed", ["", "not_a_server_error"])
def test_false_green_a_run_that_ended_early_has_not_found_that_nothing_fails(failed: str) -> None:
    end = {"EngineFinished": {"stop_reason": "interrupted"}}
    one = event("GET /orders", (f"https://{HOST}/orders", 500), failed=failed)
    evidence = seen(Tool([one, end]))
    assert problems(evidence) == ["vacuous"]
    assert ("conformance.failures" in values(evidence)) is bool(failed)


def test_a_run_that_does_not_end_in_time_gives_no_fact() -> None:
    late = FakeCommand({"schemathesis": Trouble(ProblemKind.TIMED_OUT, "Too long.")})
    evidence = run_probe(conformance, http=service(), looking=LEAVE, commands=late)
    assert (problems(evidence), values(evidence)) == (["timed_out"], {})
