"""What is told of a service's secrets: places, and the lists of them. Names only, never a value."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Secret:
    """A place where a secret comes from; `what` is a name and never a value."""

    path: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.what}"


@dataclass(slots=True)
class Secrets:
    """The lists of a service."""

    read: list[Secret] = field(default_factory=list)
    defaults: list[Secret] = field(default_factory=list)
    literal: list[Secret] = field(default_factory=list)
    store: list[Secret] = field(default_factory=list)
