"""What the names in a Java text are declared as, and in which classes and methods a node stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from ast_grep_py import SgNode

from auditor.code.scan import matching

CLASSES = frozenset({
    "class_declaration", "interface_declaration", "enum_declaration", "record_declaration",
    "annotation_type_declaration",
})  # fmt: skip
METHODS = frozenset({
    "method_declaration", "constructor_declaration", "compact_constructor_declaration"
})  # fmt: skip
_DECLARED = (
    "local_variable_declaration", "formal_parameter", "field_declaration", "resource",
    "enhanced_for_statement", "spread_parameter",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Variable:
    """A declaration: its type as written, its first value, and the part of the text (offsets) that sees it."""

    name: str
    start: int
    end: int
    type: str
    value: SgNode | None
    is_field: bool


@dataclass
class JavaVariables:
    """The declarations below a node."""

    root: SgNode

    def seen(self, name: str, at: SgNode, *, own: bool = False) -> Variable | None:
        """What a name is declared as, seen from a node; the innermost declaration."""
        place = at.range().start.index
        seen = [
            v
            for v in self._all.get(name, ())
            if v.start <= place < v.end and (v.is_field or not own)
        ]
        return min(seen, key=lambda v: v.end - v.start, default=None)

    @cached_property
    def _all(self) -> dict[str, list[Variable]]:
        found: dict[str, list[Variable]] = {}
        for node in matching(self.root, *({"kind": kind} for kind in _DECLARED)):
            for one in _declares(node):
                found.setdefault(one.name, []).append(one)
        return found


def _declares(node: SgNode) -> Iterator[Variable]:
    kind = str(node.kind())
    around = node.parent()
    while around is not None and around.kind() in ("formal_parameters", "resource_specification"):
        around = around.parent()
    typed = node.field("type") or (node.children()[-2] if kind == "spread_parameter" else None)
    if around is None or typed is None:
        return
    place = (node if kind == "enhanced_for_statement" else around).range()
    start, end = place.start.index, place.end.index
    if kind == "local_variable_declaration":
        start = node.range().start.index
    named = [c for c in node.children() if c.kind() == "variable_declarator"] or [node]
    for one in named:
        name = one.field("name")
        if name is not None:
            value = one.field("value") if kind != "enhanced_for_statement" else None
            yield Variable(
                name.text(), start, end, typed.text(), value, kind == "field_declaration"
            )


def is_own(node: SgNode) -> bool:
    """Whether a node is a field of the object itself (`this.x`)."""
    if node.kind() != "field_access":
        return False
    on = node.field("object")
    return on is not None and on.kind() == "this"


def scope_of(node: SgNode) -> str:
    """The classes and methods around a node, outer ones first: `Client.send`, `Client.<init>`."""
    parts: list[str] = []
    for above in node.ancestors():
        kind = above.kind()
        if kind in CLASSES or kind == "method_declaration":
            name = above.field("name")
            parts.append(name.text() if name is not None else "_")
        elif kind in METHODS:
            parts.append("<init>")
    return ".".join(reversed(parts))


def line_of(node: SgNode) -> int:
    """The line on which a node begins, from 1."""
    return int(node.range().start.line) + 1
