"""Times inside evidence, which may be anything, and spans of time in words."""

from __future__ import annotations

from datetime import datetime

_UNITS = {"day": 86400, "hour": 3600, "minute": 60}


def moment(text: str | None) -> datetime | None:
    """An ISO 8601 time with its offset; None for anything else, since evidence may hold anything."""
    if not isinstance(text, str):
        return None
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    return when if when.utcoffset() is not None else None


def span(seconds: float) -> str:
    """`7 days`, `8 hours`, `30 minutes`: in the largest unit of which there is at least one."""
    unit = next((name for name, size in _UNITS.items() if seconds >= size), "minute")
    count = seconds / _UNITS[unit]
    return f"{count:g} {unit}" if count == 1 else f"{count:g} {unit}s"
