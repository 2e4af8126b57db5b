"""Which files hold a word, and how often: by a checksum of it, so that no word is kept."""

from __future__ import annotations

import re
import zlib
from array import array
from collections import Counter
from collections.abc import Iterable

import msgspec

_WORD = re.compile(r"[A-Za-z_$][\w$]*")
_PART = re.compile(r"[A-Za-z_]\w*")
_MOST = 255


class Words(msgspec.Struct, frozen=True, array_like=True):
    """The words of one text: the CRC-32 of each as four bytes, and how often it stands there, up to 255.

    What a `$` binds to other words is a word of its own as well, which counts for nothing.
    """

    sums: bytes = b""
    counts: bytes = b""


def words_of(text: str) -> Words:
    """The words of a text: names, keywords and what looks like them, wherever they stand."""
    counts: dict[int, int] = {}
    for word, count in Counter(_WORD.findall(text)).items():
        at = _sum(word)
        counts[at] = counts.get(at, 0) + count
        if "$" in word:
            for part in _PART.findall(word):
                counts.setdefault(_sum(part), 0)
    return Words(array("I", counts).tobytes(), bytes(min(_MOST, n) for n in counts.values()))


class WordIndex:
    """The words of several texts, by their place among them."""

    def __init__(self, texts: Iterable[Words]) -> None:
        self._texts = list(texts)
        self._places: dict[int, list[int]] = {}
        for at, one in enumerate(self._texts):
            for word in array("I", one.sums):
                self._places.setdefault(word, []).append(at)

    def holding(self, word: str) -> Iterable[int]:
        """The texts that hold a word, and perhaps others; all of them, for what is no word of ASCII letters."""
        parts = _PART.findall(word) if word.isascii() else []
        if not parts or "".join(parts) != word.replace("$", ""):
            return range(len(self._texts))
        found = [self._places.get(_sum(part), []) for part in parts]
        first = min(found, key=len)
        others = [set(places) for places in found if places is not first]
        return [at for at in first if all(at in places for places in others)]

    def count(self, word: str) -> int:
        """How often a word stands in all texts, each counting up to 255."""
        wanted = _sum(word)
        return sum(self._count(at, wanted) for at in self._places.get(wanted, ()))

    def _count(self, at: int, wanted: int) -> int:
        return self._texts[at].counts[array("I", self._texts[at].sums).index(wanted)]


def _sum(word: str) -> int:
    return zlib.crc32(word.encode("utf-8", "surrogatepass"))
