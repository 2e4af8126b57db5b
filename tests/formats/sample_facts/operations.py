"""Monitoring, containers, pipelines and interfaces."""

from __future__ import annotations

from auditor.formats.ci import github_workflow
from auditor.formats.containers import compose, dockerfile
from auditor.formats.containers.compose_model import HealthState
from auditor.formats.containers.image_reference import read_image
from auditor.formats.kubernetes import kube_manifest
from auditor.formats.kubernetes.kube_model import KubeObject, dig
from auditor.formats.kubernetes.kube_set import KubeSet
from auditor.formats.monitoring import (
    alertmanager_config,
    exposition,
    prometheus_config,
    prometheus_rules,
)
from auditor.formats.monitoring.prometheus_rules import RuleFile
from auditor.formats.web import openapi_doc
from tests.formats.sample_facts.folder import Begins, Facts, Folder, counted, not_told

OF_ANOTHER_TOOL = "What another program said of the file, which is not run here."


def of_exposition(data: bytes) -> Facts:
    read = exposition.parse(data)
    typed = [family for family in read.families if family.type is not None]
    return {
        "HELP_lines": sum(family.help for family in read.families),
        "NaN_or_Inf_values": read.non_finite,
        "TYPE_lines(=families with metadata)": len(typed),
        "ends_with_EOF_marker": read.openmetrics,
        "exemplars": read.exemplars,
        "lines": read.lines,
        "sample_lines": read.samples,
        "types": counted(str(family.type) for family in typed),
        "unique_sample_names": len({name for family in read.families for name in family.series}),
    }


def of_rules(data: bytes) -> Facts:
    file = prometheus_rules.parse(data)
    alerts = file.alerts
    verdict = promtool(file)
    return {
        "alerting_rules": len(alerts),
        "alerts_with_runbook_url": sum("runbook_url" in one.annotations for one in alerts),
        "alerts_with_summary": sum("summary" in one.annotations for one in alerts),
        "alerts_without_for": sum(one.for_seconds is None for one in alerts),
        "check_grep_alert_lines": len(alerts),
        "check_grep_record_lines": len(file.recordings),
        "container": "PrometheusRule CRD" if file.custom_resource else "plain",
        "group_names_unique": len({group.name for group in file.groups}),
        "groups": len(file.groups),
        "groups_with_null_rules": sum(not group.rules for group in file.groups),
        "promtool_2.42": verdict,
        "promtool_2.42_on_spec.groups": verdict,
        "recording_rules": len(file.recordings),
        "severity_labels": counted(one.labels.get("severity", "(null)") for one in alerts),
        "unique_alert_names": len({one.name for one in alerts}),
        # YAML that cannot be read is refused.
        "yaml_ok": True,
    }


def promtool(file: RuleFile) -> str:
    """Promtool also fails a rule that stands twice, which Prometheus itself loads."""
    rules = [(one.name, tuple(sorted(one.labels.items()))) for one in file.rules]
    if file.all_problems or len(set(rules)) < len(rules):
        return Begins("FAILED: ")
    return f"SUCCESS {len(file.rules)} rules"


def of_prometheus(data: bytes) -> Facts:
    config = prometheus_config.read(data)
    return {
        "alertmanager_configs": len(config.alertmanagers),
        "evaluation_interval": config.evaluation_interval,
        "remote_write": config.remote_write,
        "rule_files": len(config.rule_files),
        "scrape_configs": len(config.scrape_jobs),
        "scrape_interval": config.scrape_interval,
        "static_am_targets": sum(len(one.targets) for one in config.alertmanagers),
        "promtool_2.42_syntax_only": Begins("FAILED: ") if config.unknown_keys else "SUCCESS",
        "unique_job_names": len({job.name for job in config.scrape_jobs}),
        # YAML that cannot be read is refused.
        "yaml_ok": True,
    }


def of_alertmanager(data: bytes) -> Facts:
    config = alertmanager_config.read(data)
    assert config.route is not None
    receivers = config.receivers
    return {
        "child_routes": sum(1 for _ in config.route.walk()) - 1,
        "inhibit_rules": config.inhibit_rules,
        "integrations": counted(one.kind for each in receivers for one in each.integrations),
        "receiver_names": [one.name for one in receivers],
        "receivers": len(receivers),
        "receivers_without_integration": [one.name for one in receivers if not one.integrations],
        "root_receiver": config.route.receiver,
        "templates": len(config.templates),
        # One that is wrapped in something else is refused until it is taken out.
        "wrapper": None,
    }


def of_compose(data: bytes) -> Facts:
    found = compose.read(data).services
    declared = [one for one in found if one.health.state is HealthState.DECLARED]
    limit = "with_memory_limit(deploy.resources.limits.memory or mem_limit)"
    return {
        "service_names": sorted(one.name for one in found),
        "services": len(found),
        "with_build": sum(one.build is not None for one in found),
        "with_healthcheck": len(declared),
        "with_image": sum(one.image is not None for one in found),
        limit: sum(one.memory_limit is not None for one in found),
        "with_restart": sum(one.restart is not None for one in found),
    }


def of_dockerfile(data: bytes) -> Facts:
    read = dockerfile.read(data)
    instructions = read.instructions
    counts = counted(one.name for one in instructions)
    # The manifest writes the first 90 characters of a line.
    from_lines = [
        " ".join(("FROM", *(f"--{key}={value}" for key, value in one.flags), one.arguments))[:90]
        for one in instructions
        if one.name == "FROM"
    ]
    return {
        "EXPOSE": counts.get("EXPOSE", 0),
        "FROM": counts.get("FROM", 0),
        "HEALTHCHECK": counts.get("HEALTHCHECK", 0),
        "USER_instructions": [one.arguments for one in instructions if one.name == "USER"],
        "escape_char": read.escape,
        "from_lines": from_lines,
        "last_instruction": instructions[-1].name,
    }


def of_workflow(data: bytes) -> Facts:
    read = github_workflow.read(data)
    return {
        "events": sorted(trigger.event for trigger in read.triggers),
        "jobs": len(read.jobs),
        "jobs_with_permissions": sum(job.permissions for job in read.jobs),
        "name": read.name,
        "steps": sum(len(job.steps) for job in read.jobs),
        "top_level_permissions": read.permissions,
        "uses": len(read.uses),
        "uses_pinned_full_sha": len(read.pinned),
    }


def of_manifests(data: bytes) -> Facts:
    found = kube_manifest.read(data, path="a.yaml")
    known = KubeSet(found)
    containers = [one for made in known.workloads for one in made.containers]
    told: Facts = {
        "images_latest_or_untagged": sum(floating(one.image) for one in containers),
        "kinds": counted(one.kind for one in found),
        "replicas": {
            made.object.name: made.object.spec.get("replicas") for made in known.workloads
        },
        "with_livenessProbe": sum("livenessProbe" in one.body for one in containers),
        "with_readinessProbe": sum("readinessProbe" in one.body for one in containers),
        "with_resource_limits": sum(
            bool(dig(one.body, "resources", "limits")) for one in containers
        ),
        "with_resource_requests": sum(
            bool(dig(one.body, "resources", "requests")) for one in containers
        ),
        "workload_containers": len(containers),
        "yaml_docs": len({id(one.document) for one in found}),
    }
    for budget in known.of("PodDisruptionBudget"):
        told["pdb"] = bounds(budget)
    for scaler in known.scalers:
        told["hpa"] = {"max": scaler.most, "min": scaler.least}
    return told


def floating(image: str) -> bool:
    read = read_image(image)
    return read.digest is None and read.tag in (None, "latest")


def bounds(budget: KubeObject) -> Facts:
    return {k: v for k, v in budget.spec.items() if k in ("minAvailable", "maxUnavailable")}


def of_openapi(data: bytes) -> Facts:
    read = openapi_doc.read(data)
    return {
        "global_security": read.global_security,
        "health_like_paths": list(read.health_paths),
        "info_version": read.info_version,
        "operations": len(read.operations),
        "paths": len(read.paths),
        "schemas": read.schemas,
        "security_schemes": len(read.security_schemes),
        "servers": len(read.servers),
        "title": read.title,
        "version": read.version,
        "webhooks": read.webhooks,
    }


FOLDERS = (
    Folder(
        "prometheus-exposition",
        of_exposition,
        exposition.sniff,
        not_told=not_told(
            OF_ANOTHER_TOOL, "check_prometheus_client", "promtool_2.42_check_metrics_exit"
        )
        | not_told(
            "A label holds U+001C, at which the manifest counts a line and Prometheus does not.",
            "lines",
            file="node-exporter-377KB.txt",
        ),
    ),
    Folder("prometheus-rules", of_rules, prometheus_rules.sniff),
    Folder(
        "prometheus-config",
        of_prometheus,
        prometheus_config.sniff,
        not_told=not_told(
            "This promtool is too old for a key that Prometheus knows.",
            "promtool_2.42_syntax_only",
            file="conf-good-12KB.yml",
        )
        | not_told(
            "Debian's promtool is built without service discovery, and so refuses a good file.",
            "promtool_2.42_syntax_only",
            file="kubernetes.yml",
        ),
    ),
    Folder("alertmanager-config", of_alertmanager),
    Folder(
        "docker-compose",
        of_compose,
        not_told=not_told("Compose itself passes the key `version` over.", "version_key"),
    ),
    Folder("dockerfile", of_dockerfile),
    Folder("kube-manifests", of_manifests, kube_manifest.sniff),
    Folder("openapi", of_openapi),
    Folder(
        "github-workflows",
        of_workflow,
        not_told=not_told(
            "What PyYAML makes of `on:`, where YAML 1.2 is read here.",
            "on_key_parsed_as_boolean_true(YAML 1.1)",
        ),
    ),
)
