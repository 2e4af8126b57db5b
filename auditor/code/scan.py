"""What one source file says that other files or the libraries' patterns can answer to; small enough to keep."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from ast_grep_py import SgNode

LONGEST = 300
"""The longest text of an argument that is kept, in characters."""


class Import(msgspec.Struct, frozen=True, array_like=True):
    """An import: the module as written, the name taken from it ("" for the module, "*" for all), its line.

    `optional`: it may fail without harm, for something is around it; `typing`: for the type checker alone.
    """

    module: str
    name: str
    line: int
    optional: bool = False
    typing: bool = False


class Call(msgspec.Struct, frozen=True, array_like=True):
    """A call, decorator or composite literal.

    `name` is qualified as far as the file tells (`requests.get`, `self.client.get`); `target` the name
    that its result is bound to; `scope` the functions and classes around it (`Client.send`); `inside`
    the call among whose arguments it stands, `decorates` what it decorates.
    """

    name: str
    line: int
    target: str = ""
    scope: str = ""
    arguments: tuple[str, ...] = ()
    keywords: dict[str, str] = {}
    spread: bool = False
    inside: str = ""
    decorates: str = ""


class Class(msgspec.Struct, frozen=True, array_like=True):
    """A class with its qualified bases, its methods, and its decorators as written.

    In Go, a type with a method `Error`; its base is `error`.
    """

    name: str
    line: int
    bases: tuple[str, ...]
    methods: tuple[str, ...] = ()
    decorators: tuple[str, ...] = ()


class Typed(msgspec.Struct, frozen=True, array_like=True):
    """A parameter with the qualified name of its type and the text of its default ("" for none)."""

    name: str
    type: str
    default: str
    scope: str


class Catch(msgspec.Struct, frozen=True, array_like=True):
    """A clause that catches: the qualified types ("*" for all of them), and what its body does.

    `does` is nothing (also `continue`), logs, raises, returns or other. `tried` is the last name of the
    call that is all that was tried ("" for more). `tells` is the line of an answer in it that carries the
    text or the traceback of what was caught, whatever that is (0 for none).
    """

    types: tuple[str, ...]
    line: int
    scope: str = ""
    does: str = "other"
    tried: str = ""
    tells: int = 0


class Raise(msgspec.Struct, frozen=True, array_like=True):
    """What is raised, thrown or (in Go) given back as an error; "" where what was caught goes on."""

    name: str
    line: int
    scope: str = ""


class Function(msgspec.Struct, frozen=True, array_like=True):
    """A function: `decorators` are qualified names, `statements` those of its body that do something (what
    is nested counts with what it is nested in). A `stub` has none, or gives a constant back.

    `name` is "()" for one that is bound to no name, and `default` for the default export. In Java
    `decorators` are annotations as they are written, `modifiers` the words before it (`abstract` where it
    has no body), `returns` the type that it gives back, and a constructor is called `<init>`.
    """

    name: str
    line: int
    last: int
    scope: str = ""
    parameters: tuple[str, ...] = ()
    decorators: tuple[str, ...] = ()
    statements: int = 0
    stub: bool = False
    asynchronous: bool = False
    modifiers: tuple[str, ...] = ()
    returns: str = ""


class Change(msgspec.Struct, frozen=True, array_like=True):
    """Where a function changes a container; `memo` where it fills in what it did not find there."""

    line: int
    scope: str
    how: str
    memo: bool = False


class State(msgspec.Struct, frozen=True, array_like=True):
    """A container or number that outlives a call and that functions of its file change.

    `name` is that of the module (`CACHE`), of a class (`Jobs.queue`) or of its objects (`Jobs.queue`
    with `kind` field); else `kind` is what it holds: dict, list, set, number, or the maker's name.
    """

    name: str
    line: int
    kind: str
    changes: tuple[Change, ...]


class FileScan(msgspec.Struct, frozen=True, array_like=True):
    """One file. `references` are texts that name modules; `dynamic` the lines of imports by a value;
    `constants` the literal values of names at the top; `refusals` lines that speak of a request too many;
    `refused` says why there is no tree; `bound` is what names at the top stand for: another name, or the
    call that made them (`Store()`), qualified."""

    imports: tuple[Import, ...] = ()
    names: dict[str, str] = {}
    calls: tuple[Call, ...] = ()
    classes: tuple[Class, ...] = ()
    parameters: tuple[Typed, ...] = ()
    constants: dict[str, str] = {}
    references: tuple[str, ...] = ()
    dynamic: tuple[int, ...] = ()
    refusals: tuple[int, ...] = ()
    package: str = ""
    refused: str = ""
    catches: tuple[Catch, ...] = ()
    raises: tuple[Raise, ...] = ()
    functions: tuple[Function, ...] = ()
    state: tuple[State, ...] = ()
    bound: dict[str, str] = {}


Scanner = Callable[[str, str, frozenset[str]], FileScan]
"""Scans a text in a grammar for calls whose last name is wanted; raises Unparsed."""


def qualified(text: str, names: dict[str, str]) -> str:
    """A dotted name with its first part replaced by what it was imported as."""
    first, dot, rest = text.partition(".")
    return f"{names.get(first, first)}{dot}{rest}"


def shortened(text: str) -> str:
    """A text on one line, cut to what is kept."""
    return " ".join(text[: 2 * LONGEST].split())[:LONGEST]


def last_name(name: str) -> str:
    """The last part of a dotted name."""
    return name.rpartition(".")[2]


_REFUSAL = re.compile(
    r"\b429\b|TOO_MANY_REQUESTS|TooManyRequests|[Tt]oo [Mm]any [Rr]equests|[Rr]ate_?[Ll]imit(?:ed|Exceeded)"
)


def refusals(text: str) -> tuple[int, ...]:
    """The lines on which a client may be told that it asks too often."""
    return tuple(text.count("\n", 0, m.start()) + 1 for m in _REFUSAL.finditer(text))


def matching(root: SgNode, *rules: Any) -> list[SgNode]:
    """The nodes that any of several rules of ast-grep matches, in one pass over the tree."""
    return root.find_all({"rule": {"any": list(rules)}})


def named(kind: str, field: str, names: Iterable[str]) -> dict[str, Any]:
    """The rule for a node of a kind whose field is, or ends with, one of some dotted names."""
    choices = "|".join(re.escape(name) for name in sorted(names))
    return {"kind": kind, "has": {"field": field, "regex": rf"(?:^|[.\s])(?:{choices})$"}}
