"""What a name or a conditional expression stands for in production, within one file."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ast_grep_py import SgNode

from auditor.code.kinds import nodes
from auditor.code.lexical.conditions import Default, conditions, in_production

Choice = tuple[SgNode, bool]
"""An expression that may stand there, and whether it is sure to (False: on a condition that is not known)."""

Assignment = tuple[SgNode, SgNode]
"""The value that a name is bound to, and the node that binds it."""

_ASSIGNS = (
    "assignment", "variable_declarator", "assignment_expression", "short_var_declaration", "assignment_statement",
    "var_spec", "named_expression",
)  # fmt: skip
_NAME = re.compile(r"[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)?")
_WRAPS = frozenset({
    "parenthesized_expression", "as_expression", "satisfies_expression", "non_null_expression", "await",
    "await_expression", "expression_list", "unary_expression",
})  # fmt: skip
_FUNCTIONS = (
    "function_definition", "function_declaration", "method_declaration", "method_definition", "arrow_function",
    "function_expression", "func_literal", "lambda",
)  # fmt: skip
_DEEPEST = 6
_MOST_STEPS = 60


def function_around(node: SgNode) -> SgNode | None:
    """The function that a node stands in."""
    return next((a for a in node.ancestors() if a.kind() in _FUNCTIONS), None)


def scope_of(node: SgNode) -> str:
    """The named functions and classes around a node, outer first, joined by dots."""
    found: list[str] = []
    for above in node.ancestors():
        kind = above.kind()
        if kind not in _FUNCTIONS and kind not in ("class_definition", "class_declaration"):
            continue
        name = above.field("name")
        outer = above.parent()
        if (
            name is None
            and outer is not None
            and outer.kind() in ("variable_declarator", "public_field_definition")
        ):
            name = outer.field("name")
        if name is not None:
            found.append(name.text())
    return ".".join(reversed(found))


def line_of(node: SgNode) -> int:
    """The line of a node, from 1."""
    return node.range().start.line + 1


def choices(node: SgNode, root: SgNode, default: Default) -> list[Choice]:
    """What an expression may be in production: the sides of conditions, and what names are bound to."""
    return _Chooser(root, default).of(node, _DEEPEST)


@dataclass(slots=True)
class _Chooser:
    root: SgNode
    default: Default
    steps: int = _MOST_STEPS

    def of(self, node: SgNode, depth: int) -> list[Choice]:
        kind = node.kind()
        if kind in _WRAPS:
            inner = [c for c in node.children() if c.is_named()]
            if inner and (kind != "expression_list" or len(inner) == 1):
                return self.of(inner[0], depth)
        if kind in ("conditional_expression", "ternary_expression"):
            return self._sides(node, depth)
        if kind in ("identifier", "attribute", "member_expression", "selector_expression"):
            return self._bound(node, depth) or [(node, True)]
        return [(node, True)]

    def _sides(self, node: SgNode, depth: int) -> list[Choice]:
        named = [c for c in node.children() if c.is_named()]
        if len(named) != 3 or not depth:
            return [(node, False)]
        is_python = node.kind() == "conditional_expression"
        yes, no = (named[0], named[2]) if is_python else (named[1], named[2])
        found: list[Choice] = []
        for side in (yes, no):
            sense = in_production(conditions(side)[:1], self.default)
            if sense is not False:
                found += [(one, sure and sense is True) for one, sure in self.of(side, depth - 1)]
        return found

    def _bound(self, node: SgNode, depth: int) -> list[Choice]:
        name = node.text()
        self.steps -= 1
        if not _NAME.fullmatch(name) or not depth or self.steps < 0:
            return []
        found: list[Choice] = []
        for value, at in assignments(self.root, name):
            place = value.range()
            if (
                not _visible(at, node)
                or place.start.index <= node.range().start.index <= place.end.index
            ):
                continue
            sense = in_production(conditions(at), self.default)
            if sense is False:
                continue
            inner = [(n, s and sense is True) for n, s in self.of(value, depth - 1)]
            found = inner if sense is True and all(s for _, s in inner) else found + inner
        return found


def _visible(assignment: SgNode, use: SgNode) -> bool:
    around = function_around(assignment)
    if around is None:
        return True
    inner, outer = use.range(), around.range()
    return outer.start.index <= inner.start.index <= outer.end.index


def assignments(root: SgNode, name: str) -> list[Assignment]:
    """The values that a name is bound to, and the nodes that bind it, in the order of the text."""
    return _assigned(root).get(name, [])


_RECENT: list[tuple[SgNode, dict[str, list[Assignment]]]] = []
_MOST_RECENT = 3


def _assigned(root: SgNode) -> dict[str, list[Assignment]]:
    """What every name in a tree is bound to; that of the trees asked for last is kept."""
    for known, found in tuple(_RECENT):
        if known is root:
            return found
    found = {}
    for node in nodes(root, _ASSIGNS):
        left = node.field("left") or node.field("name")
        right = node.field("right") or node.field("value")
        if left is not None and right is not None:
            found.setdefault(left.text().partition(",")[0].strip(), []).append((right, node))
    _RECENT[_MOST_RECENT - 1 :] = []
    _RECENT.insert(0, (root, found))
    return found


def called_name(node: SgNode) -> str:
    """What a call calls, a constructor or the type of a literal, as it is written."""
    function = node.field("function") or node.field("constructor") or node.field("type")
    return "".join(function.text().split()) if function is not None else ""


def positional(call: SgNode) -> list[SgNode]:
    """The arguments of a call that go by no name."""
    given = call.field("arguments")
    return [
        c for c in (given.children() if given is not None else ())
        if c.is_named() and c.kind() not in ("comment", "keyword_argument", "dictionary_splat")
    ]  # fmt: skip


def first(call: SgNode) -> SgNode | None:
    """The first argument of a call that goes by no name."""
    return next(iter(positional(call)), None)


def keyword(call: SgNode, *names: str) -> SgNode | None:
    """The value of a keyword of a call, or of a key of an object among its arguments."""
    given = call.field("arguments") or call.field("body")
    for child in given.children() if given is not None else ():
        if child.kind() in ("keyword_argument", "keyed_element"):
            key, value = (
                child.field("name") or child.field("key") or child.child(0),
                child.field("value"),
            )
            value = value or child.children()[-1]
            if key is not None and key.text() in names:
                return value
        elif child.kind() == "object":
            value = member(child, *names)
            if value is not None:
                return value
    return None


def member(obj: SgNode, *names: str) -> SgNode | None:
    """The value of a key of an object or dictionary."""
    for child in obj.children():
        if child.kind() == "shorthand_property_identifier" and child.text() in names:
            return child
        key, value = child.field("key"), child.field("value")
        if key is not None and value is not None and key.text().strip("\"'`") in names:
            return value
    return None
