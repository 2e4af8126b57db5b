"""monitoring.slos reads objectives with a target and an indicator, and alerts on their burn rate."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.model.evidence import ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.monitoring.slos import slos

SLOTH = """\
version: prometheus/v1
service: orders
slos:
  - name: availability
    objective: 99.9
    sli:
      events:
        error_query: sum(rate(http_requests_total{code=~"5.."}[{{.window}}]))
        total_query: sum(rate(http_requests_total[{{.window}}]))
    alerting: {name: OrdersBurn, page_alert: {labels: {severity: page}}}
"""
OPENSLO = """\
apiVersion: openslo/v1
kind: SLO
metadata: {name: orders-latency}
spec:
  service: orders
  indicatorRef: latency
  timeWindow: [{duration: 28d, isRolling: true}]
  objectives: [{target: 0.99}]
"""
PYRRA = """\
apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata: {name: orders-errors}
spec:
  target: "99.5"
  window: 4w
  indicator: {ratio: {errors: {metric: 'http_requests_total{code=~"5.."}'}, total: {metric: http_requests_total}}}
"""
RULES = """\
groups:
  - name: slo
    rules:
      - alert: ErrorBudgetBurn
        expr: job:errors:rate5m > 0.014 and job:errors:rate1h > 0.014
        labels: {severity: page}
"""
NOTHING: dict[str, Any] = {"objectives": [], "incomplete": [], "burn_alerts": [], "invalid": []}


def look(files: dict[str, Any]) -> dict[str, Any]:
    """The facts without `slo.`."""
    found = values(run_probe(slos, repo=files))
    return {key.removeprefix("slo."): value for key, value in found.items()}


def test_present() -> None:
    assert look({"slo/orders.yaml": SLOTH}) == NOTHING | {
        "objectives": ["slo/orders.yaml:4 orders/availability: 99.9 % over 30d"],
        "burn_alerts": ["slo/orders.yaml:4 made from the objective orders/availability"],
    }


def test_missing_is_unknown_since_a_vendor_may_hold_it() -> None:
    evidence = run_probe(slos, repo={"README.md": "SLO: 99.9 %"})
    assert (values(evidence), problems(evidence)) == ({}, ["not_configured", "not_configured"])


def test_nothing_to_look_at() -> None:
    assert look({}) == {}


def test_objectives_without_alerts_are_told_as_such() -> None:
    assert look({"slo.yaml": OPENSLO})["burn_alerts"] == []


def test_malformed() -> None:
    evidence = run_probe(slos, repo={"slo.yaml": SLOTH + "  - ["})
    assert problems(evidence)[0] == "malformed"
    assert "slo.objectives" not in values(evidence)


def test_denied() -> None:
    evidence = run_probe(slos, repo={"slo.yaml": Trouble(ProblemKind.DENIED, "slo.yaml")})
    assert "denied" in problems(evidence)
    assert "slo.objectives" not in values(evidence)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (OPENSLO, "slo.yaml:8 orders-latency: 99 % over 28d"),
        (OPENSLO.replace("target: 0.99", "targetPercent: 99.5"), "slo.yaml:8 orders-latency: 99.5 % over 28d"),
        (PYRRA, "slo.yaml:5 orders-errors: 99.5 % over 4w"),
    ],
)  # fmt: skip
def test_each_form(text: str, told: str) -> None:
    assert look({"slo.yaml": text})["objectives"] == [told]


def test_pyrra_makes_alerts_and_openslo_only_with_a_policy() -> None:
    assert len(look({"slo.yaml": PYRRA})["burn_alerts"]) == 1
    assert look({"slo.yaml": OPENSLO})["burn_alerts"] == []
    with_policy = OPENSLO + "  alertPolicies: [{alertPolicyRef: fast-burn}]\n"
    assert len(look({"slo.yaml": with_policy})["burn_alerts"]) == 1


@pytest.mark.parametrize(
    "text",
    [
        SLOTH.replace("99.9", "100"),
        SLOTH.replace("99.9", "0"),
        SLOTH.replace("objective: 99.9", "objective: high"),
        SLOTH.replace("    objective: 99.9\n", ""),
        SLOTH.partition("    sli:")[0],
        OPENSLO.replace("0.99", "1"),
        OPENSLO.replace("  indicatorRef: latency\n", ""),
        OPENSLO.replace("  objectives: [{target: 0.99}]\n", ""),
        PYRRA.replace("http_requests_total", "<metric>").replace('{code=~"5.."}', ""),
        PYRRA.replace('"99.5"', '"100"'),
    ],
)
def test_false_green_an_objective_that_cannot_be_held(text: str) -> None:
    found = look({"slo.yaml": text})
    assert found["objectives"] == []
    assert found.get("burn_alerts", []) == []
    assert len(found["incomplete"]) == 1


@pytest.mark.parametrize(
    "text",
    [
        SLOTH.replace("page_alert: {labels: {severity: page}}", "page_alert: {disable: true}"),
        SLOTH.partition("    alerting:")[0],
        PYRRA + "  alerting: {disabled: true}\n",
    ],
)
def test_false_green_alerts_that_are_switched_off(text: str) -> None:
    assert look({"slo.yaml": text})["burn_alerts"] == []


def test_a_rule_over_two_windows_is_a_burn_rate_alert() -> None:
    assert look({"rules.yml": RULES})["burn_alerts"] == ["rules.yml:4 ErrorBudgetBurn"]


@pytest.mark.parametrize(
    "expr",
    [
        "job:errors:rate5m > 0.014",
        "job:errors:rate5m > 0.014 or job:errors:rate1h > 0.014",
        "rate(errors_total[5m]) > 1 and rate(errors_total[5m]) > 1",
    ],
)
def test_false_green_one_window_is_no_burn_rate(expr: str) -> None:
    text = RULES.replace("job:errors:rate5m > 0.014 and job:errors:rate1h > 0.014", expr)
    assert "burn_alerts" not in look({"rules.yml": text})
    assert look({"rules.yml": text, "slo.yaml": OPENSLO})["burn_alerts"] == []


@pytest.mark.parametrize("path", ["examples/slo.yaml", "docs/slo.yaml", "tests/slo.yaml"])
def test_false_green_an_example_is_no_objective(path: str) -> None:
    assert look({path: SLOTH}) == {}
