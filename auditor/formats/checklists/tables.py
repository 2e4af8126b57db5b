"""The cells of a row of a table, in Markdown or drawn with lines."""

from __future__ import annotations

from auditor.formats.checklists.parts import Cell

_CORNERS = frozenset("┌├└╔╠╚┏┣┗")


def cells(head: str) -> tuple[Cell, ...] | None:
    """The cells of a row, () of a rule between rows, None where the line is no row."""
    text = head.strip()
    if text[:1] in _CORNERS and not any(char.isalnum() for char in text):
        return ()
    if not text or text[0] not in "|│":
        return None
    bar = text[0]
    if not any(char.isalnum() for char in text) and "[" not in text:
        return ()
    at = head.index(bar) + 1
    found = []
    while at < len(head):
        end = head.find(bar, at)
        if end < 0:
            end = len(head)
            if not head[at:].strip():
                break
        inner = head[at:end]
        found.append(
            Cell(inner.strip(), at + len(inner) - len(inner.lstrip()), at + len(inner.rstrip()))
        )
        at = end + 1
    return tuple(found)
