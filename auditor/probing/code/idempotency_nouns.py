"""What is told of the idempotency keys of a service."""

from __future__ import annotations

from dataclasses import dataclass, field

from auditor.probing.code.stores import Spot


@dataclass(slots=True)
class Keys:
    """What was seen."""

    read: list[Spot] = field(default_factory=list)
    stored: list[Spot] = field(default_factory=list)
    memory: list[Spot] = field(default_factory=list)
