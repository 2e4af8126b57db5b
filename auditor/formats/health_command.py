"""Whether the command of a container health check can ever report ill health."""

from __future__ import annotations

import re

_ALWAYS_HEALTHY = re.compile(
    r"(?:(?:/usr)?/bin/)?(?:true|:)|exit(?: 0)?|echo\b[^|&;]*"
    r"|.*(?:\|\||;)\s*(?:(?:/bin/)?true|:|exit(?: 0)?|echo\b[^|&;]*)",
    re.DOTALL,
)


def is_vacuous(command: str) -> bool:
    """True for `true`, `exit 0`, an echo, and whatever ends with `|| true` or `; exit 0`."""
    return _ALWAYS_HEALTHY.fullmatch(command.strip().rstrip(";").strip()[:5_000]) is not None
