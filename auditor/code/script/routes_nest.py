"""Routes of NestJS that take input: pipes that check, and classes that say what."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ast_grep_py import SgNode

from auditor.code.kinds import nodes
from auditor.code.reach.flow import line_of
from auditor.code.topics.routes import Check, Route, Text, short

WANTED = re.compile(r"@(?:Body|Query|RawBody)\(")
PIPE = re.compile(
    r"useGlobalPipes\([^;]{0,400}(?:ValidationPipe|new \w*Validation\w*Pipe)"
    r"|provide\s*:\s*APP_PIPE\s*,\s*use(?:Class|Value|Factory)\s*:[^}]{0,400}Validation",
    re.DOTALL,
)
"""What checks the input of every route."""

_ROUTE = re.compile(r"@(?:Post|Put|Patch|Get|Delete|All)\(")
_GIVEN = re.compile(r"@(?:Body|Query|RawBody)\(")
_OWN_PIPE = re.compile(
    r"@UsePipes\([^)]{0,300}(?:Validation|new \w*(?:Zod|Joi)\w*Pipe)"
    r"|@(?:Body|Query)\([^)]{0,300}(?:Validation\w*Pipe|Parse\w+Pipe|Zod\w*Pipe|Joi\w*Pipe|new \w*Pipe)"
)
_CHECKED = re.compile(
    r"@(?:Is\w+|Min\w*|Max\w*|Length|Matches|Array\w+|Validate\w*|Allow|Equals|Contains|NotContains|NotEquals)\b|createZodDto"
    r"|(?:PartialType|PickType|OmitType|IntersectionType|MappedType)\("
)
_SCALAR = re.compile(r"(?:string|number|boolean|Date)(?:\s*\|.*)?(?:\[\])?")


def read(root: SgNode, code: str, has_pipe: bool, types: Text) -> Iterator[Route]:
    """The routes of a file; `code` is its text without comments, `has_pipe` says whether a pipe checks every
    route, `types` finds the classes of the service."""
    for node in nodes(root, ("method_definition",)):
        parameters, name = node.field("parameters"), node.field("name")
        if parameters is None or name is None or not _GIVEN.search(parameters.text()):
            continue
        around = _decorators(node, code)
        if not _ROUTE.search(around):
            continue
        found = [
            _judge(p, around, has_pipe, types)
            for p in parameters.children()
            if _GIVEN.search(p.text())
        ]
        told = [one for one in found if one is not None]
        for check in (Check.RAW, Check.UNCLEAR, Check.SCHEMA):
            match = next((by for c, by in told if c is check), None)
            if match is not None:
                yield Route(line_of(node), name.text(), check, match)
                break


def _decorators(node: SgNode, code: str) -> str:
    """The decorators before a method, and those of its class."""
    texts: list[str] = []
    body = node.parent()
    for child in body.children() if body is not None else ():
        if child.range().start.index == node.range().start.index:
            break
        texts = [*texts, child.text()] if child.kind() == "decorator" else []
    place = node.range()
    texts.append(code[place.start.index : place.start.index + 300].split("(")[0])
    whole = body.parent() if body is not None else None
    around = whole.parent() if whole is not None else None
    for one in (whole, around):
        texts += [
            c.text() for c in (one.children() if one is not None else ()) if c.kind() == "decorator"
        ]
    texts += [c.text() for c in node.children() if c.kind() == "decorator"]
    return "\n".join(texts)


def _judge(parameter: SgNode, around: str, has_pipe: bool, types: Text) -> tuple[Check, str] | None:
    text = parameter.text()
    kind_node = parameter.field("type")
    kind = kind_node.text().lstrip(": ").strip() if kind_node is not None else ""
    own = _OWN_PIPE.search(text) or _OWN_PIPE.search(around)
    if own and ("Zod" in own[0] or "Joi" in own[0] or "Parse" in own[0]):
        return Check.SCHEMA, short(own[0])
    named = re.search(r"@(?:Body|Query)\(\s*['\"`]", text)
    if _SCALAR.fullmatch(kind):
        return (
            None if "@Query" in text and named else (Check.RAW, f"{kind} is not checked by a class")
        )
    if not (has_pipe or own):
        return Check.RAW, "no ValidationPipe is applied"
    name = (
        re.sub(r"(?:Partial|Array|Readonly)<(.*)>|\[\]$", r"\1", kind)
        .partition("<")[0]
        .rpartition(".")[2]
    )
    if not name or name in ("any", "unknown", "object", "Record", "Object"):
        return Check.RAW, f"{kind or 'a parameter without a type'} is no class"
    found = types(name)
    if not found:
        return Check.UNCLEAR, f"the class {short(name)} was not found"
    if any(_CHECKED.search(t) or _inherits(t, types) for t in found):
        return Check.SCHEMA, name
    return Check.RAW, f"{name} has no decorators of class-validator"


def _inherits(text: str, types: Text) -> bool:
    base = re.search(r"\bextends\s+(\w+)", text)
    return base is not None and any(_CHECKED.search(t) for t in types(base[1]))
