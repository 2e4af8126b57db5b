"""The tree of a shell script: simple commands, pipelines, `&&` and `||` lists, and compounds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Simple:
    """One command: assignments before it, its words without quotes, and where it stands.

    `inner` are the scripts that it runs by substitution; `nested` the script given to a shell
    (`bash -c '…'`), with `nested_errexit` where that shell got `-e`; `heredoc` the text given to it.
    """

    words: tuple[str, ...]
    assignments: tuple[tuple[str, str], ...]
    inner: tuple[Sequence, ...]
    nested: Sequence | None
    nested_errexit: bool
    heredoc: str
    text: str
    line: int


@dataclass(frozen=True, slots=True, eq=False)
class Pipeline:
    """Commands joined by `|`, or one behind `!`."""

    parts: tuple[Node, ...]
    negated: bool


@dataclass(frozen=True, slots=True, eq=False)
class AndOr:
    """A command, and those that `&&` or `||` joins to it."""

    first: Node
    rest: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Sequence:
    """Commands one after the other; the flag says that one runs in the background."""

    items: tuple[tuple[Node, bool], ...]


@dataclass(frozen=True, slots=True, eq=False)
class If:
    """Conditions with their bodies in order, and the `else` body."""

    branches: tuple[tuple[Sequence, Sequence], ...]
    otherwise: Sequence | None


@dataclass(frozen=True, slots=True, eq=False)
class Loop:
    """`for` (no condition), `while` or `until`."""

    keyword: str
    condition: Sequence | None
    body: Sequence


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """The bodies of a `case`."""

    arms: tuple[Sequence, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """`{ … }`, or `( … )` where `subshell` is set."""

    body: Sequence
    subshell: bool


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A definition; its body runs where the name is called."""

    name: str
    body: Node


Node = Simple | Pipeline | AndOr | Sequence | If | Loop | Case | Group | Function


def children(node: Node) -> Iterator[Node]:
    """The nodes directly below `node`."""
    if isinstance(node, Simple):
        yield from node.inner
        if node.nested is not None:
            yield node.nested
    elif isinstance(node, Pipeline):
        yield from node.parts
    elif isinstance(node, AndOr):
        yield node.first
        yield from (part for _, part in node.rest)
    elif isinstance(node, Sequence):
        yield from (item for item, _ in node.items)
    elif isinstance(node, If):
        for condition, body in node.branches:
            yield condition
            yield body
        if node.otherwise is not None:
            yield node.otherwise
    elif isinstance(node, Loop):
        if node.condition is not None:
            yield node.condition
        yield node.body
    elif isinstance(node, Case):
        yield from node.arms
    else:
        yield node.body


def commands(node: Node) -> Iterator[Simple]:
    """Every simple command in or below `node`, in the order of the text."""
    if isinstance(node, Simple):
        yield node
    for child in children(node):
        yield from commands(child)
