"""How long a deployment asks its caller to wait, and whether the audit does as it is asked."""

from __future__ import annotations

LONGEST_S = 5.0
"""A wait that is asked for up to this long is kept; a longer one ends the request as it is."""
MOST_WAITS = 3
_REPEATABLE = ("GET", "HEAD", "OPTIONS")


def asked_wait_s(method: str, status: int, retry_after: str | None) -> float | None:
    """Seconds until a request that was refused as one too many may be sent again; None: not at all.

    Only whole seconds are read: a date as Retry-After needs the deployment's clock to be right.
    """
    if status != 429 or method not in _REPEATABLE or retry_after is None:
        return None
    text = retry_after.strip()
    if not (text.isascii() and text.isdecimal() and len(text) <= 4):
        return None
    seconds = max(float(text), 0.1)
    return seconds if seconds <= LONGEST_S else None
