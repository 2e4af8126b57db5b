"""What a script in JavaScript or TypeScript reads from its environment."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ast_grep_py import SgNode

from auditor.code.kinds import nodes
from auditor.code.lexical.conditions import conditions
from auditor.code.reach.flow import line_of
from auditor.code.topics.environment import Reading, bound, given, instead, literal

_UPPER = re.compile(r"[A-Z][A-Z0-9_]+")
_SCHEMA = re.compile(
    r"\s*(?:z\.|[jJ]oi\.|(?:str|url|num|bool|port|host|email|makeValidator\w*)\(|Type\.|v\.|t\.)"
)
_DEFAULT = re.compile(r"\.(?:default|catch)\(\s*(.*?)\s*\)|\bdefault\s*:\s*([^,}]+)", re.DOTALL)
_CONFIG = re.compile(
    r"(?:[\w$]+\.)*[\w$]*[cC]onfig(?:uration)?(?:Service)?\.(?:get|getOrThrow)(?:<.*>)?", re.DOTALL
)


def read_script(root: SgNode, text: str, settings: frozenset[str]) -> Iterator[Reading]:
    """What a script reads: `process.env`, a configuration service, a schema of the environment."""
    kinds = (
        "member_expression",
        "subscript_expression",
        "object_pattern",
        "call_expression",
        "pair",
    )
    for node in nodes(root, kinds):
        kind = node.kind()
        if kind in ("member_expression", "subscript_expression"):
            inner, key = node.field("object"), node.field("property") or node.field("index")
            if inner is None or key is None or not _is_env(inner.text()):
                continue
            name = literal(key.text()) if kind == "subscript_expression" else key.text()
            if name:
                yield Reading(
                    name, line_of(node), instead(node), bound(node), around=tuple(conditions(node))
                )
        elif kind == "object_pattern":
            above = node.parent()
            value = above.field("value") if above is not None else None
            if value is not None and _is_env(value.text()):
                yield from _pattern(node)
        elif kind == "call_expression":
            function = node.field("function")
            if function is None or not _CONFIG.fullmatch(function.text()):
                continue
            texts, _ = given(node)
            name = literal(texts[0]) if texts else None
            if name:
                default = (
                    texts[1] if len(texts) > 1 and not texts[1].startswith("{") else instead(node)
                )
                yield Reading(
                    name.rpartition(".")[2],
                    line_of(node),
                    default,
                    bound(node),
                    around=tuple(conditions(node)),
                )
        else:
            yield from _schema(node, text)


def _is_env(text: str) -> bool:
    return text in ("process.env", "import.meta.env", "Bun.env", "globalThis.process.env")


def _pattern(node: SgNode) -> Iterator[Reading]:
    for child in node.children():
        kind = child.kind()
        if kind == "shorthand_property_identifier_pattern":
            yield Reading(child.text(), line_of(child), None, child.text())
        elif kind == "object_assignment_pattern":
            left, right = child.field("left"), child.field("right")
            if left is not None and right is not None:
                yield Reading(left.text(), line_of(child), right.text(), left.text())
        elif kind == "pair_pattern":
            key, value = child.field("key"), child.field("value")
            if key is not None and value is not None:
                target, sign, default = value.text().partition("=")
                yield Reading(
                    key.text(), line_of(child), default.strip() if sign else None, target.strip()
                )


def _schema(node: SgNode, text: str) -> Iterator[Reading]:
    """A variable in a schema of the environment: `PORT: z.string().default('3000')`."""
    key, value = node.field("key"), node.field("value")
    if key is None or value is None or not _UPPER.fullmatch(key.text().strip("\"'")):
        return
    if not _SCHEMA.match(value.text()) or not re.search(
        r"\benv\b|\bEnv|registerAs|[cC]onfig", text
    ):
        return
    found = _DEFAULT.search(value.text())
    default = (found[1] or found[2] or "").strip() if found else None
    name = key.text().strip("\"'")
    yield Reading(name, line_of(node), default, name)
