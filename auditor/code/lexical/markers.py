"""Markers of unfinished work in comments: TODO, FIXME, XXX, HACK in upper case.

A marker opens a comment or a line of it, or stands where a sentence could begin, or has a colon or
a bracket behind it. Words about markers, place-holders such as XXX-XXX and the Spanish "TODO EL …"
are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from auditor.code.lexical.comments import Comment

WORD = re.compile(r"(?<![\w.$%])(?:TODO|FIXME|XXX|HACK)(?![\w$%])")
"""A marker as a word of its own; a text in which it is not found has no marker."""

_SIGNS = re.compile(r"[\s/*#;!<>%@\[({~•|=-]*")
_PLACEHOLDER = re.compile(r"[-./_:][\w{<]|\s*XXX|['\"`]")
_SPANISH = re.compile(
    r"\s+(?:EL|LO|LOS|LA|LAS|ESTO|ESTE|ESTA|ESO|ES|SE|UN|AQUEL|TU|SU|MI|O|OS|ISSO|ISTO|DIA|DÍA"
    r"|el|lo|los|esto|este|eso|aquel|lo que|o|os|isso|isto)\b"
)
_DOMAIN = re.compile(r"'s\b|\s+(?:items?|apps?|lists|comments?|markers?)\b(?!:)")
_MENTION = re.compile(r"\s*(?:[,/|]|\b(?:and|or|y|o|e)\b)\s*(?:TODO|FIXME|XXX|HACK)\b")
_LONGEST = 160


@dataclass(frozen=True, slots=True)
class Marker:
    """A marker, the line that it stands on (from 1), and that line of the comment, cut short."""

    word: str
    line: int
    text: str


def find_markers(comments: Iterable[Comment]) -> list[Marker]:
    """The markers in `comments`, in order."""
    found: list[Marker] = []
    for comment in comments:
        for offset, line in enumerate(comment.text.split("\n")):
            said = " ".join(line.split())[:_LONGEST]
            found += [Marker(word, comment.line + offset, said) for word in _in_line(line)]
    return found


def _in_line(line: str) -> list[str]:
    mentions = 0
    words: list[str] = []
    for match in WORD.finditer(line):
        if match.start() < mentions:
            continue
        listed = _MENTION.match(line, match.end())
        if listed:
            mentions = listed.end()
        elif _marks(match[0], line[: match.start()], line[match.end() :]):
            words.append(match[0])
    return words


def _marks(word: str, before: str, after: str) -> bool:
    if word == "TODO" and _SPANISH.match(after):
        return False
    if _DOMAIN.match(after) or (word == "XXX" and _PLACEHOLDER.match(after)):
        return False
    if _SIGNS.fullmatch(before):
        return True
    if before.endswith(("'", '"', "`", "[", "/", "-", "=")):
        return False
    if word == "XXX":
        return False
    if before.endswith("(") or after.startswith((":", "(")):
        return True
    said = before.rstrip()
    return said != before and said.endswith(tuple(".;:!?)]>#/…–—-"))
