"""Imports, calls and classes of a JavaScript or TypeScript file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ast_grep_py import SgNode

from auditor.code.parsing import nodes, parse_whole
from auditor.code.scan import (
    Call,
    Class,
    FileScan,
    Import,
    Typed,
    matching,
    named,
    qualified,
    refusals,
    shortened,
)
from auditor.code.script.behaviour_script import behaviour

_DYNAMIC = re.compile(r"\b(?:require|import)\(\s*(?![\"'\s)])")
_FUNCTIONS = frozenset({
    "function_declaration", "method_definition", "class_declaration", "generator_function_declaration",
})  # fmt: skip
_CLASSES = (("class_declaration", "abstract_class_declaration"), ("class_declaration",))
"""By whether the grammar has no abstract classes."""
_LITERALS = frozenset({"number", "string", "true", "false", "null", "undefined", "object"})
_AROUND = frozenset({
    "await_expression", "parenthesized_expression", "as_expression", "satisfies_expression",
    "non_null_expression",
})  # fmt: skip
_REQUIRE = {"kind": "call_expression", "has": {"field": "function", "regex": "^(require|import)$"}}


def scan(text: str, grammar: str, wanted: frozenset[str]) -> FileScan:
    """Scan a script for calls whose last name is in `wanted`; raises Unparsed."""
    root = parse_whole(text, grammar)
    imports, names = _imports(root)
    local = frozenset(n for n, full in names.items() if _last(full) in wanted or full in wanted)
    present = sorted(w for w in wanted | local if w in text)
    calls: tuple[Call, ...] = ()
    if present:
        called = named("call_expression", "function", present)
        made = named("new_expression", "constructor", present)
        calls = tuple(_calls(matching(root, called, made), names))
    return FileScan(
        imports=imports,
        names=names,
        calls=calls,
        classes=tuple(_classes(root, grammar, names)),
        parameters=tuple(_options(root)) if present else (),
        constants=_constants(root),
        refusals=refusals(text),
        dynamic=tuple(text.count("\n", 0, m.start()) + 1 for m in _DYNAMIC.finditer(text)),
        **behaviour(root, text, names),
    )


def _last(name: str) -> str:
    return re.split(r"[./]", name)[-1]


def _imports(root: SgNode) -> tuple[tuple[Import, ...], dict[str, str]]:
    found: list[Import] = []
    names: dict[str, str] = {}
    written = ({"kind": "import_statement"}, {"kind": "export_statement"}, _REQUIRE)
    for node in matching(root, *written):
        line = node.range().start.line + 1
        if node.kind() == "call_expression":
            module = _required(node)
            if module:
                found.append(Import(module, "", line, _in_try(node)))
                _bind_required(node, module, names)
            continue
        source = node.field("source")
        if source is None:
            continue
        module = source.text().strip("\"'`")
        typed = node.text().startswith(("import type ", "export type "))
        found.append(Import(module, "", line, typed, typed))
        if node.kind() == "import_statement":
            _bind_imported(node, module, names)
    return tuple(found), names


def _required(node: SgNode) -> str:
    given = node.field("arguments")
    first = (
        next((c for c in given.children() if c.kind() not in ("(", ",")), None) if given else None
    )
    if first is None or first.kind() not in ("string", "template_string") or "${" in first.text():
        return ""
    return first.text().strip("\"'`")


def _in_try(node: SgNode) -> bool:
    return any(above.kind() == "try_statement" for above in node.ancestors())


def _bind_required(node: SgNode, module: str, names: dict[str, str]) -> None:
    member = ""
    for above in node.ancestors():
        kind = above.kind()
        if kind == "member_expression":
            tail = above.field("property")
            member += f".{tail.text()}" if tail is not None and tail.text() != "default" else ""
        elif kind == "variable_declarator":
            target = above.field("name")
            if target is not None:
                _bind(target, module + member, names)
            return
        elif kind not in ("await_expression", "parenthesized_expression"):
            return


def _bind(target: SgNode, module: str, names: dict[str, str]) -> None:
    if target.kind() == "identifier":
        names[target.text()] = module
        return
    for child in target.children():
        if child.kind() == "shorthand_property_identifier_pattern":
            names[child.text()] = f"{module}.{child.text()}"
        elif child.kind() == "pair_pattern":
            key, value = child.field("key"), child.field("value")
            if key is not None and value is not None:
                names[value.text()] = f"{module}.{key.text()}"


def _bind_imported(node: SgNode, module: str, names: dict[str, str]) -> None:
    clause = next((c for c in node.children() if c.kind() == "import_clause"), None)
    for child in clause.children() if clause is not None else ():
        if child.kind() == "identifier":
            names[child.text()] = module
        elif child.kind() == "namespace_import":
            names[child.text().rpartition(" ")[2]] = module
        elif child.kind() == "named_imports":
            for one in child.children():
                name, alias = one.field("name"), one.field("alias")
                if name is not None:
                    full = module if name.text() == "default" else f"{module}.{name.text()}"
                    names[(alias or name).text()] = full


def _calls(found: list[SgNode], names: dict[str, str]) -> Iterator[Call]:
    for node in found:
        function = node.field("function") or node.field("constructor")
        if function is None:
            continue
        arguments, keywords, spread = _arguments(node)
        yield Call(
            name=qualified("".join(function.text().split()), names)[-200:],
            line=function.range().end.line + 1,
            target=_target(node),
            scope=_scope(node),
            arguments=arguments,
            keywords=keywords,
            spread=spread,
            inside=_inside(node, names),
        )


def _arguments(call: SgNode) -> tuple[tuple[str, ...], dict[str, str], bool]:
    """Positional texts; the keys of every object among them count as keywords."""
    given = call.field("arguments")
    positional: list[str] = []
    keywords: dict[str, str] = {}
    spread = False
    for child in given.children() if given is not None else ():
        kind = child.kind()
        if kind in ("(", ")", ",", "comment"):
            continue
        positional.append(shortened(child.text()))
        spread = spread or kind == "spread_element"
        if kind != "object":
            continue
        for member in child.children():
            key, value = member.field("key") or member.field("name"), member.field("value")
            if member.kind() == "spread_element":
                spread = True
            elif member.kind() == "shorthand_property_identifier":
                keywords[member.text()] = member.text()
            elif key is not None:
                said = value.text() if value is not None else "function"
                keywords[key.text().strip("\"'")] = shortened(said)
    return tuple(positional), keywords, spread


def _target(node: SgNode) -> str:
    for above in node.ancestors():
        kind = above.kind()
        if kind in _AROUND:
            continue
        if kind == "variable_declarator":
            name = above.field("name")
            return name.text() if name is not None else ""
        if kind == "assignment_expression":
            left = above.field("left")
            return left.text() if left is not None else ""
        if kind in ("return_statement", "arrow_function"):
            return "return"
        if kind == "export_statement":
            return "default"
        if kind == "public_field_definition":
            name = above.field("name") or above.field("property")
            return f"this.{name.text()}" if name is not None else ""
        return ""
    return ""


def _scope(node: SgNode) -> str:
    around: list[str] = []
    for above in node.ancestors():
        name = above.field("name") if above.kind() in _FUNCTIONS else None
        if above.kind() in ("arrow_function", "function_expression"):
            outer = above.parent()
            name = (
                outer.field("name")
                if outer is not None and outer.kind() == "variable_declarator"
                else None
            )
            around.append(name.text() if name is not None else "()")
        elif name is not None:
            around.append(name.text())
    return ".".join(reversed(around))


def _inside(node: SgNode, names: dict[str, str]) -> str:
    for above in node.ancestors():
        if above.kind() in ("call_expression", "new_expression"):
            function = above.field("function") or above.field("constructor")
            if function is not None and function.range().end.index < node.range().start.index:
                return qualified("".join(function.text().split()), names)[-200:]
        if above.kind() in ("statement_block", "program"):
            break
    return ""


def _classes(root: SgNode, grammar: str, names: dict[str, str]) -> Iterator[Class]:
    for node in nodes(root, _CLASSES[grammar == "javascript"]):
        name, body = node.field("name"), node.field("body")
        heritage = next((c for c in node.children() if c.kind() == "class_heritage"), None)
        said = heritage.text() if heritage is not None else ""
        base = re.search(r"extends\s+([\w.]+)", said)
        methods = (c.field("name") for c in body.children()) if body is not None else iter(())
        yield Class(
            name.text() if name is not None else "",
            node.range().start.line + 1,
            (qualified(base[1], names),) if base else (),
            tuple(m.text() for m in methods if m is not None),
            tuple(_decorators(node)),
        )


def _decorators(node: SgNode) -> Iterator[str]:
    whole = node.parent()
    outer = whole.children() if whole is not None and whole.kind() == "export_statement" else []
    for child in (*outer, *node.children()):
        if child.kind() == "decorator":
            yield shortened(child.text().lstrip("@"))


def _options(root: SgNode) -> Iterator[Typed]:
    """Objects bound to a name, and what is assigned to a member of one that bounds a call."""
    bound = {"kind": "variable_declarator", "has": {"field": "value", "kind": "object"}}
    member = {"field": "left", "regex": r"\.(timeout|signal)$"}
    later = {"kind": "assignment_expression", "has": member}
    for node in matching(root, bound, later):
        name = node.field("name") or node.field("left")
        value = node.field("value") or node.field("right")
        if name is not None and value is not None:
            text = " ".join(value.text().split())
            yield Typed(name.text()[:80], "", text[:1000], _scope(node))


def _constants(root: SgNode) -> dict[str, str]:
    """Names at the top with a literal value, and what is assigned to their members."""
    found: dict[str, str] = {}
    for statement in root.children():
        inner = statement
        if statement.kind() == "export_statement":
            inner = statement.field("declaration") or statement
        for node in inner.children():
            left = node.field("name") or node.field("left")
            right = node.field("value") or node.field("right")
            if left is not None and right is not None and right.kind() in _LITERALS:
                found[left.text()[:80]] = shortened(right.text())
    return found
