"""Live probes over real sockets: hostile answers end in facts or problems, never in a crash."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from auditor.model.evidence import Evidence, ProblemKind
from auditor.model.target import Feature, Looking
from auditor.probing.contract import Probe
from auditor.probing.http import Http
from auditor.probing.looking import look
from auditor.probing.testing import make_context, values
from auditor.probing.tls import Tls
from probes.live.features import features
from probes.live.headers import headers
from probes.live.health import health
from probes.live.tls import tls
from probes.monitoring.exposition import exposition
from tests.servers.hostile import Behaviour, HostileServer, floods, resets, says, sends, silent

PROBES = [health, headers, tls, features, exposition]
ASKED = ("/", "/health/live", "/health/ready", "/openapi.json", "/orders", "/metrics", "/pay")
ANSI = "\x1b[2J\x1b]0;owned\x07<script>alert(1)</script>::error::%0A"

BODIES: dict[str, str | bytes] = {
    "deeply nested objects": '{"checks":' * 5_000,
    "deeply nested and closed": '{"status":' * 5_000 + "1" + "}" * 5_000,
    "deeply nested lists": "[" * 5_000,
    "a number of 5,000 digits": '{"status": ' + "9" * 5_000 + "}",
    "keys given twice": '{"status": "ok", "status": "down"}',
    "nothing but nulls": '{"status": null, "checks": null, "paths": null}',
    "the wrong types": '{"status": [], "checks": [1, {"name": 2}], "paths": {"/a": {"get": {"parameters": {}}}}}',
    "control characters and markup": json.dumps(
        {"status": ANSI, "checks": {ANSI: "down"}, "paths": {ANSI: {}}}
    ),
    "bytes that are no text": b"\xff\xfe\x00\xd8" * 50,
    "lone surrogates": '{"status": "\\ud800", "checks": {"\\udfff": "up"}}',
    "a page": "<!doctype html><html><body>hello</body></html>",
    "infinite metrics": 'pay_total 1e999\npay_total{a="b"} NaN\n',
    "nothing": b"",
}

BEHAVIOURS: dict[str, Behaviour] = {
    **{name: says(200, body) for name, body in BODIES.items()},
    "resets": resets,
    "nonsense": sends(b"\x00\x01\x02"),
    "a flood": floods(b"HTTP/1.1 200 OK\r\n\r\n", b"x " * 32768),
    "a redirect to itself": says(302, "", Location="/pay"),
    "a redirect to the metadata service": says(302, "", Location="http://169.254.169.254/"),
    "a redirect to nonsense": says(302, "", Location="http://[::1"),
}


def evidence_of(probe: Probe, server: HostileServer) -> Evidence:
    """The evidence of a probe that looks through the real doors, with little patience."""
    http = Http(server.url, timeout_s=2.0)
    declared = (Feature("pay", "Pay", live_path="/pay", metric="pay_total"),)
    context = make_context(url=server.url, looking=Looking(features=declared))
    return look(probe, replace(context, http=http, tls=Tls(http)))


@pytest.mark.parametrize("name", BEHAVIOURS)
def test_a_hostile_answer_crashes_no_probe_and_makes_no_dependency_up(name: str) -> None:
    with HostileServer(dict.fromkeys(ASKED, BEHAVIOURS[name])) as server:
        seen = [evidence_of(probe, server) for probe in PROBES]
    crashes = [p.message for one in seen for p in one.problems if p.kind is ProblemKind.CRASHED]
    assert crashes == []
    facts = {name: value for one in seen for name, value in values(one).items()}
    assert facts.get("metrics.live_families", 0) in (0, 1)
    assert facts.get("features.metric_total@pay", 0.0) == 0.0
    json.dumps(facts).encode()


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: str(probe.spec.id))
def test_a_silent_server_ends_each_probe_in_a_problem(probe: Probe) -> None:
    with HostileServer(raw=silent) as server:
        http = Http(server.url, timeout_s=0.3)
        context = make_context(
            url=server.url, looking=Looking(features=(Feature("a", "A", live_path="/a"),))
        )
        seen = look(probe, replace(context, http=http, tls=Tls(http)))
    assert seen.facts == ()
    assert len(seen.problems) == 1
