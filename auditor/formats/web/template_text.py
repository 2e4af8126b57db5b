"""A configuration that a template makes (Jinja, Go), as its first branches make it, line by line."""

from __future__ import annotations

import re
from collections.abc import Iterator

FILLED = "__filled__"
"""What stands in the place of a template's expression."""

_STARTS = re.compile(r"\{[%#{]")
_ENDS = {"{%": "%}", "{#": "#}", "{{": "}}"}
_WORD = re.compile(r"^\{[%{][-~+]?\s*(\w+)?")
_OPENS = frozenset({"if", "for", "range", "with", "block", "define", "macro", "filter", "unless"})
_CLOSES = frozenset(
    {"end", "endif", "endfor", "endwith", "endblock", "endmacro", "endfilter", "endunless"}
)
_ELSE = frozenset({"else", "elif", "elsif"})
_SAYS_NOTHING = (
    _OPENS | _CLOSES | _ELSE | {"template", "include", "set", "import", "extends", "from", "raw"}
)
_COMMENTS = ("{#", "{{/*", "{{- /*")


def is_template(text: str) -> bool:
    """Whether a text holds tags of a template."""
    return next(_tags(text), None) is not None


def _tags(text: str) -> Iterator[tuple[int, str]]:
    """Where each tag stands, and its text; one that is not closed is none."""
    at = 0
    never: set[str] = set()
    while (start := _STARTS.search(text, at)) is not None:
        end = -1 if start[0] in never else text.find(_ENDS[start[0]], start.end())
        if end < 0:
            never.add(start[0])
            at = start.end()
            continue
        at = end + 2
        yield start.start(), text[start.start() : at]


def conditional_lines(text: str) -> frozenset[int]:
    """The lines (from 1) that stand in a block of a template, and so may be left out."""
    found: set[int] = set()
    starts: list[int] = []
    line, at = 1, 0
    for start, tag in _tags(text):
        line += text.count("\n", at, start)
        at = start
        match = _WORD.match(tag)
        word = match[1] if match and match[1] else ""
        if word in _OPENS:
            starts.append(line)
        elif word in _CLOSES and starts:
            found.update(range(starts.pop(), line + 1))
    return frozenset(found)


def without_tags(text: str) -> str:
    """The text of the first branch of every condition, each line where it was; expressions become FILLED."""
    parts: list[str] = []
    open_: list[bool] = []  # whether what stands in each open block is left out
    at = 0
    for start, tag in _tags(text):
        parts.append(_kept(text[at:start], any(open_)))
        parts.append(_said(tag, open_))
        at = start + len(tag)
    parts.append(_kept(text[at:], any(open_)))
    return "".join(parts)


def _kept(text: str, left_out: bool) -> str:
    return "\n" * text.count("\n") if left_out else text


def _said(tag: str, open_: list[bool]) -> str:
    """What a tag leaves in the text, after it has opened, turned or closed a block."""
    lines = "\n" * tag.count("\n")
    match = _WORD.match(tag)
    word = match[1] if match and match[1] else ""
    if tag.startswith(_COMMENTS):
        return lines
    if word in _OPENS:
        open_.append(False)
    elif word in _ELSE and open_:
        open_[-1] = True
    elif word in _CLOSES and open_:
        open_.pop()
    if word in _SAYS_NOTHING or tag.startswith("{%") or ":=" in tag or any(open_):
        return lines
    return FILLED + lines
