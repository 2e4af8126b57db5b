"""How Python code sets its logging up: dictConfig, formatters on handlers, structlog, loguru."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from ast_grep_py import SgNode

from auditor.code.kinds import nodes
from auditor.code.lexical.conditions import Default, by_default, conditions, in_production
from auditor.code.logs.log_config import Unread, Written, is_config, judge
from auditor.code.logs.log_setups import Setup, Shape
from auditor.code.python.handlers_python import handler_of, is_attached
from auditor.code.python.log_found_python import DictConfig, PythonLogging
from auditor.code.python.mappings_python import Mappings
from auditor.code.reach.flow import (
    assignments,
    called_name,
    choices,
    first,
    keyword,
    line_of,
    positional,
    scope_of,
)
from auditor.code.scan import qualified

WANTED = re.compile(
    r"logging|structlog|loguru|LOGGING|dictConfig|log_config|json_log|aws_lambda_powertools"
)

_PLAIN = re.compile(
    r"logging\.\w*Formatter|uvicorn\.logging\..*|django\.utils\.log\..*|(?:colorlog|rich|coloredlogs|logfmter)\b.*|"
)
_RECORD_HANDLERS = (
    "opentelemetry.sdk._logs.LoggingHandler",
    "opentelemetry.instrumentation.logging.handler.LoggingHandler",
)
_PROCESSOR = "ProcessorFormatter"
_RENDERER = re.compile(r"\bJSONRenderer\b")
_TEXT_RENDERER = re.compile(r"\b(?:ConsoleRenderer|KeyValueRenderer|LogfmtRenderer)\b")
_READY = re.compile(
    r"\b(?:setup_logging|init_fastapi|init_flask|init_quart|init_sanic|init_connexion|init_non_web)"
)

JsonClasses: TypeAlias = Mapping[str, bool]


def read(
    root: SgNode, names: dict[str, str], own: JsonClasses, known: re.Pattern[str], default: Default
) -> PythonLogging:
    """The set-ups of a file; `names` are its imports, `own` whether classes of ours write JSON, `known` the
    names of libraries' classes that do."""
    return _Reader(root, names, own, known, default).read()


@dataclass(slots=True)
class _Reader:
    root: SgNode
    names: dict[str, str]
    own: JsonClasses
    known: re.Pattern[str]
    default: Default
    found: PythonLogging = field(default_factory=PythonLogging)
    steps: int = 500

    def read(self) -> PythonLogging:
        for node in nodes(self.root, ("call", "dictionary")):
            if node.kind() == "dictionary":
                self._dictionary(node)
                continue
            name = qualified(called_name(node), self.names)
            last = name.rpartition(".")[2]
            if last == "dict" and keyword(node, "handlers") is not None:
                self._dictionary(node)
            elif last == "dictConfig":
                self._applied(positional(node)[:1])
            elif name == "structlog.configure" or last == "configure_once":
                self._structlog(node)
            elif name in _RECORD_HANDLERS:
                handler = _target(node)
                used = not handler or is_attached(handler, self.root)
                why = "" if used else "it is given to no logger"
                self._add(node, name, Shape.JSON if used else Shape.IDLE, why)
            elif name == "loguru.logger.add":
                self._loguru(node, "loguru.logger.add")
            elif last == _PROCESSOR or self._json(name):
                self._formatter(node, name)
            elif (
                _READY.fullmatch(last) and ("json_logging" in name or self._google(node, name))
            ) or name == "aws_lambda_powertools.Logger":
                self._add(node, name, Shape.JSON)
            given = keyword(node, "log_config")
            if given is not None and given.text() != "None":
                self._applied([given])
        for value, node in assignments(self.root, "logconfig_dict"):
            del node
            self._applied([value])
        return self.found

    def _google(self, node: SgNode, name: str) -> bool:
        return "setup_logging" in name and any("google.cloud.logging" in n or n == "google.cloud.logging"
                                               for n in self.names.values())  # fmt: skip

    def _json(self, name: str) -> bool | None:
        """Whether a class writes JSON; None where nothing is known of it."""
        if self.known.fullmatch(name):
            return True
        last = name.rpartition(".")[2]
        if last in self.own:
            return self.own[last]
        return False if _PLAIN.fullmatch(name) else None

    def _add(self, node: SgNode, what: str, shape: Shape, why: str = "") -> None:
        sense = in_production(conditions(node), self.default)
        if sense is False:
            return
        if shape is Shape.TEXT and by_default(conditions(node), self.default) is False:
            return
        if sense is None and shape in (Shape.JSON, Shape.TEXT):
            shape, why = Shape.UNKNOWN, f"it depends on `{conditions(node)[0][0][:80]}`"
        self.found.setups.append(Setup(line_of(node), what, shape, why, scope_of(node)))

    # dictionaries

    def _mappings(self) -> Mappings:
        return Mappings(self.root, self.names, self.default)

    def _applied(self, given: list[SgNode]) -> None:
        for node in given:
            for value, _ in choices(node, self.root, self.default):
                if value.kind() == "dictionary" or called_name(value) == "dict":
                    self.found.applied.add(f"\0{line_of(value)}")
            self.found.applied.update(re.findall(r"\w+", node.text()))
            if node.kind() not in ("dictionary", "identifier", "attribute"):
                self.found.unread.append(line_of(node))
            elif node.kind() != "dictionary":
                self.found.applied.add(node.text().rpartition(".")[2])

    def _dictionary(self, node: SgNode) -> None:
        if "handlers" not in node.text():
            return
        value = self._mappings().read(node)
        if not is_config(value) or not isinstance(value, dict):
            return
        above = node.parent()
        bound = above.field("left") if above is not None and above.kind() == "assignment" else None
        name = bound.text() if bound is not None else ""
        if name:
            self._mappings().patch(name, value)
        shape, why = judge(value, self._formatter_is_json)
        inline = above is not None and above.kind() in ("argument_list", "keyword_argument")
        sense = in_production(conditions(node), self.default)
        if sense is not False:
            found = DictConfig(line_of(node), name, scope_of(node), inline, shape, why, value)
            self.found.configs.append(found)

    def _formatter_is_json(self, formatter: Mapping[str, Written]) -> bool | None:
        made = formatter.get("()", formatter.get("class", ""))
        name = made.text if isinstance(made, Unread) else str(made or "")
        if name.rpartition(".")[2] == _PROCESSOR:
            rest = " ".join(
                str(v) for k, v in formatter.items() if k in ("processor", "processors")
            )
            return (
                True if _RENDERER.search(rest) else False if _TEXT_RENDERER.search(rest) else None
            )
        return self._json(name)

    # objects

    def _structlog(self, node: SgNode) -> None:
        given = keyword(node, "processors") or first(node)
        if given is None:
            self._add(node, "structlog.configure", Shape.TEXT)
            return
        shape = self._rendered(given)
        if shape is not None:
            why = "which renderer ends its processors is decided elsewhere"
            self._add(node, "structlog.configure", shape, why if shape is Shape.UNKNOWN else "")

    def _rendered(self, node: SgNode, depth: int = 4) -> Shape | None:
        """What the last renderer among some processors writes; None where another formatter renders."""
        found = self._renderers(node, depth)
        sure = {shape for shape, certain in found if certain}
        if len(sure) == 1 and all(certain or shape in sure for shape, certain in found):
            return next(iter(sure))
        if found:
            return Shape.UNKNOWN
        return None if "wrap_for_formatter" in self._spelled(node, depth) else Shape.UNKNOWN

    def _spelled(self, node: SgNode, depth: int) -> str:
        text = node.text()
        self.steps -= 1
        for inner in nodes(node, ("identifier",)) if depth and self.steps > 0 else ():
            text += "".join(
                f" {self._spelled(v, depth - 1)}" for v, _ in assignments(self.root, inner.text())
                if v.kind() in ("list", "binary_operator")
            )  # fmt: skip
        return text

    def _renderers(self, node: SgNode, depth: int) -> list[tuple[Shape, bool]]:
        text = node.text()
        found: list[tuple[Shape, bool]] = []
        for inner in nodes(node, ("identifier", "attribute")):
            last = inner.text().rpartition(".")[2]
            above = inner.parent()
            if above is not None and above.kind() == "attribute":
                continue
            shape = (
                Shape.JSON
                if last == "JSONRenderer"
                else Shape.TEXT
                if _TEXT_RENDERER.fullmatch(last)
                else None
            )
            if shape is not None:
                around = [c for c in conditions(inner) if c[0] in text]
                sense = in_production(around, self.default)
                found += [(shape, sense is True)] if sense is not False else []
            elif depth and inner.kind() == "identifier" and self.steps > 0:
                self.steps -= 1
                for value, sure in choices(inner, self.root, self.default):
                    if value.range().start.index != inner.range().start.index:
                        found += [(s, c and sure) for s, c in self._renderers(value, depth - 1)]
        return found

    def _loguru(self, node: SgNode, what: str) -> None:
        given = keyword(node, "serialize")
        if given is None:
            sink = first(node)
            if sink is not None and re.search(r"std(?:out|err)", sink.text()):
                self._add(node, what, Shape.TEXT)
            return
        found = choices(given, self.root, self.default)
        texts = {one.text() for one, _ in found}
        value = self._setting(found[0][0].text()) if len(found) == 1 else None
        if (texts == {"True"} and all(sure for _, sure in found)) or value == "True":
            removed = any(
                c for c in nodes(self.root, ("call",)) if called_name(c).endswith("logger.remove")
            )
            why = "the handler that loguru begins with stays and writes text (logger.remove() is not called)"
            self._add(node, what, Shape.JSON if removed else Shape.IDLE, "" if removed else why)
        elif texts == {"False"} or value == "False":
            self._add(node, what, Shape.TEXT)
        else:
            self._add(node, what, Shape.UNKNOWN, f"`{given.text()[:60]}` is decided elsewhere")

    def _setting(self, text: str) -> str | None:
        return self.default(text.rpartition(".")[2]) if re.fullmatch(r"[\w.]+", text) else None

    def _formatter(self, node: SgNode, name: str) -> None:
        """A formatter that is made: given to a handler, which is given to a logger."""
        if name.rpartition(".")[2] == _PROCESSOR:
            given = keyword(node, "processors", "processor")
            shape = self._rendered(given) if given is not None else None
            if shape is not Shape.JSON:
                if shape is not None and handler_of(node, self.root):
                    why = "which renderer it uses is decided elsewhere"
                    self._add(node, name, shape, why if shape is Shape.UNKNOWN else "")
                return
        handler = handler_of(node, self.root)
        if handler is None:
            self._add(node, name, Shape.IDLE, "no handler is given it")
        elif handler == "":
            self._add(node, name, Shape.UNKNOWN, "what it is given to could not be followed")
        elif is_attached(handler, self.root):
            self._add(node, name, Shape.JSON)
        else:
            self._add(node, name, Shape.IDLE, "its handler is given to no logger")


def _target(node: SgNode) -> str:
    above = node.parent()
    left = above.field("left") if above is not None and above.kind() == "assignment" else None
    return left.text() if left is not None else ""
