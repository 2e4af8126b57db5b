"""Sends test alerts through the operator's Alertmanager and follows them to the notifications that go out."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from auditor.formats.monitoring import alertmanager_api, alertmanager_drill
from auditor.formats.monitoring.alertmanager_config import AlertmanagerConfig
from auditor.formats.monitoring.alertmanager_drill import Count
from auditor.model.evidence import ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.http import Exchange
from auditor.probing.monitoring.monitoring_api import Api
from auditor.probing.monitoring.watched_alerts import WatchedAlert

if TYPE_CHECKING:
    from auditor.probing.contract import Context

NAME = "AuditorTestAlert"
TEXT = "A test of the way that alerts take, by the production readiness audit. Nothing is wrong; please acknowledge."
MOST = 6
_LIFE = timedelta(minutes=5)
_PAUSES_S = (0.5, 0.5, 1.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 8.0, 8.0, 8.0, 8.0, 8.0)

Sleep = Callable[[float], None]


@dataclass(slots=True)
class Drill:
    """What came of the alerts: by severity the receivers that took them, and the notifications by kind."""

    taken: dict[str, tuple[str, ...]] = field(default_factory=dict)
    suppressed: list[str] = field(default_factory=list)
    sent: dict[str, Count] = field(default_factory=dict)
    wanted: Counter[str] = field(default_factory=Counter)
    counted: bool = True
    exchange: Exchange | None = None

    @property
    def done(self) -> bool:
        """Whether every notification that is due has gone out."""
        return all(self._went(kind) >= most for kind, most in self.wanted.items())

    def against(self, kind: str) -> str:
        """Why a kind of integration did not deliver all that was due, each at the first try; "" where it did."""
        count = self.sent.get(kind, Count())
        if count.failed:
            return f"{count.failed:g} of {count.tried:g} requests of {kind} failed"
        if self._went(kind) >= self.wanted[kind]:
            return ""
        return f"{self._went(kind):g} of {self.wanted[kind]} notifications by {kind} went out"

    def failed(self, kind: str) -> bool:
        """Whether something was tried and refused, as against not tried yet."""
        return self.sent.get(kind, Count()).failed > 0

    def _went(self, kind: str) -> float:
        count = self.sent.get(kind, Count())
        return count.tried - count.failed


def refuse_without_leave(ctx: Context) -> Trouble | None:
    """Why no test alert is sent: it wakes people, so the flag and the host by name are both wanted."""
    deployment = ctx.target.deployment
    host = (urlsplit((deployment and deployment.alertmanager) or "").hostname or "").lower()
    named = host in {h.lower() for h in ctx.looking.allow_hosts}
    if host and named and ctx.looking.allow_intrusive:
        return None
    return Trouble(
        ProblemKind.NOT_CONFIGURED,
        "No test alert was asked for.",
        f"Run again with --allow-intrusive and --allow-host {host or 'of the Alertmanager'}, and --alertmanager"
        " URL: it notifies whoever is on call.",
    )


def labels_of(alerts: Iterable[WatchedAlert], mark: str) -> dict[str, Mapping[str, str]]:
    """The labels of a test alert for each severity: those of the first alert that has it, but for its name."""
    found: dict[str, Mapping[str, str]] = {}
    for alert in alerts:
        kept = {name: value for name, value in alert.labels.items() if value}
        found.setdefault(
            alert.severity or "none", {**kept, "alertname": f"{NAME}_{mark}", "synthetic": "true"}
        )
    return dict(list(found.items())[:MOST])


def mark_of(ctx: Context) -> str:
    """What tells the alerts of this audit from those of another: a name of its own makes a group of its own."""
    return hashlib.sha256(f"{ctx.observed_at} {ctx.target.service}".encode()).hexdigest()[:8]


def drill(
    api: Api,
    config: AlertmanagerConfig,
    labels: Mapping[str, Mapping[str, str]],
    sleep: Sleep,
) -> Drill:
    """Send the alerts, wait for what is due, and take them back. Raises Trouble as `Api` does."""
    before = api.ask("/metrics", alertmanager_drill.counts).value
    if not before:
        raise Trouble(
            ProblemKind.VACUOUS,
            "Alertmanager's own metrics do not count its notifications by integration.",
            "Let the auditor read /metrics of Alertmanager itself, of version 0.22 or later.",
        )
    found = Drill()
    _post(api, labels, _LIFE)
    try:
        for pause in _PAUSES_S:
            sleep(pause)
            _look(api, config, labels, before, found)
            if found.taken and found.done:
                break
            if any(found.failed(kind) for kind in found.wanted):
                break
    finally:
        _post(api, labels, timedelta(0))
    return found


def _post(api: Api, labels: Mapping[str, Mapping[str, str]], life: timedelta) -> None:
    body = alertmanager_drill.document(labels.values(), TEXT, datetime.now(UTC) + life)
    api.post("/api/v2/alerts", body)


def _look(
    api: Api,
    config: AlertmanagerConfig,
    labels: Mapping[str, Mapping[str, str]],
    before: Mapping[str, Count],
    found: Drill,
) -> None:
    name = next(iter(labels.values()))["alertname"]
    standing = api.ask(
        "/api/v2/alerts", alertmanager_drill.alerts, {"filter": f'alertname="{name}"'}
    )
    found.exchange = standing.exchange
    due: Counter[str] = Counter()
    groups: set[str] = set()
    for severity, wanted in labels.items():
        mine = [one for one in standing.value if dict(one.labels) == dict(wanted)]
        if mine and severity not in found.suppressed and any(one.suppressed for one in mine):
            found.suppressed.append(severity)
        names = tuple(dict.fromkeys(name for one in mine for name in one.receivers))
        if names:
            found.taken[severity] = names
        if severity not in found.suppressed:
            groups |= set(names)
    for receiver in filter(None, map(config.receiver, sorted(groups))):
        # Alerts of one receiver may come in one notification or in several: one of each way is due.
        due.update(integration.kind for integration in receiver.integrations)
    found.wanted = due
    now = api.ask("/metrics", alertmanager_drill.counts).value
    found.sent = {kind: now.get(kind, Count()).since(before.get(kind, Count())) for kind in due}


def configuration(api: Api) -> AlertmanagerConfig:
    """The routing that runs."""
    return api.ask("/api/v2/status", alertmanager_api.configuration).value
