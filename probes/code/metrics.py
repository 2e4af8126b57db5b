"""Metrics in the code: families of the service's own, whether anything moves them, and how they leave the process.

Looks in the files that the service imports from where it starts, for prometheus_client, prom-client, client_golang,
Micrometer and meters of OpenTelemetry. A metric is idle where nothing but its definition, its imports and its
registration names what it is kept in. Libraries that count requests by themselves are told apart, and so are
those families that come with a client library, which are no metrics of the service. A label is without end
where it is called after an id, an address, a token or a message. Metrics are exposed where the code serves the
registry, or pushes it; in Java also by the packaged settings. Cannot see values, nor what a proxy or an agent
beside the service measures; clients of other systems (StatsD and others) are told as a problem.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.code.topics.signal_places import Place
from auditor.model.evidence import Location
from auditor.model.probe import FactType
from auditor.probing.code.code_topics import gaps, listing, topic_of
from auditor.probing.code.code_trees import trees_of
from auditor.probing.code.metric_builds import MetricBuilds
from auditor.probing.code.metric_looks import TOPIC, MetricLook
from auditor.probing.contract import (
    Context,
    FactSpec,
    Need,
    Observation,
    Problem,
    ProblemKind,
    probe,
)

_LIST = FactType.LIST
FAMILIES = FactSpec("own_metrics.families", _LIST, "Metrics that the code defines (path:line name)")
AUTOMATIC = FactSpec("own_metrics.automatic", _LIST, "Libraries that count requests by themselves")
IDLE = FactSpec("own_metrics.idle", _LIST, "Metrics that are defined and that nothing moves")
LABELS = FactSpec("own_metrics.endless_labels", _LIST, "Labels whose values have no end")
EXPOSED = FactSpec("own_metrics.exposed", _LIST, "Where metrics are exposed or pushed")
HIDDEN = FactSpec("own_metrics.hidden", _LIST, "Settings that keep metrics from being exposed")
UNREACHED = FactSpec(
    "own_metrics.unreachable", _LIST, "Metrics in files that the service does not import"
)

_FACTS = (FAMILIES, AUTOMATIC, IDLE, LABELS, EXPOSED, HIDDEN, UNREACHED)
_KEYS = tuple(spec.key for spec in _FACTS)
_OF_ABSENCE = (FAMILIES.key, AUTOMATIC.key, EXPOSED.key)
_MOST = 100


@probe(
    "code.metrics",
    title="Metrics in the code",
    needs=[Need.REPOSITORY],
    emits=_FACTS,
    timeout_s=120.0,
    pure=True,
)
def metrics(ctx: Context) -> Iterator[Observation]:
    """What was found is told in any case; that there is nothing, only where nothing else may count."""
    topic = topic_of(ctx, TOPIC)
    hidden = list(gaps(topic, *_KEYS))
    look = MetricLook(trees_of(ctx, topic.code), topic)
    builds = MetricBuilds(look)
    lists = {
        FAMILIES: [Place(path, one.line, one.name) for path, one in look.found],
        AUTOMATIC: [*look.automatic(), *builds.automatic()],
        IDLE: list(look.idle()),
        LABELS: list(look.endless()),
        EXPOSED: [*look.shown(), *builds.shown()],
        HIDDEN: builds.hidden,
        UNREACHED: list(look.unreached()),
    }
    if not hidden and not (lists[FAMILIES] and lists[EXPOSED]):
        hidden = list(unknown(look))
    yield from hidden
    silent = {key for problem in hidden for key in problem.facts}
    for spec, places in lists.items():
        if places or spec.key not in silent:
            told = sorted(set(places), key=lambda p: (p.path, p.line, p.what))
            where = [(p.path, p.line) for p in told[:_MOST]]
            yield listing(ctx, spec, [str(p) for p in told], where, topic.source(ctx))


def unknown(look: MetricLook) -> Iterator[Problem]:
    """Why nothing that was found does not mean that nothing is counted."""
    other = next(look.others(), None)
    if other is not None:
        said = f"The service uses {other.what} ({other.path}:{other.line}), whose metrics are not read."
        yield _problem(said, other)
    elif look.open is not None:
        said = f"{look.open.path} defines metrics whose names are put together when it runs."
        yield _problem(said, look.open)


def _problem(said: str, place: Place) -> Problem:
    hint = "Audit the running service with --url, whose metrics are then read."
    where = (Location(path=place.path, line=place.line),)
    return Problem(ProblemKind.VACUOUS, said, hint, _OF_ABSENCE, where)
