"""All kinds of documents, and of which kinds a file is by its path."""

from __future__ import annotations

import re
from functools import lru_cache

from auditor.formats.documents.document_kind import DOCS, SETUP_WORDS, Kind, Scope, Topic, words
from auditor.formats.documents.document_kinds_operations import (
    DEPLOYMENT,
    INCIDENT,
    OPERATIONS,
    RECOVERY,
    RUNBOOKS,
    TROUBLESHOOTING,
)
from auditor.formats.documents.document_kinds_technical import (
    ARCHITECTURE,
    CHANGELOG,
    DEVELOPMENT,
    README,
    SETUP,
)

__all__ = [
    "ARCHITECTURE",
    "CHANGELOG",
    "KINDS",
    "README",
    "SETUP",
    "SETUP_WORDS",
    "Kind",
    "Scope",
    "Topic",
    "kinds_of",
]

KINDS = (
    README,
    DEVELOPMENT,
    ARCHITECTURE,
    SETUP,
    OPERATIONS,
    DEPLOYMENT,
    TROUBLESHOOTING,
    INCIDENT,
    RUNBOOKS,
    CHANGELOG,
    RECOVERY,
)

SUFFIXES = ("md", "markdown", "mdx", "rst", "adoc", "asciidoc", "txt")

_DIARY = words(
    r".+-(?:complete[d]?|summary|report|status|progress|results?|done|completado|resumen|estado|informe"
    r"|template|plantilla|checklist|example)|template|plantilla"
)
_FOREIGN = words(
    r"(?:.*/)?(?:node_modules|vendor|third[-_]party|deps|archived?|old|deprecated|obsolete|blog|posts"
    r"|i18n|translations|locales?"
    r"|templates?|tests?|fixtures|testdata|examples?|\.venv|venv|site-packages|\.agents|\.claude)(?:/.*)?"
)


@lru_cache(maxsize=100_000)
def kinds_of(path: str) -> tuple[Kind, ...]:
    """The kinds of which a file is, by its path below the service root (or the git root)."""
    folder, _, file = path.rpartition("/")
    stem, dot, suffix = file.rpartition(".")
    if not dot or suffix.lower() not in SUFFIXES:
        stem = file if file.isupper() and not dot else ""
    name = re.sub(r"[\s_.-]+", "-", stem.lower()).strip("-")
    for plain, accented in zip("aeioun", "áéíóúñ", strict=True):
        name = name.replace(accented, plain)
    if not name or _DIARY.fullmatch(name) or _FOREIGN.fullmatch(folder):
        return ()
    where = folder.lower().replace("_", "-")
    return tuple(k for k in KINDS if _is_of(k, name, where))


def _is_of(kind: Kind, name: str, folder: str) -> bool:
    if kind is README:
        return bool(kind.names.fullmatch(name)) and folder in ("", "docs", "doc", ".github")
    if kind.folders and kind.folders.fullmatch(folder) and name not in ("readme", "index"):
        return True
    if name in ("readme", "index"):
        last = folder.rpartition("/")[2]
        inside = kind is DEPLOYMENT and DEPLOYMENT.folders and DEPLOYMENT.folders.fullmatch(folder)
        return bool(inside) or (kind is not CHANGELOG and bool(kind.names.fullmatch(last)))
    at_home = not folder or folder == ".github" or re.fullmatch(DOCS.rstrip("/"), folder + "/")
    return bool(at_home) and bool(kind.names.fullmatch(name))
