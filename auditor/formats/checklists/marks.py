"""What stands behind a task that evidence has decided: its state and a link, written and found again."""

from __future__ import annotations

import re

STATES = {
    "fail": "❌ fails",
    "unknown": "❔ unknown",
    "not_applicable": "➖ not applicable",
    "waived": "⏸ waived until",
    "pending": "⏳ pending until",
}
"""Outcome or overlay → the words of its mark; the last two go before a date."""
_DATED = ("waived", "pending")
_STATE = "|".join(
    f"(?:{words[0]} )?{re.escape(words[2:])}" + (r" [\w:+-]{4,40}" if state in _DATED else "")
    for state, words in STATES.items()
)
MARK = re.compile(
    rf"[ \t](?:←|·|<-)(?: (?:{_STATE})(?:, (?:{_STATE}))*)?(?:,? \[evidence\]\([^()\s]{{1,500}}\))?(?=[ \t]*\\?$)"
)
"""A mark at the end of a line; it may be empty but for its arrow, which then is nobody's."""


def mark(states: list[str], link: str = "", *, ascii_only: bool = False) -> str:
    """The mark of a task, without the arrow: `❔ unknown, [evidence](…)`. "" where there is nothing to say.

    `ascii_only` leaves the signs out, for a file that could not hold them.
    """
    said = [state[2:] if ascii_only else state for state in states]
    return ", ".join([*said, *([f"[evidence]({link})"] if link else [])])


def without_mark(text: str) -> str:
    """A line or a title without the mark at its end."""
    found = _found(text)
    return text[: found[0]] + text[found[1] :] if found else text


def _found(text: str) -> tuple[int, int] | None:
    """Where the mark is that ends the text."""
    tail = text[-700:]
    match = MARK.search(tail)
    if match is None or not match[0].strip(" \t←·<-"):
        return None
    start = len(text) - len(tail)
    return start + match.start(), start + match.end()


def marked(text: str, wanted: str, *, ascii_only: bool = False) -> str:
    """The line with the mark `wanted` at its end in the place of the one that it has."""
    bare = without_mark(text)
    if not wanted:
        return bare
    body = bare.rstrip(" \t")
    tail = bare[len(body) :]
    if body.endswith("\\"):
        body, tail = body[:-1].rstrip(), " \\" + tail
    arrow = "<-" if ascii_only else "·" if "←" in body else "←"
    return f"{body} {arrow} {wanted}{tail}"
