"""Liveness and readiness."""

import threading

import pytest
from structlog.testing import capture_logs

from orders.errors import OrdersError
from orders.health import HealthChecker


class Switch:
    """A dependency that can be turned off, and counts how often it was asked."""

    def __init__(self):
        self.on = True
        self.asked = 0

    def __call__(self):
        self.asked += 1
        if not self.on:
            raise OrdersError("turned off")


def test_live_touches_no_dependency(client):
    client.services.store.close()
    response = client.get("/health/live")
    assert response.status_code == 200
    assert response.json() == {"status": "alive"}


def test_ready_names_the_database(client):
    response = client.get("/health/ready")
    assert response.status_code == 200
    assert response.json() == {"status": "ready", "dependencies": {"database": {"status": "up"}}}


def test_not_ready_without_database(client):
    client.services.settings.database_path.unlink()
    response = client.get("/health/ready")
    assert response.status_code == 503
    assert response.json() == {
        "status": "unavailable",
        "dependencies": {"database": {"status": "down", "detail": "The database file is gone."}},
    }
    assert client.metric("dependency_up", name="database") == 0


def test_not_ready_without_payments(start):
    client = start(payments_url="http://127.0.0.1:9/health", payments_retries=0)
    response = client.get("/health/ready")
    assert response.status_code == 503
    assert response.json()["status"] == "unavailable"
    assert response.json()["dependencies"]["database"] == {"status": "up"}
    assert response.json()["dependencies"]["payments"]["status"] == "down"
    assert client.metric("dependency_up", name="payments") == 0
    assert client.metric("dependency_up", name="database") == 1


def test_result_is_used_again_for_a_while():
    now, switch = [0.0], Switch()
    checker = HealthChecker({"x": switch}, cache_seconds=2, clock=lambda: now[0])
    assert checker.readiness().status == "ready"
    switch.on = False
    now[0] = 1.9
    assert checker.readiness().status == "ready"
    now[0] = 2.0
    assert checker.readiness().status == "unavailable"
    assert switch.asked == 2


def test_changes_are_logged_once():
    switch = Switch()
    checker = HealthChecker({"x": switch}, cache_seconds=0)
    with capture_logs() as events:
        checker.readiness()
        switch.on = False
        checker.readiness()
        checker.readiness()
        switch.on = True
        checker.readiness()
    assert [(event["event"], event["dependency"]) for event in events] == [
        ("dependency_down", "x"),
        ("dependency_up", "x"),
    ]
    assert events[0]["detail"] == "turned off"


def test_probes_do_not_queue_behind_a_slow_check():
    entered, release, calls = threading.Event(), threading.Event(), []

    def slow():
        calls.append(1)
        if len(calls) > 1:
            entered.set()
            assert release.wait(5)

    checker = HealthChecker({"x": slow}, cache_seconds=0)
    first = checker.readiness()
    thread = threading.Thread(target=checker.readiness)
    thread.start()
    assert entered.wait(5)
    assert checker.readiness() is first
    release.set()
    thread.join(5)
    assert len(calls) == 2


def test_a_fault_in_a_check_is_not_hidden():
    def broken():
        raise ZeroDivisionError

    checker = HealthChecker({"x": broken}, cache_seconds=0)
    with pytest.raises(ZeroDivisionError):
        checker.readiness()
    with pytest.raises(ZeroDivisionError):
        checker.readiness()
