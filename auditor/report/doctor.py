"""What `auditor doctor` says: what is set and works, and what would decide most of what is not known."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from auditor.model.report import Report
from auditor.model.verdict import Verdict
from auditor.report import summary
from auditor.report.text import one_line, plain
from auditor.report.unlocks import Kind, Unlock, share, unknown, unlocks

_HEADS = {
    Kind.URL: "Addresses",
    Kind.TOKEN: "Tokens, from the environment alone",
    Kind.PERMISSION: "Permissions",
    Kind.TOOL: "Tools",
    Kind.COMMAND: "Commands",
    Kind.ATTESTATION: "A person's word",
    Kind.OTHER: "Other evidence",
}
_MOST_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Tried:
    """Something that is set, and whether it works. `kind` is url, token or tool."""

    kind: str
    name: str
    works: bool
    told: str


def text(report: Report, tried: Iterable[Tried], *, width: int = 80) -> str:
    """For a terminal, without colours."""
    checks = list(tried)
    open_items = unknown(report)
    worth = summary.percent(share(report, open_items))
    total = len(report.verdicts())
    lines = [
        f"{plain(report.target.service)}: {len(open_items)} of {total} items are unknown, {worth} of the score.",
        "",
    ]
    for head, works in (("Set, and does not work:", False), ("Set, and works:", True)):
        rows = [one for one in checks if one.works is works]
        if rows:
            lines += [head, *_rows(rows, width), ""]
    found = unlocks(report)
    if not found:
        return "\n".join([*lines, "Nothing that an operator can set would decide more.", ""])
    lines.append("What would decide what is unknown, most of the score first:")
    for kind in sorted({u.way.kind for u in found}, key=lambda kind: _first(found, kind)):
        group = [u for u in found if u.way.kind is kind]
        lines += ["", f"{_HEADS[kind]}:"]
        for one in group[:_MOST_SHOWN]:
            lines += _unlock(one, width)
        if len(group) > _MOST_SHOWN:
            rest = summary.counted(len(group) - _MOST_SHOWN, "more", "more")
            lines.append(f"  and {rest}; --format json lists them all")
    return "\n".join([*lines, ""])


def _first(found: list[Unlock], kind: Kind) -> int:
    return next(at for at, unlock in enumerate(found) if unlock.way.kind is kind)


def _rows(rows: list[Tried], width: int) -> Iterator[str]:
    for one in rows:
        said = f"{plain(one.name)}: {one_line(one.told)}"
        yield from _wrapped(said, width, "  ")


def _unlock(one: Unlock, width: int) -> Iterator[str]:
    parts = []
    if one.decides:
        worth = summary.percent(one.decided)
        parts.append(f"decides {summary.counted(len(one.decides), 'item')}, {worth} of the score")
    if one.helps:
        parts.append(
            f"with others {summary.counted(len(one.helps), 'item')}, {summary.percent(one.helped)}"
        )
    yield from _wrapped(one_line(one.way.name), width, "  ")
    yield from _wrapped("; ".join(parts), width, "    ")
    numbers = ", ".join(plain(v.item.number) for v in (*one.decides, *one.helps))
    yield from _wrapped(f"items {numbers}", width, "    ")
    if one.way.how and one.way.how != one.way.name:
        yield from _wrapped(one_line(one.way.how), width, "    ")


def _wrapped(said: str, width: int, indent: str) -> list[str]:
    return textwrap.wrap(
        said,
        max(width, 40),
        initial_indent=indent,
        subsequent_indent=f"{indent}  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def as_json(report: Report, tried: Iterable[Tried]) -> str:
    """The same as JSON, every way and every item."""
    open_items = unknown(report)
    document = {
        "schema_version": "1",
        "service": report.target.service,
        "unknown": [_item(v) for v in open_items],
        "unknown_percent": summary.percent_number(share(report, open_items)),
        "checks": [
            {"kind": c.kind, "name": c.name, "works": c.works, "told": c.told} for c in tried
        ],
        "unlocks": [
            {
                "kind": one.way.kind.value,
                "name": one.way.name,
                "how": one.way.how,
                "decides": [v.item.id for v in one.decides],
                "decides_percent": summary.percent_number(one.decided),
                "helps": [v.item.id for v in one.helps],
                "helps_percent": summary.percent_number(one.helped),
            }
            for one in unlocks(report)
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _item(verdict: Verdict) -> dict[str, str]:
    item = verdict.item
    return {
        "id": item.id,
        "number": item.number,
        "title": item.title,
        "severity": item.severity.value,
    }
