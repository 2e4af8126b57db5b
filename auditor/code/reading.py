"""One reading of a source file for all who ask: comments, effective lines, and what stayed unread.

Probes run in threads and want the same files; the cache keeps the small results, never the trees.
"""

from __future__ import annotations

import codecs
import threading
from collections import OrderedDict
from dataclasses import dataclass

from auditor.code.languages import EMBEDDED
from auditor.code.lexical.comments import Comment, comments, markup_comments
from auditor.code.lexical.lines import effective_lines
from auditor.code.parsing import Damage, Unparsed, damage, parse, refuse_broken
from auditor.code.script.embedded import markup, scripts

_MOST_KEPT = 64_000_000  # characters
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a source text says: the grammar that read it, its comments, its effective lines."""

    grammar: str
    comments: tuple[Comment, ...]
    code_lines: int
    damage: Damage


def decode(data: bytes) -> str:
    """Source bytes as text, by their mark or as UTF-8 (bad bytes replaced), lines ended by LF."""
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
    return data.decode(encoding, "replace").replace("\r\n", "\n").replace("\r", "\n")


def read_source(text: str, grammar: str) -> Reading:
    """Read a text; raises Unparsed where no tree can be had, or one that cannot be trusted.

    `grammar` is what `languages.grammar_of` gives.
    """
    return _CACHE.get(text, grammar)


def _read(text: str, grammar: str) -> Reading:
    found: list[Comment] = []
    script = text
    if grammar == EMBEDDED:
        found = markup_comments(markup(text))
        grammar, script = scripts(text)
    root = parse(script, grammar)
    harm = damage(root)
    refuse_broken(harm, grammar)
    found = sorted(found + comments(root, grammar, script), key=lambda c: (c.line, c.column))
    return Reading(grammar, tuple(found), effective_lines(root, grammar, script), harm)


class _Cache:
    """Readings by text; a second thread that wants the same text waits for the first one's."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, int, int], Reading | str] = OrderedDict()
        self._size = 0
        self._locks = tuple(threading.Lock() for _ in range(64))
        self._lock = threading.Lock()

    def get(self, text: str, grammar: str) -> Reading:
        key = (grammar, len(text), hash(text))
        with self._locks[key[2] % len(self._locks)]:
            result = self._kept.get(key)
            if result is None:
                try:
                    result = _read(text, grammar)
                except Unparsed as refusal:
                    result = str(refusal)
                self._keep(key, result)
        if isinstance(result, str):
            raise Unparsed(result)
        return result

    def _keep(self, key: tuple[str, int, int], result: Reading | str) -> None:
        with self._lock:
            self._kept[key] = result
            self._size += _weight(result)
            while self._size > _MOST_KEPT:
                self._size -= _weight(self._kept.popitem(last=False)[1])


def _weight(result: Reading | str) -> int:
    if isinstance(result, str):
        return 200
    return 500 + sum(200 + len(c.text) for c in result.comments)


_CACHE = _Cache()
