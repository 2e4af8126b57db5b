"""Decoders of typed JSON, made once and one at a time.

msgspec builds what it knows of a class when a decoder first meets it, without a lock: two threads that
do so at the same moment end the process. A decoder that is built is safe to share.
"""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import Any, TypeVar

import msgspec

_T = TypeVar("_T")
_LOCK = threading.Lock()


def decoder(shape: type[_T]) -> msgspec.json.Decoder[_T]:
    """The decoder of JSON into values of type `shape`."""
    key: Any = shape
    with _LOCK:
        made: msgspec.json.Decoder[_T] = _built(key)
    return made


@lru_cache(maxsize=512)
def _built(shape: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(shape)


def convert(value: Any, shape: Any) -> Any:
    """`value` as a value of type `shape`. Raises msgspec.ValidationError."""
    with _LOCK:
        return msgspec.convert(value, shape)
