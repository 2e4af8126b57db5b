"""Asks Prometheus how the checks of a blackbox exporter found the deployment over the last day.

A check counts where one of its labels holds the host of --url. Whether it asks from another network is not seen: files
or a person tell that. A check that never succeeded in a day watches nothing, and one that succeeds now and then is
unstable; the share of its samples is shown, never the best of them. Monitors of providers are not in Prometheus.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import urlsplit

from auditor.formats.monitoring.prometheus_api import Sample
from auditor.formats.web.network_target import host_of
from auditor.model.evidence import Value
from auditor.model.level import Level
from auditor.model.probe import FactType
from auditor.probing.contract import Context, FactSpec, Need, Observation, Phase, probe
from auditor.probing.doors.redact import redact
from auditor.probing.monitoring.prometheus_api import Prometheus

CHECKS = FactSpec(
    "outside.checks", FactType.LIST, "Blackbox checks of the deployment, and their share of success"
)
DEAD = FactSpec(
    "outside.dead", FactType.LIST, "Blackbox checks of the deployment that never succeeded in a day"
)
UNSTABLE = FactSpec(
    "outside.unstable", FactType.LIST, "Blackbox checks of the deployment that failed now and then"
)
_SHARE = "avg_over_time(probe_success[1d])"
_COUNT = "count_over_time(probe_success[1d])"


@probe(
    "monitoring.outside_checks",
    title="Checks from outside, as Prometheus recorded them",
    needs=[Need.URL, Need.PROMETHEUS],
    emits=[CHECKS, DEAD, UNSTABLE],
    phase=Phase.LIVE,
)
def outside_checks(ctx: Context) -> Iterator[Observation]:
    """Two questions: the share of successes, and of how many samples."""
    asked = Prometheus(ctx)
    shares = asked.query(_SHARE)
    counts = {_key(one.labels): one.value for one in asked.query(_COUNT).value}
    host = (urlsplit(ctx.http.base or "").hostname or "").lower()
    mine = [one for one in shares.value if host and host in _hosts(one.labels)]
    values: list[tuple[FactSpec, Value]] = [
        (CHECKS, told(mine, counts)),
        (DEAD, told((one for one in mine if not one.value > 0), counts)),
        (UNSTABLE, told((one for one in mine if 0 < one.value < 1), counts)),
    ]
    for spec, value in values:
        yield spec.of(
            value,
            level=Level.OBSERVED,
            source=shares.exchange.source,
            locations=[shares.exchange.location],
            produced_at=ctx.observed_at,
        )


def told(
    samples: Iterable[Sample], counts: Mapping[tuple[tuple[str, str], ...], float]
) -> list[Value]:
    """Each check by its job, with the share of its samples that were successes."""
    return [
        redact(
            f"{one.labels.get('job', '?')} {one.labels.get('instance', '?')}: {100 * one.value:.2f} %"
            f" of {counts.get(_key(one.labels), 0):.0f} in a day"
        )
        for one in samples
    ]


def _key(labels: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(labels.items()))


def _hosts(labels: Mapping[str, str]) -> set[str]:
    return {host_of(value) for name, value in labels.items() if name not in ("job", "__name__")}
