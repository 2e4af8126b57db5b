"""The nouns of retries: one at a place, and all of a service."""

from __future__ import annotations

from dataclasses import dataclass, field

from auditor.code.topics.pacing import Pace, Told
from auditor.probing.code.retry_places import Put


@dataclass(frozen=True, slots=True)
class Retry:
    """A retry at a place: what it is in words, its pace, whether it is at work, whether it is safe."""

    path: str
    line: int
    what: str
    pace: Pace
    put: Put
    why: str = ""
    safe: Told = Told.UNCLEAR
    unsafe: str = ""

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.what}"


@dataclass(frozen=True, slots=True)
class Retries:
    """Everything that repeats; `loops` are the service's own, as `path:line` with words."""

    applied: list[Retry] = field(default_factory=list)
    idle: list[Retry] = field(default_factory=list)
    unclear: list[Retry] = field(default_factory=list)
    loops: list[tuple[str, int, str]] = field(default_factory=list)
