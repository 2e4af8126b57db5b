"""Asks the running Alertmanager whom it tells of the service's alerts, and whether it does.

The alerts are those of the repository's rule files; where it has none, those about the service that the
Prometheus of --prometheus evaluates. A route is followed by the labels that an alert has for certain:
its own, its name, and the job that its expression demands. A receiver is a placeholder where none of its
integrations can reach anybody: an address of an example, of this very machine, or the audited service
itself. Alertmanager withholds keys and some addresses; that those are real is not seen, only whether
notifications failed since it started. Mute times and inhibitions are not weighed.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.formats.monitoring import alertmanager_api, alertmanager_drill
from auditor.formats.monitoring.alertmanager_api import Silence
from auditor.formats.monitoring.alertmanager_config import AlertmanagerConfig
from auditor.formats.monitoring.exposition_total import metric_total
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
from auditor.probing.monitoring.alert_receivers import Judge, own_names, routing, told
from auditor.probing.monitoring.monitoring_api import Api
from auditor.probing.monitoring.watched_alerts import WatchedAlert, watched_alerts

RECEIVERS = FactSpec(
    "alertmanager.receivers",
    FactType.LIST,
    "Receivers that a route leads to, and how they are told",
)
PLACEHOLDERS = FactSpec(
    "alertmanager.placeholder_receivers",
    FactType.LIST,
    "Receivers of routes that can reach nobody, and why not",
)
SEVERITIES = FactSpec(
    "alertmanager.severities", FactType.OBJECT, "The receivers of the service's alerts by severity"
)
UNROUTED = FactSpec(
    "alertmanager.unrouted_severities",
    FactType.LIST,
    "Severities of the service's alerts of which one reaches nobody",
)
CLUSTER = FactSpec(
    "alertmanager.cluster", FactType.TEXT, "State of its cluster: ready, settling or disabled"
)
PEERS = FactSpec("alertmanager.peers", FactType.NUMBER, "Members of its cluster, itself included")
SILENCED = FactSpec(
    "alertmanager.silenced", FactType.LIST, "Silences in force that may cover the service's alerts"
)
SENT = FactSpec(
    "alertmanager.notifications", FactType.NUMBER, "Notifications tried since it started"
)
FAILED = FactSpec(
    "alertmanager.notifications_failed", FactType.NUMBER, "Notifications of these that failed"
)

_SENT = "alertmanager_notifications_total"
_FAILED = "alertmanager_notifications_failed_total"


@probe(
    "monitoring.alertmanager",
    title="Whom Alertmanager tells",
    needs=[Need.ALERTMANAGER],
    emits=[RECEIVERS, PLACEHOLDERS, SEVERITIES, UNROUTED, CLUSTER, PEERS, SILENCED, SENT, FAILED],
    phase=Phase.LIVE,
    timeout_s=120.0,
)
def alertmanager(ctx: Context) -> Iterator[Observation]:
    """The configuration first; silences, alerts and counters each on their own."""
    deployment = ctx.target.deployment
    address = deployment.alertmanager if deployment else None
    api = Api(ctx, address or "", "Alertmanager", "--alertmanager")
    status = api.ask("/api/v2/status", alertmanager_api.configuration)
    judge = Judge(own_names(ctx.target))
    yield _fact(ctx, RECEIVERS, told(status.value.routed), status.exchange)
    yield _fact(ctx, PLACEHOLDERS, judge.placeholders(status.value), status.exchange)
    yield from _cluster(ctx, api, status.exchange)
    alerts: list[WatchedAlert] = []
    try:
        alerts = watched_alerts(ctx)
        yield from _routes(ctx, status.value, alerts, judge, status.exchange)
    except Trouble as trouble:
        yield trouble.problem(SEVERITIES.key, UNROUTED.key)
    try:
        silences = api.ask("/api/v2/silences", alertmanager_api.silences)
        covering = [_said(s) for s in silences.value if covers(s, alerts)]
        yield _fact(ctx, SILENCED, covering, silences.exchange)
    except Trouble as trouble:
        yield trouble.problem(SILENCED.key)
    yield from _counters(ctx, api)


def _routes(
    ctx: Context,
    config: AlertmanagerConfig,
    alerts: list[WatchedAlert],
    judge: Judge,
    exchange: Exchange,
) -> Iterator[Observation]:
    if not alerts:
        yield Problem(
            ProblemKind.VACUOUS,
            "No alert of the service is known, so nor is whom its alerts would reach.",
            "Keep the alert rules in the repository, or run again with --prometheus URL too.",
            (SEVERITIES.key, UNROUTED.key),
        )
        return
    found = routing(config, alerts, judge)
    yield _fact(ctx, SEVERITIES, dict(found.receivers), exchange)
    if found.undecided and not found.unrouted:
        yield Problem(
            ProblemKind.VACUOUS,
            f"Whom alerts of severity {', '.join(found.undecided)} reach depends on labels that the rules do"
            " not set.",
            "Route by labels that the rules set, such as severity or team.",
            (UNROUTED.key,),
        )
        return
    yield _fact(ctx, UNROUTED, found.unrouted, exchange)


def _cluster(ctx: Context, api: Api, exchange: Exchange) -> Iterator[Observation]:
    state, peers = api.read(exchange, "/api/v2/status", alertmanager_drill.cluster).value
    if not state:
        message = "Alertmanager tells nothing of its cluster."
        hint = "Ask an Alertmanager with the API of version 2."
        yield Problem(ProblemKind.VACUOUS, message, hint, (CLUSTER.key, PEERS.key))
        return
    yield _fact(ctx, CLUSTER, redact(state), exchange)
    yield _fact(ctx, PEERS, peers, exchange)


def covers(silence: Silence, alerts: list[WatchedAlert]) -> bool:
    """Whether a silence may cover one of the alerts, or none is known."""
    return not alerts or any(
        all(matcher.matches(alert.labels) is not False for matcher in silence.matchers)
        for alert in alerts
    )


def _said(silence: Silence) -> str:
    return redact(f"{', '.join(map(str, silence.matchers))} until {silence.ends[:40]}")


def _counters(ctx: Context, api: Api) -> Iterator[Observation]:
    """Its own metrics; they may well be closed to the auditor."""
    try:
        found = api.ask("/metrics", _totals)
    except Trouble as trouble:
        yield trouble.problem(SENT.key, FAILED.key)
        return
    for spec, value in zip((SENT, FAILED), found.value, strict=True):
        if value is None:
            message = "Alertmanager's own metrics do not count its notifications."
            hint = "Let the auditor read /metrics of Alertmanager itself."
            yield Problem(ProblemKind.VACUOUS, message, hint, (spec.key,))
        else:
            yield _fact(ctx, spec, value, found.exchange)


def _totals(body: bytes) -> tuple[float | None, float | None]:
    return metric_total(body, _SENT), metric_total(body, _FAILED)


def _fact(ctx: Context, spec: FactSpec, value: Value, exchange: Exchange) -> Fact:
    return spec.of(
        value,
        level=Level.OBSERVED,
        source=exchange.source,
        locations=[exchange.location],
        produced_at=ctx.observed_at,
    )
