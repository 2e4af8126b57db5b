"""The rate limit."""

import pytest

from orders.ratelimit import RateLimiter


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_burst_then_refusal_then_refill(clock):
    limiter = RateLimiter(2, 3, clock=clock)
    assert [limiter.take("a") for _ in range(4)] == [0, 0, 0, 0.5]
    clock.now += 0.5
    assert limiter.take("a") == 0
    assert limiter.take("a") == pytest.approx(0.5)


def test_refused_requests_cost_nothing(clock):
    limiter = RateLimiter(1, 1, clock=clock)
    limiter.take("a")
    for _ in range(10):
        assert limiter.take("a") == pytest.approx(1)
    clock.now += 1
    assert limiter.take("a") == 0


def test_bucket_never_holds_more_than_the_burst(clock):
    limiter = RateLimiter(10, 2, clock=clock)
    limiter.take("a")
    clock.now += 3600
    assert [limiter.take("a") for _ in range(3)] == [0, 0, pytest.approx(0.1)]


def test_clients_do_not_share(clock):
    limiter = RateLimiter(1, 1, clock=clock)
    assert limiter.take("a") == 0
    assert limiter.take("b") == 0
    assert limiter.take("a") > 0


def test_memory_is_bounded(clock):
    limiter = RateLimiter(1, 1, max_clients=3, clock=clock)
    for name in "abcd":
        limiter.take(name)
    assert len(limiter) == 3
    assert limiter.take("d") > 0
    assert limiter.take("a") == 0


def test_too_many_requests_get_429(start):
    client = start(rate_limit_per_second=0.5, rate_limit_burst=2)
    assert [client.get("/orders").status_code for _ in range(3)] == [200, 200, 429]
    response = client.get("/version")
    assert response.status_code == 429
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["Retry-After"] == "2"
    assert response.json()["type"] == "urn:orders:problem:rate-limited"
    assert client.metric("ratelimited_requests_total") == 2
    assert client.metric("http_requests_total", method="GET", route="unmatched", status="429") == 2


def test_probes_and_scrapes_are_never_refused(start):
    client = start(rate_limit_per_second=0.001, rate_limit_burst=1)
    client.get("/orders")
    for path in ("/health/live", "/health/ready", "/metrics") * 3:
        assert client.get(path).status_code == 200
