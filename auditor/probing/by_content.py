"""What a function makes of each source file, kept by the file's content between audits."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TypeVar

from auditor.code.languages import grammar_of
from auditor.code.parsing import Unparsed
from auditor.code.sources import SourceText
from auditor.probing.content_tables import Table, tables_of
from auditor.probing.contract import Context

T = TypeVar("T")


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
    table = tables_of(ctx.repo, ctx.cache).table(maker, shape)
    for file in files:
        value = made(table, key_of(file), partial(make, file))
        yield file, value


def made(table: Table[T], key: str, make: Callable[[], T]) -> T | Unparsed:
    """What a table knows for a key, else what `make` gives, which is kept."""
    value = table.get(key)
    if value is None:
        try:
            value = make()
        except Unparsed as refusal:
            value = refusal
        table.put(key, value)
    return value


def key_of(file: SourceText) -> str:
    """The content of a file, and what else than its path tells how it is read."""
    content = file.content or hashlib.sha256(file.text.encode("utf-8", "surrogatepass")).hexdigest()
    return sys.intern(f"{content} {file.language} {grammar_of(file.path)}")
