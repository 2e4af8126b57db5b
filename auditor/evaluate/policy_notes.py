"""How a checklist differs from the one that it is derived from, in sentences that every report shows."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.model.item import Checklist

_MOST = 12


def policy_notes(made: Checklist) -> Iterator[str]:
    """What was changed and removed, and what the service's tier leaves out or judges otherwise.

    A checklist that only adds items needs no sentence: they are there to be seen.
    """
    if made.changed or made.removed:
        yield f"The checklist {made.id} extends {made.extends[-1]}: {_differences(made)}."
    tier = next((t for t in made.tiers if t.name == made.tier), None)
    if tier is None:
        return
    out = [f"{item}: {reason}" for item, reason in tier.leaves_out.items()]
    other = [f"{item} is {severity.value}" for item, severity in tier.severities.items()]
    told = [f"{_items(len(out))} left out" if out else "nothing is left out"]
    told += [f"of another severity: {_listed(other)}"] if other else []
    yield f"The service is of tier {tier.name} ({tier.title}): {'; '.join(told)}."


def _differences(made: Checklist) -> str:
    parts = []
    if made.added:
        parts.append(f"{_items(len(made.added))} added")
    if made.changed:
        told = [f"{item} ({_keys(keys)})" for item, keys in made.changed.items()]
        parts.append(f"{_items(len(told))} changed: {_listed(told)}")
    if made.removed:
        told = [f"{item} ({reason.rstrip('.')})" for item, reason in made.removed.items()]
        parts.append(f"{_items(len(told))} removed: {_listed(told)}")
    return "; ".join(parts)


def _keys(keys: tuple[str, ...]) -> str:
    return ", ".join(keys) if len(keys) <= 4 else "rewritten"


def _listed(entries: list[str]) -> str:
    more = len(entries) - _MOST
    return ", ".join(entries[:_MOST]) + (f" and {more} more" if more > 0 else "")


def _items(number: int) -> str:
    return f"{number} item" if number == 1 else f"{number} items"
