"""Imports and calls of a Go file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ast_grep_py import SgNode

from auditor.code.go.behaviour_go import behaviour
from auditor.code.parsing import parse_whole
from auditor.code.scan import Call, FileScan, Import, matching, named, refusals, shortened

_PACKAGE = re.compile(r"^package\s+(\w+)", re.MULTILINE)
_VERSION = re.compile(r"v\d+")
_TARGETS = ("short_var_declaration", "assignment_statement", "var_spec")


def scan(text: str, grammar: str, wanted: frozenset[str]) -> FileScan:
    """Scan a Go text for calls and literals whose last name is in `wanted`; raises Unparsed."""
    root = parse_whole(text, grammar)
    imports, names = _imports(root)
    present = sorted(w for w in wanted if w in text)
    calls: tuple[Call, ...] = ()
    if present:
        called = named("call_expression", "function", present)
        made = named("composite_literal", "type", present)
        calls = tuple(_calls(matching(root, called, made), names))
    package = _PACKAGE.search(text)
    return FileScan(
        imports=imports,
        names=names,
        calls=calls,
        package=package[1] if package else "",
        refusals=refusals(text),
        **behaviour(root, text, names),
    )


def _imports(root: SgNode) -> tuple[tuple[Import, ...], dict[str, str]]:
    found: list[Import] = []
    names: dict[str, str] = {}
    for node in root.find_all(kind="import_spec"):
        path = node.field("path")
        if path is None:
            continue
        module = path.text().strip('"`')
        found.append(Import(module, "", node.range().start.line + 1))
        alias = node.field("name")
        parts = module.split("/")
        last = parts[-2] if len(parts) > 1 and _VERSION.fullmatch(parts[-1]) else parts[-1]
        names[alias.text() if alias is not None else last.removeprefix("go-")] = module
    return tuple(found), names


def _calls(found: list[SgNode], names: dict[str, str]) -> Iterator[Call]:
    for node in found:
        function = node.field("function") or node.field("type")
        if function is None:
            continue
        arguments, keywords = _arguments(node)
        first, dot, rest = "".join(function.text().split()).partition(".")
        yield Call(
            name=f"{names.get(first, first)}{dot}{rest}"[-200:],
            line=function.range().end.line + 1,
            target=_target(node),
            scope=_scope(node),
            arguments=arguments,
            keywords=keywords,
        )


def _arguments(node: SgNode) -> tuple[tuple[str, ...], dict[str, str]]:
    given = node.field("arguments") or node.field("body")
    positional: list[str] = []
    keywords: dict[str, str] = {}
    for child in given.children() if given is not None else ():
        if child.kind() == "keyed_element":
            key, _, value = child.text().partition(":")
            keywords[key.strip()] = shortened(value)
        elif child.kind() not in ("(", ")", "{", "}", ",", "comment"):
            positional.append(shortened(child.text()))
    return tuple(positional), keywords


def _target(node: SgNode) -> str:
    for above in node.ancestors():
        kind = above.kind()
        if kind in ("unary_expression", "expression_list"):
            continue
        if kind in _TARGETS:
            left = above.field("left") or above.field("name")
            return left.text().partition(",")[0].strip() if left is not None else ""
        return "return" if kind == "return_statement" else ""
    return ""


def _scope(node: SgNode) -> str:
    for above in node.ancestors():
        if above.kind() in ("function_declaration", "method_declaration"):
            name = above.field("name")
            return name.text() if name is not None else ""
    return ""
