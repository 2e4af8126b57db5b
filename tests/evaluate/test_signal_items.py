"""How the shipped checklist decides health endpoints and metrics, of which both the deployment and the code tell."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest

from auditor.checklist.load import load_checklist
from auditor.collect.registry import find_probes, vocabulary
from auditor.model.item import Checklist
from auditor.model.level import Level
from auditor.model.verdict import Outcome, Verdict
from tests.evaluate.worlds import fact, judged, seen

Seen = Mapping[str, Any]
LIVE: dict[str, Seen] = {
    "5.1.4": {
        "health.live_status": 200, "health.ready_status": 200, "health.ready_dependencies": ["database"],
        "health.body_contradicts": False, "health.ready_equals_live": False, "health.unstable": [],
    },
    "5.1.1": {"metrics.families": 9, "metrics.live_families": 6, "metrics.samples": 80,
              "metrics.moved": ["http_requests_total"], "metrics.largest_family": 40},
}  # fmt: skip
CODE: dict[str, Seen] = {
    "5.1.4": {
        "health_endpoints.ready": ["app.py:5 /health/ready"], "health_endpoints.constant": [],
        "health_endpoints.hiding": [], "health_endpoints.skipped": [], "health_endpoints.unanswered": [],
    },
    "5.1.1": {
        "own_metrics.families": ["app.py:6 bookings_total"], "own_metrics.automatic": [], "own_metrics.idle": [],
        "own_metrics.exposed": ["app.py:5 /metrics"],
    },
}  # fmt: skip
BOTH = ("5.1.1", "5.1.4")


@cache
def shipped() -> Checklist:
    """The checklist that comes with the auditor."""
    return load_checklist("production-readiness", vocabulary(p.spec for p in find_probes()))


def verdict(number: str, live: Seen, code: Seen, languages: list[str] | None = None) -> Verdict:
    """The verdict of an item by what was observed and what the code says."""
    facts = [fact(k, v, Level.OBSERVED) for k, v in {"given.systems": ["url"], **live}.items()]
    facts += [fact(k, v, Level.EFFECTIVE) for k, v in code.items()]
    if languages is not None:
        facts.append(fact("analysis.languages", languages, Level.OBSERVED))
    return judged(next(i for i in shipped().items() if i.number == number), seen(*facts))


@pytest.mark.parametrize("number", BOTH)
def test_a_deployment_that_shows_it_and_code_that_bears_it_out_pass(number: str) -> None:
    assert verdict(number, LIVE[number], CODE[number]).outcome is Outcome.PASS


@pytest.mark.parametrize("number", BOTH)
def test_false_green_the_code_alone_passes_nothing(number: str) -> None:
    assert verdict(number, {}, CODE[number], ["python"]).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("number", BOTH)
def test_the_deployment_alone_is_enough_where_the_language_of_the_code_is_not_read(
    number: str,
) -> None:
    assert verdict(number, LIVE[number], {}, ["ruby"]).outcome is Outcome.PASS
    assert verdict(number, LIVE[number], {}, ["python"]).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("number", "key", "value"),
    [
        ("5.1.4", "health_endpoints.constant", ["app.py:5 /health/ready: it asks nothing"]),
        ("5.1.4", "health_endpoints.hiding", ["app.py:5 /health/ready: it answers 200"]),
        ("5.1.4", "health_endpoints.skipped", ["app.py:7 if settings.SKIP_HEALTH"]),
        ("5.1.4", "health_endpoints.unanswered", ["Dockerfile:3 HEALTHCHECK asks for /healthz"]),
        ("5.1.4", "health_endpoints.ready", []),
        ("5.1.1", "own_metrics.idle", ["app.py:6 bookings_total: nothing moves BOOKINGS"]),
        ("5.1.1", "own_metrics.families", []),
        ("5.1.1", "own_metrics.exposed", []),
    ],
)
@pytest.mark.parametrize("observed", [True, False])
def test_false_green_what_the_code_cannot_do_fails_whatever_a_healthy_deployment_shows(
    number: str, key: str, value: list[str], observed: bool
) -> None:
    live = LIVE[number] if observed else {}
    found = verdict(number, live, {**CODE[number], key: value}, ["python"])
    assert found.outcome is Outcome.FAIL
    assert key in {reason.fact for reason in found.reasons}


@pytest.mark.parametrize(
    ("told", "outcome"),
    [
        ({"prometheus.targets_up": 2, "prometheus.targets_down": []}, Outcome.PASS),
        ({"prometheus.targets_up": 0, "prometheus.targets_down": []}, Outcome.FAIL),
        ({"prometheus.targets_up": 1, "prometheus.targets_down": ["a:1: refused"]}, Outcome.FAIL),
        ({}, Outcome.UNKNOWN),
    ],
    ids=["read", "not scraped", "one is down", "lost"],
)
def test_metrics_that_the_prometheus_which_was_given_does_not_read_watch_nothing(
    told: Seen, outcome: Outcome
) -> None:
    live = {**LIVE["5.1.1"], **told, "given.systems": ["url", "prometheus"]}
    assert verdict("5.1.1", live, CODE["5.1.1"]).outcome is outcome


@pytest.mark.parametrize(
    ("key", "value"), [("metrics.moved", []), ("metrics.largest_family", 80_000)]
)
def test_false_green_metrics_that_stand_still_or_have_a_series_for_every_customer_fail(
    key: str, value: Any
) -> None:
    found = verdict("5.1.1", {**LIVE["5.1.1"], key: value}, CODE["5.1.1"])
    assert found.outcome is Outcome.FAIL
    assert key in {reason.fact for reason in found.reasons}
