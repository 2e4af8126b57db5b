"""Where a name leads: the function or class that it stands for, through imports and other names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from auditor.code.reach.uses import Origin
from auditor.code.scan import Class, FileScan, Function, last_name, qualified
from auditor.code.scanning import family

_FARTHEST = 6


@dataclass(frozen=True, slots=True)
class Defined:
    """A function or a class, and the file that it is in."""

    path: str
    what: Function | Class


@dataclass(frozen=True, slots=True)
class Definitions:
    """The functions and classes of scanned files (by path)."""

    scans: Mapping[str, FileScan]
    origin: Origin

    def find(self, name: str, path: str, scope: str = "") -> Defined | None:
        """What a dotted name, as written in a scope of a file, stands for."""
        scan = self.scans.get(path)
        if scan is None or not name:
            return None
        return self._local(name, path, scope) or self._away(qualified(name, scan.names), path)

    def place(self, name: str, path: str) -> tuple[str, str] | None:
        """The file and the name in it where a qualified name is defined, as far as it can be followed."""
        seen: tuple[str, str] | None = None
        for _ in range(_FARTHEST):
            there = self.origin(name, path)
            if there is None or there[0] not in self.scans:
                break
            path, attribute = seen = there
            scan = self.scans[path]
            if attribute in scan.names:
                name = scan.names[attribute]
            else:
                break
        return seen

    def _local(self, name: str, path: str, scope: str) -> Defined | None:
        scan = self.scans[path]
        own = name.removeprefix("self.").removeprefix("this.")
        visible = [
            f
            for f in scan.functions
            if f.name == own and f"{scope}.".startswith(f"{f.scope}.".lstrip("."))
        ]
        if own != name:
            visible = [
                f for f in scan.functions if f.name == own and f.scope == scope.partition(".")[0]
            ]
        if visible:
            return Defined(path, max(visible, key=lambda f: len(f.scope)))
        made = next((c for c in scan.classes if c.name == name), None)
        if made is not None:
            return Defined(path, made)
        outer, _, method = name.rpartition(".")
        inside = next(
            (f for f in scan.functions if outer and f.name == method and f.scope == outer), None
        )
        return Defined(path, inside) if inside is not None else None

    def _away(self, name: str, path: str) -> Defined | None:
        there = self.place(name, path)
        if there is None and name.count(".") > 1:
            there = self.place(name.rpartition(".")[0], path)
            return self._member(there[0], last_name(name)) if there is not None else None
        if there is None:
            return None
        file, attribute = there
        scan = self.scans[file]
        for key in (attribute, f"exports.{attribute}"):
            alias = scan.bound.get(key, "").removesuffix("()")
            if alias and alias != attribute and (found := self._local(alias, file, "")):
                return found
        found = self._local(attribute, file, "")
        if found is None and family(file) == "javascript" and attribute == "default":
            return self._member(file, last_name(name))
        return found

    def _member(self, file: str, name: str) -> Defined | None:
        found = next((f for f in self.scans[file].functions if f.name == name), None)
        return Defined(file, found) if found is not None else None
