"""Real small servers that speak the documented APIs: asked with tokens that never show, and checked by doctor."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.integration.commands import Audit, git, git_repository
from tests.servers.made_up import MadeUp

SECRETS = {
    "AUDITOR_GRAFANA_TOKEN": "glsa_of-a-viewer-0123456789",
    "AUDITOR_LOKI_BASIC": "reader:loki-password-0123",
    "AUDITOR_KUBERNETES_TOKEN": "kube-view-token-0123456789",
    "AUDITOR_PAGERDUTY_TOKEN": "pagerduty-read-key-0123",
    "AUDITOR_GITHUB_TOKEN": "github-fine-grained-0123",
}
FILES = {
    "app/main.py": "print('hello')\n",
    "auditor.yaml": "service: orders\n",
    "deploy/dashboard.json": json.dumps(
        {"uid": "u1", "title": "Orders", "schemaVersion": 39, "timepicker": {}, "panels": []}
    ),
}


@dataclass
class World:
    """The servers, the environment that names them, and the repository."""

    servers: dict[str, MadeUp]
    urls: dict[str, str]
    repository: Path

    @property
    def environment(self) -> dict[str, str]:
        """Addresses and tokens of all."""
        return {
            **SECRETS,
            "AUDITOR_GRAFANA": self.urls["grafana"],
            "AUDITOR_LOKI": self.urls["loki"],
            "AUDITOR_KUBERNETES": self.urls["kubernetes"],
            "AUDITOR_PAGERDUTY_URL": self.urls["pagerduty"],
            "AUDITOR_GITHUB_URL": self.urls["github"],
            "AUDITOR_FORGE": "acme/orders",
        }


def _grafana() -> MadeUp:
    panel = {
        "title": "Up",
        "type": "stat",
        "datasource": {"type": "prometheus", "uid": "p"},
        "targets": [{"expr": "up"}],
    }
    model = {
        "uid": "u1",
        "title": "Orders",
        "schemaVersion": 39,
        "timepicker": {},
        "panels": [panel],
    }
    vector = {"resultType": "vector", "result": [{"metric": {}, "value": [1, "1"]}]}
    token = SECRETS["AUDITOR_GRAFANA_TOKEN"]
    return MadeUp(
        {
            # It gives the token back, as a debug page might.
            "/api/search": [{"uid": "u1", "title": f"Orders {token}"}],
            "/api/dashboards/uid/u1": {"dashboard": model, "meta": {}},
            "/api/datasources": [
                {"uid": "p", "name": "P", "type": "prometheus", "isDefault": True}
            ],
            "/api/datasources/uid/p/health": {"status": "OK", "message": ""},
            "/api/datasources/proxy/uid/p/api/v1/query": {"status": "success", "data": vector},
            "/api/v1/provisioning/contact-points": (403, {"message": "no"}),
        },
        f"Bearer {token}",
    )


def _loki() -> MadeUp:
    at = int(datetime.now(UTC).timestamp()) - 5
    line = json.dumps({"timestamp": "t", "level": "info", "event": "x"})
    rows = [[str((at - n) * 10**9), line] for n in range(30)]
    streams = {"resultType": "streams", "result": [{"stream": {"app": "orders"}, "values": rows}]}
    return MadeUp(
        {
            "/loki/api/v1/labels": {"status": "success", "data": ["app"]},
            "/loki/api/v1/label/app/values": {"status": "success", "data": ["orders"]},
            "/loki/api/v1/query_range": {"status": "success", "data": streams},
        },
        "Basic cmVhZGVyOmxva2ktcGFzc3dvcmQtMDEyMw==",
    )


def _kubernetes() -> MadeUp:
    labels = {"app": "orders"}
    spec = {"containers": [{"name": "web", "image": "orders:1"}]}
    workload = {
        "metadata": {"name": "orders", "namespace": "prod", "labels": labels},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": spec},
        },
        "status": {"readyReplicas": 2, "updatedReplicas": 2},
    }
    lists = {
        "/apis/apps/v1/deployments": [workload],
        "/apis/apps/v1/statefulsets": [],
        "/api/v1/pods": [],
        "/apis/autoscaling/v2/horizontalpodautoscalers": [],
        "/apis/policy/v1/poddisruptionbudgets": [],
    }
    token = SECRETS["AUDITOR_KUBERNETES_TOKEN"]
    return MadeUp({path: {"items": items} for path, items in lists.items()}, f"Bearer {token}")


def _pagerduty() -> MadeUp:
    now = datetime.now(UTC)
    shifts = [
        {
            "user": {"id": person},
            "escalation_level": level,
            "start": (now - timedelta(days=1)).isoformat(),
            "end": (now + timedelta(days=9)).isoformat(),
        }
        for level, person in ((1, "ann"), (2, "bob"))
    ]
    rules = [{"targets": [{"id": "s"}]}, {"targets": [{"id": "t"}]}]
    return MadeUp(
        {
            "/services": {"services": [{"name": "Orders", "escalation_policy": {"id": "P"}}]},
            "/escalation_policies/P": {
                "escalation_policy": {"name": "p", "escalation_rules": rules}
            },
            "/oncalls": {"oncalls": shifts, "more": False},
        },
        f"Token token={SECRETS['AUDITOR_PAGERDUTY_TOKEN']}",
    )


def _github() -> MadeUp:
    at = "/repos/acme/orders"
    return MadeUp(
        {
            at: {"full_name": "acme/orders", "default_branch": "main"},
            f"{at}/rules/branches/main": [{"type": "non_fast_forward"}],
            f"{at}/branches/main": {"name": "main", "protected": False},
            f"{at}/actions/runs": {"workflow_runs": []},
            f"{at}/releases": [],
            f"{at}/dependabot/alerts": [],
        },
        f"Bearer {SECRETS['AUDITOR_GITHUB_TOKEN']}",
    )


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Five servers on loopback, and a repository with a remote."""
    servers = {
        "grafana": _grafana(),
        "loki": _loki(),
        "kubernetes": _kubernetes(),
        "pagerduty": _pagerduty(),
        "github": _github(),
    }
    repository = git_repository(tmp_path / "orders", FILES)
    git(
        repository,
        "remote",
        "add",
        "origin",
        "https://dana:a-remote-password@git.test/acme/orders.git",
    )
    with ExitStack() as stack:
        urls = {name: stack.enter_context(server.serve()) for name, server in servers.items()}
        yield World(servers, urls, repository)


PROBES = ("monitoring.grafana", "monitoring.loki", "live.cluster", "monitoring.on_call", "ci.forge")


def test_every_system_is_asked_with_its_own_token_and_nothing_else(
    world: World, auditor: Audit, tmp_path: Path
) -> None:
    only = [part for probe in PROBES for part in ("--only", probe)]
    bundle, report = tmp_path / "bundle", tmp_path / "report.json"
    done = auditor(
        "audit", world.repository, *only, "--bundle", bundle,
        "--format", f"json={report}", "--no-cache", env=world.environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    document = json.loads(report.read_text())
    status = {p["id"]: (p["status"], p["problem"]) for p in document["probes"] if p["id"] in PROBES}
    assert {name: row[0] for name, row in status.items()} == dict.fromkeys(PROBES, "ok"), status
    seen = json.loads((bundle / "evidence" / "monitoring.on_call.json").read_text())
    facts = {f["key"]: (f["value"], f["level"]) for f in seen["facts"]}
    assert facts["oncall.now"] == (True, "observed")
    assert facts["oncall.gaps"] == ([], "observed")
    assert _item(document, "5.2.4")["verdict"] == "pass"
    assert document["traffic"]["requests"] >= 15
    assert document["traffic"]["bytes"] > 1000
    for name, server in world.servers.items():
        assert server.methods == {"GET"}, name
        sent = {headers["authorization"] for headers in server.sent}
        assert sent == {server.credential}, name
    _no_secret(bundle, report, text=done.stdout + done.stderr)


def _no_secret(*places: Path, text: str = "") -> None:
    """Neither the tokens, nor parts and encodings of them, nor the password of the remote."""
    hidden = [*SECRETS.values(), "loki-password-0123", "cmVhZGVyOmxva2k", "a-remote-password"]
    files = [
        f
        for place in places
        for f in ([place] if place.is_file() else place.rglob("*"))
        if f.is_file()
    ]
    assert files
    for file in files:
        data = file.read_bytes()
        assert not [h for h in hidden if h.encode() in data], file
    assert not [h for h in hidden if h in text]


def _item(document: Any, number: str) -> Any:
    items = [i for c in document["categories"] for s in c["sections"] for i in s["items"]]
    return next(item for item in items if item["number"] == number)


def test_a_token_that_is_not_taken_is_denied_and_says_so(
    world: World, auditor: Audit, tmp_path: Path
) -> None:
    report = tmp_path / "report.json"
    environment = {**world.environment, "AUDITOR_PAGERDUTY_TOKEN": "revoked-key-0123456789"}
    done = auditor(
        "audit", world.repository, "--only", "monitoring.on_call", "--format", f"json={report}",
        "--no-cache", env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    document = json.loads(report.read_text())
    assert _item(document, "5.3.3")["verdict"] == "unknown"
    (on_call,) = (p for p in document["probes"] if p["id"] == "monitoring.on_call")
    assert on_call["problem"]["kind"] == "denied"
    assert "AUDITOR_PAGERDUTY_TOKEN" in on_call["problem"]["message"] + on_call["problem"]["hint"]
    assert "revoked-key" not in report.read_text()


def test_offline_asks_nobody_beyond_this_machine(
    world: World, auditor: Audit, tmp_path: Path
) -> None:
    report = tmp_path / "report.json"
    environment = {"AUDITOR_PAGERDUTY_TOKEN": "revoked-key-0123456789"}
    done = auditor(
        "audit", world.repository, "--only", "monitoring.on_call", "--offline", "--no-cache",
        "--format", f"json={report}", env=environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(report.read_text())["traffic"]["requests"] == 0


def test_a_credential_that_can_be_none_is_refused_before_anything_is_asked(
    world: World, auditor: Audit
) -> None:
    done = auditor(
        "audit", world.repository, env={**world.environment, "AUDITOR_GRAFANA_TOKEN": "two words"}
    )
    assert done.returncode == 2
    assert "AUDITOR_GRAFANA_TOKEN" in done.stderr
    assert "two words" not in done.stderr
    assert world.servers["grafana"].asked == []


def test_doctor_tells_what_works_and_what_would_decide_most(
    world: World, auditor: Audit, tmp_path: Path
) -> None:
    bundle = tmp_path / "bundle"
    assert (
        auditor("audit", world.repository, "--bundle", bundle, "--quiet", "--no-cache").returncode
        == 0
    )
    done = auditor(
        "doctor", world.repository, "--bundle", bundle, "--format", "json", env=world.environment
    )
    assert done.returncode == 0, done.stderr + done.stdout
    document = json.loads(done.stdout)
    tried = {
        row["name"].split(" ")[0]: row["works"]
        for row in document["checks"]
        if row["kind"] == "token"
    }
    assert tried == dict.fromkeys(SECRETS, True)
    decided = [one["decides_percent"] for one in document["unlocks"]]
    assert decided == sorted(decided, reverse=True)
    ways = {one["name"]: one for one in document["unlocks"]}
    assert ways["--grafana"]["decides"] == ["observability.monitoring.business"]
    assert "observability.logging.retention" in ways["--loki"]["decides"]
    assert set(ways["--url"]["decides"]) >= {
        "security.controls.tls",
        "observability.logging.correlation",
        "documentation.technical.api",
    }
    _no_secret(bundle, text=done.stdout + done.stderr)


def test_doctor_exits_1_where_something_that_is_set_does_not_work(
    world: World, auditor: Audit, tmp_path: Path
) -> None:
    bundle = tmp_path / "bundle"
    auditor(
        "audit", world.repository, "--bundle", bundle, "--quiet", "--no-cache", "--only", "repo.*"
    )
    environment = {**world.environment, "AUDITOR_GRAFANA_TOKEN": "revoked-0123456789"}
    done = auditor("doctor", world.repository, "--bundle", bundle, env=environment)
    assert done.returncode == 1, done.stderr
    assert "does not work" in done.stdout
    assert "AUDITOR_GRAFANA_TOKEN" in done.stdout
    assert all(len(line) <= 80 for line in done.stdout.splitlines() if "http" not in line)
    assert "revoked-0123456789" not in done.stdout + done.stderr


def test_doctor_refuses_what_is_no_bundle(world: World, auditor: Audit, tmp_path: Path) -> None:
    done = auditor("doctor", world.repository, "--bundle", tmp_path / "nothing")
    assert done.returncode == 2
