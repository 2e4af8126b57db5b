"""What one file reads from its environment: the names that may stand for it outside, and what it needs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from auditor.code.parsing import parse_whole
from auditor.code.topics.environment import Reading
from auditor.code.topics.environment_names import field_names
from auditor.probing.code.code_trees import READERS

_REFUSES = re.compile(
    r"\b(?:raise|throw|assert|panic|abort)\b|\b(?:sys\.|process\.|os\.)?[Ee]xit\(|\b(?:log|logger)\.(?:Fatal|Panic)|\bfatal\("
)
_NAME = re.compile(r"[A-Z_][A-Z0-9_]*")


@dataclass(frozen=True, slots=True)
class NamedHere:
    """A place that reads a setting: its names outside, and whether the place has nothing else to fall back to.

    `field` is the name of the field of a class of settings that it fills, if that is what it does.
    """

    line: int
    names: tuple[str, ...]
    needed: bool
    field: str = ""


def names_in(kin: str, classes: frozenset[str], text: str, grammar: str) -> list[NamedHere]:
    """What a file of a family names; the environment fills the fields of `classes`. Raises Unparsed."""
    found = []
    root = parse_whole(text, grammar)
    fields = field_names(root, classes) if kin == "python" else {}
    for one in dict.fromkeys(READERS[kin](root, text, classes)):
        names = fields.get(one.line, (one.name,)) if one.type else (one.name,)
        upper = tuple(n.upper() for n in names) if one.type else names
        if not upper or not all(_NAME.fullmatch(n) for n in upper) or _is_written(text, one):
            continue
        # A value that is asked for only on a condition is not needed everywhere.
        needed = one.default is None and not one.around and not _may_stay_away(text, one)
        found.append(NamedHere(one.line, upper, needed, one.name if one.type else ""))
    return found


# What the code says of a name, which stands for NAME.
_WRITTEN = r"environ\[\s*[\"']NAME[\"']\s*\]\s*=(?!=)|process\.env\.NAME\s*=(?!=)"
_NOTHING = r"[\"']NAME[\"']\s*,[^()\n]*(?:\"\"|''|\bNone\b)"
_ASKED = r"(?:\b(?:if|elif|while|bool\(|Boolean\(|not)|!!?)\s*\(?[^\n=,;]{0,60}\bNAME\b"
_PASSED = r"\A\s*\w+:\s*process\.env\.NAME\s*,?\s*$"  # undefined leaves the property away
_COMPARED = r"\bNAME[\"']?\]?\)?(?:\??\.\w+\(\))?\s*(?:[!=]==?|\?(?![?.])|\bin\b)"
_LOOKED_UP = r"LookupEnv\(\s*\"NAME\""
_NEEDS = r"environ\[\s*[\"']NAME"
_REFUSED = r"\b(?:if|unless|assert)\b[^\n]*\bNAME\b(?:[^\n]*\n?){3}"
_ENTRY = r"\A\s*[\"']?NAME[\"']?\s*:\s*"
_TAKEN = r"\A[^\n=]*?\b(\w+)\s*(?::\s*[^=\n]+?)?:?=\s*[^=\n][^\n]*\bNAME\b"
_OR_ELSE = r"NAME[\"']?\s*\]?\)?\s*(?:\bor\b|\?\?|\|\|)"
_ASKED_OF = (
    r"(?:\b(?:if|elif|while|and|or|bool\(|not)\s*\(?\s*!*\s*NAME\b(?!\s*[.(\[])[^\n]*|\bNAME\s+is\s+(?:not\s+)?None[^\n]*"
    r"|\bNAME\s*(?:[!=]==?\s*(?:\"\"|''|null|undefined|nil)|\?\?|\|\||\s\?\s|\s+or\s)[^\n]*)(\n[^\n]*\n?[^\n]*)"
)


@lru_cache(maxsize=64)
def _of_any(said: str) -> re.Pattern[str]:
    return re.compile(said.replace("NAME", r"\w+"))


def _found(said: str, name: str, text: str) -> Iterator[re.Match[str]]:
    """Where a text says something of a name. A pattern for each name is made only where one could match."""
    if re.fullmatch(r"\w+", name) is None or (name in text and _of_any(said).search(text)):
        yield from re.finditer(said.replace("NAME", re.escape(name)), text)


def _has(said: str, name: str, text: str) -> bool:
    return any(True for _ in _found(said, name, text))


def _is_written(text: str, one: Reading) -> bool:
    """Whether the place sets a variable, rather than reading it."""
    return _has(_WRITTEN, one.name, _lines(text, one.line, 2))


def _may_stay_away(text: str, one: Reading) -> bool:
    """Whether the place takes nothing for an answer too: `get("X", "")`, `.optional()`, `if getenv("X")`, `== "1"`."""
    if one.type:
        return False
    near = _lines(text, one.line, 2)
    if any(_has(said, one.name, near) for said in (_NOTHING, _LOOKED_UP)):
        return True
    goes_on = any(_has(said, one.name, near) for said in (_ASKED, _COMPARED))
    goes_on = goes_on or _handled(text, one, near)
    about = _found(_REFUSED, one.name, _lines(text, one.line, 4))
    if any(_REFUSES.search(m[0]) for m in about):
        return False
    passed = _has(_PASSED, one.name, near.split("\n", 1)[0])
    if not _has(_NEEDS, one.name, near) and (goes_on or passed):
        return True
    entry = next(_found(_ENTRY, one.name, near), None)
    if entry is None:
        return False
    below = re.split(
        r"\n\s*[\"']?[A-Z][A-Z0-9_]*[\"']?\s*:", _lines(text, one.line, 8)[entry.end() :]
    )[0]
    return re.search(r"\.(?:optional|nullish|nullable)\(", below) is not None


def _handled(text: str, one: Reading, near: str) -> bool:
    """Whether what is read gets a name, and the code asks whether that is nothing and goes on either way."""
    line = near.split("\n", 1)[0]
    taken = next(_found(_TAKEN, one.name, line), None)
    if _has(_OR_ELSE, one.name, line):
        return True
    if taken is None:
        return False
    places = list(_found(_ASKED_OF, taken[1], text))
    return bool(places) and not any(_REFUSES.search(place[0]) for place in places)


def _lines(text: str, line: int, count: int) -> str:
    """Some lines of a text from one on."""
    lines = text.split("\n", line + count - 1)
    return "\n".join(lines[line - 1 : line + count - 1])[:4_000]
