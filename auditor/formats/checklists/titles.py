"""The text of a task without its markup: title, severity, and the note behind an arrow."""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass

from auditor.formats.checklists.marks import STATES, without_mark
from auditor.formats.checklists.words import SEVERITIES, Words, fold

LONGEST = 500
"""Characters of a title; what is longer is cut, and said so."""
_READ = 4 * LONGEST
_ARROW = re.compile(r"[ \t](?:←|⟵|⬅\ufe0f?|<-{1,2}|�)[ \t]|[ \t]✅[ \t]")
_IMAGE = re.compile(r"!\[([^\[\]]{0,200})\](?:\([^()\s]{0,500}\)|\[[^\[\]]{0,200}\])?")
_LINK = re.compile(r"\[([^\[\]]{1,500})\](?:\([^()]{0,500}\)|\[[^\[\]]{0,200}\])")
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,200}>|<!--.{0,200}?-->")
_EMPHASIS = re.compile(r"\*\*|__|~~|(?<![\w\\*])[*_](?=\S)|(?<=\S)(?<![\\*])[*_](?![\w*])")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_NUMBER = re.compile(r"\d{1,4}(?:\.\d{1,4})+[a-z]?[.)]?\s+(?=\S)|\([A-Z]\)\s+(?=\S)")
_PREFIX = re.compile(r"[\[(]?([^\W\d_][\w /-]{0,24}?|[Pp]\d)[\])]?\s*[:\])–—-]\s+(?=\S)")
_SUFFIX = re.compile(r"\s+[\[(]([^\W\d_][\w /-]{0,24}|[Pp]\d)[\])]$")
_HELD = "\ue000"
_MARKUP = frozenset("\\<[]*_~`&!" + _HELD)


@dataclass(frozen=True, slots=True)
class Title:
    """What a task says. `severity` None where it states none; `note` is what stands behind an arrow."""

    text: str
    severity: str | None = None
    note: str = ""
    cut: bool = False
    doubt: bool = False
    applies: bool = True


def read_title(text: str, words: Words) -> Title:
    """The title in the text of a task or a heading. `doubt`: its signs and words state two severities."""
    cut, marked = len(text) > _READ, text[:_READ]
    text = without_mark(marked)
    applies = STATES["not_applicable"][2:] not in marked[len(text) :]
    text, said = _images(text, words) if "![" in text else (text, [])
    signs, text = _leading(text)
    told = [words.signs[sign] for sign in signs if sign in words.signs]
    main, note = _split(text)
    main = bare(main)
    again, main = _leading(main)  # `**🔴 title**`
    told += [words.signs[sign] for sign in again if sign in words.signs]
    main, by_word = _by_word(_NUMBER.sub("", main, count=1), words)
    told += said + by_word
    noted = words.words.get(fold(bare(note)).split(" (")[0].split(",")[0].strip(" .·"))
    told += [noted] if noted else []
    severity = min(told, key=SEVERITIES.index) if told else None
    clean = _trailing(main).strip(" \t:·-–—") or main.strip()
    return Title(
        clean[:LONGEST].rstrip(),
        severity,
        bare(note)[:LONGEST],
        cut or len(clean) > LONGEST,
        len(set(told)) > 1,
        applies,
    )


def bare(text: str) -> str:
    """Text without Markdown's marks, with every character that could steer a terminal left out."""
    if text.isprintable() and _MARKUP.isdisjoint(text):
        return " ".join(text.split())
    held: list[str] = []

    def hold(match: re.Match[str]) -> str:
        held.append(match[1])
        return _HELD

    text = _ESCAPED.sub(hold, text.replace(_HELD, ""))
    text = _TAG.sub("", text)
    text = _LINK.sub(r"\1", _IMAGE.sub(r"\1", text))
    parts = text.split("`")  # emphasis means nothing inside code
    for at in range(0, len(parts), 2):
        parts[at] = _EMPHASIS.sub("", parts[at])
    text = "".join(parts)
    text = re.sub(_HELD, lambda _: held.pop(0), text)
    text = html.unescape(text) if "&" in text else text
    return " ".join(text.split()) if text.isprintable() else _printable(text)


def _printable(text: str) -> str:
    """What draws nothing is left out, what else cannot be shown is a space; surrogates are no characters."""
    kept = (
        char if char.isprintable() else "" if unicodedata.category(char) == "Cf" else " "
        for char in text
    )
    return " ".join("".join(kept).split())


def is_pictograph(char: str) -> bool:
    """Whether the character is a sign rather than a letter, a digit or punctuation."""
    return ord(char) > 0x2000 and unicodedata.category(char) in ("So", "Sk", "Cf", "Mn", "Co", "Cn")


def _leading(text: str) -> tuple[list[str], str]:
    """The signs before the first word, and the rest."""
    signs = []
    for at, char in enumerate(text):
        if char == "�" or is_pictograph(char):
            signs.append(char)
        elif not char.isspace():
            return signs, text[at:]
    return signs, ""


def _trailing(text: str) -> str:
    """The text without the signs behind its last word."""
    at = len(text)
    while at and (text[at - 1].isspace() or is_pictograph(text[at - 1])):
        at -= 1
    return text[:at]


def _split(text: str) -> tuple[str, str]:
    found = _ARROW.search(text)
    return (text[: found.start()], text[found.end() :]) if found else (text, "")


def _images(text: str, words: Words) -> tuple[str, list[str]]:
    said: list[str] = []

    def taken(match: re.Match[str]) -> str:
        severity = words.words.get(fold(match[1]))
        if severity is None:
            return match[0]
        said.append(severity)
        return ""

    return _IMAGE.sub(taken, text), said


def _by_word(text: str, words: Words) -> tuple[str, list[str]]:
    """A severity in words at the start (`Critical: …`, `[P1] …`) or, in brackets, at the end."""
    found = _PREFIX.match(text)
    if found and (severity := words.words.get(fold(found[1]))):
        return text[found.end() :], [severity]
    found = _SUFFIX.search(text[-40:])
    if found and (severity := words.words.get(fold(found[1]))):
        return text[: len(text) - len(text[-40:]) + found.start()], [severity]
    return text, []
