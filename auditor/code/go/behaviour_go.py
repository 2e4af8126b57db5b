"""What a Go file recovers from and gives back as errors, its functions, its error types and its state."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ast_grep_py import SgNode

from auditor.code.go.state_go import specs, state
from auditor.code.parsing import nodes
from auditor.code.scan import Catch, Class, Function, Raise, matching
from auditor.code.scan_scopes import Scopes, is_log

_DEFINED = ("function_declaration", "method_declaration")
_RECOVERS = {"kind": "call_expression", "has": {"field": "function", "regex": "^recover$"}}
_EMPTY = re.compile(
    r"\bif\s+(?:[\w, ]{1,80}:?=[^;{\n]{1,200};\s*)?\w{0,40}[eE]rr\s*!=\s*nil\s*\{\s*(?:(?://[^\n]*|/\*[^\n]{0,200}?\*/)\s*)*\}(?!\s*else)"
)
_ANSWER = re.compile(
    r"\bhttp\.Error\(|\.WriteHeader\(|\.Abort\w*\(|\.(?:JSON|String|SendStatus|Status|Error)\(|status\.Error"
)
_GIVES = re.compile(
    r"(?:^|[,\s])(?:&?(?P<type>(?:\w+\.)?\w*Err(?:or)?)\{|(?P<call>(?:\w+\.)*(?:New|Errorf|Wrapf?|WithMessage|New\w*Err(?:or)?\w*|Err(?:or)?\w*|Join))\("
    r"|(?P<name>(?:\w+\.)?[eE]rr[A-Z]\w*)\s*$)"
)
_PANIC = re.compile(r"^panic\(")
_WRAPS = re.compile(r"\b((?:\w+\.)?[eE]rr[A-Z]\w*)\b")
_MOST_PARAMETERS = 12


def behaviour(root: SgNode, text: str, names: dict[str, str]) -> dict[str, Any]:
    """The fields of FileScan that tell what the file does: catches, raises, classes, functions, state, bound."""
    found = nodes(root, _DEFINED)
    scopes = Scopes(_span(n) for n in found)
    catches = list(_empty(root, text, scopes))
    if "recover()" in text:
        catches += [_recover(n, scopes) for n in matching(root, _RECOVERS)]
    return {
        "catches": tuple(sorted(catches, key=lambda c: c.line)),
        "raises": tuple(_raises(root, scopes, names)),
        "classes": tuple(_errors(found, names)),
        "functions": tuple(_function(n) for n in found),
        "state": tuple(state(root, text, scopes)),
        "bound": dict(_bound(root, names)),
    }


def _span(node: SgNode) -> tuple[int, int, str]:
    place, name = node.range(), node.field("name")
    return place.start.index, place.end.index, name.text() if name is not None else ""


def _full(text: str, names: dict[str, str]) -> str:
    first, dot, rest = text.partition(".")
    return f"{names.get(first, first)}.{rest}"[-120:] if dot else text[-120:]


def _empty(root: SgNode, text: str, scopes: Scopes) -> Iterator[Catch]:
    for match in _EMPTY.finditer(text) if "!= nil" in text else ():
        head = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
        if "//" not in head:
            line = text.count("\n", 0, match.start()) + 1
            yield Catch(("error",), line, scopes.around(match.start()), "nothing")


def _recover(node: SgNode, scopes: Scopes) -> Catch:
    place = node.range()
    around = next((a for a in node.ancestors() if a.kind() in ("func_literal", *_DEFINED)), None)
    body = around.field("body") if around is not None else None
    said = body.text() if body is not None else ""
    plain = re.sub(r"//[^\n]*", "", said)
    if _ANSWER.search(plain):
        does = "returns"
    elif re.search(r"\bpanic\(", plain):
        does = "raises"
    elif re.fullmatch(r"\{\s*(?:_\s*=\s*)?recover\(\)\s*\}", plain) or re.search(
        r"recover\(\)[^{]*\{\s*\}\s*\}$", plain
    ):
        does = "nothing"
    else:
        does = (
            "logs" if any(is_log(part.strip()) for part in re.split(r"[{};\n]", plain)) else "other"
        )
    return Catch(("panic",), place.start.line + 1, scopes.around(place.start.index), does)


def _raises(root: SgNode, scopes: Scopes, names: dict[str, str]) -> Iterator[Raise]:
    for node in root.find_all(kind="return_statement"):
        said = node.text()[:500]
        if "rr" not in said and "New" not in said:
            continue
        match = _GIVES.search(said.removeprefix("return"))
        if match is None:
            continue
        name = match["type"] or match["call"] or match["name"]
        wrapped = _WRAPS.search(said) if match["call"] else None
        place = node.range()
        full = _full(wrapped[1] if wrapped else name, names)
        if match["call"] and full.endswith("fmt.Errorf") and "%w" in said:
            full = ""  # what was given goes on
        yield Raise(full, place.start.line + 1, scopes.around(place.start.index))


def _errors(found: list[SgNode], names: dict[str, str]) -> Iterator[Class]:
    for node in found:
        name, receiver = node.field("name"), node.field("receiver")
        if name is None or receiver is None or name.text() != "Error":
            continue
        own = re.search(r"\*?(\w+)(?:\[[^\]]*\])?\s*\)$", receiver.text())
        if own is not None:
            yield Class(own[1], node.range().start.line + 1, ("error",), ("Error",))


def _function(node: SgNode) -> Function:
    place, body = node.range(), node.field("body")
    name, given = node.field("name"), node.field("parameters")
    inner = (
        next((c for c in body.children() if c.kind() == "statement_list"), None)
        if body is not None
        else None
    )
    every = (
        [s for s in inner.children() if s.is_named() and s.kind() != "comment"]
        if inner is not None
        else []
    )
    receiver = node.field("receiver")
    own = (
        re.search(r"\*?(\w+)(?:\[[^\]]*\])?\s*\)$", receiver.text())
        if receiver is not None
        else None
    )
    said = every[0].text() if len(every) == 1 else ""
    parameters = [c.text() for c in given.children() if c.is_named()] if given is not None else []
    return Function(
        name.text() if name is not None else "",
        place.start.line + 1,
        place.end.line + 1,
        own[1] if own is not None else "",
        tuple(p[:60] for p in parameters)[:_MOST_PARAMETERS],
        (),
        len(every),
        not every
        or re.fullmatch(r"return(?:\s+(?:nil|true|false|\d+|\"[^\"]*\")(?:,\s*(?=\S))?)*", said)
        is not None,
    )


def _bound(root: SgNode, names: dict[str, str]) -> Iterator[tuple[str, str]]:
    for spec in specs(root):
        name, value = spec.field("name"), spec.field("value")
        if name is None or value is None:
            continue
        match = re.match(r"&?([\w.]+)\s*([({])?", value.text())
        if match is not None and match[1][:1].isalpha():
            yield name.text(), _full(match[1], names) + ("()" if match[2] else "")
