"""Objects of Kubernetes manifests, and the workloads among them, with the lines where they are written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from auditor.formats.text.yaml_shapes import list_of, mapping_of, text_of
from auditor.formats.text.yaml_text import Path, YamlDocument, YamlValue

_TEMPLATE: Path = ("spec", "template")
_PODS: dict[str, Path] = {
    **dict.fromkeys(("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"), _TEMPLATE),
    **dict.fromkeys(("ReplicationController", "Rollout"), _TEMPLATE),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
    "Pod": (),
}
WORKLOADS = frozenset(_PODS)
"""The kinds that run pods."""
LASTING = WORKLOADS - {"Job", "CronJob"}
"""Those of them whose pods are meant to run for ever."""
SCALED = frozenset({"Deployment", "StatefulSet", "ReplicaSet", "ReplicationController", "Rollout"})
"""Those of them that have a number of replicas."""


def dig(value: YamlValue, *path: str) -> YamlValue:
    """What stands below `value` at `path`, None where nothing does."""
    for key in path:
        value = mapping_of(value).get(key)
    return value


def whole(value: YamlValue, default: int) -> int:
    """`value` where it is a whole number, `default` elsewhere."""
    return value if isinstance(value, int) and not isinstance(value, bool) else default


@dataclass(frozen=True, slots=True)
class KubeObject:
    """One object. `body` may have been patched since `document`, in which it is written at `at`.

    `made` says how, where the object is not in the file `path` as it stands but made of it ("rendered"); its
    line there is then `template_line`, whatever part of it is asked for.
    """

    path: str
    body: dict[str, YamlValue]
    document: YamlDocument
    at: Path = ()
    made: str = ""
    template_line: int | None = None

    @property
    def kind(self) -> str:
        """`Deployment`, `Service` and so on."""
        return text_of(self.body.get("kind")) or ""

    @property
    def api(self) -> str:
        """Group and version, such as `apps/v1`."""
        return text_of(self.body.get("apiVersion")) or ""

    @property
    def name(self) -> str:
        """Its name, "" where the cluster makes one."""
        return text_of(dig(self.body, "metadata", "name")) or ""

    @property
    def namespace(self) -> str:
        """Its namespace, "" where the manifest leaves it open."""
        return text_of(dig(self.body, "metadata", "namespace")) or ""

    @property
    def spec(self) -> dict[str, YamlValue]:
        """Its specification."""
        return mapping_of(self.body.get("spec"))

    def line(self, *below: str | int) -> int | None:
        """The line of what is written at `below`, of the object itself where nothing is."""
        if self.made:
            return self.template_line
        found = self.document.key_line((*self.at, *below)) if below else None
        return found if found is not None else self.document.line(self.at)

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class Container:
    """One container of a pod; `body` is its specification."""

    name: str
    image: str
    body: dict[str, YamlValue]
    line: int | None
    image_line: int | None

    @property
    def ports(self) -> tuple[tuple[str, str], ...]:
        """Name ("" for none) and number of every port that it declares."""
        found = (mapping_of(port) for port in list_of(self.body.get("ports")))
        return tuple(
            (text_of(p.get("name")) or "", text_of(p.get("containerPort")) or "") for p in found
        )


@dataclass(frozen=True, slots=True)
class Workload:
    """An object that runs pods; `pod` is the specification of a pod, `labels` those that it has."""

    object: KubeObject
    pod: dict[str, YamlValue]
    labels: Mapping[str, str]
    containers: tuple[Container, ...]

    @property
    def lasting(self) -> bool:
        """Whether its pods are meant to run for ever."""
        return self.object.kind in LASTING

    @property
    def scaled(self) -> bool:
        """Whether it has a number of replicas."""
        return self.object.kind in SCALED

    @property
    def replicas(self) -> int:
        """The replicas that it writes; Kubernetes takes 1 where it writes none."""
        return whole(self.object.spec.get("replicas"), 1)

    def __str__(self) -> str:
        return str(self.object)


def workload(found: KubeObject) -> Workload | None:
    """`found` as a workload; None where it is none, or names another that has the pods."""
    below = _PODS.get(found.kind)
    if below is None:
        return None
    template = mapping_of(dig(found.body, *map(str, below)))
    pod = mapping_of(template.get("spec"))
    if not pod and "workloadRef" in found.spec:
        return None
    labels = texts(dig(template, "metadata", "labels"))
    return Workload(found, pod, labels, tuple(_containers(found, pod, (*below, "spec"))))


def _containers(found: KubeObject, pod: dict[str, YamlValue], below: Path) -> Iterator[Container]:
    for at, one in enumerate(list_of(pod.get("containers"))):
        body, place = mapping_of(one), (*below, "containers", at)
        yield Container(
            text_of(body.get("name")) or "",
            text_of(body.get("image")) or "",
            body,
            found.line(*place),
            found.line(*place, "image"),
        )


def texts(value: YamlValue) -> dict[str, str]:
    """A mapping of scalars as texts, such as labels."""
    return {key: text_of(one) or "" for key, one in mapping_of(value).items()}


def selects(selector: YamlValue, labels: Mapping[str, str]) -> bool:
    """Whether a selector of the form `matchLabels` and `matchExpressions` takes pods of these labels."""
    wanted = mapping_of(selector)
    if any(labels.get(key) != one for key, one in texts(wanted.get("matchLabels")).items()):
        return False
    return all(_fits(mapping_of(e), labels) for e in list_of(wanted.get("matchExpressions")))


def _fits(expression: dict[str, YamlValue], labels: Mapping[str, str]) -> bool:
    key = text_of(expression.get("key")) or ""
    among = labels.get(key) in {text_of(value) for value in list_of(expression.get("values"))}
    fits = {
        "In": key in labels and among,
        "NotIn": key not in labels or not among,
        "Exists": key in labels,
        "DoesNotExist": key not in labels,
    }
    return fits.get(text_of(expression.get("operator")) or "", False)
