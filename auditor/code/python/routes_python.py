"""Routes of Python services that take input: FastAPI, Litestar and Ninja by their signatures, Flask and Django by
what their functions read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ast_grep_py import SgNode

from auditor.code.kinds import nodes
from auditor.code.python.signatures_python import (
    FRAMEWORK,
    GIVEN,
    LOOSE,
    SCALAR,
    bare,
    parameter,
    parameters_of,
)
from auditor.code.reach.flow import called_name, first, line_of
from auditor.code.topics.environment import literal
from auditor.code.topics.routes import VALIDATES, VERBS, Check, Route, Text, short

WANTED = re.compile(
    r"\b[rR]equest\b|\b(?:serializer|form)_class\b|@\w[\w.]*\.(?:get|post|put|patch|delete|route|api_route)\(|^@(?:post|put|patch|get)\(",
    re.MULTILINE,
)

_FLASK = frozenset(
    {
        "flask",
        "quart",
        "flask_smorest",
        "flask_restx",
        "flask_restful",
        "apiflask",
        "flask_openapi3",
    }
)
_DJANGO = frozenset({"django", "rest_framework"})
_SIGNED = frozenset({"fastapi", "ninja", "litestar", "ninja_extra", "ninja_jwt"})
_ROUTED = re.compile(rf"(?:[\w.]+\.)?(?:{'|'.join(VERBS)}|route|api_route)")
_BODY = re.compile(r"\brequest\.(?:json|body|form|stream)\(|\brequest\.(?:body|data|POST)\b")
_QUERY = re.compile(r"\brequest\.(?:query_params|GET)\b")
_FLASK_READS = re.compile(
    r"\brequest\.(?:json|form|data|values|args)\b|\brequest\.get_(?:json|data)\(|\brequest\.query_string\b"
)
_FLASK_TYPED = re.compile(
    r"\brequest\.(?:args|form|values)\.(?:get|getlist)\([^()]{0,200}\btype\s*="
    r"|\b(?:int|float|bool|UUID|Decimal|\w{0,40}(?:parse|str2|to_)\w{0,40})\(\s*request\.(?:args|form|values)\b"
)
_MODELS = ("body", "query", "form", "json_data")
_FLASK_SCHEMAS = re.compile(
    r"(?:\w+\.)?(?:use_args|use_kwargs|arguments|input|expects_json|validate|validate_\w+|expect|body|marshal_with_form)"
)
_DJANGO_READS = re.compile(r"\brequest\.(?:POST|body|data|FILES)\b")
_METHODS = frozenset({*VERBS, "create", "update", "partial_update", "form_valid"})
_GENERIC = re.compile(
    r"(?:\w+\.)*(?:Create|Update|Edit|Form|ModelView|GenericView|\w*Create\w*|\w*Update\w*)\w*(?:View|APIView|ViewSet|Mixin)|(?:\w+\.)*ModelViewSet"
)


@dataclass(frozen=True, slots=True)
class PythonRoutes:
    """Reads the routes of one file. `modules` are the tops of what it imports, `everywhere` of what the service
    does; `code` is its text without comments, `text` finds functions of ours."""

    root: SgNode
    code: str
    modules: frozenset[str]
    everywhere: frozenset[str]
    text: Text
    types: Text

    def read(self) -> Iterator[Route]:
        """The routes that take input."""
        for node in nodes(self.root, ("decorated_definition",)):
            function = node.field("definition")
            if function is None or function.kind() != "function_definition":
                continue
            for decorator in (c for c in node.children() if c.kind() == "decorator"):
                call = next((c for c in decorator.children() if c.kind() == "call"), None)
                if (
                    call is not None
                    and _ROUTED.fullmatch(called_name(call))
                    and self._is_path(call)
                ):
                    yield from self._route(node, function, call)
                    break
        if self.modules & _DJANGO:
            yield from self._django()
        if self.modules & _FLASK:
            yield from self._resources()

    def _is_path(self, call: SgNode) -> bool:
        given = first(call)
        said = literal(given.text()) if given is not None else None
        named = any(f"{k}=" in call.text() for k in ("path", "rule", "url_name"))
        return (said is not None and (said == "" or "/" in said or said.startswith("<"))) or (
            given is None and named
        )

    def _route(self, node: SgNode, function: SgNode, call: SgNode) -> Iterator[Route]:
        name = function.field("name")
        what = f"{called_name(call)} {name.text() if name is not None else ''}".strip()
        if self.modules & _FLASK:
            yield from self._flask(node, function, what)
        elif self.modules & _SIGNED or self.everywhere & _SIGNED:
            yield from self._signed(function, what)

    def _body(self, node: SgNode) -> str:
        place = node.range()
        return self.code[place.start.index : place.end.index]

    # by signature

    def _signed(self, function: SgNode, what: str) -> Iterator[Route]:
        loose: list[str] = []
        typed: list[str] = []
        reads = False
        parameters = function.field("parameters")
        for one in parameters.children() if parameters is not None else ():
            if not one.is_named() or one.kind() in (
                "keyword_separator",
                "comment",
                "positional_separator",
            ):
                continue
            name, kind, default = parameter(one)
            if name in ("self", "cls") or one.kind() in (
                "list_splat_pattern",
                "dictionary_splat_pattern",
            ):
                continue
            if FRAMEWORK.fullmatch(kind) or (name == "request" and not kind):
                reads = reads or bool(re.search(r"Request$|^$", kind))
                continue
            if GIVEN.search(default) or GIVEN.search(kind):
                continue
            plain = bare(kind)
            meant = self._meaning(plain)
            if meant is None:
                continue
            if not plain or LOOSE.fullmatch(meant):
                loose.append(name)
            else:
                typed.append(plain)
        body = self._body(function)
        if reads and (_BODY.search(body) or (not typed and _QUERY.search(body))):
            if not self._validates(body, "request"):
                loose.append("request")
            else:
                typed.append("request")
        if loose:
            yield Route(line_of(function), what, Check.RAW, f"{loose[0]} has no schema")
        elif typed:
            models = [t for t in typed if not SCALAR.fullmatch(t)]
            yield Route(line_of(function), what, Check.SCHEMA, short((models or typed)[0]))

    def _meaning(self, kind: str) -> str | None:
        """What a type of ours stands for; None for a dependency that goes by a name."""
        if SCALAR.fullmatch(kind) or not re.fullmatch(r"\w+", kind):
            return kind
        for text in self.types(kind):
            alias = re.match(rf"(?:type\s+)?{kind}\s*(?::[^=\n]+)?=\s*(.*)", text, re.DOTALL)
            if alias is None:
                continue
            if GIVEN.search(alias[1]):
                return None
            return bare(alias[1].strip())
        return kind

    def _validates(self, body: str, handed: str) -> bool:
        """Whether a function checks data, or hands the request to one of ours that does."""
        if VALIDATES.search(body):
            return True
        if any(self._is_model(name, 3) for name in re.findall(r"\b([A-Z]\w+)\(\s*\*\*", body)):
            return True
        for name in re.findall(r"\b((?:validate|check|verify)_\w+)\(", body):
            own = self.text(name)
            if not own or any(re.search(r"\b(?:raise|abort|errors?)\b", text) for text in own):
                return True
        for match in re.finditer(rf"\b(\w+)\(\s*(?:\w+\s*=\s*)?{handed}\b", body):
            if any(VALIDATES.search(text) for text in self.text(match[1])):
                return True
        return False

    def _is_model(self, name: str, depth: int) -> bool:
        """Whether a class checks what it is made of: of pydantic, msgspec or marshmallow, not of a database."""
        for text in self.types(name):
            above = re.match(r"class\s+\w+\(([^)]*)\)", text)
            bases = re.findall(r"\w+", above[1]) if above else []
            if any(b in ("BaseModel", "Struct", "Schema", "RootModel") for b in bases):
                return True
            if depth and any(b != name and self._is_model(b, depth - 1) for b in bases[:4]):
                return True
        return False

    # by what is read

    def _flask(self, node: SgNode, function: SgNode, what: str) -> Iterator[Route]:
        body = self._body(function)
        line = line_of(function)
        decorators = [c for c in node.children() if c.kind() == "decorator"]
        named = [called_name(c) for d in decorators for c in d.children() if c.kind() == "call"]
        schema = next((n for n in named if _is_flask_schema(n)), "")
        parameters = [parameter(p) for p in parameters_of(function)]
        model = next(
            (k for n, k, _ in parameters if n in ("body", "query", "form", "json_data") and k), ""
        )
        if schema or (model and not LOOSE.fullmatch(model)):
            yield Route(line, what, Check.SCHEMA, schema or model)
            return
        reads = _FLASK_READS.findall(_FLASK_TYPED.sub("", body))
        if reads and not self._validates(body, r"(?:request|data|payload|body|\w*json\w*|form)"):
            why = f"{short(reads[0]).rstrip('(')} is read as it comes"
            yield Route(line, what, Check.RAW, why)
        elif reads or _FLASK_TYPED.search(body):
            yield Route(line, what, Check.SCHEMA, "checked in the function")

    def _resources(self) -> Iterator[Route]:
        """The methods of classes of Flask-RESTful and MethodView."""
        for name, bases, method, whole in self._methods():
            if re.search(r"Resource|MethodView", bases):
                yield from self._flask(whole, method, name)

    def _methods(self) -> Iterator[tuple[str, str, SgNode, SgNode]]:
        """The methods of classes that answer requests: name, bases of the class, function, and what is around it."""
        for node in nodes(self.root, ("class_definition",)):
            above, name, body = node.field("superclasses"), node.field("name"), node.field("body")
            for child in body.children() if body is not None else ():
                inner = (
                    child.field("definition") if child.kind() == "decorated_definition" else child
                )
                method = (
                    inner.field("name")
                    if inner is not None and inner.kind() == "function_definition"
                    else None
                )
                if inner is None or method is None:
                    continue
                is_action = (
                    child.kind() == "decorated_definition" and "@action" in child.text()[:200]
                )
                if method.text() in _METHODS or is_action:
                    bases = above.text() if above is not None else ""
                    yield (
                        f"{name.text() if name is not None else ''}.{method.text()}",
                        bases,
                        inner,
                        child,
                    )

    def _django(self) -> Iterator[Route]:
        for node in nodes(self.root, ("function_definition",)):
            given = parameters_of(node)
            name = node.field("name")
            inside = any(
                a.kind() in ("class_definition", "function_definition") for a in node.ancestors()
            )
            if given and parameter(given[0])[0] == "request" and name is not None and not inside:
                yield from self._read(node, name.text())
        for name_, bases, method, _ in self._methods():
            if re.search(r"View|Mixin", bases):
                yield from self._read(method, name_)
        for node in nodes(self.root, ("class_definition",)):
            above, name = node.field("superclasses"), node.field("name")
            listed = re.findall(r"[\w.]+", above.text()) if above is not None else []
            schema = re.search(
                r"^\s+(?:serializer_class|form_class|input_serializer)\s*=\s*([\w.]+)",
                self._body(node),
                re.MULTILINE,
            )
            if name is not None and schema and any(_GENERIC.fullmatch(b[:120]) for b in listed):
                yield Route(line_of(node), name.text(), Check.SCHEMA, schema[1])

    def _read(self, function: SgNode, name: str) -> Iterator[Route]:
        body = self._body(function)
        reads = _DJANGO_READS.search(body)
        if reads is None:
            return
        if self._validates(body, "request"):
            yield Route(line_of(function), name, Check.SCHEMA, "checked in the function")
        else:
            yield Route(line_of(function), name, Check.RAW, f"{reads[0]} is read as it comes")


def _is_flask_schema(name: str) -> bool:
    """Whether a decorator checks input: `blp.arguments`, `app.input`, `use_args`."""
    if not _FLASK_SCHEMAS.fullmatch(name):
        return False
    return "." in name or name.startswith(("use_", "expects", "valid"))
