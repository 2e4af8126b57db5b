"""From what a route is given to the functions that answer it, across the files of the service."""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property

from ast_grep_py import SgNode

from auditor.code.definitions import Definitions
from auditor.code.kinds import nodes
from auditor.code.languages import grammar_of
from auditor.code.lexical.names import without_comments
from auditor.code.parsing import Unparsed, parse_whole
from auditor.code.reach.flow import assignments, called_name, line_of, positional
from auditor.code.scan import Class
from auditor.code.scanning import family
from auditor.code.topics.health_answers import Piece
from auditor.code.topics.health_registrations import FUNCTIONS
from auditor.formats.text.word_list import words
from auditor.probing.code.code_topics import Topic
from auditor.probing.code.code_trees import Tree, Trees

_BLOCKS = (
    "block",
    "statement_block",
    "expression_case",
    "switch_case",
    "if_statement",
    "elif_clause",
)
_CLASS_METHODS = (
    "get",
    "__call__",
    "on_get",
    "dispatch",
    "head",
    "handle",
    "call",
    "ServeHTTP",
    "fetch",
)
_CLASSES = ("class_definition", "class_declaration")
_MOST = 3
_COMMON = words(
    "get set run call create update delete find close start stop init main value next then map filter push"
)


class Handlers:
    """Finds functions of the service by name, near ones first; each file is parsed once."""

    def __init__(self, trees: Trees, topic: Topic) -> None:
        self.trees = trees
        self._topic = topic
        self._definitions = Definitions(topic.code.scans, topic.origin)
        self._parsed: dict[str, Tree | None] = {}
        self._codes: dict[str, str] = {}

    def tree(self, path: str) -> Tree | None:
        """The tree of a file that the service reaches; None where it has none."""
        if path not in self._parsed:
            text, made = self.trees.texts.get(path), None
            if text is not None:
                try:
                    made = Tree(
                        path, family(path) or "", text, parse_whole(text, grammar_of(path) or "")
                    )
                except Unparsed:
                    made = None
            self._parsed[path] = made
        return self._parsed[path]

    def code(self, tree: Tree) -> str:
        """The text of a file with its comments blanked."""
        if tree.path not in self._codes:
            self._codes[tree.path] = without_comments(tree.root, tree.text)
        return self._codes[tree.path]

    def piece(self, node: SgNode, path: str, name: str = "") -> Piece:
        """A node of a file as a piece of code."""
        tree = self.tree(path)
        place = node.range()
        text = (
            self.code(tree)[place.start.index : place.end.index]
            if tree is not None
            else node.text()
        )
        own = node.field("name")
        return Piece(
            node, text, name or (own.text() if own is not None else ""), path, line_of(node)
        )

    def of(self, node: SgNode, path: str, depth: int = 3) -> list[Piece]:
        """The functions that an expression among the arguments of a route stands for."""
        kind = str(node.kind())
        if kind in FUNCTIONS or kind in _BLOCKS:
            return [self.piece(node, path)]
        if kind in _CLASSES:
            return list(self._methods(node, path))
        text = "".join(node.text().split())
        if kind == "method_reference":
            return self.named(text.rpartition("::")[2], path)
        if kind in ("unary_expression", "composite_literal", "object_creation_expression"):
            made = re.search(r"(\w+)(?:\{|\()", text)
            return self._served(made[1], path) if made else []
        if kind in ("array", "list"):
            return next(
                (
                    f
                    for c in reversed(node.children())
                    if c.is_named() and (f := self.of(c, path, depth))
                ),
                [],
            )
        if "call" in kind and depth:
            for given in reversed(positional(node)):
                if found := self.of(given, path, depth - 1):
                    return found
            return self.named(
                called_name(node).removesuffix(".as_view").removesuffix(".bind"), path
            )
        if not re.fullmatch(r"[\w.$]+", text):
            return []
        found = self.named(text, path)
        tree = self.tree(path) if not found and depth else None
        bound = assignments(tree.root, text) if tree is not None else []
        return next((f for value, _ in bound[:2] if (f := self.of(value, path, depth - 1))), found)

    def follow(self, name: str, piece: Piece) -> list[Piece]:
        """The functions of ours that a call in a piece may mean."""
        last = name.rpartition(".")[2]
        own = [
            n
            for n in nodes(piece.node, FUNCTIONS)
            if (f := n.field("name")) is not None and f.text() == last
        ]
        return [self.piece(n, piece.path) for n in own[:1]] or self.named(name, piece.path)

    def named(self, name: str, path: str) -> list[Piece]:
        """The functions of a dotted name, as a file writes it."""
        kin, last = family(path) or "", name.rpartition(".")[2]
        found = self._definitions.find(name, path) if kin in ("python", "javascript") else None
        if found is not None:
            return list(
                self._at(
                    found.path,
                    found.what.line,
                    is_class=isinstance(found.what, Class),
                    name=found.what.name,
                )
            )
        places = self._places.get((kin, last), [])
        if "." in name and last in _COMMON:
            return []
        folder = posixpath.dirname(path)
        for near in (
            [p for p in places if p[0] == path],
            [p for p in places if posixpath.dirname(p[0]) == folder],
            places,
        ):
            if near:
                break
        if len(near) > _MOST:
            return []
        return [
            piece
            for file, line in near
            for piece in self._at(file, line, is_class=False, name=last)
        ]

    @cached_property
    def _places(self) -> dict[tuple[str, str], list[tuple[str, int]]]:
        """Where functions are, by family and name; those of Java have line 0."""
        found: dict[tuple[str, str], list[tuple[str, int]]] = defaultdict(list)
        for path in sorted(self.trees.texts):
            scan = self._topic.code.scans.get(path)
            if scan is None:
                continue
            kin = family(path) or ""
            for one in scan.functions:
                found[kin, one.name].append((path, one.line))
            for made in scan.classes if kin == "java" else ():
                for method in dict.fromkeys(made.methods):
                    found[kin, method].append((path, 0))
        return found

    def _at(self, path: str, line: int, *, is_class: bool, name: str) -> Iterator[Piece]:
        tree = self.tree(path)
        if tree is None:
            return
        if is_class:
            for node in nodes(tree.root, _CLASSES):
                if line_of(node) == line:
                    yield from self._methods(node, path)
            return
        for node in nodes(tree.root, sorted(FUNCTIONS)):
            own = node.field("name")
            fits = line_of(node) == line if line else own is not None and own.text() == name
            if fits and (node.field("body") is not None):
                yield self.piece(node, path, name)
                if line:
                    return

    def _methods(self, node: SgNode, path: str) -> Iterator[Piece]:
        """What answers in a class that stands for a handler."""
        for one in nodes(node, ("function_definition", "method_definition", "method_declaration")):
            name = one.field("name")
            if name is not None and name.text() in _CLASS_METHODS:
                yield self.piece(one, path)

    def _served(self, made: str, path: str) -> list[Piece]:
        """The method with which a type answers, in Go and Java."""
        found = []
        word = re.compile(rf"\b{re.escape(made)}\b")
        for method in ("ServeHTTP", "handle"):
            for file, line in self._places.get((family(path) or "", method), []):
                for piece in self._at(file, line, is_class=False, name=method):
                    if word.search(piece.text.partition("{")[0]) or word.search(file):
                        found.append(piece)
        return found[:_MOST]
