"""What a probe promises before it looks: its id, what it needs, and the facts it may emit."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from auditor.model.evidence import Fact, Location, Source, Value
from auditor.model.level import Level


class Need(StrEnum):
    """A thing without which a probe is skipped."""

    REPOSITORY = "repository"
    URL = "url"
    NETWORK = "network"
    PROMETHEUS = "prometheus"
    ALERTMANAGER = "alertmanager"
    GRAFANA = "grafana"
    LOKI = "loki"
    KUBERNETES = "kubernetes"
    ON_CALL = "on-call"
    FORGE = "forge"


class Phase(IntEnum):
    """When a probe runs; phases run in this order and never overlap."""

    STATIC = 1
    LIVE = 2
    QUIET = 3
    INTRUSIVE = 4


class FactType(StrEnum):
    """The type of a fact's value, against which constraints are checked when a checklist loads."""

    NUMBER = "number"
    BOOLEAN = "boolean"
    TEXT = "text"
    LIST = "list"
    OBJECT = "object"


_LARGEST_INTEGER = 2**63
_DEEPEST = 16

_PYTHON_TYPES: dict[FactType, tuple[type, ...]] = {
    FactType.NUMBER: (int, float),
    FactType.BOOLEAN: (bool,),
    FactType.TEXT: (str,),
    FactType.LIST: (list,),
    FactType.OBJECT: (dict,),
}


@dataclass(frozen=True, slots=True)
class FactSpec:
    """A fact that a probe may emit.

    `subjects` lists the subjects that `key@subject` may name; `("*",)` allows any; empty none.
    """

    key: str
    type: FactType
    doc: str
    unit: str = ""
    subjects: tuple[str, ...] = ()

    def accepts(self, value: object) -> bool:
        """Whether `value` has this fact's type; a bool is not a number, NaN and infinity neither.

        Lists and objects may hold nothing but what JSON can hold.
        """
        if isinstance(value, bool):
            return self.type is FactType.BOOLEAN
        return isinstance(value, _PYTHON_TYPES[self.type]) and _is_plain(value)

    def takes(self, subject: str) -> bool:
        """Whether the fact may be about `subject`; the empty text is no subject."""
        if not subject or not self.subjects:
            return not subject and not self.subjects
        return "*" in self.subjects or subject in self.subjects

    def of(
        self,
        value: Value,
        *,
        level: Level,
        source: Source,
        subject: str = "",
        locations: Iterable[Location] = (),
        produced_at: str | None = None,
    ) -> Fact:
        """A fact of this kind; `produced_at` None says that the evidence carries no time."""
        if not self.accepts(value):
            raise TypeError(f"{self.key} takes a {self.type.value}, not {value!r}")
        if not self.takes(subject):
            raise TypeError(f"{self.key} has no subject {subject!r}")
        return Fact(
            key=self.key,
            value=value,
            level=level,
            source=source,
            subject=subject,
            unit=self.unit,
            locations=tuple(locations),
            produced_at=produced_at,
        )


@dataclass(frozen=True, slots=True)
class ProbeSpec:
    """What a probe promises."""

    id: str
    title: str
    needs: tuple[Need, ...]
    emits: tuple[FactSpec, ...]
    phase: Phase
    timeout_s: float
    version: str
    doc: str = ""


def _is_plain(value: object, depth: int = 0) -> bool:
    """Whether JSON can hold a value and give it back: finite, not too deep, keys that are text."""
    if isinstance(value, bool | str) or (value is None and depth):
        return True
    if isinstance(value, int):
        return abs(value) < _LARGEST_INTEGER
    if isinstance(value, float):
        return math.isfinite(value)
    if depth >= _DEEPEST:
        return False
    if isinstance(value, dict):
        return all(isinstance(k, str) and _is_plain(v, depth + 1) for k, v in value.items())
    return isinstance(value, list | tuple) and all(_is_plain(v, depth + 1) for v in value)
