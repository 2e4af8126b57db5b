"""The probes of HTTP behaviour against the real example service, and against a server that misbehaves."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from auditor.model.evidence import Evidence, ProblemKind, Value
from auditor.model.target import Looking
from auditor.probing.contract import Probe
from auditor.probing.http import Http
from auditor.probing.looking import look
from auditor.probing.testing import make_context, values
from probes.live.cors import cors
from probes.live.errors import errors
from probes.live.exposure import exposure
from probes.live.latency import latency
from probes.live.openapi import openapi
from probes.live.rate_limit import rate_limit
from probes.live.tracing import tracing
from tests.servers.hostile import (
    EVERYWHERE,
    Behaviour,
    HostileServer,
    bomb,
    floods,
    resets,
    says,
    sends,
    silent,
)
from tests.servers.orders import orders

PROBES = [openapi, cors, exposure, errors, tracing, latency, rate_limit]
LEAVE = Looking(allow_intrusive=True, allow_hosts=("127.0.0.1",))
ANSI = "\x1b[2J\x1b]0;owned\x07<script>alert(1)</script>::error::%0A"
DOCUMENT = json.dumps(
    {
        "openapi": "3.1.0",
        "info": {"title": ANSI, "version": ANSI},
        "servers": [{"url": "http://169.254.169.254/"}],
        "paths": {
            f"/{ANSI}": {"get": {"summary": ANSI, "security": [{ANSI: []}]}, "post": {"summary": 5}}
        },
    }
)
BEHAVIOURS: dict[str, Behaviour] = {
    "deep nesting": says(200, '{"openapi": "3.1.0", "paths":' * 1100),
    "a description of terminal codes": says(200, DOCUMENT),
    "nothing": says(200, b""),
    "bytes that are no text": says(200, b"\xff\xfe\x00\xd8" * 50),
    "a page": says(200, "<!doctype html><html><body>swagger-ui</body></html>", "text/html"),
    "resets": resets,
    "nonsense": sends(b"\x00\x01\x02"),
    "a flood": floods(b"HTTP/1.1 200 OK\r\n\r\n", b"x " * 32768),
    "a bomb": bomb(1),
    "a redirect to itself": says(302, "", Location="/"),
    "a redirect to the metadata service": says(302, "", Location="http://169.254.169.254/"),
    "endless refusals": says(429, "", Retry_After="1"),
    "a wait without end": says(429, "", Retry_After="999999999999"),
    "a header of terminal codes": says(200, "{}", X_Request_ID="\x9b2J" * 20),
}  # fmt: skip


def seen_by(probe: Probe, url: str, *, patience_s: float = 10.0) -> Evidence:
    http = Http(url, timeout_s=patience_s)
    return look(probe, replace(make_context(url=url, looking=LEAVE), http=http))


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Value]]:
    """What the seven probes see of the example service, the burst last."""
    with orders(tmp_path_factory.mktemp("orders")) as url:
        seen = [seen_by(probe, url) for probe in PROBES]
        assert [p for one in seen for p in one.problems] == []
        yield {name: value for one in seen for name, value in values(one).items()}


def test_the_examples_description_is_complete_and_says_nothing_of_security(
    facts: dict[str, Value],
) -> None:
    assert facts["api.version"]
    assert facts["api.undescribed"] == []
    assert facts["api.operations"] == 8
    assert facts["api.without_security"]


def test_the_example_lets_no_foreign_origin_in(facts: dict[str, Value]) -> None:
    assert facts["cors.trusted_origins"] == []
    assert facts["cors.wildcard"] is False
    assert facts["cors.responses"] == 6


def test_the_example_shows_its_description_and_metrics_and_nothing_else(
    facts: dict[str, Value],
) -> None:
    assert facts["exposure.paths"] == []
    assert facts["exposure.documentation"] == ["/openapi.json"]
    assert facts["exposure.metrics"] == ["/metrics"]


def test_the_example_refuses_bad_input_with_a_body_of_its_own(facts: dict[str, Value]) -> None:
    for name in ("server_errors", "stack_traces", "without_body", "default_pages", "accepted"):
        assert facts[f"errors.{name}"] == [], name
    inputs = facts["errors.bad_inputs"]
    assert isinstance(inputs, int)
    assert inputs >= 2


def test_the_example_gives_every_answer_an_id(facts: dict[str, Value]) -> None:
    assert facts["tracing.request_id"] is True
    assert facts["tracing.echoes"] is True


def test_the_example_answers_a_quiet_sample(facts: dict[str, Value]) -> None:
    assert facts["latency.sample"] == 120
    assert facts["latency.failed"] == 0


def test_the_examples_limit_refuses_a_burst_and_no_forged_address_evades_it(
    facts: dict[str, Value],
) -> None:
    assert facts["throttling.observed_429"] is True
    assert facts["throttling.says_when"] is True
    assert facts["throttling.evaded_by"] == []


@pytest.mark.parametrize("name", BEHAVIOURS)
def test_a_hostile_server_crashes_no_probe_and_passes_for_nothing(name: str) -> None:
    with HostileServer({EVERYWHERE: BEHAVIOURS[name]}) as server:
        seen = [
            seen_by(probe, server.url, patience_s=1.0) for probe in PROBES if probe is not latency
        ]
    crashes = [p.message for one in seen for p in one.problems if p.kind is ProblemKind.CRASHED]
    assert crashes == []
    facts = {key: value for one in seen for key, value in values(one).items()}
    assert facts.get("tracing.request_id", False) is False
    assert facts.get("errors.bad_inputs", 0) == 0
    assert facts.get("throttling.observed_429", False) is False
    json.dumps(facts).encode()


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: str(probe.spec.id))
def test_a_silent_server_ends_each_probe_in_time_and_in_a_problem(probe: Probe) -> None:
    started = time.monotonic()
    with HostileServer(raw=silent) as server:
        seen = seen_by(probe, server.url, patience_s=0.3)
    assert seen.facts == ()
    assert [p.kind for p in seen.problems] == [ProblemKind.TIMED_OUT]
    assert time.monotonic() - started < 5
