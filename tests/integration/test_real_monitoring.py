"""Probes against a real Prometheus that watches the real example service, and a real Alertmanager."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from auditor.model.evidence import Evidence
from auditor.model.target import Deployment, Looking, Target
from auditor.probing.contract import Context, Probe
from auditor.probing.http import Http
from auditor.probing.looking import look
from auditor.probing.testing import make_context, problems, values
from probes.monitoring.alert_drill import alert_drill
from probes.monitoring.alertmanager import alertmanager as alertmanager_probe
from probes.monitoring.prometheus import prometheus as prometheus_probe
from probes.monitoring.slis import slis
from tests.servers.monitoring import (
    MONITORING,
    alertmanager,
    evaluated,
    example_configuration,
    monitoring_commands,
    prometheus,
    receiver,
    wait_until,
)
from tests.servers.orders import orders

REPOSITORY = {
    path.relative_to(MONITORING.parent).as_posix(): path.read_bytes()
    for path in MONITORING.rglob("*.yml")
}


@dataclass(frozen=True)
class World:
    """Where everything runs, and which addresses the receiver was called at."""

    service: str
    prometheus: str
    alertmanager: str
    called: list[str]


@pytest.fixture(scope="module")
def commands() -> tuple[str, str]:
    """The paths of Prometheus and Alertmanager."""
    found = monitoring_commands()
    if found is None:
        reason = "Prometheus or Alertmanager is not installed (Debian: apt install prometheus prometheus-alertmanager)"
        if os.environ.get("AUDITOR_CI") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.fixture(scope="module")
def world(commands: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The example service with traffic, watched, with an alert that fires and is delivered."""
    folder = tmp_path_factory.mktemp("monitoring")
    with (
        orders(folder, rate_limit_per_second="10000", rate_limit_burst="10000") as service,
        receiver() as (proxy, called),
        alertmanager(commands[1], folder / "am", example_configuration(proxy)) as manager,
        prometheus(commands[0], folder / "prom", service, manager, drill=True) as url,
    ):
        wait_until(lambda: evaluated(url), "an evaluation of every rule")
        with httpx.Client(base_url=service, timeout=10, trust_env=False) as client:
            _traffic(client, 20)
            wait_until(lambda: _counted(url) > 0, "a first scrape of the traffic")
            _traffic(client, 400)
            wait_until(lambda: _counted(url) >= 420, "a scrape of all the traffic")
            wait_until(
                lambda: _number(url, "count_over_time(up[1h])") >= 16, "four seconds of data"
            )
        wait_until(lambda: bool(called), "a notification")
        yield World(service, url, manager, called)


def _traffic(client: httpx.Client, requests: int) -> None:
    for number in range(requests):
        client.get("/orders?limit=1" if number % 10 else "/orders/none")


def _counted(url: str) -> float:
    return _number(url, 'sum(http_requests_total{route!~"/health.*|/metrics"})')


def _number(url: str, query: str) -> float:
    params = {"query": f"{query} or vector(0)"}
    answer = httpx.get(f"{url}/api/v1/query", params=params, trust_env=False).json()
    return float(answer["data"]["result"][0]["value"][1])


def ask(
    probe: Probe, world: World, service: str = "orders", looking: Looking | None = None
) -> Evidence:
    """The Evidence of a probe of an operator who named all three, on the example's own files."""
    now = datetime.now(UTC)
    deployment = Deployment("staging", world.service, world.prometheus, world.alertmanager)
    made = make_context(repo=REPOSITORY, now=now)
    context = Context(
        target=Target(service, "orders", deployment=deployment),
        looking=looking or Looking(),
        now=now,
        repo=made.repo,
        http=Http(world.service, observed_at=now.isoformat()),
        command=made.command,
        tls=made.tls,
    )
    return look(probe, context)


def facts(probe: Probe, world: World) -> dict[str, Any]:
    """The facts of a probe that had no trouble."""
    evidence = ask(probe, world)
    assert problems(evidence) == []
    return dict(values(evidence))


def test_a_watched_service_is_told_in_full(world: World) -> None:
    assert facts(prometheus_probe, world) == {
        "prometheus.targets_up": 1,
        "prometheus.targets_down": [],
        "prometheus.rules_loaded": 10,
        "prometheus.rules_not_loaded": [],
        "prometheus.unhealthy_rules": [],
        "prometheus.alerts_without_series": [],
        "prometheus.firing": ["OrdersDrill (critical)"],
        "prometheus.alertmanagers": 1,
    }


def test_indicators_are_measured_by_the_real_promql(world: World) -> None:
    evidence = ask(slis, world)
    told = values(evidence)
    hidden = {name for problem in evidence.problems for name in problem.facts}
    assert problems(evidence) == ["vacuous", "vacuous"], evidence.problems
    assert hidden == {
        "sli.p99_ms",
        "sli.cache_hit_percent",
        "sli.cache_lookups",
        "sli.cache_window_s",
    }
    assert told["sli.error_percent"] == 0
    assert 350 <= float(str(told["sli.samples"])) <= 550
    assert 0 < float(str(told["sli.p95_ms"])) <= float(str(told["sli.p95_bucket_ms"])) <= 1000
    assert 0 < float(str(told["sli.saturation_percent"])) < 50
    assert 1 < float(str(told["sli.window_s"])) < 150


def test_false_green_another_service_gets_none_of_these_numbers(world: World) -> None:
    elsewhere = replace(world, service="http://127.0.0.1:1")
    evidence = ask(slis, elsewhere, service="billing")
    assert (problems(evidence), evidence.facts) == (["vacuous"], ())


def test_an_alertmanager_tells_whom_it_reaches_and_that_it_does(world: World) -> None:
    told = facts(alertmanager_probe, world)
    assert float(told.pop("alertmanager.notifications")) >= 1
    assert told == {
        "alertmanager.receivers": ["on-call (webhook)", "tickets (webhook)"],
        "alertmanager.placeholder_receivers": [],
        "alertmanager.severities": {"critical": ["on-call"], "warning": ["tickets"]},
        "alertmanager.unrouted_severities": [],
        "alertmanager.cluster": "disabled",
        "alertmanager.peers": 0,
        "alertmanager.silenced": [],
        "alertmanager.notifications_failed": 0,
    }
    assert world.called[0] == "http://alerts.orders.internal/hook"


def test_a_test_alert_is_followed_to_its_receivers_and_taken_back(world: World) -> None:
    assert problems(ask(alert_drill, world)) == ["not_configured"]
    leave = Looking(allow_intrusive=True, allow_hosts=("127.0.0.1",))
    before = len(world.called)
    evidence = ask(alert_drill, world, looking=leave)
    assert problems(evidence) == []
    assert values(evidence) == {
        "drill.alerts": ["critical: on-call", "warning: tickets"],
        "drill.delivered": ["on-call (webhook)", "tickets (webhook)"],
        "drill.undelivered": [],
    }
    assert len(world.called) >= before + 2, "both were called"
    active = httpx.get(f"{world.alertmanager}/api/v2/alerts?active=true", trust_env=False).json()
    names = {one["labels"]["alertname"] for one in active}
    assert not [name for name in names if name.startswith("AuditorTestAlert")]


def test_a_silence_is_told_while_it_lasts(world: World) -> None:
    now = datetime.now(UTC)
    silence = {
        "matchers": [{"name": "alertname", "value": "OrdersDatabaseDown", "isRegex": False}],
        "startsAt": now.isoformat(),
        "endsAt": (now + timedelta(minutes=5)).isoformat(),
        "createdBy": "test",
        "comment": "test",
    }
    api = f"{world.alertmanager}/api/v2"
    made = httpx.post(f"{api}/silences", json=silence, trust_env=False).raise_for_status()
    (text,) = facts(alertmanager_probe, world)["alertmanager.silenced"]
    assert text.startswith('alertname="OrdersDatabaseDown" until ')
    httpx.delete(f"{api}/silence/{made.json()['silenceID']}", trust_env=False).raise_for_status()
    assert facts(alertmanager_probe, world)["alertmanager.silenced"] == []


@pytest.mark.parametrize("webhook", ["http://example.com/hook", "http://orders:8000/hook"])
def test_false_green_a_real_alertmanager_with_a_placeholder(
    commands: tuple[str, str], world: World, tmp_path: Path, webhook: str
) -> None:
    text = example_configuration("http://127.0.0.1:1", webhook)
    with alertmanager(commands[1], tmp_path / "am", text) as url:
        told = facts(alertmanager_probe, replace(world, alertmanager=url))
    assert told["alertmanager.unrouted_severities"] == ["critical", "warning"]
    assert len(told["alertmanager.placeholder_receivers"]) == 2


def test_a_prometheus_is_no_alertmanager(world: World) -> None:
    evidence = ask(alertmanager_probe, replace(world, alertmanager=world.prometheus))
    assert (problems(evidence), evidence.facts) == (["malformed"], ())
