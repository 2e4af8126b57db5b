"""Checks of whether a service can be reached: what they ask, and whether they are ever made."""

from __future__ import annotations

import pytest

from auditor.formats.monitoring import uptime_checks
from auditor.formats.terraform.terraform_values import resources
from auditor.formats.text.errors import Malformed

TERRAFORM = """\
variable "domain" { default = "shop.corp.net" }
variable "off" { default = true }
resource "betteruptime_monitor" "a" { url = "https://${var.domain}/health" }
resource "statuscake_uptime_check" "b" {
  monitored_resource { address = "https://api.corp.net" }
}
resource "pingdom_check" "c" { host = var.domain }
resource "uptimerobot_monitor" "d" {
  url    = "https://x.corp.net"
  paused = var.off
}
resource "aws_route53_health_check" "e" {
  count = 0
  fqdn  = "e.corp.net"
}
resource "aws_route53_health_check" "f" { type = "CALCULATED" }
resource "google_monitoring_uptime_check_config" "g" {
  monitored_resource {
    labels = { host = "g.corp.net" }
  }
}
resource "azurerm_application_insights_web_test" "i" {
  configuration = "<WebTest><Request Url=\\"https://i.corp.net/\\" /></WebTest>"
}
resource "aws_instance" "h" { url = "https://nobody" }
"""
PROMETHEUS = """\
scrape_configs:
- job_name: own
  static_configs: [{targets: ['api:8000']}]
- job_name: external
  metrics_path: /probe
  params: {module: [http_2xx]}
  static_configs: [{targets: ['https://shop.corp.net/health']}]
  relabel_configs:
  - {source_labels: [__address__], target_label: __param_target}
  - {target_label: __address__, replacement: 'blackbox:9115'}
"""
GATUS = """\
endpoints:
- {name: a, url: 'https://shop.corp.net', interval: 1m, conditions: ['[STATUS] == 200']}
- {name: b, url: 'https://b.corp.net', enabled: false, conditions: ['[STATUS] == 200']}
- {name: c, url: 'https://c.corp.net'}
"""
CHECKLY = """\
// new ApiCheck('old', { request: { url: 'https://old.corp.net' } })
new ApiCheck('a', { activated: true, request: { method: 'GET', url: 'https://shop.corp.net/health' } })
new ApiCheck('b', { muted: true, request: { url: 'https://b.corp.net' } })
new BrowserCheck('c', { code: { entrypoint: 'x.spec.ts' } })
"""


def told(checks: list[uptime_checks.Check]) -> list[tuple[str, bool]]:
    return [(one.target, bool(one.idle)) for one in checks]


def test_checks_of_providers_are_read_with_the_defaults_of_variables() -> None:
    assert uptime_checks.sniff_terraform(TERRAFORM.encode())
    assert told(uptime_checks.read_terraform(TERRAFORM.encode(), path="a.tf")) == [
        ("https://shop.corp.net/health", False),
        ("https://api.corp.net", False),
        ("shop.corp.net", False),
        ("https://x.corp.net", True),
        ("e.corp.net", True),
        ("g.corp.net", False),
        ("https://i.corp.net/", False),
    ]


def test_values_of_resources_are_resolved() -> None:
    made = {one.name: one for one in resources(TERRAFORM.encode(), path="a.tf")}
    assert made["d"].value("paused") is True
    assert made["g"].text("monitored_resource", "labels", "host") == "g.corp.net"
    assert (made["e"].made, made["a"].made, made["a"].text("nothing", "below")) == (False, True, "")


def test_a_job_asks_a_blackbox_exporter_only_where_its_labels_lead_there() -> None:
    (one,) = uptime_checks.read_blackbox(PROMETHEUS)
    assert (one.target, one.idle, one.module, one.line) == (
        "https://shop.corp.net/health",
        "",
        "http_2xx",
        7,
    )
    (lost,) = uptime_checks.read_blackbox(PROMETHEUS.partition("  - {target_label")[0])
    assert "do not lead" in lost.idle
    assert uptime_checks.read_blackbox(PROMETHEUS.replace("/probe", "/metrics")) == []


def test_gatus_upptime_probes_and_templates_are_read() -> None:
    assert told(uptime_checks.read_gatus(GATUS)) == [
        ("https://shop.corp.net", False),
        ("https://b.corp.net", True),
        ("https://c.corp.net", True),
    ]
    assert told(uptime_checks.read_upptime("sites:\n- {name: a, url: 'https://a.corp.net'}\n- {name: b}\n")) == [("https://a.corp.net", False)]  # fmt: skip
    probe = "kind: Probe\nspec: {prober: {url: 'b:9115'}, targets: {staticConfig: {static: ['https://a.corp.net']}}}\n"
    assert told(uptime_checks.read_probes(probe)) == [("https://a.corp.net", False)]
    template = "Resources:\n  A: {Type: 'AWS::Route53::HealthCheck', Properties: {HealthCheckConfig: {FullyQualifiedDomainName: a.corp.net, Disabled: true}}}\n"
    assert told(uptime_checks.read_canaries(template.encode())) == [("a.corp.net", True)]
    assert uptime_checks.read_modules("modules: {http_2xx: {prober: http}, x: 1}\n") == {"http_2xx"}


def test_scripts_of_checkly_are_read_without_comments() -> None:
    assert told(uptime_checks.read_checkly(CHECKLY)) == [
        ("https://shop.corp.net/health", False),
        ("https://b.corp.net", True),
        ("${an entry point}", False),
    ]


@pytest.mark.parametrize(
    ("host", "others"), [("www.google.com", True), ("1.1.1.1", True), ("shop.corp.net", False)]
)
def test_sites_of_others_are_known(host: str, others: bool) -> None:
    assert uptime_checks.is_others(host) is others


def test_what_is_broken_is_refused() -> None:
    with pytest.raises(Malformed):
        uptime_checks.read_gatus("endpoints: [\n")
    with pytest.raises(Malformed):
        uptime_checks.read_terraform(b'resource "a" {', path="a.tf")
