"""What a probe promises before it looks: its id, what it needs, and the facts it may emit."""

from __future__ import annotations

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
        """Whether `value` has this fact's type; a bool is not a number, NaN and infinity neither."""
        if isinstance(value, bool):
            return self.type is FactType.BOOLEAN
        if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
            return False
        return isinstance(value, _PYTHON_TYPES[self.type])

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
        if subject not in self.subjects and "*" not in self.subjects and (subject or self.subjects):
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
