"""One file scanned by the scanner of its language."""

from __future__ import annotations

from functools import lru_cache

from auditor.code.go import scan_go
from auditor.code.java import scan_java
from auditor.code.languages import PATHS, grammar_of, language_of
from auditor.code.parsing import Unparsed
from auditor.code.python import scan_python
from auditor.code.scan import FileScan, Scanner
from auditor.code.script import scan_script

_SCANNERS: dict[str, Scanner] = {
    "python": scan_python.scan,
    "javascript": scan_script.scan,
    "typescript": scan_script.scan,
    "go": scan_go.scan,
    "java": scan_java.scan,
}
FAMILIES = {
    "python": "python", "javascript": "javascript", "typescript": "javascript", "go": "go", "java": "java",
}  # fmt: skip
"""The languages that are understood, and the family whose patterns speak for each."""

VERSION = "7"
"""Changes with the scanners, so that results which were kept before are not taken for theirs."""


@lru_cache(maxsize=PATHS)
def family(path: str) -> str | None:
    """The family of a file's language; None where the language is not understood."""
    return FAMILIES.get(language_of(path) or "")


def scan_file(text: str, path: str, wanted: frozenset[str]) -> FileScan:
    """The scan of a text; where it cannot be parsed, one that says why."""
    grammar = grammar_of(path) or ""
    try:
        return _SCANNERS[language_of(path) or ""](text, grammar, wanted)
    except Unparsed as refusal:
        return FileScan(refused=str(refusal))
