"""How JavaScript and TypeScript set their logging up: winston, pino, bunyan, log4js, Nest's and Fastify's own."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ast_grep_py import SgNode

from auditor.code.kinds import nodes
from auditor.code.lexical.conditions import Default, by_default, conditions, in_production
from auditor.code.logs.log_setups import Setup, Shape
from auditor.code.reach.flow import (
    Choice,
    called_name,
    choices,
    first,
    keyword,
    line_of,
    member,
    positional,
    scope_of,
)
from auditor.code.scan import qualified
from auditor.code.topics.environment import literal

WANTED = re.compile(
    r"winston|pino|bunyan|log4js|[fF]astify\(|ConsoleLogger|tslog|morgan|powertools/logger|LoggerModule"
)

_JSON_FORMATS = frozenset({"json", "logstash", "ecsFormat", "ecs"})
_TEXT_FORMATS = frozenset({"simple", "printf", "prettyPrint", "cli", "nestLike"})
_COMBINES = frozenset({"combine", "createFormat"})
_PINO = frozenset({
    "pino", "pino.pino", "pino.default", "pino-http", "pino-http.pinoHttp", "pino-http.default", "koa-pino-logger",
    "express-pino-logger", "hono-pino.pinoLogger",
})  # fmt: skip
_FASTIFY = frozenset({"fastify", "fastify.fastify", "fastify.Fastify", "fastify.default"})
_WINSTON = re.compile(
    r"winston\.(?:createLogger|configure)|winston\.loggers\.add|nest-winston\.WinstonModule\.\w+"
)
_NEST_PINO = re.compile(r"nestjs-pino\.LoggerModule\.forRoot(?:Async)?")


@dataclass(slots=True)
class _Reader:
    root: SgNode
    text: str
    names: dict[str, str]
    default: Default
    found: list[Setup] = field(default_factory=list)
    steps: int = 500

    def read(self) -> list[Setup]:
        for node in nodes(self.root, ("call_expression", "new_expression")):
            name = qualified(called_name(node), self.names)
            if _WINSTON.fullmatch(name):
                self._winston(node, name)
            elif name in _PINO and not (name != "pino" and keyword(node, "logger") is not None):
                self._pino(node, name, node)
            elif name in _FASTIFY:
                self._fastify(node)
            elif _NEST_PINO.fullmatch(name):
                self._pino(node, name, node)
            elif name in ("bunyan.createLogger", "@aws-lambda-powertools/logger.Logger"):
                self._add(node, name, Shape.JSON)
            elif name == "@nestjs/common.ConsoleLogger" and keyword(node, "json") is not None:
                self._switch(node, name, keyword(node, "json"), "true")
            elif name == "tslog.Logger":
                self._switch(node, name, keyword(node, "type"), "json")
            elif name == "log4js.configure":
                json = re.search(r"type\s*:\s*['\"]json['\"]", node.text())
                self._add(node, name, Shape.JSON if json else Shape.TEXT)
            elif name in ("morgan", "morgan.default") and keyword(node, "stream") is None:
                given = first(node)
                if given is not None and given.kind() in ("string", "template_string"):
                    self._add(node, name, Shape.TEXT)
        return self.found

    def _add(self, node: SgNode, what: str, shape: Shape, why: str = "") -> None:
        around = conditions(node)
        sense = in_production(around, self.default)
        if sense is False:
            return
        if shape is Shape.TEXT and by_default(conditions(node), self.default) is False:
            return
        if sense is None and shape in (Shape.JSON, Shape.TEXT):
            shape, why = Shape.UNKNOWN, f"it depends on `{around[0][0][:80]}`"
        name = _target(node)
        if name and shape is Shape.JSON and not _is_used(name, self.root, self.text):
            shape, why = Shape.IDLE, f"nothing logs with {name}"
        self.found.append(Setup(line_of(node), what, shape, why, scope_of(node)))

    def _switch(self, node: SgNode, what: str, value: SgNode | None, wanted: str) -> None:
        found = choices(value, self.root, self.default) if value is not None else []
        said = {(literal(one.text()) or one.text()) for one, _ in found}
        if said == {wanted}:
            sure = all(s for _, s in found)
            self._add(
                node,
                what,
                Shape.JSON if sure else Shape.UNKNOWN,
                "" if sure else "it depends on a setting",
            )
        elif not any("." in s or "(" in s for s in said):
            self._add(node, what, Shape.TEXT)
        else:
            self._add(node, what, Shape.UNKNOWN, "it depends on a setting")

    # winston

    def _winston(self, node: SgNode, name: str) -> None:
        options = self._options(node)
        if not options:
            self._add(node, name, Shape.UNKNOWN, "its options come from elsewhere")
            return
        shapes = {self._of_options(one) if sure else Shape.UNKNOWN for one, sure in options}
        shape = next(iter(shapes)) if len(shapes) == 1 else Shape.UNKNOWN
        self._add(
            node, name, shape, "its format depends on a setting" if shape is Shape.UNKNOWN else ""
        )

    def _options(self, node: SgNode) -> list[Choice]:
        given = first(node)
        if given is None:
            return []
        return [
            (o, sure) for o, sure in choices(given, self.root, self.default) if o.kind() == "object"
        ]

    def _of_options(self, options: SgNode) -> Shape:
        given = member(options, "format")
        base = self._format(given) if given is not None else Shape.JSON
        own = [shape for one in self._consoles(options) if (shape := one) is not None]
        if own:
            base = Shape.TEXT if Shape.TEXT in own else own[0]
        return base if base is not None else Shape.UNKNOWN

    def _consoles(self, options: SgNode) -> list[Shape | None]:
        """The formats of the transports' own that write to the console in production."""
        given = member(options, "transports")
        found = []
        listed = choices(given, self.root, self.default) if given is not None else []
        for whole, _ in listed:
            for node in nodes(whole, ("new_expression",)):
                if called_name(node).rpartition(".")[2] != "Console":
                    continue
                inside = [c for c in conditions(node) if c[0] in whole.text()]
                sense = in_production(inside, self.default)
                own = keyword(node, "format")
                if own is not None and sense is not False:
                    found.append(self._format(own) if sense else Shape.UNKNOWN)
        return found

    def _format(self, node: SgNode, depth: int = 5) -> Shape | None:
        """What a format of winston writes; None where it only changes what is said."""
        found: set[Shape | None] = set()
        self.steps -= 1
        if self.steps < 0:
            return Shape.UNKNOWN
        sure = True
        for one, certain in choices(node, self.root, self.default):
            sure = sure and certain
            found.add(self._call(one, depth))
        if len(found) == 1 and (sure or None in found):
            return next(iter(found))
        return Shape.UNKNOWN

    def _call(self, node: SgNode, depth: int) -> Shape | None:
        if node.kind() != "call_expression":
            return Shape.UNKNOWN if node.kind() in ("identifier", "member_expression") else None
        last = called_name(node).rpartition(".")[2]
        if last in _JSON_FORMATS:
            return Shape.JSON
        if last in _TEXT_FORMATS:
            return (
                Shape.JSON if last == "printf" and "JSON.stringify" in node.text() else Shape.TEXT
            )
        if last in _COMBINES and depth:
            for part in reversed(positional(node)):
                shape = self._format(part, depth - 1)
                if shape is not None:
                    return shape
        return None

    # pino

    def _fastify(self, node: SgNode) -> None:
        given = keyword(node, "logger")
        if given is None or given.text() == "false":
            return
        if keyword(node, "loggerInstance") is not None:
            return
        for one, sure in choices(given, self.root, self.default):
            if one.text() == "true" or one.kind() == "object":
                self._pino(node, "fastify", one if sure else node)
            elif one.text() != "false" and one.kind() in (
                "identifier",
                "member_expression",
                "subscript_expression",
            ):
                self._pretty_or_unknown(node, one)

    def _pretty_or_unknown(self, node: SgNode, given: SgNode) -> None:
        if qualified(given.text(), self.names) != given.text():
            return  # a logger that another file makes speaks for itself
        self._add(node, "fastify", Shape.UNKNOWN, f"`{given.text()[:60]}` is decided elsewhere")

    def _pino(self, node: SgNode, name: str, options: SgNode) -> None:
        senses: list[bool | None] = []
        wholes = [options]
        for one in positional(node):
            wholes += [c for c, _ in choices(one, self.root, self.default) if c is not one]
        for whole in wholes:
            given = (
                keyword(whole, "transport")
                if whole.kind() != "object"
                else member(whole, "transport")
            )
            if given is not None:
                wholes += [c for c, _ in choices(given, self.root, self.default)]
        for whole in wholes[:20]:
            senses += self._pretty(whole)
        if True in senses:
            self._add(node, name, Shape.TEXT)
        elif None in senses:
            self._add(node, name, Shape.UNKNOWN, "whether pino-pretty is used depends on a setting")
        else:
            self._add(node, name, Shape.JSON)

    def _pretty(self, whole: SgNode) -> list[bool | None]:
        """Whether production uses each pino-pretty in an expression."""
        found = []
        for inner in nodes(whole, ("string", "call_expression", "pair")):
            kind = inner.kind()
            is_pretty = (
                (kind == "string" and literal(inner.text()) == "pino-pretty")
                or (
                    kind == "call_expression"
                    and qualified(called_name(inner), self.names).startswith("pino-pretty")
                )
                or (kind == "pair" and re.match(r"prettyPrint\s*:\s*(?!false)", inner.text()))
            )
            if is_pretty:
                found.append(in_production(conditions(inner), self.default))
        return found


def _target(node: SgNode) -> str:
    above = node.parent()
    name = (
        above.field("name") if above is not None and above.kind() == "variable_declarator" else None
    )
    return name.text() if name is not None and name.kind() == "identifier" else ""


def _is_used(name: str, root: SgNode, text: str) -> bool:
    mentions = [
        n for n in nodes(root, ("identifier", "shorthand_property_identifier")) if n.text() == name
    ]
    return len(mentions) > 1 or bool(
        re.search(rf"\bexport\s+(?:const|let|var)\s+{re.escape(name)}\b", text)
    )


def read(root: SgNode, text: str, names: dict[str, str], default: Default) -> list[Setup]:
    """The set-ups of a file; `names` are its imports."""
    return _Reader(root, text, names, default).read()
