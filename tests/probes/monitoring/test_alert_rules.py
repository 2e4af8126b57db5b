"""What monitoring.alert_rules says of rule files."""

from __future__ import annotations

import pytest

from auditor.model.evidence import ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.monitoring.alert_rules import alert_rules

GOOD = """\
groups:
  - name: orders
    rules:
      - alert: HighErrorRate
        expr: rate(http_errors_total[5m]) > 0.05
        for: 5m
        labels: {severity: critical}
        annotations: {runbook_url: docs/runbooks/errors.md}
"""
CONFIG = "scrape_configs: []\nrule_files:\n  - /etc/prometheus/rules/*.yml\n"
REPO = {
    "monitoring/rules/orders.yml": GOOD,
    "monitoring/prometheus.yml": CONFIG,
    "docs/runbooks/errors.md": "# Errors\n",
}


def test_present_good_rules_have_nothing_missing() -> None:
    assert values(run_probe(alert_rules, repo=REPO)) == {
        "alerts.rules": 1,
        "alerts.invalid": [],
        "alerts.without_threshold": [],
        "alerts.without_for": [],
        "alerts.without_severity": [],
        "alerts.without_runbook": [],
        "alerts.missing_runbooks": [],
        "alerts.unloaded_files": [],
    }


def test_missing_rules_are_a_fact() -> None:
    seen = values(run_probe(alert_rules, repo={"README.md": "hello"}))
    assert seen["alerts.rules"] == 0


def test_an_empty_repository_has_no_rule() -> None:
    assert values(run_probe(alert_rules, repo={}))["alerts.rules"] == 0


def test_malformed_rules_are_invalid_and_do_not_count() -> None:
    seen = values(
        run_probe(alert_rules, repo=REPO | {"monitoring/rules/orders.yml": GOOD + "   x: [\n"})
    )
    assert seen["alerts.rules"] == 0
    assert len(seen["alerts.invalid"]) == 1  # type: ignore[arg-type]


def test_a_file_that_may_not_be_read_is_a_problem() -> None:
    denied = Trouble(ProblemKind.DENIED, "rules.yml could not be read.")
    assert "denied" in problems(run_probe(alert_rules, repo={"rules.yml": denied}))


def test_false_green_an_expression_without_a_comparison_has_no_threshold() -> None:
    rules = GOOD.replace(" > 0.05", "")
    seen = values(run_probe(alert_rules, repo=REPO | {"monitoring/rules/orders.yml": rules}))
    assert seen["alerts.without_threshold"] == ["HighErrorRate"]


def test_false_green_an_expression_that_does_not_parse_makes_the_file_invalid() -> None:
    rules = GOOD.replace("> 0.05", "> > 0.05")
    seen = values(run_probe(alert_rules, repo=REPO | {"monitoring/rules/orders.yml": rules}))
    assert seen["alerts.rules"] == 0
    assert "monitoring/rules/orders.yml" in str(seen["alerts.invalid"])


def test_false_green_a_file_that_no_configuration_loads_is_named() -> None:
    config = CONFIG.replace("*.yml", "other.yml")
    seen = values(run_probe(alert_rules, repo=REPO | {"monitoring/prometheus.yml": config}))
    assert seen["alerts.unloaded_files"] == ["monitoring/rules/orders.yml"]


def test_false_green_without_a_configuration_loading_is_not_known() -> None:
    evidence = run_probe(alert_rules, repo={"rules.yml": GOOD})
    assert "alerts.unloaded_files" not in values(evidence)
    assert problems(evidence) == ["not_configured"]


def test_false_green_a_runbook_link_must_lead_somewhere() -> None:
    seen = values(run_probe(alert_rules, repo={k: v for k, v in REPO.items() if "docs" not in k}))
    assert seen["alerts.missing_runbooks"] == ["HighErrorRate"]


def test_a_dead_mans_switch_needs_no_threshold() -> None:
    rules = GOOD.replace("rate(http_errors_total[5m]) > 0.05", "vector(1)")
    seen = values(run_probe(alert_rules, repo=REPO | {"monitoring/rules/orders.yml": rules}))
    assert seen["alerts.without_threshold"] == []


def test_recording_rules_are_no_alerts() -> None:
    rules = "groups:\n  - name: r\n    rules:\n      - {record: 'a:b', expr: sum(c)}\n"
    seen = values(run_probe(alert_rules, repo=REPO | {"monitoring/rules/orders.yml": rules}))
    assert seen["alerts.rules"] == 0


UNIT_TEST = "rule_files: ['*.yml']\nevaluation_interval: 1m\ntests: []\n"


def config_map(**texts: str) -> str:
    """A ConfigMap of these texts, beside a service; names have `_` for their dot."""
    held = "".join(
        f"  {name.replace('_', '.')}: |\n" + "".join(f"    {line}\n" for line in text.splitlines())
        for name, text in texts.items()
    )
    return f"kind: Service\n---\nkind: ConfigMap\ndata:\n{held}"


def test_a_configuration_and_rules_in_a_config_map_are_files_of_their_own() -> None:
    evidence = run_probe(
        alert_rules,
        repo={"k8s/prometheus.yaml": config_map(prometheus_yml=CONFIG, orders_yml=GOOD)},
    )
    assert values(evidence)["alerts.rules"] == 1
    assert values(evidence)["alerts.unloaded_files"] == []
    (rules,) = (fact for fact in evidence.facts if fact.key == "alerts.rules")
    assert [str(place) for place in rules.locations] == ["k8s/prometheus.yaml:13"]


def test_a_config_map_loads_the_rules_beside_it() -> None:
    repo = {"k8s/config.yaml": config_map(prometheus_yml=CONFIG), "k8s/orders.yml": GOOD}
    assert values(run_probe(alert_rules, repo=repo))["alerts.unloaded_files"] == []


def test_false_green_rules_of_a_config_map_that_nothing_loads_are_named() -> None:
    config = CONFIG.replace("*.yml", "other.yml")
    repo = {"k8s/all.yaml": config_map(prometheus_yml=config, orders_yml=GOOD)}
    seen = values(run_probe(alert_rules, repo=repo))
    assert seen["alerts.unloaded_files"] == ["k8s/all.yaml (orders.yml)"]


def test_a_configuration_may_stand_beside_other_documents() -> None:
    repo = REPO | {"monitoring/prometheus.yml": f"other: 1\n---\n{CONFIG}"}
    assert values(run_probe(alert_rules, repo=repo))["alerts.unloaded_files"] == []


@pytest.mark.parametrize(
    "folder", ["rules/testdata", "tests", "docs", "examples/prometheus", "cmd/tool/testdata"]
)
def test_false_green_rules_of_tests_and_examples_are_no_alerts(folder: str) -> None:
    repo = {f"{folder}/orders.yml": GOOD, f"{folder}/bad.yml": GOOD.replace("> 0.05", "> >")}
    seen = values(run_probe(alert_rules, repo=repo))
    assert (seen["alerts.rules"], seen["alerts.invalid"]) == (0, [])


@pytest.mark.parametrize("text", [UNIT_TEST, CONFIG + "clients: [{url: http://loki}]\n"])
def test_false_green_a_test_of_rules_and_promtail_load_nothing(text: str) -> None:
    evidence = run_probe(alert_rules, repo={"a/orders.yml": GOOD, "a/other.yml": text})
    assert "alerts.unloaded_files" not in values(evidence)
    assert problems(evidence) == ["not_configured"]


def test_false_green_a_wild_card_loads_no_rules_of_another_folder() -> None:
    repo = REPO | {"legacy/alerts/old.yml": GOOD.replace("HighErrorRate", "Old")}
    seen = values(run_probe(alert_rules, repo=repo))
    assert seen["alerts.unloaded_files"] == ["legacy/alerts/old.yml"]


@pytest.mark.parametrize(
    "repo",
    [
        {"ops/rules/a.yml": GOOD, "monitoring/prometheus.yml": CONFIG},
        {"ops/alerts/orders.yml": GOOD, "a/prometheus.yml": CONFIG.replace("*.yml", "orders.yml")},
        {
            "ops/alerts/a.yml": GOOD,
            "monitoring/prometheus.yml": CONFIG,
            "compose.yml": "services: {p: {image: x, volumes: ['./ops/alerts:/etc/prometheus/rules:ro']}}",
        },
    ],
)
def test_a_folder_of_its_name_a_plain_name_and_a_mount_load_rules(repo: dict[str, str]) -> None:
    assert values(run_probe(alert_rules, repo=repo))["alerts.unloaded_files"] == []


def test_a_configuration_that_prometheus_refuses_leaves_loading_unknown() -> None:
    broken = "scrape_configs: [{job_name: a}, {job_name: a}]\nrule_files: ['*.yml']\n"
    evidence = run_probe(alert_rules, repo=REPO | {"monitoring/prometheus.yml": broken})
    assert problems(evidence) == ["malformed"]
    assert "alerts.unloaded_files" not in values(evidence)
    assert values(evidence)["alerts.invalid"] == []


def test_rules_that_only_helm_or_jsonnet_renders_are_not_known() -> None:
    mixin = "{ prometheusAlerts+:: { groups+: [{ rules: [{ alert: 'A' }] }] } }"
    text = config_map(orders_yml=GOOD).replace("kind: Service", "name: {{ .Values.name }}")
    for path, rendered in (("doc/mixin/alerts.libsonnet", mixin), ("chart/templates/r.yaml", text)):
        evidence = run_probe(alert_rules, repo={path: rendered})
        assert problems(evidence) == ["vacuous"]
        assert values(evidence) == {}
        beside = run_probe(alert_rules, repo=REPO | {path: rendered})
        assert values(beside)["alerts.rules"] == 1


def test_a_broken_config_map_with_rules_is_invalid() -> None:
    text = config_map(orders_yml=GOOD) + "broken: [\n"
    seen = values(run_probe(alert_rules, repo={"k8s/rules.yaml": text}))
    assert (seen["alerts.rules"], len(str(seen["alerts.invalid"])) > 10) == (0, True)
