"""Text that was UTF-8, was read as a Windows code page and saved again: read as it was meant.

The inverse is our own: a general repairer takes the space behind a lost byte for a byte of the character,
and with it moves every place behind. Here each ASCII character keeps its place among the ASCII characters,
so what is found in the repaired text can be changed in the bytes as they are.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

PAGES = ("cp1252", "cp1254", "cp1250", "latin-1")
"""Code pages by how often they are met; each is tried, the one that explains most is taken."""
_LOST = "\ufffd"
# Of the characters that a lost byte could have made, those that checklists hold, the commoner first.
_LIKELY = "←❌\ufe0f”“‘’❗➖┐🔍📝🎯🎵🎉🎨🏁⏳⏰❎✏✍🔎📍"
_NON_ASCII = re.compile(r"[^\x00-\x7f]+")
_LEADS = ((0xC2, 0xDF, 1), (0xE0, 0xEF, 2), (0xF0, 0xF4, 3))
_LEAST = 2


@dataclass(frozen=True, slots=True)
class Repaired:
    """The lines as meant; `page` is the code page, None where nothing was damaged.

    `changed` counts repaired lines, `lost` characters that cannot be told any more.
    """

    lines: tuple[str, ...]
    page: str | None = None
    changed: int = 0
    lost: int = 0


def repair(lines: Iterable[str]) -> Repaired:
    """Undo the damage line by line; a line that holds anything else beside it stays as it is.

    Nothing is touched where fewer than two characters are whole in their damaged form: a lone capital
    `Ã` is a letter of Portuguese.
    """
    given = tuple(lines)
    damaged = {text for line in given for text in _NON_ASCII.findall(line)}
    page = _page(damaged)
    if page is None:
        return Repaired(given)
    made, changed, lost = [], 0, 0
    for line in given:
        text = _meant(line, page)
        changed += text != line
        lost += text.count(_LOST) - line.count(_LOST) if text != line else 0
        made.append(text)
    return Repaired(tuple(made), page, changed, lost)


def damage(text: str, page: str) -> str:
    """`text` as the same accident would have written it: UTF-8, read as `page`, lost bytes left out."""
    there = _characters(page)
    return _NON_ASCII.sub(
        lambda m: "".join(there.get(byte, "") for byte in m[0].encode("utf-8", "replace")), text
    )


def original_place(original: str, repaired: str, place: int) -> int:
    """Where the character at `place` of the repaired line is in the original one.

    Places of ASCII characters and of ends of a run of others are exact.
    """
    if original == repaired:
        return place
    number = sum(char < "\x80" for char in repaired[:place])
    behind = place > 0 and repaired[place - 1] < "\x80"
    at = 0
    for index, char in enumerate(original):
        if char < "\x80":
            if at == number:
                return index
            at += 1
            if at == number and behind:
                return index + 1
    return len(original)


@lru_cache(maxsize=8)
def _characters(page: str) -> dict[int, str]:
    """Byte → character of a page, without the bytes that it does not have."""
    found = {}
    for byte in range(0x80, 0x100):
        try:
            found[byte] = bytes([byte]).decode(page)
        except UnicodeDecodeError:
            continue
    return found


@lru_cache(maxsize=8)
def _bytes(page: str) -> tuple[dict[str, int], tuple[int, ...]]:
    """Character → byte, and the bytes that the page does not have."""
    there = _characters(page)
    bytes_ = {char: byte for byte, char in there.items()}
    holes = tuple(byte for byte in range(0x80, 0xC0) if byte not in there)
    for hole in holes:  # some readers keep such a byte as a control character
        bytes_.setdefault(chr(hole), hole)
    return bytes_, holes


def _page(texts: set[str]) -> str | None:
    best, most = None, _LEAST - 1
    for page in PAGES:
        whole = sum(_decoded(text, page)[1] for text in texts)
        if whole > most:
            best, most = page, whole
    if best is None:
        return None
    size = sum(len(text) for text in texts)
    explained = sum(len(text) for text in texts if _decoded(text, best)[0] is not None)
    return best if explained * 2 > size else None


def _meant(line: str, page: str) -> str:
    runs = _NON_ASCII.findall(line)
    if not runs or any(_decoded(run, page)[0] is None for run in runs):
        return line
    return _NON_ASCII.sub(lambda m: _decoded(m[0], page)[0] or m[0], line)


@lru_cache(maxsize=4096)
def _decoded(run: str, page: str) -> tuple[str | None, int]:
    """A run of non-ASCII characters as meant (None: not of this accident), and its whole characters."""
    to_byte, holes = _bytes(page)
    data = [to_byte.get(char) for char in run]
    out, whole, at = [], 0, 0
    while at < len(data):
        lead = data[at]
        size = next((n for low, high, n in _LEADS if lead is not None and low <= lead <= high), 0)
        if not size:
            return None, whole
        tail = list(itertools.takewhile(_continues, data[at + 1 : at + 1 + size]))
        parts = bytes([lead or 0, *(b or 0 for b in tail)])
        char = _character(parts) if len(tail) == size else _likely(parts, size - len(tail), holes)
        if char is None:
            return None, whole
        whole += len(tail) == size
        out.append(char)
        at += 1 + len(tail)
    return "".join(out), whole


def _continues(byte: int | None) -> bool:
    return byte is not None and 0x80 <= byte < 0xC0


def _character(parts: bytes) -> str | None:
    try:
        return parts.decode("utf-8")
    except UnicodeDecodeError:
        return None


@lru_cache(maxsize=4096)
def _likely(parts: bytes, missing: int, holes: tuple[int, ...]) -> str | None:
    """The character whose bytes lost `missing` that the page lacks; None where none fits."""
    if missing > (2 if parts[0] >= 0xF0 else 1) or not holes:
        return None  # a letter by itself, as every language of the page has
    found = set()
    slots = range(1, len(parts) + 1)
    for places in itertools.combinations_with_replacement(slots, missing):
        for lost in itertools.product(holes, repeat=missing):
            data = bytearray(parts)
            for place, byte in sorted(zip(places, lost, strict=True), reverse=True):
                data.insert(place, byte)
            found.add(_character(bytes(data)))
    fits = {char for char in found if char is not None}
    return next((char for char in _LIKELY if char in fits), _LOST if fits else None)
