"""The door to the parser: text to a syntax tree, with the guards that a hostile text calls for.

tree-sitter recovers from anything, but on repeated nonsense it can take minutes or all memory, and
nothing can interrupt it: so what is too long or unlike source code is refused before.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from ast_grep_py import SgNode, SgRoot

from auditor.code.languages import GRAMMARS

LIMIT = 1_000_000
"""The longest text that is parsed, in characters."""

_SLOW = {"lua": 250_000, "swift": 250_000, "bash": 250_000, "dart": 250_000, "scala": 250_000}
_REPETITIVE = 100
_MOST_BROKEN = 0.2
_OPEN_ANGLES = 1_000
_SMALL = 20_000
_BINARY = re.compile("[\x00-\x06\x0e-\x1a\x1c-\x1f]")


class Unparsed(ValueError):
    """A text that was not parsed, or whose tree cannot be trusted; its message says why."""


def parse(text: str, grammar: str) -> SgNode:
    """The root of the syntax tree; raises Unparsed. `grammar` is a key of GRAMMARS."""
    if grammar not in GRAMMARS:
        raise Unparsed("there is no grammar for its language")
    limit = _SLOW.get(grammar, LIMIT)
    if len(text) > limit:
        raise Unparsed(f"it has more than {limit:,} characters")
    if _BINARY.search(text):
        raise Unparsed("it holds binary data")
    if len(text) > _SMALL and len(zlib.compress(text.encode(), 1)) * _REPETITIVE < len(text):
        raise Unparsed("it repeats itself too much to be source code")
    if grammar == "csharp" and _left_open(text) > _OPEN_ANGLES:  # takes memory by the square
        raise Unparsed("it opens too many angle brackets to be source code")
    return SgRoot(text, grammar).root()


def _left_open(text: str) -> int:
    """The most `<` between two signs that end a type or a statement."""
    if text.count("<") <= _OPEN_ANGLES:
        return 0
    return max(part.count("<") for part in re.split("[>;{}]", text))


def nodes(root: SgNode, kinds: Iterable[str]) -> list[SgNode]:
    """Every node of one of `kinds`, outer before inner, in the order of the text."""
    wanted = list(kinds)
    if not wanted:
        return []
    if len(wanted) == 1:
        return root.find_all(kind=wanted[0])
    return root.find_all({"rule": {"any": [{"kind": kind} for kind in wanted]}})


def span(node: SgNode) -> tuple[int, int]:
    """Where a node lies in the text: offsets of its first character and past its last."""
    place = node.range()
    return place.start.index, place.end.index


@dataclass(frozen=True, slots=True)
class Damage:
    """What the grammar could not make sense of: its share of the text, 0 to 1, and its lines (from 1)."""

    share: float
    lines: tuple[tuple[int, int], ...]


def damage(root: SgNode) -> Damage:
    """How much of the tree is error."""
    whole = root.range()
    if root.kind() == "ERROR":
        return Damage(1.0, ((1, whole.end.line + 1),))
    total, end = 0, 0
    lines: list[tuple[int, int]] = []
    for place in (node.range() for node in root.find_all(kind="ERROR")):
        total += max(0, place.end.index - max(place.start.index, end))
        end = max(end, place.end.index)
        lines.append((place.start.line + 1, place.end.line + 1))
    return Damage(total / max(1, whole.end.index - whole.start.index), tuple(lines))


def refuse_broken(harm: Damage, grammar: str) -> None:
    """Raise Unparsed where too much of a tree is error to be trusted."""
    if harm.share > _MOST_BROKEN:
        raise Unparsed(f"the {grammar} grammar cannot make sense of {harm.share:.0%} of it")


def parse_whole(text: str, grammar: str) -> SgNode:
    """As `parse`; raises Unparsed for a tree that cannot be trusted as well."""
    root = parse(text, grammar)
    if root.kind() == "ERROR" or root.find(kind="ERROR"):
        refuse_broken(damage(root), grammar)
    return root
