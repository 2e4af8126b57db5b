"""What a health endpoint's body says of the service and its dependencies."""

from typing import Any

import pytest

from auditor.formats.web.health_body import State, read_health

SPRING = {
    "status": "UP",
    "components": {
        "db": {"status": "UP", "details": {"database": "PostgreSQL"}},
        "redis": {"status": "UP"},
        "diskSpace": {"status": "UP", "details": {"total": 1}},
        "ping": {"status": "UP"},
    },
}
MICROPROFILE = {
    "status": "UP",
    "checks": [{"name": "db", "status": "UP"}, {"name": "redis", "status": "UP"}],
}
ASP_NET = {
    "status": "Healthy",
    "entries": {"db": {"status": "Healthy"}, "redis": {"status": "Healthy"}},
}
IETF = {
    "status": "pass",
    "checks": {
        "db": [{"componentType": "datastore", "status": "pass"}],
        "redis": [{"status": "pass"}],
        "uptime": [{"status": "pass"}],
    },
}
TERMINUS = {
    "status": "ok",
    "info": {"db": {"status": "up"}, "redis": {"status": "up"}},
    "error": {},
    "details": {"db": {"status": "up"}, "redis": {"status": "up"}},
}
FLAT = {"status": "ok", "db": "connected", "redis": "up", "message": "ok", "version": "1.2"}
TRUTH = {"ok": True, "db": True, "redis": True, "debug": False}
WORDS = {"status": "ready", "dependencies": {"db": "ok (3 ms)", "redis": "reachable"}}


@pytest.mark.parametrize(
    "body", [SPRING, MICROPROFILE, ASP_NET, IETF, TERMINUS, FLAT, TRUTH, WORDS]
)
def test_the_dependencies_of_every_known_shape_are_read_and_none_is_down(
    body: dict[str, Any],
) -> None:
    said = read_health(body)
    assert said.names == ["db", "redis"]
    assert said.state is State.GOOD
    assert not said.says_down


@pytest.mark.parametrize(
    "body",
    [
        {
            "status": "UP",
            "components": {"livenessState": {"status": "UP"}, "readinessState": {"status": "UP"}},
        },
        {
            "status": "ok",
            "details": {"version": "1.2", "region": "eu", "cached": False, "environment": "live"},
        },
        {
            "status": "ok",
            "environment": "live",
            "mode": "online",
            "debug": False,
            "message": "healthy",
        },
        {"status": "ok", "dependencies": {"fastapi": "0.115", "httpx": "0.28"}},
        {"status": "ok", "checks": {"uptime": 1234, "latency_ms": 3}},
        {"status": "ok", "dependencies": ["db", "redis"]},
        {"status": "ok", "checks": {}},
        {"status": "ok"},
        {},
    ],
)
def test_settings_versions_numbers_and_self_checks_are_no_dependencies(
    body: dict[str, Any],
) -> None:
    assert read_health(body).names == []


@pytest.mark.parametrize(
    "body",
    [
        {"status": "DOWN"},
        {"status": "ok", "ready": False},
        {"status": "ok", "dependencies": {"db": "down"}},
        {"status": "ok", "dependencies": {"db": "timeout after 3 s"}},
        {"status": "ok", "checks": [{"name": "db", "status": "fail"}]},
        {"status": "ok", "checks": {"db": [{"status": "pass"}, {"status": "fail"}]}},
        {"status": "ok", "checks": {"db": False}},
        {"status": "not ready"},
        "DOWN",
        '"unhealthy"',
    ],
)
def test_a_body_that_admits_trouble_anywhere_says_down(body: dict[str, Any] | str) -> None:
    assert read_health(body).says_down


@pytest.mark.parametrize(
    "body",
    [
        {"status": "degraded", "dependencies": {"cache": "down"}},
        "OK",
        "",
        "x" * 5000,
        {"status": 1},
    ],
)
def test_a_degraded_service_is_honest_and_unknown_words_accuse_nobody(
    body: dict[str, Any] | str,
) -> None:
    assert not read_health(body).says_down


def test_a_body_with_thousands_of_entries_is_read_up_to_a_limit() -> None:
    body = {"checks": {f"dependency-{'x' * 500}-{i}": "ok" for i in range(5000)}}
    names = read_health(body).names
    assert len(names) <= 100
    assert all(len(name) <= 80 for name in names)
