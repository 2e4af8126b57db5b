"""Files that people write for the auditor: typed access to YAML, with mistakes that name the place.

A mistake says file, line, column, what was found, what was expected, and the nearest right name.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

from auditor.formats.text.errors import FormatError, Malformed
from auditor.formats.text.yaml_text import YamlDocument, load

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(m|h|d|w)")
_SECONDS = {"m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}


class Mistake(Malformed):
    """A mistake in a file that a person wrote; `str()` is the whole message with its place."""

    def __init__(
        self, file: str, message: str, line: int | None = None, column: int | None = None
    ) -> None:
        super().__init__(message, line=line, column=column)
        self.file = file

    def __str__(self) -> str:
        place = ":".join(str(p) for p in (self.file, self.line, self.column) if p is not None)
        return f"{place}: {self.message}"


def nearest(name: str, names: Iterable[str]) -> str:
    """` Did you mean 'x'?`, or nothing where no known name is near."""
    found = difflib.get_close_matches(name, [str(n) for n in names], n=1, cutoff=0.6)
    return f" Did you mean {found[0]!r}?" if found else ""


@dataclass(frozen=True, slots=True)
class Node:
    """A value in a file, and its place. Every accessor raises Mistake for a value of another type."""

    file: str
    document: YamlDocument
    path: tuple[str | int, ...]
    value: object

    def mistake(self, message: str) -> Mistake:
        """A mistake at this value."""
        at = self.document
        return Mistake(self.file, message, at.line(self.path) or 1, at.column(self.path) or 1)

    def key_mistake(self, message: str) -> Mistake:
        """A mistake at the key that this value belongs to."""
        at = self.document
        return Mistake(self.file, message, at.key_line(self.path), at.key_column(self.path))

    @property
    def name(self) -> str:
        """How the value is called in messages."""
        return ".".join(str(p) for p in self.path) or "the file"

    @property
    def line(self) -> int | None:
        """The line of the value, from 1."""
        return self.document.line(self.path)

    def _expected(self, what: str) -> Mistake:
        return self.mistake(f"{self.name} should be {what}, not {_described(self.value)}.")

    def mapping(
        self, allowed: Iterable[str] | None = None, required: Iterable[str] = ()
    ) -> dict[str, Node]:
        """The entries by key. `allowed` None takes any key."""
        if not isinstance(self.value, dict):
            raise self._expected("a mapping of names to values")
        entries = {
            str(k): Node(self.file, self.document, (*self.path, k), v)
            for k, v in self.value.items()
        }
        if allowed is not None:
            known = sorted(allowed)
            for key, entry in entries.items():
                if key not in known:
                    raise entry.key_mistake(
                        f"{key!r} is not a key of {self.name}.{nearest(key, known)} Known keys: {', '.join(known)}."
                    )
        for key in required:
            if key not in entries:
                raise self.mistake(f"{self.name} lacks the key {key!r}.")
        return entries

    def sequence(self) -> list[Node]:
        """The elements of a list."""
        if not isinstance(self.value, list):
            raise self._expected("a list")
        return [
            Node(self.file, self.document, (*self.path, i), v) for i, v in enumerate(self.value)
        ]

    def text(self) -> str:
        """A text; numbers and booleans are refused, since YAML may have read them otherwise than meant."""
        if not isinstance(self.value, str):
            raise self._expected("a text (put it in quotes)")
        return self.value.strip()

    def texts(self) -> tuple[str, ...]:
        """A list of texts, or one text for a list of one."""
        if isinstance(self.value, str):
            return (self.text(),)
        return tuple(node.text() for node in self.sequence())

    def number(self) -> float:
        """A number, never NaN or infinite."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            raise self._expected("a number")
        try:
            number = float(self.value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise self._expected("a finite number")
        return number

    def boolean(self) -> bool:
        """true or false."""
        if not isinstance(self.value, bool):
            raise self._expected("true or false")
        return self.value

    def one_of(self, choices: Iterable[str]) -> str:
        """One of a few words."""
        words = list(choices)
        if self.value not in words:
            near = nearest(str(self.value), words)
            raise self.mistake(
                f"{self.name} should be one of {', '.join(words)}, not {_described(self.value)}.{near}"
            )
        return str(self.value)

    def seconds(self) -> float:
        """A span of time such as 30m, 8h, 7d or 2w, in seconds."""
        match = _DURATION.fullmatch(str(self.value).strip())
        if match is None:
            raise self._expected("a span of time such as 30m, 8h, 7d or 2w")
        return float(match[1]) * _SECONDS[match[2]]


def read(data: bytes, file: str) -> Node:
    """A file that a person wrote. Raises Mistake, for broken and for outsized YAML too."""
    try:
        document = load(data)
    except FormatError as error:
        message = error.message.replace("The YAML text", "The file")
        raise Mistake(file, message, error.line or 1, error.column or 1) from None
    return Node(file, document, (), {} if document.value is None else document.value)


def _described(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    shown = repr(value)
    return shown if len(shown) <= 60 else shown[:57] + "..."
