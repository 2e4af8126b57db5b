"""The nouns of circuit breakers: one at a place, and all of a service."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Breaker:
    """A breaker: where it is made and as what, the name it is bound to, whether it is of our own class;
    `fault` says why it stops nothing, `wraps` where calls go through it, `doubt` what cannot be told."""

    path: str
    line: int
    what: str
    name: str = ""
    own: bool = False
    fault: str = ""
    wraps: tuple[str, ...] = ()
    doubt: str = ""

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.what}"


@dataclass(frozen=True, slots=True)
class Breakers:
    """Every breaker that the service reaches, and places that may be some."""

    found: list[Breaker] = field(default_factory=list)
    perhaps: list[tuple[str, int, str]] = field(default_factory=list)
