"""A running Prometheus: what it is asked, and which of what it scrapes is the audited service."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from auditor.formats.monitoring import prometheus_api as wire
from auditor.formats.monitoring.prometheus_api import LoadedRule, Sample, ScrapeTarget
from auditor.formats.monitoring.promql_selectors import Selector
from auditor.model.evidence import ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.monitoring.monitoring_api import Answer, Api

if TYPE_CHECKING:
    from auditor.probing.contract import Context

LOOK_BACK = timedelta(days=1)
_NAMING = (
    "job",
    "service",
    "app",
    "app_kubernetes_io_name",
    "app_kubernetes_io_instance",
    "container",
)
_SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$]")
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Scope:
    """The targets of the service, and the label by whose values their series are told from others."""

    label: str
    values: tuple[str, ...]
    targets: tuple[ScrapeTarget, ...]

    @property
    def matcher(self) -> str:
        """The label's matcher in PromQL."""
        pattern = "|".join(_SPECIAL.sub(r"\\\g<0>", value) for value in self.values)
        return f"{self.label}=~{quoted(pattern)}"

    def admits(self, selector: Selector) -> bool:
        """Whether a selector can select series of these targets."""
        return any(
            all(matcher.matches(target.labels) is not False for matcher in selector.matchers)
            for target in self.targets
        )


def quoted(text: str) -> str:
    """A string literal of PromQL."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


class Prometheus:
    """The Prometheus that the operator named. Every method raises Trouble as `Api.ask` does."""

    def __init__(self, ctx: Context) -> None:
        deployment = ctx.target.deployment
        if deployment is None or not deployment.prometheus:
            message = "No Prometheus was given."
            raise Trouble(ProblemKind.NOT_CONFIGURED, message, "Run again with --prometheus URL.")
        self._ctx = ctx
        self._api = Api(ctx, deployment.prometheus, "Prometheus", "--prometheus")

    def targets(self) -> Answer[list[ScrapeTarget]]:
        """What it scrapes."""
        return self._api.ask("/api/v1/targets", wire.targets, {"state": "active"})

    def rules(self) -> Answer[list[LoadedRule]]:
        """The rules that it evaluates."""
        return self._api.ask("/api/v1/rules", wire.rules)

    def alertmanagers(self) -> Answer[list[str]]:
        """The Alertmanagers that it sends alerts to."""
        return self._api.ask("/api/v1/alertmanagers", wire.alertmanagers)

    def values(self, label: str, matcher: str = "") -> Answer[list[str]]:
        """The values of a label over the last day; of series with `matcher` only."""
        query = {
            "start": (self._ctx.now - LOOK_BACK).isoformat(),
            "end": (self._ctx.now + timedelta(hours=1)).isoformat(),
        }
        if matcher:
            query["match[]"] = f"{{{matcher}}}"
        return self._api.ask(f"/api/v1/label/{label}/values", wire.names, query)

    def query(self, expression: str) -> Answer[list[Sample]]:
        """An instant vector, of now by Prometheus' own clock."""
        return self._api.ask("/api/v1/query", wire.vector, {"query": expression})


def scope_of(targets: Iterable[ScrapeTarget], service: str, url: str | None) -> Scope | None:
    """The targets that are called as the service is; else those that are scraped at its address."""
    known = list(targets)
    for label in _NAMING:
        mine = [t for t in known if _same_name(t.labels.get(label, ""), service)]
        if mine:
            return Scope(label, _values(mine, label), tuple(mine))
    mine = [t for t in known if url and _address(t.url) == _address(url)]
    mine = [t for t in mine if t.labels.get("instance")]
    return Scope("instance", _values(mine, "instance"), tuple(mine)) if mine else None


def find_scope(ctx: Context, targets: list[ScrapeTarget]) -> Scope:
    """The service among the targets. Raises Trouble (vacuous) where none can be told to be it."""
    deployment = ctx.target.deployment
    found = scope_of(targets, ctx.target.service, deployment.url if deployment else None)
    if found is not None:
        return found
    jobs = sorted({target.labels.get("job", "?") for target in targets})
    told = f"Its jobs are {', '.join(jobs[:8])}." if jobs else "It scrapes nothing at all."
    raise Trouble(
        ProblemKind.VACUOUS,
        f"Prometheus scrapes no target that can be told to be the service {ctx.target.service}. {told}",
        "Name the scrape job after the service, or give it a label `service`; with --url the target at"
        " that address counts too.",
    )


def _values(targets: list[ScrapeTarget], label: str) -> tuple[str, ...]:
    return tuple(sorted({target.labels[label] for target in targets}))


def _same_name(value: str, service: str) -> bool:
    """`default/orders`, as the operator of Kubernetes names jobs, is called orders."""
    return bool(value) and _plain(value.rpartition("/")[2]) == _plain(service)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower())


def _address(url: str) -> tuple[str, int] | None:
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return None
    return (parts.hostname, port) if parts.hostname and port else None
