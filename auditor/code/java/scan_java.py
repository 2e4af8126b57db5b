"""Imports, classes, methods, calls and annotations of a Java file, what it catches, throws and keeps.

Names are full: types by the imports and the package, methods by the type of what they are called on
(`java.net.http.HttpClient.send`), those of a chain with what stands before them
(`java.net.http.HttpClient.newBuilder().build`). A constructor is called by the name of its class. The
keywords of a call are the other methods of its chain and those called on the variable that it is bound to,
with their arguments as text: what a builder is told (`?` before the name: only under a condition), and
`(cast)` for the type that it is cast to. `spread` says that something else may tell it more.
An annotation is a call that decorates a class, method, field or parameter; its `value` is an argument.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from ast_grep_py import SgNode

from auditor.code.java.behaviour_java import behaviour
from auditor.code.java.java_calls import CALLS, JavaCalls
from auditor.code.java.java_text import LANG, JavaText, is_monstrous, qualify, read_java
from auditor.code.java.java_variables import CLASSES, METHODS, line_of, scope_of
from auditor.code.parsing import Unparsed, nodes, parse_whole
from auditor.code.scan import Call, Class, FileScan, Typed, matching, refusals, shortened

_ANNOTATIONS = ("annotation", "marker_annotation")
_LONGEST_CONSTANT = 120
_DEEP = 300
_PRIMITIVE = frozenset(
    {"var", "int", "long", "boolean", "double", "float", "short", "byte", "char"}
)


def scan(text: str, grammar: str, wanted: frozenset[str]) -> FileScan:
    """Scan a Java text for calls whose last name is in `wanted`; raises Unparsed."""
    said = read_java(text)
    if is_monstrous(said.bare):
        raise Unparsed("it nests too deep to be source code")
    root = parse_whole(text, grammar)
    declared = nodes(root, sorted(CLASSES))
    names = _own(declared, said) | said.names
    file = _File(root, said, names)
    present = sorted(w for w in wanted if w in said.bare)
    calls = tuple(file.calls(present)) if present else ()
    members = nodes(root, ("field_declaration", "formal_parameter"))
    return FileScan(
        imports=said.imports,
        names=names,
        calls=calls,
        classes=tuple(file.class_of(one) for one in declared),
        parameters=tuple(file.typed(members)),
        constants=dict(_constants(members)),
        references=tuple(dict.fromkeys((*said.types, *said.loaded))),
        dynamic=said.dynamic,
        refusals=refusals(text),
        package=said.package,
        **behaviour(root, text, said.code, file.full),
    )


class _File:
    def __init__(self, root: SgNode, said: JavaText, names: dict[str, str]) -> None:
        self._root = root
        self._said = said
        self._names = names
        self._calls = JavaCalls(root, self.full, names)

    def full(self, written: str) -> str:
        """The full name of a type as it is written."""
        return qualify(written, self._names, self._said.package, is_open=self._said.is_open)

    def calls(self, present: list[str]) -> Iterator[Call]:
        """The calls and annotations of some last names, in the order of the text."""
        choices = f"(?:{'|'.join(re.escape(name) for name in present)})"
        ended = rf"(?:^|[.\s]){choices}"
        called = {"kind": CALLS[0], "has": {"field": "name", "regex": f"^{choices}$"}}
        made = {"kind": CALLS[1], "has": {"field": "type", "regex": rf"{ended}\s*(?:<|$)"}}
        referred = {"kind": "method_reference", "regex": rf"(?:{ended}\s*::\s*new|::\s*{choices})$"}
        noted: list[Any] = [
            {"kind": kind, "has": {"field": "name", "regex": f"{ended}$"}} for kind in _ANNOTATIONS
        ]
        for node in matching(self._root, called, made, referred, *noted):
            if node.kind() in _ANNOTATIONS:
                yield self._annotation(node)
            elif len(node.ancestors()) > _DEEP:  # what it stands in would be walked for every call
                name = node.field("name") or node.field("type")
                yield Call(name.text() if name is not None else "", line_of(node), spread=True)
            else:
                yield self._calls.read(node)

    def _annotation(self, node: SgNode) -> Call:
        name = node.field("name")
        arguments, keywords = _elements(node)
        on = _decorated(node)
        return Call(
            name=self.full(name.text()) if name is not None else "",
            line=line_of(node),
            scope=scope_of(on) if on is not None else "",
            arguments=arguments,
            keywords=keywords,
            decorates=_name_of(on) if on is not None else "",
        )

    def class_of(self, node: SgNode) -> Class:
        """A class by its name within the file (`Outer.Inner`), with its annotations as they are written."""
        name = node.field("name")
        around = scope_of(node)
        simple = name.text() if name is not None else "_"
        body = node.field("body")
        inner = body.children() if body is not None else ()
        bases = [self.full(b) for b in _bases(node)]
        if node.kind() == "annotation_type_declaration":
            bases = ["java.lang.annotation.Annotation"]
        return Class(
            name=f"{around}.{simple}" if around else simple,
            line=line_of(name) if name is not None else line_of(node),
            bases=tuple(bases),
            methods=tuple(_name_of(c) for c in inner if c.kind() == "method_declaration"),
            decorators=tuple(shortened(a.text().removeprefix("@")) for a in _annotations(node)),
        )

    def typed(self, members: Iterable[SgNode]) -> Iterator[Typed]:
        """Fields (`this.x`) and parameters of a type that is a class."""
        for node in members:
            written = node.field("type")
            if written is None or written.text() in LANG or written.text() in _PRIMITIVE:
                continue
            full = self.full(written.text())
            if node.kind() == "formal_parameter":
                yield Typed(_name_of(node), full, "", scope_of(node))
                continue
            for one in (c for c in node.children() if c.kind() == "variable_declarator"):
                value = one.field("value")
                default = shortened(value.text()) if value is not None else ""
                yield Typed(f"this.{_name_of(one)}", full, default, scope_of(node))


def _own(declared: Iterable[SgNode], said: JavaText) -> dict[str, str]:
    """The classes that a file declares, by their simple names."""
    found: dict[str, str] = {}
    for node in declared:
        full = ".".join(p for p in (said.package, scope_of(node), _name_of(node)) if p)
        found.setdefault(_name_of(node), full)
    return found


def _constants(members: Iterable[SgNode]) -> Iterator[tuple[str, str]]:
    for node in members:
        if node.kind() != "field_declaration" or " final " not in f" {_modifiers(node)} ":
            continue
        for one in node.children():
            value = one.field("value") if one.kind() == "variable_declarator" else None
            if value is not None and len(value.text()) <= _LONGEST_CONSTANT:
                yield _name_of(one), shortened(value.text())


def _modifiers(node: SgNode) -> str:
    found = next((c for c in node.children() if c.kind() == "modifiers"), None)
    return found.text() if found is not None else ""


def _annotations(node: SgNode) -> list[SgNode]:
    found = next((c for c in node.children() if c.kind() == "modifiers"), None)
    return [c for c in found.children() if c.kind() in _ANNOTATIONS] if found is not None else []


def _bases(node: SgNode) -> Iterator[str]:
    for child in node.children():
        if child.kind() == "superclass":
            yield from (c.text() for c in child.children() if c.is_named())
        elif child.kind() in ("super_interfaces", "extends_interfaces"):
            listed = next((c for c in child.children() if c.kind() == "type_list"), None)
            if listed is not None:
                yield from (c.text() for c in listed.children() if c.is_named())


def _elements(node: SgNode) -> tuple[tuple[str, ...], dict[str, str]]:
    given = node.field("arguments")
    positional: list[str] = []
    named: dict[str, str] = {}
    for child in given.children() if given is not None else ():
        if child.kind() == "element_value_pair":
            key, value = child.field("key"), child.field("value")
            if key is not None and value is not None:
                named[key.text()] = shortened(value.text())
        elif child.is_named() and not str(child.kind()).endswith("comment"):
            positional.append(shortened(child.text()))
    return tuple(positional), named


def _decorated(node: SgNode) -> SgNode | None:
    kinds = CLASSES | METHODS | {"field_declaration", "formal_parameter"}
    for above in node.ancestors():
        if above.kind() in kinds:
            return above
        if above.kind() not in ("modifiers",):
            return None
    return None


def _name_of(node: SgNode) -> str:
    if node.kind() == "field_declaration":
        one = next((c for c in node.children() if c.kind() == "variable_declarator"), None)
        return _name_of(one) if one is not None else ""
    name = node.field("name")
    return name.text() if name is not None else ""
