"""What the configuration of a proxy says of one thing, whichever program it is written for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Topic(StrEnum):
    """What an entry is about.

    LIMIT: a route whose requests are limited for each client; IDLE: a limit that holds nobody back;
    UNLIMITED: a route to a service without one. TLS: where it ends; WEAK: a version of it that is broken;
    PLAIN: content over plain HTTP beside TLS. HEADER: a security header that is set; LOST: one that is
    declared and does not reach an answer. BOUND: a limit of size or time; UNBOUNDED: one that is taken
    away; VERSION: the program tells which version of it runs. REFUSED: what the program would not start with.
    """

    LIMIT = "limit"
    IDLE = "idle"
    UNLIMITED = "unlimited"
    TLS = "tls"
    WEAK = "weak"
    PLAIN = "plain"
    HEADER = "header"
    LOST = "lost"
    BOUND = "bound"
    UNBOUNDED = "unbounded"
    VERSION = "version"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class ProxyEntry:
    """One statement, at a line (from 1) of a file; `passes` says that the route leads to a service.

    `subject` is the name of the header that is lost, "" elsewhere. `hangs`: conditions of a template decide
    whether it holds.
    """

    topic: Topic
    path: str
    line: int | None
    what: str
    passes: bool = False
    subject: str = ""
    hangs: bool = False


SECURITY_HEADERS = (
    "strict-transport-security", "x-content-type-options", "content-security-policy", "x-frame-options",
    "referrer-policy",
)  # fmt: skip
"""The headers whose loss counts, by their small names."""

ON_EVERY_ANSWER = frozenset({"strict-transport-security", "x-content-type-options"})
"""Those that a script or a picture owes too."""

BROKEN_TLS = frozenset({"sslv2", "sslv3", "tlsv1", "tlsv1.0", "tlsv1.1", "versiontls10", "versiontls11",
                        "versionssl30", "tls1.0", "tls1.1"})  # fmt: skip
"""Versions that RFC 8996 and its forerunners withdrew, as nginx, Traefik and Caddy write them."""

HUGE_RATE = 1_000.0
"""Requests per second for each client from which on a limit holds nobody back."""
