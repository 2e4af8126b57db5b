"""The containers and numbers of a script's module, its classes and their objects that its functions change."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ast_grep_py import SgNode

from auditor.code.parsing import nodes
from auditor.code.scan import Change, State
from auditor.code.scan_scopes import Scopes, asked_before

_KINDS = {"object": "object", "array": "array", "number": "number"}
_MAKERS = frozenset({"Map", "Set", "Array", "LRUCache", "LRU", "NodeCache", "QuickLRU", "TTLCache"})
_METHODS = "set|add|push|unshift|splice|pop|shift|delete|clear|fill"
_CHANGING = ("call_expression", "assignment_expression", "augmented_assignment_expression", "update_expression",
             "unary_expression")  # fmt: skip
_MOST = 200
_ENOUGH = 20
_HEAD = 400
_FAR = 1_500
_FIELDS = ("public_field_definition", "field_definition")


def state(root: SgNode, defined: list[SgNode], scopes: Scopes, text: str) -> Iterator[State]:
    """What outlives a call and is changed in a function."""
    known: dict[str, tuple[str, int, str]] = {n: (n, line, kind) for n, line, kind in _made(root)}
    for node in defined:
        if node.kind() == "class_declaration":
            known.update(_of_class(node))
    hit = {n: v for n, v in list(known.items())[:_MOST] if _touched(n, text)}
    if not hit:
        return
    choices = "|".join(sorted({re.escape(n.partition("@")[0]) for n in hit}, key=len, reverse=True))
    changed = re.compile(
        rf"(?:(?:{choices})(?:\[[^\n=]{{1,200}}\])?\.(?P<method>{_METHODS})\("
        rf"|(?P<item>(?:delete\s+)?(?:{choices})\s*(?:\[|\.[\w$]+\s*(?:[-+|]?=[^=]|\+\+|--)|\.[\w$]+$))"
        rf"|(?:\+\+|--)?(?:{choices})\s*(?P<sign>[-+|]?=(?![=>])|\+\+|--|$))"
    )
    named = re.compile(rf"(?:delete\s+|\+\+|--)?(?P<name>{choices})(?![\w$])")
    changes: dict[str, list[Change]] = {n: [] for n in hit}
    hidden: dict[tuple[str, int], bool] = {}
    for node in nodes(root, _CHANGING):
        said = node.text()[:_HEAD]
        start = named.match(said)
        match = changed.match(said) if start is not None else None
        if start is None or match is None or not _is_change(node.kind(), said, match):
            continue
        place = node.range()
        around = scopes.spans(place.start.index)
        scope = ".".join(reversed([n for _, _, n in around]))
        name = start["name"]
        key = (
            name
            if name in hit
            else next((k for k in hit if k == f"{name}@{scope.partition('.')[0]}"), "")
        )
        if not key or not around or len(changes[key]) >= _ENOUGH:
            continue
        seen = (key, around[0][0])
        if seen not in hidden:
            hidden[seen] = "@" not in key and _shadowed(name, around, text)
        if hidden[seen]:
            continue
        if "@" in key and scope.rpartition(".")[2] == "constructor":
            continue
        kind = known[key][2]
        if match["sign"] is not None and (
            kind != "number" or "@" in key or not _counts(name, said)
        ):
            continue
        how = f".{match['method']}" if match["method"] else "[]" if match["item"] else "="
        memo = how in ("[]", ".set") and _memo(name, node, text, around)
        changes[key].append(Change(place.start.line + 1, scope, how, memo))
    for key, found in changes.items():
        if found:
            name, line, kind = known[key]
            yield State(name, line, "field" if "@" in key else kind, tuple(found))


def _counts(name: str, said: str) -> bool:
    """Whether a number is set from what it was before."""
    value = said.partition("=")[2]
    step = re.search(r"\+\+|--|[-+|]=", said) is not None
    return step or re.search(rf"(?<![\w$]){re.escape(name)}(?![\w$])", value) is not None


def _is_change(kind: str, said: str, match: re.Match[str]) -> bool:
    if kind == "call_expression":
        return match["method"] is not None
    if kind == "unary_expression":
        return said.startswith("delete")
    return match["method"] is None and not said.startswith("delete")


def _made(root: SgNode) -> Iterator[tuple[str, int, str]]:
    for statement in root.children():
        inner = statement
        if statement.kind() == "export_statement":
            inner = statement.field("declaration") or statement
        if inner.kind() not in ("lexical_declaration", "variable_declaration"):
            continue
        for node in inner.children():
            left, right = node.field("name"), node.field("value")
            if left is None or right is None or left.kind() != "identifier":
                continue
            if kind := _kind(right):
                yield left.text(), node.range().start.line + 1, kind


def _kind(value: SgNode) -> str:
    if value.kind() in ("as_expression", "satisfies_expression"):
        value = value.child(0) or value
    maker = value.field("constructor") if value.kind() == "new_expression" else None
    if maker is not None:
        return maker.text() if maker.text() in _MAKERS else ""
    return _KINDS.get(value.kind(), "")


def _of_class(node: SgNode) -> Iterator[tuple[str, tuple[str, int, str]]]:
    own, body = node.field("name"), node.field("body")
    for child in body.children() if own is not None and body is not None else ():
        if child.kind() in _FIELDS:
            name, value = child.field("name") or child.field("property"), child.field("value")
            kind = _kind(value) if value is not None else ""
            if name is None or own is None or not kind or kind == "number":
                continue
            line = child.range().start.line + 1
            if re.match(r"(?:\w+\s+)*static\b", child.text()):
                for full in (f"{own.text()}.{name.text()}", f"this.{name.text()}@{own.text()}"):
                    yield full, (f"{own.text()}.{name.text()}", line, kind)
            else:
                yield (
                    f"this.{name.text()}@{own.text()}",
                    (f"{own.text()}.{name.text()}", line, kind),
                )
        named = child.field("name") if child.kind() == "method_definition" else None
        if named is not None and named.text() == "constructor" and own is not None:
            said, first = child.text(), child.range().start.line + 1
            for match in re.finditer(
                r"\bthis\.([\w$#]+)\s*=\s*(?:\{\}|\[\]|new\s+(?:Map|Set)\b)", said
            ):
                line = first + said.count("\n", 0, match.start())
                yield f"this.{match[1]}@{own.text()}", (f"{own.text()}.{match[1]}", line, "field")


def _touched(name: str, text: str) -> bool:
    plain = re.escape(name.partition("@")[0])
    member = r"\.[\w$]+\s*(?:[-+|]?=[^=]|\+\+|--)"
    wanted = (
        rf"(?<![\w$.]){plain}(?:\s*\[|\??\.(?:{_METHODS})\(|{member}|\s*[-+|]=|\+\+|--|\s*=[^=>])"
        rf"|\bdelete\s+{plain}\b|\+\+{plain}\b"
    )
    return re.search(wanted, text) is not None


def _shadowed(name: str, around: list[tuple[int, int, str]], text: str) -> bool:
    """Whether a name of the module means something else in the functions around."""
    plain = re.escape(name)
    for start, end, _ in around:
        inner = text[start:end]
        if re.search(rf"\b(?:const|let|var)\s+(?:[{{\[][^=;]{{0,300}}\b)?{plain}\b", inner):
            return True
        head = re.split(r"=>|\)\s*(?::[^{{]+)?\{", inner, maxsplit=1)[0][:_HEAD] + ")"
        if re.search(
            rf"(?:[(,{{\s]|^){plain}\s*[:,)=}}?]|^{plain}\s*\)$", head.removeprefix("async ")
        ):
            return True
    return False


def _memo(name: str, node: SgNode, text: str, around: list[tuple[int, int, str]]) -> bool:
    """Whether the change fills in what was not found before."""
    plain = re.escape(name)
    asked = re.compile(
        rf"!\s*\(?{plain}(?:\.has\(|\.get\(|\[|\.)|{plain}\.(?:size|length)\s*={{2,3}}\s*0"
        rf"|{plain}(?:\.get\([^)]*\)|\[[^\]]*\])\s*={{2,3}}\s*(?:null|undefined)"
    )
    for above in node.ancestors():
        condition = above.field("condition") if above.kind() == "if_statement" else None
        if condition is not None and asked.search(condition.text()[:_HEAD]):
            return True
        if above.kind() in ("method_definition", "function_declaration"):
            break
    at = node.range().start.index
    return asked_before(plain, text[max(around[-1][0], at - _FAR) : at])
