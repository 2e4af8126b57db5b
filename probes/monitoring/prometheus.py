"""Asks the Prometheus that watches the service what it scrapes and which rules it evaluates.

The service's targets are those whose job, or label `service`, `app` or `container`, is called as the
service is; else those scraped at the address of --url. Rules count where they are of the repository, or
select the service's job or its metrics, so that a shared Prometheus does not lend out the rules of
others. An alert is without series where a metric that it needs was seen nowhere in the last day; that
its labels match is not looked at, but for the job. An Alertmanager that is linked may be unreachable:
Prometheus does not say so here. Alerts that fire by design (of a constant) are not told as firing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from auditor.formats.monitoring.prometheus_api import LoadedRule, ScrapeTarget
from auditor.formats.monitoring.promql import parse
from auditor.formats.monitoring.promql_selectors import Selector, never_yields, selectors
from auditor.formats.text.errors import FormatError
from auditor.model.evidence import Fact, Value
from auditor.model.level import Level
from auditor.model.probe import FactType
from auditor.probing.contract import (
    Context,
    FactSpec,
    Need,
    Observation,
    Phase,
    Problem,
    ProblemKind,
    Trouble,
    probe,
)
from auditor.probing.doors.redact import redact
from auditor.probing.http import Exchange
from auditor.probing.monitoring.monitoring_api import Answer
from auditor.probing.monitoring.prometheus_api import Prometheus, Scope, find_scope
from auditor.probing.monitoring.prometheus_files import PrometheusFiles, prometheus_files
from auditor.probing.monitoring.watched_alerts import concerning, rules_of, severity_of

UP = FactSpec(
    "prometheus.targets_up", FactType.NUMBER, "Targets of the service that are scraped well"
)
DOWN = FactSpec(
    "prometheus.targets_down",
    FactType.LIST,
    "Targets of the service that are not scraped, and why not",
)
RULES = FactSpec(
    "prometheus.rules_loaded", FactType.NUMBER, "Alert rules about the service that are evaluated"
)
NOT_LOADED = FactSpec(
    "prometheus.rules_not_loaded",
    FactType.LIST,
    "Alerts of the repository that Prometheus does not evaluate",
)
UNHEALTHY = FactSpec(
    "prometheus.unhealthy_rules",
    FactType.LIST,
    "Rules about the service whose evaluation fails or stands still",
)
SERIES = FactSpec(
    "prometheus.alerts_without_series",
    FactType.LIST,
    "Alerts about the service that cannot fire, and the metrics that they lack",
)
FIRING = FactSpec("prometheus.firing", FactType.LIST, "Alerts about the service that fire now")
MANAGERS = FactSpec(
    "prometheus.alertmanagers", FactType.NUMBER, "Alertmanagers that alerts are sent to"
)

_ABOUT_TARGETS = (UP.key, DOWN.key)
_ABOUT_RULES = (RULES.key, NOT_LOADED.key, UNHEALTHY.key, SERIES.key, FIRING.key)
_LATE = timedelta(minutes=10)
_OF_ALERTS = frozenset({"ALERTS", "ALERTS_FOR_STATE"})


@dataclass(frozen=True, slots=True)
class Stored:
    """What the TSDB holds: names of all metrics, of the service's own, and the values of its label."""

    metrics: frozenset[str]
    own: frozenset[str]
    values: frozenset[str]

    def has(self, selector: Selector, scope: Scope) -> bool:
        """Whether series of a selector's metric exist, for the job that it names."""
        if selector.metric is None or selector.metric in _OF_ALERTS:
            return True
        named = selector.equal_to(scope.label)
        if named in scope.values:
            return selector.metric in self.own
        return selector.metric in self.metrics and (not named or named in self.values)


@probe(
    "monitoring.prometheus",
    title="What Prometheus scrapes and evaluates",
    needs=[Need.PROMETHEUS],
    emits=[UP, DOWN, RULES, NOT_LOADED, UNHEALTHY, SERIES, FIRING, MANAGERS],
    phase=Phase.LIVE,
    timeout_s=120.0,
)
def prometheus(ctx: Context) -> Iterator[Observation]:
    """Each part on its own, so that what is denied or not to be told hides nothing else."""
    asked = Prometheus(ctx)
    scrapes = asked.targets()
    try:
        managers = asked.alertmanagers()
        yield _fact(ctx, MANAGERS, len(managers.value), managers.exchange)
    except Trouble as trouble:
        yield trouble.problem(MANAGERS.key)
    scope: Scope | None = None
    if not scrapes.value:
        yield _fact(ctx, UP, 0, scrapes.exchange)
        yield _fact(ctx, DOWN, [], scrapes.exchange)
    else:
        try:
            scope = find_scope(ctx, scrapes.value)
        except Trouble as trouble:
            yield trouble.problem(*_ABOUT_TARGETS)
        else:
            down = [t for t in scope.targets if why_down(t, ctx.now)]
            told = [f"{_called(t)}: {redact(why_down(t, ctx.now))}" for t in down]
            yield _fact(ctx, UP, len(scope.targets) - len(down), scrapes.exchange)
            yield _fact(ctx, DOWN, told, scrapes.exchange)
    try:
        yield from _rules(ctx, asked, scope)
    except Trouble as trouble:
        yield trouble.problem(*_ABOUT_RULES)


def why_down(target: ScrapeTarget, now: datetime) -> str:
    """Why a target is not scraped well, "" where it is."""
    if target.health != "up":
        return target.error or ("not scraped yet" if target.health == "unknown" else "down")
    if target.scraped is None or now - target.scraped > _LATE:
        return f"last scraped at {target.scraped}" if target.scraped else "never scraped"
    return ""


def _called(target: ScrapeTarget) -> str:
    return f"{target.labels.get('job', '?')} {target.labels.get('instance', redact(target.url))}"


def _rules(ctx: Context, asked: Prometheus, scope: Scope | None) -> Iterator[Observation]:
    found = prometheus_files(ctx.repo)
    known = rules_of(found)
    loaded = asked.rules()
    own = frozenset(asked.values("__name__", scope.matcher).value) if scope else frozenset()
    yield _not_loaded(ctx, found, loaded)
    if scope is None and not known and loaded.value:
        yield Problem(
            ProblemKind.VACUOUS,
            f"Prometheus evaluates {len(loaded.value)} rules; which are about the service is not known, since"
            " neither its targets nor rules of its own are.",
            "Keep the service's rule files in the repository, or name its scrape job after it.",
            (RULES.key, UNHEALTHY.key, SERIES.key, FIRING.key),
        )
        return
    mine = concerning(loaded.value, known, scope, set(own))
    alerts = [rule for rule in mine if rule.alerting]
    sick = [f"{rule.name}: {redact(why)}" for rule in mine if (why := ailment(rule, ctx.now))]
    firing = [told(rule) for rule in alerts if rule.state == "firing" and not _constant(rule)]
    yield _fact(ctx, RULES, len(alerts), loaded.exchange)
    yield _fact(ctx, UNHEALTHY, sick, loaded.exchange)
    yield _fact(ctx, FIRING, firing, loaded.exchange)
    if not alerts:
        yield _fact(ctx, SERIES, [], loaded.exchange)
        return
    if scope is None:
        message = "The service's targets are not known, so nor is whether its alerts have series."
        yield Problem(ProblemKind.VACUOUS, message, "Name its scrape job after it.", (SERIES.key,))
        return
    names = asked.values("__name__")
    stored = Stored(frozenset(names.value), own, frozenset(asked.values(scope.label).value))
    dead = [text for rule in alerts if (text := without_series(rule, stored, scope))]
    yield _fact(ctx, SERIES, dead, names.exchange)


def _not_loaded(
    ctx: Context, found: PrometheusFiles, loaded: Answer[list[LoadedRule]]
) -> Observation:
    """The repository's alerts that are not evaluated; not known where its files cannot all be read."""
    alerts = [rule.name for rules in found.rules for rule in rules.alerts]
    if found.problems:
        return replace(found.problems[0], facts=(NOT_LOADED.key,))
    if not alerts and (found.rendered or found.invalid):
        return Problem(
            ProblemKind.VACUOUS,
            "The repository holds rules that are rendered or broken, so whether they are loaded is not known.",
            "Keep the rendered rules in the repository, and mend those that `promtool check rules` refuses.",
            (NOT_LOADED.key,),
        )
    running = {rule.name for rule in loaded.value if rule.alerting}
    lost = [name for name in dict.fromkeys(alerts) if name not in running]
    return _fact(ctx, NOT_LOADED, lost, loaded.exchange)


def ailment(rule: LoadedRule, now: datetime) -> str:
    """What is wrong with the evaluation of a rule, "" where nothing is."""
    if rule.health != "ok":
        return rule.error or ("not evaluated yet" if rule.health == "unknown" else rule.health)
    if rule.evaluated is None:
        return "never evaluated"
    late = max(_LATE, timedelta(seconds=min(3 * rule.interval_s, 86_400.0)))
    return f"last evaluated at {rule.evaluated}" if now - rule.evaluated > late else ""


def told(rule: LoadedRule) -> str:
    """An alert with its severity."""
    severity = severity_of(rule.labels)
    return f"{rule.name} ({severity})" if severity else rule.name


def _constant(rule: LoadedRule) -> bool:
    try:
        return parse(rule.query).constant
    except FormatError:
        return False


def without_series(rule: LoadedRule, stored: Stored, scope: Scope) -> str:
    """The alert and the metrics for want of which it cannot fire; "" where it can, or is not read."""
    try:
        if not never_yields(rule.query, lambda selector: stored.has(selector, scope)):
            return ""
        missing = [s.metric for s in selectors(rule.query) if not stored.has(s, scope)]
    except FormatError:
        return ""
    return f"{rule.name} ({', '.join(_once(name for name in missing if name))})"


def _once(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _fact(ctx: Context, spec: FactSpec, value: Value, exchange: Exchange) -> Fact:
    return spec.of(
        value,
        level=Level.OBSERVED,
        source=exchange.source,
        locations=[exchange.location],
        produced_at=ctx.observed_at,
    )
