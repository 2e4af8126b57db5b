"""Resources of a Terraform file with what their attributes are once the defaults of variables are put in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.formats.terraform import hcl_text
from auditor.formats.terraform.hcl_text import Block, Body, Expression, HclValue, Object

_VARIABLE = re.compile(r"\$\{var\.([\w-]+)\}")
_OFF = ("false", "0")


@dataclass(frozen=True, slots=True)
class Made:
    """One resource; `made` is false where `count = 0` says that there is none of it."""

    kind: str
    name: str
    line: int | None
    body: Body
    known: dict[str, HclValue]

    @property
    def made(self) -> bool:
        """Whether it is made at all, as far as is written."""
        return self.value("count") not in (0, False)

    def value(self, name: str, *below: str) -> HclValue:
        """An attribute, or that of a block or object below; a variable stands for its default."""
        return self._resolved(_dig(self.body, (name, *below)))

    def text(self, name: str, *below: str) -> str:
        """The same as a text: an expression as it is written, "" where nothing is."""
        found = self.value(name, *below)
        if isinstance(found, Expression):
            return _VARIABLE.sub(self._put_in, found.text).strip('"')
        return "" if found is None or isinstance(found, tuple | Object) else str(found)

    def _put_in(self, found: re.Match[str]) -> str:
        known = self.known.get(found[1])
        return known if isinstance(known, str) else found[0]

    def _resolved(self, value: HclValue) -> HclValue:
        if isinstance(value, Expression) and value.text.startswith("var."):
            return self.known.get(value.text.removeprefix("var."), value) or value
        return value


def _dig(body: Body, path: tuple[str, ...]) -> HclValue:
    first, *rest = path
    value = body.value(first)
    if not rest:
        return value
    if isinstance(value, Object):
        for key in rest:
            value = value.get(key) if isinstance(value, Object) else None
        return value
    inner = next(body.of(first), None)
    return None if inner is None else _dig(inner.body, tuple(rest))


def resources(data: bytes, *, path: str) -> Iterator[Made]:
    """Every resource of a file. Raises Malformed and TooLarge."""
    body = hcl_text.read(data, path=path)
    known = {b.labels[0]: b.body.value("default") for b in body.of("variable") if b.labels}
    return (_made(block, known) for block in body.of("resource") if len(block.labels) == 2)


def _made(block: Block, known: dict[str, HclValue]) -> Made:
    return Made(block.labels[0], block.labels[1], block.line, block.body, known)
