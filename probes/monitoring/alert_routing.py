"""Alertmanager configurations in the repository: whom they would tell of the service's alerts.

Files are known by their content, texts in ConfigMaps too; not those among tests, examples and
documents. Alertmanager puts in no variables, so an address of one reaches nobody, unless a script,
Dockerfile or Compose file of the repository names the file, the variable and a tool that puts it in.
Values of charts and templates are not read. Files show what is declared; that an Alertmanager runs with
them, and that keys are good, is not seen. The alerts are those of the repository's rule files.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from auditor.model.evidence import Fact, Location, Value
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
from auditor.probing.monitoring.alert_receivers import Judge, Routing, own_names, routing, told
from auditor.probing.monitoring.alertmanager_files import (
    AlertmanagerFiles,
    FoundConfig,
    alertmanager_files,
)
from auditor.probing.monitoring.watched_alerts import repository_alerts

FILES = FactSpec("alert_routes.files", FactType.LIST, "Valid Alertmanager configurations")
INVALID = FactSpec(
    "alert_routes.invalid", FactType.LIST, "Configurations that Alertmanager would refuse"
)
RECEIVERS = FactSpec(
    "alert_routes.receivers",
    FactType.LIST,
    "Receivers that a route leads to, and how they are told",
)
PLACEHOLDERS = FactSpec(
    "alert_routes.placeholder_receivers",
    FactType.LIST,
    "Receivers of routes that can reach nobody, and why not",
)
SEVERITIES = FactSpec(
    "alert_routes.severities", FactType.OBJECT, "The receivers of the service's alerts by severity"
)
UNROUTED = FactSpec(
    "alert_routes.unrouted_severities",
    FactType.LIST,
    "Severities of the service's alerts of which one reaches nobody",
)

_EVERY = (FILES, INVALID, RECEIVERS, PLACEHOLDERS, SEVERITIES, UNROUTED)


@probe(
    "monitoring.alert_routing",
    title="Alertmanager configuration",
    needs=[Need.REPOSITORY],
    emits=_EVERY,
    pure=True,
)
def alert_routing(ctx: Context) -> Iterator[Observation]:
    """Nothing where the only configurations are those that something renders."""
    found = alertmanager_files(ctx.repo)
    yield from (replace(p, facts=(FILES.key, INVALID.key)) for p in found.problems)
    if found.rendered and not (found.configs or found.invalid):
        yield Problem(
            ProblemKind.VACUOUS,
            f"{found.rendered[0]} holds an Alertmanager configuration that something renders; it was not read.",
            "Audit with a running --alertmanager, or attest its receivers.",
            tuple(spec.key for spec in _EVERY),
        )
        return
    own = own_names(ctx.target)
    judged = [(each, Judge(own, each.filled)) for each in found.configs]
    places = [Location(path=each.path, line=each.line) for each in found.configs]
    rows: list[tuple[FactSpec, Value, list[Location]]] = [
        (FILES, [each.path for each in found.configs], places),
        (INVALID, [text for text, _ in found.invalid], [place for _, place in found.invalid]),
        (RECEIVERS, _once(t for each in found.configs for t in told(each.config.routed)), places),
        (
            PLACEHOLDERS,
            _once(t for c, judge in judged for t in judge.placeholders(c.config)),
            places,
        ),
    ]
    for spec, value, where in rows:
        yield _fact(ctx, spec, value, where)
    yield from _routes(ctx, found, judged, places)


def _routes(
    ctx: Context,
    found: AlertmanagerFiles,
    judged: list[tuple[FoundConfig, Judge]],
    places: list[Location],
) -> Iterator[Observation]:
    """Whom the alerts reach; with several configurations, by each of them."""
    alerts = repository_alerts(ctx.repo)
    if not alerts or not found.configs:
        what = "valid alert rules" if found.configs else "valid Alertmanager configuration"
        message = f"The repository holds no {what} that could be read, so whom its alerts reach is not known."
        hint = (
            "Keep the rules and alertmanager.yml in the repository, or audit with --alertmanager."
        )
        yield Problem(ProblemKind.VACUOUS, message, hint, (SEVERITIES.key, UNROUTED.key))
        return
    ways = [routing(each.config, alerts, judge) for each, judge in judged]
    yield _fact(ctx, SEVERITIES, _joined(ways), places)
    unrouted = _once(severity for way in ways for severity in way.unrouted)
    undecided = _once(severity for way in ways for severity in way.undecided)
    if undecided and not unrouted:
        yield Problem(
            ProblemKind.VACUOUS,
            f"Whom alerts of severity {', '.join(undecided)} reach depends on labels that the rules do not set.",
            "Route by labels that the rules set, such as severity or team.",
            (UNROUTED.key,),
        )
        return
    yield _fact(ctx, UNROUTED, unrouted, places)


def _joined(ways: list[Routing]) -> dict[str, list[str]]:
    names: dict[str, list[str]] = {}
    for way in ways:
        for severity, receivers in way.receivers.items():
            names[severity] = _once([*names.get(severity, []), *receivers])
    return names


def _once(texts: Iterator[str] | list[str]) -> list[str]:
    return list(dict.fromkeys(texts))


def _fact(ctx: Context, spec: FactSpec, value: Value, places: list[Location]) -> Fact:
    searched = "searched: *.yml and *.yaml with `route:` and `receivers:`"
    return spec.of(
        value,
        level=Level.EFFECTIVE,
        source=ctx.repo.source(searched),
        locations=places[:50],
        produced_at=ctx.observed_at,
    )
