"""The containers and numbers of a Go package, and of its structs, that its functions change."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from ast_grep_py import SgNode

from auditor.code.scan import Change, State
from auditor.code.scan_scopes import Scopes, asked_before

_MOST = 200
_ENOUGH = 20
_FAR = 1_500
_CONTAINER = re.compile(r"(?:make\(\s*)?(map\b|chan\b|\[\])|(sync\.Map)\b")
_FIELD = re.compile(r"^\s*(\w+)\s+(map\[|\*?sync\.Map\b)", re.MULTILINE)


def specs(root: SgNode) -> Iterator[SgNode]:
    """The variables of a package."""
    for statement in root.children():
        if statement.kind() != "var_declaration":
            continue
        for child in statement.children():
            if child.kind() == "var_spec":
                yield child
            elif child.kind() == "var_spec_list":
                yield from (c for c in child.children() if c.kind() == "var_spec")


def state(root: SgNode, text: str, scopes: Scopes) -> Iterator[State]:
    """What outlives a call and is changed in a function: of the package, and of structs (`kind` field)."""
    for spec in islice(specs(root), _MOST):
        name, kind, value = spec.field("name"), spec.field("type"), spec.field("value")
        said = kind.text() if kind is not None else value.text() if value is not None else ""
        match = _CONTAINER.match(said + " ")
        number = re.fullmatch(r"u?int\d*|float\d*|\d+|atomic\.\w+", said) is not None
        if name is None or not (match or number) or name.text() == "_":
            continue
        what = (match[1] or match[2]) if match else "number"
        changes = tuple(islice(_changes(name.text(), what, text, scopes), _ENOUGH))
        if changes and what != "chan":
            kind_of = {"[]": "slice"}.get(what, what)
            yield State(name.text(), spec.range().start.line + 1, kind_of, changes)
    if not re.search(r"\bmap\[|sync\.Map", text):
        return
    for node in islice(root.find_all(kind="type_spec"), _MOST):
        own, inner = node.field("name"), node.field("type")
        if own is None or inner is None or inner.kind() != "struct_type":
            continue
        first = inner.range().start.line + 1
        for match in _FIELD.finditer(inner.text()):
            changes = tuple(islice(_changes(match[1], "field", text, scopes), _ENOUGH))
            if changes:
                line = first + inner.text().count("\n", 0, match.start(1))
                yield State(f"{own.text()}.{match[1]}", line, "field", changes)


def _changes(name: str, kind: str, text: str, scopes: Scopes) -> Iterator[Change]:
    """Where a name, or a field of whatever object, is changed in a function that is not `init`."""
    field = kind == "field"
    if field and not any(f".{name}{sign}" in text for sign in ("[", ".", ",", " =")):
        return
    plain = rf"(?<=\w\.){re.escape(name)}" if field else rf"(?<![\w.]){re.escape(name)}"
    deleted = rf"\w+\.{re.escape(name)}" if field else re.escape(name)
    shapes = (
        rf"{plain}\[[^\n]{{0,200}}?\](?:\.\w+)?\s*(?:[-+|]?=(?!=)|\+\+|--)|{plain}\s*=\s*append\(\s*{plain}\b"
        rf"|\bdelete\(\s*{deleted}\s*,|{plain}\.(?:Store|LoadOrStore|Swap|Delete|CompareAndSwap)\("
    )
    if kind == "number":
        shapes = rf"{plain}\s*(?:\+=|-=|\+\+|--)|\batomic\.(?:Add|Store)\w+\(\s*&{plain}\b|{plain}\.(?:Add|Store|Inc)\("
    spelled = re.escape(name)
    own = re.compile(
        rf"(?<![\w.]){spelled}\s*(?:,\s*\w+\s*)?:=|\bvar\s+{spelled}\b|[(,]\s*{spelled}\s+[\w*\[]"
    )
    hidden: dict[int, bool] = {}
    for match in re.finditer(shapes, text):
        scope = scopes.around(match.start())
        head = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
        if scope in ("", "init", "main") or "//" in head:
            continue
        start, end, _ = scopes.spans(match.start())[0]
        if start not in hidden:
            hidden[start] = not field and own.search(text, start, end) is not None
        if hidden[start]:
            continue
        before = text[max(start, match.start() - _FAR) : match.start()]
        how = match[0][:40].split("(")[0].strip()
        line = text.count("\n", 0, match.start()) + 1
        yield Change(line, scope, how, asked_before(re.escape(name), before))
