"""Whom a running Alertmanager tells: as it says itself, with what it withholds."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.probing.testing import problems, run_probe, values
from probes.monitoring.alertmanager import alertmanager
from tests.probes.monitoring.apis import ALERTMANAGER, RULES_YML, Apis, ask, rule

RULES = {"rules/orders.yml": RULES_YML}
GOOD = """\
route:
  receiver: tickets
  routes:
  - receiver: on-call
    matchers:
    - severity="critical"
receivers:
- name: on-call
  pagerduty_configs:
  - routing_key: <secret>
    url: https://events.pagerduty.com/v2/enqueue
- name: tickets
  slack_configs:
  - api_url: <secret>
    channel: '#a'
"""
SENT = """\
alertmanager_notifications_total{integration="slack"} 5
alertmanager_notifications_total{integration="email"} 0
alertmanager_notifications_failed_total{integration="slack"} 2
"""


def webhook(url: str) -> str:
    """One receiver for everything."""
    return f"route: {{receiver: all}}\nreceivers: [{{name: all, webhook_configs: [{{url: '{url}'}}]}}]\n"


def silence(state: str = "active", **matcher: Any) -> dict[str, Any]:
    """A silence by one matcher."""
    return {
        "matchers": [{"isRegex": False, "isEqual": True, **matcher}],
        "status": {"state": state},
        "endsAt": "2026-03-02T14:00:00Z",
        "comment": "by dana",
    }


def seen(configuration: str, **answers: Any) -> dict[str, Any]:
    """The facts, without their common prefix, where there was no trouble."""
    apis = Apis(configuration=configuration, exposition=SENT, **answers)
    evidence = ask(alertmanager, apis, repo=RULES)
    assert not evidence.problems
    return {name.removeprefix("alertmanager."): value for name, value in values(evidence).items()}


def test_present_the_receivers_of_every_severity_are_told() -> None:
    assert seen(GOOD) == {
        "receivers": ["on-call (pagerduty)", "tickets (slack)"],
        "placeholder_receivers": [],
        "severities": {"critical": ["on-call"], "warning": ["tickets"]},
        "unrouted_severities": [],
        "cluster": "ready",
        "peers": 2,
        "silenced": [],
        "notifications": 5,
        "notifications_failed": 2,
    }


def test_missing_integrations_leave_a_severity_with_nobody() -> None:
    told = seen("route: {receiver: 'null'}\nreceivers: [{name: 'null'}]\n")
    assert told["receivers"] == ["null (nobody)"]
    assert told["unrouted_severities"] == ["critical", "warning"]


def test_without_an_alertmanager_there_is_nothing_to_look_at() -> None:
    assert problems(run_probe(alertmanager)) == ["not_configured"]


@pytest.mark.parametrize(
    "body", ["<!doctype html><html>", "{", "[]", '{"config":{"original":"- a"}}']
)
def test_malformed_what_is_no_alertmanager_is_a_problem_and_no_fact(body: str) -> None:
    evidence = ask(alertmanager, Apis(body=body), repo=RULES)
    assert (problems(evidence), evidence.facts) == (["malformed"], ())


def test_denied_it_is_a_problem_and_no_fact() -> None:
    evidence = ask(alertmanager, Apis(status=401), repo=RULES)
    assert (problems(evidence), evidence.facts) == (["denied"], ())


@pytest.mark.parametrize(
    ("part", "hidden"),
    [("silences", {"silenced"}), ("metrics", {"notifications", "notifications_failed"})],
)
def test_a_part_that_is_denied_hides_its_own_facts_only(part: str, hidden: set[str]) -> None:
    evidence = ask(alertmanager, Apis(configuration=GOOD, exposition=SENT, broken=part), repo=RULES)
    assert {n.removeprefix("alertmanager.") for p in evidence.problems for n in p.facts} == hidden
    assert len(evidence.facts) == 9 - len(hidden)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://example.com/hook", "a host of an example"),
        ("http://localhost:5001/", "this very machine"),
        ("http://service:8000/alerts", "the audited service itself"),
        ("http://service.shop.svc.cluster.local/alerts", "the audited service itself"),
        ("http://staging.corp/alerts", "the audited service itself"),
        ("http://${HOOK}/", "variable"),
    ],
)
def test_false_green_a_receiver_that_reaches_nobody_is_a_placeholder(url: str, why: str) -> None:
    apis = Apis(configuration=webhook(url))
    told = values(ask(alertmanager, apis, repo=RULES, url="https://staging.corp"))
    (placeholder,) = told["alertmanager.placeholder_receivers"]  # type: ignore[misc]
    assert why in str(placeholder)
    assert told["alertmanager.unrouted_severities"] == ["critical", "warning"]


def test_what_is_withheld_and_what_is_newer_is_not_held_against_a_receiver() -> None:
    newer = "route: {receiver: a}\nreceivers: [{name: a, carrierpigeon_configs: [{loft: x}]}]\n"
    for text in (webhook("<secret>"), newer):
        told = seen(text)
        assert (told["placeholder_receivers"], told["unrouted_severities"]) == ([], [])


def test_a_route_by_a_label_that_is_not_known_decides_nothing() -> None:
    text = GOOD.replace("receiver: tickets\n", "receiver: none\n", 1).replace(
        "severity=", "namespace="
    )
    apis = Apis(configuration=f"{text}- name: none\n", exposition=SENT)
    evidence = ask(alertmanager, apis, repo=RULES)
    assert problems(evidence) == ["vacuous"]
    assert "alertmanager.unrouted_severities" not in values(evidence)


def test_a_route_by_the_job_that_the_expression_demands_is_followed() -> None:
    told = seen(GOOD.replace('severity="critical"', 'job=~"service|other"'))
    assert told["severities"] == {"critical": ["on-call"], "warning": ["on-call"]}


def test_without_any_known_alert_nobody_is_said_to_be_reached() -> None:
    evidence = ask(alertmanager, Apis(configuration=GOOD, exposition=SENT), prometheus=None)
    assert problems(evidence) == ["vacuous"]
    assert "alertmanager.unrouted_severities" not in values(evidence)


def test_alerts_are_those_of_prometheus_where_the_repository_has_none() -> None:
    loaded = [rule("Slow", "slow_total > 1", labels={"severity": "page"})]
    evidence = ask(alertmanager, Apis(configuration=GOOD, exposition=SENT, rules=loaded))
    assert values(evidence)["alertmanager.severities"] == {"page": ["tickets"]}


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (silence(name="severity", value="critical"), ['severity="critical"']),
        (silence(name="alertname", value="Sl.*", isRegex=True), ['alertname=~"Sl.*"']),
        (silence(name="namespace", value="shop"), ['namespace="shop"']),
        (silence(name="alertname", value="NodeDown"), []),
        (silence("expired", name="severity", value="critical"), []),
    ],
)
def test_silences_that_may_cover_the_services_alerts_are_told(
    made: dict[str, Any], told: list[str]
) -> None:
    silenced = seen(GOOD, silences=[made])["silenced"]
    assert silenced == [f"{text} until 2026-03-02T14:00:00Z" for text in told]


def test_the_operators_address_is_asked_and_no_other() -> None:
    evidence = ask(alertmanager, Apis(configuration=GOOD, exposition=SENT), repo=RULES)
    assert {str(f.source.locator).startswith(f"GET {ALERTMANAGER}/") for f in evidence.facts} == {
        True
    }


def test_an_alertmanager_that_tells_nothing_of_its_cluster_is_asked_for_no_more() -> None:
    evidence = ask(alertmanager, Apis(configuration=GOOD, exposition=SENT, cluster={}), repo=RULES)
    (told,) = evidence.problems
    assert told.facts == ("alertmanager.cluster", "alertmanager.peers")
    assert len(evidence.facts) == 7
