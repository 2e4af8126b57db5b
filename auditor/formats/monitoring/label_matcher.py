"""Matchers of labels as Prometheus and Alertmanager write them, decided where that can be done safely.

Their regular expressions come from whoever wrote the configuration, and the engine of Python takes
exponential time on some: only plain ones are tried, the others stay undecided.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from auditor.formats.text.errors import Malformed

_ONE = re.compile(
    r"""\s*+(?P<label>[a-zA-Z_:][\w:]*+|"(?:[^"\\]|\\.)*+")\s*+(?P<sign>=~|!~|!=|=)\s*+
    (?:"(?P<quoted>(?:[^"\\]|\\.)*+)"|(?P<bare>[^",{}]*+))\s*+(?:,|\Z)""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_PLAIN = re.compile(r"\^?(?:\((?:\?:)?)?[\w .:/@=,|*+-]*\)?\$?", re.ASCII)
_MOST_REPEATS = 4
_LONGEST = 500


@dataclass(frozen=True, slots=True)
class LabelMatcher:
    """One matcher; `sign` is =, !=, =~ or !~."""

    label: str
    sign: str
    value: str

    def matches(self, labels: Mapping[str, str]) -> bool | None:
        """Whether it matches; None where `labels` says nothing of the label, or it cannot be told.

        A label that is known to be absent is "" in `labels`.
        """
        given = labels.get(self.label)
        if given is None:
            return None
        if self.sign in ("=", "!="):
            return (given == self.value) is (self.sign == "=")
        found = _fits(self.value, given)
        return None if found is None else found is (self.sign == "=~")

    def __str__(self) -> str:
        return f'{self.label}{self.sign}"{self.value}"'


def _fits(pattern: str, text: str) -> bool | None:
    """Whether an anchored pattern fits; None where it is not plain enough to be tried."""
    plain = len(pattern) <= _LONGEST and len(text) <= _LONGEST and _PLAIN.fullmatch(pattern)
    if not plain or sum(map(pattern.count, "*+")) > _MOST_REPEATS:
        return None
    try:
        return re.fullmatch(pattern, text) is not None
    except re.error:
        return None


def read(text: str) -> list[LabelMatcher]:
    """The matchers of one text, as in `{severity="critical", team=~"a|b"}`. Raises Malformed."""
    inner = text.strip()
    if inner.startswith("{") and inner.endswith("}"):
        inner = inner[1:-1].strip()
    found: list[LabelMatcher] = []
    at = 0
    while at < len(inner):
        match = _ONE.match(inner, at)
        if match is None or match.end() == at:
            raise Malformed(f"`{text[:80]}` is no matcher of labels.")
        value = match["quoted"]
        value = match["bare"].strip() if value is None else _ESCAPED.sub(_unescaped, value)
        found.append(LabelMatcher(match["label"].strip('"'), match["sign"], value))
        at = match.end()
    return found


def _unescaped(match: re.Match[str]) -> str:
    return "\n" if match[1] == "n" else match[1]
