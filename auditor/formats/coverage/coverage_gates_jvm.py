"""Coverage gates that JaCoCo checks: rules of Maven's pom.xml and of Gradle's build files."""

from __future__ import annotations

import re
from itertools import islice

from auditor.formats.coverage.coverage_gates import Gate, without_comments
from auditor.formats.text import xml_events

_COUNTERS = ("LINE", "INSTRUCTION")
_LIMIT = re.compile(r"\blimit\s*\{([^{}]{0,2000})\}")
_SETTING = re.compile(
    r"\b(counter|value|minimum|maximum)\b\s*(?:=|\.set\(|\s)\s*\(?[\"']?([A-Z_]+|\d+(?:\.\d+)?)"
)
_MOST_LIMITS = 100


def pom(data: bytes) -> list[Gate]:
    """The limits of line or instruction coverage in a pom.xml. Raises Malformed and TooLarge."""
    reader = _Pom()
    xml_events.read(data, reader)
    return reader.gates


def gradle(text: str) -> list[Gate]:
    """The same in a build.gradle or build.gradle.kts, read as text, comments apart."""
    plain = without_comments(text)
    if "jacoco" not in plain.lower():
        return []
    found = []
    for limit in islice(_LIMIT.finditer(plain), _MOST_LIMITS):
        gate = _gate(dict(_SETTING.findall(limit[1])), plain.count("\n", 0, limit.start()) + 1)
        found += [gate] if gate else []
    return found


class _Pom:
    text_of = frozenset({"counter", "value", "minimum", "maximum"})

    def __init__(self) -> None:
        self.gates: list[Gate] = []
        self._limit: dict[str, str] | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "limit":
            self._limit = {}

    def end(self, name: str, text: str) -> None:
        if self._limit is None:
            return
        if name in self.text_of:
            self._limit[name] = text.strip()
        elif name == "limit":
            gate = _gate(self._limit, None)
            self.gates += [gate] if gate else []
            self._limit = None

    def comment(self, text: str) -> None:
        """Comments say nothing here."""


def _gate(limit: dict[str, str], line: int | None) -> Gate | None:
    """The least covered share in percent; JaCoCo's defaults are INSTRUCTION and COVEREDRATIO."""
    if limit.get("counter", _COUNTERS[1]) not in _COUNTERS:
        return None
    value = limit.get("value", "COVEREDRATIO")
    covered = _ratio(limit.get("minimum", "")) if value == "COVEREDRATIO" else None
    missed = _ratio(limit.get("maximum", "")) if value == "MISSEDRATIO" else None
    if covered is None and missed is not None:
        covered = 1 - missed
    return None if covered is None else Gate(round(100 * covered, 4), line)


def _ratio(text: str) -> float | None:
    """`0.80` or `80%` as a ratio, 0 to 1."""
    match = re.fullmatch(r"(\d{1,3}(?:\.\d{1,9})?)\s*(%?)", text.strip())
    if match is None:
        return None
    ratio = float(match[1]) / (100 if match[2] else 1)
    return ratio if ratio <= 1 else None
