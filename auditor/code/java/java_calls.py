"""Calls in the tree of a Java text: their full names by the types of what they are called on, and what
the same chain, or the same variable, is told besides."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from ast_grep_py import SgNode

from auditor.code.java.java_text import collapsed
from auditor.code.java.java_variables import (
    CLASSES,
    METHODS,
    JavaVariables,
    Variable,
    is_own,
    line_of,
    scope_of,
)
from auditor.code.scan import Call, last_name, matching, shortened

CALLS = ("method_invocation", "object_creation_expression")
_NAMES = (
    "field_access", "scoped_identifier", "type_identifier", "scoped_type_identifier", "generic_type",
)  # fmt: skip
_THROUGH = frozenset({"parenthesized_expression", "cast_expression", "ternary_expression"})
_SOMETIMES = frozenset({
    "if_statement", "lambda_expression", "for_statement", "enhanced_for_statement", "while_statement",
    "switch_expression", "catch_clause", "ternary_expression",
})  # fmt: skip
_GIVES_ANOTHER = frozenset({"RestTemplateBuilder"})
_CLASS = re.compile(r"[A-Z]\w*[a-z]\w*")
_PLAIN = r"^(?:this\.)?\w+$"
_LONGEST = 300
_MOST = 200
_LINKS = 100
_DEEPEST = 60


@dataclass
class JavaCalls:
    """The calls of one file. `qualify` gives the full name of a type as it is written."""

    root: SgNode
    qualify: Callable[[str], str]
    names: dict[str, str]
    variables: JavaVariables = field(init=False)

    def __post_init__(self) -> None:
        self.variables = JavaVariables(self.root)

    def read(self, node: SgNode) -> Call:
        """The call at a node of one of CALLS, or of a reference to a method."""
        if node.kind() == "method_reference":
            first = node.children()[0]
            made = node.text().endswith("::new")
            owner = self.type_name(first)
            name = owner if made else f"{owner}.{node.text().rpartition('::')[2].strip()}"
            return Call(name[-_LONGEST:], line_of(node), scope=scope_of(node), spread=True)
        chain = _chain(node)
        outer = chain[-1]
        target = self._target(outer)
        keywords = {m: text for one in chain if one != node for m, text in _told(one)}
        spread = False
        bound = self._builder(chain[0]) or target
        if bound not in ("", "return"):
            more, spread = self._told_later(outer, bound)
            keywords = more | keywords
        cast = outer.parent()
        kind = cast.field("type") if cast is not None and cast.kind() == "cast_expression" else None
        if kind is not None:
            keywords["(cast)"] = self.qualify(kind.text())
        return Call(
            name=self.name(node),
            line=_line_of_name(node),
            target=target,
            scope=scope_of(node),
            arguments=_arguments(node),
            keywords=keywords,
            spread=spread,
            inside=self._inside(outer),
        )

    def name(self, node: SgNode, depth: int = 0) -> str:
        """The full name of a call: `java.net.http.HttpClient.newBuilder().build`; of a variable, by its type."""
        if node.kind() == "object_creation_expression":
            made = node.field("type")
            return self.qualify(made.text()) if made is not None else ""
        method = node.field("name")
        said = method.text() if method is not None else ""
        on = node.field("object")
        if on is None:
            return self.names.get(said, f"this.{said}")
        name = f"{self.type_name(on, depth + 1)}.{said}"
        if len(name) <= _LONGEST:
            return name
        return collapsed(name)[-_LONGEST:]

    def type_name(self, on: SgNode, depth: int = 0) -> str:
        """What a call is made on: the full name of a type, a chain that ends in `()`, or a text."""
        kind = on.kind()
        if depth > _DEEPEST:
            return "_"
        if kind in CALLS:
            return f"{self.name(on, depth)}()"
        if kind == "parenthesized_expression":
            inner = next((c for c in on.children() if c.is_named()), None)
            return self.type_name(inner, depth + 1) if inner is not None else "_"
        if kind == "cast_expression":
            cast = on.field("type")
            return self.qualify(cast.text()) if cast is not None else "_"
        if kind == "identifier" or is_own(on):
            return self._variable_type(on, depth)
        if kind in _NAMES:
            return self.qualify(on.text())[:_LONGEST]
        return on.text() if kind in ("this", "super") else "_"

    def _variable_type(self, on: SgNode, depth: int) -> str:
        name = on.text().removeprefix("this.")
        found = self.variables.seen(name, on, own=on.kind() != "identifier")
        if found is None:
            return self.qualify(name) if name[:1].isupper() else self.names.get(name, name)
        value = found.value
        if value is not None and value.kind() == "object_creation_expression":
            return f"{self.name(value, depth + 1)}()"
        if found.type != "var":
            return self.qualify(found.type)
        return self.type_name(value, depth + 1) if value is not None else name

    def _builder(self, first: SgNode) -> str:
        """The builder of this method that a chain begins with; "" for none."""
        on = first.field("object")
        if on is None or on.kind() != "identifier":
            return ""
        found = self.variables.seen(on.text(), on)
        is_builder = found is not None and found.type.endswith("Builder") and not found.is_field
        return on.text() if is_builder else ""

    def _target(self, node: SgNode) -> str:
        below = node
        for above in node.ancestors():
            kind = above.kind()
            if kind == "variable_declarator":
                name = above.field("name")
                parent = above.parent()
                own = parent is not None and parent.kind() == "field_declaration"
                return f"{'this.' if own else ''}{name.text()}" if name is not None else ""
            if kind == "resource":
                name = above.field("name")
                return name.text() if name is not None else ""
            if kind == "assignment_expression":
                left = above.field("left")
                value = above.field("right")
                if left is None or value is None or value != below:
                    return ""
                name_of = left.text()
                found = self.variables.seen(name_of, left)
                return f"this.{name_of}" if found is not None and found.is_field else name_of
            if kind not in _THROUGH:
                return "return" if kind == "return_statement" else ""
            below = above
        return ""

    def _told_later(self, node: SgNode, bound: str) -> tuple[dict[str, str], bool]:
        """What is called on a variable besides (method and arguments), with `?` before what is only called
        under a condition; and whether a method that is handed it may tell it more."""
        name = bound.removeprefix("this.")
        around = _around(node, CLASSES if bound.startswith("this.") else METHODS)
        found = self.variables.seen(name, node)
        if around is None or (found is not None and last_name(found.type) in _GIVES_ANOTHER):
            return (
                {},
                False,
            )  # what the methods of such a one give back is lost, unless it is a chain
        first, last = around.range().start.index, around.range().end.index
        near = [one for at, one in self._mentions.get(name, ()) if first <= at < last]
        spread = len(near) > _MOST or any(one.kind() == "argument_list" for one in near)
        builds = found is not None and _is_builder(found)
        told: dict[str, str] = {}
        home = _block(node)
        for one in near[:_MOST]:
            chain = _chain(one) if one.kind() != "argument_list" else [node]
            if node not in chain:
                maybe = not bound.startswith("this.") and _sometimes(one, home)
                links = (
                    chain if builds else chain[:1]
                )  # what follows is told to what that gives back
                told |= {f"{'?' * maybe}{m}": text for link in links for m, text in _told(link)}
        return told, spread

    @cached_property
    def _mentions(self) -> dict[str, list[tuple[int, SgNode]]]:
        """The calls on a plain name, and the arguments of orders that it is handed to, by the name."""
        on = {"kind": "method_invocation", "has": {"field": "object", "regex": _PLAIN}}
        handed = {"kind": "argument_list", "has": {"regex": _PLAIN}}
        found: dict[str, list[tuple[int, SgNode]]] = {}
        for node in matching(self.root, on, handed):
            on_what = node.field("object")
            if on_what is not None:
                names = [on_what.text()]
            elif _is_order(node):
                names = [c.text() for c in node.children()]
            else:
                continue
            place = node.range().start.index
            for name in names:
                found.setdefault(name.removeprefix("this."), []).append((place, node))
        return found

    def _inside(self, node: SgNode) -> str:
        for above in node.ancestors():
            kind = above.kind()
            if kind == "argument_list":
                call = above.parent()
                return self.name(call) if call is not None and call.kind() in CALLS else ""
            if kind not in _THROUGH and kind not in CALLS and kind != "lambda_expression":
                return ""
        return ""


def _line_of_name(node: SgNode) -> int:
    name = node.field("name") or node.field("type")
    return line_of(name) if name is not None else line_of(node)


def _chain(node: SgNode) -> list[SgNode]:
    """The calls of the chain that a call is part of, the first of them first."""
    first = node
    for _ in range(_LINKS):
        on = first.field("object")
        if on is None or on.kind() not in CALLS:
            break
        first = on
    chain = [first]
    while (
        len(chain) < 2 * _LINKS
        and (above := chain[-1].parent()) is not None
        and above.kind() == "method_invocation"
    ):
        on = above.field("object")
        if on is None or on != chain[-1]:
            break
        chain.append(above)
    return chain


def _told(call: SgNode) -> Iterator[tuple[str, str]]:
    name = call.field("name")
    if name is not None and call.kind() == "method_invocation":
        yield name.text(), shortened(", ".join(_arguments(call)))


def _arguments(call: SgNode) -> tuple[str, ...]:
    given = call.field("arguments")
    found = given.children() if given is not None else ()
    return tuple(
        shortened(c.text()) for c in found if c.is_named() and not str(c.kind()).endswith("comment")
    )


def _around(node: SgNode, kinds: frozenset[str]) -> SgNode | None:
    return next((a for a in node.ancestors() if a.kind() in kinds), None)


def _block(node: SgNode) -> SgNode | None:
    return next((a for a in node.ancestors() if a.kind() in ("block", "constructor_body")), None)


def _is_builder(variable: Variable) -> bool:
    """Whether the methods of what a variable holds give the same thing back."""
    if variable.type != "var" or variable.value is None:
        return variable.type.endswith("Builder")
    made: str = variable.value.text()[:_LONGEST]
    return "uilder" in made and ".build(" not in made


def _sometimes(node: SgNode, home: SgNode | None) -> bool:
    for above in node.ancestors():
        if above == home or above.kind() in METHODS:
            return False
        if above.kind() in _SOMETIMES:
            return True
    return False


def _is_order(arguments: SgNode) -> bool:
    """Whether arguments are those of a call that is a statement of its own: `configure(client);`."""
    call = arguments.parent()
    if call is None or call.kind() != "method_invocation":
        return False
    above = call.parent()
    on = call.field("object")
    plain = on is None or on.kind() == "this" or _CLASS.fullmatch(on.text()) is not None
    return plain and above is not None and above.kind() == "expression_statement"
