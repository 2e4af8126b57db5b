"""Asks the Kubernetes API how the service really runs: ready replicas, restarts, images, limits, scaling, budget.

Only lists are asked for, by a token that needs no more than the role `view`, or through `kubectl proxy`. The
workloads are the Deployments and StatefulSets whose name, or label `app.kubernetes.io/name`, `app` or the like, is
called as the service is. A container counts as restarting where it ended within the last day and has restarted at
least three times, or waits to be started again. Settings are those of the cluster, whatever the repository says.
Sidecars that an admission hook puts into pods are not looked at for limits.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from auditor.formats.kubernetes.cluster_api import Budget, Running, Scaler, Workload
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
from auditor.probing.kubernetes.cluster import Cluster, Service, digest, selected

_LIST = FactType.LIST
WORKLOADS = FactSpec("cluster.workloads", _LIST, "What runs of the service in the cluster")
REPLICAS = FactSpec(
    "cluster.ready_replicas",
    FactType.NUMBER,
    "Replicas that are ready, the fewest of several",
    "replicas",
)
UNREADY = FactSpec(
    "cluster.unready", _LIST, "Workloads of which not all replicas are ready and new"
)
RESTARTING = FactSpec("cluster.restarting", _LIST, "Containers that restarted within the last day")
UNLIMITED = FactSpec(
    "cluster.without_limits", _LIST, "Containers that run without a memory limit or requests"
)
UNPROBED = FactSpec(
    "cluster.without_probes", _LIST, "Containers of which none asks for readiness or liveness"
)
UNGUARDED = FactSpec(
    "cluster.without_pdb",
    _LIST,
    "Workloads that no disruption budget guards, or one that never allows a disruption",
)
SCALERS = FactSpec("cluster.autoscalers", _LIST, "Autoscalers of the service, and their bounds")
SCALER_FAULTS = FactSpec(
    "cluster.autoscaler_faults", _LIST, "Why autoscalers of the service do not scale"
)
IMAGES = FactSpec("cluster.images", _LIST, "Images that run, by digest")
MIXED = FactSpec(
    "cluster.mixed_images", _LIST, "Containers of one name that run from several images at once"
)

_OF_PODS = (RESTARTING, IMAGES, MIXED)
_RESTARTS = 3
_LATELY = timedelta(days=1)
_BAD_WAITS = ("CrashLoopBackOff", "ImagePullBackOff", "ErrImagePull", "CreateContainerConfigError")


@probe(
    "live.cluster",
    title="How the cluster runs the service",
    needs=[Need.KUBERNETES],
    emits=[
        *(WORKLOADS, REPLICAS, UNREADY, RESTARTING, UNLIMITED, UNPROBED),
        *(UNGUARDED, SCALERS, SCALER_FAULTS, IMAGES, MIXED),
    ],
    phase=Phase.LIVE,
    timeout_s=120.0,
)
def cluster(ctx: Context) -> Iterator[Observation]:
    """Workloads and pods first; scalers and budgets each on their own."""
    asked = Cluster(ctx)
    service = asked.service()
    exchange = service.exchange
    told = [f"{w}: {w.ready} of {w.wanted} ready" for w in service.workloads]
    yield _fact(ctx, WORKLOADS, told, exchange)
    yield _fact(ctx, REPLICAS, min(w.ready for w in service.workloads), exchange)
    yield _fact(ctx, UNREADY, [why for w in service.workloads if (why := unready(w))], exchange)
    yield _fact(ctx, UNLIMITED, list(_unlimited(service.workloads)), exchange)
    yield _fact(ctx, UNPROBED, list(_unprobed(service.workloads)), exchange)
    yield from _pods(ctx, service)
    try:
        scalers = asked.scalers()
        mine = [s for s in scalers.value if any(_scales(s, w) for w in service.workloads)]
        bounds = [f"{s.namespace}/{s.name}: {s.least} to {s.most}" for s in mine]
        yield _fact(ctx, SCALERS, bounds, scalers.exchange)
        yield _fact(ctx, SCALER_FAULTS, [why for s in mine for why in faults(s)], scalers.exchange)
    except Trouble as trouble:
        yield trouble.problem(SCALERS.key, SCALER_FAULTS.key)
    try:
        budgets = asked.budgets()
        bare = [why for w in service.workloads if (why := _unguarded(w, budgets.value))]
        yield _fact(ctx, UNGUARDED, bare, budgets.exchange)
    except Trouble as trouble:
        yield trouble.problem(UNGUARDED.key)


def unready(workload: Workload) -> str:
    """What is not well with a workload's replicas, "" where all are ready and of the newest template."""
    if not workload.wanted:
        return f"{workload}: scaled to 0"
    if workload.ready < workload.wanted:
        return f"{workload}: {workload.ready} of {workload.wanted} ready"
    return "" if workload.updated else f"{workload}: a rollout is not finished"


def _pods(ctx: Context, service: Service) -> Iterator[Observation]:
    if not service.running:
        yield Problem(
            ProblemKind.VACUOUS,
            "No pod of the service runs, so nothing is known of its containers.",
            "Let the cluster run it, then audit again.",
            tuple(spec.key for spec in _OF_PODS),
        )
        return
    again = [why for one in service.running if (why := restarting(one, ctx.now))]
    yield _fact(ctx, RESTARTING, again, service.exchange)
    images = [
        f"{one.image.partition('@')[0]}@{digest(one.image_id)}"
        for one in service.running
        if digest(one.image_id)
    ]
    if images:
        yield _fact(ctx, IMAGES, list(dict.fromkeys(map(redact, images))), service.exchange)
        yield _fact(ctx, MIXED, list(_mixed(service)), service.exchange)
    else:
        message = "The runtime tells no digest of the images that run."
        yield Problem(
            ProblemKind.VACUOUS, message, "Pull images from a registry.", (IMAGES.key, MIXED.key)
        )


def restarting(one: Running, now: datetime) -> str:
    """Why a container counts as restarting, "" where it does not."""
    name = f"{one.namespace}/{one.pod} {one.container}"
    if one.waiting in _BAD_WAITS:
        return f"{name}: {one.waiting}"
    lately = one.ended is not None and one.ended.tzinfo is not None and now - one.ended < _LATELY
    if lately and (one.restarts >= _RESTARTS or one.ended_by == "OOMKilled"):
        return f"{name}: {one.restarts} restarts, the last by {one.ended_by or 'an unknown cause'}"
    return ""


def _unlimited(workloads: tuple[Workload, ...]) -> Iterator[str]:
    for workload in workloads:
        for one in workload.containers:
            lacking = [] if "memory" in one.limits else ["a memory limit"]
            lacking += [
                f"a request of {r}" for r in ("cpu", "memory") if r not in one.requests | one.limits
            ]
            if lacking:
                yield f"{workload} {one.name}: without {', '.join(lacking)}"


def _unprobed(workloads: tuple[Workload, ...]) -> Iterator[str]:
    for workload in workloads:
        probes = frozenset().union(*(one.probes for one in workload.containers))
        lacking = [name for name in ("readiness", "liveness") if name not in probes]
        if lacking:
            yield f"{workload}: without {', '.join(lacking)}"


def _scales(scaler: Scaler, workload: Workload) -> bool:
    return scaler.namespace == workload.namespace and scaler.target == (
        workload.kind,
        workload.name,
    )


def faults(scaler: Scaler) -> list[str]:
    """What keeps an autoscaler from scaling."""
    named = f"{scaler.namespace}/{scaler.name}"
    found = [f"{named}: {fault}" for fault in scaler.faults]
    return found + ([f"{named}: its bounds are alike"] if scaler.least >= scaler.most else [])


def _unguarded(workload: Workload, budgets: list[Budget]) -> str:
    """A budget counts where it selects all pods of a workload, by labels that its template gives them."""
    inside = [b for b in budgets if b.namespace == workload.namespace]
    mine = [
        b
        for b in inside
        if not b.complex and (not b.selector or selected(workload.pod_labels, b.selector))
    ]
    if not mine:
        return str(workload)
    stuck = all(b.allowed == 0 for b in mine) and workload.wanted > 1 and not unready(workload)
    return f"{workload}: its budget allows no disruption at all" if stuck else ""


def _mixed(service: Service) -> Iterator[str]:
    for workload in service.workloads:
        seen: dict[str, set[str]] = {}
        for one in service.running:
            if one.namespace == workload.namespace and selected(one.labels, workload.selector):
                seen.setdefault(one.container, set()).add(digest(one.image_id))
        yield from (
            f"{workload} {name}: {len(ids)} images" for name, ids in seen.items() if len(ids) > 1
        )


def _fact(ctx: Context, spec: FactSpec, value: Value, exchange: Exchange) -> Fact:
    return spec.of(
        value,
        level=Level.OBSERVED,
        source=exchange.source,
        locations=[exchange.location],
        produced_at=ctx.observed_at,
    )
