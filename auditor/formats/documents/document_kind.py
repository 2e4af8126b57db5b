"""What a kind of document is, and the words of which its names and topics are made."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_FLAGS = re.IGNORECASE
NUMBER = r"(?:\d|\b(?:one|two|three|four|five|six|ten|zero|an|un[ao]?|dos|tres|cuatro|cinco|seis|cero)\b)"


class Scope(StrEnum):
    """What a requirement is asked of: all documents of a kind together, or each file."""

    TOGETHER = "together"
    EACH = "each"


@dataclass(frozen=True, slots=True)
class Topic:
    """A thing to speak of, under a heading (or label) that matches, or in prose that matches."""

    name: str
    heading: re.Pattern[str]
    prose: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of document.

    `names` matches the file's name in lower case without its end, words joined by `-`; `folders`
    matches the folder below the service root all of whose documents are of this kind; `section` the
    headings of the README that stand for such a document, and `within` the kinds in whose documents
    such sections are looked for as well (without `section`: those that its topics name); `least` how
    many topics will do (None: all).
    """

    name: str
    names: re.Pattern[str]
    topics: tuple[Topic, ...] = ()
    folders: re.Pattern[str] | None = None
    section: re.Pattern[str] | None = None
    within: tuple[str, ...] = ()
    least: int | None = None
    scope: Scope = Scope.TOGETHER


def words(pattern: str) -> re.Pattern[str]:
    """The pattern, case ignored."""
    return re.compile(pattern, _FLAGS)


def topic(name: str, heading: str, prose: str = "") -> Topic:
    """A topic of two patterns; no pattern for prose means headings only."""
    return Topic(name, words(heading), words(prose) if prose else None)


DOCS = r"(?:docs?|documentation|documentaci[oó]n|documentos|handbook)/(?:.+/)?"
GUIDE = r"(?:-(?:guide|manual|handbook|instructions|process|overview|plan|procedures?|doc|docs))?"
GUIA = (
    r"(?:(?:guia|guía|manual|plan|documentacion|proceso|procedimientos?|notas)-(?:de-|del-"
    r"|para-)?(?:la-|el-)?)?"
)

SETUP_WORDS = (
    r"\b(?:install\w*|set(?:ting)?[- ]?up|getting started|quick[- ]?start|instala\w*"
    r"|puesta en marcha|inicio r[aá]pido|primeros pasos|empezar|self[- ]host\w*)\b"
)
REQUIREMENTS = (
    r"\b(?:requirements?|prerequisites?|pre-requisites?|dependencies|you need|requisitos?"
    r"|prerrequisitos?|dependencias)\b"
)
CONFIGURATION = (
    r"\b(?:configur\w+|settings?|environment(?: variables?)?|variables?|env"
    r"|configuraci[oó]n|entorno)\b"
)
DEVELOPMENT_WORDS = (
    r"\b(?:develop\w*|contribut\w+|hacking|local development|building|desarroll\w+|contribu\w+)\b"
)
VERIFYING = (
    r"\b(?:verif\w+|smoke|health|post[- ]?deploy\w*|valida\w+|check(?:s|ing)?|comproba\w+)\b"
)
