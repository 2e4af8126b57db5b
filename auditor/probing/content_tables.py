"""What was made of files, by their content: one table for each maker and tree, read and written as a whole.

A table lies in the cache in a few pieces, so that ten changed files cost ten pieces and not ten thousand
look-ups. What another audit writes at the same moment is true as well: a value depends on the content and
on its maker alone. A value that holds what looks like a secret is kept for this audit only.
"""

from __future__ import annotations

import hashlib
import threading
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

import msgspec

from auditor.code.parsing import Unparsed
from auditor.formats.text.typed_json import decoder
from auditor.probing.doors.cache import Cache
from auditor.probing.doors.redact import is_clean
from auditor.probing.repo import Repo
from auditor.probing.repository.own_state import own_state

T = TypeVar("T")
_PIECES = 64
_LARGEST = 16 * 1024 * 1024
"""The largest piece that is kept, in bytes."""
_SPARE = 100
_AT_ONCE = 16
"""How many pieces are written together: what is written is held twice meanwhile."""

Pieces = dict[str, msgspec.Raw]


class Table(Generic[T]):
    """The values of one maker by content: a key that starts with hexadecimal digits as good as random."""

    def __init__(self, cache: Cache, maker: str, place: str, shape: type[T]) -> None:
        self._cache = cache
        self._maker = f"{maker} {own_state()}"
        self._place = place
        self._decoder = decoder(shape)
        self._lock = threading.Lock()
        self._used: list[Pieces] = [{} for _ in range(_PIECES)]
        self._fresh: set[int] = set()
        self._secret: Pieces = {}
        self._kept = self._load()

    def get(self, content: str) -> T | Unparsed | None:
        """The value for a content; Unparsed where it could not be read, None where it is not known."""
        at = _piece(content)
        packed = self._used[at].get(content) or self._kept[at].get(content)
        if packed is None:
            packed = self._secret.get(content)
        elif content not in self._used[at]:
            self._used[at][content] = packed
        return None if packed is None else self._unpacked(bytes(packed))

    def put(self, content: str, value: T | Unparsed) -> None:
        """Keep the value for a content."""
        refused = isinstance(value, Unparsed)
        data = msgspec.json.encode(str(value) if refused else value)
        packed = msgspec.Raw(data if refused else b"[%b]" % data)
        with self._lock:
            if not is_clean(data):
                self._secret[content] = packed
                return
            self._used[_piece(content)][content] = packed
            self._fresh.add(_piece(content))

    def _unpacked(self, data: bytes) -> T | Unparsed | None:
        try:
            if data[:1] == b'"':
                return Unparsed(decoder(str).decode(data))
            return self._decoder.decode(data[1:-1])
        except (msgspec.DecodeError, ValueError):
            return None

    def save(self) -> None:
        """Write the pieces that have something new, without most of what nobody asked for this time."""
        if not self._cache.enabled:
            return
        with self._lock:
            fresh = sorted(self._fresh)
            self._fresh.clear()
        for start in range(0, len(fresh), _AT_ONCE):
            some = fresh[start : start + _AT_ONCE]
            pieces = {
                self._key(at): data for at in some if len(data := self._packed(at)) <= _LARGEST
            }
            self._cache.put(self._maker, pieces)

    def _packed(self, at: int) -> bytes:
        kept, used = self._kept[at], self._used[at]
        return msgspec.json.encode(used if len(kept) > 2 * len(used) + _SPARE else {**kept, **used})

    def _load(self) -> list[Pieces]:
        if not self._cache.enabled:
            return [{} for _ in range(_PIECES)]
        found = self._cache.get(self._maker, map(self._key, range(_PIECES)))
        return [_opened(found.get(self._key(at))) for at in range(_PIECES)]

    def _key(self, at: int) -> str:
        return f"{self._place} {at:02x}"


class Notes:
    """What is known of a tree as a whole, by name; what nobody asks for in an audit that writes is dropped."""

    def __init__(self, cache: Cache, maker: str, place: str) -> None:
        self._cache = cache
        self._maker = f"{maker} {own_state()}"
        self._place = place
        self._used: Pieces = {}
        self._is_fresh = False
        self._kept = _opened(cache.get(self._maker, [place]).get(place)) if cache.enabled else {}

    def get(self, name: str) -> bytes | None:
        """A note in JSON, None where there is none."""
        note = self._used.get(name) or self._kept.get(name)
        if note is None:
            return None
        self._used[name] = note
        return bytes(note)

    def put(self, name: str, note: bytes) -> None:
        """Keep a note in JSON, which holds no text of the tree."""
        self._used[name] = msgspec.Raw(note)
        self._is_fresh = True

    def save(self) -> None:
        """Write the notes, where there is a new one."""
        data = msgspec.json.encode(dict(self._used)) if self._is_fresh else b""
        self._is_fresh = False
        if data and len(data) <= _LARGEST:
            self._cache.put(self._maker, {self._place: data})


class Tables:
    """The tables of one repository and service."""

    def __init__(self, repo: Repo, cache: Cache) -> None:
        where = f"{getattr(repo.tree, 'root', '')}\0{repo.root}"
        self._place = hashlib.sha256(where.encode("utf-8", "surrogateescape")).hexdigest()
        self._cache = cache
        self._lock = threading.Lock()
        self._tables: dict[str, Table[Any]] = {}
        self._notes: dict[str, Notes] = {}

    def table(self, maker: str, shape: type[T]) -> Table[T]:
        """The table of a maker, whose name tells its version and all but the content that it goes by."""
        with self._lock:
            if maker not in self._tables:
                self._tables[maker] = Table(self._cache, maker, self._place, shape)
            return self._tables[maker]

    def notes(self, maker: str) -> Notes:
        """The notes of a maker."""
        with self._lock:
            if maker not in self._notes:
                self._notes[maker] = Notes(self._cache, maker, self._place)
            return self._notes[maker]

    def save(self) -> None:
        """Keep what is new in all of them."""
        with self._lock:
            tables: list[Table[Any] | Notes] = [*self._tables.values(), *self._notes.values()]
        for one in tables:
            one.save()


_LOCK = threading.Lock()
_OPEN: WeakKeyDictionary[Repo, Tables] = WeakKeyDictionary()


def tables_of(repo: Repo, cache: Cache) -> Tables:
    """The tables of a repository, the same ones for everybody who asks during an audit."""
    with _LOCK:
        if repo not in _OPEN:
            _OPEN[repo] = Tables(repo, cache)
        return _OPEN[repo]


def _piece(content: str) -> int:
    return int(content[:2], 16) % _PIECES


def _opened(data: bytes | None) -> Pieces:
    if data is None:
        return {}
    try:
        return decoder(Pieces).decode(data)
    except (msgspec.DecodeError, ValueError):
        return {}
