"""Checks from outside of whether the service can be reached."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.model.evidence import ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.infra.uptime import uptime
from tests.formats.test_uptime_checks import CHECKLY, GATUS, PROMETHEUS

MONITOR = 'resource "betteruptime_monitor" "a" { url = "https://shop.corp.net/health" }\n'
CODE = {
    "app.py": "print(1)\n",
    "Dockerfile": 'FROM python:3.12\nCOPY app.py .\nCMD ["python", "app.py"]\n',
}
WATCH = """\
services:
  prometheus:
    image: prom/prometheus:v3.5.0
    volumes: ['./prometheus.yml:/etc/prometheus/prometheus.yml']
  blackbox:
    image: prom/blackbox-exporter:v0.27.0
"""
WORKFLOW = """\
name: uptime
on: {schedule: [{cron: '*/5 * * * *'}]}
jobs:
  ask:
    runs-on: ubuntu-latest
    steps:
    - run: curl -fsS https://shop.corp.net/health
"""


def told(files: dict[str, str]) -> dict[str, Any]:
    """The facts, without their common prefix."""
    found = values(run_probe(uptime, repo={**CODE, **files}))
    return {name.removeprefix("uptime."): value for name, value in found.items()}


def test_present_a_check_is_told_in_full() -> None:
    evidence = run_probe(uptime, repo={"ops/main.tf": MONITOR, **CODE})
    assert not evidence.problems
    assert told({"ops/main.tf": MONITOR}) == {
        "checks": ["ops/main.tf:1 betteruptime_monitor asks shop.corp.net"],
        "local_targets": [],
        "placeholder_targets": [],
        "unscheduled": [],
        "same_network": [],
    }


@pytest.mark.parametrize(
    "files", [{}, {"tests/main.tf": MONITOR}, {"docs/main.tf": MONITOR}, {"a.tf": f"# {MONITOR}"}]
)
def test_missing_or_with_nothing_to_look_at_it_is_not_known(files: dict[str, str]) -> None:
    evidence = run_probe(uptime, repo={**CODE, **files})
    assert problems(evidence) == ["vacuous"]
    assert "uptime.checks" not in values(evidence)


def test_malformed_or_denied_files_hide_what_they_may_hold() -> None:
    for content, kind in (
        ("endpoints: [\nconditions url:", "malformed"),
        (Trouble(ProblemKind.DENIED, "no"), "denied"),
    ):
        evidence = run_probe(uptime, repo={"gatus.yaml": content, **CODE})  # type: ignore[dict-item]
        assert problems(evidence) == [kind]
        assert "uptime.checks" in evidence.problems[0].facts


@pytest.mark.parametrize(
    "files",
    [
        {"e2e.tf": MONITOR},
        {"ops/compose.yaml": WATCH, "ops/prometheus.yml": PROMETHEUS},
        {"ops/compose.yaml": "services: {gatus: {image: twinproduction/gatus, volumes: ['./g.yaml:/config/config.yaml']}}\n", "ops/g.yaml": GATUS},
        {".upptimerc.yml": "sites: [{name: a, url: 'https://shop.corp.net'}]\n", ".github/workflows/uptime.yml": "on: {schedule: [{cron: '1 * * * *'}]}\njobs: {a: {runs-on: x, steps: [{uses: upptime/uptime-monitor@v1}]}}\n"},
        {"shop.check.ts": CHECKLY},
        {".github/workflows/uptime.yml": WORKFLOW},
    ],
)  # fmt: skip
def test_each_tool_is_seen_to_ask_from_outside(files: dict[str, str]) -> None:
    assert "shop.corp.net" in str(told(files)["checks"])


@pytest.mark.parametrize(
    ("files", "fact", "why"),
    [
        ({"a.tf": MONITOR.replace("shop.corp.net", "example.com")}, "placeholder_targets", "example"),
        ({"a.tf": MONITOR.replace("https://shop.corp.net/health", "")}, "placeholder_targets", "empty"),
        ({"a.tf": MONITOR.replace("shop.corp.net", "www.google.com")}, "placeholder_targets", "another's"),
        ({"a.tf": MONITOR.replace("https://shop.corp.net", "http://localhost:8000")}, "local_targets", "own network"),
        ({"a.tf": MONITOR.replace("https://shop.corp.net", "http://api:8000")}, "local_targets", "own network"),
        ({"a.tf": MONITOR.replace(" }", "\n  paused = true\n}").replace("{ url", "{\n  url")}, "unscheduled", "switches it off"),
        ({"a.tf": MONITOR.replace(" }", "\n  count = 0\n}").replace("{ url", "{\n  url")}, "unscheduled", "count"),
        ({"modules/watch/a.tf": MONITOR}, "unscheduled", "takes its module"),
        ({"ops/compose.yaml": WATCH, "ops/prometheus.yml": PROMETHEUS.partition("  - {target_label")[0]}, "unscheduled", "do not lead"),
        ({"ops/compose.yaml": WATCH, "ops/prometheus.yml": PROMETHEUS, "ops/blackbox.yml": "modules: {tcp: {prober: tcp}}\n"}, "unscheduled", "http_2xx"),
        ({"ops/compose.yaml": WATCH, "ops/prometheus.yml": PROMETHEUS.replace("shop.corp.net", "${DOMAIN}")}, "placeholder_targets", "not put in"),
        ({"compose.yaml": WATCH + "  api: {build: .}\n", "prometheus.yml": PROMETHEUS}, "same_network", "network of the service"),
        ({".upptimerc.yml": "sites: [{name: a, url: 'https://shop.corp.net'}]\n"}, "unscheduled", "no workflow of Upptime"),
        ({".github/workflows/uptime.yml": WORKFLOW.replace("{schedule: [{cron: '*/5 * * * *'}]}", "workflow_dispatch")}, "unscheduled", "no schedule"),
        ({".github/workflows/uptime.yml": WORKFLOW.replace("/health", "/health || true")}, "unscheduled", "failure is lost"),
    ],
)  # fmt: skip
def test_false_green_a_check_that_watches_nothing_from_outside_is_none(
    files: dict[str, str], fact: str, why: str
) -> None:
    found = told(files)
    assert "checks" not in found
    assert why in found[fact][0]


def test_a_request_that_cannot_fail_or_installs_something_is_no_check() -> None:
    for run in ("curl -s https://shop.corp.net/health", "echo https://shop.corp.net/health"):
        text = WORKFLOW.replace("curl -fsS https://shop.corp.net/health", run)
        assert told({".github/workflows/uptime.yml": text})["unscheduled"] == []
    install = WORKFLOW.replace("name: uptime", "name: nightly").replace("shop.corp.net/health", "sh.corp.net/install")  # fmt: skip
    assert "checks" not in told({".github/workflows/nightly.yml": install})


def test_where_nothing_shows_from_where_it_asks_it_is_not_known() -> None:
    evidence = run_probe(uptime, repo={**CODE, "prometheus.yml": PROMETHEUS})
    assert "From which network prometheus.yml asks is not known" in evidence.problems[0].message
    kuma = "services: {kuma: {image: louislam/uptime-kuma:1}}\n"
    evidence = run_probe(uptime, repo={**CODE, "ops/compose.yaml": kuma})
    assert "ops/compose.yaml:1 kuma" in evidence.problems[0].message
    module = 'module "watch" {\n  source = "git::https://corp.net/statuscake"\n}\n'
    assert "module watch" in run_probe(uptime, repo={**CODE, "a.tf": module}).problems[0].message
