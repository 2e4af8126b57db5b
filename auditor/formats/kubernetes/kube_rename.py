"""What a kustomization does to every object that it holds: names, labels, images, replicas."""

from __future__ import annotations

from dataclasses import replace

from auditor.formats.kubernetes.kube_model import KubeObject, dig, workload
from auditor.formats.kubernetes.kube_patch import Body, strategic
from auditor.formats.kubernetes.kustomization import Kustomization
from auditor.formats.text.yaml_shapes import list_of, mapping_of, text_of
from auditor.formats.text.yaml_text import YamlValue


def renamed(given: KubeObject, names: frozenset[str], by: Kustomization) -> KubeObject:
    """An object, which has or had `names`, with the namespace, name, labels, images and replicas that a
    kustomization gives to what it holds."""
    body = dict(given.body)
    meta = dict(mapping_of(body.get("metadata")))
    name = f"{by.prefix}{given.name}{by.suffix}"
    meta["name"] = name
    if by.namespace and given.kind != "Namespace":
        meta["namespace"] = by.namespace
    if by.labels:
        meta["labels"] = {**mapping_of(meta.get("labels")), **dict(by.labels)}
    body["metadata"] = meta
    spec = dict(given.spec)
    body["spec"] = spec
    if not given.spec:
        del body["spec"]
    found = replace(given, body=body)
    made = workload(found)
    for wanted, count in by.replicas:
        if wanted in names | {name} and made is not None and made.scaled:
            spec["replicas"] = count
    for key in ("scaleTargetRef", "workloadRef"):
        if isinstance(spec.get(key), dict):
            spec[key] = _affixed(mapping_of(spec[key]), by)
    if made is not None:
        body = _with_pod(found, by)
    elif by.labels:
        _select(found.kind, spec, dict(by.labels))
    return replace(found, body=body)


def _select(kind: str, spec: Body, labels: dict[str, YamlValue]) -> None:
    """Puts labels into the selector of an object that has one."""
    if kind == "Service" and isinstance(spec.get("selector"), dict):
        spec["selector"] = {**mapping_of(spec["selector"]), **labels}
    key = {"PodDisruptionBudget": "selector", "NetworkPolicy": "podSelector"}.get(kind, "")
    chosen = mapping_of(spec.get(key))
    if chosen:
        spec[key] = {**chosen, "matchLabels": {**mapping_of(chosen.get("matchLabels")), **labels}}


def _affixed(reference: Body, by: Kustomization) -> Body:
    name = text_of(reference.get("name"))
    return {**reference, "name": f"{by.prefix}{name}{by.suffix}"} if name else reference


def _with_pod(found: KubeObject, by: Kustomization) -> Body:
    """The body of a workload with the images and labels that a kustomization puts in."""
    changed = {"containers": _images(found, by), "volumes": _claims(found, by)}
    patch: Body = {"spec": {key: entries for key, entries in changed.items() if entries}}
    if by.labels:
        patch["metadata"] = {"labels": dict(by.labels)}
    whole: Body = {"spec": {"template": patch}}
    if found.kind == "Pod":
        whole = patch
    elif found.kind == "CronJob":
        whole = {"spec": {"jobTemplate": {"spec": {"template": patch}}}}
    elif by.labels and dig(found.body, "spec", "selector", "matchLabels") is not None:
        whole["spec"] = {"template": patch, "selector": {"matchLabels": dict(by.labels)}}
    return strategic(found.body, whole, keyed=True) or found.body


def _claims(found: KubeObject, by: Kustomization) -> list[YamlValue]:
    """The volumes whose claims are renamed."""
    made = workload(found)
    changed: list[YamlValue] = []
    for volume in map(mapping_of, list_of(made.pod.get("volumes")) if made is not None else ()):
        claim = text_of(dig(volume, "persistentVolumeClaim", "claimName"))
        if claim and (by.prefix or by.suffix):
            renamed: Body = {"claimName": f"{by.prefix}{claim}{by.suffix}"}
            changed.append({"name": volume.get("name"), "persistentVolumeClaim": renamed})
    return changed


def _images(found: KubeObject, by: Kustomization) -> list[YamlValue]:
    made = workload(found)
    changed: list[YamlValue] = []
    for container in made.containers if made is not None else ():
        image = container.image
        for entry in by.images:
            image = _image(image, entry)
        if image != container.image and container.name:
            changed.append({"name": container.name, "image": image})
    return changed


def _image(image: str, entry: Body) -> str:
    """`image` after one entry of `images`, which is for the name without tag and digest."""
    bare, _, digest = image.partition("@")
    slash = bare.rfind("/")
    colon = bare.find(":", slash + 1)
    name, tag = (bare[:colon], bare[colon:]) if colon > 0 else (bare, "")
    if name != text_of(entry.get("name")):
        return image
    new, newer, fixed = (text_of(entry.get(k)) for k in ("newName", "newTag", "digest"))
    rest = (
        f"@{fixed}" if fixed else f":{newer}" if newer else tag + (f"@{digest}" if digest else "")
    )
    return f"{new or name}{rest}"
