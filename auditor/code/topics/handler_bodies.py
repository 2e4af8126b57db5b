"""What a handler of errors answers: whether it hides the error behind a success, and whether it tells too much."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ast_grep_py import SgNode

from auditor.code.kinds import nodes
from auditor.code.lexical.conditions import holds
from auditor.code.parsing import parse_whole
from auditor.code.python import behaviour_python
from auditor.code.scan_scopes import is_log
from auditor.code.script import behaviour_script

_FUNCTIONS = (
    "function_definition", "function_declaration", "generator_function_declaration", "method_definition",
    "arrow_function", "function_expression", "lambda", "method_declaration", "func_literal",
)  # fmt: skip
_FAILURE = re.compile(
    r"\b[45]\d\d\b(?!\.\w)|INTERNAL_SERVER_ERROR|InternalServerError|HTTPStatus|StatusInternal|\bstatus(?:_?[cC]ode)?\b"
    r"|\.status\(|\bcode\b|sendStatus|\braise\b|\bthrow\b|\bnext\(|\bsuper\b|[eE]xception_?[hH]andler\("
    r"|\bproblem\w*\(|HttpResponseServerError|server_error\("
)
_SUCCESS = re.compile(
    r"(?:status(?:_?code)?\s*[=(:]\s*(?:[\w.]*\.)?(?:HTTP_)?20\d|,\s*20\d\s*\)?\s*$|\.(?:status|code|sendStatus)\(\s*20\d|HTTPStatus\.OK)",
    re.MULTILINE,
)
_FAILS = re.compile(
    r"\b[45]\d\d\b|INTERNAL_SERVER_ERROR|InternalServerError|\braise\b|\bthrow\b|\bnext\("
)
_ANSWERS = re.compile(
    r"\breturn\b|\.(?:json|send|end|render|sendFile|write|text|html)\(|\.body\s*=|\braise\b|\bthrow\b|\bnext\(|=>\s*[^{\s]"
    r"|\.status\(|sendStatus\("
)
_DEBUG = re.compile(
    r"\b(?:debug|production|NODE_ENV|is_?dev\w*|isProd\w*|development)\b|DEBUG", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Body:
    """`hides` says how an error is hidden ("" where it is not); `tells` is the line that tells too much, or 0."""

    hides: str = ""
    tells: int = 0


def judge(text: str, grammar: str, line: int, parameter: int = 0) -> Body:
    """The body of the handler that starts on a line; its error is the parameter of that place. Raises Unparsed."""
    found = handler_at(parse_whole(text, grammar), line)
    body = found.field("body") if found is not None else None
    if found is None or body is None:
        return Body()
    code = _code(body)
    statements = [
        s
        for s in body.children()
        if s.is_named() and s.kind() != "comment" and not behaviour_python.is_idle(s)
    ]
    block = body.kind() in ("block", "statement_block")
    hides = ""
    if block and not statements:
        hides = "does nothing"
    elif block and all(is_log(s.text()) for s in statements):
        hides = "only logs"
    elif _SUCCESS.search(code) and not _FAILS.search(code):
        hides = "answers a success"
    elif not _ANSWERS.search(code):
        hides = "answers nothing"
    elif not _FAILURE.search(code) and not _gives_back(found, parameter, code):
        hides = "answers 200, for it sets no status"
    return Body(hides, _tells(found, statements if block else [body], code, grammar, parameter))


def tried(text: str, grammar: str, line: int) -> str:
    """What is tried where a clause that catches starts on a line. Raises Unparsed."""
    kinds = ("except_clause", "catch_clause")
    clause = next(
        (n for n in nodes(parse_whole(text, grammar), kinds) if n.range().start.line + 1 == line),
        None,
    )
    whole = clause.parent() if clause is not None else None
    body = whole.field("body") if whole is not None else None
    return body.text() if body is not None else ""


def always_answers(text: str, grammar: str, line: int) -> bool:
    """Whether the function on a line answers whatever it is given: not only some types. Raises Unparsed."""
    found = handler_at(parse_whole(text, grammar), line)
    body = found.field("body") if found is not None else None
    for statement in body.children() if body is not None else ():
        condition = statement.field("condition")
        if condition is not None and re.search(r"\bnot\s+isinstance|!\s*\(", condition.text()):
            return False
        if statement.kind() == "return_statement" and not re.fullmatch(
            r"return(?:\s+None)?", statement.text()
        ):
            return True
    return False


def handler_at(root: SgNode, line: int) -> SgNode | None:
    """The first function that starts on a line, the outermost."""
    return next((n for n in nodes(root, _FUNCTIONS) if n.range().start.line + 1 == line), None)


def _code(body: SgNode) -> str:
    """The text of a body without its comments."""
    place = body.range()
    text, parts, at = body.text(), [], 0
    for node in nodes(body, ("comment",)):
        start = node.range().start.index - place.start.index
        end = node.range().end.index - place.start.index
        parts.append(text[at:start])
        at = end
    return "".join([*parts, text[at:]])


def _bound(node: SgNode) -> str:
    return re.split(r"[:=?]", node.text())[0].strip()


def _gives_back(found: SgNode, parameter: int, code: str) -> bool:
    """Whether the error itself is the answer, as with the exceptions of a framework."""
    given = found.field("parameters")
    names = [c for c in given.children() if c.is_named()] if given is not None else []
    return parameter < len(names) and bool(
        re.search(
            rf"\breturn\s+{re.escape(_bound(names[parameter]))}\b(?!\.(?!get_response))", code
        )
    )


def _tells(found: SgNode, statements: list[SgNode], code: str, grammar: str, parameter: int) -> int:
    given = found.field("parameters")
    names = (
        [c for c in given.children() if c.is_named() and c.kind() != "comment"]
        if given is not None
        else []
    )
    if parameter >= len(names):
        return 0
    bound = _bound(names[parameter])
    tells = behaviour_python.tells if grammar == "python" else behaviour_script.tells
    line = tells(statements, bound)
    if line and _DEBUG.search(code):
        at = line - statements[0].range().start.line - 1 if statements else 0
        around = "\n".join(code.splitlines()[: max(1, at + 2)])
        guards = re.findall(r"\bif\s*\(?([^\n{:]+)", around)
        if (
            any(
                _DEBUG.search(g) and holds(g.strip(" ()"), lambda _: None) is not False
                for g in guards
            )
            or "?" in around
        ):
            return 0  # ends before, in production
    return line
