"""What an external system is to the auditor: the names by which images, settings, packages and tests call it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+")
_LONGEST_NAME = 3


class SystemKind(StrEnum):
    """What a system is used as."""

    DATABASE = "database"
    CACHE = "cache"
    BROKER = "message broker"
    STORAGE = "object storage"
    SEARCH = "search engine"
    MAIL = "mail"
    DIRECTORY = "directory"
    UPSTREAM = "upstream API"


@dataclass(frozen=True, slots=True)
class System:
    """One external system; `id` is unique, `title` is what people call it.

    The patterns match whole texts: the last part of an image's name (`images`), a variable's name in
    upper case (`variables`), a package's name in lower case (`packages`, `stand_ins`, which only
    pretend to be the system). `words` are the names that a test may have for it, `general` those that
    it shares with other systems of its kind. `general_only` marks a system of which only the kind is known.
    """

    id: str
    title: str
    kind: SystemKind
    words: frozenset[str]
    general: frozenset[str] = frozenset()
    images: re.Pattern[str] | None = None
    variables: re.Pattern[str] | None = None
    packages: re.Pattern[str] | None = None
    stand_ins: re.Pattern[str] | None = None
    general_only: bool = False

    @property
    def name(self) -> str:
        """The kind with the system's own name behind it: `database (PostgreSQL)`."""
        return self.kind.value if self.general_only else f"{self.kind.value} ({self.title})"

    def is_image(self, name: str) -> bool:
        """Whether an image of this name (without tag) is a server of it."""
        return self.images is not None and _matches(self.images, name.lower().rpartition("/")[2])

    def is_variable(self, name: str) -> bool:
        """Whether a setting of this name points at it."""
        return self.variables is not None and _matches(self.variables, name.upper())

    def is_package(self, name: str) -> bool:
        """Whether a package of this name is a client of it."""
        return self.packages is not None and _matches(self.packages, name)

    def is_stand_in(self, name: str) -> bool:
        """Whether a package of this name pretends to be it."""
        return self.stand_ins is not None and _matches(self.stand_ins, name)


def _matches(pattern: re.Pattern[str], name: str) -> bool:
    return len(name) <= 200 and pattern.fullmatch(name) is not None


def names_in(text: str) -> frozenset[str]:
    """The words of a name or path in lower case without accents, and up to three of them joined, since
    `OpenSearch`, `open_search` and `opensearch` mean the same."""
    plain = unicodedata.normalize("NFKD", text[:2_000]).encode("ascii", "ignore").decode()
    words = [word.lower() for word in _WORD.findall(plain)]
    return frozenset(
        "".join(words[at : at + length])
        for length in range(1, _LONGEST_NAME + 1)
        for at in range(len(words) - length + 1)
    )


def named(systems: list[System], text: str) -> list[System]:
    """Those of `systems` that a test's name or place means: by their own names, where it has any of
    them, else by the general names of their kinds."""
    names = names_in(text)
    own = [system for system in systems if names & system.words]
    return own or [system for system in systems if names & system.general]
