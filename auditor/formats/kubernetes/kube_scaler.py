"""Autoscalers of Kubernetes (HorizontalPodAutoscaler, ScaledObject of KEDA), and why one cannot scale."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from auditor.formats.kubernetes.kube_gaps import requests
from auditor.formats.kubernetes.kube_model import KubeObject, Workload, dig, texts, whole
from auditor.formats.text.yaml_shapes import list_of, mapping_of, text_of
from auditor.formats.text.yaml_text import YamlValue

_PAUSES = ("autoscaling.keda.sh/paused", "autoscaling.keda.sh/paused-replicas")


@dataclass(frozen=True, slots=True)
class Scaler:
    """An autoscaler of `kind` `name`, between `least` and `most` replicas.

    `shares` are resources of which it watches the used share of what is requested, with the container
    that it looks at ("" for all); `fault` says why it never scales, whatever its target.
    """

    object: KubeObject
    kind: str
    name: str
    least: int
    most: int
    shares: tuple[tuple[str, str], ...] = ()
    fault: str = ""

    def means(self, made: Workload) -> bool:
        """Whether a workload is its target."""
        spaces = (self.object.namespace, made.object.namespace)
        apart = all(spaces) and spaces[0] != spaces[1]
        return (self.kind, self.name) == (made.object.kind, made.object.name) and not apart

    def faults(self, target: Workload | None) -> Iterator[str]:
        """Why it does not scale `target`, which is None where the manifests have none."""
        if target is None:
            yield f"scales {self.kind} {self.name}, which is not in the manifests"
        if self.fault:
            yield self.fault
        if self.least == self.most:
            yield f"its least and most replicas are both {self.most}"
        for resource, only in self.shares if target is not None else ():
            for one in target.containers if target is not None else ():
                if only in ("", one.name) and not requests(one, resource):
                    yield f"the container {one.name} requests no {resource}, so its use has no share"


def scaler(found: KubeObject) -> Scaler | None:
    """`found` as an autoscaler; None where it is none."""
    if found.kind == "ScaledObject" and found.api.startswith("keda.sh/"):
        return _keda(found)
    if found.kind == "HorizontalPodAutoscaler" and found.api.startswith("autoscaling/"):
        return _horizontal(found)
    return None


def _horizontal(found: KubeObject) -> Scaler:
    spec, target = found.spec, mapping_of(found.spec.get("scaleTargetRef"))
    metrics = [mapping_of(metric) for metric in list_of(spec.get("metrics"))]
    shares = [share for metric in metrics if (share := _share(metric)) is not None]
    if not metrics:  # Kubernetes watches 80 % of the requested CPU where none is written
        shares = [("cpu", "")]
    return Scaler(
        found,
        text_of(target.get("kind")) or "Deployment",
        text_of(target.get("name")) or "",
        whole(spec.get("minReplicas"), 1),
        whole(spec.get("maxReplicas"), 1),
        tuple(shares),
        next((fault for metric in metrics if (fault := _nonsense(metric))), ""),
    )


def _share(metric: dict[str, YamlValue]) -> tuple[str, str] | None:
    kind = text_of(metric.get("type"))
    body = mapping_of(
        metric.get("containerResource" if kind == "ContainerResource" else "resource")
    )
    shared = "averageUtilization" in mapping_of(body.get("target"))
    if not shared and "targetAverageUtilization" not in body:
        return None
    return text_of(body.get("name")) or "", text_of(body.get("container")) or ""


def _nonsense(metric: dict[str, YamlValue]) -> str:
    name = next(
        (k for k in ("resource", "containerResource", "pods", "object", "external") if k in metric),
        "",
    )
    target = mapping_of(dig(metric, name, "target"))
    values = [target.get(k) for k in ("averageUtilization", "averageValue", "value") if k in target]
    if not name:
        return "one of its metrics names nothing to measure"
    if not values and "target" in mapping_of(metric.get(name)):
        return f"its {name} metric has no target value"
    return f"its {name} metric aims at 0" if any(text_of(v) == "0" for v in values) else ""


def _keda(found: KubeObject) -> Scaler:
    spec, target = found.spec, mapping_of(found.spec.get("scaleTargetRef"))
    triggers = [mapping_of(trigger) for trigger in list_of(spec.get("triggers"))]
    shares = tuple(_watched(t) for t in triggers if text_of(t.get("type")) in ("cpu", "memory"))
    noted = texts(dig(found.body, "metadata", "annotations"))
    paused = any(noted.get(key, "false") != "false" for key in _PAUSES)
    fault = "it is paused" if paused else "" if triggers else "it has no triggers"
    return Scaler(
        found,
        text_of(target.get("kind")) or "Deployment",
        text_of(target.get("name")) or "",
        whole(spec.get("minReplicaCount"), 0),
        whole(spec.get("maxReplicaCount"), 100),
        shares,
        fault,
    )


def _watched(trigger: dict[str, YamlValue]) -> tuple[str, str]:
    only = text_of(dig(trigger, "metadata", "containerName")) or ""
    return text_of(trigger.get("type")) or "", only


def target_of(found: Scaler, workloads: Iterable[Workload]) -> Workload | None:
    """The workload that an autoscaler scales, among `workloads`."""
    return next((made for made in workloads if found.means(made)), None)
