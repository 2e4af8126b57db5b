"""What the table of sample facts is made of: a folder of samples, and how its parser tells the facts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Facts = dict[str, Any]


@dataclass(frozen=True)
class Refusal:
    """The problem that a sample is refused with, and what the problem itself tells of the facts.

    It need not tell the others: nobody relies on a file that was refused, and why.
    """

    says: str
    tells: Callable[[str], Facts] = lambda _: {}


@dataclass(frozen=True)
class Folder:
    """A folder of samples; `tell` gives the facts under the manifest's keys, from the parser alone.

    `not_told` names what the parser does not tell and why, as `key` or, of one file, `file: key`; of
    files that are read.
    """

    name: str
    tell: Callable[[bytes], Facts]
    sniff: Callable[[bytes], bool] | None = None
    refused: Mapping[str, Refusal] = field(default_factory=dict)
    not_told: Mapping[str, str] = field(default_factory=dict)


class Begins(str):
    """A text of which only the beginning is told."""


def not_told(why: str, *keys: str, file: str = "") -> dict[str, str]:
    """Entries of `Folder.not_told` that share their reason."""
    return {f"{file}: {key}" if file else key: why for key in keys}


def same(told: Any, expected: Any) -> bool:
    """Numbers to the decimals that the manifest writes; everything else to the letter."""
    if isinstance(told, Begins):
        return isinstance(expected, str) and expected.startswith(told)
    if isinstance(told, bool) or isinstance(expected, bool):
        return told is expected
    if isinstance(told, int | float) and isinstance(expected, int | float):
        decimals = len(repr(expected).partition(".")[2]) if isinstance(expected, float) else 0
        return abs(told - expected) <= (0.505 * 10**-decimals if decimals else 0)
    if isinstance(told, Mapping) and isinstance(expected, Mapping):
        return told.keys() == expected.keys() and all(same(told[k], expected[k]) for k in told)
    if isinstance(told, list | tuple) and isinstance(expected, list | tuple):
        return len(told) == len(expected) and all(map(same, told, expected))
    return type(told) is type(expected) and bool(told == expected)


def counted(values: Iterable[Any]) -> dict[str, int]:
    """How often each value stands in `values`, in any order."""
    found: dict[str, int] = {}
    for value in values:
        found[value] = found.get(value, 0) + 1
    return found
