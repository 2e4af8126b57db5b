"""Every probe that asks a deployment, or a system that watches one, before a server that means ill: over real sockets.

Each ends in time, in facts or in problems and never in a crash, asks no host that the operator did not name, and lets
nothing of what it was told reach a terminal.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from auditor.collect.registry import find_probes
from auditor.model.evidence import Evidence, ProblemKind
from auditor.model.probe import Need, Phase
from auditor.model.target import Deployment, Looking, Target
from auditor.probing.contract import Probe
from auditor.probing.doors.access import access
from auditor.probing.http import Http
from auditor.probing.looking import look
from auditor.probing.testing import COMMIT, make_context
from auditor.probing.tls import Tls
from tests.servers.certificates import server_context
from tests.servers.hostile import (
    EVERYWHERE,
    Behaviour,
    HostileServer,
    bomb,
    drips,
    floods,
    resets,
    says,
    sends,
)

HEAD = b"HTTP/1.1 200 OK\r\n"
ANSI = "\x1b[2J\x1b]0;owned\x07<script>alert(1)</script>::error::%0A"
PATIENCE_S = 0.3
SYSTEMS = frozenset({Need.PROMETHEUS, Need.ALERTMANAGER, Need.GRAFANA, Need.LOKI, Need.KUBERNETES})
KNOWN = frozenset({Need.URL, Need.REPOSITORY, Need.NETWORK, *SYSTEMS})
PROBES = [
    one
    for one in find_probes()
    if one.spec.phase is Phase.LIVE
    and set(one.spec.needs) <= KNOWN
    and set(one.spec.needs) & (KNOWN - {Need.REPOSITORY})
]
BEHAVIOURS: dict[str, Behaviour] = {
    "a page where JSON is due": says(200, "<!doctype html><html><body>Log in</body></html>", "text/html"),
    "a page that says it is JSON": says(200, "<html>", "application/json"),
    "terminal codes and markup": says(
        200,
        json.dumps({"status": ANSI, "data": {ANSI: [ANSI]}, "config": {"original": ANSI}, "paths": {ANSI: {}}}),
        X_Request_ID="\x9b31m",
    ),
    "JSON of no end": says(200, '{"data":' * 2_000),
    "numbers of no end": says(200, '{"status": "success", "data": ' + "9" * 5_000 + "}"),
    "a slow drip": drips(HEAD + b"Content-Length: 100000\r\n\r\n", b"."),
    "an endless body": floods(HEAD + b"\r\n", b"[" * 65536),
    "endless headers": floods(HEAD, b"X-Flood: " + b"x" * 1000 + b"\r\n"),
    "a bomb": bomb(1),
    "broken headers": sends(HEAD + b"no colon here\r\n\r\n"),
    "a redirect in a circle": says(302, "", Location="/"),
    "a redirect to the metadata service": says(302, "", Location="http://169.254.169.254/latest/"),
    "a redirect to a file": says(302, "", Location="file:///etc/passwd"),
    "resets": resets,
}  # fmt: skip


@contextmanager
def seen_by_all(server: HostileServer) -> Iterator[list[Evidence]]:
    """The evidence of every probe, each with a fresh door of little patience; no probe takes long."""
    url = server.url
    deployment = Deployment("staging", url, url, url, url, url)
    made = make_context(url=url, repo={"Dockerfile": "FROM scratch\n"})
    seen = []
    for one in PROBES:
        http = Http(url, timeout_s=PATIENCE_S)
        context = replace(
            made,
            target=Target("orders", "orders", commit=COMMIT, deployment=deployment),
            looking=Looking(),
            http=http,
            tls=Tls(http),
            access=access({"AUDITOR_KUBERNETES_TOKEN": "a-read-only-token"}, {"kubernetes": url}),
        )
        seen.append(_in_time(one, replace(context, http=http)))
    yield seen


def _in_time(one: Probe, context: object) -> Evidence:
    started = time.monotonic()
    found = look(one, context)  # type: ignore[arg-type]
    assert time.monotonic() - started < one.spec.timeout_s / 2, one.spec.id
    return found


@pytest.mark.parametrize("name", BEHAVIOURS)
def test_a_hostile_server_crashes_no_probe_and_is_no_system_that_watches(name: str) -> None:
    with HostileServer({EVERYWHERE: BEHAVIOURS[name]}) as server, seen_by_all(server) as seen:
        crashes = [p.message for e in seen for p in e.problems if p.kind is ProblemKind.CRASHED]
        assert crashes == []
        for one, evidence in zip(PROBES, seen, strict=True):
            if set(one.spec.needs) & SYSTEMS:
                assert evidence.problems, f"{one.spec.id} took it for what it is not"
            for problem in evidence.problems:
                assert "\x1b" not in problem.message + problem.hint
                assert "169.254.169.254" not in problem.hint or "--allow-host" in problem.hint


def test_every_probe_that_asks_somebody_is_among_them() -> None:
    names = {one.spec.id for one in PROBES}
    assert names >= {
        "live.health",
        "live.tls",
        "live.transfer",
        "monitoring.prometheus",
        "monitoring.loki",
    }
    assert len(names) >= 20


def test_a_certificate_that_is_not_valid_lets_no_probe_read_anything(tmp_path: Path) -> None:
    context = server_context(tmp_path, None)
    with (
        HostileServer({EVERYWHERE: says(200, "{}")}, context=context) as server,
        seen_by_all(server) as seen,
    ):
        for one, evidence in zip(PROBES, seen, strict=True):
            if one.spec.id != "live.tls":
                assert evidence.facts == (), one.spec.id
                assert all(p.kind is not ProblemKind.CRASHED for p in evidence.problems)
