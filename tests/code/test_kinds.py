"""The grammars of several languages have a root of one name, and are told apart."""

from __future__ import annotations

from itertools import permutations

import pytest
from ast_grep_py import SgRoot

from auditor.code import kinds

TEXTS = {
    "java": ("class A { void b() { c(); } }", "method_invocation"),
    "javascript": ("c();", "call_expression"),
    "typescript": ("const x: number = c();", "call_expression"),
}


@pytest.mark.parametrize("order", list(permutations(TEXTS)), ids=" ".join)
def test_false_green_one_language_does_not_hide_the_nodes_of_the_next(
    order: tuple[str, ...],
) -> None:
    kinds._KNOWN.clear()
    for language in order:
        text, kind = TEXTS[language]
        root = SgRoot(text, language).root()
        assert len(kinds.nodes(root, ["method_invocation", "call_expression"])) == 1, kind
