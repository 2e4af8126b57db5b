"""Loops that repeat what failed after a wait: retries that a service wrote itself.

A loop is one where it waits, meets an error, leaves when it worked, and counts attempts or says so. What
polls for ever and goes on after an error is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.code.outline import Block, Outline
from auditor.code.topics.pacing import by_chance, grows

MAYBE = re.compile(r"\b(?:[sS]leep|delay|setTimeout|time\.After|wait|pause|backoff)\w*\(")
"""A text without this has no such loop."""

_PAUSES = {
    "python": re.compile(r"\b(\w*sleep\w*\([^\n]*)"),
    "javascript": re.compile(r"\b((?:sleep|delay|wait|pause|backoff|setTimeout)\w*\([^\n]*)"),
    "go": re.compile(r"\b(time\.After\([^\n]*|\w*[sS]leep\w*\([^\n]*)"),
    "java": re.compile(r"\b(\w*[sS]leep\w*\([^\n]*)"),
}
_FAILS = {
    "python": re.compile(r"\bexcept\b"),
    "javascript": re.compile(r"\bcatch\b"),
    "go": re.compile(r"\berr\b\s*[!=]=\s*nil"),
    "java": re.compile(r"\bcatch\s*\(\s*(?:final\s+)?(?!InterruptedException)"),
}
_OVER_THINGS = {
    "python": re.compile(
        r"\s*(?:async\s+)?for\s+(?!\w+\s+in\s+(?:range|reversed|enumerate)\()([^:\n]*)"
    ),
    "javascript": re.compile(
        r"\s*for\s*(?:await\s*)?\(\s*(?:const|let|var)\s+([^;\n]*)\s(?:of|in)\s"
    ),
    "go": re.compile(r"\s*for\s+(\w+\s*,\s*\w+)\s*:?=\s*range\b"),
    "java": re.compile(r"\s*for\s*\(\s*(?:final\s+)?[\w<>\[\], ?.]+\s+(\w+)\s*:"),
}
_LONGEST = 300  # lines; what is longer is no retry, and hostile perhaps
_WAITS = re.compile(r"attempt|delay|backoff|wait|pause|sleep", re.IGNORECASE)
_LEAVES = re.compile(r"\b(?:return|break)\b")
_COUNTS = re.compile(r"attempt|retr(?:y|ies)|\btries\b|num_?tries", re.IGNORECASE)
_COUNTED = {
    "python": re.compile(r"\s*(?:async\s+)?for\s+\w+\s+in\s+(?:range|reversed|enumerate)\("),
    "javascript": re.compile(r"\s*for\s*\(\s*(?:let|var)\s+\w+[^;]*;[^;]*[<>]"),
    "go": re.compile(r"\s*for\s+(?:\w+\s*:=[^;]*;[^;]*[<>]|\w*\s*(?::=)?\s*range\b|\w+\s*<)"),
    "java": re.compile(r"\s*for\s*\(\s*(?:(?:int|long|var)\s+)?\w+[^;]*;[^;]*[<>]"),
}
_COMPARES = re.compile(
    r"(?:attempt|retr|tries)\w*\s*[<>]=?|[<>]=?\s*(?:\w+\.)*\w*(?:attempt|retr|tries)|(?:attempt|retr|tries)\w*\s*==\s*\w",
    re.IGNORECASE,
)
_NAME = re.compile(r"[A-Za-z_]\w*")
_NO_NAMES = frozenset({"self", "time", "Duration", "min", "max", "await", "asyncio"})
_SET = re.compile(r"\s*(?:const\s+|let\s+|var\s+)?(\w+)\s*(?:[*+]|:)?=(?!=)")
_WORKED = re.compile(r"\btry:(?:(?!\bexcept\b).){0,2000}?\b(?:return|break)\b", re.DOTALL)


@dataclass(frozen=True, slots=True)
class RetryLoop:
    """A loop: its line, the function around it ("" for none), how it ends and waits, in words."""

    line: int
    function: str
    words: str


def retry_loops(found: Outline, language: str) -> Iterator[RetryLoop]:
    """The loops of a text in a family of languages that repeat what failed."""
    for loop in found.blocks:
        if loop.kind != "loop" or loop.last - loop.head > _LONGEST:
            continue
        text = found.body(loop)
        pause = _PAUSES[language].search(text)
        if pause is None or not _FAILS[language].search(text) or not _LEAVES.search(text):
            continue
        things = _OVER_THINGS[language].match(text)
        if things is not None and not _WAITS.search(things[1]):
            continue
        if any(_inside(inner, loop, pause, text) for inner in found.blocks):
            continue
        counted = _COUNTED[language].match(text) is not None
        worked = language == "python" and _WORKED.search(text) is not None
        if not (_COUNTS.search(text) or (counted and worked) or worked):
            continue
        ends = (
            "ends" if counted or _COMPARES.search(text) else "goes on for ever as far as it tells"
        )
        around = found.around(loop.head)
        words = f"{ends}, {_wait(pause[1], text)}"
        yield RetryLoop(loop.head, around.name if around is not None else "", words)


def _inside(inner: Block, loop: Block, pause: re.Match[str], text: str) -> bool:
    """Whether the wait belongs to another loop within this one."""
    line = loop.head + text.count("\n", 0, pause.start())
    return inner.kind == "loop" and inner.head > loop.head and inner.holds(line)


def _wait(argument: str, text: str) -> str:
    """How a loop waits: by what it waits for, and by what the names in that are set to within it."""
    names = {n for n in _NAME.findall(argument) if n not in _NO_NAMES}
    said = [argument]
    for line in text.split("\n"):
        bound = _SET.match(line)
        if bound is not None and bound[1] in names:
            said.append(line[bound.start(1) :])
    whole = "\n".join(said)
    growing = "growing waits" if grows(whole) else "a wait that is not seen to grow"
    return f"{growing}, {'jitter' if by_chance(whole) else 'no jitter'}"
