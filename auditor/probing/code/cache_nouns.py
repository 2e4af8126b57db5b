"""What is told of the caches of a service."""

from __future__ import annotations

from dataclasses import dataclass, field

from auditor.probing.code.stores import Spot


@dataclass(slots=True)
class Caches:
    """What was seen; `kept` are the names or keys of what is cached, with their place."""

    used: list[Spot] = field(default_factory=list)
    in_process: list[Spot] = field(default_factory=list)
    without_ttl: list[Spot] = field(default_factory=list)
    unclear: list[Spot] = field(default_factory=list)
    forgets: list[Spot] = field(default_factory=list)
    never: list[Spot] = field(default_factory=list)
