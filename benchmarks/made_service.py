"""A made-up service for the benchmarks: a web application whose files are all reached from its start.

One file in eight each answers requests, calls another service, caches, logs, reads its settings, writes
to a database and handles a queue, so that every topic of the probes finds something to look at; one in
twenty is a test, and beside them lie documents, manifests and workflows.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from audit import SOURCE

_PACKAGE = 50
_ROUTES = '''"""Requests about orders of kind {n}."""

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, Field

router = APIRouter(prefix="/orders/{n}")


class Order{n}(BaseModel):
    name: str = Field(min_length=1, max_length=80)
    amount: int = Field(gt=0, le=1000)


@router.get("/{{order_id}}")
async def read_order_{n}(order_id: int) -> dict[str, int]:
    if order_id < {n}:
        raise HTTPException(status_code=404, detail="There is no such order.")
    return {{"id": order_id}}


@router.post("/", status_code=201)
async def create_order_{n}(order: Order{n}) -> dict[str, str]:
    # The name is what the customer sees.
    return {{"name": order.name}}
'''
_CLIENT = '''"""Asks the price service {n}."""

import requests
from tenacity import retry, stop_after_attempt, wait_exponential

BASE = "https://prices.example/{n}"


@retry(stop=stop_after_attempt(3), wait=wait_exponential(max=8))
def price_{n}(name: str) -> int:
    """The price of a thing, in cents."""
    answer = requests.get(f"{{BASE}}/{{name}}", timeout=2.0)
    answer.raise_for_status()
    return int(answer.json()["cents"])
'''
_CACHE = '''"""Keeps the names of kind {n}."""

import redis

client = redis.Redis(host="cache", socket_timeout=1.0)


def name_{n}(key: int) -> str:
    """The name, from the cache where it is there."""
    kept = client.get(f"name:{n}:{{key}}")
    if kept is not None:
        return kept.decode()
    found = str(key * {n})
    client.set(f"name:{n}:{{key}}", found, ex=300)
    return found


def forget_{n}(key: int) -> None:
    client.delete(f"name:{n}:{{key}}")
'''
_LOG = '''"""Tells what happened to kind {n}."""

import logging

logger = logging.getLogger(__name__)


def told_{n}(order_id: int, amount: int) -> bool:
    """Whether the order was large."""
    try:
        share = 100 // amount
    except ZeroDivisionError:
        logger.exception("order has no amount", extra={{"order_id": order_id}})
        return False
    logger.info("order seen", extra={{"order_id": order_id, "share": share}})
    return amount > {n}
'''
_SETTINGS = '''"""Settings of part {n}."""

import os

LIMIT_{n} = int(os.environ.get("LIMIT_{n}", "10"))
URL_{n} = os.environ["PART_{n}_URL"]
IS_NEW_{n} = os.getenv("FEATURE_{n}", "false") == "true"


def limit_{n}(wanted: int) -> int:
    """What is allowed of what is wanted."""
    return min(wanted, LIMIT_{n}) if IS_NEW_{n} else LIMIT_{n}
'''
_DATABASE = '''"""Writes orders of kind {n}."""

from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

engine = create_engine("postgresql://db/orders", pool_pre_ping=True, pool_size=5)


def book_{n}(order_id: int, amount: int) -> None:
    """Book both sides, or neither."""
    with Session(engine) as session, session.begin():
        session.execute(text("UPDATE stock SET n = n - :a"), {{"a": amount}})
        session.execute(text("INSERT INTO bookings VALUES (:i, {n})"), {{"i": order_id}})
'''
_QUEUE = '''"""Works on jobs of kind {n}."""

from celery import shared_task


@shared_task(bind=True, max_retries=3, acks_late=True)
def work_{n}(self: object, order_id: int) -> int:
    """One job."""
    total = 0
    for step in range(order_id):
        total += step * {n}
    return total
'''
_KINDS = (SOURCE, _ROUTES, _CLIENT, _CACHE, _LOG, _SETTINGS, _DATABASE, _QUEUE)
_TEST = """from app.package_{k}.module_{n} import *


def test_module_{n}() -> None:
    assert {n} >= 0
"""
_FILES = {
    "Dockerfile": (
        "FROM python:3.12-slim@sha256:" + "0" * 64 + "\nWORKDIR /srv\nCOPY . .\nUSER 1000\n"
        'HEALTHCHECK CMD ["true"]\nCMD ["uvicorn", "app.main:app", "--host", "0.0.0.0"]\n'
    ),
    "README.md": "# Orders\n\nA made-up service.\n\n## Setup\n\n    pip install .\n    uvicorn app.main:app\n",
    "CHANGELOG.md": "# Changes\n\n## 1.0.0 - 2026-01-05\n\n- The first release.\n",
    "pyproject.toml": (
        '[project]\nname = "orders"\nversion = "1.0.0"\n'
        'dependencies = ["fastapi>=0.115", "requests", "redis", "celery", "sqlalchemy", "tenacity"]\n'
    ),
    ".gitignore": "__pycache__/\nbuild/\n",
    "docs/architecture.md": "# Architecture\n\nRequests come in by `app.main`.\n",
    "docs/runbooks/high-errors.md": "# High errors\n\n1. Look at the logs.\n2. Roll back.\n",
    ".github/workflows/ci.yaml": (
        "on: [push]\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n"
        "      - uses: actions/checkout@v4\n      - run: pytest\n"
    ),
    "deploy/service.yaml": (
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: orders\nspec:\n  ports:\n    - port: 80\n"
    ),
    "deploy/deployment.yaml": (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: orders\nspec:\n  replicas: 2\n  template:\n"
        "    spec:\n      containers:\n        - name: orders\n          image: orders:1.0.0\n"
    ),
}


def write(folder: Path, path: str, text: str) -> None:
    """Write one file, its folders too."""
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def make(folder: Path, count: int) -> list[str]:
    """A git repository of `count` files, committed; gives the paths of its modules."""
    for path, text in _FILES.items():
        write(folder, path, text)
    left = max(1, count - len(_FILES) - 2)
    packages = max(1, left // (_PACKAGE + 1))
    modules: list[str] = []
    n = 0
    for k in range(packages):
        names = []
        for _ in range(min(_PACKAGE, left - packages - n)):
            if n % 20 == 19:
                write(folder, f"tests/package_{k}/test_module_{n}.py", _TEST.format(k=k, n=n - 1))
            else:
                path = f"app/package_{k}/module_{n}.py"
                write(folder, path, _KINDS[n % len(_KINDS)].format(n=n))
                names.append(f"module_{n}")
                modules.append(path)
            n += 1
        lines = "".join(f"from app.package_{k} import {name}\n" for name in names)
        write(folder, f"app/package_{k}/__init__.py", lines)
    write(folder, "app/__init__.py", "")
    imports = "".join(f"from app import package_{k}\n" for k in range(packages))
    write(folder, "app/main.py", f"from fastapi import FastAPI\n\n{imports}\napp = FastAPI()\n")
    identity = ("-c", "user.name=b", "-c", "user.email=b@b.invalid")
    for args in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "first")):
        subprocess.run(("git", *identity, *args), cwd=folder, check=True)
    return modules
