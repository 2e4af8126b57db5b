"""Reads a file of attestations: who vouches for which item, until when, and what is wrong with it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from auditor.formats.text.errors import Malformed
from auditor.formats.text.yaml_shapes import kind_of, text_of
from auditor.formats.text.yaml_text import Path, YamlDocument, YamlValue, load
from auditor.model.level import Level, at_most

LONGEST = timedelta(days=400)
"""A promise for longer than a year and a month is not looked at again."""

_REQUIRED = ("item", "statement", "owner", "approver", "evidence", "signed", "expires")
_EMPTY_WORDS = frozenset(
    {"", "tbd", "todo", "fixme", "changeme", "n/a", "none", "null", "-", "?", "..."}
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_ITEM = re.compile(r"[\w][\w.:/-]*")
_SKEW = timedelta(minutes=10)
_EASTERNMOST = timedelta(hours=14)


@dataclass(frozen=True, slots=True)
class Attestation:
    """One entry that is sound in itself. Times are aware; `line` is where the entry starts."""

    item: str
    statement: str
    owner: str
    approver: str
    evidence: str
    signed: datetime
    expires: datetime
    level: Level
    line: int


@dataclass(frozen=True, slots=True)
class Fault:
    """Why an entry counts for nothing; `text` is a sentence without a full stop."""

    line: int
    text: str


def read_attestations(
    data: bytes, *, name: str, now: datetime
) -> tuple[list[Attestation], list[Fault]]:
    """A YAML list of entries, or such a list under the key `attestations`.

    An expired entry is sound: whoever judges knows the time. Raises Malformed and TooLarge.
    """
    document = load(data, name=name)
    root, entries = _entries(document, name)
    sound: list[Attestation] = []
    faults: list[Fault] = []
    for index, entry in enumerate(entries):
        read = _Entry(document, (*root, index), entry).read(now)
        if isinstance(read, Fault):
            faults.append(read)
        else:
            sound.append(read)
    doubled = {item for item, count in Counter(a.item for a in sound).items() if count > 1}
    faults += [
        Fault(
            a.line, f"{a.item} is attested more than once, and of two statements none is believed"
        )
        for a in sound
        if a.item in doubled
    ]
    return [a for a in sound if a.item not in doubled], sorted(faults, key=lambda f: f.line)


def _entries(document: YamlDocument, name: str) -> tuple[Path, list[YamlValue]]:
    value: YamlValue = document.value
    root: Path = ()
    if isinstance(value, dict) and set(value) == {"attestations"}:
        value, root = value["attestations"], ("attestations",)
    if value is None:
        return root, []
    if not isinstance(value, list):
        message = f"{name} must hold a list of attestations, and holds {kind_of(value)}."
        raise Malformed(message, line=document.line(()))
    return root, value


class _Refused(Exception):
    """Ends the reading of one entry."""

    def __init__(self, text: str, key: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.key = key


class _Entry:
    """One entry on its way from YAML to a value."""

    def __init__(self, document: YamlDocument, path: Path, value: YamlValue) -> None:
        self._document = document
        self._path = path
        self._value = value

    def read(self, now: datetime) -> Attestation | Fault:
        try:
            return self._attestation(now)
        except _Refused as refused:
            line = self._document.key_line((*self._path, refused.key)) if refused.key else None
            return Fault(line or self._line, refused.text)

    @property
    def _line(self) -> int:
        return self._document.key_line(self._path) or 1

    def _attestation(self, now: datetime) -> Attestation:
        if not isinstance(self._value, dict):
            raise _Refused(f"an attestation must be a mapping, and this is {kind_of(self._value)}")
        text = {key: self._text(self._value, key) for key in _REQUIRED}
        if not _ITEM.fullmatch(text["item"]):
            raise _Refused(f"{text['item'][:60]!r} is no item id", "item")
        if _person(text["owner"]) == _person(text["approver"]):
            raise _Refused("the approver is the owner: a second person must approve", "approver")
        signed, expires = self._signed(text["signed"], now), self._time(text["expires"], "expires")
        if expires <= signed:
            raise _Refused("it expires before it was signed", "expires")
        if expires - signed > LONGEST:
            raise _Refused(f"it lasts longer than {LONGEST.days} days", "expires")
        return Attestation(
            text["item"], text["statement"], text["owner"], text["approver"], text["evidence"],
            signed, expires, self._level(self._value), self._line,
        )  # fmt: skip

    def _text(self, entry: dict[str, YamlValue], key: str) -> str:
        if key not in entry:
            raise _Refused(f"the field {key} is missing")
        text = (text_of(entry[key]) or "").strip()
        if text.lower() in _EMPTY_WORDS:
            raise _Refused(
                f"the field {key} must say something, and is {text or kind_of(entry[key])!r}", key
            )
        return text

    def _signed(self, text: str, now: datetime) -> datetime:
        """A bare date counts from its start in UTC; it may be tomorrow's for a signer further east."""
        if _DATE.fullmatch(text):
            when, skew = self._time(f"{text}T00:00:00Z", "signed"), _EASTERNMOST
        else:
            when, skew = self._time(text, "signed"), _SKEW
        if when > now + skew:
            raise _Refused(f"it was signed in the future ({text})", "signed")
        return when

    @staticmethod
    def _time(text: str, key: str) -> datetime:
        try:
            when = datetime.fromisoformat(text)
        except ValueError:
            raise _Refused(
                f"{key} is no date ({text[:40]!r}); write 2026-12-31T00:00:00Z", key
            ) from None
        if when.tzinfo is None:
            raise _Refused(f"{key} has no time zone ({text}); write 2026-12-31T00:00:00Z", key)
        return when.astimezone(UTC)

    def _level(self, entry: dict[str, YamlValue]) -> Level:
        text = text_of(entry.get("level")) or Level.REPORTED.value
        try:
            return at_most(Level(text), Level.REPORTED)
        except ValueError:
            known = ", ".join(level.value for level in Level)
            raise _Refused(f"{text[:40]!r} is no level; the levels are {known}", "level") from None


def _person(text: str) -> str:
    """Somebody by address where one is given: `Dana <dana@x>` is dana@x is @dana@x."""
    inside = re.search(r"<([^<>]+)>", text)
    return " ".join((inside[1] if inside else text).casefold().removeprefix("@").split())
