"""OpenAPI 3.x and Swagger 2.0 documents, in JSON or YAML: operations, what describes and secures them.

Only references inside the document are followed. What breaks the rules of OpenAPI without hiding
the operations is kept in `faults` (see openapi_faults).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from auditor.formats.text import yaml_text
from auditor.formats.text.errors import Malformed, TooLarge
from auditor.formats.text.json_text import decode, opening
from auditor.formats.web.openapi_faults import faults
from auditor.formats.web.openapi_parts import Tree, mapping, resolved, sequence, text

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_MOST_OPERATIONS = 20_000
_LIMIT = 10_000_000
_VERSION = re.compile(r"(?:2\.0|3\.\d{1,2})(?:\.\d{1,3})?")
_HEALTH = re.compile(
    r"/(?:health\w*|live|livez|liveness|ready|readyz|readiness|ping|heartbeat)(?:/|$)", re.I
)
_FILLER = re.compile(r"\W*(?:todo|tbd|fixme|description|summary|string|n/?a|none|xxx)?\W*", re.I)
_JSON = re.compile(r"application/(?:[\w.+-]+\+)?json\b", re.I)
_BODILESS = ("204", "205")

Security = tuple[tuple[str, ...], ...]
"""Alternatives, each the schemes that it asks for together; an empty alternative asks for nothing."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """`where` is path, query, header, cookie, body or formData; `type` and `format` of its schema."""

    name: str
    where: str
    required: bool
    type: str
    format: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path. `security` None: neither it nor the document says who may call it.

    `described`: in words of its own, not those that a framework makes of a function's name.
    `response_schema`: every successful answer with a body says what it holds, and a GET has one.
    `json_body`: a body is required, and JSON is the only kind that it takes.
    """

    method: str
    path: str
    described: bool
    response_schema: bool
    security: Security | None
    parameters: tuple[Parameter, ...]
    json_body: bool

    @property
    def name(self) -> str:
        """Such as `GET /orders`."""
        return f"{self.method} {self.path}"

    @property
    def public(self) -> bool:
        """Whether its declaration lets anybody call it."""
        return self.security is not None and (not self.security or () in self.security)


@dataclass(frozen=True, slots=True)
class OpenApi:
    """A document. `version` is that of OpenAPI, `info_version` that of the API."""

    version: str
    title: str
    info_version: str
    servers: tuple[str, ...]
    base_path: str
    paths: tuple[str, ...]
    operations: tuple[Operation, ...]
    webhooks: int
    schemas: int
    security_schemes: tuple[str, ...]
    global_security: bool
    faults: tuple[str, ...]

    @property
    def health_paths(self) -> tuple[str, ...]:
        """Paths whose name says that they tell the service's health."""
        return tuple(path for path in self.paths if is_health(path))


def is_health(path: str) -> bool:
    """Whether the name of a path says that it tells the service's health."""
    return _HEALTH.search(path) is not None


def read(data: bytes) -> OpenApi:
    """The document in `data`. Raises Malformed (also for other JSON and YAML) and TooLarge."""
    tree = tree_of(data)
    version = _version(tree)
    paths = tree.get("paths")
    if not isinstance(paths, dict) and (paths is not None or version.startswith(("2.", "3.0"))):
        raise Malformed("The OpenAPI document has no `paths`.")
    routes = {path: item for path, item in mapping(paths).items() if not path.startswith("x-")}
    operations = tuple(_operations(tree, routes))
    info, components = mapping(tree.get("info")), mapping(tree.get("components"))
    schemes = mapping(components.get("securitySchemes")) | mapping(tree.get("securityDefinitions"))
    schemas = components.get("schemas") if components else tree.get("definitions")
    return OpenApi(
        version=version,
        title=text(info.get("title")),
        info_version=text(info.get("version")),
        servers=tuple(text(mapping(s).get("url")) for s in sequence(tree.get("servers"))),
        base_path=text(tree.get("basePath")),
        paths=tuple(routes),
        operations=operations,
        webhooks=len(mapping(tree.get("webhooks"))),
        schemas=len(mapping(schemas)),
        security_schemes=tuple(schemes),
        global_security=bool(tree.get("security")),
        faults=tuple(faults(tree, version, routes, METHODS, tuple(schemes))),
    )


def tree_of(data: bytes) -> Tree:
    """The document as it stands. Raises Malformed and TooLarge."""
    if opening(data[:64]).lstrip()[:1] == b"{":
        return decode(data, dict[str, Any], name="The OpenAPI document", limit=_LIMIT)
    value = yaml_text.load(data, name="The OpenAPI document").value
    if not isinstance(value, dict):
        raise Malformed("The OpenAPI document is not a mapping.")
    return value


def _version(tree: Tree) -> str:
    for key, first in (("openapi", "3"), ("swagger", "2")):
        given = tree.get(key)
        said = str(given) if isinstance(given, str | float) else ""
        if said.startswith(first) and _VERSION.fullmatch(said):
            return said
    raise Malformed("It names no version of OpenAPI or Swagger that is known: 2.0 or 3.x.")


def _operations(tree: Tree, routes: Tree) -> Iterator[Operation]:
    count = 0
    for path, item in routes.items():
        route = mapping(resolved(tree, item))
        for method, given in route.items():
            if method not in METHODS or not isinstance(given, dict):
                continue
            count += 1
            if count > _MOST_OPERATIONS:
                raise TooLarge(f"The OpenAPI document has more than {_MOST_OPERATIONS} operations.")
            parameters = tuple(_parameters(tree, route, given))
            yield Operation(
                method=method.upper(),
                path=path,
                described=_described(given, method, path),
                response_schema=_response_schema(tree, given, method),
                security=_security(given.get("security", tree.get("security"))),
                parameters=parameters,
                json_body=_json_body(tree, given, parameters),
            )


def _described(operation: Tree, method: str, path: str) -> bool:
    if not _filler(text(operation.get("description"))):
        return True
    summary = text(operation.get("summary"))
    # FastAPI makes both of a function's name: such a summary tells no more than the path.
    generated = re.sub(r"\W", "_", summary.replace(" ", "_") + path) + "_" + method
    same = generated.lower() == text(operation.get("operationId")).lower()
    return not _filler(summary) and not same


def _filler(words: str) -> bool:
    """Whether nothing is said, or only what templates say; of a long text, its start decides."""
    return _FILLER.fullmatch(words.strip()[:200]) is not None


def _response_schema(tree: Tree, operation: Tree, method: str) -> bool:
    """Whoever only sends may get an empty answer; whoever reads wants to know what comes."""
    answers = {
        status: mapping(resolved(tree, answer))
        for status, answer in mapping(operation.get("responses")).items()
    }
    good = [a for s, a in answers.items() if s.startswith("2")]
    good = good or [a for s, a in answers.items() if s == "default"]
    if not good:  # one that only redirects, or only fails, has no other answer to describe
        return any(status.startswith("3") for status in answers)
    if method == "get" and not any(a.get("content") or "schema" in a for a in good):
        return any(status in _BODILESS for status in answers)
    return all(_has_schema(answer) for answer in good)


def _has_schema(answer: Tree) -> bool:
    """Of a body that is no JSON, its type says enough."""
    if "schema" in answer:
        return bool(answer["schema"])
    return all(
        bool(mapping(media).get("schema") or mapping(media).get("itemSchema"))
        for kind, media in mapping(answer.get("content")).items()
        if _JSON.match(kind) or kind == "*/*"
    )


def _security(given: object) -> Security | None:
    if not isinstance(given, list):
        return None
    return tuple(tuple(mapping(one)) for one in given)


def _parameters(tree: Tree, route: Tree, operation: Tree) -> Iterator[Parameter]:
    """Those of the operation and of its path; an operation's own outweighs that of the path."""
    found: dict[tuple[str, str], Tree] = {}
    for given in (*sequence(route.get("parameters")), *sequence(operation.get("parameters"))):
        one = mapping(resolved(tree, given))
        found[text(one.get("name")), text(one.get("in"))] = one
    for (name, where), one in found.items():
        schema = mapping(resolved(tree, one.get("schema"))) or one
        kind = schema.get("type")
        yield Parameter(
            name,
            where,
            required=one.get("required") is True or not name,
            type=text(kind),
            format=text(schema.get("format")),
        )


def _json_body(tree: Tree, operation: Tree, parameters: tuple[Parameter, ...]) -> bool:
    if "requestBody" in operation:
        body = mapping(resolved(tree, operation["requestBody"]))
        kinds = list(mapping(body.get("content")))
        required = body.get("required") is True
    else:
        required = any(p.where == "body" and p.required for p in parameters)
        kinds = [text(k) for k in sequence(operation.get("consumes", tree.get("consumes")))]
    return required and bool(kinds) and all(_JSON.match(kind) for kind in kinds)
