"""Alert rules joined with the metrics that exist: live, in code, or of an exporter; without a Prometheus."""

from __future__ import annotations

import pytest

from auditor.model.evidence import ProblemKind
from auditor.model.target import Deployment
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.monitoring.alert_metrics import alert_metrics

RULES = """\
groups:
  - name: orders
    rules:
      - {alert: Errors, expr: 'rate(orders_errors_total[5m]) > 1'}
      - {alert: Down, expr: 'up{job="orders"} == 0'}
      - {alert: Full, expr: 'node_filesystem_avail_bytes < 1'}
      - {alert: Slow, expr: 'histogram_quantile(0.9, rate(wait_seconds_bucket[5m])) > 1'}
      - {alert: Gone, expr: 'absent(nothing_total)'}
      - {alert: Ghost, expr: 'rate(ghost_total[5m]) > 1 and up == 1'}
      - {alert: Either, expr: 'ghost_total > 1 or orders_errors_total > 1'}
"""
CODE = """\
from fastapi import FastAPI
from prometheus_client import Counter, Histogram

app = FastAPI()
ERRORS = Counter("orders_errors_total", "Errors")
WAIT = Histogram("wait_seconds", "Wait")


@app.get("/orders")
def orders():
    ERRORS.inc()
    WAIT.observe(1)
"""
REPO = {
    "rules/orders.yml": RULES,
    "app/main.py": CODE,
    "requirements.txt": "prometheus-client==0.21\nfastapi==0.115\n",
}
URL = {"deployment": Deployment("staging", "https://staging.test")}


def test_present_metrics_are_found_wherever_they_come_from() -> None:
    evidence = run_probe(alert_metrics, repo=REPO)
    assert problems(evidence) == []
    assert values(evidence) == {
        "alert_metrics.compared": 7,
        "alert_metrics.missing": ["Ghost (ghost_total)"],
    }
    (place,) = next(f for f in evidence.facts if f.key.endswith("missing")).locations
    assert (place.path, place.line) == ("rules/orders.yml", 9)


def test_a_metric_that_the_deployment_exposes_exists_whatever_the_code_says() -> None:
    answers = {"/metrics": (200, "# TYPE ghost_total counter\nghost_total 0\n")}
    evidence = run_probe(alert_metrics, repo=REPO, http=answers, **URL)
    assert values(evidence)["alert_metrics.missing"] == []


def test_a_family_without_a_series_yet_exists_too() -> None:
    answers = {"/metrics": (200, "# TYPE ghost counter\n# TYPE other gauge\nother 1\n")}
    evidence = run_probe(alert_metrics, repo=REPO, http=answers, **URL)
    assert values(evidence)["alert_metrics.missing"] == []


def test_missing_rules_leave_nothing_to_compare() -> None:
    assert values(run_probe(alert_metrics, repo={"app/main.py": CODE})) == {
        "alert_metrics.compared": 0,
        "alert_metrics.missing": [],
    }


def test_without_a_repository_of_anything_there_is_nothing_to_look_at() -> None:
    assert values(run_probe(alert_metrics, repo={}))["alert_metrics.compared"] == 0


@pytest.mark.parametrize("status", [403, 500])
def test_denied_metrics_of_the_deployment_leave_the_files(status: int) -> None:
    evidence = run_probe(alert_metrics, repo=REPO, http={"/metrics": (status, "no")}, **URL)
    assert values(evidence)["alert_metrics.missing"] == ["Ghost (ghost_total)"]


def test_malformed_expressions_are_for_the_probe_of_the_rules() -> None:
    rules = RULES.replace("rate(ghost_total[5m]) > 1", "rate(ghost_total[5m) >")
    evidence = run_probe(alert_metrics, repo=REPO | {"rules/orders.yml": rules})
    assert (
        "alert_metrics.missing" not in values(evidence)
        or values(evidence)["alert_metrics.missing"] == []
    )


def test_code_that_may_not_be_read_may_hold_the_metric() -> None:
    repo = REPO | {"app/more.py": Trouble(ProblemKind.DENIED, "No right to read it.")}
    assert problems(run_probe(alert_metrics, repo=repo)) == ["vacuous"]


def test_false_green_without_source_code_no_metric_is_known() -> None:
    evidence = run_probe(alert_metrics, repo={"rules/orders.yml": RULES})
    assert problems(evidence) == ["vacuous"]
    assert "--prometheus" in evidence.problems[0].hint
    assert evidence.facts == ()


def test_false_green_a_metric_of_a_file_that_the_service_never_reaches_is_none() -> None:
    lost = {
        "app/unused.py": 'from prometheus_client import Counter\nG = Counter("ghost_total", "x")\n'
    }
    assert values(run_probe(alert_metrics, repo=REPO | lost))["alert_metrics.missing"] == [
        "Ghost (ghost_total)"
    ]
