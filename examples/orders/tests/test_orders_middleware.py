"""What every response carries, and what an unexpected failure looks like."""

import asyncio
import re

import pytest
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from orders import middleware
from orders.metrics import Metrics
from orders.middleware import BodyLimitMiddleware, RequestMiddleware
from orders.security import SECURITY_HEADERS

SECRET = "dsn=orders:hunter2"  # noqa: S105


@pytest.fixture
def failing(client, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError(SECRET)

    monkeypatch.setattr(client.services.store, "page", fail)
    return client


def provoke(client, status):
    """Get a response with the wanted status."""
    if status == 429:
        return next(r for r in (client.get("/orders") for _ in range(99)) if r.status_code == 429)
    if status == 503:
        client.services.store.close()
    method, path, options = {
        200: ("GET", "/orders", {}),
        404: ("GET", "/nowhere", {}),
        405: ("DELETE", "/orders", {}),
        413: (
            "POST",
            "/orders",
            {
                "content": b" " * 70_000,
                "headers": {
                    "Idempotency-Key": "key-00000001",
                    "Content-Type": "application/json",
                },
            },
        ),
        422: ("GET", "/orders?limit=0", {}),
        503: ("GET", "/orders", {}),
    }[status]
    return client.request(method, path, **options)


@pytest.mark.parametrize("status", [200, 404, 405, 413, 422, 429, 503])
def test_security_headers_on_every_response(start, status):
    response = provoke(start(rate_limit_burst=5), status)
    assert response.status_code == status
    for name, value in SECURITY_HEADERS.items():
        assert response.headers.get_list(name) == [value]
    assert response.headers["X-Request-ID"]
    if status >= 400:
        assert response.headers["Content-Type"] == "application/problem+json"
        body = response.json()
        assert body["status"] == status
        assert body["request_id"] == response.headers["X-Request-ID"]
        assert body["title"]
        assert body["detail"]


def test_hsts_lasts_a_year_at_least(client):
    value = client.get("/health/live").headers["Strict-Transport-Security"]
    assert int(re.search(r"max-age=(\d+)", value)[1]) >= 31_536_000


def test_unexpected_failure_tells_the_client_nothing(failing):
    with capture_logs(processors=[merge_contextvars]) as events:
        response = failing.get("/orders", headers={"X-Request-ID": "req-7"})
    assert response.status_code == 500
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["X-Request-ID"] == "req-7"
    for name, value in SECURITY_HEADERS.items():
        assert response.headers[name] == value
    assert response.json()["request_id"] == "req-7"
    for word in (SECRET, "RuntimeError", "Traceback"):
        assert word not in response.text
    failure = next(event for event in events if event["event"] == "request_failed")
    assert failure["request_id"] == "req-7"
    assert SECRET in str(failure["exc_info"])
    assert failing.metric("http_requests_total", method="GET", route="/orders", status="500") == 1


def test_failure_of_the_middleware_itself_is_still_a_problem(client, monkeypatch):
    def fail(*_):
        raise RuntimeError(SECRET)

    monkeypatch.setattr(middleware, "_request_id", fail)
    response = client.get("/orders")
    assert response.status_code == 500
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.json()["request_id"] is None
    assert SECRET not in response.text


def test_request_id_of_the_caller_is_kept(client):
    response = client.get("/health/live", headers={"X-Request-ID": "abc-123"})
    assert response.headers["X-Request-ID"] == "abc-123"


@pytest.mark.parametrize("given", ["", "has space", "x" * 129, 'quote"'])
def test_request_id_that_could_do_harm_is_replaced(client, given):
    response = client.get("/health/live", headers={"X-Request-ID": given})
    assert re.fullmatch(r"[0-9a-f]{32}", response.headers["X-Request-ID"])


def test_request_ids_differ(client):
    ids = {client.get("/health/live").headers["X-Request-ID"] for _ in range(5)}
    assert len(ids) == 5


def test_every_request_is_logged_with_its_id(client):
    with capture_logs(processors=[merge_contextvars]) as events:
        client.get("/orders?limit=1", headers={"X-Request-ID": "log-me"})
    (event,) = [event for event in events if event["event"] == "request_handled"]
    assert event["request_id"] == "log-me"
    assert (event["method"], event["route"], event["status"]) == ("GET", "/orders", 200)
    assert event["duration_ms"] > 0


def test_unknown_methods_share_one_label(client):
    client.request("BREW", "/orders")
    client.request("STEEP", "/orders")
    count = client.metric("http_requests_total", method="other", route="/orders", status="405")
    assert count == 2


def test_chunked_body_is_limited_too(client):
    async def body():
        for _ in range(20):
            yield b" " * 8192

    response = client.post(
        "/orders",
        content=body(),
        headers={"Idempotency-Key": "key-00000001", "Content-Type": "application/json"},
    )
    assert response.status_code == 413


def test_failure_after_the_answer_began_is_passed_on():
    async def broken(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("too late")

    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
    app = RequestMiddleware(broken, metrics=Metrics(None))
    with pytest.raises(RuntimeError, match="too late"):
        asyncio.run(app(scope, None, send))
    assert [message["type"] for message in sent] == ["http.response.start"]


@pytest.mark.parametrize("make", [RequestMiddleware, BodyLimitMiddleware])
def test_what_is_not_http_passes_untouched(make):
    seen = []

    async def inner(scope, receive, send):
        seen.append((scope, receive, send))

    extra = {"max_bytes": 1} if make is BodyLimitMiddleware else {"metrics": Metrics(None)}
    scope = {"type": "lifespan"}
    asyncio.run(make(inner, **extra)(scope, "receive", "send"))
    assert seen == [(scope, "receive", "send")]
