"""Whether a piece of text is clearly code of a language: it parses whole, and holds real statements.

Prose can parse too (`note: see`, `import order`, Ruby's `validate the user`), so a statement counts
only where its shape is one that no sentence has.
"""

from __future__ import annotations

import re
import sys

from ast_grep_py import SgNode

from auditor.code.parsing import Unparsed, damage, parse

_WRAPPERS: dict[str, tuple[tuple[str, str], ...]] = {
    "javascript": (("", ""), ("class A {\n", "\n}")),
    "typescript": (("", ""), ("class A {\n", "\n}")),
    "tsx": (("", ""), ("class A {\n", "\n}")),
    "java": (("", ""), ("class A {\n", "\n}")),
    "csharp": (("class A { void f() {\n", "\n} }"), ("class A {\n", "\n}")),
    "php": (("<?php\n", ""), ("<?php\nclass A {\n", "\n}")),
    "c": (("void f() {\n", "\n}"), ("", "")),
    "cpp": (("void f() {\n", "\n}"), ("", "")),
    "rust": (("fn f() {\n", "\n}"), ("", "")),
    "go": (("", ""),),
    "python": (("", ""),),
    "kotlin": (("", ""),),
    "ruby": (("", ""),),
    "bash": (("", ""),),
}
JUDGED = frozenset(_WRAPPERS)
"""The grammars of which commented-out code can be told from prose."""

_ENDED = frozenset({"java", "csharp", "php", "c", "cpp", "rust"})
"""Languages whose simple statements end with a semicolon."""

_CLEAR = frozenset({
    "import_from_statement", "future_import_statement", "function_definition", "class_definition",
    "decorated_definition", "if_statement", "for_statement", "while_statement", "with_statement",
    "try_statement", "match_statement", "for_in_statement", "do_statement", "switch_statement",
    "throw_statement", "function_declaration", "generator_function_declaration", "class_declaration",
    "lexical_declaration", "variable_declaration", "export_statement", "method_definition",
    "interface_declaration", "type_alias_declaration", "enum_declaration",
    "short_var_declaration", "assignment_statement", "expression_switch_statement",
    "type_switch_statement", "select_statement", "go_statement", "defer_statement", "var_declaration",
    "const_declaration", "type_declaration", "method_declaration", "import_declaration",
    "local_variable_declaration", "enhanced_for_statement", "field_declaration", "try_with_resources_statement",
    "local_declaration_statement", "foreach_statement", "using_statement", "local_function_statement",
    "using_directive", "property_declaration", "constructor_declaration",
    "let_declaration", "function_item", "use_declaration", "impl_item", "struct_item",
    "namespace_use_declaration", "import_header", "import_list",
    "preproc_def", "preproc_include", "preproc_ifdef", "preproc_if", "preproc_function_def",
    "method", "class", "module", "if", "unless", "while", "for", "case", "begin",
    "case_statement",
})  # fmt: skip
_ASSIGNMENTS = frozenset({
    "assignment", "augmented_assignment", "assignment_expression", "augmented_assignment_expression",
    "operator_assignment", "compound_assignment_expr", "variable_assignment",
})  # fmt: skip
_CALLS = frozenset({
    "call", "call_expression", "invocation_expression", "method_invocation", "function_call_expression",
    "member_call_expression", "scoped_call_expression", "nullsafe_member_call_expression", "macro_invocation",
})  # fmt: skip
_WRAPPED = frozenset({"expression_statement", "global_statement", "await", "await_expression"})
_MARKUP = frozenset({"jsx_element", "jsx_self_closing_element"})

_CALL = re.compile(r"[\w$@][\w$.:>?!\[\]'\"-]*\(", re.ASCII)
_AWAITED = re.compile(r"[\w$]+(?:\??\.[\w$]+)+\(|(?:[a-z$][\w$]*[A-Z]|\w+_\w)[\w$]*\(", re.ASCII)
"""A called name that is no word: after `await`, no sentence has one."""
_TELLING_ARGUMENTS = re.compile(
    r"""['"`{\[=(]|\b\w+\.\w|\b\d|\b(?:true|false|True|False|None|null|nil)\b|->|=>"""
)
_LOGGING = re.compile(
    r"(?:print|pprint|println|breakpoint|console\.\w+|(?:self\.|this\.)?_?log(?:ger|ging)?\.\w+|fmt\.Print\w*)\("
)
_QUESTION = re.compile(
    r"(?:isinstance|issubclass|hasattr|getattr|callable|len|type|str|int|float|bool|list|dict|tuple|set|sum|min|max"
    r"|sorted|any|all|zip|map|filter|range|repr|hash|id)\("
)
_PLACEHOLDER = re.compile(r"(?:name|key|value|var|variable|foo|bar|baz)", re.IGNORECASE)
_FOREIGN = frozenset({"go", "kotlin"})
"""Languages that leave out the semicolon: a line that has one was written in another."""
_TYPE = re.compile(
    r"(?:str|int|bool|float|bytes|list|dict|set|tuple|[A-Z]\w+[a-z]\w*)\b.*", re.DOTALL
)
_TELLING_VALUE = re.compile(
    r"""[('"`\[{.]|\d|_|\b(?:true|false|True|False|None|null|nil|await|new|not)\b|[<>|&]"""
)


def is_code(text: str, grammar: str) -> bool:
    """Whether `text` is clearly code; `grammar` is one of JUDGED."""
    if grammar in _FOREIGN and text.rstrip().endswith(";"):
        return False
    for before, after in _WRAPPERS[grammar]:
        try:
            root = parse(f"{before}{text}{after}", grammar)
        except Unparsed:
            return False
        if damage(root).share > 0 or not _balanced(text):
            continue
        statements = _statements(root, len(before), len(before) + len(text))
        clear = sum(_clear(s, grammar, alone=len(statements) == 1) for s in statements)
        if clear and clear * 2 >= len(statements):
            return True
    return False


def _balanced(text: str) -> bool:
    """tree-sitter puts in missing brackets without a word."""
    return all(text.count(a) == text.count(b) for a, b in ("()", "[]", "{}"))


def _statements(root: SgNode, start: int, end: int) -> list[SgNode]:
    """The outermost named nodes that lie inside the text, wrappers left out."""
    found: list[SgNode] = []
    for child in root.children():
        place = child.range()
        if place.end.index <= start or place.start.index >= end:
            continue
        if place.start.index < start or place.end.index > end:
            found += _statements(child, start, end)
        elif child.kind() in ("statement_list", "statements"):
            found += [c for c in child.children() if c.is_named()]
        elif (
            child.is_named()
            and not child.kind().endswith("comment")
            and child.kind() != "empty_statement"
        ):
            found.append(child)
    return found


def _clear(statement: SgNode, grammar: str, *, alone: bool) -> bool:
    kind, said = statement.kind(), statement.text().strip()
    if grammar in _ENDED and not said.endswith((";", "}")) and not kind.startswith("preproc"):
        return False
    ended = said.endswith((";", "}", "})", ")}"))
    if kind in _CLEAR:
        return True
    if kind == "import_statement":
        return grammar != "python" or _imports(said, alone=alone)
    if kind == "declaration":
        return "=" in said or "(" in said
    if kind in (
        "return_statement",
        "raise_statement",
        "assert_statement",
        "delete_statement",
        "return",
    ):
        return _TELLING_ARGUMENTS.search(said) is not None or (ended and grammar in _ENDED)
    if kind == "debugger_statement":
        return ended
    if kind in ("declaration_command", "public_field_definition"):
        return "=" in said
    inner = _unwrapped(statement)
    if inner.kind() in _MARKUP:
        return True
    if inner.kind() in _ASSIGNMENTS:
        return _assigns(inner, ended=ended, alone=alone)
    if inner.kind() not in _CALLS:
        return False
    awaited = re.match(r"await\s", said) is not None and _AWAITED.match(inner.text()) is not None
    return awaited or _calls(inner, ended=ended, alone=alone)


def _unwrapped(statement: SgNode) -> SgNode:
    while statement.kind() in _WRAPPED:
        inner = next((c for c in statement.children() if c.is_named()), None)
        if inner is None:
            break
        statement = inner
    return statement


def _imports(said: str, *, alone: bool) -> bool:
    """`import settings` may be a heading; `import pdb` and `import a.b as c` are not."""
    names = said.removeprefix("import").split(",")
    return not alone or any(
        re.search(r"[._]| as ", n) or n.strip() in sys.stdlib_module_names for n in names
    )


def _assigns(node: SgNode, *, ended: bool, alone: bool) -> bool:
    left, right, kind = node.field("left"), node.field("right"), node.field("type")
    if kind is not None and not _TYPE.fullmatch(kind.text()):
        return False
    if left is None or right is None:
        return node.kind() in ("variable_assignment", "assignment") and (
            "$" in node.text() or '"' in node.text()
        )
    target, value = left.text(), right.text()
    if ended or not alone:
        return True
    if _PLACEHOLDER.fullmatch(target):
        return False
    if len(target) == 1 and not re.search(r"[.(\[]", value):
        return False
    return _TELLING_VALUE.search(value) is not None or "." in target


def _calls(node: SgNode, *, ended: bool, alone: bool) -> bool:
    if any(c.kind() == "do_block" for c in node.children()):
        return True
    said = node.text()
    if not _CALL.match(said) or (alone and _QUESTION.match(said)):
        return False
    if ended or not alone or _LOGGING.match(said):
        return True
    arguments = said[said.index("(") + 1 :].rstrip().removesuffix(")")
    return _TELLING_ARGUMENTS.search(arguments) is not None
