"""Asks the running Grafana for the service's dashboards, and sends the queries of their panels.

The dashboards are those that the repository holds, by uid or title, and those whose title or tags name the
service. Queries in PromQL are sent as a view of the last hour would, with the values that are stored for the
dashboard's variables, through Grafana's own proxy to its Prometheus; queries in other languages, and those
whose variables have no value, are not tried. A panel that asks for a data source which is not there has no
data. A panel is of the business when it shows a metric that code of the service defines, and it counts where
the last week held a value above 0. Who reads a contact point's messages is not seen.
"""

from __future__ import annotations

from collections.abc import Iterator

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
from auditor.probing.monitoring import grafana as running
from auditor.probing.monitoring.dashboard_files import FoundDashboard as File
from auditor.probing.monitoring.dashboard_files import dashboard_files
from auditor.probing.monitoring.dashboard_panels import (
    PanelLook,
    business_doubt,
    look_at,
    of_business,
)
from auditor.probing.monitoring.grafana import Grafana, Shown, Tried
from auditor.probing.monitoring.known_metrics import KnownMetrics

_LIST = FactType.LIST
DASHBOARDS = FactSpec("grafana.dashboards", _LIST, "Dashboards of the service in Grafana")
ABSENT = FactSpec(
    "grafana.absent_dashboards", _LIST, "Dashboards of the repository that Grafana does not hold"
)
PANELS = FactSpec(
    "grafana.panels", FactType.NUMBER, "Panels of them whose queries were sent", "panels"
)
EMPTY = FactSpec("grafana.panels_without_data", _LIST, "Panels of them whose queries give nothing")
DEAD = FactSpec(
    "grafana.dead_percent", FactType.NUMBER, "Share of these panels whose queries give nothing", "%"
)
BUSINESS = FactSpec(
    "grafana.business_panels",
    _LIST,
    "Panels over metrics of the business that moved in the last week",
)
SICK = FactSpec(
    "grafana.unhealthy_sources", _LIST, "Data sources of these panels whose check fails"
)
CONTACTS = FactSpec("grafana.contact_points", _LIST, "Contact points of Grafana's own alerting")

_TRIED = (PANELS.key, EMPTY.key, DEAD.key, BUSINESS.key, SICK.key)


@probe(
    "monitoring.grafana",
    title="What Grafana shows of the service",
    needs=[Need.GRAFANA],
    emits=[DASHBOARDS, ABSENT, PANELS, EMPTY, DEAD, BUSINESS, SICK, CONTACTS],
    phase=Phase.LIVE,
    timeout_s=180.0,
)
def grafana(ctx: Context) -> Iterator[Observation]:
    """Dashboards first; their panels, and the contact points, each on their own."""
    asked = Grafana(ctx)
    try:
        contacts = asked.contact_points()
        told = [redact(f"{name} ({kind})") for name, kind in contacts.value]
        yield _fact(ctx, CONTACTS, told, contacts.exchange)
    except Trouble as trouble:
        yield trouble.problem(CONTACTS.key)
    found = asked.search()
    files = dashboard_files(ctx.repo)
    committed = [file.dashboard for file in files.dashboards]
    mine = running.of_service(found.value, committed, ctx.target.service)
    yield _fact(ctx, DASHBOARDS, [redact(one.title) for one in mine], found.exchange)
    if files.problems or files.rendered:
        message = "Not all dashboards of the repository could be read, so which Grafana lacks is not known."
        yield Problem(ProblemKind.VACUOUS, message, "Commit the rendered JSON.", (ABSENT.key,))
    else:
        yield _fact(ctx, ABSENT, running.absent(found.value, committed), found.exchange)
    if not mine:
        message = f"Of {len(found.value)} dashboards that the token sees, none is of the service."
        hint = "Name the service in their title or tags, or keep their JSON in the repository."
        yield Problem(ProblemKind.VACUOUS, message, hint, _TRIED)
        return
    try:
        yield from _panels(ctx, asked, [asked.open(one) for one in mine[: running.MOST_DASHBOARDS]])
    except Trouble as trouble:
        yield trouble.problem(*_TRIED)


def _panels(ctx: Context, asked: Grafana, shown: list[Shown]) -> Iterator[Observation]:
    sources = asked.sources().value
    seen: list[tuple[Shown, Tried]] = [
        (one, panel) for one in shown for panel in running.tried(asked, one, sources)
    ]
    if not seen:
        message = "No panel of the service's dashboards has a query in PromQL that could be sent."
        hint = "Store a default value for each variable of the dashboard."
        yield Problem(ProblemKind.VACUOUS, message, hint, _TRIED)
        return
    dead = [redact(panel.title) for _, panel in seen if not panel.data]
    exchange = shown[0].exchange
    yield _fact(ctx, PANELS, len(seen), exchange)
    yield _fact(ctx, EMPTY, dead, exchange)
    yield _fact(ctx, DEAD, round(100 * len(dead) / len(seen), 1), exchange)
    used = {source.uid: source for _, panel in seen for _, source in panel.asked}
    checked = [(one.name, asked.health(one)) for one in used.values()]
    yield _fact(ctx, SICK, [redact(f"{n}: {why}") for n, why in checked if why], exchange)
    yield from _business(ctx, asked, seen)


def _business(
    ctx: Context, asked: Grafana, seen: list[tuple[Shown, Tried]]
) -> Iterator[Observation]:
    known = KnownMetrics(ctx)
    declared = frozenset(f.metric for f in ctx.looking.features if f.metric)
    service = f"{ctx.target.service} {ctx.repo.root.rpartition('/')[2]}"
    moving: list[str] = []
    all_looks: list[PanelLook] = []
    for one, panel in seen:
        file = File(f"{one.found.uid}.json", one.dashboard)
        looks = [look for look in look_at(file) if panel.title.endswith(f": {look.panel.title}")]
        all_looks += looks
        if not any(of_business(look, known, service, declared) for look in looks):
            continue
        week = [(f"max_over_time(({text})[7d:1h]) > 0", source) for text, source in panel.asked]
        if any(asked.data(query, source) for query, source in week):
            moving.append(redact(panel.title))
    doubt = "" if moving else business_doubt(all_looks, known)
    if doubt:
        message = f"{doubt}, so panels of the business may be overlooked."
        hint = "Name the metrics of the business as `metric` of features in auditor.yaml."
        yield Problem(ProblemKind.VACUOUS, message, hint, (BUSINESS.key,))
        return
    yield _fact(ctx, BUSINESS, moving, seen[0][0].exchange)


def _fact(ctx: Context, spec: FactSpec, value: Value, exchange: Exchange) -> Fact:
    return spec.of(
        value,
        level=Level.OBSERVED,
        source=exchange.source,
        locations=[exchange.location],
        produced_at=ctx.observed_at,
    )
