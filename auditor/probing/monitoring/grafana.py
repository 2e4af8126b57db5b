"""A running Grafana: its dashboards of a service, and whether their queries give data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from auditor.formats.monitoring import grafana_api, grafana_dashboard, grafana_panels
from auditor.formats.monitoring.grafana_api import DataSource, FoundDashboard
from auditor.formats.monitoring.grafana_model import Dashboard
from auditor.formats.monitoring.grafana_panels import Query
from auditor.model.evidence import ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.http import Exchange
from auditor.probing.monitoring.monitoring_api import Answer, Api

if TYPE_CHECKING:
    from auditor.probing.contract import Context

_PAGE = 500
_MOST_PAGES = 20
MOST_DASHBOARDS = 20
_UID = re.compile(r"[A-Za-z0-9_.:-]{1,100}")


@dataclass(frozen=True, slots=True)
class Shown:
    """A dashboard as Grafana holds it."""

    found: FoundDashboard
    dashboard: Dashboard
    queries: tuple[Query, ...]
    exchange: Exchange


@dataclass(slots=True)
class Tried:
    """A panel: whether one of its queries gave data, and its queries with their data source."""

    title: str
    data: bool = False
    asked: list[tuple[str, DataSource]] = field(default_factory=list)


class Grafana:
    """The Grafana that the operator named. Every method raises Trouble as `Api.ask` does."""

    def __init__(self, ctx: Context) -> None:
        deployment = ctx.target.deployment
        self.api = Api(
            ctx, (deployment.grafana if deployment else None) or "", "Grafana", "--grafana"
        )

    def search(self) -> Answer[list[FoundDashboard]]:
        """Every dashboard that the token may see."""
        found: list[FoundDashboard] = []
        for page in range(1, _MOST_PAGES + 1):
            query = {"type": "dash-db", "limit": str(_PAGE), "page": str(page)}
            answer = self.api.ask("/api/search", grafana_api.dashboards, query)
            found += answer.value
            if len(answer.value) < _PAGE:
                return Answer(found, answer.exchange)
        message = f"Grafana holds more than {_PAGE * _MOST_PAGES:,} dashboards."
        hint = "Give a token that sees the dashboards of the service's team alone."
        raise Trouble(ProblemKind.TOO_LARGE, message, hint)

    def open(self, found: FoundDashboard) -> Shown:
        """The dashboard with its queries."""
        if not _UID.fullmatch(found.uid):
            raise Trouble(ProblemKind.MALFORMED, "Grafana names a dashboard by what is no uid.")
        path = f"/api/dashboards/uid/{found.uid}"
        answer = self.api.ask(path, _opened)
        dashboard, queries = answer.value
        return Shown(found, dashboard, queries, answer.exchange)

    def sources(self) -> Answer[list[DataSource]]:
        """The data sources."""
        return self.api.ask("/api/datasources", grafana_api.data_sources)

    def health(self, source: DataSource) -> str:
        """What is wrong with a data source, "" where nothing is, or where its plugin has no check."""
        path = f"/api/datasources/uid/{_safe(source.uid)}/health"
        exchange = self.api.get(path)
        if exchange.status in (404, 501):
            return ""
        if exchange.status not in (400, 500, 503):
            said = self.api.answered(exchange, path, grafana_api.health).value
        else:
            said = self.api.read(exchange, path, grafana_api.health).value
        return "" if said.well else said.message[:200] or f"its check answers {exchange.status}"

    def data(self, query: str, source: DataSource) -> bool:
        """Whether Prometheus, asked through Grafana, gives a value. A query that it refuses gives none."""
        path = f"/api/datasources/proxy/uid/{_safe(source.uid)}/api/v1/query"
        exchange = self.api.get(path, {"query": query})
        if exchange.status in (400, 422):
            return False
        return self.api.answered(exchange, path, grafana_api.has_data).value

    def contact_points(self) -> Answer[list[tuple[str, str]]]:
        """Whom Grafana's own alerting tells."""
        return self.api.ask("/api/v1/provisioning/contact-points", grafana_api.contact_points)


def _opened(body: bytes) -> tuple[Dashboard, tuple[Query, ...]]:
    return grafana_dashboard.read(body), tuple(grafana_panels.queries(body))


def _safe(uid: str) -> str:
    if not _UID.fullmatch(uid):
        raise Trouble(ProblemKind.MALFORMED, "Grafana names a data source by what is no uid.")
    return uid


def of_service(
    found: list[FoundDashboard], committed: list[Dashboard], service: str
) -> list[FoundDashboard]:
    """The dashboards that the repository holds, by uid or else by title, and those called after the service."""
    uids = {one.uid for one in committed if one.uid}
    titles = {one.title for one in committed}
    return [
        one
        for one in found
        if one.uid in uids or one.title in titles or names(service, one.title, *one.tags)
    ]


def names(service: str, *texts: str) -> bool:
    """Whether one of the texts holds the service's name, word for word."""
    name = _plain(service)
    return bool(name) and any(f"-{name}-" in f"-{_plain(text)}-" for text in texts)


def absent(found: list[FoundDashboard], committed: list[Dashboard]) -> list[str]:
    """The titles of dashboards of the repository that Grafana does not hold."""
    uids, titles = {one.uid for one in found}, {one.title for one in found}
    return [d.title or d.uid for d in committed if d.uid not in uids and d.title not in titles]


def chosen(query: Query, sources: list[DataSource]) -> DataSource | None:
    """The Prometheus that a query asks: the one it names, else the default or the only one there is."""
    able = [one for one in sources if "prometheus" in one.type]
    if query.source:
        return next((one for one in able if query.source in (one.uid, one.name)), None)
    default = next((one for one in sources if one.default), None)
    if default is not None:
        return default if default in able else None
    return able[0] if len(able) == 1 else None


def tried(grafana: Grafana, shown: Shown, sources: list[DataSource]) -> Iterator[Tried]:
    """Each panel of a dashboard of which a query could be sent."""
    panels: dict[int, Tried] = {}
    untold: set[int] = set()
    for query in shown.queries:
        source = chosen(query, sources)
        gone = source is None and bool(query.source) and not _known(query.source, sources)
        if query.missing or (source is None and not gone):
            untold.add(query.number)
            continue
        panel = panels.setdefault(query.number, Tried(f"{shown.found.title}: {query.panel}"))
        if source is not None:
            panel.asked.append((query.text, source))
            panel.data = panel.data or grafana.data(query.text, source)
    yield from (panel for number, panel in panels.items() if panel.data or number not in untold)


def _known(name: str, sources: list[DataSource]) -> bool:
    return any(name in (one.uid, one.name) for one in sources)


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
