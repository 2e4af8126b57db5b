"""Times in reports: ISO 8601 to a datetime that no later arithmetic can overflow."""

from __future__ import annotations

from datetime import UTC, datetime

_YEARS = range(1970, 9999)


def read(text: str) -> datetime | None:
    """The time in UTC where `text` names a zone, else as written, without one.

    None where it is no ISO 8601 time, or of a year that no report was made in.
    """
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    if time.year not in _YEARS:
        return None
    return time if time.tzinfo is None else time.astimezone(UTC)


def from_seconds(seconds: float) -> datetime | None:
    """The time in UTC of `seconds` since 1970; None for 0 and below, and past the year 9998."""
    try:
        time = datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return time if seconds > 0 and time.year in _YEARS else None
