"""A running cluster, read only: the service's workloads and pods, and what scales and guards them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

from auditor.formats.kubernetes import cluster_api
from auditor.formats.kubernetes.cluster_api import NAME_LABELS, Running, Workload
from auditor.model.evidence import ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.http import Exchange
from auditor.probing.monitoring.monitoring_api import Answer, Api

if TYPE_CHECKING:
    from auditor.probing.contract import Context

_T = TypeVar("_T")
_PAGE = "500"
_MOST_PAGES = 40
_NAMESPACE = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_COMMIT = re.compile(r"[0-9a-f]{7,40}")
_IN_TAG = re.compile(r"(?:^|[-_.](?:g|sha-?)?|^(?:g|sha-?))([0-9a-f]{7,40})$")
_REVISIONS = (
    "org.opencontainers.image.revision",
    "app.kubernetes.io/revision",
    "git-commit",
    "git_commit",
    "commit",
    "revision",
)


@dataclass(frozen=True, slots=True)
class Service:
    """What runs of the service."""

    workloads: tuple[Workload, ...]
    running: tuple[Running, ...]
    exchange: Exchange


class Cluster:
    """The cluster that the operator named. Every method raises Trouble as `Api.ask` does."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._namespace = ctx.looking.namespace
        if self._namespace and not _NAMESPACE.fullmatch(self._namespace):
            message = f"{self._namespace!r} is no name of a namespace."
            raise Trouble(ProblemKind.NOT_CONFIGURED, message, "Run again with --namespace NAME.")
        base = ctx.access.base("kubernetes")
        self._api = Api(ctx, base, "Kubernetes", "--kubernetes", {"Accept": "application/json"})

    def service(self) -> Service:
        """The service's workloads and their pods. Raises vacuous where none can be told to be its."""
        deployed = self._all("apis/apps/v1", "deployments", cluster_api.deployments)
        sets = self._all("apis/apps/v1", "statefulsets", cluster_api.stateful_sets)
        known = [*deployed.value, *sets.value]
        mine = [one for one in known if is_of(one, self._ctx.target.service)]
        if not mine:
            names = ", ".join(sorted({one.name for one in known})[:8])
            where = f"the namespace {self._namespace}" if self._namespace else "the cluster"
            message = f"In {where} nothing can be told to be {self._ctx.target.service}."
            hint = "Name or label the workload (app.kubernetes.io/name) after it, or give its --namespace."
            raise Trouble(
                ProblemKind.VACUOUS, message + (f" It runs {names}." if names else ""), hint
            )
        pods = self._all("api/v1", "pods", cluster_api.pods)
        running = [p for p in pods.value if any(_owns(w, p) for w in mine)]
        return Service(tuple(mine), tuple(running), deployed.exchange)

    def scalers(self) -> Answer[list[cluster_api.Scaler]]:
        """The HorizontalPodAutoscalers."""
        return self._all("apis/autoscaling/v2", "horizontalpodautoscalers", cluster_api.scalers)

    def budgets(self) -> Answer[list[cluster_api.Budget]]:
        """The PodDisruptionBudgets."""
        return self._all("apis/policy/v1", "poddisruptionbudgets", cluster_api.budgets)

    def _all(
        self, group: str, kind: str, read: Callable[[bytes], cluster_api.Page[_T]]
    ) -> Answer[list[_T]]:
        inside = f"namespaces/{quote(self._namespace)}/" if self._namespace else ""
        found: list[_T] = []
        more = ""
        for _ in range(_MOST_PAGES):
            query = {"limit": _PAGE, **({"continue": more} if more else {})}
            answer = self._api.ask(f"/{group}/{inside}{kind}", read, query)
            values, more = answer.value
            found += values
            if not more:
                return Answer(found, answer.exchange)
        raise Trouble(
            ProblemKind.TOO_LARGE,
            f"The cluster holds more than {int(_PAGE) * _MOST_PAGES:,} {kind}.",
            "Run again with --namespace NAME.",
        )


def is_of(workload: Workload, service: str) -> bool:
    """Whether a workload is called as the service is, by its name or by a label that names it."""
    names = (workload.name, *(workload.labels.get(label, "") for label in NAME_LABELS))
    return any(_plain(name) == _plain(service) for name in names if name)


def selected(labels: dict[str, str], selector: dict[str, str]) -> bool:
    """Whether a selector, which must ask for something, takes these labels."""
    return bool(selector) and all(labels.get(key) == value for key, value in selector.items())


def _owns(workload: Workload, pod: Running) -> bool:
    return pod.namespace == workload.namespace and selected(pod.labels, workload.selector)


def revisions(service: Service) -> list[str]:
    """The commits that annotations, labels and image tags of what runs name.

    Tags count of a workload's only container: a sidecar has a commit of its own.
    """
    found: list[str] = []
    noted = [(w.annotations, w.labels, w.pod_labels) for w in service.workloads]
    for notes in (each for group in noted for each in group):
        found += [notes[key].lower() for key in _REVISIONS if _names_commit(notes.get(key, ""))]
    for workload in service.workloads:
        if len(workload.containers) != 1:
            continue
        own = workload.containers[0].name
        for one in service.running:
            if one.container == own and _owns(workload, one):
                found += [notes[k] for notes in (one.annotations, one.labels) for k in _REVISIONS
                          if _names_commit(notes.get(k, ""))]  # fmt: skip
                tag = one.image.partition("@")[0].rpartition("/")[2].partition(":")[2]
                found += [m[1] for m in [_IN_TAG.search(tag)] if m and _names_commit(m[1])]
    return list(dict.fromkeys(found))


def _names_commit(text: str) -> bool:
    return _COMMIT.fullmatch(text) is not None and not text.isdecimal()


def digest(image_id: str) -> str:
    """The digest of an image that runs, "" where the runtime does not tell it."""
    return image_id.rpartition("@")[2] if "@sha256:" in image_id else ""


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
