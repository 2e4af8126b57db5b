"""Which public functions of Python or TypeScript say the types of what they take and give."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ast_grep_py import SgNode

from auditor.code.parsing import nodes, parse

_BARE = {"self", "cls", "*", "/", "this"}
_UNTYPED = frozenset(
    {"identifier", "default_parameter", "list_splat_pattern", "dictionary_splat_pattern"}
)
_TYPED = frozenset({"typed_parameter", "typed_default_parameter"})
_ANY = re.compile(r"(?:typing\.|t\.)?Any|any|object")
_SCRIPT_FUNCTIONS = ("function_declaration", "generator_function_declaration", "method_definition")
_GIVES_NOTHING = frozenset({"__init__", "constructor"})


@dataclass(frozen=True, slots=True)
class Function:
    """A public function; `annotated` when every parameter and the result have a type other than Any."""

    name: str
    line: int
    annotated: bool


def public_functions(text: str, grammar: str) -> list[Function]:
    """Functions and methods that a caller may use: no leading underscore, none inside another function.

    `grammar` is python, typescript or tsx. Raises Unparsed.
    """
    root = parse(text, grammar)
    kinds = ("function_definition",) if grammar == "python" else _SCRIPT_FUNCTIONS
    return [f for node in nodes(root, kinds) if (f := _function(node, grammar)) is not None]


def _function(node: SgNode, grammar: str) -> Function | None:
    named = node.field("name")
    name = named.text() if named else ""
    hidden = name.startswith(("_", "#")) and name not in _GIVES_NOTHING
    if not name or hidden or _is_inner(node):
        return None
    annotated = _python(node, name) if grammar == "python" else _script(node)
    return Function(name, node.range().start.line + 1, annotated)


def _is_inner(node: SgNode) -> bool:
    """Inside another function, or in a class whose name says that it is private."""
    for above in node.ancestors():
        if above.kind() in (
            "function_definition",
            "arrow_function",
            "function_expression",
            *_SCRIPT_FUNCTIONS,
        ):
            return True
        if above.kind() == "class_definition":
            named = above.field("name")
            if named is not None and named.text().startswith("_"):
                return True
    return False


def _python(node: SgNode, name: str) -> bool:
    parameters = node.field("parameters")
    for place, parameter in enumerate(parameters.children() if parameters else []):
        kind = parameter.kind()
        if kind in _UNTYPED and not (place <= 1 and parameter.text() in _BARE):
            return False
        if kind in _TYPED and _is_any(parameter.field("type")):
            return False
    return name in _GIVES_NOTHING or not _is_any(node.field("return_type"))


def _script(node: SgNode) -> bool:
    """The parameters decide: a result without a type has the one that the compiler infers."""
    parameters = node.field("parameters")
    for parameter in parameters.children() if parameters else []:
        if parameter.kind() in ("required_parameter", "optional_parameter"):
            typed = parameter.field("type")
            if parameter.text().partition(":")[0].strip() in _BARE:
                continue
            if typed is None and parameter.field("value") is not None:
                continue  # its default value tells its type
            if _is_any(typed):
                return False
    result = node.field("return_type")
    return result is None or not _is_any(result)


def _is_any(node: SgNode | None) -> bool:
    """Whether there is no type, or one that stands for all of them."""
    return node is None or _ANY.fullmatch(node.text().lstrip(":").strip()) is not None
