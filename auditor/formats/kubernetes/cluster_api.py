"""Answers of the API of Kubernetes: workloads, pods, scalers and disruption budgets as they are now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from auditor.formats.kubernetes.cluster_json import (
    BudgetsJson,
    ContainerJson,
    MetaJson,
    PodsJson,
    ResourcesJson,
    ScalersJson,
    StatusJson,
    TemplateMetaJson,
    WorkloadJson,
    WorkloadsJson,
)
from auditor.formats.text import iso_time
from auditor.formats.text.json_text import decode

_NAME = "The answer of Kubernetes"
_T = TypeVar("_T")
NAME_LABELS = (
    "app.kubernetes.io/name",
    "app.kubernetes.io/instance",
    "app",
    "k8s-app",
    "app.kubernetes.io/component",
)


@dataclass(frozen=True, slots=True)
class Container:
    """A container of a pod template; `limits` are the resources that it is limited in."""

    name: str
    image: str
    limits: frozenset[str]
    requests: frozenset[str]
    ready_path: str
    live_path: str
    probes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Workload:
    """A Deployment or StatefulSet and its state; `selector` is that of its pods."""

    kind: str
    namespace: str
    name: str
    labels: dict[str, str]
    annotations: dict[str, str]
    wanted: int
    ready: int
    updated: bool
    selector: dict[str, str]
    pod_labels: dict[str, str]
    containers: tuple[Container, ...]

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True)
class Running:
    """A container that runs: its image as resolved, with digest where the runtime tells it."""

    pod: str
    namespace: str
    labels: dict[str, str]
    annotations: dict[str, str]
    container: str
    image: str
    image_id: str
    restarts: int
    waiting: str
    ended: datetime | None
    ended_by: str


@dataclass(frozen=True, slots=True)
class Scaler:
    """A HorizontalPodAutoscaler; `faults` are conditions that keep it from scaling."""

    namespace: str
    name: str
    target: tuple[str, str]
    least: int
    most: int
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Budget:
    """A PodDisruptionBudget; an empty `selector` takes every pod of its namespace, unless `complex`."""

    namespace: str
    selector: dict[str, str]
    complex: bool
    allowed: int


Page = tuple[list[_T], str]
"""The values of one page, and the token of the next one, "" after the last."""


def deployments(body: bytes) -> Page[Workload]:
    """`/apis/apps/v1/…/deployments`. Raises Malformed and TooLarge."""
    return _workloads(body, "Deployment")


def stateful_sets(body: bytes) -> Page[Workload]:
    """`/apis/apps/v1/…/statefulsets`. Raises as `deployments` does."""
    return _workloads(body, "StatefulSet")


def _workloads(body: bytes, kind: str) -> Page[Workload]:
    page = decode(body, WorkloadsJson, name=_NAME)
    return [_workload(one, kind) for one in page.items or []], page.metadata.more


def _workload(one: WorkloadJson, kind: str) -> Workload:
    status, meta = one.status, one.metadata
    current = (
        status.observed_generation >= meta.generation
        and status.updated_replicas >= one.spec.replicas
    )
    template = one.spec.template.metadata or TemplateMetaJson()
    selector = (one.spec.selector.match_labels if one.spec.selector else None) or {}
    return Workload(
        kind,
        meta.namespace,
        meta.name,
        meta.labels or {},
        {**(meta.annotations or {}), **(template.annotations or {})},
        one.spec.replicas,
        status.ready_replicas,
        current,
        selector,
        {**selector, **(template.labels or {})},
        tuple(map(_container, one.spec.template.spec.containers)),
    )


def _container(one: ContainerJson) -> Container:
    resources = one.resources or ResourcesJson()
    ready, live = one.readiness_probe, one.liveness_probe
    present = {"readiness": ready, "liveness": live}
    return Container(
        one.name,
        one.image,
        frozenset(resources.limits or {}),
        frozenset(resources.requests or {}),
        ready.http_get.path if ready and ready.http_get else "",
        live.http_get.path if live and live.http_get else "",
        frozenset(name for name, probe in present.items() if probe is not None),
    )


def pods(body: bytes) -> Page[Running]:
    """The containers of the pods that have not ended, of `/api/v1/…/pods`. Raises as `deployments` does."""
    page = decode(body, PodsJson, name=_NAME)
    found = [
        _running(pod.metadata, status)
        for pod in page.items or []
        if pod.status.phase not in ("Succeeded", "Failed")
        for status in pod.status.container_statuses or []
    ]
    return found, page.metadata.more


def _running(meta: MetaJson, one: StatusJson) -> Running:
    waiting = one.state.waiting.reason if one.state and one.state.waiting else ""
    ended = one.last_state.terminated if one.last_state else None
    return Running(
        meta.name,
        meta.namespace,
        meta.labels or {},
        meta.annotations or {},
        one.name,
        one.image,
        one.image_id,
        one.restart_count,
        waiting,
        iso_time.read(ended.finished_at) if ended and ended.finished_at else None,
        ended.reason if ended else "",
    )


def scalers(body: bytes) -> Page[Scaler]:
    """`/apis/autoscaling/v2/…/horizontalpodautoscalers`. Raises as `deployments` does."""
    page = decode(body, ScalersJson, name=_NAME)
    found = []
    for one in page.items or []:
        conditions = one.status.conditions or []
        faults = tuple(
            f"{c.type} is {c.status} ({c.reason})"
            for c in conditions
            if c.type in ("ScalingActive", "AbleToScale") and c.status != "True"
        )
        if not any(c.type == "ScalingActive" for c in conditions):
            faults = (*faults, "it has not scaled yet, and says nothing of its metrics")
        target = (one.spec.scale_target_ref.kind, one.spec.scale_target_ref.name)
        meta, spec = one.metadata, one.spec
        made = Scaler(
            meta.namespace, meta.name, target, spec.min_replicas, spec.max_replicas, faults
        )
        found.append(made)
    return found, page.metadata.more


def budgets(body: bytes) -> Page[Budget]:
    """`/apis/policy/v1/…/poddisruptionbudgets`. Raises as `deployments` does."""
    page = decode(body, BudgetsJson, name=_NAME)
    found = []
    for one in page.items or []:
        selector = one.spec.selector
        if selector is None:
            continue  # such a budget takes no pod at all
        labels, complex = selector.match_labels or {}, bool(selector.match_expressions)
        allowed = one.status.disruptions_allowed
        found.append(Budget(one.metadata.namespace, labels, complex, allowed))
    return found, page.metadata.more
