"""Lines of a source text that run within something: a Python `with`, or a function that is handed to a call."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ast_grep_py import SgNode

from auditor.code.parsing import nodes, parse_whole

_FUNCTIONS = frozenset(
    {"arrow_function", "function_expression", "func_literal", "generator_function"}
)


@dataclass(frozen=True, slots=True)
class Region:
    """Lines from 1, both included: `first` to `head` say what opens it (`words`), `last` is its end."""

    first: int
    head: int
    last: int
    words: str

    def holds(self, line: int) -> bool:
        """Whether a line runs within it."""
        return self.first <= line <= self.last

    def opened_by(self, line: int) -> bool:
        """Whether a call on a line is what opens it."""
        return self.first <= line <= self.head


def regions(text: str, grammar: str) -> tuple[Region, ...]:
    """The regions of a text in Python, Go or a script's grammar, outer ones first; raises Unparsed."""
    root = parse_whole(text, grammar)
    if grammar == "python":
        return tuple(_with(node) for node in root.find_all(kind="with_statement"))
    return tuple(_handed(nodes(root, ("call_expression",))))


def innermost(found: Iterable[Region], line: int, word: str) -> Region | None:
    """The region that a call on a line opens, whose opening words hold `word`."""
    fitting = (r for r in found if r.opened_by(line) and word in r.words)
    return max(fitting, key=lambda r: (r.first, -r.last), default=None)


def _with(node: SgNode) -> Region:
    place, body = node.range(), node.field("body")
    start = body.range().start if body is not None else place.end
    words = node.text()[: max(0, start.index - place.start.index)]
    head = place.start.line + 1 + words.rstrip().count("\n")
    return Region(place.start.line + 1, head, place.end.line + 1, words)


def _handed(calls: Iterable[SgNode]) -> Iterable[Region]:
    for call in calls:
        function, given = call.field("function"), call.field("arguments")
        if function is None or given is None:
            continue
        if not any(child.kind() in _FUNCTIONS for child in given.children()):
            continue
        opened = function.range().end.line + 1
        yield Region(opened, opened, call.range().end.line + 1, function.text()[-200:])
