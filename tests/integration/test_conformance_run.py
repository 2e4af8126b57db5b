"""The real schemathesis against the real example service, and against a service that breaks its word."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from auditor.model.evidence import Evidence
from auditor.model.target import Looking
from auditor.probing.command import Command
from auditor.probing.http import Http
from auditor.probing.looking import look
from auditor.probing.testing import make_context, problems, values
from probes.live.conformance import conformance
from tests.servers.orders import orders

LEAVE = Looking(allow_intrusive=True, allow_hosts=("127.0.0.1",))
OK = {"200": {"description": "ok"}}
ITEM = {"type": "object", "properties": {"id": {"type": "integer"}}, "required": ["id"]}
BROKEN = {
    "openapi": "3.0.0",
    "info": {"title": "Broken", "version": "1"},
    "servers": [{"url": "/"}],
    "paths": {
        "/items": {
            "get": {
                "parameters": [{"name": "n", "in": "query", "schema": {"type": "integer"}}],
                "responses": {**OK, "400": {"description": "bad"}},
            },
            "delete": {"responses": OK},
            "post": {"responses": OK},
        },
        "/wrong": {
            "get": {
                "responses": {
                    "200": {
                        "description": "ok",
                        "content": {"application/json": {"schema": ITEM}},
                    }
                }
            }
        },
        "/elsewhere": {"get": {"responses": OK}},
        "/password-reset": {"get": {"responses": OK}},
    },
}


def run(url: str, looking: Looking = LEAVE) -> Evidence:
    made = make_context(url=url, looking=looking)
    return look(conformance, replace(made, http=Http(url), command=Command()))


@contextmanager
def broken() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """A service that breaks its description in three ways; and the requests that came."""
    asked: list[tuple[str, str]] = []

    class Serve(BaseHTTPRequestHandler):
        timeout = 5

        def answer(self) -> None:
            parts = urlsplit(self.path)
            asked.append((self.command, parts.path))
            status, body, headers = 200, "[]", {}
            if parts.path == "/openapi.json":
                body = json.dumps(BROKEN)
            elif parts.path == "/items":
                number = parse_qs(parts.query).get("n", ["1"])[0]
                if not number.lstrip("-").isdecimal():
                    status, body = 500, '{"token": "ghp_0123456789012345678901234567890123456"}'
            elif parts.path == "/wrong":
                body = '{"id": "x"}'
            elif parts.path == "/elsewhere":
                status, headers = 302, {"Location": "http://169.254.169.254/latest"}
            else:
                status = 404
            data = body.encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_TRACE = do_HEAD = answer

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Serve)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)


def test_the_example_keeps_to_its_description(tmp_path: Path) -> None:
    with orders(tmp_path, rate_limit_per_second="10000", rate_limit_burst="10000") as url:
        evidence = run(url)
    found = values(evidence)
    assert problems(evidence) == []
    assert found["conformance.failures"] == []
    assert found["conformance.server_errors"] == 0
    assert found["conformance.operations"] == 6
    assert found["conformance.answered"] == 5
    assert evidence.facts[0].source.excerpt == "no good answer of GET /orders/{order_id}"


def test_false_green_a_rate_limit_that_refuses_the_run_shows_no_conformance(tmp_path: Path) -> None:
    with orders(tmp_path, rate_limit_per_second="1", rate_limit_burst="5") as url:
        evidence = run(url)
    assert (problems(evidence), values(evidence)) == (["vacuous"], {})
    assert "429" in evidence.problems[0].message


def test_each_broken_promise_is_told_with_a_request_that_shows_it_and_nothing_else_is_called() -> (
    None
):
    with broken() as (url, asked):
        evidence = run(url)
    found = values(evidence)
    failures = found["conformance.failures"]
    assert isinstance(failures, list)
    assert [text.partition(": curl")[0] for text in failures] == [
        "GET /elsewhere: Undocumented status code (302)",
        "GET /items: Server error (500)",
        "GET /items: Undocumented status code (500)",
        "GET /wrong: Response violates schema (200)",
    ]
    assert f"curl -X GET '{url}/items?n=" in failures[1]
    assert isinstance(found["conformance.server_errors"], int)
    assert found["conformance.server_errors"] >= 1
    assert {method for method, _ in asked} == {"GET"}
    assert "/password-reset" not in {path for _, path in asked}
    assert "ghp_" not in repr(evidence)


def test_a_method_is_called_that_the_operator_allows() -> None:
    with broken() as (url, asked):
        run(url, replace(LEAVE, allow_methods=("post",)))
    assert {method for method, _ in asked} == {"GET", "POST"}
