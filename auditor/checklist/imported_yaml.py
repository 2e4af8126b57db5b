"""An imported checklist as YAML that loads, each item with where it comes from and what it is judged as."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from auditor.checklist.imported import Bound, BoundCategory, Imported, slug
from auditor.checklist.imported_binding import BOUND, Match
from auditor.checklist.imported_known import KnownItem, as_yaml, same_words, used_thresholds
from auditor.checklist.imported_words import words
from auditor.checklist.load import DEFAULT_FLOORS
from auditor.formats.checklists.words import fold
from auditor.model.item import Severity

LARGEST = 10_000_000
"""Bytes that a checklist may have where it is read (chain.py)."""
_ITEM_OF_AUDIT = re.compile(r"audit\.(item|category)\.([\w.-]+)")
_HUNDRED = 10_000  # hundredths


def checklist_yaml(made: Imported) -> str:
    """The whole file. It is plain YAML in the order of the document; comments say what nobody checked yet."""
    writer = _Writer(made)
    body = "".join(writer.categories())
    criteria = "".join(writer.criteria())
    used = used_thresholds(body + criteria, made.known.thresholds)
    head = [
        f"# Imported from {_comment(made.name)}.",
        "#",
        "# Review each binding: a task is judged by the known item that its comment names, with the limits of",
        f"# that item. A score of 1.00 means the same words; below {BOUND:.2f}, or where two are as near, nothing",
        "# is bound and a person attests the item. Ticks of the source count for nothing.",
        f"id: {_quoted(slug(made.title))}",
        'version: "1.0.0"',
        f"title: {_quoted(made.title)}",
        f"description: {_quoted(f'Imported from {_comment(made.name)}.')}",
        "rollup: mean",
    ]
    text = "\n".join(head) + "\n"
    if made.known.levels:
        text += as_yaml({"levels": made.known.levels}, "")
    if used:
        text += "\n" + as_yaml({"thresholds": used}, "")
    return f"{text}\ncategories:\n{body}{criteria}"


class _Writer:
    def __init__(self, made: Imported) -> None:
        self._made = made
        self._tasks = made.document.tasks
        self._bodies: dict[str, str] = {}
        self._ids: set[str] = set()

    def categories(self) -> Iterator[str]:
        weights = _weights(self._made.categories)
        for category, weight in zip(self._made.categories, weights, strict=True):
            self._ids.add(category.id)
            yield f"  - id: {_quoted(category.id)}\n"
            yield f"    number: {_quoted(category.category.number)}\n"
            yield f"    title: {_quoted(category.category.title)}\n"
            yield f"    weight: {weight}\n    sections:\n"
            for section in category.sections:
                yield f"      - id: {_quoted(section.id)}\n"
                yield f"        number: {_quoted(section.section.number)}\n"
                yield f"        title: {_quoted(section.section.title)}\n        items:\n"
                for item in section.items:
                    yield from self._item(item, " " * 10)
            yield "\n"

    def criteria(self) -> Iterator[str]:
        """The known success criteria, where the document has such a chapter and they can be judged."""
        names = words().labels.get("criteria", ())
        if not any(fold(h.title) in names for h in self._made.document.headings):
            return
        kept = [one for one in self._made.known.criteria if self._judged(one)]
        if kept:
            yield as_yaml({"criteria": kept}, "")

    def _judged(self, criterion: dict[str, Any]) -> bool:
        named = _ITEM_OF_AUDIT.findall(json.dumps(criterion))
        return all(name in self._ids for _, name in named)

    def _item(self, item: Bound, margin: str) -> Iterator[str]:
        task = self._tasks[item.task]
        self._ids.add(item.id)
        ticked = "ticked" if task.ticked else "not ticked"
        place = ", in a comment" if task.place == "comment" else ""
        about = _about(item.match, item.known)
        yield f"{margin}# line {task.line}, {ticked}{place}; {about}\n"
        if item.known is not None and not same_words(item.known.title, task.title):
            yield f"{margin}# judged as: {_comment(item.known.title)}\n"
        if task.note:
            yield f"{margin}# the source adds: {_comment(task.note)}\n"
        if item.borrowed_severity:
            yield f"{margin}# the source states no severity: this is the known item's\n"
        yield f"{margin}- id: {_quoted(item.id)}\n"
        yield f"{margin}  number: {_quoted(item.number)}\n"
        yield f"{margin}  title: {_quoted(task.title)}\n"
        yield f"{margin}  severity: {item.severity}\n"
        if item.known is not None:
            floor = max(
                item.known.floor, DEFAULT_FLOORS[Severity(item.severity)], key=lambda f: f.rank
            )
            yield f"{margin}  floor: {floor.value}\n"
            body = self._body(item.known, margin + "  ")
            yield body.replace(f"auditor attest {item.known.id}", f"auditor attest {item.id}")
        elif not item.checks:
            yield f"{margin}  attestable: reported\n"
            yield f"{margin}  produce: {_quoted(f'`auditor attest {item.id}`, with a link to what shows it.')}\n"
        if task.details and (item.known is None or "fix" not in item.known.keys):
            yield f"{margin}  fix: {_quoted('; '.join(task.details))}\n"
        yield from self._checks(item, margin)

    def _checks(self, item: Bound, margin: str) -> Iterator[str]:
        """Tasks below the item, then the parts of the known item that none of them is."""
        have = {b.known.id for b in item.all() if b.known is not None}
        more = [c for c in item.known.checks if c.id not in have] if item.known is not None else []
        if not item.checks and not more:
            return
        yield f"{margin}  checks:\n"
        for below in item.checks:
            yield from self._item(below, margin + "    ")
        own = item.known is not None and item.id == item.known.id
        for check in more:
            last = check.id.rpartition(".")[2]
            id_ = check.id if own and check.id not in self._ids else f"{item.id}.{last}"
            self._ids.add(id_)
            yield f"{margin}    - id: {_quoted(id_)}\n"
            yield f"{margin}      number: {_quoted(f'{item.number}-{last}')}\n"
            yield f"{margin}      title: {_quoted(check.title)}\n"
            yield f"{margin}      severity: {item.severity}\n"
            yield f"{margin}      floor: {check.floor.value}\n"
            yield self._body(check, margin + "      ")

    def _body(self, known: KnownItem, margin: str) -> str:
        text = self._bodies.get(known.id)
        if text is None:
            text = self._bodies[known.id] = as_yaml(known.keys, "") if known.keys else ""
        return "".join(
            f"{margin}{line}" if line.strip() else line for line in text.splitlines(True)
        )


def _about(match: Match, known: KnownItem | None) -> str:
    if match.best is None:
        return "like no known item: attested by a person"
    behind = f"; next {match.next.id} {match.next.score:.2f}" if match.next is not None else ""
    if known is not None:
        return f"bound to {match.best.id} {match.best.score:.2f}{behind}"
    return f"not bound: nearest {match.best.id} {match.best.score:.2f}{behind}"


def _weights(categories: tuple[BoundCategory, ...]) -> list[str]:
    """Weights as the headings state them; where none does, equal ones that add up to 100."""
    stated = [c.category.weight for c in categories]
    if any(w is not None for w in stated):
        known = [w for w in stated if w is not None]
        mean = round(sum(known) / len(known), 4)
        return [f"{mean if w is None else w:g}" for w in stated]
    count = len(stated)
    each = _HUNDRED // count
    if not each:
        return ["1"] * count
    rest = _HUNDRED - each * count
    return [f"{(each + (n < rest)) / 100:g}" for n in range(count)]


def _quoted(text: str) -> str:
    """A text as YAML in double quotes: JSON's escapes are YAML's too, and the text is printable."""
    return json.dumps(text, ensure_ascii=False)


def _comment(text: str) -> str:
    """A text of the source inside of a comment: on one line, without what YAML cannot hold."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
