"""Numbers as coverage reports write them in XML: counts, line numbers, and times in two units."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from auditor.formats.text import iso_time
from auditor.formats.text.errors import Malformed

LAST_LINE = 10_000_000
"""The highest line number that a source file is taken to have."""

_MOST_DIGITS = 18
# Seconds since 1970 reach this in the year 5138; producers that write milliseconds always pass it.
_MILLISECONDS = 100_000_000_000


def count(attributes: Mapping[str, str], name: str, element: str) -> int:
    """The attribute as a count of at most 18 digits; Malformed where it is missing or none."""
    text = attributes.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise Malformed(f"A <{element}> element has {name}={text[:40]!r}, which is no count.")
    return int(text)


def stated(attributes: Mapping[str, str], name: str, element: str) -> int | None:
    """The same; None where the attribute is missing or empty."""
    return count(attributes, name, element) if attributes.get(name) else None


def line_number(attributes: Mapping[str, str], name: str, element: str) -> int:
    """The attribute as a line number, counted from 1."""
    number = count(attributes, name, element)
    if not 1 <= number <= LAST_LINE:
        raise Malformed(f"A <{element}> element has {name}={number}, which is no line of a file.")
    return number


def moment(text: str) -> datetime | None:
    """Seconds or milliseconds since 1970, or ISO 8601; 0 and anything else means nothing."""
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        return iso_time.read(text)
    seconds = int(text) / 1000 if int(text) >= _MILLISECONDS else int(text)
    return iso_time.from_seconds(seconds)
