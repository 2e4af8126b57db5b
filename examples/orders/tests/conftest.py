"""Shared fixtures: an application in this process, driven without a socket."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from anyio.from_thread import start_blocking_portal
from fastapi import FastAPI

from orders.app import create_app
from orders.services import Services
from orders.settings import Settings

TEA = {"sku": "TEA-250", "quantity": 2, "unit_price_cents": 590}


class Client:
    """Sends requests to an application whose lifespan is running."""

    def __init__(self, app: FastAPI, send: Callable[..., httpx.Response]) -> None:
        self.app = app
        self.services: Services = app.state.services
        self._send = send

    def request(self, method: str, url: str, **options: Any) -> httpx.Response:
        return self._send(method, url, **options)

    def get(self, url: str, **options: Any) -> httpx.Response:
        return self.request("GET", url, **options)

    def post(self, url: str, **options: Any) -> httpx.Response:
        return self.request("POST", url, **options)

    def place(self, key: str = "key-00000001", **changes: Any) -> httpx.Response:
        body = {"customer_id": "c-1", "lines": [TEA], **changes}
        return self.post("/orders", json=body, headers={"Idempotency-Key": key})

    def metric(self, name: str, /, **labels: str) -> float | None:
        self.get("/metrics")
        return self.services.metrics.registry.get_sample_value(name, labels)


@contextmanager
def running(settings: Settings) -> Iterator[Client]:
    app = create_app(settings)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=("203.0.113.7", 50000))
    with start_blocking_portal() as portal, ExitStack() as stack:
        enter = stack.enter_context
        enter(portal.wrap_async_context_manager(app.router.lifespan_context(app)))
        http = httpx.AsyncClient(transport=transport, base_url="http://orders.invalid")
        enter(portal.wrap_async_context_manager(http))

        def send(method: str, url: str, **options: Any) -> httpx.Response:
            return portal.call(partial(http.request, method, url, **options))

        yield Client(app, send)


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("ORDERS_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def make_settings(tmp_path: Path) -> Callable[..., Settings]:
    def make(**changes: Any) -> Settings:
        defaults = {
            "database_path": tmp_path / "data" / "orders.db",
            "database_timeout_seconds": 0.2,
            "rate_limit_burst": 1000,
            "health_cache_seconds": 0,
        }
        return Settings(**{**defaults, **changes})

    return make


@pytest.fixture
def start(make_settings: Callable[..., Settings]) -> Iterator[Callable[..., Client]]:
    """Start an application with some settings changed; it is stopped after the test."""
    with ExitStack() as stack:
        yield lambda **changes: stack.enter_context(running(make_settings(**changes)))


@pytest.fixture
def client(start: Callable[..., Client]) -> Client:
    return start()


class PaymentsStub:
    """A payments service on a loopback port; `status` is what it answers."""

    def __init__(self) -> None:
        self.status = 200
        self.authorization: list[str | None] = []
        stub = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # noqa: N802
                stub.authorization.append(self.headers.get("Authorization"))
                self.send_response(stub.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Keep the test output quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/health"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def payments_stub() -> Iterator[PaymentsStub]:
    stub = PaymentsStub()
    yield stub
    stub.stop()
