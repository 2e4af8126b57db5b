"""What is told of a service's logging: places, and the lists of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from auditor.code.patterns import Rule
from auditor.probing.code.code_reading import patterns

TOPIC = "logging"


@dataclass(frozen=True, slots=True)
class Seen:
    """Something at a place; `why` where it does not count, or may not."""

    path: str
    line: int
    what: str
    why: str = ""

    def __str__(self) -> str:
        said = f"{self.path}:{self.line} {self.what}"
        return f"{said}: {self.why}" if self.why else said


@dataclass(slots=True)
class Logging:
    """The lists of a service."""

    structured: list[Seen] = field(default_factory=list)
    plain: list[Seen] = field(default_factory=list)
    ineffective: list[Seen] = field(default_factory=list)
    conditional: list[Seen] = field(default_factory=list)
    prints: list[Seen] = field(default_factory=list)
    from_environment: list[Seen] = field(default_factory=list)
    fixed: list[Seen] = field(default_factory=list)
    correlation: list[Seen] = field(default_factory=list)
    strange: list[Seen] = field(default_factory=list)
    unclear_levels: list[Seen] = field(default_factory=list)


def log_rules(role: str, family: str) -> list[Rule]:
    """The rules of the topic that play a role in a family of languages."""
    return [r for r in patterns().rules(TOPIC, family) if r.role == role]
