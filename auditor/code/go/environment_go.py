"""What a Go file reads from its environment."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ast_grep_py import SgNode

from auditor.code.kinds import nodes
from auditor.code.lexical.conditions import conditions
from auditor.code.reach.flow import line_of
from auditor.code.topics.environment import Reading, bound, given, literal

_UPPER = re.compile(r"[A-Z][A-Z0-9_]+")
_TAG = re.compile(r"\b(?:env|envconfig|mapstructure|conf|koanf):\"([^\",]+)")
_TAG_DEFAULT = re.compile(r"\b(?:envDefault|default|env-default):\"([^\"]*)\"")


def read_go(root: SgNode, text: str, settings: frozenset[str]) -> Iterator[Reading]:
    """What a Go file reads: variables, tags of fields, viper."""
    for node in nodes(root, ("call_expression", "field_declaration")):
        if node.kind() == "field_declaration":
            yield from _tagged(node)
            continue
        function = node.field("function")
        called = function.text() if function is not None else ""
        texts, _ = given(node)
        name = literal(texts[0]) if texts else None
        if not name:
            continue
        if called in ("os.Getenv", "os.LookupEnv", "syscall.Getenv"):
            target = bound(node).partition(",")[0].strip()
            yield Reading(
                name,
                line_of(node),
                _or(node) or _later(target, text, node),
                target,
                around=tuple(conditions(node)),
            )
        elif (
            re.search(r"(?:^|\.)\w*[eE]nv\w*$", called)
            and len(texts) >= 2
            and _UPPER.fullmatch(name)
        ):
            yield Reading(
                name, line_of(node), texts[1], bound(node), around=tuple(conditions(node))
            )
        elif called == "viper.SetDefault" and len(texts) == 2:
            yield Reading(name.rpartition(".")[2], line_of(node), texts[1])
        elif called.startswith("viper.Get"):
            yield Reading(name.rpartition(".")[2], line_of(node), None, bound(node))


def _or(node: SgNode) -> str | None:
    """The second of `cmp.Or(os.Getenv("X"), "d")`."""
    around = node.parent()
    call = around.parent() if around is not None else None
    function = call.field("function") if call is not None else None
    if call is None or function is None or function.text() != "cmp.Or":
        return None
    texts, _ = given(call)
    return texts[-1] if len(texts) > 1 else None


def _later(target: str, text: str, node: SgNode) -> str | None:
    """What a variable is set to below where it is found empty."""
    if not re.fullmatch(r"[\w.]+", target):
        return None
    name = re.escape(target)
    rest = text[node.range().end.index : node.range().end.index + 400]
    empty = re.search(rf"if\s+(?:{name}\s*==\s*\"\"|!\w+)\s*\{{\s*{name}\s*=\s*([^\n]+)", rest)
    return empty[1].strip() if empty else None


def _tagged(node: SgNode) -> Iterator[Reading]:
    tag, field = node.field("tag"), node.field("name")
    found = _TAG.search(tag.text()) if tag is not None else None
    if tag is None or found is None:
        return
    default = _TAG_DEFAULT.search(tag.text())
    name = field.text() if field is not None else found[1]
    yield Reading(found[1], line_of(node), f'"{default[1]}"' if default else None, name)
