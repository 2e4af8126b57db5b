"""Finds alert rules on the end of TLS certificates, by the metrics that exporters give it.

Known are those of the blackbox exporter, ssl_exporter, cert-manager, x509-certificate-exporter, the kubelet and AWS
Certificate Manager. A rule counts where it compares with a number, so that it fires before the end and not after it.

Not seen: whether Prometheus loads the rule and scrapes the exporter, alerts of a vendor's own, and certificates that
the provider renews by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from auditor.model.probe import FactType
from auditor.probing.contract import Context, FactSpec, Need, Observation, probe
from auditor.probing.monitoring.prometheus_files import prometheus_files
from auditor.probing.repository.entries import Entries

RULES = FactSpec("certificate_alerts.rules", FactType.LIST, "Alerts before a TLS certificate ends.")
LATE = FactSpec(
    "certificate_alerts.late",
    FactType.LIST,
    "Alerts on certificates that compare with no time left.",
)

_METRIC = re.compile(
    r"probe_ssl_(?:earliest|last_chain)_(?:cert_expiry|expiry_timestamp_seconds)|probe_ssl_earliest_cert_expiry"
    r"|ssl_(?:file_|kubernetes_|kubeconfig_)?cert_not_after|ssl_verified_cert_not_after"
    r"|certmanager_certificate_(?:expiration|renewal)_timestamp_seconds"
    r"|x509_cert_(?:not_after|expires_in_seconds|expired)|cert_exporter_\w*expires_in_seconds"
    r"|kubelet_certificate_manager_(?:client|server)_(?:ttl_seconds|expiration_seconds)"
    r"|aws_(?:certificatemanager|acm)_days_to_expiry\w*|tls_certificate_expiry\w*"
)


@probe(
    "monitoring.certificate_alerts",
    title="Alerts on the end of certificates",
    needs=[Need.REPOSITORY],
    emits=[RULES, LATE],
    pure=True,
)
def certificate_alerts(ctx: Context) -> Iterator[Observation]:
    """Without any such rule both facts are open: a vendor may watch the certificate."""
    found = prometheus_files(ctx.repo)
    seen = Entries((RULES, LATE))
    seen.problems += [replace(problem, facts=()) for problem in found.problems]
    for rules in found.rules:
        for rule in rules.alerts:
            expression = rule.expression
            if expression is None or not any(map(_METRIC.fullmatch, expression.metrics)):
                continue
            fact = RULES if _before(rule.expr, expression.has_threshold) else LATE
            seen.add(fact, rules.path, rule.line, rule.name)
    seen.away(
        "No alert rule of the repository speaks of a certificate's end.",
        "Write one over the metric of an exporter, or attest the check of whoever watches it.",
        RULES, LATE,
    )  # fmt: skip
    source = ctx.repo.source("searched: rules of Prometheus with a metric of a certificate's end")
    yield from seen.observations(ctx, source)


def _before(expr: str, threshold: bool) -> bool:
    """Whether an alert leaves time to act: it compares with a number other than 0."""
    return threshold and re.search(r"[<>]=?\s*(?:bool\s+)?\(?\s*(?!0\b(?!\.))\d", expr) is not None
