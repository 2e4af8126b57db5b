"""Reads a changelog: its versions with dates and notes, what is unreleased, or where it points."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from auditor.formats.documents.markdown_doc import Document, Heading
from auditor.formats.documents.markdown_doc import read as read_document

_VERSION = re.compile(
    r"\W{0,3}(?:(?:(?:noteworthy )?(?:changes|cambios)|what[’']?s new|novedades|release notes"
    r"|notas de (?:la )?(?:versi[oó]n|release))(?: (?:in|for|of|en|de))? )?"
    r"(?:[A-Za-z][\w.-]{0,60}[ @]){0,2}?(?:version|versi[oó]n|release|v\.?)?\s*"
    r"(\d+(?:\.\d+){1,3}(?:[-+.]?(?:a|b|c|rc|alpha|beta|dev|pre|post|final)[\w.+-]*)?)(?![\w.]*\d{5})(?=\W|\Z)",
    re.I,
)
_DATED = re.compile(r"\W{0,2}(\d{4}-\d{2}-\d{2})\b")
_DATE = re.compile(
    r"\b(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})\b|\b(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})\b"
)
_NAMED = re.compile(
    r"\b(?:(\d{1,2})(?:st|nd|rd|th)?\.?(?: de)? )?([A-Za-z]{3,10})\.?,?(?: de)? "
    r"(?:(\d{1,2})(?:st|nd|rd|th)?,? )?(\d{4})\b"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SPANISH = {"ene": 1, "abr": 4, "ago": 8, "dic": 12, "set": 9}
_NOT_YET = re.compile(
    r"\bunreleased\b|\bin development\b|\bnot (?:yet )?released\b|\bTB[DA]\b|\bupcoming\b|\bsin publicar\b"
    r"|\bno publicad[oa]\b|\ben desarrollo\b|YYYY|20XX|\?\?",
    re.I,
)
_NEXT = re.compile(
    r"\b(?:next|upcoming|coming) (?:release|version)\b|\bpr[oó]xima (?:versi[oó]n|release|entrega)\b",
    re.I,
)
_POINTER = re.compile(r"(?<![\w/.-])((?:[\w.-]{1,60}/){0,8}[\w.-]{1,60}\.(?:md|rst|adoc|txt))\b")
_SHORT = 60  # words of a file that only says where the changelog is


@dataclass(frozen=True, slots=True)
class Version:
    """One released version; `date` None where none is given. `words` and `items` are its notes."""

    name: str
    date: date | None
    line: int
    words: int


@dataclass(frozen=True, slots=True)
class Changelog:
    """`versions` as they stand, notes or not; `pointer` names the file or address that has them instead.

    `next_only`: the file is about the next release alone, so that the notes of those before are elsewhere.
    """

    versions: tuple[Version, ...] = ()
    unreleased: bool = False
    pointer: str | None = None
    next_only: bool = False

    def released(self, today: date | None = None) -> list[Version]:
        """The versions with notes, without those dated after `today`."""
        return [
            v
            for v in self.versions
            if v.words and (today is None or v.date is None or v.date <= today)
        ]


def read(data: bytes | str | Document, *, name: str = "CHANGELOG.md") -> Changelog:
    """The changelog in a file, or in a document that was read already. Raises as `markdown_doc.read`."""
    document = data if isinstance(data, Document) else read_document(data, name=name)
    versions, unreleased = list[Version](), False
    marks = _marks(document)
    for mark in marks:
        said = document.between(mark.line, _end(mark, marks))
        first = next((b.text for b in said.blocks if not b.code and b.text != mark.text), "")
        found = _version(mark.text)
        if _NOT_YET.search(mark.text) or (found and _NOT_YET.search(first[:60])):
            unreleased = True
        elif found and set(found) - set("0."):
            own = mark.text if _date(mark.text) else first[:80]
            words = said.words - (len(mark.text.split()) if mark.level > 6 else 0)
            versions.append(Version(found, _date(own), mark.line, max(words, 0)))
    first = document.headings[0].text if document.headings else ""
    ahead = not versions and _NEXT.search(first) is not None
    return Changelog(tuple(versions), unreleased, None if versions else _pointer(document), ahead)


def _marks(document: Document) -> list[Heading]:
    """The headings that name a version; where none does, the lines that are nothing but one."""
    named = [h for h in document.headings if _version(h.text) or _NOT_YET.search(h.text)]
    if any(_version(h.text) for h in named):
        top = min(h.level for h in named if _version(h.text))
        return [h for h in named if h.level <= top + 1]
    lines = [Heading(7, b.text.split("\n")[0], b.line) for b in document.blocks if not b.code]
    bare = [h for h in lines if len(h.text.split()) <= 5 and _version(h.text)]
    return sorted([*named, *bare], key=lambda h: h.line)


def _end(mark: Heading, marks: list[Heading]) -> int | None:
    return next((m.line for m in marks if m.line > mark.line), None)


def _version(text: str) -> str | None:
    dated = _DATED.match(text)
    if dated:
        return dated.group(1)
    found = _VERSION.match(text)
    return found.group(1) if found else None


def _date(text: str) -> date | None:
    found = _DATE.search(text)
    try:
        if found and found.group(1):
            return date(int(found.group(1)), int(found.group(2)), int(found.group(3)))
        if found:
            day, month = int(found.group(4)), int(found.group(5))
            return date(
                int(found.group(6)),
                min(month, day) if month > 12 else month,
                max(day, month) if month > 12 else day,
            )
        for named in _NAMED.finditer(text):
            key = named.group(2)[:3].lower()
            month = _MONTHS.index(key) + 1 if key in _MONTHS else _SPANISH.get(key, 0)
            if month:
                return date(int(named.group(4)), month, int(named.group(1) or named.group(3) or 1))
    except ValueError:
        return None
    return None


def _pointer(document: Document) -> str | None:
    """Where a short file sends its reader."""
    if document.words > _SHORT:
        return None
    targets = [link.target for link in document.links if not link.target.startswith("mailto:")]
    if targets:
        return targets[0]
    texts = [b.text for b in document.blocks] + [p.target for p in document.paths]
    found = (m for text in texts for m in [_POINTER.search(text)] if m)
    return next((m.group(1) for m in found), None)
