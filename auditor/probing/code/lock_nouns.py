"""What is told of the locks of a service."""

from __future__ import annotations

from dataclasses import dataclass, field

from auditor.probing.code.stores import Spot


@dataclass(slots=True)
class Locks:
    """What was seen."""

    used: list[Spot] = field(default_factory=list)
    without_expiry: list[Spot] = field(default_factory=list)
    unconditional: list[Spot] = field(default_factory=list)
    schedulers: list[Spot] = field(default_factory=list)
    unclear: list[Spot] = field(default_factory=list)
    ticks: list[Spot] = field(default_factory=list)
