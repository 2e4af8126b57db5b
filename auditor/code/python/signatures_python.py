"""Parameters of Python functions: their names, and what their types let through."""

from __future__ import annotations

import re

from ast_grep_py import SgNode

LOOSE = re.compile(
    r"(?:typing\.)?(?:Any|[dD]ict|[mM]apping|MutableMapping|list|List|object|OrderedDict|JsonValue|JSON)"
    r"|(?:[dD]ict|[mM]apping)\[\s*str\s*,\s*(?:Any|object|typing\.Any)\s*\]|(?:list|List)\[\s*(?:[dD]ict(?:\[.*\])?|Any)\s*\]",
    re.DOTALL,
)
"""Types that any data has."""
_OPTIONAL = re.compile(
    r"(?:typing\.)?Optional\[(.*)\]|(.*?)\s*\|\s*None|None\s*\|\s*(.*)", re.DOTALL
)
_ANNOTATED = re.compile(r"(?:typing\.|t\.)?Annotated\[\s*(.*?)\s*,(.*)\]", re.DOTALL)
GIVEN = re.compile(r"\b(?:Depends|Security|Inject|Provide|Dependency)\(|\b(?:Header|Cookie)\(")
"""What the framework gives, and nobody sends."""
FRAMEWORK = re.compile(
    r"(?:\w+\.)?(?:Request|HttpRequest|HTTPConnection|Response|BackgroundTasks|WebSocket|SecurityScopes|State|ASGIConnection)"
)
"""Types of the framework's own."""
SCALAR = re.compile(
    r"(?:\w+\.)*(?:str|int|float|bool|bytes|UUID|UUID4|uuid4|date|datetime|time|timedelta|Decimal|EmailStr|HttpUrl|UploadFile|Path)"
)
"""Types of one value."""


def parameters_of(function: SgNode) -> list[SgNode]:
    """The parameters of a function."""
    given = function.field("parameters")
    return [
        c
        for c in (given.children() if given is not None else ())
        if c.is_named() and c.kind() != "comment"
    ]


def parameter(node: SgNode) -> tuple[str, str, str]:
    """Name, type and default of a parameter, as written."""
    if node.kind() == "identifier":
        return node.text(), "", ""
    name = node.field("name") or node.child(0)
    kind, value = node.field("type"), node.field("value")
    return (
        name.text() if name is not None else "",
        kind.text().strip("\"' ") if kind is not None else "",
        value.text() if value is not None else "",
    )


def bare(kind: str) -> str:
    """A type without what may be said around it: Annotated, Optional, `| None`."""
    for _ in range(3):
        annotated = _ANNOTATED.fullmatch(kind)
        optional = _OPTIONAL.fullmatch(kind)
        if annotated:
            kind = annotated[1]
        elif optional:
            kind = str(next(g for g in optional.groups() if g is not None))
        else:
            break
    return kind.strip()
