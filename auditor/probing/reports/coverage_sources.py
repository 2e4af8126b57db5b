"""Which source files a coverage report should measure: shipped, with code that can run."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field

from ast_grep_py import SgNode

from auditor.code.languages import grammar_of, language_of
from auditor.code.parsing import Unparsed, nodes, parse
from auditor.code.sources import SourceText, Survey
from auditor.probing.repo import READ_LIMIT, Repo
from auditor.probing.sources import source_texts

_FAMILIES = {
    "javascript": "javascript typescript vue svelte coffeescript",
    "java": "java kotlin scala groovy clojure",
    "csharp": "csharp fsharp visualbasic",
    "c": "c cpp objectivec",
}
_FAMILY = {one: family for family, names in _FAMILIES.items() for one in names.split()}
GLUE = frozenset({"bash", "powershell"})
"""Languages whose files no usual test run measures: judged only where a report does."""

# Set-up of tools, which is run by them and not by the service.
_SETUP = re.compile(
    r"[^/]+\.config\.[cm]?[jt]s|\.?[\w-]+rc\.[cm]?js|(?:Grunt|gulp)file\.[cm]?[jt]s"
    r"|setup\.py|noxfile\.py|(?:.*/)?[\w.-]+\.gradle(?:\.kts)?|buildSrc/.*|(?:.*/)?magefile\.go"
)
_DECLARATIONS = re.compile(r".*\.(?:pyi|d\.[cm]?ts)")
_IDLE_SCRIPT = frozenset({
    "import_statement", "interface_declaration", "type_alias_declaration", "ambient_declaration",
    "function_signature", "comment", "empty_statement", "hash_bang_line",
})  # fmt: skip
# Where none of these is in a file, it holds types and constants, and coverage tools leave it out.
_CODE = {
    "java": (
        "class_declaration", "enum_declaration", "record_declaration", "method_invocation",
        "object_creation_expression", "lambda_expression",
    ),
    "csharp": (
        "class_declaration", "struct_declaration", "record_declaration", "global_statement",
    ),
    "kotlin": ("function_body", "object_declaration", "call_expression"),
    "rust": ("function_item",),
    "c": ("function_definition",),
}  # fmt: skip
_HEADER = re.compile(r".*\.(?:h|hh|hpp|hxx)", re.IGNORECASE)
_NO_CLASS = re.compile(
    r"(?:(?:@\S+|public|internal|private|protected|sealed|fun|expect|actual)\s+)*"
    r"(?:interface|annotation\s+class)\b"
)


def family(path: str) -> str:
    """The languages that one test run measures together, by the first of them; "" for no source."""
    language = language_of(path) or ""
    return _FAMILY.get(language, language)


@dataclass(slots=True)
class CoverageSources:
    """One walk over the shipped source: lines by path, and the paths with code that can run."""

    lines: dict[str, int] = field(default_factory=dict)
    runnable: set[str] = field(default_factory=set)
    unread: frozenset[str] = frozenset()
    survey: Survey = field(default_factory=Survey)

    def ships(self, path: str) -> bool:
        """Whether a path is shipped source, as far as it could be read."""
        return path in self.lines or path in self.unread


def coverage_sources(repo: Repo, measured: Collection[str]) -> CoverageSources:
    """Walk the source; a file in `measured` is taken to be runnable without another look."""
    found = CoverageSources()
    for source in source_texts(repo, found.survey, limit=READ_LIMIT):
        found.lines[source.path] = source.text.count("\n") + 1
        set_up = _SETUP.fullmatch(repo.below(source.path)) is not None
        if source.path in measured or (not set_up and _can_run(source)):
            found.runnable.add(source.path)
    found.unread = frozenset(one.path for one in found.survey.unread)
    return found


def _can_run(source: SourceText) -> bool:
    """Whether a file holds a line that a test could run; one that no grammar reads is taken to."""
    if _DECLARATIONS.fullmatch(source.path):
        return False
    try:
        return source.read().code_lines > 0 and _has_statements(source)
    except Unparsed:
        return True


def _has_statements(source: SourceText) -> bool:
    """Whether more than types is declared, where coverage tools leave out files of types alone."""
    grammar = grammar_of(source.path) or ""
    if grammar == "go":
        root = parse(source.text, grammar)
        kinds = ("function_declaration", "method_declaration", "func_literal")
        return any(_has_body(one) for one in nodes(root, kinds))
    if grammar in _CODE or (grammar == "cpp" and _HEADER.fullmatch(source.path)):
        root = parse(source.text, grammar)
        found = nodes(root, _CODE.get(grammar, _CODE["c"]))
        return bool(found) or _has_more(root, grammar)
    if grammar in ("typescript", "tsx", "javascript"):
        return any(not _is_idle(one) for one in parse(source.text, grammar).children())
    return True


def _has_more(root: SgNode, grammar: str) -> bool:
    """Code that the kind of a node alone does not tell from a mere declaration."""
    if grammar == "java":
        return any(one.field("body") for one in nodes(root, ("method_declaration",)))
    if grammar == "kotlin":
        classes = nodes(root, ("class_declaration",))
        return any(not _NO_CLASS.match(one.text()[:200]) for one in classes)
    return False


def _has_body(function: SgNode) -> bool:
    body = function.field("body")
    if body is None:
        return False
    return any(child.is_named() and child.kind() != "comment" for child in body.children())


def _is_idle(node: SgNode) -> bool:
    if node.kind() == "export_statement":
        inner = node.field("declaration")
        if inner is None:
            return node.field("source") is not None or node.field("value") is None
        node = inner
    return node.kind() in _IDLE_SCRIPT or not node.is_named()
