"""The JSON of the API of Kubernetes, as far as it is read."""

from __future__ import annotations

import msgspec


class MetaJson(msgspec.Struct):
    """Meta, as the API shows it."""

    name: str
    namespace: str = ""
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    generation: int = 0


class ResourcesJson(msgspec.Struct):
    """Resources, as the API shows it."""

    limits: dict[str, object] | None = None
    requests: dict[str, object] | None = None


class HttpGetJson(msgspec.Struct):
    """HttpGet, as the API shows it."""

    path: str = "/"


class ProbeJson(msgspec.Struct, rename="camel"):
    """Probe, as the API shows it."""

    http_get: HttpGetJson | None = None


class ContainerJson(msgspec.Struct, rename="camel"):
    """Container, as the API shows it."""

    name: str
    image: str = ""
    resources: ResourcesJson | None = None
    readiness_probe: ProbeJson | None = None
    liveness_probe: ProbeJson | None = None


class PodSpecJson(msgspec.Struct):
    """PodSpec, as the API shows it."""

    containers: list[ContainerJson] = []


class TemplateMetaJson(msgspec.Struct):
    """TemplateMeta, as the API shows it."""

    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None


class TemplateJson(msgspec.Struct):
    """Template, as the API shows it."""

    spec: PodSpecJson
    metadata: TemplateMetaJson | None = None


class SelectorJson(msgspec.Struct, rename="camel"):
    """Selector, as the API shows it."""

    match_labels: dict[str, str] | None = None
    match_expressions: list[object] | None = None


class WorkloadSpecJson(msgspec.Struct):
    """WorkloadSpec, as the API shows it."""

    template: TemplateJson
    replicas: int = 1
    selector: SelectorJson | None = None


class WorkloadStatusJson(msgspec.Struct, rename="camel"):
    """WorkloadStatus, as the API shows it."""

    ready_replicas: int = 0
    updated_replicas: int = 0
    observed_generation: int = 0


class WorkloadJson(msgspec.Struct):
    """Workload, as the API shows it."""

    metadata: MetaJson
    spec: WorkloadSpecJson
    status: WorkloadStatusJson = msgspec.field(default_factory=WorkloadStatusJson)


class WaitingJson(msgspec.Struct):
    """Waiting, as the API shows it."""

    reason: str = ""


class TerminatedJson(msgspec.Struct, rename="camel"):
    """Terminated, as the API shows it."""

    reason: str = ""
    finished_at: str | None = None


class StateJson(msgspec.Struct):
    """State, as the API shows it."""

    waiting: WaitingJson | None = None
    terminated: TerminatedJson | None = None


class StatusJson(msgspec.Struct, rename="camel"):
    """Status, as the API shows it."""

    name: str
    image: str = ""
    image_id: str = msgspec.field(default="", name="imageID")
    restart_count: int = 0
    state: StateJson | None = None
    last_state: StateJson | None = None


class PodStatusJson(msgspec.Struct, rename="camel"):
    """PodStatus, as the API shows it."""

    phase: str = ""
    container_statuses: list[StatusJson] | None = None


class PodJson(msgspec.Struct):
    """Pod, as the API shows it."""

    metadata: MetaJson
    status: PodStatusJson = msgspec.field(default_factory=PodStatusJson)


class TargetJson(msgspec.Struct):
    """Target, as the API shows it."""

    kind: str
    name: str


class ScalerSpecJson(msgspec.Struct, rename="camel"):
    """ScalerSpec, as the API shows it."""

    scale_target_ref: TargetJson
    max_replicas: int
    min_replicas: int = 1


class ConditionJson(msgspec.Struct):
    """Condition, as the API shows it."""

    type: str
    status: str
    reason: str = ""


class ScalerStatusJson(msgspec.Struct):
    """ScalerStatus, as the API shows it."""

    conditions: list[ConditionJson] | None = None


class ScalerJson(msgspec.Struct):
    """Scaler, as the API shows it."""

    metadata: MetaJson
    spec: ScalerSpecJson
    status: ScalerStatusJson = msgspec.field(default_factory=ScalerStatusJson)


class BudgetSpecJson(msgspec.Struct):
    """BudgetSpec, as the API shows it."""

    selector: SelectorJson | None = None


class BudgetStatusJson(msgspec.Struct, rename="camel"):
    """BudgetStatus, as the API shows it."""

    disruptions_allowed: int = 0


class BudgetJson(msgspec.Struct):
    """Budget, as the API shows it."""

    metadata: MetaJson
    spec: BudgetSpecJson
    status: BudgetStatusJson = msgspec.field(default_factory=BudgetStatusJson)


class ListMetaJson(msgspec.Struct):
    """ListMeta, as the API shows it."""

    more: str = msgspec.field(default="", name="continue")


class WorkloadsJson(msgspec.Struct):
    """Workloads, as the API shows it."""

    items: list[WorkloadJson] | None
    metadata: ListMetaJson = msgspec.field(default_factory=ListMetaJson)


class PodsJson(msgspec.Struct):
    """Pods, as the API shows it."""

    items: list[PodJson] | None
    metadata: ListMetaJson = msgspec.field(default_factory=ListMetaJson)


class ScalersJson(msgspec.Struct):
    """Scalers, as the API shows it."""

    items: list[ScalerJson] | None
    metadata: ListMetaJson = msgspec.field(default_factory=ListMetaJson)


class BudgetsJson(msgspec.Struct):
    """Budgets, as the API shows it."""

    items: list[BudgetJson] | None
    metadata: ListMetaJson = msgspec.field(default_factory=ListMetaJson)
