"""Dates as people write them in headings: 2024-01-31, 31.01.2024, January 31, 2024, 31 de enero …"""

from __future__ import annotations

import re
from datetime import date

_NUMBERS = re.compile(
    r"\b(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})\b|\b(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})\b"
)
_NAMED = re.compile(
    r"\b(?:(\d{1,2})(?:st|nd|rd|th)?\.?(?: de| of)? )?([A-Za-z]{3,10})\.?,?(?: de)?"
    r" (?:(\d{1,2})(?:st|nd|rd|th)?,? )?(?:de |del )?(\d{4})\b"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SPANISH = {"ene": 1, "abr": 4, "ago": 8, "set": 9, "dic": 12}


def find_date(text: str) -> date | None:
    """The first date in `text`; None where there is none, or one that no calendar has.

    Of 03/04/2024 the first number is taken as the day unless only the second one can be.
    """
    found = _NUMBERS.search(text)
    if found is not None and found.group(1):
        return _date(found.group(1), found.group(2), found.group(3))
    if found is not None:
        day, month = found.group(4), found.group(5)
        if int(month) > 12:
            day, month = month, day
        return _date(found.group(6), month, day)
    for named in _NAMED.finditer(text):
        key = named.group(2)[:3].lower()
        number = _MONTHS.index(key) + 1 if key in _MONTHS else _SPANISH.get(key)
        if number is not None:
            return _date(named.group(4), str(number), named.group(1) or named.group(3) or "1")
    return None


def _date(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
