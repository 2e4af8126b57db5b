"""Compose files: services with their images, health checks, limits, secrets and host paths."""

from __future__ import annotations

from collections.abc import Mapping

from auditor.formats.containers.compose_model import ComposeFile, NamedPath, Service
from auditor.formats.containers.compose_service import ServiceReader
from auditor.formats.text.errors import Malformed
from auditor.formats.text.interpolation import interpolate
from auditor.formats.text.yaml_shapes import list_of, mapping_of, need_mapping, text_of
from auditor.formats.text.yaml_text import YamlDocument, YamlValue, load

__all__ = ["read"]

_WITHOUT_SERVICES = ("include", "volumes", "networks", "configs", "secrets", "models")


def read(
    data: bytes | str, *, name: str = "", variables: Mapping[str, str] | None = None
) -> ComposeFile:
    """The services of one file. `variables` are put in for `${NAME}`, as from an `.env` file.

    Raises Malformed for what is no Compose file (empty, no `services`, a service that is no
    mapping), and TooLarge.
    """
    subject = name or "The Compose file"
    document = load(data, name=subject)
    if document.value is None:
        raise Malformed(f"{subject} is empty.")
    root = need_mapping(document, (), document.value, subject)
    if "services" not in root:
        if not any(key in root for key in _WITHOUT_SERVICES):
            raise Malformed(f"{subject} has no `services`, so Compose refuses it.", line=1)
        return ComposeFile((), _paths(document, root, variables or {}))
    written = need_mapping(document, ("services",), root["services"] or {}, "`services`")
    services = tuple(_service(document, key, written[key], variables or {}) for key in written)
    return ComposeFile(services, _paths(document, root, variables or {}))


def _service(
    document: YamlDocument, key: str, value: YamlValue, variables: Mapping[str, str]
) -> Service:
    path = ("services", key)
    if value is None and document.tag(path) == "!reset":
        return Service(key, document.key_line(path))
    body = need_mapping(document, path, value, f"The service `{key}`")
    return ServiceReader(document, key, body, variables).read()


def _paths(
    document: YamlDocument, root: dict[str, YamlValue], variables: Mapping[str, str]
) -> tuple[NamedPath, ...]:
    """The files that `include`, `secrets` and `configs` name."""
    found: list[NamedPath] = []

    def add(what: str, value: YamlValue, path: tuple[str | int, ...], target: str | None) -> None:
        text = text_of(value)
        if text is not None:
            put_in = interpolate(text, variables)
            line = document.line(path)
            found.append(NamedPath(what, put_in.text, line, target, bool(put_in.unknown)))

    for at, entry in enumerate(list_of(root.get("include"))):
        if isinstance(entry, dict):
            inner = entry.get("path")
            for value in inner if isinstance(inner, list) else [inner]:
                add("include", value, ("include", at), None)
        else:
            add("include", entry, ("include", at), None)
    for what in ("secret", "config"):
        for key, entry in mapping_of(root.get(f"{what}s")).items():
            add(what, mapping_of(entry).get("file"), (f"{what}s", key, "file"), key)
    return tuple(found)
