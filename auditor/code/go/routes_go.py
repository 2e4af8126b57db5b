"""Functions of Go services that decode a request, and whether what they decode is checked."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ast_grep_py import SgNode

from auditor.code.kinds import nodes
from auditor.code.reach.flow import called_name, line_of
from auditor.code.topics.routes import Check, Route, Text

WANTED = re.compile(r"\.Body\b|ShouldBind|\.Bind\w*\(|BodyParser|FormValue|PostForm|QueryParser")

_BINDS = re.compile(
    r"\b(?:\w+\.(?:ShouldBind\w*|MustBindWith|BindJSON|BindQuery|BindXML|BindYAML)"
    r"|(?:c|ctx|context|gc|ec|fc|\w*[cC]tx)\.(?:Bind|BodyParser|QueryParser))\(\s*&?(\w+)"
)
_DECODES = re.compile(
    r"NewDecoder\(\s*(?:http\.MaxBytesReader\()?[^()]{0,80}?\b(?:r|req|request|c\.Request|ctx\.Request)\.Body[^()]{0,80}"
    r"\){0,4}\.Decode\(\s*&?(\w+)"
)
_READS = re.compile(r"ReadAll\(\s*(?:io\.LimitReader\()?\s*(?:r|req|request|c\.Request)\.Body")
_FORM = re.compile(r"\b(?:r|req|request|c)\.(?:FormValue|PostFormValue|PostForm|DefaultPostForm)\(")
_CHECKS = re.compile(
    r"\bvalid\w*\.\w+\(|\.Struct(?:Ctx)?\(|\.Validate\w*\(|\b[vV]alidate\w*\(|\bozzo\w*\.|protovalidate|\.Valid\(|\.IsValid\(|ConstructEvent\("
)
_TAGS = re.compile(r"\bbinding:\"(?!-?\")|\bvalidate:\"(?!-?\")|\bvalid:\"(?!-?\")")


def read(root: SgNode, code: str, text: Text, types: Text) -> Iterator[Route]:
    """The functions that take input; `code` is the text without comments, `types` finds structs of ours."""
    for node in nodes(root, ("function_declaration", "method_declaration", "func_literal")):
        if any(a.kind() == "func_literal" for a in node.ancestors()):
            continue
        place = node.range()
        body = code[place.start.index : place.end.index]
        if node.kind() != "func_literal":
            for inner in nodes(node, ("func_literal",)):
                own = inner.range()
                blank = " " * (own.end.index - own.start.index)
                start = own.start.index - place.start.index
                body = body[:start] + blank + body[start + len(blank) :]
        name = node.field("name")
        what = name.text() if name is not None else _around(node)
        yield from _route(body, line_of(node), what, text, types)


def _around(node: SgNode) -> str:
    """The name of the function around a literal, or of the call that it is handed to."""
    for above in node.ancestors():
        if above.kind() == "call_expression":
            return f"{called_name(above)[-60:]} func"
        name = above.field("name") if above.kind().endswith("_declaration") else None
        if name is not None:
            return f"{name.text()} func"
    return "func"


def _route(body: str, line: int, what: str, text: Text, types: Text) -> Iterator[Route]:
    bound = _BINDS.search(body)
    decoded = _DECODES.search(body)
    taken = bound or decoded or _READS.search(body) or _FORM.search(body)
    if taken is None:
        return
    if _CHECKS.search(body) or _handed(body, text):
        yield Route(line, what, Check.SCHEMA, "checked in the function")
        return
    if bound is not None:
        kind = _type_of(bound[1], body)
        found = types(kind) if kind else []
        if any(_TAGS.search(t) for t in found):
            gin = re.search(r"\bbinding:\"", " ".join(found))
            if gin or ".Bind(" not in bound[0]:
                yield Route(line, what, Check.SCHEMA, kind)
                return
        if not found:
            yield Route(line, what, Check.UNCLEAR, f"the type of {bound[1]} was not found")
            return
    yield Route(line, what, Check.RAW, f"{' '.join(taken[0].split())[:60]} is used as it comes")


def _type_of(name: str, body: str) -> str:
    """The type of a variable by how it is made in a function."""
    found = re.search(
        rf"\bvar\s+{name}\s+(?:\[\])?\*?([\w.]+)|\b{name}\s*:?=\s*&?(?:new\(\s*)?(?:\[\])?([A-Za-z][\w.]*)\s*[{{)]"
        rf"|[(,]\s*{name}\s+\*?([\w.]+)",
        body,
    )
    return next((g for g in found.groups() if g), "").rpartition(".")[2] if found else ""


def _handed(body: str, text: Text) -> bool:
    """Whether the request, or what was decoded, is handed to a function of ours that checks it."""
    for match in re.finditer(r"\b(\w*(?:[dD]ecode|[bB]ind|[pP]arse|[cC]heck|[rR]ead)\w*)\(", body):
        if any(_CHECKS.search(t) for t in text(match[1])):
            return True
    return False
