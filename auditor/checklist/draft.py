"""A checklist as written, after `extends`, `override`, `remove` and `add`: still nodes with places."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from auditor.checklist.shipped import checklist_names, config_folder
from auditor.evaluate.readiness import DEFAULT_LEVELS
from auditor.formats.config_text import Mistake, Node, nearest, read
from auditor.model.item import Severity

POLICY: dict[str, tuple[str, ...] | None] = {
    "floors": tuple(Severity),
    "severity_weights": tuple(Severity),
    "levels": tuple(DEFAULT_LEVELS),
    "thresholds": None,
}
"""Tables of the head and their keys (None: any): a derived checklist changes single entries."""
HEAD = ("id", "version", "title", "description", "rollup", *POLICY)
DERIVED = ("extends", "override", "remove", "add", "sections", "criteria")
ITEM = ("id", "number", "title", "open_title", "severity", "weight", "effort", "when", "require", "floor",
        "max_age", "attestable", "why", "fix", "produce", "checks")  # fmt: skip
SECTION = ("id", "number", "title", "weight", "generate", "items")
CATEGORY = ("id", "number", "title", "weight", "sections")
_DEPTH = 8
_SIZE = 10_000_000


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
    """A whole checklist before its values are read. `digest` covers every file that went into it."""

    node: Node
    head: dict[str, Node] = field(default_factory=dict)
    policy: dict[str, dict[str, Node]] = field(default_factory=lambda: {k: {} for k in POLICY})
    categories: list[CategoryDraft] = field(default_factory=list)
    criteria: list[dict[str, Node]] = field(default_factory=list)
    removed: dict[str, str] = field(default_factory=dict)
    digest: str = ""

    def sections(self) -> dict[str, SectionDraft]:
        """Sections by id."""
        return {s.head["id"].text(): s for c in self.categories for s in c.sections}


def draft(name: str, *, beside: Path | None = None, fence: Path | None = None) -> Draft:
    """Read the checklist `name`: a shipped name, or the path of a YAML file (relative to `beside`).

    A checklist named by the target itself is only read from inside `fence`. Raises Mistake.
    """
    return _draft(name, _Place(beside, fence), None, 0)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the path of a checklist starts, and the folder that it must stay inside."""

    beside: Path | None
    fence: Path | None


def _draft(name: str, place: _Place, said: Node | None, depth: int) -> Draft:
    """`said` is the `extends` that names the checklist, where one does."""
    path = _locate(name, place, said)
    try:
        with path.open("rb") as file:
            data = file.read(_SIZE + 1)
    except OSError as error:
        raise _unknown(name, said, f"The checklist cannot be read: {error.strerror}.") from None
    node = read(data, _shown(path))
    entries = node.mapping()
    if "extends" not in entries:
        made = _whole(node)
        made.digest = hashlib.sha256(data).hexdigest()
        return made
    if depth >= _DEPTH:
        raise entries["extends"].mistake(f"Checklists extend each other more than {_DEPTH} times.")
    beside = _Place(path.parent, place.fence)
    parent = _draft(entries["extends"].text(), beside, entries["extends"], depth + 1)
    digest = hashlib.sha256(parent.digest.encode() + data).hexdigest()
    _derive(parent, node)
    parent.digest = digest
    return parent


def _locate(name: str, place: _Place, said: Node | None) -> Path:
    if name in checklist_names():
        return config_folder() / "checklists" / f"{name}.yaml"
    path = Path(name) if place.beside is None else place.beside / name
    try:
        inside = place.fence is None or path.resolve().is_relative_to(place.fence.resolve())
        there = inside and path.is_file()
    except (OSError, ValueError, RuntimeError):  # no path at all, or a loop of links
        inside, there = True, False
    if not inside:
        message = "A checklist that the repository names must lie inside the repository."
        raise _unknown(name, said, message)
    if there:
        return path
    shipped = ", ".join(checklist_names())
    near = nearest(name, checklist_names())
    raise _unknown(name, said, f"No checklist of that name or path.{near} Shipped: {shipped}.")


def _unknown(name: str, said: Node | None, message: str) -> Mistake:
    return Mistake(name, message) if said is None else said.mistake(f"extends {name!r}: {message}")


def _shown(path: Path) -> str:
    """The path as the user knows it; shipped files without the place of the installation."""
    shipped = config_folder()
    return f"config/{path.relative_to(shipped)}" if path.is_relative_to(shipped) else str(path)


def _whole(node: Node) -> Draft:
    entries = node.mapping(
        {*HEAD, "categories", "criteria"}, required=("id", "version", "title", "categories")
    )
    made = Draft(node)
    _take_head(made, entries)
    made.categories = [_category(n) for n in entries["categories"].sequence()]
    made.criteria = _criteria(entries)
    return made


def _take_head(made: Draft, entries: dict[str, Node]) -> None:
    made.head |= {k: v for k, v in entries.items() if k in HEAD and k not in POLICY}
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
    _take_head(parent, entries)
    if "sections" in entries:
        for key, entry in entries["sections"].mapping().items():
            _replace_section(_known_section(parent, key, entry), entry)
    if "add" in entries:
        for key, entry in entries["add"].mapping().items():
            _known_section(parent, key, entry).items.extend(_items(entry))
    if "override" in entries:
        for key, entry in entries["override"].mapping().items():
            _known_item(parent, key, entry).update(entry.mapping(set(ITEM) - {"id"}))
    if "remove" in entries:
        _remove(parent, entries["remove"])
    parent.criteria += _criteria(entries)


def _replace_section(section: SectionDraft, node: Node) -> None:
    head = node.mapping(set(SECTION) - {"id", "number"})
    section.head.update({k: v for k, v in head.items() if k != "items"})
    if "items" in head:
        section.items = _items(head["items"])


def _remove(parent: Draft, node: Node) -> None:
    for key, entry in node.mapping().items():
        _known_item(parent, key, entry)
        reason = entry.text()
        if not reason:
            raise entry.mistake(f"Removing {key} needs a reason.")
        for section in parent.sections().values():
            section.items[:] = [i for i in section.items if i["id"].text() != key]
        parent.removed[key] = reason


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
