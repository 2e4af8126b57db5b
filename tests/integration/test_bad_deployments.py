"""Deployments that do not answer, or not honestly: the audit ends in time, and what was not seen is unknown."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.integration.commands import Audit, git_repository, items_of, passed, report_of, said_of
from tests.servers.certificates import make_authority, server_context
from tests.servers.hostile import (
    EVERYWHERE,
    Behaviour,
    HostileServer,
    bomb,
    drips,
    floods,
    hangs_up,
    resets,
    says,
    silent,
)

HEADERS = "security.controls.headers"
HEALTH = "observability.monitoring.health"
METRICS = "observability.monitoring.metrics"
TLS = "security.controls.tls"
LIVE = (HEADERS, HEALTH, METRICS)
HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """A repository with nothing in it that matters here."""
    return git_repository(tmp_path / "target", {"README.md": "# Orders\n"})


def look(auditor: Audit, target: Path, url: str, **env: str) -> Any:
    """The JSON report of an audit of a deployment."""
    code = ("code.health_endpoints", "code.metrics", "code.web_security")
    probes = ("live.*", "monitoring.exposition", "infra.proxies", *code)
    only = [word for name in probes for word in ("--only", name)]
    return report_of(auditor("audit", target, "--url", url, *only, "--format", "json", env=env))


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        (says(500, "boom", "text/plain"), "500"),
        (says(503, "<h1>Be back soon</h1>", "text/html"), "503"),
        (says(302, "", Location="/round"), "redirects more than 5 times"),
        (floods(HEAD + b"\r\n", b"x" * 65536), "sent more than"),
        (floods(HEAD, b"X-Flood: " + b"x" * 1000 + b"\r\n"), "header"),
        (bomb(1), "sent more than"),
        (hangs_up, "gave a broken answer"),
        (resets, "could not be reached"),
    ],
    ids=["500", "503", "circle", "endless body", "endless headers", "bomb", "hangs up", "resets"],
)
def test_a_deployment_that_gives_no_answer_leaves_its_items_unknown_with_the_reason(
    auditor: Audit, target: Path, behaviour: Behaviour, said: str
) -> None:
    with HostileServer({EVERYWHERE: behaviour}) as server:
        made = look(auditor, target, server.url)
    items = items_of(made)
    for name in LIVE:
        assert items[name]["verdict"] == "unknown", name
        assert said in said_of(items[name]), name
        assert all(r["problem"] for r in items[name]["reasons"])
    assert passed(made) == []
    assert (made["score"]["proven"], made["readiness"]["level"]) == (0, "not_ready")


@pytest.mark.parametrize(
    "behaviour", [silent, drips(HEAD + b"Content-Length: 100000\r\n\r\n", b".")]
)
def test_a_deployment_that_never_ends_its_answer_is_given_up_at_the_deadline(
    auditor: Audit, target: Path, behaviour: Behaviour
) -> None:
    started = time.monotonic()
    with HostileServer({EVERYWHERE: behaviour}) as server:
        made = look(auditor, target, server.url)
    assert time.monotonic() - started < 60, "one deadline of 10 s a probe, not one for each path"
    for name in LIVE:
        item = items_of(made)[name]
        assert (item["verdict"], item["reasons"][0]["problem"]) == ("unknown", "timed_out")
    failed = {p["id"] for p in made["probes"] if p["status"] == "failed"}
    assert failed >= {"live.headers", "live.health", "monitoring.exposition"}


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({}, "self-signed"),
        ({"signed": True, "days": -2.0}, "expired"),
        ({"signed": True, "names": ("other.test",)}, "127.0.0.1"),
    ],
    ids=["signs itself", "expired", "wrong host"],
)
def test_a_certificate_that_is_not_right_is_a_fail_of_tls_and_nothing_is_read_through_it(
    auditor: Audit, target: Path, tmp_path: Path, fault: dict[str, Any], said: str
) -> None:
    authority = make_authority(tmp_path)
    signer = authority if fault.pop("signed", False) else None
    context = server_context(tmp_path, signer, **fault)
    with HostileServer({EVERYWHERE: says(200, "{}")}, context=context) as server:
        made = look(auditor, target, server.url, SSL_CERT_FILE=str(authority.path))
    items = items_of(made)
    assert items[TLS]["verdict"] == "fail"
    for name in LIVE:
        assert items[name]["verdict"] == "unknown"
        assert said in said_of(items[name])
        assert "certificate" in said_of(items[name])


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9", "https://127.0.0.1:9", "https://nowhere.invalid"]
)
def test_a_deployment_that_cannot_be_reached_is_unknown_and_the_exit_code_is_0(
    auditor: Audit, target: Path, url: str
) -> None:
    made = look(auditor, target, url)
    for name in LIVE:
        item = items_of(made)[name]
        assert (item["verdict"], item["reasons"][0]["problem"]) == ("unknown", "unreachable")
        assert "Check the URL" in said_of(item), "the next step is told"


def test_an_unreachable_deployment_fails_a_gate_that_asks_for_blockers(
    auditor: Audit, target: Path
) -> None:
    done = auditor("audit", target, "--url", "http://127.0.0.1:9", "-q", "--fail-on", "blocker")
    assert done.returncode == 1


def test_an_interrupted_audit_is_told_from_a_gate_that_was_not_met(
    target: Path, tmp_path: Path
) -> None:
    bundle = tmp_path / "bundle"
    with HostileServer({EVERYWHERE: silent}) as server:
        command = (sys.executable, "-P", "-m", "auditor", "audit", target, "--url", server.url)
        with subprocess.Popen(
            (*map(str, command), "--only", "live.*", "--bundle", str(bundle)),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        ) as process:  # fmt: skip
            end = time.monotonic() + 60
            while not server.connections and time.monotonic() < end:
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            printed, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert told.endswith("auditor: interrupted; no report was written.\n")
    assert printed == ""
    assert not bundle.exists()


def test_words_of_a_hostile_deployment_reach_no_terminal_and_no_page(
    auditor: Audit, target: Path, tmp_path: Path
) -> None:
    body = '{"status": "\x1b]0;owned\x07<script>alert(1)</script>", "dependencies": {"\x1b[31m<b>": "down"}}'
    odd = says(200, body, X_Frame_Options="\x1b[31m<img src=x onerror=alert(2)>")
    with HostileServer({EVERYWHERE: odd}) as server:
        names = ("html", "markdown", "json", "csv", "junit", "sarif")
        files = {name: tmp_path / f"report.{name}" for name in names}
        wanted = [word for name in names for word in ("--format", f"{name}={files[name]}")]
        done = auditor("audit", target, "--url", server.url, "--format", "terminal", *wanted)
    assert done.returncode == 0, done.stderr
    written = {"terminal": done.stdout + done.stderr} | {
        name: file.read_text("utf-8") for name, file in files.items()
    }
    for name, text in written.items():
        assert "\x1b" not in text, name
        if name in ("terminal", "html", "markdown"):
            assert "<script>alert(1)" not in text, name
            assert "<img src=x" not in text, name
