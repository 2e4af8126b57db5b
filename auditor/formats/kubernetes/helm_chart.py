"""Reads what a Helm chart is made of beside its templates: Chart.yaml, and values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from auditor.formats.text.errors import Malformed
from auditor.formats.text.yaml_shapes import kind_of, list_of, mapping_of, text_of
from auditor.formats.text.yaml_text import Path, YamlDocument, YamlValue, load

_VERSION = re.compile(
    r"v?(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*)){0,2}(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?"
)
_NAME = re.compile(r"[a-zA-Z0-9](?:[a-zA-Z0-9._-]*[a-zA-Z0-9])?")
_DEEPEST = 60


@dataclass(frozen=True, slots=True)
class Dependency:
    """A chart that another brings in: the key of its values, and where it comes from ("" for charts/)."""

    name: str
    key: str
    version: str
    repository: str
    condition: str


@dataclass(slots=True)
class Chart:
    """Chart.yaml. `faults` are lines with what Helm would refuse there."""

    name: str = ""
    version: str = ""
    library: bool = False
    dependencies: list[Dependency] = field(default_factory=list)
    faults: list[tuple[int | None, str]] = field(default_factory=list)


def read_chart(data: bytes, *, path: str) -> Chart:
    """The chart. Raises Malformed for what is no mapping, and TooLarge."""
    document = load(data, name=path)
    if not isinstance(document.value, dict):
        raise Malformed(f"{path} must be a mapping, and is {kind_of(document.value)}.", line=1)
    body = document.value
    api, kind = text_of(body.get("apiVersion")) or "", text_of(body.get("type")) or "application"
    found = Chart(
        text_of(body.get("name")) or "", text_of(body.get("version")) or "", kind == "library"
    )
    checks = (
        ("apiVersion", api in ("v1", "v2"), "must be v1 or v2"),
        ("name", _NAME.fullmatch(found.name[:300]), "must be a name of letters, digits, - and ."),
        ("version", _VERSION.fullmatch(found.version[:300]), "must be a semantic version"),
        ("type", kind in ("application", "library"), "must be application or library"),
    )
    for key, good, why in checks:
        if not good:
            found.faults.append((document.key_line((key,)), f"{key} {why}"))
    for at, one in enumerate(list_of(body.get("dependencies"))):
        _dependency(document, at, mapping_of(one), found)
    return found


def _dependency(document: YamlDocument, at: int, one: dict[str, YamlValue], found: Chart) -> None:
    name, version = text_of(one.get("name")) or "", text_of(one.get("version")) or ""
    repository = text_of(one.get("repository")) or ""
    if not name:
        found.faults.append(
            (document.key_line(("dependencies", at)), "a dependency without a name")
        )
        return
    if not version and not repository.startswith("file:"):
        line = document.key_line(("dependencies", at))
        found.faults.append((line, f"the dependency {name} has no version"))
    key = text_of(one.get("alias")) or name
    condition = text_of(one.get("condition")) or ""
    found.dependencies.append(Dependency(name, key, version, repository, condition))


def read_values(data: bytes, *, path: str) -> YamlDocument:
    """The values; none at all for an empty file. Raises Malformed for what is no mapping, and TooLarge."""
    document = load(data, name=path)
    if document.value is not None and not isinstance(document.value, dict):
        raise Malformed(f"{path} must be a mapping, and is {kind_of(document.value)}.", line=1)
    return document


def keys_of(value: YamlValue, at: Path = ()) -> Iterator[tuple[Path, YamlValue]]:
    """Every key at any depth, in lists too, with what it holds; outer before inner."""
    if len(at) > _DEEPEST:
        return
    if isinstance(value, dict):
        for key, below in value.items():
            yield (*at, key), below
            yield from keys_of(below, (*at, key))
    elif isinstance(value, list):
        for place, below in enumerate(value):
            yield from keys_of(below, (*at, place))


def settings_of(value: YamlValue, at: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The paths of what is no mapping of something: settings as one would set them."""
    if isinstance(value, dict) and value and len(at) < _DEEPEST:
        for key, below in value.items():
            yield from settings_of(below, (*at, key))
    elif at:
        yield at
