"""A checklist as written, after `extends`, `override`, `remove` and `add`: still nodes with places."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from auditor.checklist.shipped import checklist_names, config_folder
from auditor.formats.config_text import Mistake, Node, nearest, read

HEAD = (
    "id",
    "version",
    "title",
    "description",
    "floors",
    "severity_weights",
    "rollup",
    "levels",
    "thresholds",
)
DERIVED = ("extends", "override", "remove", "add", "sections", "criteria")
ITEM = ("id", "number", "title", "open_title", "severity", "weight", "effort", "when", "require", "floor",
        "max_age", "attestable", "why", "fix", "produce", "checks")  # fmt: skip
SECTION = ("id", "number", "title", "weight", "generate", "items")
CATEGORY = ("id", "number", "title", "weight", "sections")
_DEPTH = 8


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
    thresholds: dict[str, Node] = field(default_factory=dict)
    categories: list[CategoryDraft] = field(default_factory=list)
    criteria: list[dict[str, Node]] = field(default_factory=list)
    removed: dict[str, str] = field(default_factory=dict)
    digest: str = ""

    def sections(self) -> dict[str, SectionDraft]:
        """Sections by id."""
        return {s.head["id"].text(): s for c in self.categories for s in c.sections}


def draft(
    name: str, *, beside: Path | None = None, fence: Path | None = None, depth: int = 0
) -> Draft:
    """Read the checklist `name`: a shipped name, or the path of a YAML file (relative to `beside`).

    A checklist named by the target itself is only read from inside `fence`. Raises Mistake.
    """
    path = _locate(name, beside, fence)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Mistake(name, f"The checklist cannot be read: {error.strerror}.") from None
    node = read(data, _shown(path))
    entries = node.mapping()
    if "extends" not in entries:
        made = _whole(node)
        made.digest = hashlib.sha256(data).hexdigest()
        return made
    if depth >= _DEPTH:
        raise entries["extends"].mistake(f"Checklists extend each other more than {_DEPTH} times.")
    parent = draft(entries["extends"].text(), beside=path.parent, fence=fence, depth=depth + 1)
    digest = hashlib.sha256(parent.digest.encode() + data).hexdigest()
    _derive(parent, node)
    parent.digest = digest
    return parent


def _locate(name: str, beside: Path | None, fence: Path | None) -> Path:
    if name in checklist_names():
        return config_folder() / "checklists" / f"{name}.yaml"
    path = Path(name) if beside is None else beside / name
    if fence is not None and not path.resolve().is_relative_to(fence.resolve()):
        raise Mistake(name, "A checklist that the repository names must lie inside the repository.")
    if path.is_file():
        return path
    shipped = ", ".join(checklist_names())
    near = nearest(name, checklist_names())
    raise Mistake(name, f"No checklist of that name or path.{near} Shipped: {shipped}.")


def _shown(path: Path) -> str:
    """The path as the user knows it; shipped files without the place of the installation."""
    shipped = config_folder()
    return f"config/{path.relative_to(shipped)}" if path.is_relative_to(shipped) else str(path)


def _whole(node: Node) -> Draft:
    entries = node.mapping(
        {*HEAD, "categories", "criteria"}, required=("id", "version", "title", "categories")
    )
    made = Draft(node, {k: v for k, v in entries.items() if k in HEAD and k != "thresholds"})
    made.thresholds = entries["thresholds"].mapping() if "thresholds" in entries else {}
    made.categories = [_category(n) for n in entries["categories"].sequence()]
    made.criteria = _criteria(entries)
    return made


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
    parent.head |= {k: v for k, v in entries.items() if k in HEAD and k != "thresholds"}
    if "thresholds" in entries:
        parent.thresholds |= entries["thresholds"].mapping()
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
