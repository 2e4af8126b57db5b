"""Tests of one value, as data: each has a name, the types it takes, and says what it expected."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Any

from auditor.model.evidence import Value
from auditor.model.item import Matcher
from auditor.model.probe import FactType


@dataclass(frozen=True, slots=True)
class Operator:
    """A test `value × operand → bool` and the fact types on which it makes sense."""

    types: frozenset[FactType]
    test: Callable[[Any, Any], bool]
    words: str


_NUMBER = frozenset({FactType.NUMBER})
_LIST = frozenset({FactType.LIST})
_TEXT = frozenset({FactType.TEXT})
_LISTS_AND_TEXT = frozenset({FactType.LIST, FactType.TEXT, FactType.OBJECT})
_SCALAR = frozenset({FactType.NUMBER, FactType.BOOLEAN, FactType.TEXT})

COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
}


def _count(value: Sequence[object], text: str) -> bool:
    sign, number = split_comparison(text)
    return COMPARISONS[sign](len(value), number)


OPERATORS: dict[str, Operator] = {
    **{sign: Operator(_NUMBER, test, f"{sign} {{}}") for sign, test in COMPARISONS.items()},
    "equals": Operator(_SCALAR, lambda value, wanted: bool(value == wanted), "{}"),
    "one_of": Operator(_TEXT, lambda value, wanted: value in wanted, "one of {}"),
    "contains": Operator(_LISTS_AND_TEXT, lambda value, wanted: wanted in value, "containing {}"),
    "excludes": Operator(_LISTS_AND_TEXT, lambda value, wanted: wanted not in value, "without {}"),
    "empty": Operator(_LISTS_AND_TEXT, lambda value, wanted: (not value) is wanted, "empty: {}"),
    "count": Operator(_LIST, _count, "{} entries"),
    "matches": Operator(
        _TEXT, lambda value, wanted: re.search(wanted, value) is not None, "matching {}"
    ),
}

_COMPARISON = re.compile(r"\s*(>=|<=|==|!=|>|<)\s*(-?\d+(?:\.\d+)?(?:e[-+]?\d+)?)\s*")
_LONGEST = 120
_MOST_LISTED = 3


def split_comparison(text: str) -> tuple[str, float]:
    """`">= 90"` as its sign and number; ValueError when it is no comparison."""
    match = _COMPARISON.fullmatch(text)
    if match is None or not math.isfinite(float(match[2])):
        raise ValueError(f"{text!r} is not a comparison such as '>= 90'")
    return match[1], float(match[2])


def satisfied(matcher: Matcher, value: Value) -> bool:
    """Whether `value` passes. The types were checked when the checklist was loaded."""
    return OPERATORS[matcher.operator].test(value, matcher.operand)


def expected(matcher: Matcher, unit: str = "") -> str:
    """What the matcher wants, in words, with the unit of the fact."""
    if matcher.operator == "empty":
        return "none" if matcher.operand is True else "at least one"
    operand = matcher.operand
    if isinstance(operand, bool):
        shown = "yes" if operand else "no"
    elif isinstance(operand, float):
        shown = with_unit(operand, unit)
    elif isinstance(operand, tuple):
        shown = ", ".join(operand)
    else:
        shown = str(operand)
    return OPERATORS[matcher.operator].words.format(shown)


def shown(value: Value, unit: str = "") -> str:
    """A fact's value in words, short enough for a line."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return with_unit(value, unit)
    if isinstance(value, list):
        if not value:
            return "none"
        return _listed([str(v) for v in value])
    return _short(str(value))


def _listed(entries: list[str]) -> str:
    """The first entries, as many as a line holds, each whole unless it is the only one."""
    words = _short(entries[0])
    kept = 1
    while kept < min(len(entries), _MOST_LISTED) and len(f"{words}, {entries[kept]}") <= _LONGEST:
        words = f"{words}, {entries[kept]}"
        kept += 1
    return words if kept == len(entries) else f"{words} and {len(entries) - kept} more"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def with_unit(value: float, unit: str) -> str:
    """`90 %`: two decimals, none for a whole number; cut, never rounded.

    What is no whole number never looks like one: 79.999 is 79.99, and 90.004 keeps its decimals.
    """
    exact = Decimal(repr(value))
    cut = exact.quantize(Decimal("0.01"), ROUND_DOWN) if abs(value) < 1e15 else exact
    if cut != exact and cut == cut.to_integral_value():
        cut = exact
    number = f"{cut:,f}" if abs(value) < 1e15 else f"{cut:,g}"
    if "." in number and "e" not in number:
        number = number.rstrip("0").rstrip(".")
    return f"{number} {unit}" if unit else number
