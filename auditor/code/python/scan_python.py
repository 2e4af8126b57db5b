"""Imports, calls, classes and references of a Python file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ast_grep_py import SgNode

from auditor.code.parsing import nodes, parse_whole
from auditor.code.python.behaviour_python import behaviour
from auditor.code.scan import (
    Call,
    Class,
    FileScan,
    Import,
    Typed,
    last_name,
    matching,
    named,
    qualified,
    refusals,
    shortened,
)

_IMPORTS = ("import_statement", "import_from_statement")
_SCOPES = ("function_definition", "class_definition")
_REFERENCE = re.compile(
    r"""["'](\.?[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+(?::[\w.]+)?|\.?[A-Za-z_]\w*:[A-Za-z_]\w*|\.[a-z_]\w*)["']"""
)
_WORDS = re.compile(r"""["']([a-z_]\w*)["']\s*,\s*$""", re.MULTILINE)
_DYNAMIC = re.compile(
    r"\b(?:import_module|__import__)\(\s*(?![\"'\s])|\b(?:iter_modules|walk_packages)\(|\bconfig\.scan\(|\.spec_from_file_location\("
)
_SETTINGS = re.compile(r"\b(?:INSTALLED|DJANGO|THIRD_PARTY|LOCAL|PROJECT|CORE)_APPS\b")
_LITERALS = frozenset({
    "integer", "float", "none", "true", "false", "string", "unary_operator", "list",
    "tuple", "dictionary",
})  # fmt: skip


def scan(text: str, grammar: str, wanted: frozenset[str]) -> FileScan:
    """Scan a Python text for calls whose last name is in `wanted`; raises Unparsed."""
    root = parse_whole(text, grammar)
    imports, names = _imports(root)
    local = {name for name, full in names.items() if last_name(full) in wanted}
    present = sorted(w for w in wanted | local if w in text)
    calls: tuple[Call, ...] = ()
    if present:
        bare = {"kind": "decorator", "regex": rf"[@.](?:{'|'.join(map(re.escape, present))})$"}
        calls = tuple(_calls(matching(root, named("call", "function", present), bare), names))
    return FileScan(
        imports=imports,
        names=names,
        calls=calls,
        classes=tuple(_classes(root, names)),
        parameters=tuple(_parameters(root, names)) if present else (),
        constants=_constants(root),
        refusals=refusals(text),
        references=_references(text),
        dynamic=tuple(text.count("\n", 0, m.start()) + 1 for m in _DYNAMIC.finditer(text)),
        **behaviour(root, text, names),
    )


def _imports(root: SgNode) -> tuple[tuple[Import, ...], dict[str, str]]:
    found: list[Import] = []
    names: dict[str, str] = {}
    for node in nodes(root, _IMPORTS):
        optional, typing = _condition(node)
        line = node.range().start.line + 1
        source = node.field("module_name")
        module = source.text().replace(" ", "") if source is not None else ""
        for child in node.children():
            if source is not None and child.range().start.index < source.range().end.index:
                continue
            kind = child.kind()
            if kind == "wildcard_import":
                found.append(Import(module, "*", line, optional, typing))
            if kind not in ("dotted_name", "aliased_import"):
                continue
            named = child.field("name") if kind == "aliased_import" else child
            alias = child.field("alias")
            name = named.text() if named is not None else ""
            if source is None:
                found.append(Import(name, "", line, optional, typing))
                local = alias.text() if alias is not None else name.partition(".")[0]
                names[local] = name if alias is not None else local
            else:
                found.append(Import(module, name, line, optional, typing))
                joined = f"{module}{name}" if module.endswith(".") else f"{module}.{name}"
                names[alias.text() if alias is not None else name] = joined
    return tuple(found), names


def _condition(node: SgNode) -> tuple[bool, bool]:
    """Whether an import stands under a condition, and whether that is for the type checker alone."""
    optional = False
    for above in node.ancestors():
        kind = above.kind()
        if kind in ("function_definition", "class_definition"):
            break
        optional = optional or kind in ("try_statement", "if_statement")
        condition = above.field("condition") if kind == "if_statement" else None
        if condition is not None and "TYPE_CHECKING" in condition.text():
            return True, True
    return optional or any(a.kind() == "try_statement" for a in node.ancestors()), False


def _calls(found: list[SgNode], names: dict[str, str]) -> Iterator[Call]:
    for node in found:
        if node.kind() == "decorator":
            name = node.text().lstrip("@").strip()
            yield Call(
                qualified(name, names), node.range().start.line + 1, decorates=_decorated(node), scope=_scope(node)
            )  # fmt: skip
            continue
        function = node.field("function")
        if function is None:
            continue
        place = function.range()
        name = "".join(function.text().split())
        arguments, keywords, spread = _arguments(node)
        above = node.parent()
        decorates = _decorated(above) if above is not None and above.kind() == "decorator" else ""
        yield Call(
            name=qualified(name, names)[-200:],
            line=place.end.line + 1,
            target=_target(node),
            scope=_scope(node),
            arguments=arguments,
            keywords=keywords,
            spread=spread,
            inside=_inside(node, names),
            decorates=decorates,
        )


def _arguments(call: SgNode) -> tuple[tuple[str, ...], dict[str, str], bool]:
    given = call.field("arguments")
    positional: list[str] = []
    keywords: dict[str, str] = {}
    spread = False
    for child in given.children() if given is not None else ():
        kind = child.kind()
        if kind == "keyword_argument":
            name, value = child.field("name"), child.field("value")
            if name is not None and value is not None:
                keywords[name.text()] = shortened(value.text())
        elif kind in ("dictionary_splat", "list_splat"):
            spread = True
        elif kind not in ("(", ")", ",", "comment", "ERROR"):
            positional.append(shortened(child.text()))
    return tuple(positional), keywords, spread


def _target(node: SgNode) -> str:
    """The name that the value of a call is bound to: by `=`, `:=`, `with … as` or `return` ("return")."""
    below = node
    for above in node.ancestors():
        kind = above.kind()
        if kind in ("await", "parenthesized_expression"):
            below = above
            continue
        if kind in ("assignment", "named_expression"):
            left = above.field("left") or above.field("name")
            right = above.field("right") or above.field("value")
            inside = right is not None and right.range().start.index <= below.range().start.index
            return left.text() if left is not None and inside else ""
        if kind == "as_pattern":
            bound = next((c for c in above.children() if c.kind() == "as_pattern_target"), None)
            return bound.text() if bound is not None else ""
        if kind in ("return_statement", "yield", "lambda"):
            return "return"
        return ""
    return ""


def _scope(node: SgNode) -> str:
    around = [a for a in node.ancestors() if a.kind() in _SCOPES]
    named = (a.field("name") for a in reversed(around))
    return ".".join(n.text() for n in named if n is not None)


def _inside(node: SgNode, names: dict[str, str]) -> str:
    for above in node.ancestors():
        if above.kind() == "call":
            function = above.field("function")
            if function is not None and function.range().end.index < node.range().start.index:
                return qualified("".join(function.text().split()), names)[-200:]
        if above.kind() in ("block", "module"):
            break
    return ""


def _decorated(decorator: SgNode) -> str:
    whole = decorator.parent()
    definition = whole.field("definition") if whole is not None else None
    name = definition.field("name") if definition is not None else None
    return name.text() if name is not None else ""


def _classes(root: SgNode, names: dict[str, str]) -> Iterator[Class]:
    for node in root.find_all(kind="class_definition"):
        name, above, body = node.field("name"), node.field("superclasses"), node.field("body")
        kinds = ("identifier", "attribute", "subscript")
        bases = [c for c in above.children() if c.kind() in kinds] if above is not None else []
        methods = []
        whole = node.parent()
        around = (
            whole.children() if whole is not None and whole.kind() == "decorated_definition" else []
        )
        for child in body.children() if body is not None else ():
            inner = child.field("definition") if child.kind() == "decorated_definition" else child
            method = inner.field("name") if inner is not None else None
            if inner is not None and inner.kind() == "function_definition" and method is not None:
                methods.append(method.text())
        yield Class(
            name.text() if name is not None else "",
            node.range().start.line + 1,
            tuple(qualified(b.text().partition("[")[0], names) for b in bases),
            tuple(methods),
            tuple(shortened(c.text().lstrip("@")) for c in around if c.kind() == "decorator"),
        )


def _parameters(root: SgNode, names: dict[str, str]) -> Iterator[Typed]:
    for node in nodes(root, ("typed_parameter", "typed_default_parameter", "default_parameter")):
        name = node.field("name") or node.child(0)
        kind, value = node.field("type"), node.field("value")
        if name is None:
            continue
        typed = qualified(kind.text().strip("\"' "), names) if kind is not None else ""
        default = shortened(value.text()) if value is not None else ""
        yield Typed(name.text(), typed[:120], default, _scope(node))


def _constants(root: SgNode) -> dict[str, str]:
    """Names at the top of the module, and of a class as `Class.name`, with a literal value."""
    found = dict(_literals(root, ""))
    for node in root.find_all(kind="class_definition"):
        name, body = node.field("name"), node.field("body")
        if name is not None and body is not None:
            found |= _literals(body, f"{name.text()}.")
    return found


def _literals(block: SgNode, prefix: str) -> Iterator[tuple[str, str]]:
    for statement in block.children():
        node = statement.child(0) if statement.kind() == "expression_statement" else None
        if node is None or node.kind() != "assignment":
            continue
        left, right = node.field("left"), node.field("right")
        if left is not None and right is not None and right.kind() in _LITERALS:
            yield f"{prefix}{left.text()[:80]}", shortened(right.text())


def _references(text: str) -> tuple[str, ...]:
    """Texts that may name a module or something in one, outside comments that fill their line."""
    lines = "\n".join(line for line in text.split("\n") if not line.lstrip().startswith("#"))
    found = [m[1] for m in _REFERENCE.finditer(lines)]
    if _SETTINGS.search(lines):
        found += [m[1] for m in _WORDS.finditer(lines)]
    return tuple(dict.fromkeys(found))
