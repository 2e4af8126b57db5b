"""The routes of a service that take input, by path, and what hides others from the eye."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from auditor.code.go import routes_go
from auditor.code.kinds import nodes
from auditor.code.lexical.names import without_comments
from auditor.code.patterns import Rule
from auditor.code.python import routes_python
from auditor.code.scanning import family as in_family
from auditor.code.script import routes_nest, routes_next, routes_script
from auditor.code.topics.routes import Route, Text
from auditor.probing.code.code_reading import patterns
from auditor.probing.code.code_trees import Tree, Trees

TOPIC = "validation"
_FUNCTIONS = (
    "function_definition", "function_declaration", "method_declaration", "method_definition", "variable_declarator",
    "pair", "assignment_expression",
)  # fmt: skip
_TYPES = (
    "assignment",
    "type_alias_statement",
    "class_definition",
    "class_declaration",
    "type_spec",
    "interface_declaration",
    "type_alias_declaration",
)
_MOST = 6
_LONGEST = 6_000


@dataclass
class ValidationLook:
    """Looks at the trees of a service; run it once."""

    trees: Trees
    _codes: dict[str, str] = field(default_factory=dict)
    _found: dict[tuple[str, bool, str], list[str]] = field(default_factory=dict)

    def routes(self) -> Iterator[tuple[str, Route]]:
        """Path and route, in the order of the text."""
        for tree in self.trees.of(routes_python.WANTED, "python"):
            modules = frozenset(m.partition(".")[0] for m in self._modules(tree.path))
            everywhere = frozenset(m.partition(".")[0] for m in self.modules)
            reader = routes_python.PythonRoutes(
                tree.root,
                self._code(tree),
                modules,
                everywhere,
                self._functions("python"),
                self._types("python"),
            )
            for route in reader.read():
                yield tree.path, route
        if routes_script.uses_framework(self.modules) or any("trpc" in m for m in self.modules):
            yield from self._script()
        for tree in self.trees.of(routes_nest.WANTED, "javascript"):
            found = routes_nest.read(
                tree.root, self._code(tree), self._has_pipe, self._types("javascript")
            )
            for route in found:
                yield tree.path, route
        for tree in self.trees.of(routes_next.WANTED, "javascript"):
            if routes_next.PLACE.search(tree.path):
                handlers = routes_next.NextRoutes(
                    tree.root, self._code(tree), self._functions("javascript")
                )
                for route in handlers.read():
                    yield tree.path, route
        for tree in self.trees.of(routes_go.WANTED, "go"):
            found = routes_go.read(
                tree.root, self._code(tree), self._functions("go"), self._types("go")
            )
            for route in found:
                yield tree.path, route

    def _script(self) -> Iterator[tuple[str, Route]]:
        results = any(
            "validationResult(" in self._code(t)
            for t in self.trees.of(re.compile(r"validationResult\("), "javascript")
        )
        openapi = any(
            re.search(r"\.use\(\s*\w*OpenApiValidator\.middleware\(", self._code(t))
            for t in self.trees.of(re.compile(r"OpenApiValidator"), "javascript")
        )
        for tree in self.trees.of(routes_script.WANTED, "javascript"):
            reader = routes_script.ScriptRoutes(
                tree.root,
                self._code(tree),
                self.trees.names(tree.path),
                self._functions("javascript"),
                results,
                openapi,
            )
            for route in reader.read():
                yield tree.path, route

    @cached_property
    def modules(self) -> frozenset[str]:
        """Every module that the service imports."""
        return frozenset(m for path in self.trees.texts for m in self._modules(path))

    def unknown(self) -> list[tuple[str, int, str]]:
        """Where the service answers in a way that is not read: path, line and module."""
        found = []
        for family in ("python", "javascript", "go", "java"):
            for rule in patterns().rules(TOPIC, family):
                if not self.modules.intersection(rule.texts("unless")):
                    found += [(path, line, name) for path, line, name in self._unread(rule, family)]
        return sorted([*found, *self._next_unread()])

    def _next_unread(self) -> Iterator[tuple[str, int, str]]:
        """What Next.js answers besides its route handlers."""
        for path, text in self.trees.texts.items():
            if in_family(path) != "javascript":
                continue
            action = routes_next.ACTIONS.search(text)
            if action:
                line = text.count("\n", 0, action.end()) + 1
                yield path, line, "server actions of Next.js"
            elif routes_next.ASIDE.search(path) and "export default" in text:
                yield path, 1, "pages/api of Next.js"

    def _unread(self, rule: Rule, family: str) -> Iterator[tuple[str, int, str]]:
        wanted = rule.text("code")
        likely = self.trees.code.imports.importing(family, rule.references)
        for path in (p for p in self.trees.texts if p in likely):
            scan = self.trees.code.scans.get(path)
            for one in scan.imports if scan is not None and in_family(path) == family else ():
                full = {one.module, f"{one.module}.{one.name}"}
                if not one.typing and any(
                    f in full or one.module.startswith((f"{f}.", f"{f}/")) for f in rule.references
                ):
                    text = self.trees.texts[path]
                    if not wanted or re.search(wanted, text):
                        yield path, one.line, one.module

    def _modules(self, path: str) -> set[str]:
        scan = self.trees.code.scans.get(path)
        return {i.module for i in scan.imports if not i.typing} if scan is not None else set()

    @cached_property
    def _has_pipe(self) -> bool:
        wanted = re.compile(r"useGlobalPipes|APP_PIPE")
        return any(
            routes_nest.PIPE.search(self._code(t)) for t in self.trees.of(wanted, "javascript")
        )

    def _code(self, tree: Tree) -> str:
        if tree.path not in self._codes:
            self._codes[tree.path] = without_comments(tree.root, tree.text)
        return self._codes[tree.path]

    def _functions(self, family: str) -> Text:
        return lambda name: self._texts(name, False, family)

    def _types(self, family: str) -> Text:
        return lambda name: self._texts(name, True, family)

    def _texts(self, name: str, types: bool, family: str) -> list[str]:
        """The code of what a name defines in the service."""
        key = (name, types, family)
        if key not in self._found:
            self._found[key] = (
                list(self._defined(name, types, family)) if re.fullmatch(r"[\w$]+", name) else []
            )
        return self._found[key]

    def _defined(self, name: str, types: bool, family: str) -> Iterator[str]:
        count = 0
        head = r"(?:(?:class|type|interface)\s+|^)" if types else r"\b"
        for tree in self.trees.of(
            re.compile(rf"{head}{re.escape(name)}\b", re.MULTILINE), family, word=name
        ):
            for node in nodes(tree.root, _TYPES if types else _FUNCTIONS):
                named = node.field("name") or node.field("key") or node.field("left")
                if named is None or named.text().rpartition(".")[2] != name or count >= _MOST:
                    continue
                value = node.field("value") or node.field("right")
                if value is not None and value.kind() in (
                    "identifier",
                    "member_expression",
                    "string",
                ):
                    continue
                place = node.range()
                count += 1
                yield self._code(tree)[place.start.index : place.end.index][:_LONGEST]
