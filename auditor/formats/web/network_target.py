"""Whether an address that a configuration names can be real, and whether it lies in the own network."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

VARIABLE = re.compile(
    r"\$\{|\$\(|\$[A-Z_]{2,}|\{\{|%[A-Z_]{2,}%|#\{|\benv\(|\bsys\.env\(|\bvar\.|\blocal\.|<%"
)
_STAND_IN = re.compile(
    r"<[^<>]+>|x{4,}|change[-_ ]?me|replace[-_ ]?(?:me|with|this)|place[-_ ]?holder|\byour\b|your[-_]"
    r"|\bmy[-_]?(?:domain|site|service|app|company|org)\b"
    r"|\b(?:todo|tbd|fixme|dummy|redacted|foo|bar)\b|\*{3,}|\.{3}",
    re.IGNORECASE,
)
_RESERVED = re.compile(r"(?:.+\.)?(?:example(?:\.\w+)?|invalid|test|localdomain)", re.IGNORECASE)
_LOOPBACK = re.compile(
    r"localhost|127(?:\.\d+){3}|0\.0\.0\.0|::1|host\.docker\.internal", re.IGNORECASE
)
_INSIDE = re.compile(
    r"(?:.+\.)?(?:local|internal|lan|intranet|corp|home|svc|cluster\.local|svc\.cluster\.local|consul)\.?",
    re.IGNORECASE,
)


def host_of(address: str) -> str:
    """The host of a URL, of `host:port` or of a bare host, in lower case; "" where there is none."""
    written = address.strip().strip("\"'")
    try:
        if "://" not in written:
            written = f"//{written}"
        return (urlsplit(written).hostname or "").lower()
    except ValueError:
        return ""


def stand_in(address: str) -> str:
    """Why an address is nobody's, "" where it may be somebody's."""
    if not address.strip():
        return "is empty"
    if _STAND_IN.search(re.sub(r"\$?\{\{?[^{}]*\}\}?", "", address)):
        return "is a stand-in"
    host = host_of(VARIABLE.sub("x", address)) if not VARIABLE.search(address) else ""
    if host and _RESERVED.fullmatch(host):
        return "is a host of an example"
    return ""


def is_loopback(address: str) -> bool:
    """Whether an address is the very machine that asks."""
    return _LOOPBACK.fullmatch(host_of(address)) is not None


def is_inside(address: str) -> bool:
    """Whether an address is known only in the own network: a bare name, a private range, `.svc`."""
    host = host_of(address)
    if not host or _LOOPBACK.fullmatch(host) or _INSIDE.fullmatch(host):
        return bool(host)
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        return "." not in host
    return found.is_private or found.is_link_local
