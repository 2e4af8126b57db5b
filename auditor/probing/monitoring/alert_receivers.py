"""Who is told of the service's alerts by an Alertmanager configuration, and whether that is somebody."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from auditor.formats.monitoring.alert_routing import ways
from auditor.formats.monitoring.alertmanager_config import AlertmanagerConfig, Integration, Receiver
from auditor.probing.monitoring.watched_alerts import WatchedAlert

if TYPE_CHECKING:
    from auditor.model.target import Target

NO_SEVERITY = "(none)"


@dataclass(frozen=True, slots=True)
class Judge:
    """Tells receivers that reach somebody. `own` are names under which the service itself is called.

    `filled` says that variables are put in before Alertmanager reads the file.
    """

    own: Collection[str] = ()
    filled: bool = False

    def against(self, integration: Integration) -> str:
        """What speaks against an integration, "" where nothing does."""
        host = (integration.host or "").lower()
        inside, _, cluster = host.partition(".")
        if host in self.own or (inside in self.own and ".svc" in f".{cluster}."):
            return "it calls the audited service itself"
        if self.filled and "holds a variable" in integration.why_not:
            return ""
        return "" if integration.real else integration.why_not

    def reaches(self, receiver: Receiver | None) -> bool:
        """Whether one of a receiver's integrations may reach somebody."""
        return receiver is not None and any(not self.against(i) for i in receiver.integrations)

    def placeholders(self, config: AlertmanagerConfig) -> list[str]:
        """The receivers of routes that have integrations, none of which can reach anybody."""
        return [
            f"{r.name} ({', '.join(f'{i.kind}: {self.against(i)}' for i in r.integrations)})"
            for r in config.routed
            if r.integrations and not self.reaches(r)
        ]


@dataclass(slots=True)
class Routing:
    """By severity who is told; `unrouted` reach nobody, of `undecided` it depends on unknown labels."""

    receivers: dict[str, list[str]] = field(default_factory=dict)
    unrouted: list[str] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)


def told(receivers: Iterable[Receiver]) -> list[str]:
    """Receivers with the kinds of their integrations."""
    return [
        f"{r.name} ({', '.join(i.kind for i in r.integrations) or 'nobody'})" for r in receivers
    ]


def own_names(target: Target) -> frozenset[str]:
    """The host names by which the audited service is called: its address, and its name in a network."""
    url = target.deployment.url if target.deployment else None
    host = (urlsplit(url).hostname or "") if url else ""
    name = re.sub(r"[^a-z0-9]+", "-", target.service.lower())
    return frozenset({host.lower(), name} - {""})


def routing(config: AlertmanagerConfig, alerts: Iterable[WatchedAlert], judge: Judge) -> Routing:
    """Where the alerts of each severity go; one alert that reaches nobody is enough to tell."""
    found = Routing()
    for alert in alerts:
        severity = alert.severity or NO_SEVERITY
        to = found.receivers.setdefault(severity, [])
        if config.route is None:
            _add(found.unrouted, severity)
            continue
        led = ways(config.route, alert.labels)
        for name in led.sure:
            _add(to, name)
        if any(judge.reaches(config.receiver(name)) for name in led.sure):
            continue
        possible = any(judge.reaches(config.receiver(name)) for name in led.possible)
        _add(found.undecided if possible else found.unrouted, severity)
    found.undecided = [s for s in found.undecided if s not in found.unrouted]
    return found


def _add(names: list[str], name: str) -> None:
    if name not in names:
        names.append(name)
