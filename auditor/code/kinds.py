"""Nodes of several kinds in a tree of any language: the kinds that its grammar does not know are left out."""

from __future__ import annotations

from collections.abc import Iterable

from ast_grep_py import SgNode

from auditor.code import parsing

_KNOWN: dict[tuple[str, str], bool] = {}
_TYPED = "type_annotation"


def nodes(root: SgNode, kinds: Iterable[str]) -> list[SgNode]:
    """Every node of one of `kinds` below a node, itself too, outer before inner, in the order of the text."""
    grammar = _grammar(root)
    return parsing.nodes(root, [k for k in kinds if _knows(root, grammar, k)])


def _grammar(node: SgNode) -> str:
    """A name for the grammar of a tree: those of TypeScript and Java have the same root as JavaScript's."""
    top = node.get_root().root()
    kind = str(top.kind())
    if kind == "program" and _finds(top, "method_invocation"):
        return "java"
    return f"typed {kind}" if kind == "program" and _finds(top, _TYPED) else kind


def _knows(root: SgNode, grammar: str, kind: str) -> bool:
    known = _KNOWN.get((grammar, kind))
    if known is None:
        known = _KNOWN[grammar, kind] = _finds(root, kind)
    return known


def _finds(root: SgNode, kind: str) -> bool:
    try:
        root.find(kind=kind)
    except RuntimeError:  # what ast-grep raises for a kind that is not in the grammar
        return False
    return True
