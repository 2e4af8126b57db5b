"""Values to JSON and back, deterministic: the same value always gives the same bytes."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


class Undecodable(ValueError):
    """Bytes that are not the JSON of the type asked for."""


def encode(value: object) -> bytes:
    """Indented JSON with sorted keys and a final line feed."""
    return msgspec.json.format(msgspec.json.encode(value, order="deterministic"), indent=2) + b"\n"


def decode(data: bytes, kind: type[T]) -> T:
    """The value of type `kind` (strict types, unknown fields ignored). Raises Undecodable."""
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Undecodable(str(error)) from None


def schema(kind: type) -> dict[str, Any]:
    """The JSON Schema of a type, as published in config/schemas/."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(kind)}
