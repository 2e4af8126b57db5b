"""What is found of logging in one Python file, and which of its classes turn a record into JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ast_grep_py import SgNode

from auditor.code.logs.log_config import Written
from auditor.code.logs.log_setups import Setup, Shape

_DUMPS = re.compile(
    r"json\.(?:dumps|encode)\(|\b(?:dumps|to_json|orjson_dumps)\(|ensure_ascii|JSONEncoder"
)


@dataclass(frozen=True, slots=True)
class DictConfig:
    """A configuration that is written as a dictionary: its name, the function that gives it back."""

    line: int
    name: str
    scope: str
    inline: bool
    shape: Shape
    why: str
    value: Mapping[str, Written]


@dataclass(slots=True)
class PythonLogging:
    """What one file says. `applied` are the names that dictConfig is given, `unread` the lines where it is
    given what could not be read here."""

    setups: list[Setup] = field(default_factory=list)
    configs: list[DictConfig] = field(default_factory=list)
    applied: set[str] = field(default_factory=set)
    unread: list[int] = field(default_factory=list)


def json_classes(root: SgNode) -> Iterator[tuple[str, tuple[str, ...], bool]]:
    """The classes of a file: name, bases, and whether their text turns a record into JSON."""
    for node in root.find_all(kind="class_definition"):
        name, above = node.field("name"), node.field("superclasses")
        bases = tuple(re.findall(r"[\w.]+", above.text())) if above is not None else ()
        if name is not None and any("Formatter" in b or "Handler" in b for b in bases):
            yield name.text(), bases, bool(_DUMPS.search(node.text()))
