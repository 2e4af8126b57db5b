"""A migration of Alembic or Django as its source text shows it; nothing is imported.

Both readers raise Unparsed for a text that is no Python, or that works out what must be written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ast_grep_py import SgNode

from auditor.code.kinds import nodes
from auditor.code.parsing import Unparsed, parse_whole
from auditor.code.reach.flow import called_name, keyword, line_of, positional
from auditor.code.topics.environment import literal

_PRINTS = re.compile(r"(?:print|(?:\w+\.)*log(?:ger|ging)?\.\w+|warnings\.warn)")
_DJANGO = re.compile(r"(?:\w+\.)*Migration")
_SKIPPED = frozenset({"comment", "pass_statement"})
_SPLATS = ("list_splat", "dictionary_splat")


@dataclass(frozen=True, slots=True)
class Revision:
    """A revision of Alembic. `parents` are those that it follows, `needs` those that it depends on.

    `stuck` says why there is no way back ("" where there is one), `stuck_line` where; `empty`: the way
    forward does nothing, and it joins no branches.
    """

    id: str
    line: int
    parents: tuple[str, ...]
    needs: tuple[str, ...]
    labels: tuple[str, ...]
    empty: bool
    stuck: str
    stuck_line: int


@dataclass(frozen=True, slots=True)
class Migration:
    """A migration of Django: what it follows as (app, name), what it stands for, and its one-way steps."""

    line: int
    parents: tuple[tuple[str, str], ...]
    replaces: tuple[str, ...]
    operations: int
    one_way: tuple[tuple[int, str], ...]


def read_alembic(text: str) -> Revision | None:
    """The revision of a file; None where it has no `revision`."""
    root = parse_whole(text, "python")
    values = dict(_assigned(root))
    name = values.get("revision")
    if name is None:
        return None
    own = _names("revision", name)
    if len(own) != 1:
        raise Unparsed("its `revision` is not one text")
    functions = {
        f.text(): node
        for node in nodes(root, ("function_definition",))
        if (f := node.field("name")) is not None
    }
    parents, needs, labels = (
        _names(key, values[key]) if key in values else ()
        for key in ("down_revision", "depends_on", "branch_labels")
    )
    forward, back = functions.get("upgrade"), functions.get("downgrade")
    empty = forward is None or not _steps(forward)
    stuck = "" if empty else _stuck(back)
    at = line_of(back) if back is not None else line_of(name)
    return Revision(
        own[0], line_of(name), parents, needs, labels, empty and len(parents) < 2, stuck, at
    )


def _stuck(back: SgNode | None) -> str:
    """Why a function that should lead back does not."""
    if back is None:
        return "has no downgrade"
    steps = _steps(back)
    if not steps:
        return "its downgrade does nothing"
    raised = next((s for s in steps if s.kind() == "raise_statement"), None)
    return "its downgrade raises" if raised is not None else ""


def _steps(function: SgNode) -> list[SgNode]:
    """The statements of a function that do something: no text alone, no `...`, no print, no bare return."""
    body = function.field("body")
    return [s for s in (body.children() if body is not None else ()) if s.is_named() and _acts(s)]


def _acts(statement: SgNode) -> bool:
    kind = statement.kind()
    if kind in _SKIPPED:
        return False
    inner = [c for c in statement.children() if c.is_named()]
    if kind == "return_statement":
        return bool(inner) and inner[0].kind() != "none"
    if kind == "expression_statement" and len(inner) == 1:
        if inner[0].kind() in ("string", "ellipsis", "none", "concatenated_string"):
            return False
        return inner[0].kind() != "call" or not _PRINTS.fullmatch(called_name(inner[0]))
    return True


def _assigned(scope: SgNode) -> Iterator[tuple[str, SgNode]]:
    """The names that a module or the body of a class binds, with their values."""
    for child in scope.children():
        inner = child.child(0) if child.kind() == "expression_statement" else None
        if inner is None or inner.kind() != "assignment":
            continue
        left, right = inner.field("left"), inner.field("right")
        if left is not None and right is not None:
            yield left.text(), right


def _names(what: str, value: SgNode) -> tuple[str, ...]:
    """The texts of a text, a tuple or list of texts, or None."""
    kind = value.kind()
    if kind == "none":
        return ()
    parts = [value] if kind == "string" else [c for c in value.children() if c.is_named()]
    found = [literal(p.text()) for p in parts if p.kind() != "comment"]
    if kind not in ("string", "tuple", "list", "set", "parenthesized_expression") or None in found:
        raise Unparsed(f"its `{what}` is worked out, not written")
    return tuple(one for one in found if one is not None)


def read_django(text: str) -> Migration | None:
    """The migration of a file; None where it has no class `Migration` of Django."""
    root = parse_whole(text, "python")
    for node in nodes(root, ("class_definition",)):
        name, bases, body = node.field("name"), node.field("superclasses"), node.field("body")
        if name is None or name.text() != "Migration" or bases is None or body is None:
            continue
        if not any(_DJANGO.fullmatch(c.text()) for c in bases.children()):
            continue
        values = dict(_assigned(body))
        operations = values.get("operations")
        return Migration(
            line_of(node),
            tuple(_pairs(values.get("dependencies"))),
            tuple(n for _, n in _pairs(values.get("replaces"))),
            _length(operations),
            tuple(_one_way(node)),
        )
    return None


def _length(value: SgNode | None) -> int:
    """How many operations are written; what is not a list counts as one."""
    if value is None:
        return 0
    if value.kind() != "list":
        return 1
    return sum(c.is_named() and c.kind() != "comment" for c in value.children())


def _pairs(value: SgNode | None) -> Iterator[tuple[str, str]]:
    """The pairs of texts of a list; others (`swappable_dependency`) are left out."""
    for one in nodes(value, ("tuple",)) if value is not None else ():
        texts = [literal(c.text()) for c in one.children() if c.is_named()]
        if len(texts) == 2 and texts[0] is not None and texts[1] is not None:
            yield texts[0], texts[1]


def _one_way(scope: SgNode) -> Iterator[tuple[int, str]]:
    """Steps that Django cannot undo: their line, and what they are."""
    for call in nodes(scope, ("call",)):
        name = called_name(call).rpartition(".")[2]
        wanted = {"RunPython": "reverse_code", "RunSQL": "reverse_sql"}.get(name)
        given = positional(call)
        if wanted is None or any(c.kind() in _SPLATS for c in _arguments(call)):
            continue
        back = keyword(call, wanted) or (given[1] if len(given) > 1 else None)
        if back is None or back.text() == "None":
            yield line_of(call), f"{name} without {wanted}"


def _arguments(call: SgNode) -> list[SgNode]:
    arguments = call.field("arguments")
    return arguments.children() if arguments is not None else []
