"""Compares what the repository's alert rules ask for with the metrics that exist: live, in code, or of an exporter.

A metric exists where the deployment exposes it, the code that the service reaches defines it, a rule records it, a
library in use or a known exporter brings it. An alert is told where its expression stays empty for want of one, so that
it can never fire; labels are not compared. Where code is in a language whose metrics are not read, what seems to be
missing is not told. Whether a running Prometheus has the series is for the probe that asks it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from auditor.formats.monitoring.promql_selectors import Selector, never_yields, selectors
from auditor.formats.text.errors import FormatError
from auditor.model.evidence import Location, Value
from auditor.model.level import Level
from auditor.model.probe import FactType, Need
from auditor.probing.contract import (
    Context,
    FactSpec,
    Observation,
    Phase,
    Problem,
    ProblemKind,
    Trouble,
    probe,
)
from auditor.probing.looking import met
from auditor.probing.monitoring.known_metrics import KnownMetrics, Origin
from auditor.probing.monitoring.metrics_endpoint import scrape
from auditor.probing.monitoring.prometheus_files import prometheus_files

COMPARED = FactSpec(
    "alert_metrics.compared", FactType.NUMBER, "Alerts whose metrics were looked for", "alerts"
)
MISSING = FactSpec(
    "alert_metrics.missing",
    FactType.LIST,
    "Alerts that cannot fire, for want of metrics that nobody is seen to expose",
)
_SUFFIXES = ("", "_total", "_bucket", "_count", "_sum")
"""What the series of a family may be called of which none has come up yet."""
_KEYS = (COMPARED.key, MISSING.key)


@probe(
    "monitoring.alert_metrics",
    title="Metrics that alerts ask for",
    needs=[Need.REPOSITORY],
    emits=[COMPARED, MISSING],
    phase=Phase.LIVE,
    timeout_s=120.0,
)
def alert_metrics(ctx: Context) -> Iterator[Observation]:
    """The deployment where one was given, then files for what it does not expose."""
    found = prometheus_files(ctx.repo)
    alerts = [(rules.path, rule) for rules in found.rules for rule in rules.alerts]
    known = KnownMetrics(ctx)

    def in_files(name: str) -> bool:
        return known.origin(name) is not Origin.UNKNOWN

    # The deployment is asked first: one answer settles most, and reading all code takes seconds.
    live = _exposed(ctx) if alerts else frozenset()
    told: list[str] = []
    places: list[Location] = []
    for path, rule in alerts:
        lacking = missing(rule.expr, lambda name: name in live or in_files(name))
        if lacking:
            told.append(f"{rule.name} ({', '.join(lacking)})")
            places.append(Location(path=path, line=rule.line))
    doubt = _doubt(known) if told else ""
    if not alerts and (found.rendered or found.problems):
        doubt = "The repository's alert rules are rendered, or could not be read"
    values: list[tuple[FactSpec, Value]] = [(COMPARED, len(alerts)), (MISSING, told)]
    if doubt:
        message = f"{doubt}, so which of the metrics that alerts ask for exist is not known."
        hint = "Run again with --prometheus URL, which knows all series."
        yield Problem(ProblemKind.VACUOUS, message, hint, _KEYS)
        return
    where = ", ".join(dict.fromkeys(path for path, _ in alerts)) or "searched: alert rules"
    for spec, value in values:
        yield spec.of(
            value,
            level=Level.EFFECTIVE,
            source=ctx.repo.source(where),
            locations=places[:50],
            produced_at=ctx.observed_at,
        )


def missing(expression: str, exists: Callable[[str], bool]) -> list[str]:
    """The metrics for want of which an expression stays empty; [] where it does not, or is not read."""

    def there(selector: Selector) -> bool:
        return selector.metric is None or exists(selector.metric)

    try:
        if not never_yields(expression, there):
            return []
        names = [s.metric for s in selectors(expression) if s.metric and not there(s)]
    except FormatError:
        return []
    return list(dict.fromkeys(names))


def _exposed(ctx: Context) -> frozenset[str]:
    """The names of the samples that the deployment exposes; none where it cannot be asked."""
    if not met(ctx)[Need.URL]:
        return frozenset()
    try:
        seen = scrape(ctx)
    except Trouble:
        return frozenset()
    families = seen.exposition.families if seen is not None else ()
    return frozenset(
        name
        for family in families
        for name in family.series or (family.name + suffix for suffix in _SUFFIXES)
    )


def _doubt(known: KnownMetrics) -> str:
    if not known.has_code:
        return "The repository has no source code"
    if known.unread:
        return f"Source code could not be read ({known.unread[0].message.rstrip('.')})"
    if known.not_understood:
        return f"Metrics are not looked for in {known.not_understood}, in which most of the service is written"
    return f"The code names {known.open} of its metrics by variables" if known.open else ""
