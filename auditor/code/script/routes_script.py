"""Routes of Express, Koa, Fastify and Hono that take input, and whether a schema checks it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ast_grep_py import SgNode

from auditor.code.kinds import nodes
from auditor.code.reach.flow import called_name, keyword, line_of, positional
from auditor.code.scan import qualified
from auditor.code.topics.environment import literal
from auditor.code.topics.routes import SCRIPT_VALIDATES, VERBS, Check, Route, Text, short

WANTED = re.compile(rf"\.(?:{'|'.join(VERBS)}|all|route)\(|[pP]rocedure\b")

_READS = re.compile(
    r"\b(?:req|request|ctx\.request|ctx|c\.req|_req)\.(?:body|query)\b|\bc\.req\.(?:json|parseBody|query|queries|formData)\("
    r"|\{[^{}]{0,300}\b(?:body|query)\b[^{}]{0,300}\}\s*=\s*(?:req|request|ctx\.request)\b|\(\s*\{[^{}]{0,300}\b(?:body|query)\b[^{}]{0,300}\}"
)
_PROCEDURE = re.compile(r"[pP]rocedure\b.*\.input\(", re.DOTALL)
_BODY = ("post", "put", "patch")
_MIDDLEWARE = re.compile(
    r"valid|celebrate|schema|joi|zod|checkSchema|checkBody|sanitize|dto", re.IGNORECASE
)
_LIBRARIES = re.compile(
    r"(?:celebrate|express-joi-validation|zod-express-middleware|express-zod-api|express-validation|@hono/zod-validator"
    r"|@hono/valibot-validator|hono/validator|@hono/standard-validator|koa-joi-router|express-openapi-validator|express-jsonschema"
    r"|express-json-validator-middleware|openapi-backend)\b.*"
)
_CHAINS = re.compile(r"express-validator(?:\.\w+)?\b.*")
_FRAMEWORKS = re.compile(
    r"express|koa|@koa/router|koa-router|fastify|hono|polka|express-promise-router|find-my-way"
)
_ROUTERS = re.compile(r"(?:\w+\.)*\w*(?:[rR]oute[rs]?|[aA]pp|[sS]erver|[aA]pi|fastify|r)", re.ASCII)


@dataclass(frozen=True, slots=True)
class ScriptRoutes:
    """Reads the routes of one file. `names` are its imports, `code` its text without comments; `text` finds
    functions of ours; `results` says whether anything reads validationResult."""

    root: SgNode
    code: str
    names: dict[str, str]
    text: Text
    results: bool
    everything: bool

    def read(self) -> Iterator[Route]:
        """The routes that take input."""
        for node in nodes(self.root, ("call_expression",)):
            receiver, _, method = called_name(node).rpartition(".")
            given = positional(node)
            if method in (*VERBS, "all") and given:
                path = self._path(receiver, given)
                if path is not None:
                    handlers = given if ".route(" in receiver else given[1:]
                    yield from self._route(node, method, path, handlers)
            elif method == "route" and given and given[0].kind() == "object":
                yield from self._fastify(node, given[0])
            elif method in ("mutation", "query") and _PROCEDURE.search(receiver[-2_000:]):
                yield Route(line_of(node), f"procedure {method}", Check.SCHEMA, "input")

    def _path(self, receiver: str, given: list[SgNode]) -> str | None:
        """The path of a route; None for a call that is none, as of a client or a map."""
        chained = re.search(r"\.route\(\s*(['\"`][^'\"`]*['\"`])\s*\)", receiver)
        if chained:
            return chained[1].strip("'\"`")
        said = literal(given[0].text())
        if said is None or len(given) < 2 or not _ROUTERS.fullmatch(receiver):
            return None
        return said if said.startswith(("/", "*")) or said == "" or ":" in said else None

    def _body(self, node: SgNode) -> str:
        place = node.range()
        return self.code[place.start.index : place.end.index]

    def _route(
        self, node: SgNode, method: str, path: str, handlers: list[SgNode]
    ) -> Iterator[Route]:
        what = f"{method.upper()} {short(path)}"
        line = node.field("function")
        at = line.range().end.line + 1 if line is not None else line_of(node)
        schema = keyword(node, "schema")
        if schema is not None and re.search(
            r"\b(?:body|querystring|query|params)\b|[sS]chema", schema.text()
        ):
            yield Route(at, what, Check.SCHEMA, "schema")
            return
        handler = handlers[-1] if handlers else None
        if handler is None:
            return
        checks = [(m, self._checks(m)) for m in handlers[:-1]]
        by = next((short(m.text()) for m, checked in checks if checked), "")
        bodies = self._handler(handler)
        reads = [b for b in bodies if _READS.search(b)]
        if self.everything and (reads or method in _BODY):
            yield Route(at, what, Check.SCHEMA, "express-openapi-validator")
        elif by and (reads or method in _BODY or not bodies):
            yield Route(at, what, Check.SCHEMA, by)
        elif reads and any(self._validates(b) for b in reads):
            yield Route(at, what, Check.SCHEMA, "checked in the handler")
        elif reads:
            idle = next((short(m.text()) for m, c in checks if c is False), "")
            why = f"{idle} checks nothing" if idle else "what is sent is read as it comes"
            yield Route(at, what, Check.RAW, why)
        elif not bodies and method in _BODY:
            yield Route(
                at, what, Check.UNCLEAR, f"its handler {short(handler.text())[:40]} was not found"
            )

    def _handler(self, node: SgNode) -> list[str]:
        """The code of a handler: written there, or found by its name; wrappers are seen through."""
        kind = node.kind()
        if kind in ("arrow_function", "function_expression"):
            return [self._body(node)]
        if kind == "call_expression":
            inner = positional(node)
            return [t for one in inner for t in self._handler(one)] or self.text(
                _last(called_name(node))
            )
        if kind in ("identifier", "member_expression"):
            return self.text(_last(node.text()))
        return []

    def _checks(self, node: SgNode) -> bool | None:
        """Whether what stands before a handler checks input; None for what has nothing to do with it."""
        if node.kind() == "array":
            inner = [self._checks(c) for c in node.children() if c.is_named()]
            return True if True in inner else False if False in inner else None
        name = called_name(node) if node.kind() == "call_expression" else node.text()
        head = re.split(r"[(]", name)[0]
        full = qualified(head, self.names)
        if _LIBRARIES.match(full):
            return True
        if _CHAINS.match(full):
            return self.results
        if not _MIDDLEWARE.search(name):
            return None
        own = self.text(_last(head.rpartition(".")[2] or head))
        if not own:
            arrays = self.text(_last(name))
            return None if not arrays else any(self._validates(t) for t in arrays)
        return any(
            self._validates(t) or (self.results and re.search(r"\b(?:body|check|param|query)\(", t))
            for t in own
        )

    def _validates(self, text: str) -> bool:
        return bool(SCRIPT_VALIDATES.search(text))

    def _fastify(self, node: SgNode, options: SgNode) -> Iterator[Route]:
        method, url, schema, handler = (
            next(
                (
                    m.field("value")
                    for m in options.children()
                    if (k := m.field("key")) is not None and k.text() == name
                ),
                None,
            )
            for name in ("method", "url", "schema", "handler")
        )
        if method is None or url is None:
            return
        what = f"{method.text().strip(chr(39) + chr(34))} {short(url.text()).strip(chr(39))}"
        bodies = self._handler(handler) if handler is not None else [self._body(node)]
        reads = [b for b in bodies if _READS.search(b)]
        if schema is not None and re.search(
            r"\b(?:body|querystring|query)\b|[sS]chema", schema.text()
        ):
            yield Route(line_of(node), what, Check.SCHEMA, "schema")
        elif reads and any(self._validates(b) for b in reads):
            yield Route(line_of(node), what, Check.SCHEMA, "checked in the handler")
        elif reads:
            yield Route(line_of(node), what, Check.RAW, "what is sent is read as it comes")


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def uses_framework(modules: frozenset[str]) -> bool:
    """Whether a service imports a framework whose routes are read here."""
    return any(_FRAMEWORKS.fullmatch(m) for m in modules)
