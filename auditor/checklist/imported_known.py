"""The items that the auditor can decide already, as an imported checklist borrows them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

from auditor.checklist.chain import read_chain
from auditor.checklist.draft import Draft, draft
from auditor.checklist.imported_binding import Matcher
from auditor.checklist.imported_words import names, split, synonyms
from auditor.checklist.shipped import checklist_names
from auditor.evaluate.matchers import with_unit
from auditor.formats.text.config_text import Node
from auditor.model.item import Severity
from auditor.model.level import Level

_BORROWED = (
    "effort",
    "when",
    "require",
    "max_age",
    "attestable",
    "why",
    "fix",
    "produce",
    "fooled",
    "stronger",
)
_USED = re.compile(r"\$([a-z][a-z0-9_]*)|\{([a-z][a-z0-9_]*)\}")
_NAME = re.compile(r"\{([a-z][a-z0-9_]*)\}")


@dataclass(frozen=True, slots=True)
class KnownItem:
    """An item of a shipped checklist: `keys` are what an importer copies, as plain values."""

    id: str
    number: str
    title: str
    severity: Severity
    floor: Level
    keys: dict[str, Any]
    checks: tuple[KnownItem, ...] = ()

    @property
    def decided(self) -> bool:
        """Whether evidence decides it, and not a person alone."""
        return "require" in self.keys or any(check.decided for check in self.checks)


@dataclass(frozen=True, slots=True)
class Known:
    """All known items by id, thresholds and criteria as written, and a matcher for items and categories."""

    items: dict[str, KnownItem]
    thresholds: dict[str, Any]
    criteria: tuple[dict[str, Any], ...]
    matcher: Matcher
    category_matcher: Matcher
    levels: dict[str, Any]


@lru_cache(maxsize=1)
def known() -> Known:
    """What the shipped checklists hold together; of an id in two, the first. Raises Mistake."""
    items, thresholds, levels = dict[str, KnownItem](), dict[str, Any](), dict[str, Any]()
    criteria: dict[str, dict[str, Any]] = {}
    categories: dict[str, str] = {}
    for name in checklist_names():
        made = draft(read_chain(name))
        thresholds = {k: _plain(n) for k, n in made.policy["thresholds"].items()} | thresholds
        levels = levels or {k: _plain(n) for k, n in made.policy["levels"].items()}
        for item in _items(made, thresholds):
            items.setdefault(item.id, item)
        for category in made.categories:
            categories.setdefault(category.head["id"].text(), category.head["title"].text())
        for criterion in made.criteria:
            id_ = criterion["id"].text()
            criteria.setdefault(id_, {k: _plain(n) for k, n in criterion.items()})
    called = names()
    every = [one for item in items.values() for one in (item, *item.checks)]
    titles = {one.id: (one.title, *called.get(one.id, ())) for one in every}
    heads = {id_: (title, *called.get(id_, ())) for id_, title in categories.items()}
    return Known(
        {one.id: one for one in every},
        thresholds,
        tuple(criteria.values()),
        Matcher(titles, synonyms()),
        Matcher(heads, synonyms()),
        levels,
    )


def used_thresholds(text: str, thresholds: dict[str, Any]) -> dict[str, Any]:
    """The thresholds that a text of YAML names as `$name` or `{name}`."""
    found = {one for pair in _USED.findall(text) for one in pair if one}
    return {name: value for name, value in thresholds.items() if name in found}


def as_yaml(value: object, margin: str) -> str:
    """A value as YAML, each line behind `margin`; texts of several lines keep them."""
    text = yaml.dump(
        value,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=96,
        default_flow_style=None,
    )
    return "".join(f"{margin}{line}\n" if line else "\n" for line in text.rstrip("\n").split("\n"))


def same_words(one: str, other: str) -> bool:
    """Whether two titles hold the same words."""
    return split(one) == split(other)


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks, and everything else as usual."""


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def _items(made: Draft, thresholds: dict[str, Any]) -> Iterator[KnownItem]:
    floors = {Severity(key): Level(node.text()) for key, node in made.policy["floors"].items()}
    for category in made.categories:
        for section in category.sections:
            for item in section.items:
                yield _item(item, floors, thresholds, None)


def _item(
    keys: dict[str, Node],
    floors: dict[Severity, Level],
    thresholds: dict[str, Any],
    parent: Severity | None,
) -> KnownItem:
    said = keys["severity"].text() if "severity" in keys else None
    severity = Severity(said) if said else parent or Severity.IMPORTANT
    floor = Level(keys["floor"].text()) if "floor" in keys else floors.get(severity, Level.DECLARED)
    nodes: Iterable[Node] = keys["checks"].sequence() if "checks" in keys else ()
    return KnownItem(
        keys["id"].text(),
        keys["number"].text(),
        _shown(keys["title"].text(), thresholds),
        severity,
        floor,
        {key: _plain(keys[key]) for key in _BORROWED if key in keys},
        tuple(_item(node.mapping(), floors, thresholds, severity) for node in nodes),
    )


def _shown(title: str, thresholds: dict[str, Any]) -> str:
    def number(match: re.Match[str]) -> str:
        found = thresholds.get(match[1])
        return with_unit(found["value"], found["unit"]) if found else match[0]

    return _NAME.sub(number, title)


def _plain(node: Node) -> Any:
    """A node's value as YAML may write it again: no subclasses of the loader's own."""
    return _copied(node.value)


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _copied(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_copied(v) for v in value]
    if isinstance(value, str):
        return str(value).rstrip() if "\n" in value else str(value)
    return value
