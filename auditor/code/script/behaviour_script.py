"""What a script catches and throws, its functions, and what its names at the top stand for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ast_grep_py import SgNode

from auditor.code.parsing import nodes
from auditor.code.scan import Catch, Function, Raise, last_name, qualified
from auditor.code.scan_scopes import Scopes, is_log
from auditor.code.script.state_script import state

_FUNCTIONS = frozenset({
    "function_declaration", "generator_function_declaration", "method_definition", "arrow_function",
    "function_expression",
})  # fmt: skip
_KINDS = (*sorted(_FUNCTIONS), "class_declaration", "catch_clause", "throw_statement")
_CONSTANTS = frozenset({"number", "string", "true", "false", "null", "undefined"})
_IDLE = frozenset({"comment", "empty_statement", "continue_statement"})
_BINDS = {"variable_declarator": "name", "pair": "key", "assignment_expression": "left",
          "public_field_definition": "name", "field_definition": "property"}  # fmt: skip
_MOST_PARAMETERS = 12
_LONGEST = 5_000
_ANSWER = re.compile(
    r"\b(?:res|response|reply|ctx|context|c)\b[\w.$()\s]{0,200}\.(?:status\([^)]{0,80}\)\s{0,40}\.)?\s{0,40}(?:json|send|end|write|body|jsonp|render|code)\b"
    r"|\b(?:Next|)Response(?:\.json)?\(|\bctx\.body\s*=|\bnew\s+(?:Http|InternalServerError)\w*(?:Exception|Error)?\("
)
_SAYS = frozenset(
    {"return_statement", "expression_statement", "throw_statement", "call_expression"}
)
_QUIET = re.compile(
    r"\.catch\(\s{0,40}(?:async\s{1,9})?(?:\(\s{0,9}\w{0,40}\s{0,9}\)|\w{1,40})\s{0,9}=>\s{0,9}\{\s{0,40}\}\s{0,40}\)"
)
_REJECTS = re.compile(
    r"\b(?:next|reject|Promise\.reject|cb|callback|done)\(\s*new\s+([A-Z][\w.$]*)\s*\("
)


def behaviour(root: SgNode, text: str, names: dict[str, str]) -> dict[str, Any]:
    """The fields of FileScan that tell what the file does: catches, raises, functions, state, bound."""
    found = nodes(root, _KINDS)
    defined = [
        (n, _name(n)) for n in found if n.kind() in _FUNCTIONS or n.kind() == "class_declaration"
    ]
    scopes = Scopes((n.range().start.index, n.range().end.index, name) for n, name in defined)
    catches = [_catch(n, scopes) for n in found if n.kind() == "catch_clause"]
    if ".catch(" in text:
        catches += _quiet(text, scopes)
    return {
        "catches": tuple(sorted(catches, key=lambda c: c.line)),
        "raises": tuple(_raises(found, text, scopes, names)),
        "functions": tuple(
            _function(n, name, scopes) for n, name in defined if n.kind() in _FUNCTIONS
        ),
        "state": tuple(state(root, [n for n, _ in defined], scopes, text)),
        "bound": dict(_bound(root, names)),
    }


def _name(node: SgNode) -> str:
    name, outer = node.field("name"), node.parent()
    if name is None and outer is not None:
        kind = outer.kind()
        if kind == "export_statement":
            return "default"
        if kind in _BINDS:
            name = outer.field(_BINDS[kind])
        if name is not None and name.text() == "module.exports":
            return "default"
    return last_name(name.text())[:80] if name is not None else "()"


def _named(node: SgNode) -> list[SgNode]:
    return [c for c in node.children() if c.is_named()]


def _catch(node: SgNode, scopes: Scopes) -> Catch:
    place, body, bound = node.range(), node.field("body"), node.field("parameter")
    statements = [s for s in _named(body) if s.kind() not in _IDLE] if body is not None else []
    does = "other"
    if not statements:
        does = "nothing"
    elif body is not None and body.find(kind="throw_statement"):
        does = "raises"
    elif all(is_log(s.text()) for s in statements):
        does = "logs"
    elif body is not None and body.find(kind="return_statement"):
        does = "returns"
    name = bound.text().partition(":")[0].strip() if bound is not None else ""
    return Catch(
        ("*",), place.start.line + 1, scopes.around(place.start.index), does, _tried(node), tells(statements, name)
    )  # fmt: skip


def _quiet(text: str, scopes: Scopes) -> Iterator[Catch]:
    for match in _QUIET.finditer(text):
        start = text.rfind("\n", 0, match.start()) + 1
        head = text[start : match.start()]
        if head.lstrip().startswith(("//", "*", "/*")) or "//" in head:
            continue
        called = re.search(r"([\w$]+)\([^()]*\)\s*$", head)
        line = text.count("\n", 0, match.start()) + 1
        yield Catch(
            ("*",), line, scopes.around(match.start()), "nothing", called[1] if called else ""
        )


def _tried(clause: SgNode) -> str:
    whole = clause.parent()
    body = whole.field("body") if whole is not None else None
    statements = [s for s in _named(body) if s.kind() != "comment"] if body is not None else []
    if len(statements) != 1 or statements[0].kind() != "expression_statement":
        return ""
    inner = statements[0].child(0)
    if inner is not None and inner.kind() == "await_expression":
        inner = next(iter(_named(inner)), None)
    function = (
        inner.field("function") if inner is not None and inner.kind() == "call_expression" else None
    )
    return last_name("".join(function.text().split()))[-60:] if function is not None else ""


def telling(bound: str) -> re.Pattern[str]:
    """What carries the text or the stack of an error that is bound to a name."""
    name = re.escape(bound)
    return re.compile(
        rf"\b{name}\??\.(?:stack|message|toString\(\))|\bString\(\s*{name}\s*\)|\$\{{\s*{name}\s*\}}"
        rf"|\b(?:json|send|end)\(\s*{name}\s*\)|\b(?:error|err|message|details?)\s*:\s*{name}\s*[,}}]"
    )


def tells(statements: list[SgNode], bound: str) -> int:
    """The line of an answer among statements, under no condition, that carries the error bound to a name; or 0."""
    if not bound or not re.fullmatch(r"[\w$]+", bound):
        return 0
    pattern = telling(bound)
    taken = re.compile(
        rf"(?:const|let|var)\s+(?:\{{[^}}]*\b(message|stack)\b[^}}]*\}}\s*=\s*{re.escape(bound)}\b|(\w+)\s*=[^=])"
    )
    carried: set[str] = set()
    for statement in statements:
        said = statement.text()[:_LONGEST]
        if statement.kind() in ("lexical_declaration", "variable_declaration"):
            match = taken.match(said)
            if match is not None and "?" not in said and (match[1] or pattern.search(said)):
                carried.add(match[1] or match[2])
            continue
        carried -= {c for c in carried if re.search(rf"\b{c}\s*=[^=]", said)}
        if statement.kind() not in _SAYS:
            continue
        if "?" in re.sub(r"\?\.|\?\?", "", said) or is_log(said.removeprefix("return ").lstrip()):
            continue  # on a condition, so not whatever was caught
        if not _ANSWER.search(said):
            continue
        if pattern.search(said) or any(
            re.search(rf"[:({{,]\s*{c}\s*[,)}}]", said) for c in carried
        ):
            return statement.range().start.line + 1
    return 0


def _raises(
    found: list[SgNode], text: str, scopes: Scopes, names: dict[str, str]
) -> Iterator[Raise]:
    for node in found:
        if node.kind() != "throw_statement":
            continue
        place, what = node.range(), next(iter(_named(node)), None)
        made = what is not None and what.kind() in ("new_expression", "call_expression")
        function = (
            (what.field("constructor") or what.field("function"))
            if made and what is not None
            else None
        )
        name = (
            qualified("".join(function.text().split()), names)[-120:]
            if function is not None
            else ""
        )
        yield Raise(name, place.start.line + 1, scopes.around(place.start.index))
    if "new " in text:
        for match in _REJECTS.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            yield Raise(qualified(match[1], names), line, scopes.around(match.start()))


def _function(node: SgNode, name: str, scopes: Scopes) -> Function:
    place, body = node.range(), node.field("body")
    given, single = node.field("parameters"), node.field("parameter")
    parameters = (
        [c.text() for c in _named(given) if c.kind() != "comment"] if given is not None else []
    )
    if single is not None:
        parameters = [single.text()]
    block = body is not None and body.kind() == "statement_block"
    every = [s for s in _named(body) if s.kind() not in _IDLE] if body is not None and block else []
    only = every[0] if len(every) == 1 else None
    if body is not None and not block:
        stub = body.kind() in _CONSTANTS
    else:
        value = next(iter(_named(only)), None) if only is not None else None
        stub = not every or (
            only is not None
            and only.kind() == "return_statement"
            and (value is None or value.kind() in _CONSTANTS)
        )
    return Function(
        name,
        place.start.line + 1,
        place.end.line + 1,
        scopes.around(place.start.index, itself=False),
        tuple(re.split(r"[:=?]", p.removeprefix("..."))[0].strip()[:60] for p in parameters)[
            :_MOST_PARAMETERS
        ],
        (),
        len(every) if block else int(body is not None),
        stub,
        node.text().startswith("async"),
    )


def _bound(root: SgNode, names: dict[str, str]) -> Iterator[tuple[str, str]]:
    for statement in root.children():
        inner = statement
        if statement.kind() == "export_statement":
            value = statement.field("value")
            if value is not None and (said := _stands_for(value, names)):
                yield "default", said
            inner = statement.field("declaration") or statement
        for node in inner.children():
            left = node.field("name") or node.field("left")
            right = node.field("value") or node.field("right")
            if left is None or right is None:
                continue
            name = left.text()
            if (
                right.kind() == "assignment_expression"
                and (value := right.field("right")) is not None
            ):
                right = value
            if name == "module.exports" and right.kind() == "object":
                for member in right.children():
                    if member.kind() == "shorthand_property_identifier":
                        yield f"exports.{member.text()}", member.text()
                continue
            if said := _stands_for(right, names):
                yield ("default" if name == "module.exports" else name[:80]), said


def _stands_for(node: SgNode, names: dict[str, str]) -> str:
    if node.kind() in ("identifier", "member_expression"):
        return qualified("".join(node.text().split()), names)[-120:]
    function = node.field("constructor") or node.field("function")
    if node.kind() not in ("new_expression", "call_expression") or function is None:
        return ""
    return f"{qualified(''.join(function.text().split()), names)[-120:]}()"
