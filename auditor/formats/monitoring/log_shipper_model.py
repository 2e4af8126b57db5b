"""What a configuration of a log shipper is read into."""

from __future__ import annotations

from dataclasses import dataclass

BY_KEY = "(by a key)"
"""Stands for the address of a provider that is told by a key, which is never kept."""


@dataclass(frozen=True, slots=True)
class LogSource:
    """Where logs come from: `docker` or `cluster` (every container), `files`, `receives` (what is sent).

    `detail` are the paths of files, or the label that containers must have, as `label=value`.
    """

    kind: str
    detail: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LogTarget:
    """Where logs go: the kind of store, and its address ("" where the kind is told by itself)."""

    kind: str
    address: str


@dataclass(frozen=True, slots=True)
class Shipper:
    """One configuration. `expands` says that the program puts variables of its environment in."""

    tool: str
    sources: tuple[LogSource, ...]
    targets: tuple[LogTarget, ...]
    expands: bool = True
