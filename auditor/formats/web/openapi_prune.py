"""An API description cut down to the operations that may be called, and to itself.

A tool that generates requests from it would else follow whatever it names: other hosts, files, examples elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec

from auditor.formats.text.errors import Malformed, TooLarge
from auditor.formats.web.openapi_doc import METHODS, tree_of

_REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef", "operationRef")
_LEFT_OUT = (
    "servers",
    "webhooks",
    "callbacks",
    "links",
    "x-webhooks",
    "jsonSchemaDialect",
    "host",
    "schemes",
)
_WORDS_LEFT_OUT = ("externalValue", "$id", "$schema", "$vocabulary", "$anchor")
_DEEPEST = 200


def only(data: bytes, wanted: Collection[tuple[str, str]]) -> bytes:
    """The document in JSON with the operations of `wanted` (method, path) alone.

    Servers, callbacks, links and whatever else leads out of it are left out. Raises Malformed where a
    reference does, and TooLarge for one that is nested too deeply.
    """
    tree = tree_of(data)
    paths = tree.get("paths")
    kept: dict[str, Any] = {}
    for path, item in (paths if isinstance(paths, dict) else {}).items():
        if not isinstance(item, dict) or "$ref" in item:
            continue
        methods = {m for m in item if m in METHODS and (m.upper(), path) in wanted}
        if methods:
            kept[path] = {k: v for k, v in item.items() if k not in METHODS or k in methods}
    return msgspec.json.encode(_inside({**tree, "paths": kept}, 0))


def _inside(value: Any, depth: int) -> Any:
    if depth > _DEEPEST:
        raise TooLarge("The OpenAPI document is nested too deeply.")
    if isinstance(value, list):
        return [_inside(one, depth + 1) for one in value]
    if not isinstance(value, dict):
        return value
    kept: dict[str, Any] = {}
    for key, one in value.items():
        if key in _REFERENCES and isinstance(one, str) and not one.startswith("#"):
            raise Malformed(
                f"The OpenAPI document refers to {one[:120]!r}, which is not part of it."
            )
        if key in _WORDS_LEFT_OUT and not isinstance(one, dict | list):
            continue
        if key not in _LEFT_OUT or not _leads_out(key, one):
            kept[str(key)] = _inside(one, depth + 1)
    return kept


def _leads_out(key: str, value: Any) -> bool:
    """A property of a schema may be called `links` or `host` as well; it has a schema, which is a mapping."""
    if key in ("host", "jsonSchemaDialect"):
        return isinstance(value, str)
    if key in ("servers", "schemes"):
        return isinstance(value, list)
    return not (isinstance(value, dict) and ("type" in value or "$ref" in value))
