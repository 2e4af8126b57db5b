"""Rules 12 to 14: which file is deployed."""

from __future__ import annotations

from auditor.model.verdict import Outcome
from tests.rules.world import CLEAN, Pair

PINNED = "python:3.12.7-slim@sha256:" + "ab" * 32
GOOD = f"""\
FROM {PINNED} AS build
WORKDIR /src
COPY pyproject.toml ./
COPY orders ./orders
RUN pip wheel --no-deps --wheel-dir /wheels .

FROM {PINNED}
COPY --from=build /wheels /wheels
RUN pip install --no-cache-dir /wheels/*.whl && useradd --uid 10001 app
USER 10001
HEALTHCHECK CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz')"]
CMD ["python", "-m", "orders"]
"""
BAD = "FROM python:latest\nCOPY . /app\nCMD python -m orders\n"
IGNORE = {".dockerignore": ".git\n.env\n**/__pycache__\nreports\n"}
COMPOSE = "services:\n  orders:\n    build: {{context: ., dockerfile: {}}}\n"
RULES = """\
groups:
  - name: orders
    rules:
      - alert: HighErrorRate
        expr: sum(rate(http_requests_total{status=~"5.."}[5m])) > 1
        for: 5m
        labels: {severity: critical}
"""
PROMETHEUS = "global: {{scrape_interval: 15s}}\nrule_files: [{}]\nscrape_configs:\n  - job_name: orders\n    static_configs: [{{targets: ['orders:8000']}}]\n"

PAIRS = [
    Pair(
        12,
        "the Dockerfile that deploys decides",
        "deployment.infrastructure.dockerfile",
        {**CLEAN, **IGNORE, "Dockerfile": BAD, "Dockerfile.good": GOOD, "compose.yaml": COMPOSE.format("Dockerfile")},
        {**CLEAN, **IGNORE, "Dockerfile": GOOD, "compose.yaml": COMPOSE.format("Dockerfile")},
        "Dockerfile:1",
        ("infra.*",),
    ),
    Pair(
        13,
        "what is copied into an image exists",
        "deployment.infrastructure.dockerfile",
        {**CLEAN, **IGNORE, "Dockerfile": GOOD.replace("COPY orders", "COPY migrations ./migrations\nCOPY orders")},
        {**CLEAN, **IGNORE, "Dockerfile": GOOD},
        "migrations",
        ("infra.*",),
    ),
    Pair(
        14,
        "a rule file counts where Prometheus loads it",
        "observability.alerting.rules",
        {**CLEAN, "monitoring/alerts/orders.yml": RULES, "monitoring/prometheus.yml": PROMETHEUS.format("rules/*.yml")},
        {**CLEAN, "monitoring/rules/orders.yml": RULES, "monitoring/prometheus.yml": PROMETHEUS.format("rules/*.yml")},
        "monitoring/alerts/orders.yml",
        ("monitoring.*",),
        Outcome.FAIL,
        fact=("alerts.unloaded_files", ["monitoring/alerts/orders.yml"], []),
    ),
]  # fmt: skip
