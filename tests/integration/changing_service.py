"""A small service of many parts in a real git repository, and audits of it with and without a cache.

The static probes that call no tool look at it. What the two audits say is compared word for word, but for
the times of the looks and how long they took.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from auditor.codec import encode
from auditor.collect.registry import find_probes
from auditor.collect.runner import collect
from auditor.model.evidence import Evidence
from auditor.model.probe import Phase
from auditor.pipeline import Options, surroundings
from auditor.probing.contract import Probe
from auditor.probing.doors.cache import Cache
from auditor.probing.repo import Repo
from tests.repositories import Repository

WITH_TOOLS = frozenset(
    {"reports.bandit", "reports.ruff", "reports.pip_audit", "reports.types", "reports.secrets"}
)
MAIN = """\
from fastapi import FastAPI

from app import orders, prices, tally

app = FastAPI()
app.include_router(orders.router)


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "ok"}
"""
ORDERS = '''\
"""Orders."""

import logging
from functools import lru_cache

import redis
import requests
from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session
from tenacity import retry, stop_after_attempt, wait_exponential

router = APIRouter()
logger = logging.getLogger(__name__)
engine = create_engine("postgresql://db/orders", pool_pre_ping=True, pool_size=5)
client = redis.Redis(host="cache", socket_timeout=1.0)
SEEN: dict[str, int] = {}


class Order(BaseModel):
    name: str
    amount: int


@router.post("/orders")
def add(order: Order) -> Order:
    SEEN[order.name] = order.amount
    with Session(engine) as session, session.begin():
        session.execute(text("INSERT INTO orders VALUES (:n)"), {"n": order.name})
    client.set(f"order:{order.name}", order.amount, ex=300)
    logger.info("order added", extra={"order": order.name})
    return order


@retry(stop=stop_after_attempt(3), wait=wait_exponential())
def stock(name: str) -> int:
    # TODO: ask for all of them at once
    return int(requests.get(f"http://stock/{name}", timeout=2.0).json()["n"])


@lru_cache(maxsize=100)
def label(name: str) -> str:
    return name.title()
'''
PRICES = '''\
"""Prices."""

import os

import requests

LIMIT = int(os.environ.get("PRICE_LIMIT", "10"))
IS_NEW = os.getenv("FEATURE_PRICES", "false") == "true"


def price(name: str) -> int:
    # value = fetch(name)
    # value = value * 2
    # return value
    return int(requests.get(f"http://prices/{name}").json()["cents"])
'''
TALLY = """\
from prometheus_client import Counter

ORDERS = Counter("orders_total", "Orders")


class TooMany(Exception):
    pass


def count(amount: int) -> None:
    if amount > 9:
        raise TooMany
    ORDERS.inc()
"""
WORKER = """\
import requests
from celery import Celery

celery = Celery("orders", broker="redis://cache")


@celery.task(bind=True, max_retries=3, acks_late=True)
def send(self: object, name: str) -> None:
    requests.post(f"http://mail/{name}")
"""
AUDITOR_YAML = """\
service: orders
evidence: ["reports/*"]
features:
  - {id: ordering, title: Ordering, tests: ["tests/test_orders.py::*"]}
test_kinds:
  e2e: ["tests/acceptance/**"]
"""
JUNIT = """\
<testsuites><testsuite name="t" tests="2" failures="0" errors="0" timestamp="{at}">
<testcase classname="tests.test_orders" name="test_add" file="tests/test_orders.py" time="0.1"/>
<testcase classname="tests.test_orders" name="test_stock" file="tests/test_orders.py" time="0.1"/>
</testsuite></testsuites>
"""
COVERAGE = """\
<?xml version="1.0" ?>
<coverage version="7.6" timestamp="{ms}" line-rate="0.5" lines-valid="2" lines-covered="1">
<sources><source>.</source></sources><packages><package name="app"><classes>
<class name="orders.py" filename="app/orders.py"><methods/><lines>
<line number="1" hits="1"/><line number="2" hits="0"/></lines></class>
</classes></package></packages></coverage>
"""
COMPOSE = """\
services:
  api:
    build: .
    ports: ["8000:8000"]
    environment: {PRICE_LIMIT: "10"}
    restart: unless-stopped
  cache:
    image: redis:7
"""
KUBERNETES = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: orders}
spec:
  replicas: 2
  selector: {matchLabels: {app: orders}}
  template:
    metadata: {labels: {app: orders}}
    spec:
      containers:
        - name: orders
          image: orders:1.0.0
          livenessProbe: {httpGet: {path: /health, port: 8000}}
---
apiVersion: v1
kind: Service
metadata: {name: orders}
spec: {selector: {app: orders}, ports: [{port: 80, targetPort: 8000}]}
"""
RULES = """\
groups:
  - name: orders
    rules:
      - alert: NoOrders
        expr: rate(orders_total[5m]) == 0
        for: 10m
        labels: {severity: critical}
        annotations: {summary: No orders, runbook_url: docs/runbooks/no-orders.md}
"""
WORKFLOW = """\
name: ci
on: [push, pull_request]
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - run: pip install -r requirements.txt
      - run: pytest --cov
"""
DASHBOARD = (
    '{"title": "Orders", "schemaVersion": 39, "panels": [{"id": 1, "type": "timeseries",'
    ' "title": "Orders", "targets": [{"expr": "rate(orders_total[5m])"}]}]}\n'
)
GO = """\
package main

import "net/http"

func main() {
	http.HandleFunc("/health", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(200) })
	http.ListenAndServe(":8080", nil)
}
"""
SCRIPT = """\
import express from "express";
import { limit } from "./limits.js";

const app = express();
app.use(limit);
app.get("/health", (req, res) => res.json({ ok: true }));
app.listen(3000);
"""
JAVA = """\
package shop;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

@SpringBootApplication
public class Shop {
    public static void main(String[] args) {
        SpringApplication.run(Shop.class, args);
    }
}
"""
MIGRATION = """\
revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table("orders")


def downgrade() -> None:
    op.drop_table("orders")
"""
FILES = {
    "Dockerfile": (
        "FROM python:3.12-slim\nWORKDIR /srv\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n"
        'COPY app app\nUSER 1000\nCMD ["uvicorn", "app.main:app", "--host", "0.0.0.0"]\n'
    ),
    ".gitignore": "reports/\n__pycache__/\n",
    ".env.example": "PRICE_LIMIT=10\nFEATURE_PRICES=false\n",
    ".github/workflows/ci.yaml": WORKFLOW,
    ".github/CODEOWNERS": "* @ada\n",
    "CHANGELOG.md": "# Changelog\n\n## 1.0.0 - 2026-01-05\n\n- The first release.\n",
    "LICENSE": "MIT License\n\nCopyright (c) 2026 Ada\n",
    "README.md": "# Orders\n\nSee [the runbook](docs/runbooks/no-orders.md), [notes](__pycache__/notes.md).\n\n## Setup\n\n    pip install .\n",
    "alembic.ini": "[alembic]\nscript_location = migrations\n",
    "app/__init__.py": "",
    "app/main.py": MAIN,
    "app/orders.py": ORDERS,
    "app/prices.py": PRICES,
    "app/tally.py": TALLY,
    "app/worker.py": WORKER,
    "auditor.yaml": AUDITOR_YAML,
    "cmd/side/main.go": GO,
    "compose.yaml": COMPOSE,
    "deploy/orders.yaml": KUBERNETES,
    "docs/architecture.md": "# Architecture\n\nRequests come in by `app.main`.\n",
    "docs/runbooks/no-orders.md": "# No orders\n\n1. Look at the logs.\n2. Roll back.\n",
    "go.mod": "module example.com/orders\n\ngo 1.22\n",
    "migrations/versions/0001_first.py": MIGRATION,
    "monitoring/alertmanager.yml": (
        "route: {receiver: team}\nreceivers:\n  - name: team\n    webhook_configs: [{url: 'http://pager/hook'}]\n"
    ),
    "monitoring/dashboards/orders.json": DASHBOARD,
    "monitoring/prometheus.yml": (
        "rule_files: [rules.yml]\nscrape_configs:\n  - job_name: orders\n"
        "    static_configs: [{targets: ['api:8000']}]\n"
    ),
    "monitoring/rules.yml": RULES,
    "requirements.txt": "fastapi==0.115.0\nrequests==2.32.3\nredis==5.2.0\nsqlalchemy==2.0.36\ntenacity==9.0.0\n",
    "src/main/java/shop/Shop.java": JAVA,
    "tests/acceptance/test_buying.py": "def test_buying() -> None:\n    assert True\n",
    "tests/test_orders.py": "from app.orders import label\n\n\ndef test_add() -> None:\n    assert label('a') == 'A'\n",
    "web/limits.js": 'import rateLimit from "express-rate-limit";\nexport const limit = rateLimit({ max: 10 });\n',
    "web/package.json": '{"name": "web", "type": "module", "scripts": {"start": "node server.js"}}\n',
    "web/server.js": SCRIPT,
}  # fmt: skip


@cache
def static_probes() -> tuple[Probe, ...]:
    """The probes that look at a repository alone and call no tool."""
    return tuple(
        p for p in find_probes() if p.spec.phase is Phase.STATIC and p.spec.id not in WITH_TOOLS
    )


@dataclass
class Changing:
    """A service that changes, seen by audits that remember and by audits that do not.

    Every audit is `later` than the start of tomorrow: a file that was just written would not be
    remembered, nor would anything be across midnight.
    """

    repository: Repository
    kept: Path
    later: timedelta = timedelta(hours=1)
    _times: list[str] = field(default_factory=list)
    _day: datetime = field(default_factory=lambda: _midnight() + timedelta(days=1))

    def write(self, path: str, content: str | bytes) -> None:
        """Write a file."""
        self.repository.write(path, content)

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace a text in a file, which must be there."""
        file = self.repository.root / path
        text = file.read_text(encoding="utf-8")
        assert old in text, f"{path} does not hold {old!r}"
        file.write_text(text.replace(old, new), encoding="utf-8")

    def edit_unseen(self, path: str, old: str, new: str) -> None:
        """Replace a text by another of the same length, and set the time of change back."""
        assert len(old) == len(new)
        file = self.repository.root / path
        before = file.stat()
        self.edit(path, old, new)
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))

    def move(self, old: str, new: str) -> None:
        """Rename a file or a folder."""
        there = self.repository.root / new
        there.parent.mkdir(parents=True, exist_ok=True)
        (self.repository.root / old).rename(there)

    def remove(self, path: str) -> None:
        """Delete a file."""
        (self.repository.root / path).unlink()

    def swap(self, one: str, other: str) -> None:
        """Give each of two files the name of the other."""
        self.move(one, "between")
        self.move(other, one)
        self.move("between", other)

    def wait(self, time: timedelta) -> None:
        """Let time go by until the next audit."""
        self.later += time

    def reports(self, at: datetime) -> None:
        """Reports of tests and of coverage that say that they are of that time."""
        self.write("reports/junit.xml", JUNIT.format(at=at.isoformat()))
        self.write("reports/coverage.xml", COVERAGE.format(ms=int(at.timestamp() * 1000)))

    def cached(self) -> dict[str, Any]:
        """What an audit says that remembers what others said before."""
        return self._said(Cache(self.kept, now=int(self.now.timestamp())))

    def uncached(self) -> dict[str, Any]:
        """What an audit says that remembers nothing."""
        return self._said(Cache())

    def remembered(self) -> list[str]:
        """The probes that an audit does not ask again."""
        listener = _Asked()
        collect(static_probes(), self._context(Cache(self.kept)), listener)
        return sorted({p.spec.id for p in static_probes()} - listener.asked)

    @property
    def now(self) -> datetime:
        """When the next audit is."""
        return self._day + self.later

    def _said(self, cache: Cache) -> dict[str, Any]:
        return self._comparable(collect(static_probes(), self._context(cache)))

    def _context(self, cache: Cache) -> Any:
        context = surroundings(Options(self.repository.root, offline=True))
        now = self.now
        self._times += [context.now.isoformat(), now.isoformat()]
        repo = Repo(
            context.repo.tree,
            root=context.repo.root,
            evidence=context.looking.evidence,
            observed_at=now.isoformat(),
        )
        return replace(context, now=now, repo=repo, cache=cache)

    def _comparable(self, evidence: Iterable[Evidence]) -> dict[str, Any]:
        said = {}
        for one in evidence:
            text = encode(replace(one, duration_s=0.0)).decode()
            for time in set(self._times):
                text = text.replace(time, "NOW")
            said[one.probe] = msgspec.json.decode(text)
        return said


def _midnight() -> datetime:
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


class _Asked:
    """Listens to which probes are asked."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def began(self, probe: str) -> None:
        """A probe is asked."""
        self.asked.add(probe)

    def ended(self, evidence: Evidence) -> None:
        """A probe answered."""


def made(folder: Path) -> Changing:
    """The service in its first state, committed, with reports beside it."""
    repository = Repository(folder / "orders")
    for path, text in FILES.items():
        repository.write(path, text)
    repository.commit()
    world = Changing(repository, folder / "kept" / "results")
    world.reports(world.now)
    return world


def differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Where two audits differ, short enough for a message."""
    return [
        f"{probe}: {part}: {one.get(probe, {}).get(part)!r:.600} != {other.get(probe, {}).get(part)!r:.600}"
        for probe in sorted({*one, *other})
        for part in sorted({*one.get(probe, {}), *other.get(probe, {})})
        if one.get(probe, {}).get(part) != other.get(probe, {}).get(part)
    ]
