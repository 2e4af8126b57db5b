"""The containers and numbers of a Python module, its classes and their objects that its functions change."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ast_grep_py import SgNode

from auditor.code.parsing import nodes
from auditor.code.scan import Change, State, last_name
from auditor.code.scan_scopes import Scopes, asked_before

_KINDS = {
    "dictionary": "dict", "dictionary_comprehension": "dict", "list": "list", "list_comprehension": "list",
    "set": "set", "set_comprehension": "set", "integer": "number", "float": "number",
}  # fmt: skip
_MAKERS = frozenset({
    "dict", "list", "set", "defaultdict", "OrderedDict", "deque", "Counter", "bytearray", "Queue", "SimpleQueue",
    "PriorityQueue", "LifoQueue", "TTLCache", "LRUCache", "LFUCache", "FIFOCache", "RRCache", "Cache",
    "ExpiringDict", "count",
})  # fmt: skip
_METHODS = (
    "append|appendleft|add|update|extend|insert|setdefault|pop|popleft|popitem|remove|discard|clear"
    "|put|put_nowait"
)
_MOST = 200
_ENOUGH = 20
_HEAD = 400
_FAR = 1_500
_CHANGING = ("call", "assignment", "augmented_assignment", "delete_statement")


def state(
    root: SgNode, defined: list[SgNode], scopes: Scopes, text: str, names: dict[str, str]
) -> Iterator[State]:
    """What outlives a call and is changed in a function."""
    known: dict[str, tuple[str, int, str]] = {}
    for name, line, kind in _made(root):
        known[name] = (name, line, kind)
    for node in defined:
        if node.kind() != "class_definition":
            continue
        own, body = node.field("name"), node.field("body")
        if own is None or body is None:
            continue
        known.update(_of_class(own.text(), body, text))
    hit = {n: v for n, v in list(known.items())[:_MOST] if _touched(n, text)}
    if not hit:
        return
    changes: dict[str, list[Change]] = {n: [] for n in hit}
    hidden: dict[tuple[str, int, bool], bool] = {}
    choices = "|".join(sorted({re.escape(n.partition("@")[0]) for n in hit}, key=len, reverse=True))
    changed = re.compile(
        rf"(?:(?P<call>{choices})(?:\[[^\n=]{{1,200}}\])?\.(?P<method>{_METHODS})\(|(?:del\s+)?(?P<item>{choices})\s*\["
        rf"|(?P<whole>{choices})\s*(?P<sign>[-+|*&]?=)[^=])"
    )
    for node in nodes(root, _CHANGING):
        said = node.text()[:_HEAD]
        match = changed.match(said)
        if match is None:
            continue
        name = match["item"] or match["call"] or match["whole"]
        kind = node.kind()
        if match["item"] and kind == "call":
            continue
        if match["item"] and kind == "assignment" and not _assigns(said):
            continue
        if match["call"] and kind != "call":
            continue
        place = node.range()
        around = scopes.spans(place.start.index)
        scope = ".".join(reversed([n for _, _, n in around]))
        key = (
            name
            if name in hit
            else next((k for k in hit if k == f"{name}@{scope.partition('.')[0]}"), "")
        )
        if not key or not around or len(changes[key]) >= _ENOUGH:
            continue
        seen = (key, around[0][0], bool(match["whole"]))
        if seen not in hidden:
            hidden[seen] = _shadowed(name, key, around, text, whole=seen[2])
        if hidden[seen]:
            continue
        if "@" in key and scope.rpartition(".")[2] in ("__init__", "__post_init__", "__new__"):
            continue
        if match["whole"] and match["sign"] == "=" and not _counts(name, said, known[key][2]):
            continue
        how = f".{match['method']}" if match["call"] else match["sign"] if match["whole"] else "[]"
        memo = how in ("[]", ".setdefault") and _memo(name, node, text, around)
        changes[key].append(Change(place.start.line + 1, scope, how, memo))
    for key, found in changes.items():
        if found:
            name, line, kind = known[key]
            yield State(name, line, kind, tuple(found))


def _made(block: SgNode) -> Iterator[tuple[str, int, str]]:
    for statement in block.children():
        node = statement.child(0) if statement.kind() == "expression_statement" else None
        if node is None or node.kind() != "assignment":
            continue
        left, right = node.field("left"), node.field("right")
        if left is None or right is None or left.kind() != "identifier":
            continue
        kind = _KINDS.get(right.kind(), "")
        if right.kind() == "call" and (function := right.field("function")) is not None:
            maker = last_name(function.text().partition("[")[0])
            kind = maker if maker in _MAKERS else ""
        if kind and not left.text().startswith("__"):
            yield left.text(), node.range().start.line + 1, kind


_MADE = "|".join(sorted(_MAKERS - {"count", "Cache"}))
_FIELD = re.compile(
    r"\bself\.(\w+)\s*(?::[^=\n]+)?=\s*"
    rf"(?:\{{\}}|\[\]|\{{\s*\n|\[\s*\n|(?:\w+\.){{0,4}}(?:{_MADE})(?:\[[^\n]*\])?\()"
)


def _of_class(own: str, body: SgNode, text: str) -> Iterator[tuple[str, tuple[str, int, str]]]:
    """Of the class (`Own.name`, `cls.name`), and of its objects, made in `__init__` (`self.name`)."""
    for name, line, kind in _made(body):
        full = (f"{own}.{name}", line, kind)
        yield f"{own}.{name}", full
        yield f"cls.{name}@{own}", full
    for child in body.children():
        inner = child.field("definition") if child.kind() == "decorated_definition" else child
        named = (
            inner.field("name")
            if inner is not None and inner.kind() == "function_definition"
            else None
        )
        if inner is None or named is None or named.text() != "__init__":
            continue
        place = inner.range()
        said = text[place.start.index : place.end.index]
        for match in _FIELD.finditer(said):
            line = place.start.line + 1 + said.count("\n", 0, match.start())
            yield f"self.{match[1]}@{own}", (f"{own}.{match[1]}", line, "field")


def _touched(name: str, text: str) -> bool:
    plain = re.escape(name.partition("@")[0])
    return (
        re.search(
            rf"\b{plain}\s*(?:\[|\.(?:{_METHODS})\(|[-+|]=)|\bglobal\b[^\n]*\b{plain}\b", text
        )
        is not None
    )


def _counts(name: str, said: str, kind: str) -> bool:
    """Whether a number is set from what it was before."""
    value = said.partition("=")[2]
    return kind == "number" and re.search(rf"\b{re.escape(name)}\b", value) is not None


def _assigns(said: str) -> bool:
    """Whether the item is what is assigned to, and not `a[b] == c` or an annotation alone."""
    return re.match(r"[^=]*?\][^=!<>]*=[^=]", said) is not None


def _shadowed(
    name: str, key: str, around: list[tuple[int, int, str]], text: str, *, whole: bool
) -> bool:
    """Whether a name of the module means something else in the functions around."""
    if "." in name or "@" in key:
        return False
    plain = re.escape(name)
    said = text[around[0][0] : around[0][1]]
    if re.search(rf"^\s*global\b[^\n]*\b{plain}\b", said, re.MULTILINE):
        return False
    if whole:
        return True
    for start, end, _ in around:
        inner = text[start:end]
        head = inner[: inner.find(":\n") + 1 or 200]
        if re.search(rf"[(,*\s]{plain}\s*[:,=)]", head):
            return True
        if re.search(
            rf"^\s+(?:{plain}\s*(?::[^=\n]+)?=[^=]|for\s[^\n]*\b{plain}\b[^\n]*\bin\b|with\s[^\n]*\bas\s+{plain}\b)",
            inner,
            re.MULTILINE,
        ):
            return True
    return False


def _memo(name: str, node: SgNode, text: str, around: list[tuple[int, int, str]]) -> bool:
    """Whether the change fills in what was not found before."""
    plain = re.escape(name)
    for above in node.ancestors():
        if above.kind() == "if_statement" and (condition := above.field("condition")) is not None:
            said = condition.text()[:_HEAD]
            if re.search(
                rf"\bnot\s+in\s+{plain}\b|\bnot\s+{plain}\b|{plain}\.get\(|{plain}\[|len\({plain}\)\s*==\s*0",
                said,
            ):
                return True
        if above.kind() == "except_clause":
            return True
        if above.kind() == "function_definition":
            break
    before = text[max(around[0][0], node.range().start.index - _FAR) : node.range().start.index]
    return asked_before(plain, before)
