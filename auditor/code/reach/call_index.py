"""Every call of a service by its name, made once for all topics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from auditor.code.java.java_text import collapsed
from auditor.code.scan import Call, FileScan, last_name
from auditor.code.scanning import family


@dataclass(frozen=True, slots=True)
class Entry:
    """A call, the file that it is in, and its place among all of them."""

    order: int
    path: str
    scan: FileScan
    call: Call


class CallIndex:
    """The calls of some files, in the order of the files, by family of languages and name."""

    def __init__(self, scans: Mapping[str, FileScan]) -> None:
        self._by_name: dict[tuple[str, str], list[Entry]] = {}
        self._by_last: dict[tuple[str, str], list[Entry]] = {}
        self._modules: dict[str, frozenset[str]] = {}
        order = 0
        for path, scan in scans.items():
            language = family(path) or ""
            for call in scan.calls:
                entry = Entry(order, path, scan, call)
                order += 1
                self._by_last.setdefault((language, last_name(call.name)), []).append(entry)
                names = java_names(call.name, scan) if language == "java" else (call.name,)
                for name in names:
                    self._by_name.setdefault((language, name), []).append(entry)

    def named(self, language: str, name: str) -> list[Entry]:
        """The calls of a full name."""
        return self._by_name.get((language, name), [])

    def ending(self, language: str, name: str) -> list[Entry]:
        """The calls whose last name is one."""
        return self._by_last.get((language, name), [])

    def modules(self, entry: Entry) -> frozenset[str]:
        """What the file of a call imports."""
        found = self._modules.get(entry.path)
        if found is None:
            found = self._modules[entry.path] = frozenset(i.module for i in entry.scan.imports)
        return found


def java_names(name: str, scan: FileScan) -> frozenset[str]:
    """The names that a rule may know a Java call by: a chain also by its first and last name alone, a type
    that a whole package is imported for also by its full name."""
    return frozenset(full for one in (name, collapsed(name)) for full in _opened(one, scan))


def _opened(name: str, scan: FileScan) -> Iterator[str]:
    yield name
    if name[:1].isupper():
        yield from (f"{i.module}.{name}" for i in scan.imports if i.name == "*")
