"""What the panels of dashboards show: whether they ask anything, and whose metrics they name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.formats.monitoring.grafana_model import Panel, Target, Variable
from auditor.formats.monitoring.grafana_query import Asked, asked
from auditor.formats.monitoring.metric_families import is_business
from auditor.probing.monitoring.dashboard_files import FoundDashboard
from auditor.probing.monitoring.known_metrics import KnownMetrics, Origin

_SERVICE = frozenset({Origin.OWN, Origin.CODE, Origin.LIBRARY})
_OTHER_LANGUAGES = re.compile(
    r"sql|postgres|clickhouse|bigquery|elasticsearch|opensearch|influx|infinity|mongodb|druid|athena|redshift|snowflake"
)


@dataclass(frozen=True, slots=True)
class PanelLook:
    """One panel that should show data, with what its queries in PromQL ask (hidden ones left out)."""

    found: FoundDashboard
    panel: Panel
    asked: tuple[Asked, ...]
    others: int

    @property
    def line(self) -> int | None:
        """Its line in the file."""
        return self.found.at(self.panel.line)

    @property
    def metrics(self) -> frozenset[str]:
        """Every metric that it names in full."""
        return frozenset(name for one in self.asked for name in one.metrics)

    @property
    def empty(self) -> str:
        """Why it shows nothing, "" where it may show something."""
        targets = self.panel.targets
        if not targets:
            return "has no query"
        if all(one.hidden for one in targets):
            return "hides all its queries"
        if not any(one.filled for one in targets if not one.hidden):
            return "has only queries without content, or made-up data"
        if self.asked and not self.others and not any(o.selects or o.error for o in self.asked):
            return "selects no series"
        return ""

    @property
    def errors(self) -> Iterator[str]:
        """What is wrong in its queries."""
        return (one.error for one in self.asked if one.error)

    @property
    def untold(self) -> bool:
        """Whether it may show something that is not named in full."""
        return self.others > 0 or any(one.any_metric or one.open for one in self.asked)

    @property
    def foreign(self) -> bool:
        """Whether it asks a database or search engine, in a language that is not read here."""
        return any(_OTHER_LANGUAGES.search(t.source) for t in self.panel.targets if not t.hidden)


def look_at(found: FoundDashboard) -> Iterator[PanelLook]:
    """The panels of a dashboard that should show data; library panels are kept elsewhere."""
    variables = found.dashboard.variables
    for panel in found.dashboard.shown:
        if panel.decorates or panel.library:
            continue
        ours = [t for t in panel.targets if _is_promql(t)]
        others = sum(t.filled and not t.hidden for t in panel.targets) - len(ours)
        queries = tuple(_asked(t, variables) for t in ours)
        yield PanelLook(found, panel, queries, others)


def _is_promql(target: Target) -> bool:
    promql = target.source in ("", "prometheus") or "prometheus" in target.source
    return promql and bool(target.expr.strip()) and not target.hidden


def _asked(target: Target, variables: tuple[Variable, ...]) -> Asked:
    told = asked(target.expr, variables)
    # Without a stated type the text may be of another language, such as LogQL.
    return told if target.source or not told.error else Asked(open=True)


def of_service(look: PanelLook, known: KnownMetrics) -> bool:
    """Whether a panel shows a metric that the service itself exposes."""
    return any(known.origin(name) in _SERVICE for m in look.metrics for name in known.behind(m))


def dead_percent(looks: list[PanelLook], known: KnownMetrics) -> float | None:
    """The share of panels that ask for metrics which nobody exposes; None where no dashboard shows the service.

    Other dashboards are left out: they may show what another repository exposes.
    """
    ours = {id(look.found) for look in looks if of_service(look, known)}
    asking = [look for look in looks if id(look.found) in ours and not look.empty]
    dead = [look for look in asking if look.metrics and not look.untold and _dead(look, known)]
    return round(100 * len(dead) / len(asking), 1) if asking else None


def _dead(look: PanelLook, known: KnownMetrics) -> bool:
    return all(known.origin(name) is Origin.UNKNOWN for name in look.metrics)


def of_business(
    look: PanelLook, known: KnownMetrics, service: str, declared: frozenset[str]
) -> list[str]:
    """The metrics of its business that a panel shows: defined and used by the service's own code.

    Those `declared` in auditor.yaml need no telling name.
    """
    words = [word for word in re.split(r"[^a-z0-9]+", service.lower()) if word]
    names = sorted(name for m in look.metrics for name in known.behind(m))
    return [
        name
        for name in dict.fromkeys(names)
        if known.origin(name) is Origin.OWN
        and known.moves(name)
        and (name in declared or is_business(name, words))
    ]


def metrics_doubt(looks: list[PanelLook], known: KnownMetrics, *, found: bool) -> str:
    """Why it is not known which metrics exist, "" where it is; `found` says that some seem not to."""
    named = any(look.metrics for look in looks)
    if named and not known.has_code:
        return "The repository has no source code"
    if known.unread:
        return f"Source code could not be read ({known.unread[0].message})"
    if named and known.not_understood and found:
        return f"Metrics are not looked for in {known.not_understood}, in which most of the service is written"
    return ""


def business_doubt(looks: list[PanelLook], known: KnownMetrics) -> str:
    """Why panels of the business may be overlooked, "" where they are not."""
    if any(look.foreign and not look.empty for look in looks):
        return "Panels ask a database or search engine, in a language that is not read"
    if not known.has_code or known.not_understood or known.unread:
        return "Which metrics the service defines is not known"
    return f"The code names {known.open} of its metrics by variables" if known.open else ""
