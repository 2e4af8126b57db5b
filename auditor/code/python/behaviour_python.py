"""What a Python file catches and raises, its functions, and what its names at the top stand for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ast_grep_py import SgNode

from auditor.code.parsing import nodes
from auditor.code.python.state_python import state
from auditor.code.scan import Catch, Function, Raise, last_name, qualified
from auditor.code.scan_scopes import Scopes, is_log

_KINDS = ("function_definition", "class_definition", "except_clause", "raise_statement")
_BROAD = frozenset({"*", "Exception", "BaseException", "builtins.Exception"})
_IDLE = frozenset({"pass_statement", "continue_statement", "comment"})
_CONSTANTS = frozenset({"integer", "float", "none", "true", "false", "string"})
_MOST_PARAMETERS = 12
_LONGEST = 5_000
_ANSWER = re.compile(
    r"(?:HTTP\w*(?:Exception|Error)|\w*Response|jsonify|abort|make_response|APIException|Internal\w*Error|render)\s*\("
    r"|,\s*5\d\d\s*$|\b(?:status|status_code)\s*="
)
_TRACE = r"traceback\.format_|format_exc\(|exc_info\(\)|\.__traceback__"


def behaviour(root: SgNode, text: str, names: dict[str, str]) -> dict[str, Any]:
    """The fields of FileScan that tell what the file does: catches, raises, functions, state, bound."""
    found = nodes(root, _KINDS)
    defined = [n for n in found if n.kind() in ("function_definition", "class_definition")]
    scopes = Scopes(_span(n) for n in defined)
    return {
        "catches": tuple(_catch(n, scopes, names) for n in found if n.kind() == "except_clause"),
        "raises": tuple(_raise(n, scopes, names) for n in found if n.kind() == "raise_statement"),
        "functions": tuple(
            _function(n, scopes, names) for n in defined if n.kind() == "function_definition"
        ),
        "state": tuple(state(root, defined, scopes, text, names)),
        "bound": dict(_bound(root, names)),
    }


def _span(node: SgNode) -> tuple[int, int, str]:
    place, name = node.range(), node.field("name")
    return place.start.index, place.end.index, name.text() if name is not None else ""


def _named(node: SgNode) -> list[SgNode]:
    return [c for c in node.children() if c.is_named()]


def _catch(node: SgNode, scopes: Scopes, names: dict[str, str]) -> Catch:
    place = node.range()
    parts = _named(node)
    body = next((c for c in parts if c.kind() == "block"), None)
    said = [c for c in parts if c.kind() not in ("block", "comment")]
    bound = ""
    if said and said[0].kind() == "as_pattern":
        inner = _named(said[0])
        bound = inner[-1].text() if len(inner) > 1 else ""
        said = inner[:1]
    types = tuple(t for s in said for t in _types(s, names)) or ("*",)
    return Catch(
        types,
        place.start.line + 1,
        scopes.around(place.start.index),
        _does(body),
        _tried(node),
        tells(body.children(), bound) if body is not None and _BROAD & set(types) else 0,
    )


def _types(node: SgNode, names: dict[str, str]) -> list[str]:
    if node.kind() in ("tuple", "parenthesized_expression", "expression_list"):
        return [t for c in _named(node) for t in _types(c, names)]
    return [qualified("".join(node.text().split()), names)[-120:]]


def _does(body: SgNode | None) -> str:
    every = [s for s in body.children() if s.is_named()] if body is not None else []
    statements = [s for s in every if not is_idle(s)]
    if not statements:
        return "nothing"
    if any(s.kind() == "raise_statement" for s in statements) or body.find(kind="raise_statement"):  # type: ignore[union-attr]
        return "raises"
    if all(is_log(s.text()) for s in statements):
        return "logs"
    return "returns" if body is not None and body.find(kind="return_statement") else "other"


def is_idle(statement: SgNode) -> bool:
    """Whether a statement does nothing: `pass`, `...`, a comment, a text."""
    if statement.kind() in _IDLE:
        return True
    if statement.kind() != "expression_statement":
        return False
    inner = statement.child(0)
    return inner is not None and inner.kind() in ("ellipsis", "string", "concatenated_string")


def _tried(clause: SgNode) -> str:
    whole = clause.parent()
    body = whole.field("body") if whole is not None else None
    statements = (
        [s for s in body.children() if s.is_named() and s.kind() != "comment"] if body else []
    )
    if len(statements) != 1 or statements[0].kind() != "expression_statement":
        return ""
    inner = statements[0].child(0)
    if inner is not None and inner.kind() == "await":
        inner = next(iter(_named(inner)), None)
    function = inner.field("function") if inner is not None and inner.kind() == "call" else None
    return last_name("".join(function.text().split()))[-60:] if function is not None else ""


def telling(bound: str) -> re.Pattern[str]:
    """What carries the text or the traceback of an exception that is bound to a name."""
    if not bound:
        return re.compile(_TRACE)
    name = re.escape(bound)
    return re.compile(
        rf"{_TRACE}|\b(?:str|repr|format)\(\s*{name}\s*\)|\{{\s*{name}\s*[!:}}]|\b{name}\.(?:args|message)\b"
        rf"|%\s*\(?\s*{name}\b|\bdetail\s*=\s*{name}\b"
    )


def tells(statements: list[SgNode], bound: str) -> int:
    """The line of an answer among statements, under no condition, that carries the exception bound to a name; or 0."""
    pattern = telling(bound)
    carried: set[str] = set()
    for statement in statements:
        said = statement.text()[:_LONGEST]
        if statement.kind() not in ("return_statement", "raise_statement"):
            match = re.match(r"([A-Za-z_]\w*)\s*(?::[^=]+)?=[^=]", said)
            if match is not None and pattern.search(said) and not re.search(r"\bif\b", said):
                carried.add(match[1])
            continue
        if statement.kind() == "raise_statement":
            said = re.sub(r"\bfrom\s+\w+\s*$", "", said)
        if not _ANSWER.search(said) or re.search(r"\bif\b", said):
            continue
        if pattern.search(said) or any(
            re.search(rf"[=:(,\s{{]{c}\b\s*[,)}}\]]", said) for c in carried
        ):
            return statement.range().start.line + 1
    return 0


def _raise(node: SgNode, scopes: Scopes, names: dict[str, str]) -> Raise:
    place = node.range()
    what = next(iter(_named(node)), None)
    name = ""
    if what is not None:
        function = what.field("function") if what.kind() == "call" else what
        text = "".join(function.text().split()) if function is not None else ""
        name = qualified(text, names)[-120:]
        if what.kind() == "identifier" and text[:1].islower() and text not in names:
            name = ""  # `raise error`: what was caught or made elsewhere
    return Raise(name, place.start.line + 1, scopes.around(place.start.index))


def _function(node: SgNode, scopes: Scopes, names: dict[str, str]) -> Function:
    place = node.range()
    name, given, body = node.field("name"), node.field("parameters"), node.field("body")
    whole = node.parent()
    decorators: list[str] = []
    if whole is not None and whole.kind() == "decorated_definition":
        for child in whole.children():
            if child.kind() == "decorator":
                said = "".join(child.text().lstrip("@").partition("(")[0].split())
                decorators.append(qualified(said, names)[-120:])
    every = (
        [s for s in body.children() if s.is_named() and not is_idle(s)] if body is not None else []
    )
    parameters = [_parameter(c) for c in _named(given)] if given is not None else []
    return Function(
        name.text() if name is not None else "()",
        place.start.line + 1,
        place.end.line + 1,
        scopes.around(place.start.index, itself=False),
        tuple(p for p in parameters if p)[:_MOST_PARAMETERS],
        tuple(decorators),
        len(every),
        not every or (len(every) == 1 and _constant(every[0])),
        node.text().startswith("async"),
    )


def _parameter(node: SgNode) -> str:
    if node.kind() in ("comment", "keyword_separator", "positional_separator"):
        return ""
    name = node.field("name")
    text = name.text() if name is not None else node.text().partition(":")[0]
    return text.strip()


def _constant(statement: SgNode) -> bool:
    if statement.kind() != "return_statement":
        return False
    value = next(iter(_named(statement)), None)
    return value is None or value.kind() in _CONSTANTS


def _bound(root: SgNode, names: dict[str, str]) -> Iterator[tuple[str, str]]:
    for statement in root.children():
        node = statement.child(0) if statement.kind() == "expression_statement" else None
        if node is None or node.kind() != "assignment":
            continue
        left, right = node.field("left"), node.field("right")
        if left is None or right is None or left.kind() != "identifier":
            continue
        if right.kind() in ("identifier", "attribute"):
            yield left.text(), qualified("".join(right.text().split()), names)[-120:]
        elif right.kind() == "call" and (function := right.field("function")) is not None:
            yield left.text(), f"{qualified(''.join(function.text().split()), names)[-120:]}()"
