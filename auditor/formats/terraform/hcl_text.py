"""HCL, the language of Terraform and OpenTofu, to blocks and attributes with their lines.

Nothing is evaluated: what is not written out is an `Expression`. The grammar is that of python-hcl2.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias, Union

from auditor.formats.text.errors import Malformed, TooLarge
from auditor.formats.text.text_file import decode

if TYPE_CHECKING:
    from lark import Lark, Token, Tree

_LIMIT = 400_000
_LONGEST = (
    50_000  # characters of a line: the grammar takes seconds for a line that no person writes
)
_DEEPEST = 60
_LOCK = threading.Lock()
_FOREIGN = re.compile(r"[^\x00-\x7f]")
_TEMPLATE = re.compile(r"(?<![$%])(?:\$\$|%%)*[$%]\{")
_ESCAPE = re.compile(
    r"\\(?:u([0-9A-Fa-f]{4})|U(00(?:0[0-9A-Fa-f]|10)[0-9A-Fa-f]{4})|(.))", re.DOTALL
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}
_HEREDOC = re.compile(r"<<-?([^\n]*)\n(.*)", re.DOTALL)
_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None}
_SKIPPED = frozenset({"new_line_or_comment"})

HclValue: TypeAlias = Union[
    bool, int, float, str, "tuple[HclValue, ...]", "Object", "Expression", None
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Expression:
    """What only an evaluation would tell, as written.

    `call` is the function that it calls, `?` for a choice, else ""; `parts` are its arguments, or the
    two values to choose from.
    """

    text: str
    call: str = ""
    parts: tuple[HclValue, ...] = ()


@dataclass(frozen=True, slots=True)
class Attribute:
    """One `name = value`, in a body or in an object; `line` counts from 1."""

    name: str
    value: HclValue
    line: int | None


@dataclass(frozen=True, slots=True)
class Object:
    """A value of the form `{ name = value }`."""

    entries: tuple[Attribute, ...] = ()

    def get(self, name: str) -> HclValue:
        """The value of a name, None where it has none."""
        return next((one.value for one in self.entries if one.name == name), None)


@dataclass(frozen=True, slots=True)
class Block:
    """`type "label" … { body }`."""

    type: str
    labels: tuple[str, ...]
    line: int | None
    body: Body


@dataclass(frozen=True, slots=True)
class Body:
    """What stands in a file or a block, in order."""

    attributes: tuple[Attribute, ...] = ()
    blocks: tuple[Block, ...] = ()

    def of(self, *types: str) -> Iterator[Block]:
        """The blocks of these types that stand right here."""
        return (block for block in self.blocks if block.type in types)

    def attribute(self, name: str) -> Attribute | None:
        """The attribute of that name, None where it is not set."""
        return next((one for one in self.attributes if one.name == name), None)

    def value(self, name: str) -> HclValue:
        """The value of an attribute, None where it is not set."""
        found = self.attribute(name)
        return None if found is None else found.value

    def text(self, name: str) -> str | None:
        """The value of an attribute where it is a text that is written out."""
        found = self.value(name)
        return found if isinstance(found, str) else None


def read(data: bytes | str, *, path: str) -> Body:
    """The body of a file. Raises Malformed, also for a name that is set twice, and TooLarge."""
    text = decode(data, name=path, limit=_LIMIT).text + "\n"
    if any(len(line) > _LONGEST for line in text.split("\n")):
        raise TooLarge(f"{path} has a line of more than {_LONGEST:,} characters.")
    from lark.exceptions import LarkError, UnexpectedInput

    try:
        # A letter of another alphabet may stand in a name, which the grammar does not know.
        tree = _parser().parse(_FOREIGN.sub("x", text))
    except UnexpectedInput as error:
        line = error.line if isinstance(error.line, int) and error.line > 0 else None
        raise Malformed(f"{path} is not valid HCL.", line=line) from None
    except (LarkError, AssertionError, IndexError) as error:  # no place is known
        raise Malformed(f"{path} is not valid HCL: {type(error).__name__}.") from None
    except RecursionError:
        raise TooLarge(f"{path} is nested too deeply.") from None
    return _Reader(text, path).body(_trees(tree)[0], 0)


@lru_cache(maxsize=1)
def _built() -> Lark:
    """Built here, as python-hcl2 itself would write a cache beside its code."""
    import hcl2
    from hcl2.postlexer import PostLexer
    from lark import Lark

    return Lark.open(
        "hcl2.lark",
        parser="lalr",
        rel_to=hcl2.__file__,
        propagate_positions=True,
        postlex=PostLexer(),
    )


def _parser() -> Lark:
    with _LOCK:
        return _built()


def _trees(node: Tree[Token]) -> list[Tree[Token]]:
    """The rules below a node, without comments."""
    from lark import Tree

    return [one for one in node.children if isinstance(one, Tree) and one.data not in _SKIPPED]


class _Reader:
    def __init__(self, text: str, path: str) -> None:
        self._text = text
        self._path = path

    def body(self, node: Tree[Token], depth: int) -> Body:
        attributes: dict[str, Attribute] = {}
        blocks: list[Block] = []
        for one in _trees(node):
            if one.data == "attribute":
                found = self._attribute(one, depth)
                if found.name in attributes:
                    said = f"{self._path} sets {found.name} twice in one block."
                    raise Malformed(said, line=found.line)
                attributes[found.name] = found
            else:
                blocks.append(self._block(one, depth))
        return Body(tuple(attributes.values()), tuple(blocks))

    def _attribute(self, node: Tree[Token], depth: int) -> Attribute:
        name, value = _trees(node)
        return Attribute(self._source(name), self._value(value, depth + 1), node.meta.line)

    def _block(self, node: Tree[Token], depth: int) -> Block:
        self._bounded(depth, node)
        first, *labels, body = _trees(node)
        names = tuple(self._label(label) for label in labels)
        return Block(self._source(first), names, node.meta.line, self.body(body, depth + 1))

    def _label(self, node: Tree[Token]) -> str:
        written = self._source(node).strip('"')
        if _TEMPLATE.search(written):
            raise Malformed(f"{self._path} has a template for a label.", line=node.meta.line)
        return written

    def _bounded(self, depth: int, node: Tree[Token]) -> None:
        if depth > _DEEPEST:
            said = f"{self._path} is nested more than {_DEEPEST} levels deep."
            raise TooLarge(said, line=node.meta.line)

    def _source(self, node: Tree[Token]) -> str:
        if node.meta.empty:
            return ""
        return self._text[node.meta.start_pos : node.meta.end_pos].strip()

    def _value(self, node: Tree[Token], depth: int) -> HclValue:
        self._bounded(depth, node)
        below, written = _trees(node), self._source(node)
        if node.data == "expr_term" and len(below) == 1:
            return self._value(below[0], depth + 1)
        if node.data == "literal_value":
            return _CONSTANTS[written]
        if node.data in ("int_lit", "float_lit"):
            return _number(written)
        if node.data == "string":
            inner = written[1:-1]
            return Expression(written) if _TEMPLATE.search(inner) else _unescaped(inner)
        if node.data in ("heredoc_template", "heredoc_template_trim"):
            return _heredoc(written)
        if node.data == "tuple":
            return tuple(self._value(one, depth + 1) for one in below)
        if node.data == "object":
            return Object(tuple(self._entry(one, depth) for one in below))
        if node.data == "conditional" and len(below) == 3:
            parts = tuple(self._value(one, depth + 1) for one in below[1:])
            return Expression(written, "?", parts)
        if node.data == "function_call":
            return self._call(written, below, depth)
        return Expression(written)

    def _entry(self, node: Tree[Token], depth: int) -> Attribute:
        key, value = _trees(node)
        return Attribute(
            self._source(key).strip('"'), self._value(value, depth + 1), node.meta.line
        )

    def _call(self, written: str, below: list[Tree[Token]], depth: int) -> Expression:
        name = "::".join(self._source(one) for one in below if one.data == "identifier")
        given = [one for node in below if node.data == "arguments" for one in _trees(node)]
        return Expression(written, name, tuple(self._value(one, depth + 1) for one in given))


def _number(written: str) -> int | float | Expression:
    try:
        return (
            int(written) if len(written) < 20 and written.lstrip("-").isdigit() else float(written)
        )
    except ValueError:
        return Expression(written)


def _unescaped(inner: str) -> str:
    def character(found: re.Match[str]) -> str:
        code = found[1] or found[2]
        return chr(int(code, 16)) if code else _ESCAPES.get(found[3], found[3])

    return _ESCAPE.sub(character, inner).replace("$${", "${").replace("%%{", "%{")


def _heredoc(written: str) -> str | Expression:
    found = _HEREDOC.fullmatch(written)
    if found is None or _TEMPLATE.search(found[2]):
        return Expression(written)
    return found[2].rstrip().removesuffix(found[1].strip()).rstrip(" \t")
