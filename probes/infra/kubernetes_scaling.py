"""Reads how Kubernetes replicates, scales, balances and guards the audited service itself.

The same manifests and rendered charts, and the same workloads of the service, as infra.kubernetes. The fewest
replicas are the lower bound of the autoscaler, else `replicas`, of the workloads that a Service sends requests to; a
worker alone may be single. An autoscaler counts when its target is there, it has room between its bounds, and the
share that it watches has requests to be a share of; KEDA without a lower bound goes down to 0. What a cluster really
measures (`ScalingActive`) and balances only the cluster shows. A volume whose claim is not in the manifests is not
known to be shared or not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from auditor.formats.kubernetes.kube_gaps import probe_paths, unprobed
from auditor.formats.kubernetes.kube_model import KubeObject, Workload, dig
from auditor.formats.kubernetes.kube_set import KubeSet, unguarded
from auditor.formats.text.yaml_shapes import text_of
from auditor.model.evidence import Location
from auditor.model.probe import FactType
from auditor.probing.contract import Context, FactSpec, Need, Observation, probe
from auditor.probing.kubernetes.kube_look import Part, look_at_manifests
from auditor.probing.repository.entries import Entries

_LIST = FactType.LIST
LEAST = FactSpec(
    "kubernetes.replicas_min",
    FactType.NUMBER,
    "Fewest replicas that the service runs with.",
    "replicas",
)
SCALED = FactSpec("kubernetes.autoscaled", _LIST, "Own workloads that an autoscaler can scale.")
FAULTS = FactSpec(
    "kubernetes.autoscaler_faults", _LIST, "Why autoscalers of the service cannot scale."
)
BALANCED = FactSpec(
    "kubernetes.load_balanced", _LIST,
    "Own workloads of several replicas behind a Service that asks each whether it is ready.",
)  # fmt: skip
GUARD = FactSpec("kubernetes.without_pdb", _LIST, "Own workloads that a node drain takes down.")
SPREAD = FactSpec(
    "kubernetes.without_spread", _LIST, "Own replicas that nothing spreads over nodes."
)
POLICY = FactSpec(
    "kubernetes.without_network_policy", _LIST, "Own workloads that anybody may reach."
)
PATHS = FactSpec("kubernetes.probe_paths", _LIST, "Paths that probes of own workloads ask for.")
STATE = FactSpec(
    "kubernetes.single_replica_state", _LIST, "Volumes of own workloads that replicas cannot share."
)
FACTS = (
    SCALED, FAULTS, BALANCED, GUARD, SPREAD, POLICY, PATHS, STATE,
)  # fmt: skip


class Add(Protocol):
    """Takes an entry about an object, at the line of what is written `below` it; "" is none."""

    def __call__(self, fact: FactSpec, found: KubeObject, what: str, *below: str) -> None: ...


@dataclass(slots=True)
class Replicas:
    """The fewest replicas of workloads, with their places, by whether a Service sends requests there."""

    serving: list[tuple[int, Location]] = field(default_factory=list)
    others: list[tuple[int, Location]] = field(default_factory=list)

    @property
    def least(self) -> tuple[int, Location] | None:
        """Those that requests go to decide, where there are any."""
        return min(self.serving or self.others, key=lambda one: one[0], default=None)


@probe(
    "infra.kubernetes_scaling",
    title="Scaling in Kubernetes",
    needs=[Need.REPOSITORY],
    emits=[LEAST, *FACTS],
    pure=True,
    tools=["helm"],
    timeout_s=180.0,
)
def kubernetes_scaling(ctx: Context) -> Iterator[Observation]:
    """Facts only where a workload is known to run the service."""
    seen, replicas = Entries((*FACTS, LEAST)), Replicas()
    look = look_at_manifests(ctx, seen)
    if not look.owned:
        yield from seen.problems or [look.nothing((LEAST, *FACTS))]
        return
    for part in look.parts:
        judge(part, seen, replicas)
    source, least = look.source(ctx), replicas.least
    if seen.problems:  # what was not read may have fewer replicas
        yield from seen.observations(ctx, source, look.level)
        return
    seen.facts = FACTS
    yield from seen.observations(ctx, source, look.level)
    if least is None:
        yield look.uncounted(LEAST)
    else:
        yield LEAST.of(
            least[0],
            level=look.level,
            source=source,
            locations=[least[1]],
            produced_at=ctx.observed_at,
        )


def judge(part: Part, seen: Entries, replicas: Replicas) -> None:
    """Entries for the own workloads of what is applied together."""
    one = part.set

    def add(fact: FactSpec, found: KubeObject, what: str, *below: str) -> None:
        part.add(seen, fact, found, found.line(*below), what and f"{found}: {what}")

    for made in part.ours:
        found = made.object
        for container in made.containers:
            for kind, path in probe_paths(container):
                part.add(seen, PATHS, found, container.line, f"{made}: {kind} GET {path}")
        if made.lasting:
            add(POLICY, found, "" if one.policies(made) else "no network policy")
        for volume in one.single_claims(made):
            add(STATE, found, volume)
        if made.scaled:
            count = one.least(made)
            place = Location(path=found.path, line=found.line("spec", "replicas"))
            served = one.serving(made) and one.services(made)
            (replicas.serving if served else replicas.others).append((count, place))
            _replicated(one, made, count, add)
            _scaled(one, made, add)


def _replicated(one: KubeSet, made: Workload, count: int, add: Add) -> None:
    found = made.object
    if count >= 2:
        add(GUARD, found, unguarded(one.guards(made), count))
        affinity = dig(made.pod, "affinity", "podAntiAffinity")
        spread = affinity or made.pod.get("topologySpreadConstraints")
        add(SPREAD, found, "" if spread else "nothing spreads its replicas over nodes")
    services = [s for s in one.services(made) if text_of(s.spec.get("clusterIP")) != "None"]
    asked = all(not unprobed(c, "readiness") for c in one.serving(made))
    if services and asked and count >= 2:
        add(BALANCED, found, f"{services[0]} over {count} or more replicas")


def _scaled(one: KubeSet, made: Workload, add: Add) -> None:
    scalers = [s for s in one.scalers if one.target(s) is made]
    for scaler in scalers:
        faults = list(scaler.faults(made))
        if len(scalers) > 1:
            faults.append(f"{made} has {len(scalers)} autoscalers, which work against each other")
        for fault in faults:
            add(FAULTS, scaler.object, fault)
        if not faults:
            between = f"between {scaler.least} and {scaler.most} replicas"
            add(SCALED, made.object, f"{scaler.object} {between}")
