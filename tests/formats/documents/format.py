"""What a small document of a format is: our own bytes, in each of the dialects of one parser."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Format:
    """A parser with a small document of each of its dialects; `sniff` is None where it has none."""

    name: str
    parse: Callable[[bytes], object]
    sniff: Callable[[bytes], bool] | None
    seeds: tuple[bytes, ...]


def encoded(*documents: Any) -> tuple[bytes, ...]:
    """Each document as JSON."""
    return tuple(json.dumps(document).encode() for document in documents)
