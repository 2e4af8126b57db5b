"""What is written where a route is registered: a path, as far as the text tells it, and its handlers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ast_grep_py import SgNode

from auditor.code.reach.flow import called_name, positional
from auditor.code.topics.environment import literal

NAMES = frozenset(
    {"identifier", "attribute", "member_expression", "selector_expression", "field_access"}
)
"""The kinds of nodes that are names."""
_CALLS = ("call", "call_expression", "method_invocation")


@dataclass(frozen=True, slots=True)
class Registration:
    """A path at a line. `handlers` are the nodes that may be its handler, the likeliest first; none for a
    part of a path whose handlers are elsewhere. `aside` is what runs before them, as written."""

    path: str
    line: int
    handlers: tuple[SgNode, ...] = ()
    aside: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """Reads paths in one file; `constants` are those of other files, by name."""

    text: str
    constants: Mapping[str, str]

    def said(self, node: SgNode) -> str | None:
        """The path that an expression stands for, or its end where it starts with a variable."""
        text = node.text().strip()
        exact = literal(text)
        if exact is not None:
            return exact
        if node.kind() in NAMES or node.kind() == "identifier":
            return self.constant(last(text))
        if node.kind() == "raw_string_literal":
            return text.strip("`")
        if node.kind() == "interpreted_string_literal":
            return text.strip('"')
        ended = re.search(r"\}((?:/[\w.-]+)+)/?[\"'`]$", text)
        if ended and re.match(r"[fFrR]{0,2}[\"'`]", text):
            return ended[1]
        parts = [c for c in node.children() if c.is_named()]
        if node.kind() in ("binary_operator", "binary_expression") and len(parts) == 2:
            return self.said(parts[1])
        if str(node.kind()) in _CALLS and len(inner := positional(node)) == 1:
            return (
                self.said(inner[0])
                if re.search(r"(?i)path|route|url|prefix|join", called_name(node))
                else None
            )
        if node.kind() in ("array", "list", "element_value_array_initializer") and parts:
            return self.said(parts[0])
        return None

    def constant(self, name: str) -> str | None:
        pattern = rf"\b{re.escape(name)}\b[^=:\n\"'`]{{0,30}}(?::?=)\s*[\"'`](/?[\w./-]+)[\"'`]"
        found = re.search(pattern, self.text)
        return found[1] if found else self.constants.get(name)


def last(name: str) -> str:
    """The last part of a dotted name."""
    return name.rpartition(".")[2]
