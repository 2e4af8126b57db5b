"""Quantities of Kubernetes: `250m` CPU, `512Mi` of memory."""

from __future__ import annotations

import re
from fractions import Fraction

_QUANTITY = re.compile(
    r"(\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d{1,2}))?"
)
_SMALL = {"n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY: dict[str, int] = {f"{sign}i": 2 ** (10 * at) for at, sign in enumerate("KMGTPE", start=1)}


def quantity(text: str | None) -> Fraction | None:
    """The number that `text` stands for, in cores, bytes or pieces; None where it is none."""
    found = _QUANTITY.fullmatch((text or "").strip())
    if found is None:
        return None
    suffix = found[2] or ""
    factor = _BINARY.get(suffix) or Fraction(f"1e{_SMALL.get(suffix, 0) + int(found[3] or 0)}")
    return Fraction(found[1]) * factor
