"""The code of a file without its comments, and which full names it mentions beside its imports."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ast_grep_py import SgNode

from auditor.code.kinds import nodes
from auditor.code.scan import qualified

_COMMENTS = ("comment",)
_DOTTED = (
    "identifier",
    "attribute",
    "member_expression",
    "selector_expression",
    "nested_identifier",
    "type_identifier",
)
_IMPORTS = frozenset({"import_statement", "import_from_statement", "import_declaration"})


def without_comments(root: SgNode, text: str) -> str:
    """The text with every comment, and every string that stands alone, blanked: lines keep their place."""
    spans = [(n.range().start.index, n.range().end.index) for n in nodes(root, _COMMENTS)]
    spans += [
        (n.range().start.index, n.range().end.index)
        for n in nodes(root, ("expression_statement",))
        if [c.kind() for c in n.children()] in (["string"], ["string", ";"])
    ]
    pieces: list[str] = []
    end = 0
    for start, stop in sorted(spans):
        if start < end:
            continue
        pieces += [text[end:start], re.sub(r"[^\n]", " ", text[start:stop])]
        end = stop
    return "".join([*pieces, text[end:]])


def mentions(
    root: SgNode, names: dict[str, str], wanted: frozenset[str]
) -> Iterator[tuple[str, SgNode]]:
    """The nodes that name one of some full names, imports left out."""
    for node in nodes(root, _DOTTED):
        full = qualified("".join(node.text().split()), names) if len(node.text()) < 200 else ""
        if full in wanted and not any(a.kind() in _IMPORTS for a in node.ancestors()):
            yield full, node
