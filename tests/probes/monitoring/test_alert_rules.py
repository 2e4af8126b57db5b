"""What monitoring.alert_rules says of rule files."""

from __future__ import annotations

from auditor.model.evidence import ProblemKind
from auditor.probing.testing import problems, run_probe, values
from auditor.probing.trouble import Trouble
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
