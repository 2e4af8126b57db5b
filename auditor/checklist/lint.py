"""Advice on a checklist that loads: what is legal, and probably not meant."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.checklist.features import UNDECLARED
from auditor.model.item import Checklist, Item


def advice(made: Checklist) -> list[str]:
    """Sentences about gaps: items nothing can pass, missing texts, double numbers, odd weights, tiers
    that say nothing or contradict themselves."""
    items = (s for item in made.items() for s in _item(item))
    return [*made.notes, *_numbers(made), *_tiers(made), *items]


def _tiers(made: Checklist) -> Iterator[str]:
    severities = {item.id: item.severity for item in made.items()}
    for tier in made.tiers:
        if not tier.leaves_out and not tier.severities and not tier.description:
            yield f"The tier {tier.name} changes nothing and has no `description` that says so."
        if made.items() and set(severities) <= set(tier.leaves_out):
            yield f"The tier {tier.name} leaves out every item, so nothing is asked of its services."
        for item, severity in tier.severities.items():
            if item in tier.leaves_out:
                yield f"The tier {tier.name} leaves out {item}, so its severity there means nothing."
            elif severities.get(item) is severity and tier.name != made.tier:
                yield f"The tier {tier.name} gives {item} the severity {severity.value}, which it has already."


def _numbers(made: Checklist) -> Iterator[str]:
    seen: dict[str, str] = {}
    for item in made.items():
        if item.number in seen:
            yield f"{item.id} and {seen[item.number]} have the same number {item.number}."
        seen.setdefault(item.number, item.id)


def _item(item: Item) -> Iterator[str]:
    undecided = item.require is None and item.attestable is None and not item.checks
    if undecided and item.id != UNDECLARED:
        yield f"{item.id}: nothing can pass it: it has neither a requirement nor `attestable`."
    if (
        item.require is None
        and item.attestable is not None
        and item.attestable.rank < item.floor.rank
    ):
        yield (
            f"{item.id}: an attestation counts up to {item.attestable.value}, below its floor"
            f" {item.floor.value}, so nothing can pass it."
        )
    for name in ("why", "fix", "produce"):
        if not getattr(item, name) and not item.checks:
            yield f"{item.id}: it has no `{name}`."
    for check in item.checks:
        yield from _item(check)
