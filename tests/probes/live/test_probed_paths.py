"""Paths that the platform asks for health, asked of the deployment."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.probing.testing import problems, run_probe, values
from probes.live.probed_paths import probed
from tests.servers.made_up import MadeUp

MANIFEST = """\
apiVersion: apps/v1
kind: Deployment
spec:
  template:
    spec:
      containers:
        - name: web
          livenessProbe:
            httpGet:
              path: /health/live
              port: 80
          readinessProbe: {httpGet: {path: /health/ready, port: 80}}
"""
COMPOSE = """\
services:
  web:
    image: web
    healthcheck:
      test: ["CMD", "curl", "-f", "http://localhost:8000/healthz"]
"""
DOCKERFILE = "FROM scratch\nHEALTHCHECK --interval=10s \\\n  CMD wget -q http://127.0.0.1:80/ping\n"
REPO = {"k8s/web.yaml": MANIFEST, "compose.yml": COMPOSE, "Dockerfile": DOCKERFILE}
GOOD = {path: {"status": "ok"} for path in ("/health/live", "/health/ready", "/healthz", "/ping")}


def test_present_paths_answer() -> None:
    evidence = run_probe(probed, repo=REPO, http=MadeUp(dict(GOOD)))
    assert problems(evidence) == []
    told = values(evidence)
    assert told["probed_paths.missing"] == []
    assert sorted(told["probed_paths.answering"]) == [  # type: ignore[arg-type]
        "/health/live (livenessProbe)",
        "/health/ready (readinessProbe)",
        "/healthz (health check)",
        "/ping (health check)",
    ]


def test_missing_paths_are_told_with_the_line_that_names_them() -> None:
    routes = {path: body for path, body in GOOD.items() if path != "/health/ready"}
    told = values(run_probe(probed, repo=REPO, http=MadeUp(routes)))
    assert told["probed_paths.missing"] == ["/health/ready (readinessProbe, k8s/web.yaml:12): 404"]


def test_without_probes_there_is_nothing_to_look_at() -> None:
    assert problems(run_probe(probed, repo={}, http=MadeUp())) == ["vacuous"]


def test_malformed_manifests_name_nothing() -> None:
    evidence = run_probe(probed, repo={"k8s/web.yaml": "livenessProbe: {{ .x"}, http=MadeUp())
    assert problems(evidence) == ["vacuous"]


@pytest.mark.parametrize("status", [401, 403])
def test_denied_paths_are_neither(status: int) -> None:
    evidence = run_probe(
        probed, repo={"k8s/web.yaml": MANIFEST}, http=MadeUp({"/health/live": (status, "")})
    )
    assert problems(evidence) == ["denied"]
    assert values(evidence)["probed_paths.missing"]


def test_false_green_a_page_that_answers_everything_serves_no_probe() -> None:
    class Page(MadeUp):
        def __call__(self, request: Any) -> Any:
            self.routes = {request.url.path: "<!doctype html><html></html>"}
            return super().__call__(request)

    told = values(run_probe(probed, repo={"k8s/web.yaml": MANIFEST}, http=Page()))
    assert len(told["probed_paths.missing"]) == 2  # type: ignore[arg-type]


def test_the_repository_does_not_choose_what_is_asked_for() -> None:
    text = MANIFEST.replace("/health/live", "/admin/delete-everything")
    api = MadeUp(dict(GOOD))
    run_probe(probed, repo={"k8s/web.yaml": text}, http=api)
    assert "/admin/delete-everything" not in api.asked


def test_a_probe_of_a_command_names_no_path_of_the_next_one() -> None:
    text = "livenessProbe:\n  exec: {command: [true]}\nreadinessProbe:\n  httpGet: {path: /ready}\n"
    told = values(
        run_probe(probed, repo={"a.yaml": text}, http=MadeUp({"/ready": {"status": "ok"}}))
    )
    assert told["probed_paths.answering"] == ["/ready (readinessProbe)"]


def test_probes_of_another_service_of_the_repository_are_not_asked() -> None:
    other = MANIFEST.replace("/health/", "/other/health/")
    repo = {"k8s/billing.yaml": other, "k8s/orders.yaml": MANIFEST, "orders/main.py": ""}
    evidence = run_probe(probed, repo=repo, root="orders", http=MadeUp(dict(GOOD)))
    assert values(evidence)["probed_paths.missing"] == []
    assert len(values(evidence)["probed_paths.answering"]) == 2  # type: ignore[arg-type]
