"""A made-up Prometheus and Alertmanager, answering as the real ones do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from auditor.model.evidence import Evidence
from auditor.model.target import Deployment, Looking
from auditor.probing.contract import Probe
from auditor.probing.testing import NOW, Contents, run_probe

PROMETHEUS = "https://prometheus.test/prom"
ALERTMANAGER = "https://alertmanager.test"
RULES_YML = """\
groups:
  - name: orders
    rules:
      - alert: HighErrorRate
        expr: rate(http_requests_total{job="service", status=~"5.."}[5m]) > 0.05
        labels: {severity: critical}
      - alert: Slow
        expr: slow_total{job="service"} > 1
        labels: {severity: warning}
"""


def target(job: str = "service", **changes: Any) -> dict[str, Any]:
    """An active target that was scraped just now."""
    return {
        "labels": {"job": job, "instance": f"{job}:8000"},
        "scrapeUrl": f"http://{job}:8000/metrics",
        "health": "up",
        "lastError": "",
        "lastScrape": NOW.isoformat(),
        **changes,
    }


def rule(name: str, query: str, **changes: Any) -> dict[str, Any]:
    """An alert rule that was evaluated just now."""
    return {
        "name": name,
        "query": query,
        "type": "alerting",
        "health": "ok",
        "state": "inactive",
        "labels": {"severity": "critical"},
        "lastEvaluation": NOW.isoformat(),
        **changes,
    }


@dataclass
class Apis:
    """What they answer; `status` is that of every answer, `body` one in place of all."""

    targets: list[dict[str, Any]] = field(default_factory=lambda: [target(), target("node")])
    rules: list[dict[str, Any]] = field(default_factory=list)
    own: list[str] = field(default_factory=lambda: ["up", "http_requests_total", "slow_total"])
    metrics: list[str] = field(default_factory=lambda: ["node_load1", "jobs_total"])
    managers: list[str] = field(default_factory=lambda: ["http://alertmanager:9093/api/v2/alerts"])
    vectors: Mapping[str, list[tuple[dict[str, str], str]]] = field(default_factory=dict)
    configuration: str = ""
    silences: list[dict[str, Any]] = field(default_factory=list)
    exposition: str = ""
    cluster: dict[str, Any] = field(default_factory=lambda: {"status": "ready", "peers": [{}, {}]})
    status: int = 200
    body: str | None = None
    broken: str = ""
    asked: list[str] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.asked.append(request.url.params.get("query", path))
        if self.status != 200 or self.body is not None or (self.broken and self.broken in path):
            status = self.status if self.status != 200 or self.body is not None else 403
            return httpx.Response(status, text=self.body or "no")
        if request.url.host == "prometheus.test":
            data = self._prometheus(path, request.url.params)
            return httpx.Response(200, text=json.dumps({"status": "success", "data": data}))
        return self._alertmanager(path)

    def _prometheus(self, path: str, params: httpx.QueryParams) -> Any:
        name = path.removeprefix("/prom/api/v1/")
        if name == "targets":
            return {"activeTargets": self.targets, "droppedTargets": []}
        if name == "rules":
            return {"groups": [{"name": "g", "file": "f", "interval": 15, "rules": self.rules}]}
        if name == "alertmanagers":
            return {"activeAlertmanagers": [{"url": u} for u in self.managers]}
        if name == "label/__name__/values":
            return self.own if "match[]" in params else self.own + self.metrics
        if name.startswith("label/"):
            return sorted({t["labels"].get(name.split("/")[1], "") for t in self.targets})
        assert name == "query", path
        rows = next((v for k, v in self.vectors.items() if k in params["query"]), [])
        result = [{"metric": labels, "value": [1.5, value]} for labels, value in rows]
        return {"resultType": "vector", "result": result}

    def _alertmanager(self, path: str) -> httpx.Response:
        if path == "/metrics":
            return httpx.Response(200, text=self.exposition)
        if path == "/api/v2/silences":
            return httpx.Response(200, text=json.dumps(self.silences))
        assert path == "/api/v2/status", path
        status = {"config": {"original": self.configuration}, "cluster": self.cluster}
        return httpx.Response(200, text=json.dumps(status))


def ask(probe: Probe, apis: Apis, *, repo: Contents | None = None, **options: Any) -> Evidence:
    """Run a probe of an operator who named both."""
    urls = {"prometheus": PROMETHEUS, "alertmanager": ALERTMANAGER} | options
    return run_probe(
        probe,
        repo=repo or {},
        http=apis,
        deployment=Deployment(name="staging", **urls),
        looking=Looking(allow_hosts=("prometheus.test", "alertmanager.test")),
    )
