"""The settings that deployments hand to a service: names and what their values point at, never the values.

Reads Compose files, Kubernetes manifests and files in the form of `.env`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.formats.text.yaml_shapes import list_of, mapping_of, text_of
from auditor.formats.text.yaml_text import Path, YamlDocument, YamlValue, load, load_all

_LINE = re.compile(r"\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*)")
_URL = re.compile(
    r"(?:jdbc:|r2dbc:)?([a-z][a-z0-9]*)(?:\+[\w-]+)?:(?://)?(?:[^@/\s]*@)?([\w.-]*)", re.I
)
_HOST = re.compile(r"([A-Za-z][\w.-]*)(?::\d+)?/?")
_BARE = re.compile(
    r"(?i)sqlite3?|postgres(?:ql)?|mysql|mariadb|mongodb|redis|memory|locmem|s3|file|local|smtp"
)
_WORKLOADS = frozenset({
    "Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod", "ReplicaSet", "Rollout",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Setting:
    """One variable: the scheme of its value (`postgres` of a URL, or a bare word such as `sqlite`) and
    its host, "" where it has none."""

    name: str
    scheme: str = ""
    host: str = ""
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Container:
    """One container of a workload, with the settings that its manifest writes."""

    workload: str
    image: str
    settings: tuple[Setting, ...]
    line: int | None


def setting(name: str, value: str, line: int | None = None) -> Setting:
    """A setting without its value."""
    value = value.strip().strip("\"'")[:500]
    bare, url, host = _BARE.fullmatch(value), _URL.match(value), _HOST.fullmatch(value)
    if bare:
        return Setting(name, value.lower(), "", line)
    if url and "://" in value:
        return Setting(name, url[1].lower(), url[2].lower(), line)
    if url and value.startswith(("jdbc:", "sqlite:")):
        return Setting(name, url[1].lower(), url[2].lower(), line)
    return Setting(name, "", host[1].lower() if host else "", line)


def of_dotenv(text: str) -> tuple[Setting, ...]:
    """The settings of a file of lines `NAME=value`; comments are no settings."""
    lines = ((at, _LINE.fullmatch(line)) for at, line in enumerate(text.splitlines(), start=1))
    return tuple(setting(found[1], found[2], at) for at, found in lines if found)


def of_compose(data: bytes | str) -> dict[str, tuple[Setting, ...]]:
    """The `environment` of each service of a Compose file. Raises Malformed and TooLarge."""
    document = load(data, name="The Compose file")
    services = mapping_of(mapping_of(document.value).get("services"))
    return {
        name: tuple(_environment(document, ("services", name, "environment"), body))
        for name, body in services.items()
    }


def _environment(document: YamlDocument, path: Path, service: YamlValue) -> Iterator[Setting]:
    written = mapping_of(service).get("environment")
    for at, entry in enumerate(list_of(written)):
        name, _, value = (text_of(entry) or "").partition("=")
        if name:
            yield setting(name, value, document.key_line((*path, at)))
    for key, one in mapping_of(written).items():
        yield setting(key, text_of(one) or "", document.key_line((*path, key)))


def of_kubernetes(data: bytes | str) -> tuple[Container, ...]:
    """The containers of every workload in a manifest. Raises Malformed and TooLarge."""
    found: list[Container] = []
    for document in load_all(data, name="The manifest"):
        top = mapping_of(document.value)
        if text_of(top.get("kind")) in _WORKLOADS:
            name = text_of(mapping_of(top.get("metadata")).get("name")) or ""
            found += _containers(document, (), top, name, 0)
    return tuple(found)


def _containers(
    document: YamlDocument, path: Path, value: YamlValue, workload: str, depth: int
) -> Iterator[Container]:
    """Those of the pod's template, which lies at another depth in each kind."""
    if depth > 6:
        return
    for key, below in mapping_of(value).items():
        if key in ("containers", "initContainers"):
            for at, one in enumerate(list_of(below)):
                body, place = mapping_of(one), (*path, key, at)
                settings = tuple(_env(document, (*place, "env"), body))
                image = text_of(body.get("image")) or ""
                yield Container(workload, image, settings, document.key_line(place))
        elif key in ("spec", "template", "jobTemplate"):
            yield from _containers(document, (*path, key), below, workload, depth + 1)


def _env(document: YamlDocument, path: Path, body: dict[str, YamlValue]) -> Iterator[Setting]:
    for at, entry in enumerate(list_of(body.get("env"))):
        one = mapping_of(entry)
        name = text_of(one.get("name"))
        if name:
            yield setting(name, text_of(one.get("value")) or "", document.key_line((*path, at)))
