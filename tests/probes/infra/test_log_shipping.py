"""What ships the service's logs, and for how long they are kept."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.model.evidence import ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import problems, run_probe, values
from probes.infra.log_shipping import log_shipping
from tests.formats.test_log_retention import LOKI
from tests.formats.test_log_shipper import ALLOY, COLLECTOR, FLUENT_BIT

PROMTAIL = """\
clients: [{url: 'http://loki:3100/loki/api/v1/push'}]
scrape_configs:
- job_name: a
  docker_sd_configs: [{host: 'unix:///var/run/docker.sock'}]
"""
COMPOSE = """\
services:
  api:
    build: .
    logging: {options: {max-size: 10m}}
    labels: {logging: 'on'}
  loki:
    image: grafana/loki:3.5.0
    volumes: ['./ops/loki.yaml:/etc/loki/local-config.yaml']
  promtail:
    image: grafana/promtail:3.5.0
    volumes: ['./ops/promtail.yml:/etc/promtail/config.yml', '/var/run/docker.sock:/var/run/docker.sock']
"""
CODE = {
    "app.py": "print(1)\n",
    "Dockerfile": 'FROM python:3.12\nCOPY app.py .\nCMD ["python", "app.py"]\n',
}
STACK = {"compose.yaml": COMPOSE, "ops/promtail.yml": PROMTAIL, "ops/loki.yaml": LOKI, **CODE}
RUNNING = "ops/promtail.yml:1 promtail to loki (run by promtail)"


def told(files: dict[str, str]) -> dict[str, Any]:
    """The facts, without their common prefix."""
    found = values(run_probe(log_shipping, repo=files))
    return {name.removeprefix("log_shipping."): value for name, value in found.items()}


def test_present_a_shipper_and_its_retention_are_told_in_full() -> None:
    evidence = run_probe(log_shipping, repo=STACK)
    assert not evidence.problems
    assert told(STACK) == {
        "shippers": [RUNNING],
        "invalid": [],
        "placeholder_targets": [],
        "idle": [],
        "unrotated": [],
        "retention_days": 30.0,
        "retention_ineffective": [],
    }


@pytest.mark.parametrize(
    "files", [{}, CODE, {"tests/promtail.yml": PROMTAIL, "docs/loki.yaml": LOKI}]
)
def test_missing_or_with_nothing_to_look_at_it_is_not_known(files: dict[str, str]) -> None:
    evidence = run_probe(log_shipping, repo=files)
    assert problems(evidence) == ["vacuous", "vacuous"]
    assert {"log_shipping.shippers", "log_shipping.retention_days"}.isdisjoint(values(evidence))


def test_malformed_a_configuration_is_told() -> None:
    found = told({**STACK, "ops/promtail.yml": "clients: [\n"})
    assert found["invalid"][0].startswith("ops/promtail.yml:")
    assert "shippers" not in found
    evidence = run_probe(log_shipping, repo={**STACK, "ops/loki.yaml": "limits_config: {\n"})
    assert problems(evidence)[-1] == "malformed"
    assert "log_shipping.retention_ineffective" not in values(evidence)


def test_denied_a_file_that_cannot_be_read_hides_what_it_may_hold() -> None:
    evidence = run_probe(
        log_shipping, repo={**CODE, "ops/promtail.yml": Trouble(ProblemKind.DENIED, "no")}
    )
    assert "denied" in problems(evidence)
    assert "log_shipping.shippers" in evidence.problems[0].facts


@pytest.mark.parametrize(
    ("change", "fact", "why"),
    [
        ({"ops/promtail.yml": PROMTAIL.replace("loki:3100", "logs.example.com")}, "placeholder_targets", "example"),
        ({"ops/promtail.yml": PROMTAIL.replace("loki:3100", "localhost:3100")}, "placeholder_targets", "the shipper itself"),
        ({"ops/promtail.yml": PROMTAIL.replace("loki:3100", "logs:3100")}, "placeholder_targets", "no service is called so"),
        ({"ops/promtail.yml": PROMTAIL.replace("http://loki:3100/loki", "${LOKI_URL}")}, "placeholder_targets", "not put in"),
        ({"compose.yaml": COMPOSE.replace("./ops/promtail.yml", "./else.yml")}, "idle", "nothing in the repository runs it"),
        ({"compose.yaml": COMPOSE.replace("image: grafana/promtail", "image: busybox")}, "idle", "nothing in the repository runs it"),
        ({"ops/promtail.yml": PROMTAIL.replace("sock'}", "sock', filters: [{name: label, values: ['ship=yes']}]}")}, "idle", "label ship=yes"),
        ({"ops/promtail.yml": PROMTAIL.replace("docker_sd_configs: [{host: 'unix:///var/run/docker.sock'}]", "static_configs: [{labels: {__path__: /var/log/*log}}]")}, "idle", "not seen to write"),
        ({"ops/promtail.yml": PROMTAIL.replace("docker_sd", "# docker_sd")}, "idle", "no source"),
        ({"compose.yaml": COMPOSE.replace("logging: {options: {max-size: 10m}}", "logging: {driver: none}"), "ops/promtail.yml": "a: 1\n"}, "idle", "switched off"),
    ],
)  # fmt: skip
def test_false_green_a_stack_that_takes_nothing_of_the_service_ships_nothing(
    change: dict[str, str], fact: str, why: str
) -> None:
    found = told({**STACK, **change})
    assert "shippers" not in found
    assert why in found[fact][0]


def test_a_shared_volume_and_a_wanted_label_are_ways_to_the_service() -> None:
    label = PROMTAIL.replace("sock'}", "sock', filters: [{name: label, values: ['logging=on']}]}")
    assert told({**STACK, "ops/promtail.yml": label})["shippers"] == [RUNNING]
    files = PROMTAIL.replace("docker_sd_configs: [{host: 'unix:///var/run/docker.sock'}]", "static_configs: [{labels: {__path__: /logs/*.log}}]")  # fmt: skip
    compose = COMPOSE.replace("/var/run/docker.sock:/var/run/docker.sock", "logs:/logs").replace(
        "build: .", "build: .\n    volumes: ['logs:/app/logs']"
    )
    assert told({**STACK, "ops/promtail.yml": files, "compose.yaml": compose})["shippers"] == [RUNNING]  # fmt: skip


def test_drivers_manifests_and_container_definitions_ship() -> None:
    driver = COMPOSE.replace("{options: {max-size: 10m}}", "{driver: gelf, options: {gelf-address: 'udp://logs.corp.net:12201'}}")  # fmt: skip
    assert told({"compose.yaml": driver, **CODE})["shippers"] == ["compose.yaml:2 api: logging driver gelf"]  # fmt: skip
    indented = "".join(f"    {line}\n" for line in FLUENT_BIT.splitlines())
    manifest = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata:\n  fluent-bit.conf: |\n{indented}"
    daemon = "apiVersion: apps/v1\nkind: DaemonSet\nspec: {template: {spec: {containers: [\n  {name: a,\n   image: fluent/fluent-bit:3.0}]}}}\n"
    files = {"k8s/cm.yaml": manifest, "k8s/ds.yaml": daemon.replace("   image", "image"), **CODE}
    assert told(files)["shippers"] == ["k8s/cm.yaml:6 fluent-bit to loki (run by k8s/ds.yaml)"]
    task = 'resource "aws_ecs_task_definition" "a" {\n  x = jsonencode([{ logConfiguration = { logDriver = "awslogs" } }])\n}\n'
    assert len(told({"a.tf": task, **CODE})["shippers"]) == 1
    assert "shippers" not in told({"a.tf": task.replace("  x", "  # x"), **CODE})


def test_a_container_of_the_service_without_rotation_is_told() -> None:
    found = told({**STACK, "compose.yaml": COMPOSE.replace("logging: {options: {max-size: 10m}}", "restart: always")})  # fmt: skip
    assert found["unrotated"] == ["compose.yaml:2 api: its log file grows without max-size"]


def test_false_green_a_collector_that_waits_for_logs_which_nobody_sends_ships_nothing() -> None:
    config = COLLECTOR.replace("receivers: [filelog]", "receivers: [otlp]", 1)
    compose = COMPOSE.replace("grafana/promtail:3.5.0", "otel/opentelemetry-collector-contrib:0.130.0").replace("promtail.yml", "otel.yaml")  # fmt: skip
    files = {"compose.yaml": compose, "ops/otel.yaml": config, **CODE}
    assert "not seen to send" in told(files)["idle"][0]
    sending = {**files, "app.py": "from opentelemetry.sdk._logs import LoggerProvider\n"}
    assert len(told(sending)["shippers"]) == 1


def test_alloy_is_read_and_run() -> None:
    compose = COMPOSE.replace("grafana/promtail:3.5.0", "grafana/alloy:1.9.0").replace("promtail.yml", "config.alloy")  # fmt: skip
    files = {"compose.yaml": compose, "ops/config.alloy": ALLOY, **CODE}
    assert told(files)["shippers"] == ["ops/config.alloy:1 alloy to loki.write (run by promtail)"]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"ops/loki.yaml": LOKI.replace("retention_enabled: true", "retention_enabled: false")}, "kept for ever"),
        ({"compose.yaml": COMPOSE.replace("./ops/loki.yaml", "./other.yaml")}, "not given this file"),
    ],
)  # fmt: skip
def test_false_green_a_period_that_nothing_enforces_is_none(
    change: dict[str, str], why: str
) -> None:
    found = told({**STACK, **change})
    assert why in found["retention_ineffective"][0]
    assert "retention_days" not in found


def test_a_policy_counts_where_something_names_it_and_the_fewest_days_are_told() -> None:
    policy = '{"policy": {"phases": {"delete": {"min_age": "7d", "actions": {"delete": {}}}}}}'
    alone = {**STACK, "es/ilm-logs.json": policy}
    assert "names the policy" in told(alone)["retention_ineffective"][0]
    named = {**alone, "es/setup.sh": "curl -X PUT $ES/_ilm/policy/logs -d @ilm-logs.json\n"}
    assert told(named)["retention_days"] == 7.0
    variable = 'resource "aws_cloudwatch_log_group" "a" { retention_in_days = var.x }\n'
    evidence = run_probe(log_shipping, repo={"a.tf": variable})
    assert "decided by variables" in evidence.problems[-1].message


CONFIG_MAP = (
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata:\n  collector.yaml: |\n{}"
)
BLANK = """\
receivers: {otlp: {}, filelog: {include: [/var/log/pods/*/*.log]}}
exporters:
  googlecloud:
    project: {{PROJECT_ID}}
service: {pipelines: {traces: {receivers: [otlp], exporters: [googlecloud]}}}
"""


def collector(text: str) -> str:
    """A ConfigMap that holds a configuration of the collector, and the Deployment that runs it."""
    indented = "".join(f"    {line}\n" for line in text.splitlines())
    runs = "apiVersion: apps/v1\nkind: Deployment\nspec:\n  image: otel/opentelemetry-collector-contrib:0.130.0\n"
    return f"{CONFIG_MAP.format(indented)}---\n{runs}"


def test_a_template_of_a_collector_of_traces_is_no_refused_shipper_of_logs() -> None:
    evidence = run_probe(log_shipping, repo={"k8s/otel-collector.yaml": collector(BLANK), **CODE})
    assert values(evidence)["log_shipping.invalid"] == []
    assert "nothing that ships logs" in evidence.problems[0].message


@pytest.mark.parametrize(
    "text",
    [BLANK.replace("traces:", "logs:"), BLANK + "{{- if .Values.more }}\na: [\n{{- end }}\n"],
)
def test_false_green_a_template_that_may_ship_logs_is_not_known(text: str) -> None:
    evidence = run_probe(log_shipping, repo={"k8s/otel-collector.yaml": collector(text), **CODE})
    assert "log_shipping.shippers" not in values(evidence)
    assert "log_shipping.invalid" not in values(evidence)
    assert "k8s/otel-collector.yaml:6 is a template" in evidence.problems[0].message


def test_false_green_a_blank_in_quotes_does_not_hide_what_is_wrong_elsewhere() -> None:
    text = f"{PROMTAIL}a: '{{{{ .Value }}}}'\nb: [\n"
    assert told({**STACK, "ops/promtail.yml": text})["invalid"][0].startswith("ops/promtail.yml:")


def test_false_green_a_component_that_no_kustomization_takes_in_ships_nothing() -> None:
    files = {
        "k/kustomization.yaml": "resources: [base]\ncomponents:\n- parts/logs\n",
        "k/base/kustomization.yaml": "resources: []\n",
        "k/parts/logs/kustomization.yaml": "kind: Component\nresources: [otel.yaml]\n",
        "k/parts/logs/otel.yaml": collector(COLLECTOR),
        **CODE,
    }
    assert len(told(files)["shippers"]) == 1
    off = {**files, "k/kustomization.yaml": "resources: [base]\ncomponents:\n# - parts/logs\n"}
    assert "nothing in the repository runs it" in told(off)["idle"][0]
    tested = {**off, "k/tests/all/kustomization.yaml": "components: [../../parts/logs]\n"}
    assert "shippers" not in told(tested)
