"""Formatters on handlers of Python's logging, and whether those handlers are given to anything."""

from __future__ import annotations

from ast_grep_py import SgNode

from auditor.code.kinds import nodes
from auditor.code.reach.flow import called_name, positional


def handler_of(formatter: SgNode, root: SgNode) -> str | None:
    """The handler that a formatter is set on; None for none, "" where it goes another way."""
    above = formatter.parent()
    if above is None or above.kind() == "expression_statement":
        return None
    if above.kind() == "argument_list":
        call = above.parent()
        name = called_name(call) if call is not None else ""
        return name.removesuffix(".setFormatter") if name.endswith(".setFormatter") else ""
    bound = above.field("left") if above.kind() == "assignment" else None
    if bound is None:
        if above.kind() == "conditional_expression":
            return handler_of(above, root)
        return ""
    for call in nodes(root, ("call",)):
        if any(a.text() == bound.text() for a in positional(call)):
            name = called_name(call)
            return name.removesuffix(".setFormatter") if name.endswith(".setFormatter") else ""
    mentions = [n for n in nodes(root, ("identifier",)) if n.text() == bound.text()]
    return None if len(mentions) == 1 and bound.kind() == "identifier" else ""


def is_attached(handler: str, root: SgNode) -> bool:
    """Whether a handler is given to anything: a call, a list of handlers, a loop over those of a logger."""
    if "(" in handler or "[" in handler:
        return "handlers[" in handler
    for node in nodes(root, ("identifier", "attribute")):
        if node.text() != handler:
            continue
        above = node.parent()
        kind = above.kind() if above is not None else ""
        if kind in (
            "argument_list",
            "list",
            "return_statement",
            "keyword_argument",
            "for_statement",
            "tuple",
            "yield",
        ):
            return True
    return False
