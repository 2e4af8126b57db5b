"""Asks the deployment for the paths that its own platform asks: health checks of Compose files and Dockerfiles,
and the liveness, readiness and startup probes of Kubernetes manifests.

A path that answers 404, or as one that does not exist, would have the platform restart or withhold every replica.
Only paths that sound like a health check are asked for; the repository does not choose others. Ports are not
compared: a path that is served at a port of its own, closed to the outside, is told as missing here. Templates of
Helm are read as far as a path is written out in them.
"""

from __future__ import annotations

from collections.abc import Iterator

from auditor.model.evidence import Value
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
from auditor.probing.live.answers import find_unknown
from auditor.probing.live.probed_paths import ProbedPath, probed_paths

ANSWERING = FactSpec(
    "probed_paths.answering",
    FactType.LIST,
    "Paths of health checks and probes that the deployment serves",
)
MISSING = FactSpec(
    "probed_paths.missing",
    FactType.LIST,
    "Paths of health checks and probes that it does not serve",
)
_KEYS = (ANSWERING.key, MISSING.key)


@probe(
    "live.probed_paths",
    title="Paths that the platform asks for health",
    needs=[Need.URL, Need.REPOSITORY],
    emits=[ANSWERING, MISSING],
    phase=Phase.LIVE,
    timeout_s=90.0,
)
def probed(ctx: Context) -> Iterator[Observation]:
    """Every path once; trouble with one of them leaves the others."""
    asked, others = probed_paths(ctx.repo)
    if not asked:
        named = f", but for {others[0].path} ({others[0].place})" if others else ""
        message = f"No health check or probe of the repository names a path of health{named}."
        hint = "Write the path of the health endpoint into the manifests or the Compose file."
        yield Problem(ProblemKind.VACUOUS, message, hint, _KEYS)
        return
    unknown = find_unknown(ctx)
    served: list[ProbedPath] = []
    missing: list[tuple[ProbedPath, int]] = []
    trouble: Trouble | None = None
    for one in asked:
        try:
            exchange = ctx.http.once(one.path)
            if unknown.endpoint(exchange, one.path):
                served.append(one)
            else:
                missing.append((one, exchange.status))
        except Trouble as caught:
            trouble = trouble or caught
    told = [f"{one.path} ({one.by}, {one.place}): {status}" for one, status in missing]
    values: list[tuple[FactSpec, Value, list[ProbedPath]]] = [
        (ANSWERING, [f"{one.path} ({one.by})" for one in served], served),
        (MISSING, told, [one for one, _ in missing]),
    ]
    if trouble is not None:
        hidden = (ANSWERING.key, *([] if missing else [MISSING.key]))
        yield trouble.problem(*hidden)
        values = [row for row in values if row[0].key not in hidden]
    for spec, value, about in values:
        yield spec.of(
            value,
            level=Level.OBSERVED,
            source=unknown.exchange.source,
            locations=[one.place for one in about],
            produced_at=ctx.observed_at,
        )
