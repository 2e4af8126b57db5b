"""Which files import something of a module, made once for all topics."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from auditor.code.scan import FileScan
from auditor.code.scanning import family

_BOUNDARY = re.compile(r"[./]|$")


class ImportIndex:
    """The files by the modules that they import, by each part of those from the left, and by their family."""

    def __init__(self, scans: Mapping[str, FileScan]) -> None:
        self._found: dict[tuple[str | None, str], list[str]] = {}
        for path in sorted(scans):
            language = family(path)
            for name in {p for one in scans[path].imports for p in parts(one.module, one.name)}:
                self._found.setdefault((language, name), []).append(path)

    def importing(self, language: str | None, names: Iterable[str]) -> frozenset[str]:
        """The files of a family that import a module of one of `names`, or what is in such a module."""
        return frozenset(p for name in names for p in self._found.get((language, name), ()))


def parts(module: str, name: str) -> Iterator[str]:
    """A module and what is taken from it, with each part from the left that ends before a dot or slash."""
    full = f"{module}.{name}"
    for boundary in _BOUNDARY.finditer(full):
        if boundary.start():
            yield full[: boundary.start()]
