"""The files that ConfigMaps of Kubernetes hold as text, each a file of its own where it is mounted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.formats.text import json_text
from auditor.formats.text.yaml_text import Path, YamlDocument, YamlValue, load_all

_KINDS = {"ConfigMap": "data", "Secret": "stringData"}
_SNIFF = re.compile(
    rb"""^[ \t\-{]*["']?kind["']?[ \t]*:[ \t]*["']?(?:ConfigMap|Secret)\b""", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class EmbeddedFile:
    """One file: its name, its text, and the line of the outer file on which the text starts."""

    name: str
    text: str
    line: int


def sniff(head: bytes) -> bool:
    """Whether the first bytes look like a ConfigMap, which may stand beside other resources."""
    head = json_text.opening(head)
    return _SNIFF.search(head) is not None


def embedded_files(data: bytes | str, *, name: str = "") -> list[EmbeddedFile]:
    """The texts of every ConfigMap (and of `stringData` of a Secret), in order.

    Raises Malformed and TooLarge.
    """
    documents = load_all(data, name=name)
    return [file for document in documents for file in _files(document, document.value, ())]


def _files(document: YamlDocument, value: YamlValue, path: Path) -> Iterator[EmbeddedFile]:
    if not isinstance(value, dict):
        return
    if isinstance(value.get("items"), list) and "kind" in value:
        for at, item in enumerate(value["items"]):  # type: ignore[arg-type]
            yield from _files(document, item, (*path, "items", at))
    key = _KINDS.get(str(value.get("kind")))
    held = value.get(key) if key else None
    for name, text in held.items() if isinstance(held, dict) else ():
        if isinstance(text, str):
            yield EmbeddedFile(name, text, document.text_line((*path, key or "", name)) or 1)
