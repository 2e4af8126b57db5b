"""Kubernetes manifests: the objects of every document of a file, and what a cluster would refuse of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.formats.kubernetes.kube_model import KubeObject, dig, selects, texts, whole, workload
from auditor.formats.kubernetes.kube_quantity import quantity
from auditor.formats.text import json_text
from auditor.formats.text.word_list import words
from auditor.formats.text.yaml_shapes import list_of, mapping_of, text_of
from auditor.formats.text.yaml_text import Path, YamlDocument, YamlValue, load_all

_KINDS = (
    "Deployment|StatefulSet|DaemonSet|ReplicaSet|ReplicationController|Job|CronJob|Pod|Rollout|Service|Ingress"
    "|HorizontalPodAutoscaler|ScaledObject|PodDisruptionBudget|NetworkPolicy|Secret|ConfigMap"
    "|PersistentVolumeClaim|LimitRange|Namespace|List|Canary|AnalysisTemplate|ClusterAnalysisTemplate"
)
_SNIFF = re.compile(rf"^kind:[ \t]*[\"']?(?:{_KINDS})[\"']?[ \t]*(?:#.*)?\r?$".encode(), re.M)
_VERSIONED = re.compile(rb"^apiVersion:[ \t]*[\"']?[\w.]+", re.M)
_REMOVED = {
    "extensions/v1beta1": _KINDS.split("|"),
    "apps/v1beta1": _KINDS.split("|"),
    "apps/v1beta2": _KINDS.split("|"),
    "batch/v1beta1": ["CronJob"],
    "batch/v2alpha1": ["CronJob"],
    "policy/v1beta1": ["PodDisruptionBudget"],
    "networking.k8s.io/v1beta1": ["Ingress"],
    "autoscaling/v2beta1": ["HorizontalPodAutoscaler"],
    "autoscaling/v2beta2": ["HorizontalPodAutoscaler"],
}
_SELECTING = words("Deployment StatefulSet DaemonSet ReplicaSet")
_HANDLERS = ("httpGet", "tcpSocket", "exec", "grpc")
_PROBES = ("readinessProbe", "livenessProbe", "startupProbe")


def sniff(head: bytes) -> bool:
    """Whether the first bytes of a YAML file hold an object of a kind that is read here."""
    head = json_text.opening(head)
    return _SNIFF.search(head) is not None and _VERSIONED.search(head) is not None


def read(data: bytes | str, *, path: str) -> list[KubeObject]:
    """Every object of the file, those of a List one by one. Raises Malformed and TooLarge."""
    documents = load_all(data, name=path)
    return [found for one in documents for found in _objects(path, one, one.value, ())]


def _objects(path: str, document: YamlDocument, value: YamlValue, at: Path) -> Iterator[KubeObject]:
    body = mapping_of(value)
    if not body or "kind" not in body:
        return
    if text_of(body.get("kind")) == "List" and len(at) < 8:
        for position, item in enumerate(list_of(body.get("items"))):
            yield from _objects(path, document, item, (*at, "items", position))
    else:
        yield KubeObject(path, body, document, at)


def refused(found: KubeObject) -> Iterator[tuple[int | None, str]]:
    """Line and reason of what a current cluster would refuse of an object."""
    if found.kind in _REMOVED.get(found.api, ()):
        yield found.line("apiVersion"), f"current clusters do not serve {found.api} for {found}"
    if not found.name and "generateName" not in mapping_of(found.body.get("metadata")):
        yield found.line(), f"a {found.kind} without a name"
    yield from _workload(found)
    spec = found.spec
    if found.kind == "HorizontalPodAutoscaler":
        least, most = whole(spec.get("minReplicas"), 1), whole(spec.get("maxReplicas"), 0)
        if most < max(1, least):
            yield found.line("spec", "maxReplicas"), f"{found}: maxReplicas is below minReplicas"
    if found.kind == "PodDisruptionBudget" and {"minAvailable", "maxUnavailable"} <= spec.keys():
        yield found.line("spec"), f"{found}: both minAvailable and maxUnavailable"


def _workload(found: KubeObject) -> Iterator[tuple[int | None, str]]:
    made = workload(found)
    if made is None:
        return
    replicas = found.spec.get("replicas")
    templated = isinstance(replicas, str) and "$" in replicas
    if replicas is not None and whole(replicas, -1) < 0 and not templated:
        yield found.line("spec", "replicas"), f"{found}: replicas is not a whole number"
    if not made.containers:
        yield found.line(), f"{found}: no containers"
    selector = dig(found.body, "spec", "selector")
    if found.kind in _SELECTING and found.api == "apps/v1":
        if not (texts(dig(selector, "matchLabels")) or dig(selector, "matchExpressions")):
            yield found.line("spec"), f"{found}: no selector"
        elif not selects(selector, made.labels):
            line = found.line("spec", "selector")
            yield line, f"{found}: its selector does not match the labels of its pods"
    yield from _volumes(found, made.pod)
    for container in made.containers:
        for what in _container(container.name, container.image, container.body):
            yield container.line, f"{found}: {what}"


def _volumes(found: KubeObject, pod: dict[str, YamlValue]) -> Iterator[tuple[int | None, str]]:
    declared = {text_of(mapping_of(v).get("name")) for v in list_of(pod.get("volumes"))}
    claims = list_of(found.spec.get("volumeClaimTemplates"))
    declared |= {text_of(dig(claim, "metadata", "name")) for claim in claims}
    for one in list_of(pod.get("containers")):
        for mount in list_of(mapping_of(one).get("volumeMounts")):
            name = text_of(mapping_of(mount).get("name"))
            if name not in declared:
                yield found.line(), f"{found}: mounts {name}, which is no volume of the pod"


def _container(name: str, image: str, body: dict[str, YamlValue]) -> Iterator[str]:
    if not name:
        yield "a container without a name"
    if not image:
        yield f"the container {name} has no image"
    for key in _PROBES:
        probe = body.get(key)
        if probe is not None and not any(handler in mapping_of(probe) for handler in _HANDLERS):
            yield f"the {key} of {name} checks nothing"
    requests, limits = (mapping_of(dig(body, "resources", k)) for k in ("requests", "limits"))
    for key in sorted(requests.keys() & limits.keys()):
        least, most = quantity(text_of(requests[key])), quantity(text_of(limits[key]))
        if least is not None and most is not None and least > most:
            yield f"{name} requests more {key} than its limit"
