"""The import graph of a service, and what of it is reachable from where the service starts.

Static: what a program imports by a value is followed only where the framework's convention is known; the
files beside such an import are reachable perhaps, which proves neither presence nor absence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from auditor.code.java import modules_java
from auditor.code.python import modules_python
from auditor.code.scan import FileScan
from auditor.code.scanning import family
from auditor.code.script import modules_script

Edges = tuple[set[str], list[tuple[int, str]]]
Scan = Callable[[str], "FileScan | None"]

_SCAN_OF_PYRAMID = ("pyramid", "venusian")
_IMPORTED = {"python": "Python", "java": "Java"}
"""The families in which files are found by what imports them, and what they are called."""
_SHARE = 0.5
_FEW = 20


@dataclass(frozen=True, slots=True)
class Lost:
    """A first-party import that leads nowhere."""

    path: str
    line: int
    module: str


@dataclass(frozen=True, slots=True)
class Closure:
    """What is reachable. Every path is relative to the git root.

    `starts` are the source files with which the service starts, `reachable` those that they import,
    `perhaps` those beside an import by a value, `unreachable` the other shipped files of the languages
    understood. `doubts` says why absence proves nothing, in sentences, by family of languages.
    """

    starts: tuple[str, ...]
    reachable: frozenset[str]
    perhaps: frozenset[str]
    unreachable: frozenset[str]
    lost: tuple[Lost, ...]
    refused: tuple[tuple[str, str], ...]
    dynamic: tuple[tuple[str, int], ...]
    doubts: tuple[str, ...] = ()


@dataclass(slots=True)
class _Walk:
    scan: Scan
    edges: Callable[[str, FileScan], Edges]
    beside: Callable[[str], Iterable[str]]
    lost: list[Lost] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    dynamic: list[tuple[str, int]] = field(default_factory=list)

    def follow(self, starts: Iterable[str], known: frozenset[str] = frozenset()) -> set[str]:
        """Every file that `starts` reach, themselves too; `known` ones are not read again."""
        seen: set[str] = set()
        waiting = sorted(set(starts) - known)
        while waiting:
            path = waiting.pop()
            if path in seen or path in known:
                continue
            seen.add(path)
            scan = self.scan(path)
            if scan is None or scan.refused:
                self.refused[path] = scan.refused if scan is not None else "it could not be read"
                continue
            reached, lost = self.edges(path, scan)
            self.lost += [Lost(path, line, module) for line, module in lost]
            if scan.dynamic and scan_loads_all(scan):
                reached |= set(self.beside(path))
            else:
                self.dynamic += [(path, line) for line in scan.dynamic]
            waiting += reached - seen
        return seen


def scan_loads_all(scan: FileScan) -> bool:
    """Whether a file lets Pyramid import the whole package around it."""
    return any(i.module.partition(".")[0] in _SCAN_OF_PYRAMID for i in scan.imports)


def close(
    starts: Iterable[str],
    shipped: Iterable[str],
    scan: Scan,
    python: modules_python.PythonModules,
    scripts: modules_script.ScriptModules,
    go: modules_script.GoPackages,
    java: modules_java.JavaModules,
) -> Closure:
    """The closure of the files `starts` over the import graph."""

    def edges(path: str, found: FileScan) -> Edges:
        if family(path) == "python":
            reached, lost = modules_python.edges(path, found, python)
            return reached, [x for x in lost if not shared(x[1], path)]
        if family(path) == "go":
            return modules_script.go_edges(path, found, go)
        if family(path) == "java":
            return modules_java.edges(path, found, java)
        return modules_script.edges(path, found, scripts)

    def shared(module: str, path: str) -> bool:
        """Whether the package of a module is one that other distributions add to."""
        init = python.resolve(module.partition(".")[0], "")
        top = scan(init) if init is not None else None
        return top is not None and "extend_path" in top.names

    def beside(path: str) -> Iterable[str]:
        below = {"python": python.below, "java": java.below}.get(family(path) or "", scripts.below)
        return below(path)

    first = sorted(starts)
    files = {p for p in shipped if family(p) is not None}
    walk = _Walk(scan, edges, beside)
    reachable = frozenset(walk.follow(first))
    maybe = {b for path, _ in walk.dynamic for b in beside(path)} | java.undecided(reachable)
    maybe &= files
    perhaps = frozenset(walk.follow(maybe, reachable)) & files
    rest = frozenset(files - reachable - perhaps)
    return Closure(
        starts=tuple(first),
        reachable=reachable,
        perhaps=perhaps,
        unreachable=rest,
        lost=tuple(sorted(walk.lost, key=lambda x: (x.path, x.line, x.module))),
        refused=tuple(sorted(walk.refused.items())),
        dynamic=tuple(sorted(walk.dynamic)),
        doubts=tuple(_doubts(first, reachable | perhaps, files)),
    )


def _doubts(starts: list[str], seen: frozenset[str], files: set[str]) -> Iterable[str]:
    if not starts:
        yield "No source file was found with which the service starts."
    for name, words in _IMPORTED.items():
        mine = {p for p in files if family(p) == name}
        reached = len(mine & seen)
        if (
            len(mine) > _FEW
            and any(family(s) == name for s in starts)
            and reached < _SHARE * len(mine)
        ):
            yield (
                f"Only {reached} of {len(mine)} {words} files are imported from where the service starts, so "
                "something loads the others in a way that is not understood."
            )
