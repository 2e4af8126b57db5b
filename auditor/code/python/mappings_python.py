"""Mappings as Python writes them: dictionaries, calls of dict, and what is changed in them later."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ast_grep_py import SgNode

from auditor.code.kinds import nodes
from auditor.code.lexical.conditions import Default, conditions, in_production
from auditor.code.logs.log_config import Unread, Written
from auditor.code.reach.flow import called_name, choices
from auditor.code.scan import qualified
from auditor.code.topics.environment import literal


@dataclass(frozen=True, slots=True)
class Mappings:
    """Reads the dictionaries of one file; `names` are its imports."""

    root: SgNode
    names: dict[str, str]
    default: Default

    def read(self, node: SgNode) -> Written:
        """The value of an expression, as far as it is written there."""
        kind = node.kind()
        if kind == "string":
            said = literal(node.text())
            return said if said is not None else Unread(node.text())
        if kind == "dictionary":
            return {literal(k) or k.strip("\"'"): self.read(v) for k, v in _pairs(node, "key")}
        if kind == "call" and called_name(node) == "dict":
            given = node.field("arguments")
            return {k: self.read(v) for k, v in _pairs(given, "name")} if given is not None else {}
        if kind in ("list", "tuple"):
            return [self.read(c) for c in node.children() if c.is_named() and c.kind() != "comment"]
        return self._chosen(node)

    def _chosen(self, node: SgNode) -> Written:
        found = choices(node, self.root, self.default)
        if (
            len(found) == 1
            and found[0][1]
            and found[0][0].kind() in ("dictionary", "list", "string")
        ):
            return self.read(found[0][0])
        texts = [(s, sure) for one, sure in found if (s := literal(one.text())) is not None]
        whole = len(texts) == len(found)
        return Unread(
            qualified("".join(node.text().split()), self.names),
            tuple(t for t, sure in texts if sure and whole),
            tuple(t for t, sure in texts if not (sure and whole)),
        )

    def patch(self, name: str, value: dict[str, Written]) -> None:
        """Do what production does later to a dictionary: `LOGGING["handlers"]["a"]["formatter"] = "b"`."""
        for node in nodes(self.root, ("assignment",)):
            left, right = node.field("left"), node.field("right")
            if (
                left is None
                or right is None
                or left.kind() != "subscript"
                or not left.text().startswith(f"{name}[")
            ):
                continue
            keys = re.findall(r"\[\s*[\"']([^\"']+)[\"']\s*\]", left.text())
            sense = in_production(conditions(node), self.default)
            inner: Written = value
            for key in keys[:-1]:
                inner = inner.get(key) if isinstance(inner, dict) else None
            if isinstance(inner, dict) and keys and sense is not False:
                new = self.read(right)
                inner[keys[-1]] = (
                    new if sense else Unread("", (), (str(new), str(inner.get(keys[-1]))))
                )


def _pairs(node: SgNode, key: str) -> Iterator[tuple[str, SgNode]]:
    for child in node.children():
        name, value = child.field(key), child.field("value")
        if name is not None and value is not None:
            yield name.text(), value
