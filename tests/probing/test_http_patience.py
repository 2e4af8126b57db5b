"""The HTTP door waits when it is asked to, for a while, and keeps what it sent in the evidence."""

from __future__ import annotations

import time
from collections.abc import Mapping
from itertools import chain, repeat

import httpx
import pytest

from auditor.probing.doors.patience import asked_wait_s
from auditor.probing.doors.recorder import Recorder
from auditor.probing.doors.trouble import Trouble
from auditor.probing.http import Http
from auditor.probing.testing import fake_http


@pytest.mark.parametrize(
    ("method", "status", "said", "wait"),
    [
        ("GET", 429, "2", 2.0),
        ("GET", 429, " 5 ", 5.0),
        ("GET", 429, "0", 0.1),
        ("GET", 429, "6", None),
        ("GET", 429, "99999999999999999999", None),
        ("GET", 429, "-1", None),
        ("GET", 429, "1e9", None),
        ("GET", 429, "Wed, 21 Oct 2026 07:28:00 GMT", None),
        ("GET", 429, None, None),
        ("GET", 503, "1", None),
        ("POST", 429, "1", None),
    ],
)
def test_a_wait_is_read_from_a_429_that_asks_for_few_seconds(
    method: str, status: int, said: str | None, wait: float | None
) -> None:
    assert asked_wait_s(method, status, said) == wait


def refusing(times: int | None, headers: Mapping[str, str]) -> Http:
    """A service that refuses so many requests, or all of them."""
    refusals = repeat(429) if times is None else chain(repeat(429, times), repeat(200))
    return fake_http("https://a.test", lambda _: httpx.Response(next(refusals), headers=headers))


def test_a_refused_request_is_sent_again_after_the_wait_that_is_asked_for() -> None:
    http = refusing(1, {"Retry-After": "0"})
    started = time.monotonic()
    assert http.get("/").status == 200
    assert time.monotonic() - started >= 0.1
    assert http.traffic.requests == 2


def test_patience_ends() -> None:
    http = refusing(None, {"Retry-After": "0"})
    assert http.get("/").status == 429
    assert http.traffic.requests == 4


def test_a_wait_that_the_deadline_does_not_allow_is_not_begun() -> None:
    http = refusing(None, {"Retry-After": "3"})
    started = time.monotonic()
    assert http.get("/", timeout_s=1.0).status == 429
    assert time.monotonic() - started < 1
    assert http.traffic.requests == 1


def test_who_wants_to_see_refusals_is_told_of_them_at_once() -> None:
    http = refusing(None, {"Retry-After": "0"})
    assert http.get("/", patient=False).status == 429
    assert http.traffic.requests == 1


def test_headers_that_a_probe_sends_are_in_the_evidence_and_secrets_among_them_are_not() -> None:
    recorder = Recorder()
    http = fake_http("https://a.test", {"/": (200, "ok")}, recorder=recorder)
    source = http.get(
        "/", headers={"Origin": "https://b.invalid", "Authorization": "Bearer abcdefghijkl"}
    ).source
    assert source.blob is not None
    kept = recorder.blobs[source.blob]
    assert b"Origin: https://b.invalid" in kept
    assert b"abcdefghijkl" not in kept


def test_what_several_probes_look_for_is_asked_once() -> None:
    http = fake_http("https://a.test", {"/openapi.json": (200, "{}")})
    assert http.once("/openapi.json") is http.once("/openapi.json")
    assert http.once("/other").status == 404
    assert http.traffic.requests == 2


def test_trouble_is_not_kept_for_the_next_who_asks() -> None:
    calls = iter([True, False])

    def handle(request: httpx.Request) -> httpx.Response:
        if next(calls):
            raise httpx.ConnectError("refused", request=request)
        return httpx.Response(200)

    http = fake_http("https://a.test", handle)
    with pytest.raises(Trouble):
        http.once("/")
    assert http.once("/").status == 200
