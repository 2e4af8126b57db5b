"""The exception classes of a service: which are its own, which derive from which, and which are raised.

In Java by the full names of classes; in Go the sentinels (`ErrGone = errors.New(…)`) and error types that other code
asks for by errors.Is and As.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from auditor.code.definitions import Definitions
from auditor.code.scan import Call, Class, FileScan, last_name, qualified
from auditor.code.scanning import family

Key = tuple[str, str]
"""A file and the name of a class in it."""

_BUILTIN = frozenset(n for n in dir(builtins) if isinstance(getattr(builtins, n), type)
                     and issubclass(getattr(builtins, n), BaseException)) | {"Error"}  # fmt: skip
_SCRIPT = frozenset({"Error", "TypeError", "RangeError", "AggregateError"})
_ENDS = ("Error", "Exception", "Fault", "Failure")
_NO_ERROR = frozenset(
    {"Warning", "UserWarning", "DeprecationWarning", "SystemExit", "KeyboardInterrupt", "Exit"}
)
_MAKES = frozenset({
    "errors.New()", "fmt.Errorf()", "github.com/pkg/errors.New()", "golang.org/x/xerrors.New()",
    "github.com/cockroachdb/errors.New()",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Own:
    """An exception class: where it is, and its own classes above it, nearest first."""

    key: Key
    line: int
    above: tuple[Key, ...] = ()

    def __str__(self) -> str:
        return f"{self.key[0]}:{self.line} {self.key[1]}"


def own_exceptions(scans: Mapping[str, FileScan], definitions: Definitions) -> dict[Key, Own]:
    """The exception classes of Python files and scripts, by place."""
    classes: dict[Key, Class] = {
        (path, one.name): one
        for path, scan in scans.items()
        if family(path) != "go"
        for one in scan.classes
    }
    bases = {key: _bases(key, one, classes, scans, definitions) for key, one in classes.items()}
    found: dict[Key, Own] = {}
    for key, one in classes.items():
        above: list[Key] = []
        error = False
        waiting = [key]
        while waiting:
            for base in bases[waiting.pop(0)]:
                if isinstance(base, str):
                    error = error or _is_error(base)
                elif base not in above and base != key:
                    above.append(base)
                    waiting.append(base)
        if error:
            found[key] = Own(key, one.line, tuple(above))
    return {
        key: Own(key, own.line, tuple(a for a in own.above if a in found))
        for key, own in found.items()
    }


def _bases(
    key: Key,
    one: Class,
    classes: Mapping[Key, Class],
    scans: Mapping[str, FileScan],
    definitions: Definitions,
) -> list[Key | str]:
    """The bases of a class: keys of classes of ours, texts for others'."""
    path = key[0]
    found: list[Key | str] = []
    for base in one.bases:
        there = resolve(base, path, classes, scans, definitions)
        found.append(there if there is not None and there != key else base)
    return found


def resolve(
    name: str,
    path: str,
    known: Mapping[Key, object],
    scans: Mapping[str, FileScan],
    definitions: Definitions,
) -> Key | None:
    """The known key that a qualified name means in a file."""
    name = name.removesuffix("()")
    if (path, name) in known:
        return path, name
    if family(path) == "java":
        return _in_java(name, path, known, scans)
    for full in (name, qualified(name, scans[path].names)):
        there = definitions.place(full, path)
        if there is None:
            continue
        file, attribute = there
        alias = scans[file].bound.get(attribute, "") or scans[file].bound.get(
            f"exports.{attribute}", ""
        )
        for candidate in (attribute, alias, last_name(name)):
            if (file, candidate) in known:
                return file, candidate
        if attribute == "default" and family(file) == "javascript":
            only = [k for k in known if k[0] == file]
            if len(only) == 1:
                return only[0]
    if family(path) == "javascript":
        last = last_name(name)
        same = [k for k in known if k[1] == last and k[0] in scans]
        if (
            len(same) == 1
            and last not in _SCRIPT
            and (name.startswith((".", "@", "~")) or "/" in name)
        ):
            return same[0]  # handed on by an index of exports
    return None


def _in_java(
    name: str, path: str, known: Mapping[Key, object], scans: Mapping[str, FileScan]
) -> Key | None:
    """By the full name: that of the package, and of the classes around it."""
    scan = scans[path]
    wild = [f"{i.module}.{name}" for i in scan.imports if i.name == "*" and "." not in name]
    wanted = {name, f"{scan.package}.{name}", *wild}
    last = last_name(name)
    for key in known:
        if last_name(key[1]) == last and key[0] in scans:
            package = scans[key[0]].package
            if (f"{package}.{key[1]}" if package else key[1]) in wanted:
                return key
    return None


def _is_error(base: str) -> bool:
    last = last_name(base)
    if last in _NO_ERROR:
        return False
    return last in _BUILTIN or last.endswith(_ENDS)


def sentinels(scans: Mapping[str, FileScan]) -> dict[Key, Own]:
    """The error values at the top of Go packages, and error types, by folder and name."""
    found: dict[Key, Own] = {}
    for path, scan in scans.items():
        if family(path) != "go":
            continue
        folder = path.rpartition("/")[0]
        for name, made in scan.bound.items():
            if made in _MAKES and name[:3].lower() == "err":
                found[folder, name] = Own((path, name), 0)
        for one in scan.classes:
            found[folder, one.name] = Own((path, one.name), one.line)
    return found


def asked_for(calls: Iterable[Call]) -> set[str]:
    """The last names of what errors.Is and errors.As are asked for, as far as their arguments tell."""
    found = set()
    for call in calls:
        if len(call.arguments) > 1:
            found.add(last_name(call.arguments[1].lstrip("&*").partition("{")[0]))
    return found
