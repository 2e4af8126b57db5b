"""The syntax trees of what the service reaches, and what its names, settings and functions lead to."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from ast_grep_py import SgNode

from auditor.code.go.environment_go import read_go
from auditor.code.kinds import nodes
from auditor.code.languages import grammar_of
from auditor.code.parsing import Unparsed, parse_whole
from auditor.code.reach.flow import called_name, keyword, positional
from auditor.code.scanning import family
from auditor.code.script.environment_script import read_script
from auditor.code.topics.environment import READS, Reading, read_python
from auditor.probing.code.code_reading import Code
from auditor.probing.contract import Context

_IDENTIFIERS = (
    "identifier", "property_identifier", "field_identifier", "shorthand_property_identifier", "type_identifier",
)  # fmt: skip
_DEFINES = frozenset({
    "function_definition", "class_definition", "function_declaration", "method_declaration", "class_declaration",
    "method_definition", "generator_function_declaration", "keyword_argument", "export_specifier",
})  # fmt: skip
_IMPORTS = ("import_statement", "import_from_statement", "import_declaration", "export_clause")
_CALLED_BY_OTHERS = re.compile(
    r"__\w+__|main|init|ready|bootstrap|lifespan|configure|setup|constructor|on[A-Z]\w*|register|handler|default|post_worker_init"
)
_LITERAL = re.compile(
    r"\b(\w+)(?:\s*:\s*\w+)?\s*[=:]\s*(True|False|true|false|\"\w+\"|'\w+')(?=\s*[,)}\n;])"
)
READERS = {"python": read_python, "javascript": read_script, "go": read_go}
_SETTINGS_BASE = "BaseSettings"


@dataclass(frozen=True, slots=True)
class Tree:
    """One parsed file."""

    path: str
    family: str
    text: str
    root: SgNode


def trees_of(ctx: Context, code: Code) -> Trees:
    """The trees of a service, the same ones for all probes of an audit."""
    return ctx.repo.once("trees", lambda: Trees(ctx, code))


@dataclass(frozen=True)
class Trees:
    """The files that a service reaches, as trees. What is not parsed is told by `code_topics.gaps`."""

    ctx: Context
    code: Code

    @cached_property
    def texts(self) -> Mapping[str, str]:
        """The text of every reachable file of a language that is understood, by path."""
        return self.code.files.sources

    def of(self, wanted: re.Pattern[str], *families: str, word: str = "") -> Iterator[Tree]:
        """The trees of the files whose text matches; `word` is one that every match holds, if there is such."""
        if word:
            paths = [p for p in self.code.files.holding(word) if p in self.texts]
            paths = [p for p in paths if wanted.search(self.texts[p])]
        else:
            matching = self.code.files.matching(wanted)
            paths = [p for p in self.texts if p in matching]
        for path in paths:
            name, text = family(path) or "", self.texts[path]
            if families and name not in families:
                continue
            try:
                yield Tree(path, name, text, parse_whole(text, grammar_of(path) or ""))
            except Unparsed:
                continue

    def names(self, path: str) -> dict[str, str]:
        """What the names that a file imports stand for."""
        scan = self.code.scans.get(path)
        return scan.names if scan is not None else {}

    @cached_property
    def settings_classes(self) -> frozenset[str]:
        """The names of the classes whose fields the environment fills (pydantic-settings)."""
        found = {_SETTINGS_BASE}
        classes = [
            c for p in self.texts if p in self.code.scans for c in self.code.scans[p].classes
        ]
        for _ in range(5):
            found |= {
                c.name for c in classes if any(b.rpartition(".")[2] in found for b in c.bases)
            }
        return frozenset(found)

    @cached_property
    def settings(self) -> list[tuple[str, Reading]]:
        """What the service reads from its environment: path and reading."""
        return [
            (tree.path, one)
            for tree in self.of(READS, *READERS)
            for one in dict.fromkeys(
                READERS[tree.family](tree.root, tree.text, self.settings_classes)
            )
        ]

    def reads(self, name: str) -> list[Reading]:
        """The readings whose name, or whose target, is a name but for case and `_`."""
        return self._by_name.get(_plain(name), [])

    @cached_property
    def _by_name(self) -> dict[str, list[Reading]]:
        found: dict[str, list[Reading]] = {}
        for _, one in self.settings:
            for name in {_plain(one.name), _plain(one.target.rpartition(".")[2])}:
                found.setdefault(name, []).append(one)
        return found

    def default(self, name: str) -> str | None:
        """The default of a setting, where it has one and only one."""
        read = self.reads(name)
        found: set[str] = {one.default for one in read if one.default is not None}
        if not read:
            found = self._literals.get(name, set())
        return next(iter(found)) if len(found) == 1 else None

    def is_ours(self, module: str, path: str) -> bool:
        """Whether a module as `path` writes it is a file or package of the repository."""
        if family(path) == "python":
            return module.startswith(".") or self.code.python.file(module, path) is not None
        if family(path) == "javascript":
            return module.startswith(".") or self.code.scripts.resolve(module, path)[0] is not None
        return any(
            f"/{module}".endswith(f"/{posixpath.dirname(p)}") for p in self.texts if "/" in p
        )

    @cached_property
    def _literals(self) -> dict[str, set[str]]:
        """The literals that parameters, keywords and constants of a name are given."""
        found: dict[str, set[str]] = {}
        for text in self.texts.values():
            for match in _LITERAL.finditer(text):
                found.setdefault(match[1], set()).add(match[2])
        return found

    def passed(self, function: str, parameter: str, place: int) -> list[tuple[SgNode, SgNode]]:
        """What callers hand a function for a parameter, by its name or its place (from 0), with the root of
        their tree."""
        key = (function, parameter, place)
        if key not in self._passed:
            self._passed[key] = list(self._handed(function, parameter, place))
        return self._passed[key]

    @cached_property
    def _passed(self) -> dict[tuple[str, str, int], list[tuple[SgNode, SgNode]]]:
        return {}

    def _handed(self, function: str, parameter: str, place: int) -> Iterator[tuple[SgNode, SgNode]]:
        for tree in self.of(re.compile(rf"\b{re.escape(function)}\("), word=function):
            for call in nodes(tree.root, ("call", "call_expression")):
                if called_name(call).rpartition(".")[2] != function:
                    continue
                value = keyword(call, parameter)
                given = positional(call)
                if value is None and len(given) > place:
                    value = given[place]
                if value is not None:
                    yield tree.root, value

    def is_called(self, scope: str) -> bool:
        """Whether the function of a scope (`Class.method`) is named anywhere but where it is defined."""
        parts = [p for p in scope.split(".") if p not in ("", "()")]
        if not parts:
            return True
        name = parts[-1]
        if _CALLED_BY_OTHERS.fullmatch(name):
            return name == "main" or len(parts) == 1 or self.is_called(".".join(parts[:-1]))
        if name not in self._used:
            self._used[name] = name in self._named or self._found(name)
        return self._used[name]

    @cached_property
    def _used(self) -> dict[str, bool]:
        return {}

    @cached_property
    def _named(self) -> frozenset[str]:
        scans = self.code.scans
        texts = {r for p in self.texts if p in scans for r in scans[p].references}
        return frozenset(re.split(r"[.:]", r)[-1] for r in texts)

    def _found(self, name: str) -> bool:
        for tree in self.of(re.compile(rf"\b{re.escape(name)}\b"), word=name):
            for node in nodes(tree.root, _IDENTIFIERS):
                if node.text() == name and _uses(node):
                    return True
        return False


def _uses(node: SgNode) -> bool:
    """Whether an identifier stands for the use of a thing; a definition with a decorator is one too."""
    above = node.parent()
    if above is None or any(a.kind() in _IMPORTS for a in node.ancestors()):
        return False
    if above.kind() not in _DEFINES:
        return True
    name = above.field("name")
    if name is None or name.range().start.index != node.range().start.index:
        return True
    around = above.parent()
    return around is not None and (
        around.kind() in ("decorated_definition", "export_statement")
        and (around.kind() == "decorated_definition" or around.text().startswith("export default"))
    )


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()
