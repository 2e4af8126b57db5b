"""What a refusal or an answer says of its rate limit: Retry-After and the RateLimit headers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from email.utils import parsedate_to_datetime

_RESETS = ("ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset", "ratelimit")
_LIMIT = re.compile(r"(?:x-)?rate-?limit(?:-(?:limit|remaining|reset|policy|used|resource))?")
_ITEM = re.compile(r";\s*t\s*=\s*(\d{1,9})")
_MOST_S = 366 * 86_400.0


def wait_s(retry_after: str | None, now: datetime) -> float | None:
    """Seconds that a Retry-After asks to wait, of either form; None where it says nothing that can be read."""
    text = (retry_after or "").strip()
    if re.fullmatch(r"\d{1,9}(?:\.\d{1,6})?", text):
        return min(float(text), _MOST_S)
    try:
        until = parsedate_to_datetime(text)
        seconds = (until - now).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(seconds, 0.0), _MOST_S)


def says_when(headers: Iterable[tuple[str, str]], now: datetime) -> bool:
    """Whether a refusal tells when to come again: a Retry-After or a reset that can be read."""
    for name, value in headers:
        if name.lower() == "retry-after" and wait_s(value, now) is not None:
            return True
        if name.lower() in _RESETS and (value.strip().isdecimal() or _ITEM.search(value[:1000])):
            return True
    return False


def announced(headers: Iterable[tuple[str, str]]) -> list[str]:
    """The names of headers that tell of a rate limit, sorted."""
    return sorted({name.lower() for name, _ in headers if _LIMIT.fullmatch(name.lower())})
