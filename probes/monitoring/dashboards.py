"""Grafana dashboards in the repository: loaded by Grafana, with panels that ask for metrics that exist.

Reads JSON files, and texts in ConfigMaps, GrafanaDashboard resources and Helm values, of the classic model
and of schema v2; not those among tests, examples and documents. Queries in PromQL are parsed once Grafana's
variables are put in; those in other languages count as queries, unread. A metric is known when shipped code
of the repository defines it or writes its name, a recording rule makes it, a declared library or a common
exporter exposes it. A panel is of the business when it shows a metric that code of the service defines, which
the service reaches, and whose name says more than machinery does (`requests`, `queue`, `seconds`); a metric
that a feature in auditor.yaml names is one too. Dashboards are loaded by a provider whose folder Compose or a
Dockerfile fills, a sidecar's label, a resource, Terraform, kustomize, a chart or a script. What Jsonnet, Helm
or Python renders is not read, and only a running Grafana shows that panels have data.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.model.level import Level
from auditor.model.probe import FactType
from auditor.probing.contract import (
    Context,
    FactSpec,
    Need,
    Observation,
    Problem,
    ProblemKind,
    probe,
)
from auditor.probing.monitoring.dashboard_files import DashboardFiles, Holder, dashboard_files
from auditor.probing.monitoring.dashboard_panels import (
    PanelLook,
    business_doubt,
    dead_percent,
    look_at,
    metrics_doubt,
    of_business,
    of_service,
)
from auditor.probing.monitoring.dashboard_provisioning import provisioning, refused_as_file
from auditor.probing.monitoring.known_metrics import KnownMetrics, Origin
from auditor.probing.repository.entries import Entries

_LIST = FactType.LIST
FILES = FactSpec("dashboards.files", _LIST, "Dashboards that Grafana can load.")
INVALID = FactSpec(
    "dashboards.invalid", _LIST, "Dashboards and queries that Grafana or Prometheus refuse."
)
PANELS = FactSpec("dashboards.panels", FactType.NUMBER, "Panels with a query.", "panels")
EMPTY = FactSpec(
    "dashboards.empty_panels", _LIST, "Panels that ask for nothing, or show made-up data."
)
SERVICE = FactSpec(
    "dashboards.service_panels", _LIST, "Panels over metrics that the service itself exposes."
)
UNKNOWN = FactSpec(
    "dashboards.unknown_metrics", _LIST, "Metrics of panels that nobody is seen to expose."
)
DEAD = FactSpec(
    "dashboards.dead_percent",
    FactType.NUMBER,
    "Panels of which no metric is seen to be exposed, among those of dashboards that show the service.",
    "%",
)
UNPROVISIONED = FactSpec(
    "dashboards.unprovisioned", _LIST, "Dashboards that nothing loads into Grafana."
)
BUSINESS = FactSpec(
    "dashboards.business_panels", _LIST, "Panels over metrics of the service's own business."
)
_EVERY = (FILES, INVALID, PANELS, EMPTY, SERVICE, UNKNOWN, UNPROVISIONED, BUSINESS)


@probe(
    "monitoring.dashboards",
    title="Grafana dashboards",
    needs=[Need.REPOSITORY],
    emits=[*_EVERY, DEAD],
    pure=True,
)
def dashboards(ctx: Context) -> Iterator[Observation]:
    """Nothing where the only dashboards are those that something renders; else every fact that is sure."""
    found = dashboard_files(ctx.repo)
    if found.rendered and not (found.dashboards or found.invalid):
        keys = tuple(spec.key for spec in (*_EVERY, DEAD))
        said = f"{found.rendered[0]} makes dashboards when it is rendered; they were not read."
        yield Problem(
            ProblemKind.VACUOUS, said, "Commit the rendered JSON, or attest the dashboards.", keys
        )
        return
    seen = Entries(_EVERY, problems=list(found.problems))
    for path, line, what in found.invalid:
        seen.add(INVALID, path, line, what)
    looks = [look for each in found.dashboards for look in look_at(each)]
    known = KnownMetrics(ctx)
    hidden = [
        *_loaded(ctx, found, seen),
        *_shown(looks, known, seen),
        *_business(ctx, looks, known, seen),
    ]
    doubtful = {key for problem in hidden for key in problem.facts}
    yield from hidden
    seen.facts = tuple(spec for spec in _EVERY if spec.key not in doubtful)
    paths = ", ".join(dict.fromkeys(each.path for each in found.dashboards))
    apart = (
        f"; left out as tests, examples or documents: {', '.join(found.apart[:5])}"
        if found.apart
        else ""
    )
    searched = f"searched: *.json, *.yml and *.yaml with panels of Grafana{apart}"
    source = ctx.repo.source(paths or searched)
    yield from seen.observations(ctx, source)
    share = dead_percent(looks, known)
    if share is not None and UNKNOWN.key not in doubtful and not seen.problems:
        yield DEAD.of(share, level=Level.EFFECTIVE, source=source, produced_at=ctx.observed_at)
    else:
        said = "No dashboard is seen to show the service, or not all could be read: dead panels are not told."
        yield Problem(ProblemKind.VACUOUS, said, "Show its metrics on a dashboard.", (DEAD.key,))


def _loaded(ctx: Context, found: DashboardFiles, seen: Entries) -> Iterator[Problem]:
    """Entries for files, for what Grafana refuses of them, and for what nothing loads."""
    ways = provisioning(ctx.repo) if found.dashboards else None
    for each in found.dashboards:
        by = ways.loads(each) if ways else ""
        line = each.line if each.holder is not Holder.FILE else None
        refused = [*each.dashboard.refusals, *refused_as_file(each, by)]
        for what in refused:
            seen.add(INVALID, each.path, line, what)
        if not refused:
            seen.add(FILES, each.path, line, each.dashboard.title)
        if not by and ways and ways.known:
            seen.add(UNPROVISIONED, each.path, line, f"{each.dashboard.title}: nothing loads it")
    if ways and not ways.known and not any(map(ways.loads, found.dashboards)):
        yield Problem(
            ProblemKind.NOT_CONFIGURED,
            "Nothing in the repository loads its dashboards, so whether Grafana has them is not known.",
            "Keep the provider (grafana/provisioning/dashboards) and its mounts, or the ConfigMaps, beside them.",
            (UNPROVISIONED.key,),
        )


def _shown(looks: list[PanelLook], known: KnownMetrics, seen: Entries) -> Iterator[Problem]:
    """Entries for panels, for empty ones, and for metrics that nobody is seen to expose."""
    told: set[tuple[str, str]] = set()
    for look in looks:
        path, panel = look.found.path, look.panel
        if look.empty:
            seen.add(EMPTY, path, look.line, f"{panel} {look.empty}")
            continue
        seen.add(PANELS, path, look.line, str(panel))
        for error in look.errors:
            seen.add(INVALID, path, look.line, f"{panel}: {error}")
        if of_service(look, known):
            seen.add(SERVICE, path, look.line, str(panel))
        for name in sorted(look.metrics):
            if known.has_code and known.origin(name) is Origin.UNKNOWN and (path, name) not in told:
                told.add((path, name))
                where = known.unreached(name)
                why = f"is defined in {where} alone, which the service never reaches"
                seen.add(
                    UNKNOWN,
                    path,
                    look.line,
                    f"{panel}: {name} {why if where else 'is exposed by nobody'}",
                )
    yield from _unseen(looks, seen)
    what = metrics_doubt(looks, known, found=UNKNOWN.key in seen.found)
    if what:
        keys = [UNKNOWN.key, *([] if SERVICE.key in seen.found else [SERVICE.key])]
        said = f"{what}, so which metrics of its dashboards exist is not known."
        yield Problem(
            ProblemKind.VACUOUS, said, "Attest the dashboards with a link to Grafana.", tuple(keys)
        )


def _unseen(looks: list[PanelLook], seen: Entries) -> Iterator[Problem]:
    """Where no panel is seen to show the service, though some ask for what cannot be told."""
    if SERVICE.key not in seen.found and any(look.untold and not look.empty for look in looks):
        yield Problem(
            ProblemKind.VACUOUS,
            "Panels ask for metrics by variables, or ask other sources than Prometheus, so whether any shows the"
            " service is not known.",
            "Attest the dashboards with a link to Grafana.",
            (SERVICE.key,),
        )


def _business(
    ctx: Context, looks: list[PanelLook], known: KnownMetrics, seen: Entries
) -> Iterator[Problem]:
    declared = frozenset(f.metric for f in ctx.looking.features if f.metric)
    service = f"{ctx.target.service} {ctx.repo.root.rpartition('/')[2]}"
    for look in looks:
        names = [] if look.empty else of_business(look, known, service, declared)
        if names:
            seen.add(BUSINESS, look.found.path, look.line, f"{look.panel}: {', '.join(names)}")
    if BUSINESS.key in seen.found or not looks:
        return
    why = business_doubt(looks, known)
    if why:
        hint = "Attest the dashboard with a link to it, or write the names of metrics out in code."
        yield Problem(
            ProblemKind.VACUOUS,
            f"{why}, so panels of the business may be overlooked.",
            hint,
            (BUSINESS.key,),
        )
