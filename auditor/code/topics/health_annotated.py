"""Routes that annotations of Java and decorators of TypeScript make of the methods of a class."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ast_grep_py import SgNode

from auditor.code.kinds import nodes
from auditor.code.reach.flow import line_of
from auditor.code.topics.health_paths import joined
from auditor.code.topics.health_written import Registration, Written, last


def annotated(root: SgNode, decorates: frozenset[str], written: Written) -> Iterator[Registration]:
    """Methods with an annotation of a route, below the path of their class."""
    for node in nodes(
        root, ("class_declaration", "interface_declaration", "abstract_class_declaration")
    ):
        body = node.field("body")
        own = [_noted(a, written) for a in _notes(node)]
        above = next((p for n, p in own if re.search(r"Controller|Mapping$|^Path$", n) and p), "")
        waiting: list[SgNode] = []
        for child in body.children() if body is not None else ():
            if child.kind() == "decorator":
                waiting.append(child)
                continue
            if child.kind() in ("method_declaration", "method_definition"):
                notes = [_noted(a, written) for a in (*waiting, *_notes(child))]
                said = [(n, p) for n, p in notes if n in decorates and p is not None]
                if said:
                    path = next((p for _, p in said if p), "")
                    yield Registration(joined(above, path), line_of(child), (child,))
            if child.kind() != "comment":
                waiting = []


def _noted(node: SgNode, written: Written) -> tuple[str, str | None]:
    """Name and path of an annotation; "" where it gives none, None where it cannot be read."""
    match = re.match(r"@(?:[\w.]+\.)?(\w+)\s*(?:\((.*)\))?$", node.text(), re.DOTALL)
    if match is None:
        return "", None
    inner = (match[2] or "").strip()
    if not inner:
        return match[1], ""
    said = re.search(r"(?:^|\b(?:value|path|uri)\s*[=:]\s*)\{?\s*\[?\s*[\"'`]([^\"'`]*)", inner)
    if said:
        return match[1], said[1]
    constant = re.match(r"(?:(?:value|path)\s*[=:]\s*)?\{?([\w.]+)\}?\s*(?:,|$)", inner)
    return match[1], written.constant(last(constant[1])) if constant else ""


def _notes(node: SgNode) -> list[SgNode]:
    """The annotations of a class or method: of Java among its modifiers, of TypeScript before it."""
    outer = node.parent()
    around = [
        *(outer.children() if outer is not None and outer.kind() == "export_statement" else []),
        *node.children(),
    ]
    found = [c for c in around if c.kind() == "decorator"]
    for child in node.children():
        if child.kind() == "modifiers":
            found += [
                c for c in child.children() if c.kind() in ("annotation", "marker_annotation")
            ]
    return found
