"""Where code uses what the rules of a topic name: calls by full name, and methods of what a call made."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from auditor.code.patterns import Rule
from auditor.code.reach.call_index import CallIndex
from auditor.code.scan import Call, FileScan
from auditor.code.scanning import family

_CHAINED = re.compile(r"(.+?)\(.*\)\.(\w+)", re.DOTALL)
_OWN = ("self.", "cls.", "this.")

Origin = Callable[[str, str], "tuple[str, str] | None"]
"""The file and the name at its top that a dotted name means, seen from a file."""


@dataclass(frozen=True, slots=True)
class Use:
    """A call that a rule matched, and where the thing was made that it is a method of."""

    rule: Rule
    path: str
    call: Call
    made: Use | None = None

    def __str__(self) -> str:
        return f"{self.path}:{self.call.line} {self.call.name}"


def find_uses(
    rules: Iterable[Rule],
    scans: Mapping[str, FileScan],
    origin: Origin,
    index: CallIndex | None = None,
) -> list[Use]:
    """Every use in `scans` (files by path), by path and line. `index` is that of their calls, where there is one."""
    calls = index if index is not None else CallIndex(scans)
    every = list(rules)
    direct = {(rule.language, name): rule for rule in every for name in rule.calls}
    found = _direct(direct, calls)
    makers = Makers(found, origin)
    for rule in every:
        if rule.of:
            found += _methods(rule, calls, makers, direct)
    return sorted(found, key=lambda use: (use.path, use.call.line, use.rule.id))


def _direct(rules: Mapping[tuple[str, str], Rule], calls: CallIndex) -> list[Use]:
    """The calls that rules name, in the order of the files: in full, else by their last name alone."""
    found: dict[int, Use] = {}
    for (language, name), rule in rules.items():
        for entry in calls.named(language, name):
            if _is_imported(name, rule, calls.modules(entry), entry.scan):
                found[entry.order] = Use(rule, entry.path, entry.call)
    for (language, name), rule in rules.items():
        wild, _, method = name.partition(".")
        for entry in calls.ending(language, method) if wild == "*" else ():
            receiver = entry.call.name.rpartition(".")[0]
            if receiver and rule.text("receiver") in receiver.lower():
                found.setdefault(entry.order, Use(rule, entry.path, entry.call))
    return [found[order] for order in sorted(found)]


def _is_imported(name: str, rule: Rule, imported: frozenset[str], scan: FileScan) -> bool:
    """Whether the module of a full name is imported here: a local name may be called as a library is.

    In Java a full name needs no import, and nothing else has it.
    """
    if rule.language == "java":
        return True
    if rule.settings.get("builtin"):
        return name not in scan.names
    if name in imported or any(name == full for full in scan.names.values()):
        return True
    parts = name.split(".")
    return any(".".join(parts[:n]) in imported for n in range(1, len(parts)))


class Makers:
    """What makers made, by the name that it is bound to."""

    def __init__(self, uses: list[Use], origin: Origin) -> None:
        self._origin = origin
        self._bound: dict[tuple[str, str], list[Use]] = {}
        for use in uses:
            if use.call.target not in ("", "return"):
                self._bound.setdefault((use.path, use.call.target), []).append(use)

    def made(self, path: str, receiver: str, scope: str) -> Use | None:
        """The call that made what a name is bound to, seen from a scope of a file."""
        for use in reversed(self._bound.get((path, receiver), [])):
            if _sees(scope, use.call.scope, receiver):
                return use
        there = self._origin(receiver, path)
        if there is None:
            return None
        return next((u for u in self._bound.get(there, []) if not u.call.scope), None)


def _sees(scope: str, made: str, name: str) -> bool:
    if name.startswith(_OWN):
        return scope.partition(".")[0] == made.partition(".")[0]
    return not made or scope == made or scope.startswith(f"{made}.")


def _methods(
    rule: Rule, calls: CallIndex, makers: Makers, direct: Mapping[tuple[str, str], Rule]
) -> Iterator[Use]:
    named = {e.order: e for method in rule.methods for e in calls.ending(rule.language, method)}
    for _, entry in sorted(named.items()):
        call = entry.call
        receiver = call.name.rpartition(".")[0]
        if not receiver:
            continue
        chained = _CHAINED.fullmatch(call.name)
        maker = direct.get((rule.language, chained[1])) if chained else None
        if maker is not None and maker.id in rule.of:
            yield Use(rule, entry.path, call)
            continue
        made = makers.made(entry.path, receiver, call.scope)
        if made is not None and made.rule.id in rule.of:
            yield Use(rule, entry.path, call, made)


def origins(
    python: Callable[[str, str], str | None], script: Callable[[str, str], str | None]
) -> Origin:
    """An Origin by the resolvers of modules as they are written, seen from a file."""

    def origin(name: str, path: str) -> tuple[str, str] | None:
        if family(path) == "javascript":
            return _script_origin(name, path, script)
        if family(path) != "python" or "." not in name:
            return None
        module, _, attribute = name.rpartition(".")
        file = python(module or ".", path)
        return (file, attribute) if file is not None else None

    return origin


def _script_origin(
    name: str, path: str, script: Callable[[str, str], str | None]
) -> tuple[str, str] | None:
    file = script(name, path)
    if file is not None:
        return file, "default"
    module, _, attribute = name.rpartition(".")
    file = script(module, path) if module else None
    return (file, attribute) if file is not None else None
