"""Secrets whose value stands in a file of Terraform: their names and lines, never the values."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.formats.secrets.literal_secret import ValueKind, names_a_secret, value_kind
from auditor.formats.secrets.secret_line import SHAPES
from auditor.formats.secrets.secret_value import looks_generated
from auditor.formats.terraform.hcl_text import Attribute, Block, Body, Expression, HclValue, Object

_IN_FORCE = (ValueKind.LITERAL, ValueKind.DEFAULT, ValueKind.PLACEHOLDER)
# What a name that ends in this holds may be the name of a secret instead, or a key's.
_PASSWORD = re.compile(
    r"(?i)(?:pass(?:w(?:or)?d|phrase)?|pwd|token|client_?secret|jwt_?secret)(?:_wo)?$"
)
_MAY_BE = re.compile(r"(?i)(?:secrets?|credentials?|key)(?:_wo|_base64)?$")
_ELSEWHERE = re.compile(
    r"(?:/|arn:|projects/|alias/|secrets?/|https?://|op://|vault:)", re.IGNORECASE
)
_THROUGH = frozenset({"?", "jsonencode", "yamlencode", "merge", "concat", "tomap", "tolist", "sensitive"}) | {
    "nonsensitive", "base64encode", "coalesce", "try", "tostring",
}  # fmt: skip
_ASIDE = frozenset({"data", "moved", "removed", "import", "check"})

Found = Iterator[tuple[str, int | None]]


def written_secrets(body: Body) -> Found:
    """Name and line of each, in order of the file; what a data source looks up is none."""
    for found in body.attributes:
        yield from _attribute(found)
    for block in body.blocks:
        if block.type == "variable" and block.labels:
            default = block.body.attribute("default")
            if default is not None:
                yield from _attribute(Attribute(block.labels[0], default.value, default.line))
        elif block.type not in _ASIDE:
            yield from _block(block)


def _block(block: Block) -> Found:
    yield from _pair(block.body.attributes)
    for found in block.body.attributes:
        yield from _attribute(found)
    for below in block.body.blocks:
        yield from _block(below)


def _attribute(found: Attribute) -> Found:
    """Secrets in a value of that name; the depth is bound by the reader."""
    for value in _values(found.value):
        if isinstance(value, str):
            if is_secret(found.name, value):
                yield found.name, found.line
        elif isinstance(value, Object):
            yield from _pair(value.entries)
            for below in value.entries:
                yield from _attribute(below)


def _values(value: HclValue) -> Iterator[HclValue]:
    """The values that a value may become, out of lists, choices and functions that keep them."""
    if isinstance(value, tuple):
        for one in value:
            yield from _values(one)
    elif isinstance(value, Expression):
        if value.call in _THROUGH:
            for one in value.parts:
                yield from _values(one)
    else:
        yield value


def _pair(entries: tuple[Attribute, ...]) -> Found:
    """`{ name = "DB_PASSWORD", value = "…" }`, the form of environments of containers."""
    known = {one.name.lower(): one for one in entries}
    name, value = known.get("name", known.get("key")), known.get("value")
    if name is None or value is None or not isinstance(name.value, str):
        return
    for one in _values(value.value):
        if isinstance(one, str) and is_secret(name.value, one):
            yield name.value, value.line


def is_secret(name: str, value: str) -> bool:
    """Whether a value under that name is a secret that is in force as written."""
    if any(shape.pattern.search(value[:500]) for shape in SHAPES):
        return True
    if not names_a_secret(name) or value_kind(value) not in _IN_FORCE or _ELSEWHERE.match(value):
        return False
    return bool(_PASSWORD.search(name) or (_MAY_BE.search(name) and looks_generated(value)))
