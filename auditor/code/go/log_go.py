"""How Go sets its logging up: log/slog, zap, zerolog, logrus, hclog, go-kit."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ast_grep_py import SgNode

from auditor.code.kinds import nodes
from auditor.code.lexical.conditions import Default, by_default, conditions, in_production
from auditor.code.logs.log_setups import Setup, Shape
from auditor.code.reach.flow import (
    assignments,
    called_name,
    choices,
    keyword,
    line_of,
    positional,
    scope_of,
)
from auditor.code.scan import qualified
from auditor.code.topics.environment import literal

WANTED = re.compile(
    r"log/slog|contrib/bridges/otel|go\.uber\.org/zap|rs/zerolog|irupsen/logrus|hclog|go-kit/(?:kit/)?log|lmittmann/tint|charmbracelet/log"
)

_ZAP = "go.uber.org/zap"
_CORE = "go.uber.org/zap/zapcore"
_ZERO = "github.com/rs/zerolog"
_SHAPES = {
    "log/slog.NewJSONHandler": Shape.JSON,
    "log/slog.NewTextHandler": Shape.TEXT,
    f"{_ZAP}.NewProduction": Shape.JSON,
    f"{_ZAP}.NewDevelopment": Shape.TEXT,
    f"{_ZAP}.NewDevelopmentConfig": Shape.TEXT,
    f"{_CORE}.NewJSONEncoder": Shape.JSON,
    f"{_CORE}.NewConsoleEncoder": Shape.TEXT,
    "github.com/lmittmann/tint.NewHandler": Shape.TEXT,
    "go.opentelemetry.io/contrib/bridges/otelslog.NewLogger": Shape.JSON,
    "go.opentelemetry.io/contrib/bridges/otelslog.NewHandler": Shape.JSON,
    "go.opentelemetry.io/contrib/bridges/otelzap.NewCore": Shape.JSON,
}  # fmt: skip
_LOGRUS = re.compile(r"github\.com/[sS]irupsen/logrus\.(\w*Formatter)")
_KIT = re.compile(r"github\.com/go-kit/(?:kit/)?log\.New(JSON|Logfmt)Logger")
_EVENTS = re.compile(rf"{re.escape(_ZERO)}/log\.(?:Info|Error|Warn|Debug|Fatal|With)")
GLOBAL = "zerolog's logger of the package"


def read(root: SgNode, names: dict[str, str], default: Default) -> list[Setup]:
    """The set-ups of a file; `names` are its imports."""
    found: list[Setup] = []
    for node in nodes(root, ("call_expression", "composite_literal")):
        name = qualified(called_name(node), names)
        for shape, what, why in _of(node, name, root, names, default):
            around = conditions(node)
            sense = in_production(around, default)
            if sense is False:
                continue
            if shape is Shape.TEXT and by_default(around, default) is False:
                continue
            if sense is None and shape in (Shape.JSON, Shape.TEXT):
                shape, why = Shape.UNKNOWN, f"it depends on `{around[0][0][:80]}`"
            found.append(Setup(line_of(node), what, shape, why, scope_of(node)))
    return found


def _of(
    node: SgNode, name: str, root: SgNode, names: dict[str, str], default: Default
) -> Iterator[tuple[Shape, str, str]]:
    short = name.rpartition("/")[2]
    if name in _SHAPES:
        yield _SHAPES[name], short, ""
    elif name in (f"{_ZAP}.NewProductionConfig", f"{_ZAP}.Config"):
        yield from _zap(node, name, short, root, default)
    elif name == f"{_ZERO}.New" and positional(node):
        writers = choices(positional(node)[0], root, default)
        if any(sure and "ConsoleWriter" not in one.text() for one, sure in writers):
            yield Shape.JSON, short, ""
    elif name in (f"{_ZERO}.ConsoleWriter", f"{_ZERO}.NewConsoleWriter"):
        yield Shape.TEXT, short, ""
    elif _EVENTS.fullmatch(name):
        yield Shape.JSON, GLOBAL, ""
    elif node.kind() == "composite_literal" and (logrus := _LOGRUS.fullmatch(name)):
        yield Shape.JSON if logrus[1] == "JSONFormatter" else Shape.TEXT, short, ""
    elif kit := _KIT.fullmatch(name):
        yield Shape.JSON if kit[1] == "JSON" else Shape.TEXT, short, ""
    elif name == "github.com/hashicorp/go-hclog.LoggerOptions":
        given = keyword(node, "JSONFormat")
        said = given.text() if given is not None else "false"
        known = {"true": Shape.JSON, "false": Shape.TEXT}.get(said, Shape.UNKNOWN)
        yield known, short, "it depends on a setting" if known is Shape.UNKNOWN else ""


def _zap(
    node: SgNode, name: str, short: str, root: SgNode, default: Default
) -> Iterator[tuple[Shape, str, str]]:
    """A configuration of zap by its encoding, at the literal or set on its variable later."""
    given = keyword(node, "Encoding")
    encoding = (
        literal(given.text()) if given is not None else "json" if name.endswith("Config") else None
    )
    if given is not None and encoding is None:
        found = choices(given, root, default)
        said = {literal(one.text()) for one, sure in found if sure}
        encoding = next(iter(said)) if len(said) == 1 and len(found) == 1 else None
        if encoding is None:
            yield Shape.UNKNOWN, short, "its encoding depends on a setting"
            return
    target = _bound_to(node)
    for value, at in assignments(root, f"{target}.Encoding") if target else ():
        sense = in_production(conditions(at), default)
        later = literal(value.text())
        if sense is None or later is None:
            yield Shape.UNKNOWN, short, "its encoding depends on a setting"
            return
        encoding = later if sense else encoding
    yield Shape.TEXT if encoding == "console" else Shape.JSON, short, ""


def _bound_to(node: SgNode) -> str:
    for above in node.ancestors():
        if above.kind() in ("short_var_declaration", "assignment_statement", "var_spec"):
            left = above.field("left") or above.field("name")
            return left.text().partition(",")[0].strip() if left is not None else ""
        if above.kind() == "block":
            break
    return ""
