"""What a function makes of each source file, kept by the file's content between audits."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TypeVar

import msgspec

from auditor.code.languages import grammar_of
from auditor.code.parsing import Unparsed
from auditor.code.sources import SourceText
from auditor.formats.text.typed_json import decoder
from auditor.probing.contract import Context
from auditor.probing.repository.own_state import own_state

T = TypeVar("T")
_CHUNK = 500


def by_content(
    ctx: Context,
    maker: str,
    shape: type[T],
    make: Callable[[SourceText], T],
    files: Iterable[SourceText],
) -> Iterator[tuple[SourceText, T | Unparsed]]:
    """Each file with what `make` gives, or why it gave none (Unparsed); in the order of `files`.

    `make` may look at text, language and grammar, never at the path. `shape` is the type of what it
    gives, which JSON can hold; `maker` names it in the cache.
    """
    waiting = iter(files)
    name = f"{maker} {own_state()}"
    while chunk := list(islice(waiting, _CHUNK)):
        keys = [_key(file) for file in chunk]
        kept = ctx.cache.get(name, keys) if ctx.cache.enabled else {}
        fresh: dict[str, bytes] = {}
        for file, key in zip(chunk, keys, strict=True):
            value = _unpacked(kept.get(key), shape)
            if value is None:
                value = _made(make, file)
                fresh[key] = _packed(value)
            yield file, value
        if fresh:
            ctx.cache.put(name, fresh)


def _made(make: Callable[[SourceText], T], file: SourceText) -> T | Unparsed:
    try:
        return make(file)
    except Unparsed as refusal:
        return refusal


def _packed(value: object) -> bytes:
    if isinstance(value, Unparsed):
        return b"-" + str(value).encode("utf-8", "replace")
    return b"+" + msgspec.json.encode(value)


def _unpacked(data: bytes | None, shape: type[T]) -> T | Unparsed | None:
    if data is None:
        return None
    if data[:1] == b"-":
        return Unparsed(data[1:].decode("utf-8", "replace"))
    try:
        return decoder(shape).decode(data[1:])
    except (msgspec.DecodeError, ValueError):
        return None


def _key(file: SourceText) -> str:
    said = f"{file.language}\0{grammar_of(file.path)}\0{file.text}"
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()
