"""Chaos Mesh resources: faults to inject. They never carry a verdict, so they never prove a pass."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.formats.chaos.fault_kinds import kind_of_fault
from auditor.formats.text import json_text
from auditor.formats.text.errors import Malformed
from auditor.formats.text.yaml_shapes import list_of, mapping_of, text_of
from auditor.formats.text.yaml_text import YamlValue, load_all

_NAME = "The Chaos Mesh file"
_GROUP = re.compile(rb"""apiVersion["']?\s*:\s*["']?chaos-mesh\.org/""")
_DEEPEST = 8
_BY_KIND = {
    "NetworkChaos": "network",
    "DNSChaos": "network",
    "StressChaos": "resource",
    "IOChaos": "resource",
    "HTTPChaos": "upstream",
}


@dataclass(frozen=True, slots=True)
class MeshFault:
    """One resource; `type` is what a schedule repeats, `templates` the steps of a workflow."""

    kind: str
    name: str
    action: str | None
    mode: str | None
    duration: str | None
    schedule: str | None
    type: str | None
    entry: str | None
    templates: tuple[str, ...]
    kinds: tuple[str, ...]


def sniff(head: bytes) -> bool:
    """Whether the first bytes hold a resource of Chaos Mesh."""
    head = json_text.opening(head)
    return bool(_GROUP.search(head))


def parse(data: bytes) -> tuple[MeshFault, ...]:
    """The resources. Raises Malformed and TooLarge."""
    found: list[MeshFault] = []
    for document in load_all(data, name=_NAME):
        root = mapping_of(document.value)
        if not (text_of(root.get("apiVersion")) or "").startswith("chaos-mesh.org/"):
            continue
        kind, spec = text_of(root.get("kind")) or "", mapping_of(root.get("spec"))
        if not kind or not spec:
            raise Malformed(f"{_NAME} has a resource without `kind` or `spec`.",
                            line=document.line(()))  # fmt: skip
        found.append(_fault(kind, mapping_of(root.get("metadata")), spec))
    if not found:
        raise Malformed(f"{_NAME} holds no resource of Chaos Mesh.")
    return tuple(found)


def _fault(kind: str, meta: dict[str, YamlValue], spec: dict[str, YamlValue]) -> MeshFault:
    name = text_of(meta.get("name")) or ""
    templates = [mapping_of(t) for t in list_of(spec.get("templates"))]
    return MeshFault(
        kind=kind,
        name=name,
        action=text_of(spec.get("action")),
        mode=text_of(spec.get("mode")),
        duration=text_of(spec.get("duration")),
        schedule=text_of(spec.get("schedule")),
        type=text_of(spec.get("type")),
        entry=text_of(spec.get("entry")),
        templates=tuple(text_of(t.get("name")) or "" for t in templates),
        kinds=tuple(dict.fromkeys(_kinds(kind, name, spec, 0))),
    )


def _kinds(kind: str, name: str, spec: dict[str, YamlValue], depth: int) -> Iterator[str]:
    """The kinds of failure of a fault, of what a schedule repeats, and of a workflow's steps."""
    if depth > _DEEPEST:
        return
    if kind in _BY_KIND:
        yield _BY_KIND[kind]
    elif kind == "PodChaos":
        labels = mapping_of(mapping_of(spec.get("selector")).get("labelSelectors"))
        yield from kind_of_fault([text_of(v) or "" for v in labels.values()], title=name)
    inner = text_of(spec.get("type"))
    if inner and kind in ("Schedule", "schedule"):
        yield from _kinds(inner, name, mapping_of(spec.get(_field(inner))), depth + 1)
    for raw in list_of(spec.get("templates")):
        template = mapping_of(raw)
        below = text_of(template.get("templateType")) or ""
        called = text_of(template.get("name")) or ""
        yield from _kinds(below, called, mapping_of(template.get(_field(below))), depth + 1)


def _field(kind: str) -> str:
    """`StressChaos` lies in the field `stressChaos`."""
    return kind[:1].lower() + kind[1:]
