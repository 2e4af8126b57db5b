"""A heading of a checklist: its title, number, weight and what its sign says of the tasks below."""

from __future__ import annotations

import re

from auditor.formats.checklists.parts import Heading
from auditor.formats.checklists.titles import bare, is_pictograph, read_title
from auditor.formats.checklists.words import Words, fold

_WEIGHT = re.compile(
    r"[\[(]?\s*(?:weight|peso|ponderaci[oó]n)\s*[:=]?\s*(\d{1,3}(?:[.,]\d{1,4})?)\s*%?\s*[\])]?|"
    r"[\[(](\d{1,3}(?:[.,]\d{1,4})?)\s*%\s*(?:weight|peso)?\s*[\])]$",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"(\d{1,4}(?=[.):])|\d{1,4}(?:\.\d{1,4}){1,4})[.):]?\s+(?=\S)")
_SHORTCODE = re.compile(r"\s*:[a-z0-9_+-]{2,40}:")


def read_heading(line: int, level: int, text: str, parent: int | None, words: Words) -> Heading:
    """The heading in the text of a line, without its marks. `(Weight: 25%)` or `(25%)` is its weight."""
    text = _SHORTCODE.sub("", text[:400])
    weight = _WEIGHT.search(text)
    value = float((weight[1] or weight[2]).replace(",", ".")) if weight else None
    if weight:
        text = text[: weight.start()] + text[weight.end() :]
    title = read_title(text, words)
    full = bare(_without_signs(text))
    numbered = _NUMBERED.match(full)
    said = title.text
    if numbered:
        said = read_title(full[numbered.end() :], words).text or full
    severity = title.severity or words.words.get(fold(said))
    number = numbered[1] if numbered else ""
    return Heading(line, level, said or "(untitled)", number, value, severity, parent)


def _without_signs(text: str) -> str:
    at = 0
    while at < len(text) and (text[at].isspace() or text[at] == "�" or is_pictograph(text[at])):
        at += 1
    return text[at:]
