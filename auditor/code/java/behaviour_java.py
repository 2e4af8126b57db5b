"""What a Java file catches and throws, its methods, and the state that its classes keep."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from ast_grep_py import SgNode

from auditor.code.java.java_variables import CLASSES, METHODS, line_of
from auditor.code.java.state_java import state
from auditor.code.parsing import nodes
from auditor.code.scan import Catch, Function, Raise, last_name, shortened
from auditor.code.scan_scopes import Scopes

_CATCH, _THROW, _FIELD = "catch_clause", "throw_statement", "field_declaration"
_KINDS = (*sorted(CLASSES), *sorted(METHODS), _CATCH, _THROW, _FIELD)
_BROAD = frozenset({"java.lang.Exception", "java.lang.Throwable", "java.lang.RuntimeException"})
_MOST_PARAMETERS = 30
_LONGEST = 5_000
_LOG = re.compile(
    r"(?:\w+\.)*(?:_?log(?:ger)?|LOG(?:GER)?|slf4j\w*)\b[\w.()]*\.?(?:\w+)?\(|\w+\.printStackTrace\(|System\.(?:out|err)\.",
)
_CONSTANT = re.compile(
    r"return(?:\s+(?:null|true|false|-?\d+[lLdf]?|\"[^\"]*\"|(?:Optional|List|Map|Set|Collections)\.\w+\(\)))?\s*;"
)
_ANSWER = re.compile(
    r"\bResponseEntity\b|\bResponse\s*\.|\bProblemDetail\b|\bServerResponse\b|\.body\(|sendError\(|\bHttpResponse\b"
)
_CONTROLLER = re.compile(r"@(?:Rest)?Controller(?:Advice)?\b|@Path\b")
_THROWN_BY = (
    r"(?:orElseThrow|error|failedFuture|failedStage|completeExceptionally|onErrorMap|onErrorResume"
    r"|failure|fail)"
)
_THROWN = re.compile(
    rf"\b{_THROWN_BY}\(\s*(?:\(\s*\w*\s*\)\s*->\s*|\w+\s*->\s*)?(?:new\s+([\w.]+)|([A-Z][\w.]*)::new)"
)

Qualify = Callable[[str], str]


def behaviour(root: SgNode, text: str, code: str, qualify: Qualify) -> dict[str, Any]:
    """The fields of FileScan that tell what the file does; `code` is the text without comments."""
    found = nodes(root, _KINDS)
    defined = [n for n in found if n.kind() in CLASSES or n.kind() in METHODS]
    scopes = Scopes(_span(n) for n in defined)
    functions = [_function(n, scopes) for n in defined if n.kind() in METHODS]
    fields = [n for n in found if n.kind() == _FIELD]
    controller = _CONTROLLER.search(code) is not None
    catches = (
        _catch(n, scopes, qualify, controller=controller) for n in found if n.kind() == _CATCH
    )
    raises = [_raise(n, scopes, qualify) for n in found if n.kind() == _THROW]
    raises += _handed(code, scopes, qualify)
    return {
        "catches": tuple(catches),
        "raises": tuple(sorted(raises, key=lambda r: r.line)),
        "functions": tuple(functions),
        "state": tuple(state(fields, defined, functions, scopes, code)),
    }


def _span(node: SgNode) -> tuple[int, int, str]:
    place, name = node.range(), node.field("name")
    said = name.text() if name is not None else "_"
    if node.kind() in METHODS and node.kind() != "method_declaration":
        said = "<init>"
    return place.start.index, place.end.index, said


def _named(node: SgNode) -> list[SgNode]:
    return [c for c in node.children() if c.is_named() and not str(c.kind()).endswith("comment")]


def _function(node: SgNode, scopes: Scopes) -> Function:
    place, body, name = node.range(), node.field("body"), node.field("name")
    statements = _named(body) if body is not None else []
    given, returns = node.field("parameters"), node.field("type")
    inner = next((c for c in node.children() if c.kind() == "modifiers"), None)
    noted, plain = [], []
    for child in inner.children() if inner is not None else ():
        if str(child.kind()).endswith("annotation"):
            noted.append(shortened(child.text().removeprefix("@")))
        elif not str(child.kind()).endswith("comment"):
            plain.append(child.text())
    if body is None:
        plain.append("abstract")
    made = node.kind() != "method_declaration"
    return Function(
        name="<init>" if made else name.text() if name is not None else "_",
        line=line_of(name) if name is not None else line_of(node),
        last=place.end.line + 1,
        scope=scopes.around(place.start.index, itself=False),
        parameters=tuple(shortened(c.text()) for c in (_named(given) if given else ()))[
            :_MOST_PARAMETERS
        ],
        decorators=tuple(noted),
        statements=len(statements),
        stub=body is not None
        and (
            not statements
            or (len(statements) == 1 and bool(_CONSTANT.fullmatch(statements[0].text())))
        ),
        modifiers=tuple(dict.fromkeys(plain)),
        returns=shortened(returns.text()) if returns is not None else "",
    )


def _catch(node: SgNode, scopes: Scopes, qualify: Qualify, *, controller: bool) -> Catch:
    place, body = node.range(), node.field("body")
    given = next((c for c in node.children() if c.kind() == "catch_formal_parameter"), None)
    typed = next((c for c in given.children() if c.kind() == "catch_type"), None) if given else None
    name = given.field("name") if given is not None else None
    types = tuple(qualify(t.text())[-120:] for t in _named(typed)) if typed is not None else ()
    tells = 0
    if body is not None and name is not None and _BROAD & set(types):
        tells = told(body, name.text(), everything=controller)
    return Catch(
        types or ("*",),
        place.start.line + 1,
        scopes.around(place.start.index),
        _does(body),
        _tried(node),
        tells,
    )


def _does(body: SgNode | None) -> str:
    statements = _named(body) if body is not None else []
    if all(s.text().strip(" ;") in ("", "continue") for s in statements):
        return "nothing"
    if body is not None and body.find(kind=_THROW) is not None:
        return "raises"
    if all(_LOG.match(s.text()[:300]) for s in statements):
        return "logs"
    return "returns" if body is not None and body.find(kind="return_statement") else "other"


def _tried(clause: SgNode) -> str:
    whole = clause.parent()
    body = whole.field("body") if whole is not None else None
    statements = _named(body) if body is not None else []
    if len(statements) != 1 or statements[0].kind() != "expression_statement":
        return ""
    inner = next(iter(_named(statements[0])), None)
    name = (
        inner.field("name") if inner is not None and inner.kind() == "method_invocation" else None
    )
    return last_name(name.text())[-60:] if name is not None else ""


def carries(bound: str) -> re.Pattern[str]:
    """What carries the text or the stack of an exception that goes by a name."""
    name = re.escape(bound)
    return re.compile(
        rf"\b{name}\.(?:getMessage|getLocalizedMessage|toString|getStackTrace|getCause|getReason)\(|[sS]tackTrace\w*\(\s*{name}\b"
        rf"|\+\s*{name}\b(?!\.)|String\.valueOf\(\s*{name}\s*\)|[gG]et\w*Message\w*\(\s*{name}\b"
    )


def told(body: SgNode, bound: str, *, everything: bool) -> int:
    """The line of an answer under no condition that carries the exception bound to a name; or 0.

    `everything`: whatever is given back is an answer.
    """
    pattern = carries(bound)
    carried: set[str] = set()
    for statement in _named(body):
        said = statement.text()[:_LONGEST]
        if statement.kind() == "local_variable_declaration" or "=" in said.split("(")[0]:
            match = re.search(r"(\w+)\s*=[^=]", said)
            if match is not None and pattern.search(said):
                carried.add(match[1])
        tells = pattern.search(said) or any(
            re.search(rf"\b{re.escape(c)}\b", said) for c in carried
        )
        given = statement.kind() == "return_statement" and (everything or _ANSWER.search(said))
        written = re.search(r"\b(?:sendError|getWriter\(\)\s*\.\s*\w+|writeValue\w*)\(", said)
        setter = re.match(r"(\w+)\.(?:set|put|add|with)\w*\(", said)
        if setter is not None and tells and statement.kind() == "expression_statement":
            carried.add(setter[1])
        if tells and (given or (written and statement.kind() == "expression_statement")):
            return line_of(statement)
    return 0


def _raise(node: SgNode, scopes: Scopes, qualify: Qualify) -> Raise:
    place = node.range()
    value = next(iter(_named(node)), None)
    made = (
        value.field("type")
        if value is not None and value.kind() == "object_creation_expression"
        else None
    )
    name = qualify(made.text())[-120:] if made is not None else ""
    return Raise(name, place.start.line + 1, scopes.around(place.start.index))


def _handed(code: str, scopes: Scopes, qualify: Qualify) -> Iterator[Raise]:
    """What is made to be thrown by something else: `orElseThrow(() -> new Gone())`, `Mono.error(new Gone())`."""
    for match in _THROWN.finditer(code):
        name = qualify(match[1] or match[2])[-120:]
        yield Raise(name, code.count("\n", 0, match.end()) + 1, scopes.around(match.start()))
