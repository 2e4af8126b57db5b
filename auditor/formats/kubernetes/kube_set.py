"""Objects that are applied together: what selects, scales, protects and stores for each workload."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator

from auditor.formats.kubernetes.kube_model import (
    Container,
    KubeObject,
    Workload,
    dig,
    selects,
    texts,
    workload,
)
from auditor.formats.kubernetes.kube_scaler import Scaler, scaler, target_of
from auditor.formats.text.yaml_shapes import list_of, mapping_of, text_of, texts_of
from auditor.formats.text.yaml_text import YamlValue

_PERCENT = re.compile(r"(\d{1,3})%")
_SHARED = frozenset({"ReadWriteMany", "ReadOnlyMany"})


class KubeSet:
    """The objects of one application of manifests."""

    def __init__(self, objects: Iterable[KubeObject]) -> None:
        self.objects = tuple(objects)
        self.workloads = tuple(w for o in self.objects if (w := workload(o)) is not None)
        self.scalers = tuple(s for o in self.objects if (s := scaler(o)) is not None)

    def of(self, kind: str) -> list[KubeObject]:
        """The objects of a kind."""
        return [found for found in self.objects if found.kind == kind]

    def scaled_by(self, made: Workload) -> list[Scaler]:
        """The autoscalers of a workload."""
        return [found for found in self.scalers if found.means(made)]

    def target(self, found: Scaler) -> Workload | None:
        """The workload that an autoscaler scales. One of a Rollout may have the pods of a Deployment."""
        for rollout in self.of("Rollout"):
            if (found.kind, found.name) == ("Rollout", rollout.name):
                named = text_of(dig(rollout.spec, "workloadRef", "name"))
                pods = [w for w in self.workloads if w.object.name in (named, rollout.name)]
                return next((w for w in pods if w.object.kind in ("Deployment", "Rollout")), None)
        return target_of(found, self.workloads)

    def least(self, made: Workload) -> int:
        """The fewest replicas that a workload runs with."""
        bounds = [found.least for found in self.scalers if self.target(found) is made]
        if bounds:
            return min(bounds)
        named = ("workloadRef", "name")
        leads = (o for o in self.of("Rollout") if text_of(dig(o.spec, *named)) == made.object.name)
        lead = next(leads, None)
        written = made.replicas if lead is None else lead.spec.get("replicas", 1)
        return written if isinstance(written, int) else 1

    def services(self, made: Workload) -> list[KubeObject]:
        """The Services that send requests to its pods."""
        return [s for s in self.of("Service") if _near(s, made) and _sends(s, made)]

    def serving(self, made: Workload) -> list[Container]:
        """Its containers that answer requests: the ones with the ports that its Services name.

        Where the manifests have no Service at all, those that declare ports.
        """
        services = self.services(made)
        if not services:
            bare = not self.of("Service")
            return [c for c in made.containers if bare and c.ports]
        wanted = {text for service in services for text in _ports(service)}
        named = [c for c in made.containers if any(wanted.intersection(p) for p in c.ports)]
        return named or list(made.containers[:1])

    def guards(self, made: Workload) -> list[KubeObject]:
        """The PodDisruptionBudgets of its pods."""
        return [
            o
            for o in self.of("PodDisruptionBudget")
            if _near(o, made) and _takes(o, made, "selector")
        ]

    def policies(self, made: Workload) -> list[KubeObject]:
        """The NetworkPolicies of its pods."""
        return [
            o for o in self.of("NetworkPolicy")
            if _near(o, made) and selects(o.spec.get("podSelector"), made.labels)
        ]  # fmt: skip

    def single_claims(self, made: Workload) -> Iterator[str]:
        """The volumes of its pods that one node at a time may write, or that lie on the node."""
        claims = {o.name: o for o in self.of("PersistentVolumeClaim") if _near(o, made)}
        for volume in list_of(made.pod.get("volumes")):
            name = text_of(dig(volume, "persistentVolumeClaim", "claimName"))
            if name in claims and _single(claims[name].spec):
                yield f"the claim {name}, which one node at a time may write"
        for template in list_of(made.object.spec.get("volumeClaimTemplates")):
            if _single(mapping_of(mapping_of(template).get("spec"))):
                yield f"the claim {text_of(dig(template, 'metadata', 'name'))} of each replica"


def unguarded(guards: Iterable[KubeObject], replicas: int) -> str:
    """Why PodDisruptionBudgets do not let some of `replicas` go, and keep others; "" where they do."""
    faults = [_fault(guard.spec, replicas, guard.name) for guard in guards]
    if not faults:
        return "no disruption budget"
    return next((fault for fault in faults if fault), "")


def _fault(spec: dict[str, YamlValue], replicas: int, name: str) -> str:
    least = _pieces(spec.get("minAvailable"), replicas)
    away = _pieces(spec.get("maxUnavailable"), replicas)
    kept = least if least is not None else replicas - (1 if away is None else away)
    if kept >= replicas:
        return f"the disruption budget {name} lets no pod go"
    return f"the disruption budget {name} keeps no pod" if kept <= 0 else ""


def _pieces(value: YamlValue, replicas: int) -> int | None:
    """A number of pods, or a percentage of them, which Kubernetes rounds up."""
    share = _PERCENT.fullmatch(text_of(value) or "")
    if share:
        return math.ceil(int(share[1]) * replicas / 100)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _near(found: KubeObject, made: Workload) -> bool:
    spaces = (found.namespace, made.object.namespace)
    return not all(spaces) or spaces[0] == spaces[1]


def _takes(found: KubeObject, made: Workload, key: str) -> bool:
    selector = found.spec.get(key)
    return selector is not None and selects(selector, made.labels)


def _sends(service: KubeObject, made: Workload) -> bool:
    wanted = texts(service.spec.get("selector"))
    return bool(wanted) and all(made.labels.get(key) == value for key, value in wanted.items())


def _ports(service: KubeObject) -> Iterator[str]:
    for port in (mapping_of(one) for one in list_of(service.spec.get("ports"))):
        yield text_of(port.get("targetPort")) or text_of(port.get("port")) or ""


def _single(spec: dict[str, YamlValue]) -> bool:
    modes = set(texts_of(spec.get("accessModes")))
    return bool(modes) and modes.isdisjoint(_SHARED)
