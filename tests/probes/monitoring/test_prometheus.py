"""What a Prometheus says of the service: its targets, its rules, whom it alerts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from auditor.probing.testing import NOW, problems, run_probe, values
from probes.monitoring.prometheus import prometheus
from tests.probes.monitoring.apis import RULES_YML, Apis, ask, rule, target

ERRORS = rule("HighErrorRate", 'rate(http_requests_total{job="service"}[5m]) > 0.05')
SLOW = rule("Slow", "slow_total > 1")
OLD = (NOW - timedelta(hours=2)).isoformat()


def seen(repo: dict[str, str] | None = None, **answers: Any) -> dict[str, Any]:
    """The facts, without their common prefix."""
    evidence = ask(prometheus, Apis(**answers), repo=repo)
    assert not evidence.problems
    return {name.removeprefix("prometheus."): value for name, value in values(evidence).items()}


def test_present_a_watched_service_is_told_in_full() -> None:
    assert seen({"rules/orders.yml": RULES_YML}, rules=[ERRORS, SLOW]) == {
        "targets_up": 1,
        "targets_down": [],
        "rules_loaded": 2,
        "rules_not_loaded": [],
        "unhealthy_rules": [],
        "alerts_without_series": [],
        "firing": [],
        "alertmanagers": 1,
    }


def test_missing_a_prometheus_that_does_nothing_is_told_as_such() -> None:
    told = seen(targets=[], managers=[], rules=[])
    assert (told["targets_up"], told["rules_loaded"], told["alertmanagers"]) == (0, 0, 0)


def test_without_a_prometheus_there_is_nothing_to_look_at() -> None:
    assert problems(run_probe(prometheus)) == ["not_configured"]


@pytest.mark.parametrize(
    "body",
    ["<!doctype html><html>Grafana</html>", "{", "[]", '{"status":"error","error":"no"}', "{}"],
)
def test_malformed_what_is_no_prometheus_is_a_problem_and_no_fact(body: str) -> None:
    evidence = ask(prometheus, Apis(body=body))
    assert (problems(evidence), evidence.facts) == (["malformed"], ())
    assert "--prometheus" in evidence.problems[0].hint


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, "denied"), (403, "denied"), (404, "malformed"), (503, "unreachable")],
)
def test_denied_or_failing_it_is_a_problem_and_no_fact(status: int, kind: str) -> None:
    evidence = ask(prometheus, Apis(status=status))
    assert (problems(evidence), evidence.facts) == ([kind], ())


@pytest.mark.parametrize("part", ["alertmanagers", "rules", "label"])
def test_a_part_that_is_denied_hides_its_own_facts_only(part: str) -> None:
    evidence = ask(prometheus, Apis(broken=part, rules=[ERRORS]))
    hidden = {name for problem in evidence.problems for name in problem.facts}
    assert problems(evidence) == ["denied"]
    assert hidden
    assert values(evidence)["prometheus.targets_up"] == 1


def test_a_target_that_fails_is_told_with_its_reason() -> None:
    sick = target(health="down", lastError="connection refused")
    told = seen(targets=[target(), sick, target("node", health="down")])
    assert (told["targets_up"], told["targets_down"]) == (
        1,
        ["service service:8000: connection refused"],
    )


@pytest.mark.parametrize(
    "labels",
    [
        {"job": "default/Service"},
        {"job": "pods", "app": "service"},
        {"job": "x", "service": "service"},
    ],
)
def test_a_target_may_be_named_by_its_other_labels(labels: dict[str, str]) -> None:
    assert (
        seen(targets=[target(labels=labels | {"instance": "a:1"}), target("node")])["targets_up"]
        == 1
    )


def test_a_target_at_the_deployments_own_address_is_the_services() -> None:
    evidence = ask(prometheus, Apis(targets=[target("web")]), url="http://web:8000")
    assert values(evidence)["prometheus.targets_up"] == 1


def test_false_green_a_target_that_was_not_scraped_for_long_is_not_up() -> None:
    told = seen(targets=[target(lastScrape=OLD)])
    assert told["targets_up"] == 0
    assert "last scraped" in told["targets_down"][0]


def test_false_green_the_targets_of_others_are_none_of_the_services() -> None:
    evidence = ask(prometheus, Apis(targets=[target("node"), target("billing")], rules=[SLOW]))
    assert "vacuous" in problems(evidence)
    assert "billing, node" in evidence.problems[0].message
    assert set(values(evidence)) == {"prometheus.alertmanagers", "prometheus.rules_not_loaded"}


def test_false_green_the_rules_of_others_are_none_of_the_services() -> None:
    others = [
        rule("NodeLoad", "node_load1 > 5"),
        rule("NodeDown", 'up{job="node"} == 0'),
        rule("Watchdog", "vector(1)", state="firing"),
    ]
    told = seen(rules=[*others, ERRORS])
    assert (told["rules_loaded"], told["firing"]) == (1, [])


def test_a_rule_about_every_job_is_about_the_service_too() -> None:
    assert seen(rules=[rule("Down", "up == 0")])["rules_loaded"] == 1


def test_false_green_a_rule_file_that_is_not_loaded_is_told_by_its_alerts() -> None:
    told = seen({"rules/orders.yml": RULES_YML}, rules=[ERRORS])
    assert told["rules_not_loaded"] == ["Slow"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"health": "err", "lastError": "many-to-many matching"}, "many-to-many matching"),
        ({"health": "unknown"}, "not evaluated yet"),
        ({"lastEvaluation": "0001-01-01T00:00:00Z"}, "never evaluated"),
        ({"lastEvaluation": OLD}, "last evaluated"),
    ],
)
def test_false_green_a_rule_that_is_not_evaluated_well_is_unhealthy(
    changes: dict[str, str], why: str
) -> None:
    (told,) = seen(rules=[ERRORS | changes])["unhealthy_rules"]
    assert told.startswith("HighErrorRate: ")
    assert why in told


@pytest.mark.parametrize(
    ("query", "missing"),
    [
        ('no_such_total{job="service"} > 1', "no_such_total"),
        ('jobs_total{job="service"} > 1', "jobs_total"),
        ('slow_total / no_such_total > 1', "no_such_total"),
        ('slow_total{job="servcie"} or http_requests_total{job="servcie"} > 1', "slow_total, http_requests_total"),
    ],
)  # fmt: skip
def test_false_green_an_alert_over_metrics_that_do_not_exist_cannot_fire(
    query: str, missing: str
) -> None:
    told = seen({"r.yml": RULES_YML}, rules=[rule("Slow", query), ERRORS])
    assert told["alerts_without_series"] == [f"Slow ({missing})"]


@pytest.mark.parametrize(
    "query",
    [
        'absent(no_such_total{job="service"})',
        'slow_total{job="service"} unless no_such_total',
        'slow_total{job="service"} or no_such_total',
        '{__name__=~"slow.*", job="service"} > 1',
        'ALERTS{job="service"} > 0',
    ],
)
def test_what_an_alert_does_not_need_is_not_missing(query: str) -> None:
    assert seen(rules=[rule("Slow", query)])["alerts_without_series"] == []


def test_what_fires_is_told_with_its_severity() -> None:
    told = seen(rules=[ERRORS | {"state": "firing"}, SLOW | {"state": "pending"}])
    assert told["firing"] == ["HighErrorRate (critical)"]
