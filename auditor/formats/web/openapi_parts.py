"""Parts of an OpenAPI document, whatever stands in their place, and references inside it."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

Tree = dict[str, Any]
_MOST_HOPS = 20
MISSING = object()
"""What a reference that leads nowhere points to."""


def mapping(value: object) -> Tree:
    """The mapping, or an empty one."""
    return value if isinstance(value, dict) else {}


def sequence(value: object) -> list[Any]:
    """The list, or an empty one."""
    return value if isinstance(value, list) else []


def text(value: object) -> str:
    """The text, that of a number, or none."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def resolved(tree: Tree, value: object) -> object:
    """What a reference leads to, or the value itself; MISSING, and for a circle of references too."""
    for _ in range(_MOST_HOPS):
        reference = value.get("$ref") if isinstance(value, dict) else None
        if not isinstance(reference, str):
            return value
        value = at(tree, reference)
    return MISSING


def at(tree: Tree, reference: str) -> object:
    """The value that `#/…` points to; MISSING for another document's."""
    if not reference.startswith("#"):
        return MISSING
    value: object = tree
    for step in reference[1:].split("/")[1:]:
        key = unquote(step).replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and key.isascii() and key.isdecimal():
            place = int(key[:9])
            value = value[place] if place < len(value) else MISSING
        else:
            return MISSING
    return value
