"""What is told of a service's feature flags: places, the lists of them, and which names are switches."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_SWITCH = re.compile(
    r"(?:^|_)(?:feature|features|enable|enables|enabled|disable|disabled|flag|toggle|experimental)(?:_|$)"
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Flag:
    """A place; `why` says what makes a client useless."""

    path: str
    line: int
    what: str
    why: str = ""

    def __str__(self) -> str:
        return f"{self.path}:{self.line} {self.what}" + (f": {self.why}" if self.why else "")


@dataclass(slots=True)
class Flags:
    """The lists of a service."""

    clients: list[Flag] = field(default_factory=list)
    evaluated: list[Flag] = field(default_factory=list)
    unused: list[Flag] = field(default_factory=list)
    environment: list[Flag] = field(default_factory=list)


def is_switch(name: str, kind: str) -> bool:
    """Whether a setting of the environment is a switch: a feature that only a new start turns on or off."""
    plain = _CAMEL.sub("_", name).lower()
    return bool(_SWITCH.search(plain)) and (not kind or "bool" in kind or "str" in kind)
