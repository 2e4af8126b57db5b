"""How routes are delivered: compressed, with rules for caches, and by the methods that they should take."""

from __future__ import annotations

import gzip
from typing import Any

import httpx
import pytest

from auditor.model.evidence import ProblemKind
from auditor.model.target import Feature, Looking
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.live.transfer import transfer

LONG = '{"orders": [' + ", ".join(["{}"] * 600) + "]}"
LOOKING = Looking(features=(Feature("list", "List", live_path="/orders"),))


class Delivering:
    """A service with a page, a health check and an API; what is odd of it is said by keyword."""

    def __init__(self, **odd: Any) -> None:
        self.odd = odd
        self.methods: set[str] = set()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.methods.add(request.method)
        path, odd = request.url.path, self.odd
        if request.method == "HEAD" and "head" in odd:
            return httpx.Response(odd["head"])
        if request.method not in ("GET", "HEAD"):
            return httpx.Response(odd.get("unknown", 405))
        if path == "/health/live":
            rule = odd.get("health", {"Cache-Control": "no-store"})
            return httpx.Response(200, json={"status": "ok"}, headers=rule)
        if path not in ("/", "/orders"):
            return httpx.Response(404, text="no")
        headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        headers |= odd.get("rule", {"Cache-Control": "max-age=60"})
        body = LONG.encode()
        if odd.get("plain"):
            del headers["Content-Encoding"]
        elif request.method == "GET":
            body = gzip.compress(body)
        return httpx.Response(
            200, content=b"" if request.method == "HEAD" else body, headers=headers
        )


def seen(**odd: Any) -> dict[str, Any]:
    """The facts by their last word, where there was no trouble."""
    evidence = run_probe(transfer, http=Delivering(**odd), looking=LOOKING)
    assert problems(evidence) == []
    return {name.removeprefix("transfer."): value for name, value in values(evidence).items()}


def test_present_a_service_that_delivers_well_is_told_nothing() -> None:
    assert seen() == {
        "responses": 3,
        "uncompressed": [],
        "without_cache_rule": [],
        "cacheable_health": [],
        "odd_methods": [],
    }


@pytest.mark.parametrize(
    ("odd", "key", "told"),
    [
        ({"plain": True}, "uncompressed", ["GET /", "GET /orders"]),
        ({"rule": {}}, "without_cache_rule", ["GET /", "GET /orders"]),
        ({"rule": {"ETag": '"a"'}}, "without_cache_rule", []),
        ({"health": {"Cache-Control": "max-age=60"}}, "cacheable_health", ["GET /health/live"]),
        ({"health": {"Cache-Control": "private, max-age=9"}}, "cacheable_health", []),
        ({"unknown": 200}, "odd_methods", ["AUDIT, which does not exist, /orders: 200"]),
        ({"unknown": 500}, "odd_methods", ["AUDIT, which does not exist, /orders: 500"]),
        ({"unknown": 501}, "odd_methods", []),
        ({"head": 405}, "odd_methods", []),
    ],
)
def test_what_is_missing_is_told_with_the_route(
    odd: dict[str, Any], key: str, told: list[str]
) -> None:
    assert seen(**odd)[key] == told


def test_false_green_a_head_that_breaks_is_no_refusal() -> None:
    told = seen(head=500)["odd_methods"]
    assert len(told) == 3
    assert told[0] == "HEAD /: 500, where GET is 200"


def test_without_a_deployment_there_is_nothing_to_look_at() -> None:
    assert problems(run_probe(transfer)) == ["not_configured"]


def test_missing_health_checks_leave_that_part_unknown() -> None:
    evidence = run_probe(transfer, http={"/": (200, "hello")})
    assert problems(evidence) == ["vacuous"]
    assert evidence.problems[0].facts == ("transfer.cacheable_health",)


def test_denied_and_malformed_answers_are_told() -> None:
    assert problems(run_probe(transfer, http=lambda request: httpx.Response(401))) == ["denied"]
    broken = Trouble(ProblemKind.MALFORMED, "It gave a broken answer.")
    assert problems(run_probe(transfer, http={"/": broken})) != []


def test_only_harmless_methods_are_sent() -> None:
    service = Delivering()
    run_probe(transfer, http=service, looking=LOOKING)
    assert service.methods == {"GET", "HEAD", "AUDIT"}
