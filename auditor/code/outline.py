"""The functions and classes of a source text, and the text without its comments and strings.

For the few questions that calls alone do not answer: what stands in the same function, around which line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import msgspec
from ast_grep_py import SgNode

from auditor.code.languages import GRAMMARS
from auditor.code.parsing import nodes, parse_whole, span

_SCRIPT = {
    "function": (
        "function_declaration", "generator_function_declaration", "method_definition", "arrow_function",
        "function_expression",
    ),
    "class": ("class_declaration",),
    "loop": ("for_statement", "for_in_statement", "while_statement", "do_statement"),
    "string": ("string_fragment",),
}  # fmt: skip
_PYTHON = {
    "function": ("function_definition", "lambda"),
    "class": ("class_definition",),
    "loop": ("for_statement", "while_statement"),
    "string": ("string_content",),
}
_GO = {
    "function": ("function_declaration", "method_declaration", "func_literal"),
    "class": (),
    "loop": ("for_statement",),
    "string": ("interpreted_string_literal", "raw_string_literal"),
}
_JAVA = {
    "function": ("method_declaration", "constructor_declaration"),
    "class": (
        "class_declaration",
        "interface_declaration",
        "enum_declaration",
        "record_declaration",
    ),
    "loop": ("for_statement", "enhanced_for_statement", "while_statement", "do_statement"),
    "string": ("string_fragment", "multiline_string_fragment"),
}
_KINDS: dict[str, dict[str, tuple[str, ...]]] = {"python": _PYTHON, "go": _GO, "java": _JAVA}
_BOUND = {
    "variable_declarator": "name", "pair": "key", "assignment_expression": "left",
    "public_field_definition": "name", "field_definition": "property",
}  # fmt: skip
_NOT_NEWLINE = re.compile(r"[^\n]")


@dataclass(frozen=True, slots=True)
class Block:
    """A function, class or loop: its name ("" for none), its lines from 1, both included.

    `first` is that of its decorators, `head` that of itself; `decorators` says how many it has.
    """

    kind: str
    name: str
    first: int
    head: int
    last: int
    decorators: int = 0

    def holds(self, line: int) -> bool:
        """Whether a line lies in it, its decorators left out."""
        return self.head <= line <= self.last


@dataclass(frozen=True)
class Outline:
    """A text of the same lines three times: as it is, `code` without comments, `bare` without the
    content of strings as well; and its blocks, outer ones first."""

    code: str
    bare: str
    blocks: tuple[Block, ...]

    def around(self, line: int, *kinds: str) -> Block | None:
        """The innermost block of some kinds (functions, unless said) around a line."""
        wanted = kinds or ("function",)
        inside = [b for b in self.blocks if b.kind in wanted and b.holds(line)]
        return max(inside, key=lambda b: (b.head, -b.last), default=None)

    def decorated(self, name: str, line: int) -> Block | None:
        """The function or class of a name whose decorators a line is among."""
        fitting = (b for b in self.blocks if b.name == name and b.first <= line <= b.head)
        return next(fitting, None)

    def named(self, name: str) -> list[Block]:
        """The functions of a name."""
        return [b for b in self.blocks if b.kind == "function" and b.name == name]

    def said(self, first: int, last: int, *, bare: bool = True) -> str:
        """The text of some lines."""
        return "\n".join((self._bare_lines if bare else self._code_lines)[first - 1 : last])

    @cached_property
    def _bare_lines(self) -> list[str]:
        return self.bare.split("\n")

    @cached_property
    def _code_lines(self) -> list[str]:
        return self.code.split("\n")

    def body(self, block: Block, *, bare: bool = True) -> str:
        """The text of a block, its decorators left out."""
        return self.said(block.head, block.last, bare=bare)


def outline(text: str, grammar: str) -> Outline:
    """The outline of a text in Python, Go, Java or a script's grammar; raises Unparsed."""
    return drawn(text, marks(text, grammar))


class Marks(msgspec.Struct, frozen=True, array_like=True):
    """What an outline is drawn from: where comments and the content of strings start and end, and the blocks."""

    comments: list[tuple[int, int]]
    strings: list[tuple[int, int]]
    blocks: list[tuple[str, str, int, int, int, int]]


def marks(text: str, grammar: str) -> Marks:
    """The marks of a text; raises Unparsed."""
    root = parse_whole(text, grammar)
    kinds = _KINDS.get(grammar, _SCRIPT)
    what = {kind: sort for sort in ("function", "class", "loop") for kind in kinds[sort]}
    return Marks(
        [span(n) for n in nodes(root, GRAMMARS[grammar].comments)],
        [span(n) for n in nodes(root, kinds["string"])],
        [_block(what[n.kind()], n) for n in nodes(root, what)],
    )


def drawn(text: str, found: Marks) -> Outline:
    """The outline of a text by its marks."""
    code = _blank(text, found.comments)
    bare = _blank(code, found.strings)
    return Outline(code, bare, tuple(Block(*block) for block in found.blocks))


def _blank(text: str, found: Iterable[tuple[int, int]]) -> str:
    parts: list[str] = []
    at = 0
    for start, end in found:
        if start < at:
            continue
        parts += [text[at:start], _NOT_NEWLINE.sub(" ", text[start:end])]
        at = end
    return "".join([*parts, text[at:]])


def _block(what: str, node: SgNode) -> tuple[str, str, int, int, int, int]:
    whole = node.parent()
    place = node.range()
    first, decorators = place.start.line + 1, 0
    if whole is not None and whole.kind() == "decorated_definition":
        first = whole.range().start.line + 1
        decorators = sum(1 for c in whole.children() if c.kind() == "decorator")
    return what, _name(node), first, place.start.line + 1, place.end.line + 1, decorators


def _name(node: SgNode) -> str:
    name = node.field("name")
    outer = node.parent()
    if name is None and outer is not None and outer.kind() in _BOUND:
        name = outer.field(_BOUND[outer.kind()])
    return name.text().rpartition(".")[2] if name is not None else ""
