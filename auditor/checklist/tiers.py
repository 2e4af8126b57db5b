"""Tiers: what a checklist leaves out, and what blocks, for services on which less depends.

A tier is chosen in auditor.yaml and nowhere else: no evidence, present or lost, can change it. What it
leaves out is not applicable with the reason that the checklist gives, never gone.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from auditor.formats.text.config_text import Mistake, Node, nearest
from auditor.model.item import Severity, Tier
from auditor.settings import ChosenTier

KEYS = ("title", "description", "leave_out", "severities")
_NAME = re.compile(r"\w[\w.-]*")


@dataclass(slots=True)
class TierDraft:
    """A tier as written, over all files of a chain. `leave_out` may name sections and categories."""

    head: dict[str, Node] = field(default_factory=dict)
    leave_out: dict[str, Node] = field(default_factory=dict)
    severities: dict[str, Node] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Known:
    """The ids that a tier may name: items, and groups (sections and categories) with their items."""

    items: Collection[str]
    groups: Mapping[str, tuple[str, ...]]


def take(tiers: dict[str, TierDraft], node: Node, known: Known) -> None:
    """Add what a file's `tiers` says to what its parents say; single entries change. Raises Mistake."""
    for name, entry in node.mapping().items():
        if _NAME.fullmatch(name) is None:
            raise entry.key_mistake(f"{name!r} is no name: use letters, digits, - _ and dots.")
        keys = entry.mapping(KEYS, required=() if name in tiers else ("title",))
        made = tiers.setdefault(name, TierDraft())
        made.head |= {k: v for k, v in keys.items() if k in ("title", "description")}
        if "leave_out" in keys:
            found = keys["leave_out"].mapping()
            for key, reason in found.items():
                _check(key, reason, (*known.items, *known.groups), "item, section or category")
                if not reason.text():
                    raise reason.mistake(f"Leaving out {key} needs a reason.")
            made.leave_out |= found
        if "severities" in keys:
            found = keys["severities"].mapping()
            for key, severity in found.items():
                _check(key, severity, known.items, "item")
                severity.one_of(Severity)
            made.severities |= found


def _check(key: str, node: Node, known: Collection[str], what: str) -> None:
    if key not in known:
        raise node.key_mistake(f"No {what} is called {key!r}.{nearest(key, known)}")


def made(tiers: Mapping[str, TierDraft], known: Known) -> tuple[Tier, ...]:
    """The tiers as values, by items alone; what a derived checklist has removed is no part of them."""
    return tuple(_made(name, one, known) for name, one in tiers.items())


def _made(name: str, draft: TierDraft, known: Known) -> Tier:
    leaves_out: dict[str, str] = {}
    for key, reason in draft.leave_out.items():
        for item in known.groups.get(key, ()):
            leaves_out[item] = reason.text()
    # What is said of an item itself tells more than what is said of all in its section.
    leaves_out |= {k: n.text() for k, n in draft.leave_out.items() if k in known.items}
    return Tier(
        name=name,
        title=draft.head["title"].text(),
        description=draft.head["description"].text() if "description" in draft.head else "",
        leaves_out=leaves_out,
        severities={
            key: Severity(node.one_of(Severity))
            for key, node in draft.severities.items()
            if key in known.items
        },
    )


def chosen(tiers: Iterable[Tier], choice: ChosenTier | None, checklist: str) -> Tier | None:
    """The tier that a service says it has, None where it says none. Raises Mistake, at its place."""
    if choice is None:
        return None
    known = {tier.name: tier for tier in tiers}
    if choice.name in known:
        return known[choice.name]
    if not known:
        said = f"tier: the checklist {checklist} declares no tiers. Leave the key out."
    else:
        near = nearest(choice.name, known)
        said = f"tier: the checklist {checklist} has no tier {choice.name!r}.{near} Declared: {', '.join(known)}."
    raise Mistake(choice.file, said, choice.line, choice.column)
