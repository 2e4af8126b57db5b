"""Which alerts watch the service: those of its repository, and those of a Prometheus that concern it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from auditor.formats.monitoring.prometheus_api import LoadedRule
from auditor.formats.monitoring.promql_selectors import Selector, selectors
from auditor.formats.text.errors import FormatError
from auditor.probing.monitoring.prometheus_api import Prometheus, Scope, find_scope
from auditor.probing.monitoring.prometheus_files import PrometheusFiles, prometheus_files
from auditor.probing.repo import Repo

if TYPE_CHECKING:
    from auditor.probing.contract import Context

SEVERITIES = ("severity", "level", "priority")
_JOINING = ("job", "service", "namespace", "team")


@dataclass(frozen=True, slots=True)
class WatchedAlert:
    """An alert and the labels that it has for certain; others come from the series it fires for."""

    name: str
    labels: Mapping[str, str]

    @property
    def severity(self) -> str:
        """Its severity, "" where it has none."""
        return severity_of(self.labels)


def severity_of(labels: Mapping[str, str]) -> str:
    """The severity that labels tell, "" where they tell none."""
    return next((labels[name] for name in SEVERITIES if labels.get(name)), "")


def rules_of(found: PrometheusFiles) -> set[str]:
    """The names of all valid rules of the repository, recording rules too."""
    return {rule.name for rules in found.rules for rule in rules.rules.rules}


def concerning(
    loaded: list[LoadedRule], known: set[str], scope: Scope | None, metrics: set[str]
) -> list[LoadedRule]:
    """Loaded rules that are of the repository, or select the service's job or one of its metrics."""
    return [r for r in loaded if r.name in known or (scope and _touches(r, scope, metrics))]


def _touches(rule: LoadedRule, scope: Scope, metrics: set[str]) -> bool:
    return any(
        scope.admits(selector)
        and (selector.metric in metrics or any(m.label == scope.label for m in selector.matchers))
        for selector in _selectors(rule.query)
    )


def _selectors(query: str) -> list[Selector]:
    try:
        return selectors(query)
    except FormatError:
        return []  # newer PromQL than is read here


def watched_alerts(ctx: Context) -> list[WatchedAlert]:
    """The alerts of the repository's rule files; where it has none, those that Prometheus evaluates.

    Raises Trouble where a Prometheus was given and cannot be asked.
    """
    alerts = repository_alerts(ctx.repo)
    if alerts:
        return alerts
    deployment = ctx.target.deployment
    return list(_loaded(ctx)) if deployment and deployment.prometheus else []


def repository_alerts(repo: Repo) -> list[WatchedAlert]:
    """The alerts of the repository's valid rule files."""
    found = prometheus_files(repo)
    return [_alert(r.name, r.labels, r.expr) for rules in found.rules for r in rules.alerts]


def _loaded(ctx: Context) -> Iterator[WatchedAlert]:
    prometheus = Prometheus(ctx)
    scope = find_scope(ctx, prometheus.targets().value)
    metrics = set(prometheus.values("__name__", scope.matcher).value)
    for rule in concerning(prometheus.rules().value, set(), scope, metrics):
        if rule.alerting:
            yield _alert(rule.name, rule.labels, rule.query)


def _alert(name: str, labels: Mapping[str, str], query: str) -> WatchedAlert:
    """Labels of a rule hold unless they are templates; those that every selector demands hold too."""
    found = _selectors(query)
    demanded = {
        label: values.pop()
        for label in _JOINING
        if len(values := {selector.equal_to(label) or "" for selector in found}) == 1
    }
    given = {label: value for label, value in labels.items() if "{{" not in value}
    certain = {label: value for label, value in demanded.items() if value} | given
    missing = {label: "" for label in SEVERITIES if label not in labels}
    return WatchedAlert(name, missing | certain | {"alertname": name})
