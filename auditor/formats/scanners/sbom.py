"""What a bill of materials lists, and what a VEX document states, whichever format they are in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote

MOST_COMPONENTS = 500_000
_PURL = re.compile(r"pkg:([A-Za-z.+-]+)/([^@?#]+)(?:@([^?#]+))?")


@dataclass(frozen=True, slots=True)
class Component:
    """One component; `kind` as the format calls it. `root` is what the bill is about."""

    name: str
    version: str | None
    purl: str | None
    kind: str
    licensed: bool
    root: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """What a VEX document says of one vulnerability; `status` in the words of OpenVEX."""

    vulnerability: str
    status: str
    justification: str | None

    @property
    def unjustified(self) -> bool:
        """Whether it says that nothing is affected, and not why."""
        return self.status == "not_affected" and not self.justification


@dataclass(frozen=True, slots=True)
class Bill:
    """A whole document: components at any depth, and statements on vulnerabilities.

    `format` is as the document names it, with its version. `vulnerabilities` are entries with or
    without a statement. `made_at` has a zone.
    """

    format: str
    tool: str | None
    made_at: datetime | None
    components: tuple[Component, ...]
    top_level: int
    relations: int
    files: int
    vulnerabilities: int
    statements: tuple[Statement, ...]


def package_of(purl: str) -> tuple[str, str, str] | None:
    """Type, name and version of a package URL, decoded and in lower case; None for what is none."""
    match = _PURL.match(purl)
    if match is None:
        return None
    kind, name, version = match.groups()
    return kind.lower(), unquote(name).lower(), unquote(version or "")
