"""In which texts a pattern is found, kept between audits: only texts that are new to it are searched."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from auditor.formats.text.typed_json import decoder
from auditor.probing.content_tables import Notes

T = TypeVar("T")


class _Known(msgspec.Struct, frozen=True, array_like=True):
    """The contents that were searched, by the digest of their list, and which of them matched."""

    among: str
    found: list[int]


@dataclass(slots=True)
class _List:
    """By the place of a content in an earlier list its places in this one, and the places of what is new."""

    places: dict[int, list[int]] = field(default_factory=dict)
    new: list[int] = field(default_factory=list)


class TextMatches:
    """The paths of texts that match, by pattern. `key` tells the content of a path."""

    def __init__(
        self,
        notes: Notes,
        paths: Iterable[str],
        text: Callable[[str], str],
        key: Callable[[str], str],
    ) -> None:
        self._text = text
        self._notes = notes
        self._paths = list(paths)
        self._keys = [key(path) for path in self._paths]
        self._lists: dict[str, _List] = {}
        self._made: dict[tuple[str, int], frozenset[str]] = {}
        self._own = hashlib.sha256("\n".join(self._keys).encode()).hexdigest()

    def of(self, wanted: re.Pattern[str]) -> frozenset[str]:
        """The paths of the texts in which a pattern is found."""
        asked = (wanted.pattern, wanted.flags)
        if asked not in self._made:
            self._made[asked] = self._search(wanted)
        return self._made[asked]

    def _search(self, wanted: re.Pattern[str]) -> frozenset[str]:
        name = hashlib.sha256(f"{wanted.flags} {wanted.pattern}".encode()).hexdigest()
        known = _decoded(self._notes.get(name), _Known)
        before = self._list(known.among) if known is not None else self._list("")
        hits = {
            at for place in (known.found if known else ()) for at in before.places.get(place, ())
        }
        hits |= {at for at in before.new if wanted.search(self._text(self._paths[at]))}
        if known is None or known.among != self._own:
            self._notes.put(name, msgspec.json.encode(_Known(self._own, sorted(hits))))
            self._notes.put(self._own, msgspec.json.encode(self._keys))
        return frozenset(self._paths[at] for at in hits)

    def _list(self, name: str) -> _List:
        """Where the contents of a list that was searched before are now; none where it is not known any more."""
        if name not in self._lists:
            keys = self._keys if name == self._own else _decoded(self._notes.get(name), list[str])
            places = {key: at for at, key in enumerate(keys or [])}
            found = _List()
            for at, key in enumerate(self._keys):
                if key in places:
                    found.places.setdefault(places[key], []).append(at)
                else:
                    found.new.append(at)
            self._lists[name] = found
        return self._lists[name]


def _decoded(data: bytes | None, shape: type[T]) -> T | None:
    if data is None:
        return None
    try:
        return decoder(shape).decode(data)
    except (msgspec.DecodeError, ValueError):
        return None
