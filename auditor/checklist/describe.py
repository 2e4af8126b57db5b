"""Checklists and items as text for people, and as plain values for programs."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from enum import Enum
from fractions import Fraction
from textwrap import fill, indent
from typing import Any

from auditor.model.item import All, Checklist, Constraint, Item, Not, Requirement, Tier
from auditor.model.item import Any as AnyOf


def describe_checklist(made: Checklist) -> str:
    """The whole checklist, an item a line."""
    lines = [f"{made.title} ({made.id} {made.version})", ""]
    for category in made.categories:
        lines.append(f"{category.number}. {category.title}  weight {float(category.weight):g}")
        for section in category.sections:
            lines.append(f"  {section.number} {section.title}")
            if section.generate:
                lines.append(f"      (made from {section.generate}: in auditor.yaml)")
            lines += [f"    {i.number:<7}{i.severity.value:<10} {i.title}" for i in section.items]
    if made.tiers:
        lines += ["", "Tiers (tier: in auditor.yaml)", *(_tier(t) for t in made.tiers)]
    if made.criteria:
        lines += ["", "Success criteria", *(f"  {c.title}" for c in made.criteria)]
    return "\n".join(lines) + "\n"


def _tier(tier: Tier) -> str:
    out, other = len(tier.leaves_out), len(tier.severities)
    told = [f"{out} left out"] if out else ["all of it applies"]
    told += [f"{other} of another severity"] if other else []
    return f"  {tier.name:<7} {tier.title}: {', '.join(told)}"


def describe_item(item: Item) -> str:
    """One item: what decides it, how strong evidence must be, why, and what to do."""
    head = [
        f"{item.number} {item.title}",
        f"  id         {item.id}",
        f"  severity   {item.severity.value}",
        f"  effort     {item.effort_h:g} h",
        f"  floor      {item.floor.value}: weaker evidence does not pass it",
    ]
    if item.max_age_s:
        head.append(f"  max age    {item.max_age_s / 86400:g} days")
    if item.effective_from:
        head.append(
            f"  in force   from {item.effective_from}: pending before, and blocking nothing"
        )
    head.append(f"  attestable {'up to ' + item.attestable.value if item.attestable else 'no'}")
    if item.when is not None:
        head += ["  applies when", *_tree(item.when, "    ")]
    head += [
        "  passes when",
        *(_tree(item.require, "    ") if item.require is not None else [_nobody(item)]),
    ]
    for check in item.checks:
        head.append(f"  {check.number} {check.title} ({check.id})")
    texts = [("Why", item.why), ("What to do", item.fix), ("Evidence", item.produce),
             ("How it is fooled", item.fooled), ("Stronger evidence", item.stronger)]  # fmt: skip
    body = [f"\n{title}\n{_body(text)}" for title, text in texts if text]
    return "\n".join(head) + "\n" + "".join(f"{part}\n" for part in body)


def _nobody(item: Item) -> str:
    if item.checks:
        return "    all of its parts pass"
    return "    somebody attests it" if item.attestable else "    (nothing decides it yet)"


def _body(text: str) -> str:
    """Prose is filled to 78 columns; text that has its own lines is kept."""
    return (
        indent(text, "  ")
        if "\n" in text
        else fill(text, 78, initial_indent="  ", subsequent_indent="  ")
    )


def _tree(tree: Requirement, margin: str) -> list[str]:
    if isinstance(tree, Constraint):
        return [f"{margin}{tree.name} {tree.matcher.text}"]
    if isinstance(tree, Not):
        return [f"{margin}not", *_tree(tree.part, margin + "  ")]
    word = "all of" if isinstance(tree, All) else "any of"
    return [
        f"{margin}{word}",
        *(line for part in tree.parts for line in _tree(part, margin + "  ")),
    ]


def as_value(value: object) -> Any:
    """Dataclasses as plain JSON values; a requirement tree keeps its shape (all, any, not, fact)."""
    if isinstance(value, Constraint):
        return {"fact": value.name, "test": value.matcher.text}
    if isinstance(value, All):
        return {"all": [as_value(p) for p in value.parts]}
    if isinstance(value, AnyOf):
        return {"any": [as_value(p) for p in value.parts]}
    if isinstance(value, Not):
        return {"not": as_value(value.part)}
    if isinstance(value, Fraction):
        return float(value)
    if isinstance(value, Enum):
        return value.value
    if dataclasses.is_dataclass(value):
        return {f.name: as_value(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(k): as_value(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [as_value(v) for v in value]
    return value
