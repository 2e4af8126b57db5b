"""Checks of whether a service can be reached: what each asks, and whether it is ever asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.formats.kubernetes.kube_model import dig
from auditor.formats.terraform.terraform_values import Made, resources
from auditor.formats.text.yaml_shapes import list_of, mapping_of, text_of, texts_of
from auditor.formats.text.yaml_text import YamlDocument, YamlValue, load_all

_PROVIDERS: dict[str, tuple[tuple[str, ...], ...]] = {
    "pingdom_check": (("host",),),
    "uptimerobot_monitor": (("url",),),
    "statuscake_uptime_check": (("monitored_resource", "address"),),
    "statuscake_test": (("website_url",),),
    "betteruptime_monitor": (("url",),),
    "betterstack_monitor": (("url",),),
    "datadog_synthetics_test": (("request_definition", "url"), ("request_definition", "host")),
    "aws_route53_health_check": (("fqdn",), ("ip_address",)),
    "google_monitoring_uptime_check_config": (("monitored_resource", "labels", "host"),),
    "grafana_synthetic_monitoring_check": (("target",),),
    "checkly_check": (("request", "url"),),
    "checkly_url_monitor": (("request", "url"),),
    "newrelic_synthetics_monitor": (("uri",),),
    "azurerm_application_insights_standard_web_test": (("request", "url"),),
    "azurerm_application_insights_web_test": (("configuration",),),
    "digitalocean_uptime_check": (("target",),),
    "cloudflare_healthcheck": (("address",),),
    "cronitor_monitor": (("request", "url"),),
    "dynatrace_http_monitor": (("script", "request", "url"),),
    "hyperping_monitor": (("url",),),
    "updown_check": (("url",),),
    "site24x7_website_monitor": (("website",),),
    "oneuptime_monitor": (("url",),),
    "uptime_check_http": (("address",),),
    "freshping_check": (("url",),),
}
_OF_OTHERS = frozenset({"CALCULATED", "CLOUDWATCH_METRIC", "RECOVERY_CONTROL"})
"""Types of health checks of Route 53 that only add up what others found."""
_TERRAFORM = re.compile(rb"resource\s+\"(?:" + "|".join(_PROVIDERS).encode() + rb")\"")
_CHECKLY = re.compile(r"new\s+(ApiCheck|UrlMonitor|BrowserCheck|MultiStepCheck|TcpMonitor)\s*\(")
_URL = re.compile(
    r"\b(?:url|hostname)\s*:\s*[\"'`]([^\"'`\n]+)[\"'`]|\.goto\(\s*[\"'`]([^\"'`\n]+)"
)
_THIRD = re.compile(
    r"(?:.+\.)?(?:google|github|wikipedia|prometheus|cloudflare|ycombinator|hackernews|yahoo|bing|facebook|twitter"
    r"|upptime|koj|anandchowdhary|grafana|httpbin|httpstat|badssl|stackoverflow|baidu)\.(?:com|org|io|js\.org|us|co)"
    r"|1\.1\.1\.1|8\.8\.[84]\.[84]"
)


@dataclass(frozen=True, slots=True)
class Check:
    """One check: the tool, what it asks, and why it is never asked ("" where it is).

    `module` is that of a blackbox exporter which is asked for.
    """

    tool: str
    target: str
    line: int | None
    idle: str = ""
    module: str = ""


def is_others(host: str) -> bool:
    """Whether a host is a site of others that examples and templates like to ask."""
    return _THIRD.fullmatch(host.lower()) is not None


def sniff_terraform(head: bytes) -> bool:
    """Whether the first bytes of a Terraform file hold a check of a provider."""
    return _TERRAFORM.search(head) is not None


def read_terraform(data: bytes, *, path: str) -> list[Check]:
    """The checks of providers in a Terraform file. Raises Malformed and TooLarge."""
    every = (one for one in resources(data, path=path) if one.kind in _PROVIDERS)
    return [_of_resource(one) for one in every if one.text("type") not in _OF_OTHERS]


def _of_resource(one: Made) -> Check:
    found = (one.text(*way) for way in _PROVIDERS[one.kind])
    target = next((text for text in found if text), "")
    if one.kind == "azurerm_application_insights_web_test":  # which keeps the address in its XML
        inside = re.search(r"\bUrl=\\?\"([^\"\\]+)", target)
        target = inside[1] if inside else "${configuration}" if target else ""
    off = [name for name in ("paused", "disabled", "is_paused", "muted") if one.value(name) is True]
    off += [name for name in ("enabled", "activated", "active") if one.value(name) is False]
    off += ["status"] if one.text("status").lower() in ("paused", "disabled", "0") else []
    idle = (
        f"`{off[0]}` switches it off"
        if off
        else ("" if one.made else "`count = 0` makes none of it")
    )
    return Check(one.kind, target, one.line, idle)


def read_blackbox(data: bytes, *, name: str = "The configuration") -> list[Check]:
    """The jobs of a Prometheus configuration that ask a blackbox exporter. Raises Malformed, TooLarge."""
    found: list[Check] = []
    for document in load_all(data, name=name):
        jobs = list_of(mapping_of(document.value).get("scrape_configs"))
        for at, job in enumerate(map(mapping_of, jobs)):
            if text_of(job.get("metrics_path")) == "/probe":
                found += _of_job(document, at, job)
    return found


def _of_job(document: YamlDocument, at: int, job: dict[str, YamlValue]) -> Iterator[Check]:
    rules = [mapping_of(one) for one in list_of(job.get("relabel_configs"))]
    labels = {text_of(rule.get("target_label")) for rule in rules}
    led = {"__address__", "__param_target"} <= labels
    idle = "" if led else "its relabel_configs do not lead to a blackbox exporter"
    module = next(iter(texts_of(dig(job.get("params"), "module"))), "http_2xx")
    if "__param_module" in labels:
        module = ""
    for number, static in enumerate(list_of(job.get("static_configs"))):
        for position, target in enumerate(texts_of(mapping_of(static).get("targets"))):
            path = ("scrape_configs", at, "static_configs", number, "targets", position)
            yield Check("blackbox exporter", target, document.key_line(path), idle, module)


def read_modules(data: bytes, *, name: str = "The configuration") -> frozenset[str]:
    """The modules of a blackbox exporter; empty where it is another file. Raises Malformed, TooLarge."""
    documents = load_all(data, name=name)
    modules = (mapping_of(mapping_of(one.value).get("modules")) for one in documents)
    return frozenset(
        key for one in modules for key, body in one.items() if "prober" in mapping_of(body)
    )


def read_gatus(data: bytes, *, name: str = "The configuration") -> list[Check]:
    """The endpoints of Gatus. Raises Malformed and TooLarge."""
    return [check for one in load_all(data, name=name) for check in _of_gatus(one)]


def _of_gatus(document: YamlDocument) -> Iterator[Check]:
    for key in ("endpoints", "services"):
        for at, one in enumerate(map(mapping_of, list_of(mapping_of(document.value).get(key)))):
            url = text_of(one.get("url"))
            if url is None:
                continue
            off = text_of(one.get("enabled")) == "false"
            idle = "`enabled: false` switches it off" if off else ""
            if not list_of(one.get("conditions")):
                idle = idle or "it has no conditions, so that nothing of it can fail"
            yield Check("Gatus", url, document.key_line((key, at)), idle)


def read_upptime(data: bytes, *, name: str = "The configuration") -> list[Check]:
    """The sites of Upptime. Raises Malformed and TooLarge."""
    found: list[Check] = []
    for document in load_all(data, name=name):
        for at, one in enumerate(map(mapping_of, list_of(mapping_of(document.value).get("sites")))):
            url = text_of(one.get("url"))
            if url:
                found.append(Check("Upptime", url, document.key_line(("sites", at))))
    return found


def read_probes(data: bytes, *, name: str = "The manifest") -> list[Check]:
    """The targets of Probe resources of the Prometheus operator. Raises Malformed and TooLarge."""
    found: list[Check] = []
    for document in load_all(data, name=name):
        top = document.value
        if text_of(mapping_of(top).get("kind")) != "Probe":
            continue
        prober = text_of(dig(top, "spec", "prober", "url"))
        idle = "" if prober else "it names no prober"
        for target in texts_of(dig(top, "spec", "targets", "staticConfig", "static")):
            found.append(
                Check("Probe resource", target, document.key_line(("spec", "targets")), idle)
            )
    return found


def read_canaries(data: bytes, *, name: str = "The template") -> list[Check]:
    """Health checks of Route 53 in a CloudFormation template. Raises Malformed and TooLarge."""
    found: list[Check] = []
    for document in load_all(data, name=name):
        for key, one in mapping_of(dig(document.value, "Resources")).items():
            if text_of(mapping_of(one).get("Type")) == "AWS::Route53::HealthCheck":
                settings = dig(one, "Properties", "HealthCheckConfig")
                host = text_of(dig(settings, "FullyQualifiedDomainName")) or text_of(
                    dig(settings, "IPAddress")
                )
                line = document.key_line(("Resources", key))
                off = text_of(dig(settings, "Disabled")) == "true"
                idle = "`Disabled` switches it off" if off else ""
                found.append(
                    Check("AWS::Route53::HealthCheck", host or "${a parameter}", line, idle)
                )
    return found


def read_checkly(text: str) -> list[Check]:
    """Checks of Checkly in a script, as far as their address is written in it."""
    plain = re.sub(r"(?m)^\s*//.*$|/\*[\s\S]*?\*/", lambda m: "\n" * m.group().count("\n"), text)
    found: list[Check] = []
    for check in _CHECKLY.finditer(plain):
        body = plain[check.end() : check.end() + 3_000]
        body = body[: following.start()] if (following := _CHECKLY.search(body)) else body
        url = _URL.search(body)
        off = re.search(r"\bactivated\s*:\s*false|\bmuted\s*:\s*true", body)
        line = plain.count("\n", 0, check.start()) + 1
        target = (url[1] or url[2]) if url else "${an entry point}"
        found.append(Check("Checkly", target, line, "it is not activated, or muted" if off else ""))
    return found
