"""Kustomization files: what they put together, patch and rename."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from auditor.formats.kubernetes.kube_model import KubeObject, texts
from auditor.formats.text.errors import Malformed
from auditor.formats.text.yaml_shapes import list_of, mapping_of, need_mapping, text_of, texts_of
from auditor.formats.text.yaml_text import YamlDocument, YamlValue, load, load_all

NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_UNREAD = (
    "helmCharts",
    "helmChartInflationGenerator",
    "generators",
    "configurations",
)
_REMOTE = re.compile(r"[a-z+]+://|git@|github\.com/|git::|.*\?ref=|.*\.git(?://|$)")


@dataclass(frozen=True, slots=True)
class Target:
    """Which objects a patch is for; texts that are empty take any."""

    kind: str
    name: str
    namespace: str = ""
    labels: tuple[tuple[str, str], ...] = ()

    def takes(self, found: KubeObject, names: frozenset[str]) -> bool:
        """Whether it means an object, which has or had `names`."""
        written = mapping_of(mapping_of(found.body.get("metadata")).get("labels"))
        labels = texts(written)
        return (
            _fits(self.kind, found.kind)
            and any(_fits(self.name, name) for name in names)
            and (not self.namespace or not found.namespace or self.namespace == found.namespace)
            and all(labels.get(key) == value for key, value in self.labels)
        )


def _fits(pattern: str, text: str) -> bool:
    """Kustomize takes regular expressions; only `.*` and `|` of them are known here."""
    return not pattern or any(
        fnmatchcase(text, one.strip("^$()").replace(".*", "*")) for one in pattern.split("|")
    )


@dataclass(frozen=True, slots=True)
class Patch:
    """One patch: its text, or the file that has it."""

    text: str | None
    file: str | None
    target: Target | None
    line: int | None


@dataclass(frozen=True, slots=True)
class Kustomization:
    """One file; paths are as written. `unread` names what in it is not followed here."""

    component: bool
    resources: tuple[tuple[str, int | None], ...]
    components: tuple[tuple[str, int | None], ...]
    patches: tuple[Patch, ...]
    images: tuple[dict[str, YamlValue], ...]
    replicas: tuple[tuple[str, int], ...]
    prefix: str
    suffix: str
    namespace: str
    labels: tuple[tuple[str, str], ...]
    literals: tuple[tuple[str, str, int | None], ...]
    transformers: tuple[str, ...]
    unread: tuple[str, ...]


def read(data: bytes | str, *, path: str) -> Kustomization:
    """Raises Malformed and TooLarge."""
    document = load(data, name=path)
    body = need_mapping(document, (), document.value or {}, "A kustomization")
    return Kustomization(
        component=text_of(body.get("kind")) == "Component",
        resources=tuple(_paths(document, body, "resources", "bases")),
        components=tuple(_paths(document, body, "components")),
        patches=tuple(_patches(document, body)),
        images=tuple(mapping_of(image) for image in list_of(body.get("images"))),
        replicas=tuple(_replicas(body)),
        prefix=text_of(body.get("namePrefix")) or "",
        suffix=text_of(body.get("nameSuffix")) or "",
        namespace=text_of(body.get("namespace")) or "",
        labels=tuple(_labels(body)),
        literals=tuple(_literals(document, body)),
        transformers=texts_of(body.get("transformers")),
        unread=tuple(key for key in _UNREAD if body.get(key)),
    )


def only_labels(data: bytes | str, *, path: str) -> bool:
    """Whether transformers change nothing but labels and annotations. Raises Malformed, TooLarge."""
    kinds = {text_of(mapping_of(one.value).get("kind")) for one in load_all(data, name=path)}
    return kinds <= {"LabelTransformer", "AnnotationsTransformer"}


def is_remote(path: str) -> bool:
    """Whether a resource lies in another repository."""
    return _REMOTE.match(path) is not None


def _paths(
    document: YamlDocument, body: dict[str, YamlValue], *keys: str
) -> Iterator[tuple[str, int | None]]:
    for key in keys:
        for at, path in enumerate(list_of(body.get(key))):
            text = text_of(path)
            if text and "\n" not in text:
                yield text, document.key_line((key, at))


def _replicas(body: dict[str, YamlValue]) -> Iterator[tuple[str, int]]:
    for one in map(mapping_of, list_of(body.get("replicas"))):
        name, count = text_of(one.get("name")), one.get("count")
        if name and isinstance(count, int):
            yield name, count


def _labels(body: dict[str, YamlValue]) -> Iterator[tuple[str, str]]:
    """Labels that are put on pods and into selectors alike."""
    yield from texts(body.get("commonLabels")).items()
    for one in map(mapping_of, list_of(body.get("labels"))):
        if one.get("includeSelectors") is True:
            yield from texts(one.get("pairs")).items()


def _literals(
    document: YamlDocument, body: dict[str, YamlValue]
) -> Iterator[tuple[str, str, int | None]]:
    """Name, value and line of what generators are given in the file itself."""
    for key in ("secretGenerator", "configMapGenerator"):
        for at, one in enumerate(list_of(body.get(key))):
            for text in texts_of(mapping_of(one).get("literals")):
                name, _, value = text.partition("=")
                yield name, value, document.key_line((key, at))


def _patches(document: YamlDocument, body: dict[str, YamlValue]) -> Iterator[Patch]:
    for at, one in enumerate(list_of(body.get("patches"))):
        entry, line = mapping_of(one), document.key_line(("patches", at))
        if isinstance(one, str):
            yield Patch(None, one, None, line)
            continue
        target = _target(entry["target"]) if entry.get("target") else None
        yield Patch(text_of(entry.get("patch")), text_of(entry.get("path")), target, line)
    for at, one in enumerate(list_of(body.get("patchesStrategicMerge"))):
        text, line = text_of(one) or "", document.key_line(("patchesStrategicMerge", at))
        inline = "\n" in text or ": " in text
        yield Patch(text if inline else None, None if inline else text, None, line)
    for at, one in enumerate(list_of(body.get("patchesJson6902"))):
        entry, line = mapping_of(one), document.key_line(("patchesJson6902", at))
        target = _target(entry.get("target"))
        yield Patch(text_of(entry.get("patch")), text_of(entry.get("path")), target, line)


def _target(value: YamlValue) -> Target:
    body = mapping_of(value)
    written = (text_of(body.get("labelSelector")) or "").replace("==", "=")
    pairs = tuple(
        (k.strip(), v.strip()) for k, _, v in (p.partition("=") for p in written.split(",")) if v
    )
    kind, name, space = (text_of(body.get(key)) or "" for key in ("kind", "name", "namespace"))
    return Target(kind, name, space, pairs)


def patch_bodies(text: str | bytes, *, path: str) -> list[YamlValue]:
    """The documents of a patch: mappings to merge, or lists of operations. Raises Malformed, TooLarge."""
    found: list[YamlValue] = [
        one.value for one in load_all(text, name=path) if one.value is not None
    ]
    if not all(isinstance(one, (dict, list)) for one in found):
        raise Malformed(f"{path} is no patch.")
    return found
