"""Route handlers of Next.js (`app/**/route.ts`) that take input, and whether a schema checks it.

A handler takes input where it reads the request itself, or where it hands the request to a function of the
service that does, and uses the body or the query that comes back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ast_grep_py import SgNode

from auditor.code.kinds import nodes
from auditor.code.parsing import Unparsed, parse
from auditor.code.reach.flow import called_name, line_of, positional
from auditor.code.topics.routes import SCRIPT_VALIDATES, Check, Route, Text, short

WANTED = re.compile(r"\b(?:GET|POST|PUT|PATCH|DELETE)\b")
PLACE = re.compile(r"(?:^|/)app/(?:.+/)?route\.(?:[cm]?[jt]s|[jt]sx)$")
"""Where Next.js looks for route handlers."""

ASIDE = re.compile(r"(?:^|/)pages/api/.+\.(?:[cm]?[jt]s|[jt]sx)$")
"""Where its older handlers lie, which are not read."""

ACTIONS = re.compile(r"^[ \t]*[\"']use server[\"']", re.MULTILINE)
"""What makes functions callable from outside, which are not read either."""

_BODIES = ("POST", "PUT", "PATCH")
_VERBS = (*_BODIES, "GET", "DELETE")
_FUNCTIONS = ("function_declaration", "arrow_function", "function_expression")
_PARSES = r"(?:safeParse|safeParseAsync|parse|parseAsync|validate|validateSync|validateAsync)\("
_SAFE = re.compile(r"\.safeParse")
_LOOKS = re.compile(
    r"\.(?:success|error|data|output)\b|\{[^{}]{0,300}\b(?:success|error|data)\b[^{}]{0,300}\}\s*="
)
_RESULT = re.compile(r"\b(?:error\w*|success|issues|ok|valid|is[A-Z]\w*|failed|response)\b")
_TAKEN = re.compile(r"\b(?:body|query|data|payload|json|params|input)\b")
_CHECKER = re.compile(r"valid|schema|check|verify|parse", re.IGNORECASE)
_NOTHING = ("undefined", "null", "{}")


@dataclass(frozen=True, slots=True)
class NextRoutes:
    """Reads the handlers of one file; `code` is its text without comments, `text` finds functions of ours."""

    root: SgNode
    code: str
    text: Text

    def read(self) -> Iterator[Route]:
        """The handlers that take input."""
        for node in nodes(self.root, ("export_statement",)):
            for verb, function, name in self._exported(node):
                if function is not None:
                    yield from self._handler(verb, function)
                    continue
                other = self._elsewhere(name) if name else None
                if other is not None:
                    reader, inner = other
                    yield from (
                        replace(r, line=line_of(node)) for r in reader._handler(verb, inner)
                    )
                elif verb in _BODIES:
                    why = f"its handler {short(node.text())[:40]} was not followed"
                    yield Route(line_of(node), verb, Check.UNCLEAR, why)

    def _elsewhere(self, name: str) -> tuple[NextRoutes, SgNode] | None:
        """The function of a name in another file, if one alone is called so, and what reads it."""
        found = self.text(name)
        try:
            root = parse(found[0], "typescript") if len(found) == 1 else None
        except Unparsed:
            root = None
        inner = nodes(root, _FUNCTIONS) if root is not None else []
        return (replace(self, root=root, code=found[0]), inner[0]) if root and inner else None

    def _exported(self, node: SgNode) -> Iterator[tuple[str, SgNode | None, str]]:
        """The handlers that an export makes: verb, function (None where it is made elsewhere), and its name."""
        for one in nodes(node, ("export_specifier",)):
            name, alias = one.field("name"), one.field("alias")
            verb = (alias or name or one).text()
            if verb in _VERBS:
                said = name.text() if name is not None else ""
                yield verb, self._named(said), "" if said in _VERBS else said
        declared = node.field("declaration")
        if declared is None:
            return
        named = declared.field("name")
        if named is not None:
            if declared.kind() == "function_declaration" and named.text() in _VERBS:
                yield named.text(), declared, ""
            return
        for one in nodes(declared, ("variable_declarator",)):
            left, value = one.field("name"), one.field("value")
            if left is not None and left.kind() == "object_pattern":
                listed = re.findall(r"\w+", left.text())
                yield from ((verb, None, "") for verb in _VERBS if verb in listed)
            elif left is not None and left.text() in _VERBS:
                is_name = value is not None and value.kind() == "identifier"
                yield left.text(), self._inner(value), value.text() if value and is_name else ""

    def _inner(self, value: SgNode | None) -> SgNode | None:
        """The function that a value is, names, or wraps."""
        if value is None or value.kind() in _FUNCTIONS:
            return value
        if value.kind() == "identifier":
            return self._named(value.text())
        inner = [f for one in positional(value) if (f := self._inner(one)) is not None]
        return inner[0] if inner else None

    def _named(self, name: str) -> SgNode | None:
        """The function of a name in this file."""
        for node in nodes(self.root, ("function_declaration", "variable_declarator")):
            named = node.field("name")
            if named is None or named.text() != name:
                continue
            value = node.field("value")
            if node.kind() == "function_declaration":
                return node
            return value if value is not None and value.kind() in _FUNCTIONS else None
        return None

    def _handler(self, verb: str, function: SgNode) -> Iterator[Route]:
        request = _request(function)
        if not request:
            return
        place = function.range()
        body = self.code[place.start.index : place.end.index]
        line = line_of(function)
        if _reads(request).search(body):
            check, by = self._read_here(function, body)
            yield Route(line, verb, check, by)
            return
        found = [
            one
            for call in nodes(function, ("call_expression",))
            if any(given.text() == request for given in positional(call))
            and (one := self._handed(call, body, request)) is not None
        ]
        for check in (Check.RAW, Check.UNCLEAR, Check.SCHEMA):
            by = next((why for c, why in found if c is check), "")
            if by:
                yield Route(line, verb, check, by)
                return

    def _read_here(self, function: SgNode, body: str) -> tuple[Check, str]:
        seen = [match[0] for match in SCRIPT_VALIDATES.finditer(body)]
        sure = any(not _SAFE.search(one) for one in seen) or (seen and _LOOKS.search(body))
        if sure or self._checked_by_ours(function):
            return Check.SCHEMA, "checked in the handler"
        if seen:
            return Check.RAW, "nothing looks at what safeParse found"
        return Check.RAW, "what is sent is read as it comes"

    def _checked_by_ours(self, function: SgNode) -> bool:
        """Whether a handler calls a function of the service that is named for checking, and does check."""
        names = {called_name(c).rpartition(".")[2] for c in nodes(function, ("call_expression",))}
        return any(
            SCRIPT_VALIDATES.search(own)
            for name in sorted(names)
            if _CHECKER.search(name)
            for own in self.text(name)
        )

    def _handed(self, call: SgNode, body: str, request: str) -> tuple[Check, str] | None:
        """What is known of the input that a function of ours takes from the request; None where it takes none."""
        name = called_name(call)
        given = positional(call)
        at = next(i for i, one in enumerate(given) if one.text() == request)
        told: tuple[Check, str] | None = None
        for own in self.text(name.rpartition(".")[2]):
            parameters = _parameters(own)
            if at < len(parameters) and self._reads_inside(own, parameters[at]):
                told = _judge(name, own, parameters, given, _bound(body, name))
                if told is not None and told[0] is not Check.SCHEMA:
                    return told
        return told

    def _reads_inside(self, own: str, parameter: str) -> bool:
        """Whether a function reads the request, itself or by one more function of ours."""
        if _reads(parameter).search(own):
            return True
        handed = re.findall(rf"\b(\w+)\(\s*{re.escape(parameter)}\s*[,)]", own)
        return any(
            _reads(inner[0]).search(text)
            for name in handed
            for text in self.text(name)
            if (inner := _parameters(text))
        )


def _judge(
    name: str, own: str, parameters: list[str], given: list[SgNode], bound: str
) -> tuple[Check, str] | None:
    """What a function that reads the request makes of it, as it is called; `bound` is what is kept of its answer."""
    by_parameter = [
        i for i, p in enumerate(parameters) if re.search(rf"\b{re.escape(p)}\??\.{_PARSES}", own)
    ]
    checks = bool(SCRIPT_VALIDATES.search(own))
    if by_parameter:
        checks = any(i < len(given) and given[i].text() not in _NOTHING for i in by_parameter)
    if not checks and not _TAKEN.search(bound):
        return None
    if not checks:
        return Check.RAW, f"{name} is given no schema" if by_parameter else f"{name} checks nothing"
    if _SAFE.search(own) and "throw" not in own and not _RESULT.search(bound):
        return Check.UNCLEAR, f"whether it looks at what {name} found is not seen"
    return Check.SCHEMA, name


def _request(function: SgNode) -> str:
    """The name of the first parameter; empty where there is none."""
    found = function.field("parameters") or function.field("parameter")
    if found is None or found.kind() == "identifier":
        return found.text() if found is not None else ""
    first = next((c for c in found.children() if c.is_named()), None)
    match = re.match(r"\w+", first.text()) if first is not None else None
    return match[0] if match else ""


def _parameters(own: str) -> list[str]:
    """The names of the parameters of a function, by its code."""
    try:
        root = parse(own, "typescript")
    except Unparsed:
        return []
    for node in nodes(root, _FUNCTIONS):
        found = node.field("parameters")
        if found is not None:
            listed = [c.text() for c in found.children() if c.is_named()]
            return [m[0] if (m := re.match(r"\w+", one)) else "\0" for one in listed]
        single = node.field("parameter")
        return [single.text()] if single is not None else []
    return []


def _reads(request: str) -> re.Pattern[str]:
    """What reads the body or the query of a request of this name."""
    name = re.escape(request)
    return re.compile(
        rf"\b{name}(?:\s*\.clone\(\))?\s*\.(?:json|text|formData|arrayBuffer|blob)\(|\b{name}\.body\b"
        rf"|\b{name}\.nextUrl\.(?:searchParams|search)\b"
        rf"|\bsearchParams\b[^;]{{0,300}}=\s*(?:new URL\(\s*{name}\.url\b|{name}\.nextUrl\b)"
        rf"|\bnew URL\(\s*{name}\.url\b(?=[\s\S]{{0,2000}}\.searchParams\b)"
    )


def _bound(body: str, name: str) -> str:
    """What is kept of the answer of a call: names taken out of it, or members that are read later."""
    found = re.search(
        rf"(?:const|let|var)\s+(\{{[^{{}}]{{0,300}}\}}|\w+)\s*(?::[^=;]{{0,300}})?=\s*(?:await\s+)?{re.escape(name)}\(",
        body,
    )
    if found is None:
        return ""
    one = found[1].strip()
    return one if one.startswith("{") else " ".join(re.findall(rf"\b{re.escape(one)}\.\w+", body))
