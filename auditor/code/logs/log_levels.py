"""Where code sets the level of a logger, and where that level comes from."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from ast_grep_py import SgNode

from auditor.code.kinds import nodes
from auditor.code.lexical.conditions import Default, conditions, in_production
from auditor.code.logs.log_setups import ABOUT, DEBUG, FIXED, NAMED, READ, LevelSet, Origin
from auditor.code.reach.flow import (
    assignments,
    called_name,
    choices,
    function_around,
    keyword,
    line_of,
    positional,
    scope_of,
)
from auditor.code.scan import qualified

WANTED = re.compile(r"[lL]evel|LEVEL")

IsRead = Callable[[str], bool]
"""Whether the service reads a setting of a name from its environment or its command line."""

Passed = Callable[[str, str, int], list[tuple[SgNode, SgNode]]]
"""What callers hand a function (by name) for a parameter (by name, and its place): the root of their tree
and the expression."""

_PYTHON = {
    "basicConfig": "level", "make_filtering_bound_logger": "min_level", "LoggingInstrumentor": "log_level",
}  # fmt: skip
_SCRIPT = re.compile(
    r"winston\.(?:createLogger|configure)|pino(?:\.pino|\.default)?|pino-http(?:\.\w+)?|bunyan\.createLogger|tslog\.Logger"
    r"|fastify(?:\.\w+)?|nestjs-pino\.LoggerModule\.\w+|nest-winston\.WinstonModule\.\w+|log4js\.configure"
    r"|winston\.transports\.Console"
)
_GO = re.compile(
    r".*\.(?:SetGlobalLevel|SetLevel|SetLogLoggerLevel|NewAtomicLevelAt|Level|ParseLevel|ParseAtomicLevel|LevelFromString)"
)
_GO_LITERALS = re.compile(
    r"log/slog\.HandlerOptions|.*go-hclog\.LoggerOptions|.*tint\.Options|go\.uber\.org/zap\.Config"
)
_PARSES = re.compile(r"\.(?:ParseLevel|ParseAtomicLevel|LevelFromString)$")
_NESTED = ("logger", "pinoHttp")
_MOST_NAMES = 12
_NAMES = ("identifier", "shorthand_property_identifier")
_MEMBER = re.compile(
    r"(?:\w*[lL]ogger|log|pino|cfg|config|logging\.root|\w*[lL]og\w*|zapConfig|opts)\.[lL]evel"
)


@dataclass(frozen=True, slots=True)
class Levels:
    """Reads the levels of one file; `names` are its imports."""

    root: SgNode
    family: str
    names: dict[str, str]
    default: Default
    is_read: IsRead
    passed: Passed

    def read(self) -> list[LevelSet]:
        """Every level that production sets."""
        found = []
        for node, what, value in self._places():
            if in_production(conditions(node), self.default) is not False:
                found.append(LevelSet(line_of(node), what, self.origin(value), scope_of(node)))
        if any(
            not _PARSES.search(one.what) for one in found
        ):  # what is parsed is set by one of the others
            found = [one for one in found if not _PARSES.search(one.what)]
        for line, what, value in self._configured():
            found.append(LevelSet(line_of(value), what, self.origin(value), scope_of(value), line))
        return found

    def _configured(self) -> Iterator[tuple[int, str, SgNode]]:
        """The levels of loggers in dictionaries for dictConfig."""
        for pair in nodes(self.root, ("pair",)) if self.family == "python" else ():
            key, value = pair.field("key"), pair.field("value")
            if key is None or value is None or key.text().strip("\"'") != "level":
                continue
            above = [
                k.text().strip("\"'")
                for a in pair.ancestors()
                if a.kind() == "pair" and (k := a.field("key"))
            ]
            tops = [a for a in pair.ancestors() if a.kind() == "dictionary"]
            if above[:1] == ["root"] or above[1:2] == ["loggers"]:
                yield line_of(tops[-1]), f"level of the logger {above[0] or 'root'}", value

    def _places(self) -> Iterator[tuple[SgNode, str, SgNode]]:
        kinds = ("call", "call_expression", "new_expression", "composite_literal")
        for node in nodes(self.root, kinds):
            name = qualified(called_name(node), self.names)
            for value in self._of(node, name):
                yield node, name.rpartition("/")[2][-80:], value
        for value, node in self._assigned():
            left = node.field("left")
            yield node, left.text() if left is not None else "level", value

    def _of(self, node: SgNode, name: str) -> Iterator[SgNode]:
        last = name.rpartition(".")[2]
        given = positional(node)
        if self.family == "python":
            value = None
            if (
                last == "setLevel"
                and given
                and not self._is_handler(called_name(node).rpartition(".")[0])
            ):
                value = given[0]
            elif last in _PYTHON:
                value = keyword(node, _PYTHON[last]) or (
                    given[0] if given and last.startswith("make_") else None
                )
            elif name == "loguru.logger.add":
                value = keyword(node, "level")
            elif name == "uvicorn.run":
                value = keyword(node, "log_level")
            if value is not None:
                yield value
        elif self.family == "javascript" and _SCRIPT.fullmatch(name):
            for options in given:
                for one, _ in choices(options, self.root, self.default):
                    yield from _levels_in(one)
        elif self.family == "go":
            if node.kind() == "composite_literal" and _GO_LITERALS.fullmatch(name):
                value = keyword(node, "Level")
                if value is not None:
                    yield value
            elif node.kind() == "call_expression" and _GO.fullmatch(name) and len(given) == 1:
                yield given[0]

    def _assigned(self) -> Iterator[tuple[SgNode, SgNode]]:
        for node in nodes(
            self.root, ("assignment", "assignment_expression", "assignment_statement")
        ):
            left, right = node.field("left"), node.field("right")
            if left is not None and right is not None and _MEMBER.fullmatch(left.text()):
                yield right, node

    def _is_handler(self, receiver: str) -> bool:
        if re.search(r"handler|^(?:sh|ch|fh|console|stream|file_log)$", receiver, re.IGNORECASE):
            return True
        return any("Handler(" in v.text() for v, _ in assignments(self.root, receiver))

    def origin(self, value: SgNode, depth: int = 3) -> Origin:
        """Where a level comes from."""
        found = {
            self._one(node, sure, depth) for node, sure in choices(value, self.root, self.default)
        }
        for origin in (Origin.ENVIRONMENT, Origin.DEBUG, Origin.UNKNOWN):
            if origin in found:
                return origin
        return Origin.FIXED

    def _one(self, node: SgNode, sure: bool, depth: int) -> Origin:
        text = node.text().strip()
        if DEBUG.fullmatch(text):
            return Origin.DEBUG if sure else Origin.UNKNOWN
        if FIXED.fullmatch(text):
            return Origin.FIXED
        return self._said(node, text, depth)

    def _said(self, node: SgNode, text: str, depth: int) -> Origin:
        if READ.search(text):
            return Origin.ENVIRONMENT
        words = NAMED.findall(text)
        if any(ABOUT.search(w) and self.is_read(w) for w in words):
            return Origin.ENVIRONMENT
        if depth:
            for inner in nodes(node, _NAMES)[:_MOST_NAMES]:
                bound = list(assignments(self.root, inner.text()))
                if bound and inner.range().start.index != bound[0][0].range().start.index:
                    deeper = self.origin(bound[0][0], depth - 1)
                    if deeper is not Origin.FIXED:
                        return deeper
                given = self._from_callers(inner, depth)
                if given is not None:
                    return given
            if node.kind() == "call":
                own = self._given_back(called_name(node).rpartition(".")[2])
                if own:
                    return Origin.ENVIRONMENT
        literal = re.fullmatch(r".*\(\s*([\"'`]\w+[\"'`])\s*\)", text, re.DOTALL)
        if literal:
            return Origin.DEBUG if DEBUG.fullmatch(literal[1]) else Origin.FIXED
        return Origin.UNKNOWN

    def _given_back(self, name: str) -> bool:
        """Whether a function of this file gives back a level that is read."""
        for function in nodes(self.root, ("function_definition",)):
            named = function.field("name")
            if named is not None and named.text() == name:
                returned = " ".join(r.text() for r in nodes(function, ("return_statement",)))
                words = NAMED.findall(returned)
                return bool(READ.search(returned)) or any(
                    ABOUT.search(w) and self.is_read(w) for w in words
                )
        return False

    def _from_callers(self, name: SgNode, depth: int) -> Origin | None:
        """What callers hand for a parameter of the function around."""
        function = function_around(name)
        named = _name_of(function) if function is not None else None
        parameters = function.field("parameters") if function is not None else None
        if named is None or parameters is None:
            return None
        listed = [c.text() for c in parameters.children() if c.is_named()]
        place = next(
            (i for i, p in enumerate(listed) if re.match(rf"{re.escape(name.text())}\b", p)), None
        )
        if place is None:
            return None
        for root, value in self.passed(named.text(), name.text(), place):
            found = replace(self, root=root).origin(value, depth - 1)
            if found is not Origin.UNKNOWN:
                return found
        return None


def _name_of(function: SgNode) -> SgNode | None:
    """The name of a function, or of the variable that it is bound to."""
    above = function.parent()
    if above is not None and above.kind() == "variable_declarator":
        return above.field("name")
    return function.field("name")


def _levels_in(node: SgNode) -> Iterator[SgNode]:
    """The values of `level` in the options of a logger, not those of its transports or formatters."""
    if node.kind() != "object":
        for pair in nodes(node, ("pair",)):
            key, value = pair.field("key"), pair.field("value")
            if key is not None and value is not None and key.text() in _NESTED:
                yield from _levels_in(value)
        return
    for child in node.children():
        key, value = child.field("key"), child.field("value")
        if child.kind() == "shorthand_property_identifier" and child.text() == "level":
            yield child
        elif key is not None and value is not None and key.text().strip("\"'") == "level":
            if value.kind() not in ("arrow_function", "function_expression"):
                yield value
        elif key is not None and value is not None and key.text() in _NESTED:
            yield from _levels_in(value)
