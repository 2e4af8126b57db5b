"""The names by which the environment fills the fields of classes of settings (pydantic), and code that reads names
which it puts together."""

from __future__ import annotations

import re

from ast_grep_py import SgNode

from auditor.code.kinds import nodes
from auditor.code.reach.flow import line_of
from auditor.code.topics.environment import given, literal

_PREFIX = re.compile(r"\benv_prefix[\"']?\s*[=:]\s*[\"']([\w.-]*)[\"']")
_ALIASES = ("validation_alias", "alias", "env")
_TEXT = re.compile(r"""["']([A-Za-z_]\w*)["']""")
_PLAIN = re.compile(
    r"(?:Optional|Annotated|Literal|Union|List|Dict|Set|Tuple|Any|SecretStr|SecretBytes|Path|FilePath|DirectoryPath"
    r"|\w*Url|\w*Dsn|\w*Str|\w*Int|\w*Float|IPv?\w*|Decimal|UUID|Json|timedelta|datetime|EmailStr|ByteSize)"
)
WORKED_OUT = re.compile(
    r"os\.environ\[(?!\s*[\"'])|os\.getenv\((?!\s*[\"'])|environ\.get\((?!\s*[\"'])|(?:in|dict\(|\*\*)\s*os\.environ\b"
    r"|os\.environ\.(?:items|keys|copy)\(|process\.env\[(?!\s*[\"'`][\w]+[\"'`])|(?:=|\(|\.\.\.)\s*process\.env\s*[;,)\n}]"
    r"|os\.(?:Getenv|LookupEnv)\((?!\s*[\"`])|os\.Environ\(|\benvconfig\.Process\(|\bAutomaticEnv\(|\benv\.Parse\w*\("
    r"|\bdynaconf\b|\bDynaconf\(|\.prefixed\(|\benv\.Provider\("
)
"""What reads variables whose names it works out, or all of them: any variable may be read by it."""


def field_names(root: SgNode, settings: frozenset[str]) -> dict[int, tuple[str, ...]]:
    """For each line on which a class of `settings` has a field: the variables that fill it.

    None at all for a field that is a group of settings of its own.
    """
    found: dict[int, tuple[str, ...]] = {}
    for node in nodes(root, ("class_definition",)):
        name, body = node.field("name"), node.field("body")
        if name is None or body is None or name.text() not in settings:
            continue
        said = _PREFIX.search(body.text())
        prefix = said[1] if said else ""
        for child in body.children():
            field = child.child(0) if child.kind() == "expression_statement" else None
            left = (
                field.field("left") if field is not None and field.kind() == "assignment" else None
            )
            if field is None or left is None:
                continue
            typed = field.field("type")
            outside = _aliases(field.field("right")) or (f"{prefix}{left.text()}",)
            grouped = typed is not None and _is_group(typed.text())
            found[line_of(field)] = () if grouped else outside
    return found


def _aliases(value: SgNode | None) -> tuple[str, ...]:
    """The names that a `Field(...)` gives for outside."""
    if value is None or value.kind() != "call":
        return ()
    _, named = given(value)
    for key in _ALIASES:
        if key in named:
            text = literal(named[key])
            return (text,) if text else tuple(_TEXT.findall(named[key]))
    return ()


def _is_group(typed: str) -> bool:
    """Whether a type is a class of the service's own, as far as its name tells."""
    first = re.split(r"[\[|\s]", typed.strip(), maxsplit=1)[0].rpartition(".")[2]
    return first[:1].isupper() and _PLAIN.fullmatch(first) is None
