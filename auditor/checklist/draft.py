"""A checklist as written, after `extends`, `override`, `remove` and `add`: still nodes with places."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from auditor.checklist.chain import Written
from auditor.checklist.tiers import Known, TierDraft, take
from auditor.evaluate.readiness import DEFAULT_LEVELS
from auditor.formats.text.config_text import Node, nearest, read
from auditor.model.item import Severity

POLICY: dict[str, tuple[str, ...] | None] = {
    "floors": tuple(Severity),
    "severity_weights": tuple(Severity),
    "levels": tuple(DEFAULT_LEVELS),
    "thresholds": None,
}
"""Tables of the head and their keys (None: any): a derived checklist changes single entries."""
HEAD = ("id", "version", "title", "description", "rollup", "tiers", *POLICY)
DERIVED = ("extends", "override", "remove", "add", "sections", "criteria")
ITEM = ("id", "number", "title", "open_title", "severity", "weight", "effort", "when", "require", "floor",
        "max_age", "attestable", "why", "fix", "produce", "fooled", "stronger", "checks",
        "effective_from")  # fmt: skip
SECTION = ("id", "number", "title", "weight", "generate", "items")
CATEGORY = ("id", "number", "title", "weight", "sections")


@dataclass(slots=True)
class SectionDraft:
    """A section's head and its items, each a mapping of key to node."""

    node: Node
    head: dict[str, Node]
    items: list[dict[str, Node]]


@dataclass(slots=True)
class CategoryDraft:
    """A category's head and its sections."""

    head: dict[str, Node]
    sections: list[SectionDraft]


@dataclass(slots=True)
class Draft:
    """A whole checklist before its values are read. `digest` covers every file that went into it.

    `parents` are the checklists that it is derived from, nearest first; `changed` is item id → keys.
    """

    node: Node
    head: dict[str, Node] = field(default_factory=dict)
    policy: dict[str, dict[str, Node]] = field(default_factory=lambda: {k: {} for k in POLICY})
    categories: list[CategoryDraft] = field(default_factory=list)
    criteria: list[dict[str, Node]] = field(default_factory=list)
    removed: dict[str, str] = field(default_factory=dict)
    added: list[str] = field(default_factory=list)
    changed: dict[str, list[str]] = field(default_factory=dict)
    parents: list[str] = field(default_factory=list)
    tiers: dict[str, TierDraft] = field(default_factory=dict)
    digest: str = ""

    def sections(self) -> dict[str, SectionDraft]:
        """Sections by id."""
        return {s.head["id"].text(): s for c in self.categories for s in c.sections}

    def known(self) -> Known:
        """What a tier may name."""
        groups = {name: _ids(section) for name, section in self.sections().items()}
        for category in self.categories:
            groups[category.head["id"].text()] = tuple(
                i for s in category.sections for i in _ids(s)
            )
        return Known([i for s in self.sections().values() for i in _ids(s)], groups)


def _ids(section: SectionDraft) -> tuple[str, ...]:
    return tuple(item["id"].text() for item in section.items)


def draft(files: Sequence[Written]) -> Draft:
    """The checklist that a chain of files makes, the derived one first. Raises Mistake."""
    *derived, root = files
    made = _whole(read(root.data, root.place))
    made.digest = hashlib.sha256(root.data).hexdigest()
    for file in reversed(derived):
        _derive(made, read(file.data, file.place))
        made.digest = hashlib.sha256(made.digest.encode() + file.data).hexdigest()
    return made


def _whole(node: Node) -> Draft:
    entries = node.mapping(
        {*HEAD, "categories", "criteria"}, required=("id", "version", "title", "categories")
    )
    made = Draft(node)
    _take_head(made, entries)
    made.categories = [_category(n) for n in entries["categories"].sequence()]
    made.criteria = _criteria(entries)
    if "tiers" in entries:
        take(made.tiers, entries["tiers"], made.known())
    return made


def _take_head(made: Draft, entries: dict[str, Node]) -> None:
    made.head |= {k: v for k, v in entries.items() if k in HEAD and k not in (*POLICY, "tiers")}
    for name, keys in POLICY.items():
        if name in entries:
            made.policy[name] |= entries[name].mapping(keys)


def _category(node: Node) -> CategoryDraft:
    head = node.mapping(CATEGORY, required=("id", "number", "title", "weight", "sections"))
    return CategoryDraft(head, [_section(n) for n in head["sections"].sequence()])


def _section(node: Node) -> SectionDraft:
    head = node.mapping(SECTION, required=("id", "number", "title"))
    return SectionDraft(node, head, _items(head.get("items")))


def _items(node: Node | None) -> list[dict[str, Node]]:
    return (
        [n.mapping(ITEM, required=("id", "number", "title")) for n in node.sequence()]
        if node
        else []
    )


def _criteria(entries: dict[str, Node]) -> list[dict[str, Node]]:
    if "criteria" not in entries:
        return []
    allowed = ("id", "title", "require", "attestable")
    return [n.mapping(allowed, required=("id", "title")) for n in entries["criteria"].sequence()]


def _derive(parent: Draft, node: Node) -> None:
    """Change `parent` in place as a derived checklist says."""
    entries = node.mapping({*HEAD, *DERIVED})
    parent.node = node
    parent.parents.insert(0, f"{parent.head['id'].text()} {parent.head['version'].text()}")
    _take_head(parent, entries)
    if "sections" in entries:
        for key, entry in entries["sections"].mapping().items():
            _replace_section(parent, _known_section(parent, key, entry), entry)
    if "add" in entries:
        for key, entry in entries["add"].mapping().items():
            section, found = _known_section(parent, key, entry), _items(entry)
            section.items.extend(found)
            _count_added(parent, found)
    if "override" in entries:
        for key, entry in entries["override"].mapping().items():
            item, changes = _known_item(parent, key, entry), entry.mapping(set(ITEM) - {"id"})
            item.update(changes)
            _count_changed(parent, key, changes)
    if "remove" in entries:
        _remove(parent, entries["remove"])
    if "tiers" in entries:
        take(parent.tiers, entries["tiers"], parent.known())
    parent.criteria += _criteria(entries)


def _count_added(parent: Draft, items: Sequence[dict[str, Node]]) -> None:
    for name in (item["id"].text() for item in items):
        parent.removed.pop(name, None)
        parent.added.append(name)


def _count_changed(parent: Draft, item: str, keys: Iterable[str]) -> None:
    """What an own item of a derived checklist is made of is no change of anybody else's."""
    if item not in parent.added:
        known = parent.changed.setdefault(item, [])
        known += [key for key in keys if key not in known]


def _count_removed(parent: Draft, item: str, reason: str) -> None:
    parent.changed.pop(item, None)
    if item in parent.added:
        parent.added.remove(item)
    else:
        parent.removed[item] = reason


def _replace_section(parent: Draft, section: SectionDraft, node: Node) -> None:
    head = node.mapping(set(SECTION) - {"id", "number"})
    section.head.update({k: v for k, v in head.items() if k != "items"})
    if "items" not in head:
        return
    before, section.items = _ids(section), _items(head["items"])
    after = _ids(section)
    for item in before:
        if item in after:
            _count_changed(parent, item, ITEM[1:])
        else:
            reason = f"the section {section.head['id'].text()} was written anew without it"
            _count_removed(parent, item, reason)
    _count_added(parent, [i for i in section.items if i["id"].text() not in before])


def _remove(parent: Draft, node: Node) -> None:
    for key, entry in node.mapping().items():
        _known_item(parent, key, entry)
        reason = entry.text()
        if not reason:
            raise entry.mistake(f"Removing {key} needs a reason.")
        for section in parent.sections().values():
            section.items[:] = [i for i in section.items if i["id"].text() != key]
        _count_removed(parent, key, reason)


def _known_section(parent: Draft, key: str, node: Node) -> SectionDraft:
    sections = parent.sections()
    if key not in sections:
        raise node.key_mistake(f"No section is called {key!r}.{nearest(key, sections)}")
    return sections[key]


def _known_item(parent: Draft, key: str, node: Node) -> dict[str, Node]:
    items = {i["id"].text(): i for s in parent.sections().values() for i in s.items}
    if key not in items:
        raise node.key_mistake(f"No item is called {key!r}.{nearest(key, items)}")
    return items[key]
