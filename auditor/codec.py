"""Values to JSON and back, deterministic: the same value always gives the same bytes."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from auditor.formats.text.typed_json import decoder

T = TypeVar("T")


class Undecodable(ValueError):
    """Bytes that are not the JSON of the type asked for."""


class Unencodable(ValueError):
    """A value that JSON cannot hold."""


def encode(value: object) -> bytes:
    """Indented JSON with sorted keys and a final line feed. Raises Unencodable.

    A lone surrogate (a file name in another encoding) becomes six characters that spell it.
    """
    try:
        try:
            text = msgspec.json.encode(value, order="deterministic")
        except UnicodeEncodeError:
            plain = _spelled(msgspec.to_builtins(value))
            text = msgspec.json.encode(plain, order="deterministic")
        return msgspec.json.format(text, indent=2) + b"\n"
    except (TypeError, ValueError, RecursionError) as error:
        raise Unencodable(str(error)) from None


def _spelled(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, dict):
        return {_spelled(k): _spelled(v) for k, v in value.items()}
    return [_spelled(v) for v in value] if isinstance(value, list | tuple) else value


def decode(data: bytes, kind: type[T]) -> T:
    """The value of type `kind` (strict types, unknown fields ignored). Raises Undecodable."""
    try:
        value: T = decoder(kind).decode(data)
        return value
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise Undecodable(str(error)) from None


def schema(kind: type) -> dict[str, Any]:
    """The JSON Schema of a type, as published in config/schemas/."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(kind)}
