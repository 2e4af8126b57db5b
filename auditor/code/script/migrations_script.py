"""A migration of Knex, TypeORM, Sequelize, Kysely, node-pg-migrate (scripts), Rails or EF Core as its text shows it.

The readers raise Unparsed for a text that cannot be parsed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ast_grep_py import SgNode

from auditor.code import parsing
from auditor.code.kinds import nodes
from auditor.code.parsing import parse_whole
from auditor.code.reach.flow import line_of

_TOOLS = [
    ("TypeORM", re.compile(r"\bMigrationInterface\b|\bQueryRunner\b|\bqueryRunner\b")),
    ("MikroORM", re.compile(r"@mikro-orm/migrations")),
    ("Sequelize", re.compile(r"\bqueryInterface\b|\bQueryInterface\b|sequelize-cli")),
    ("node-pg-migrate", re.compile(r"\bMigrationBuilder\b|\bpgm\b")),
    ("Kysely", re.compile(r"\bkysely\b|\bKysely\b")),
    (
        "db-migrate",
        re.compile(
            r"\bdb\.(?:runSql|createTable|dropTable|addColumn|insert|all)\b|[\"']db-migrate[\"']"
        ),
    ),
    ("Knex", re.compile(r"\bknex\b|\bKnex\b")),
]
_INFERS = frozenset({"node-pg-migrate"})
"""Tools that work out the way back from the way forward."""

_FUNCTIONS = (
    "function_declaration", "method_definition", "function_expression", "arrow_function", "function",
)  # fmt: skip
_ANSWER = re.compile(
    r"(?:await\s+)?(?:return\s*)?(?:await\s+)?(?:Promise\.resolve\(\s*\)|(?:cb|callback|done)\(\s*(?:null)?\s*\)|null|undefined|true|\{\s*\})?\s*;?"
)
_PRINTS = re.compile(r"(?:await\s+)?(?:console\.\w+|(?:this\.)?log(?:ger)?\.\w+)\(")


@dataclass(frozen=True, slots=True)
class ScriptMigration:
    """`stuck` says why there is no way back ("" where there is one), at `line`; `empty`: it does nothing."""

    tool: str
    line: int
    empty: bool
    stuck: str


def read_script(text: str, grammar: str) -> ScriptMigration | None:
    """The migration of a script; None where it has no `up`, or is of no tool that is known."""
    tool = next((name for name, pattern in _TOOLS if pattern.search(text)), None)
    if tool is None:
        return None
    root = parse_whole(text, grammar)
    found = dict(_ways(root))
    up = found.get("up")
    if up is None:
        return None
    down = found.get("down")
    empty = _idle(up)
    stuck = "" if empty else _stuck(down, tool)
    return ScriptMigration(tool, line_of(down or up), empty, stuck)


def _stuck(down: SgNode | None, tool: str) -> str:
    if down is None:
        return "" if tool in _INFERS else "has no down"
    if down.kind() not in _FUNCTIONS:
        return "its down is switched off" if down.text() in ("false", "null", "undefined") else ""
    if _idle(down):
        return "its down does nothing"
    throws = any(s.kind() == "throw_statement" for s in _statements(down))
    return "its down throws" if throws else ""


def _ways(root: SgNode) -> Iterator[tuple[str, SgNode]]:
    """What is called `up` and `down`, however it is written."""
    kinds = (
        "function_declaration", "method_definition", "pair", "assignment_expression", "variable_declarator",
        "public_field_definition", "field_definition",
    )  # fmt: skip
    for node in nodes(root, kinds):
        name = (
            node.field("name") or node.field("key") or node.field("left") or node.field("property")
        )
        said = name.text().strip("\"'") if name is not None else ""
        if said.rpartition(".")[2] not in ("up", "down"):
            continue
        if node.kind() in ("function_declaration", "method_definition"):
            yield said.rpartition(".")[2], node
            continue
        value = node.field("value") or node.field("right")
        if value is not None:
            yield said.rpartition(".")[2], value


def _statements(function: SgNode) -> list[SgNode]:
    body = function.field("body")
    if body is None:
        return []
    if body.kind() != "statement_block":
        return [body]
    return [c for c in body.children() if c.is_named() and c.kind() != "comment"]


def _idle(function: SgNode) -> bool:
    """Whether a function does nothing but say so."""
    if function.kind() not in _FUNCTIONS:
        return False
    return all(
        _ANSWER.fullmatch(" ".join(s.text().split())) or _PRINTS.match(s.text())
        for s in _statements(function)
    )


_CHANGES = re.compile(r"(?:execute|change_column|change_table_comment|remove_columns?|drop_table)")


@dataclass(frozen=True, slots=True)
class RailsMigration:
    """`one_way` are the steps that Rails cannot undo, with their lines; `empty`: it does nothing."""

    line: int
    empty: bool
    one_way: tuple[tuple[int, str], ...]


def read_rails(text: str) -> RailsMigration | None:
    """The migration of a Ruby file; None where it has no class of `ActiveRecord::Migration`."""
    root = parse_whole(text, "ruby")
    for node in parsing.nodes(root, ("class",)):
        above = node.field("superclass")
        if above is None or "ActiveRecord::Migration" not in above.text():
            continue
        methods = {
            name.text(): m
            for m in parsing.nodes(node, ("method", "singleton_method"))
            if (name := m.field("name")) is not None
        }
        ways = [methods[n] for n in ("change", "up") if n in methods]
        return RailsMigration(
            line_of(node), not any(_body(m) for m in ways), tuple(_rails_stuck(methods))
        )
    return None


def _rails_stuck(methods: dict[str, SgNode]) -> Iterator[tuple[int, str]]:
    up, down, change = methods.get("up"), methods.get("down"), methods.get("change")
    if up is not None and _body(up):
        if down is None:
            yield line_of(up), "has no down"
        elif "IrreversibleMigration" in down.text():
            yield line_of(down), "its down raises IrreversibleMigration"
        elif not _body(down):
            yield line_of(down), "its down does nothing"
    if change is None:
        return
    for call in parsing.nodes(change, ("call",)):
        name = call.field("method")
        if (
            name is None
            or call.field("receiver") is not None
            or not _CHANGES.fullmatch(name.text())
        ):
            continue
        if any(a.kind() in ("block", "do_block") for a in call.ancestors() if _inside(a, change)):
            continue  # of `reversible` or `up_only`
        if _undone(name.text(), call):
            continue
        yield line_of(call), f"{name.text()} in change cannot be undone"


def _inside(node: SgNode, outer: SgNode) -> bool:
    inner, around = node.range(), outer.range()
    return around.start.index < inner.start.index and inner.end.index <= around.end.index


def _undone(name: str, call: SgNode) -> bool:
    """Whether a step that takes something away says enough for Rails to bring it back."""
    given = call.field("arguments")
    count = sum(c.is_named() for c in given.children()) if given is not None else 0
    if name == "remove_column":
        return count > 2
    if name == "remove_columns":
        return "type:" in call.text()
    return name == "drop_table" and call.field("block") is not None


def _body(method: SgNode) -> list[SgNode]:
    """The statements of a method."""
    body = method.field("body")
    inner = body.children() if body is not None else []
    return [c for c in inner if c.is_named() and c.kind() not in ("comment", "nil")]


def read_ef(text: str) -> ScriptMigration | None:
    """The migration of a file in C#; None where it has no class `: Migration` with a method `Up`."""
    root = parse_whole(text, "csharp")
    for node in parsing.nodes(root, ("class_declaration",)):
        bases = next((c for c in node.children() if c.kind() == "base_list"), None)
        if bases is None or not re.search(r"\bMigration\b", bases.text()):
            continue
        methods = {
            name.text(): m
            for m in parsing.nodes(node, ("method_declaration",))
            if (name := m.field("name")) is not None
        }
        up, down = methods.get("Up"), methods.get("Down")
        if up is None:
            continue
        empty = not _sharp(up)
        stuck = ""
        if not empty and (down is None or not _sharp(down)):
            stuck = "has no Down" if down is None else "its Down does nothing"
        elif not empty and any(s.kind() == "throw_statement" for s in _sharp(down or up)):
            stuck = "its Down throws"
        return ScriptMigration("EF Core", line_of(down or up), empty, stuck)
    return None


def _sharp(method: SgNode) -> list[SgNode]:
    body = method.field("body")
    inner = body.children() if body is not None else []
    return [c for c in inner if c.is_named() and c.kind() != "comment"]
