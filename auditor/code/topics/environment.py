"""What code reads from its environment: the name, where, and the value that it falls back to.

Values are source texts that stay in the process; whoever makes facts keeps the name and the place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ast_grep_py import SgNode

from auditor.code.kinds import nodes
from auditor.code.lexical.conditions import Condition, conditions
from auditor.code.reach.flow import line_of

READS = re.compile(
    r"environ|getenv|\benv\b|BaseSettings|\bconfig\(|process\.env|[cC]onfig(?:Service)?\.get|Getenv|LookupEnv|mapstructure:|\bviper\b"
    r"|[eE]nv(?:config)?:\"|cleanEnv|Env\("
)
"""What a file holds that reads its environment."""

_LITERAL = re.compile(r"""(?:[rbuRBU]{0,2})(["'`])(.*)\1""", re.DOTALL)
_GET = re.compile(r"(?:os\.)?(?:getenv|environ\.(?:get|pop|setdefault))")
_ENV_OBJECT = re.compile(
    r"\b(\w+)\s*(?::[^=\n]{1,80})?=\s*(?:environ\.)?(?:Env|FileAwareEnv|Config|AutoConfig|Environ)\("
)
_DECOUPLE = re.compile(r"from\s+(?:decouple|starlette\.config)\s+import\s+(?:\w+,\s*)*config\b")


@dataclass(frozen=True, slots=True)
class Reading:
    """One setting that is read: its name outside, the name it is bound to, its type where written.

    `default` is the source text that it falls back to, None where it falls back to nothing; `around` the
    conditions under which it is read.
    """

    name: str
    line: int
    default: str | None = None
    target: str = ""
    type: str = ""
    around: tuple[Condition, ...] = ()


def literal(text: str) -> str | None:
    """The content of a text that is one string literal; None for anything else."""
    match = _LITERAL.fullmatch(text.strip())
    inner = match[2] if match else None
    if match is None or inner is None or f"{match[1]}" in inner.replace(f"\\{match[1]}", ""):
        return None
    return None if "${" in inner and match[1] == "`" else inner


def given(call: SgNode) -> tuple[list[str], dict[str, str]]:
    """The texts of a call's arguments, by place and by name."""
    arguments = call.field("arguments")
    texts: list[str] = []
    named: dict[str, str] = {}
    for child in arguments.children() if arguments is not None else ():
        if child.kind() == "keyword_argument":
            name, value = child.field("name"), child.field("value")
            if name is not None and value is not None:
                named[name.text()] = value.text()
        elif child.is_named() and child.kind() != "comment":
            texts.append(child.text())
    return texts, named


def bound(node: SgNode) -> str:
    """The name that the value of an expression ends up under, whatever is done with it on the way."""
    for above in node.ancestors():
        kind = above.kind()
        if kind in ("assignment", "named_expression", "assignment_expression", "short_var_declaration",
                    "assignment_statement", "variable_declarator", "var_spec", "pair", "keyword_argument",
                    "keyed_element"):  # fmt: skip
            left = (
                above.field("left") or above.field("name") or above.field("key") or above.child(0)
            )
            return left.text().strip("\"'") if left is not None else ""
        if kind.endswith("statement") or kind in ("block", "statement_block", "module", "program"):
            return ""
    return ""


def instead(node: SgNode) -> str | None:
    """What stands in for an expression that is empty: `x or d`, `x || d`, `x ?? d`, `x ? x : d`."""
    for above in node.ancestors():
        kind = above.kind()
        if kind in (
            "parenthesized_expression",
            "as_expression",
            "non_null_expression",
            "call",
            "await_expression",
        ):
            continue
        operator, right = above.field("operator"), above.field("right")
        if (
            kind in ("boolean_operator", "binary_expression")
            and operator is not None
            and right is not None
        ):
            inside = right.range().start.index <= node.range().start.index
            return right.text() if operator.text() in ("or", "||", "??") and not inside else None
        if kind == "ternary_expression":
            otherwise, asked = above.field("alternative"), above.field("condition")
            within = asked is not None and node.range().end.index <= asked.range().end.index
            return otherwise.text() if otherwise is not None and within else None
        return None
    return None


def read_python(root: SgNode, text: str, settings: frozenset[str]) -> Iterator[Reading]:
    """What a Python file reads; `settings` are the classes whose fields the environment fills."""
    objects = set(_ENV_OBJECT.findall(text))
    if _DECOUPLE.search(text):
        objects.add("config")
    for node in nodes(root, ("call", "subscript", "class_definition")):
        if node.kind() == "class_definition":
            yield from _fields(node, settings)
            continue
        function = node.field("function") or node.field("value")
        called = function.text() if function is not None else ""
        if node.kind() == "subscript":
            key = node.field("subscript")
            name = literal(key.text()) if key is not None else None
            if name and called in ("os.environ", "environ"):
                yield Reading(
                    name, line_of(node), None, bound(node), around=tuple(conditions(node))
                )
            continue
        if not _GET.fullmatch(called) and called.partition(".")[0] not in objects:
            continue
        texts, named = given(node)
        name = literal(texts[0]) if texts else None
        if not name:
            continue
        default = named.get("default", texts[1] if len(texts) > 1 else None)
        default = instead(node) if default in (None, "None", '""', "''") else default
        yield Reading(name, line_of(node), default, bound(node), around=tuple(conditions(node)))


def _fields(node: SgNode, settings: frozenset[str]) -> Iterator[Reading]:
    name, body = node.field("name"), node.field("body")
    if name is None or body is None or name.text() not in settings:
        return
    for child in body.children():
        field = child.child(0) if child.kind() == "expression_statement" else None
        left = field.field("left") if field is not None and field.kind() == "assignment" else None
        typed = field.field("type") if field is not None else None
        if field is None or left is None or typed is None or left.text() == "model_config":
            continue
        value = field.field("right")
        yield Reading(left.text(), line_of(field), _of_field(value), left.text(), typed.text())


def _of_field(value: SgNode | None) -> str | None:
    """The default of a field of a class of settings."""
    function = value.field("function") if value is not None and value.kind() == "call" else None
    if value is None:
        return None
    if function is None:
        return value.text()
    texts, named = given(value)
    if function.text().rpartition(".")[2] == "Field":
        said = named.get("default", texts[0] if texts else None)
        return None if said == "..." else said
    if function.text().rpartition(".")[2] in ("SecretStr", "SecretBytes"):
        return texts[0] if texts else None
    return value.text()
