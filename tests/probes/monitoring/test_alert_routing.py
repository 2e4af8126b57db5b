"""Alertmanager configurations of a repository, and whom they would tell."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.model.evidence import ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.monitoring.alert_routing import alert_routing
from tests.probes.monitoring.apis import RULES_YML

RULES = {"monitoring/rules.yml": RULES_YML}
PATH = "monitoring/alertmanager.yml"
GOOD = """\
route:
  receiver: tickets
  routes: [{receiver: on-call, matchers: ['severity = "critical"']}]
receivers:
  - name: on-call
    webhook_configs: [{url: 'https://hooks.corp.net/x'}]
  - name: tickets
    email_configs: [{to: ops@corp.net, smarthost: 'mx.corp.net:25', from: a@corp.net}]
  - name: unused
"""
VARIABLE = GOOD.replace("https://hooks.corp.net/x", "${HOOK_URL}")
COMPOSE = """\
services:
  alertmanager:
    image: prom/alertmanager:v0.28.1
    command:
      - sed "s|\\$${HOOK_URL}|$$HOOK_URL|" /etc/alertmanager.yml > /tmp/a.yml
"""


def seen(files: dict[str, str]) -> dict[str, Any]:
    """The facts, without their common prefix, where there was no trouble."""
    evidence = run_probe(alert_routing, repo=RULES | files)
    assert not evidence.problems
    return {name.removeprefix("alert_routes."): value for name, value in values(evidence).items()}


def test_present_a_configuration_is_told_in_full() -> None:
    assert seen({PATH: GOOD}) == {
        "files": [PATH],
        "invalid": [],
        "receivers": ["on-call (webhook)", "tickets (email)"],
        "placeholder_receivers": [],
        "severities": {"critical": ["on-call"], "warning": ["tickets"]},
        "unrouted_severities": [],
    }


def test_a_configuration_in_a_config_map_is_read() -> None:
    indented = "".join(f"    {line}\n" for line in GOOD.splitlines())
    text = f"kind: ConfigMap\nmetadata: {{name: a}}\ndata:\n  alertmanager.yml: |\n{indented}"
    assert seen({"k8s/alertmanager.yaml": text})["files"] == ["k8s/alertmanager.yaml"]


@pytest.mark.parametrize("files", [{}, {"tests/alertmanager.yml": GOOD}, {"docs/am.yml": GOOD}])
def test_missing_it_is_told_as_none_and_reaches_nobody_that_is_known(files: dict[str, str]) -> None:
    evidence = run_probe(alert_routing, repo=RULES | files)
    assert values(evidence)["alert_routes.files"] == []
    assert problems(evidence) == ["vacuous"]
    assert "alert_routes.unrouted_severities" not in values(evidence)


@pytest.mark.parametrize(
    "text",
    [
        "receivers: {otlp: {}}\nexporters: {}\nservice: {}\nroute: x\n",
        "receivers:\n  otlp:\n    protocols: {grpc: {}}\nexporters: {debug: {}}\n",
        "route: {path: /}\n",
    ],
)
def test_with_nothing_to_look_at_other_formats_are_not_taken_for_one(text: str) -> None:
    evidence = run_probe(alert_routing, repo={"otel.yml": text})
    assert values(evidence)["alert_routes.files"] == []
    assert values(evidence)["alert_routes.invalid"] == []


@pytest.mark.parametrize(
    "text",
    ["route: [a]\nreceivers: []\n", "route: {receiver: a}\nreceivers: []\n",
     "route: {receiver: a}\nreceivers: [{name: a}]\nslack_configs: []\n", "route: {\nreceivers: [\n"],
)  # fmt: skip
def test_malformed_a_configuration_that_would_be_refused_is_told_and_routes_nothing(
    text: str,
) -> None:
    evidence = run_probe(alert_routing, repo=RULES | {PATH: text})
    told = values(evidence)
    assert told["alert_routes.files"] == []
    assert str(told["alert_routes.invalid"]).startswith(f"['{PATH}: ")
    assert "alert_routes.unrouted_severities" not in told


def test_denied_a_file_that_cannot_be_read_hides_which_there_are() -> None:
    denied = Trouble(ProblemKind.DENIED, "no")
    evidence = run_probe(alert_routing, repo={PATH: denied})
    assert "denied" in problems(evidence)
    assert evidence.problems[0].facts == ("alert_routes.files", "alert_routes.invalid")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("deploy/alertmanager.yml.j2", GOOD),
        ("chart/templates/alertmanager.yaml", GOOD),
        ("chart/values.yaml", "alertmanager:\n  config:\n    route: {receiver: a}\n    receivers:\n      - name: a\n"),
    ],
)  # fmt: skip
def test_what_something_renders_is_not_read_and_nothing_is_said_of_it(path: str, text: str) -> None:
    evidence = run_probe(alert_routing, repo=RULES | {path: text})
    assert (problems(evidence), evidence.facts) == (["vacuous"], ())


@pytest.mark.parametrize(
    "url",
    ["http://example.com/x", "http://localhost:5001/", "${HOOK_URL}", "http://service:80/hook"],
)
def test_false_green_a_receiver_that_reaches_nobody_is_a_placeholder(url: str) -> None:
    told = seen({PATH: GOOD.replace("https://hooks.corp.net/x", url)})
    assert [text.split()[0] for text in told["placeholder_receivers"]] == ["on-call"]
    assert told["unrouted_severities"] == ["critical"]


def test_a_variable_that_a_compose_file_puts_in_is_none() -> None:
    told = seen({PATH: VARIABLE, "compose.yaml": COMPOSE})
    assert (told["placeholder_receivers"], told["unrouted_severities"]) == ([], [])


def test_false_green_a_variable_that_is_only_set_is_not_put_in() -> None:
    only_set = COMPOSE.replace(
        "command:", "environment: {HOOK_URL: https://hooks.corp.net/x}"
    ).partition("      - sed")[0]
    told = seen({PATH: VARIABLE, "compose.yaml": only_set, "build.sh": "sed -i s/a/b/ x\n"})  # fmt: skip
    assert told["unrouted_severities"] == ["critical"]


def test_false_green_a_null_receiver_reaches_nobody() -> None:
    told = seen({PATH: GOOD.replace("receiver: tickets", "receiver: unused")})
    assert told["unrouted_severities"] == ["warning"]
    assert told["placeholder_receivers"] == []


def test_false_green_a_second_configuration_that_reaches_nobody_is_told() -> None:
    hollow = "route: {receiver: a}\nreceivers: [{name: a}]\n"
    assert seen({PATH: GOOD, "prod/alertmanager.yml": hollow})["unrouted_severities"] == [
        "critical",
        "warning",
    ]


def test_without_alerts_whom_they_reach_is_not_known() -> None:
    evidence = run_probe(alert_routing, repo={PATH: GOOD})
    assert problems(evidence) == ["vacuous"]
    assert values(evidence)["alert_routes.files"] == [PATH]
