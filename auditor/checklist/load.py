"""Checklists by name or path, as values: every key, type, threshold and fact checked."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

from auditor.checklist import tiers
from auditor.checklist.chain import Written, read_chain
from auditor.checklist.draft import ITEM, CategoryDraft, Draft, SectionDraft, draft
from auditor.checklist.features import feature_items
from auditor.checklist.requirement import Reader
from auditor.evaluate.criteria import derived_specs
from auditor.evaluate.matchers import with_unit
from auditor.evaluate.readiness import DEFAULT_LEVELS
from auditor.formats.text.config_text import Node
from auditor.model.item import (
    Category,
    Checklist,
    Criterion,
    Item,
    Section,
    Severity,
    Threshold,
    Tier,
)
from auditor.model.level import Level
from auditor.model.probe import FactSpec
from auditor.model.target import Feature
from auditor.settings import ChosenTier

DEFAULT_FLOORS = {
    Severity.BLOCKER: Level.REPORTED,
    Severity.CRITICAL: Level.EFFECTIVE,
    Severity.IMPORTANT: Level.DECLARED,
    Severity.NICE: Level.DECLARED,
}
_NO_TIER = Tier("", "")
_ID = re.compile(r"\w[\w.-]*")
_NAME = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def load_checklist(
    name: str,
    facts: Mapping[str, FactSpec],
    *,
    features: Iterable[Feature] = (),
    tier: ChosenTier | None = None,
    beside: Path | None = None,
    fence: Path | None = None,
) -> Checklist:
    """The checklist `name` over the vocabulary `facts`. Raises Mistake, naming the place."""
    files = read_chain(name, beside=beside, fence=fence)
    return checklist_from(files, facts, features=features, tier=tier)


def checklist_from(
    files: Sequence[Written],
    facts: Mapping[str, FactSpec],
    *,
    features: Iterable[Feature] = (),
    tier: ChosenTier | None = None,
) -> Checklist:
    """The checklist that a chain of files makes, over the vocabulary `facts`, for a service of `tier`
    (None: all of it applies). Raises Mistake.
    """
    return _Loader(draft(files), facts, tier).checklist(tuple(features))


def declared_tiers(name: str) -> tuple[Tier, ...]:
    """The tiers of a checklist, without looking at what its items ask. Raises Mistake."""
    whole = draft(read_chain(name))
    return tiers.made(whole.tiers, whole.known())


class _Loader:
    def __init__(
        self, made: Draft, facts: Mapping[str, FactSpec], tier: ChosenTier | None = None
    ) -> None:
        self._draft = made
        self._tiers = tiers.made(made.tiers, made.known())
        self._tier = tiers.chosen(self._tiers, tier, made.head["id"].text())
        self._facts = facts
        policy = made.policy
        self._thresholds = {key: _threshold(node) for key, node in policy["thresholds"].items()}
        self._reader = Reader(facts, self._thresholds)
        self._floors = DEFAULT_FLOORS | {
            Severity(key): _level(node) for key, node in policy["floors"].items()
        }
        self._weights = {
            Severity(key): _weight(node) for key, node in policy["severity_weights"].items()
        }
        self._seen: dict[str, Node] = {}

    def checklist(self, features: tuple[Feature, ...]) -> Checklist:
        head = self._draft.head
        categories = tuple(self._category(c, features) for c in self._draft.categories)
        levels = {key: _percent(node) for key, node in self._draft.policy["levels"].items()}
        made = Checklist(
            id=head["id"].text(),
            version=head["version"].text(),
            title=head["title"].text(),
            categories=categories,
            thresholds=self._thresholds,
            levels=DEFAULT_LEVELS | levels,
            rollup=head["rollup"].one_of(("mean", "weighted")) if "rollup" in head else "mean",
            digest=self._digest(),
            notes=_notes(categories),
            removed=self._draft.removed,
            extends=tuple(self._draft.parents),
            added=tuple(self._draft.added),
            changed={item: tuple(keys) for item, keys in self._draft.changed.items()},
            tiers=self._tiers,
            tier=self._tier.name if self._tier else "",
        )
        reader = Reader(
            {**self._facts, **{s.key: s for s in derived_specs(made)}}, self._thresholds
        )
        criteria = tuple(self._criterion(c, reader) for c in self._draft.criteria)
        return replace(made, criteria=criteria)

    def _digest(self) -> str:
        """Of the files, and of the tier: two services of different tiers are judged differently."""
        if self._tier is None:
            return self._draft.digest
        return hashlib.sha256(f"{self._draft.digest} {self._tier.name}".encode()).hexdigest()

    def _category(self, made: CategoryDraft, features: tuple[Feature, ...]) -> Category:
        head = made.head
        self._once(head["id"])
        return Category(
            id=head["id"].text(),
            number=head["number"].text(),
            title=head["title"].text(),
            weight=_weight(head["weight"]),
            sections=tuple(self._section(s, features) for s in made.sections),
        )

    def _section(self, made: SectionDraft, features: tuple[Feature, ...]) -> Section:
        head = made.head
        self._once(head["id"])
        generate = head["generate"].one_of(("features", "none")) if "generate" in head else "none"
        items = tuple(self._item(i) for i in made.items)
        if generate == "features":
            items = self._features(features, head) + items
        weight = _weight(head["weight"]) if "weight" in head else Fraction(1)
        if "rollup" in self._draft.head and self._draft.head["rollup"].value == "weighted":
            weight *= sum((i.weight for i in items), Fraction(0))
        return Section(
            id=head["id"].text(),
            number=head["number"].text(),
            title=head["title"].text(),
            items=items,
            weight=weight,
            generate=None if generate == "none" else generate,
        )

    def _features(
        self, features: tuple[Feature, ...], head: Mapping[str, Node]
    ) -> tuple[Item, ...]:
        made = feature_items(features, head["number"].text(), self._floors)
        for item in made:
            self._once(head["id"], item.id)
        return tuple(replace(i, weight=self._weights.get(i.severity, i.weight)) for i in made)

    def _item(self, keys: dict[str, Node], parent: Item | None = None) -> Item:
        self._once(keys["id"])
        name = keys["id"].text()
        tier = self._tier or _NO_TIER
        severity = tier.severities.get(name) or _severity(keys, parent)
        made = Item(
            id=name,
            number=keys["number"].text(),
            title=self._words(keys["title"]),
            open_title=self._words(keys.get("open_title")),
            severity=severity,
            weight=_weight(keys["weight"])
            if "weight" in keys
            else self._weights.get(severity, Fraction(1)),
            effort_h=keys["effort"].seconds() / 3600 if "effort" in keys else 0.0,
            when=self._reader.tree(keys["when"]) if "when" in keys else None,
            require=self._reader.tree(keys["require"]) if "require" in keys else None,
            floor=_level(keys["floor"]) if "floor" in keys else self._floors[severity],
            max_age_s=keys["max_age"].seconds() if "max_age" in keys else None,
            attestable=_level(keys["attestable"]) if "attestable" in keys else None,
            why=self._words(keys.get("why")),
            fix=self._words(keys.get("fix")),
            produce=self._words(keys.get("produce")),
            effective_from=_date(keys["effective_from"]) if "effective_from" in keys else "",
            fooled=self._words(keys.get("fooled")),
            stronger=self._words(keys.get("stronger")),
            left_out=tier.leaves_out.get(name, ""),
        )
        if "checks" not in keys:
            return made
        nodes = [
            n.mapping(ITEM, required=("id", "number", "title")) for n in keys["checks"].sequence()
        ]
        checks = tuple(self._item(n, made) for n in nodes)
        return replace(made, checks=checks)

    def _criterion(self, keys: dict[str, Node], reader: Reader) -> Criterion:
        self._once(keys["id"])
        return Criterion(
            id=keys["id"].text(),
            title=self._words(keys["title"]),
            require=reader.tree(keys["require"]) if "require" in keys else None,
            attestable=_level(keys["attestable"]) if "attestable" in keys else None,
        )

    def _once(self, node: Node, name: str | None = None) -> None:
        """Refuse an id that is there already, or none: waivers and attestations go by it."""
        name = node.text() if name is None else name
        if _ID.fullmatch(name) is None:
            raise node.mistake(f"{name!r} is no id: use letters, digits, - _ and dots.")
        if name in self._seen:
            first = self._seen[name]
            raise node.mistake(
                f"The id {name!r} is used twice; first in {first.file}, line {first.line}."
            )
        self._seen[name] = node

    def _words(self, node: Node | None) -> str:
        """A text with `{threshold}` shown as its number and unit."""
        if node is None:
            return ""

        def shown(match: re.Match[str]) -> str:
            threshold = self._thresholds.get(match[1])
            return with_unit(threshold.value, threshold.unit) if threshold else match[0]

        return _NAME.sub(shown, node.text())


def _date(node: Node) -> str:
    """A date as ISO 8601 writes it; one that cannot be read would never come into force."""
    text = node.text()
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise node.mistake(f"{text!r} is no date; write it as 2027-01-31.") from None


def _severity(keys: dict[str, Node], parent: Item | None) -> Severity:
    """The severity as written; a sub-item without one has its parent's."""
    if "severity" in keys:
        return Severity(keys["severity"].one_of(Severity))
    if parent is None:
        raise keys["id"].mistake(f"The item {keys['id'].text()} lacks the key 'severity'.")
    return parent.severity


def _threshold(node: Node) -> Threshold:
    keys = node.mapping(("value", "unit", "title"), required=("value", "unit"))
    title = keys["title"].text() if "title" in keys else ""
    return Threshold(keys["value"].number(), keys["unit"].text(), title)


def _level(node: Node) -> Level:
    """A level that may pass an item: what is only claimed never does."""
    return Level(node.one_of([level for level in Level if level is not Level.CLAIMED]))


def _percent(node: Node) -> float:
    number = node.number()
    if not 0 < number <= 100:
        raise node.mistake(f"{node.name} should be above 0 and at most 100, in percent.")
    return number


def _weight(node: Node) -> Fraction:
    number = node.number()
    if number <= 0:
        raise node.mistake(
            f"{node.name} should be above 0; remove the item instead, with a reason."
        )
    return Fraction(str(number))


def _notes(categories: tuple[Category, ...]) -> tuple[str, ...]:
    total = sum((c.weight for c in categories), Fraction(0))
    if total == 100:
        return ()
    return (
        f"The weights of the categories add up to {float(total):g}, not 100; they are normalised.",
    )
