"""A changelog: its versions with dates and notes, what is unreleased, or where it points instead."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from auditor.formats.document import Document, Heading
from auditor.formats.markdown_doc import read as read_document
from auditor.formats.written_date import find_date

_VERSION = re.compile(
    r"\W{0,3}(?:(?:(?:noteworthy )?(?:changes|cambios)|what[’']?s new|novedades|release notes"
    r"|notas de (?:la )?(?:versi[oó]n|release))(?: (?:in|for|of|en|de))? )?"
    r"(?:[A-Za-z][\w.-]{0,60}[ @]){0,2}?(?:version|versi[oó]n|release|v\.?)?\s*"
    r"(\d+(?:\.\d+){1,3}(?:[-+.]?(?:a|b|c|rc|alpha|beta|dev|pre|post|final)[\w.+-]{0,40})?)"
    r"(?![\w.]{0,20}\d{5})(?=\W|\Z)",
    re.IGNORECASE,
)
_DAY = re.compile(r"\W{0,2}(\d{4}-\d{2}-\d{2})\b")
_NOT_YET = re.compile(
    r"\bunreleased\b|\bin development\b|\bnot (?:yet )?released\b|\bTB[DA]\b|\bupcoming\b"
    r"|\bsin publicar\b|\bno publicad[oa]\b|\ben desarrollo\b|\bpendiente\b|YYYY|20XX|\?\?",
    re.IGNORECASE,
)
_POINTER = re.compile(
    r"(?<![\w/.-])((?:[\w.-]{1,60}/){0,8}[\w.-]{1,60}\.(?:md|rst|adoc|txt))\b", re.IGNORECASE
)
_SHORT = 60  # words of a file that only says where the changelog is
_BARE = 7  # the level of a line that is no heading and yet names a version


@dataclass(frozen=True, slots=True)
class Version:
    """One version. `date` is None where none is given; `words` counts the notes below it."""

    name: str
    date: date | None
    line: int
    words: int


@dataclass(frozen=True, slots=True)
class Changelog:
    """`versions` are the released ones as they stand, newest mostly first.

    `unreleased` holds the sections of what is still to come; `pointer` the file or address that a
    short file without versions sends its reader to.
    """

    versions: tuple[Version, ...] = ()
    unreleased: tuple[Version, ...] = ()
    pointer: str | None = None

    @property
    def newest(self) -> Version | None:
        """The version of the latest date; without dates, the first that stands there."""
        dated = [version for version in self.versions if version.date is not None]
        latest = max(dated, key=lambda version: version.date or date.min, default=None)
        return latest or next(iter(self.versions), None)

    def released(self, today: date | None = None) -> tuple[Version, ...]:
        """The versions that have notes, without those dated after `today`."""
        return tuple(
            version
            for version in self.versions
            if version.words and (today is None or version.date is None or version.date <= today)
        )


def read(data: bytes | str | Document, *, name: str = "CHANGELOG.md") -> Changelog:
    """The changelog in a file, or in a document that was read already.

    Raises Malformed and TooLarge, as `markdown_doc.read` does.
    """
    document = data if isinstance(data, Document) else read_document(data, name=name)
    marks = _marks(document)
    versions: list[Version] = []
    unreleased: list[Version] = []
    for at, mark in enumerate(marks):
        end = marks[at + 1].line if at + 1 < len(marks) else None
        said = document.between(mark.line, end)
        first = next((block.text for block in said.blocks if block.text != mark.text), "")[:80]
        found = _version(mark.text)
        words = said.body_words - (len(mark.text.split()) if mark.level == _BARE else 0)
        if _NOT_YET.search(mark.text) or (found and _NOT_YET.search(first)):
            unreleased.append(Version(found or mark.text, None, mark.line, max(words, 0)))
        elif found and set(found) - set("0."):
            when = find_date(mark.text) or find_date(first)
            versions.append(Version(found, when, mark.line, max(words, 0)))
    pointer = None if versions or unreleased else _pointer(document)
    return Changelog(tuple(versions), tuple(unreleased), pointer)


def _marks(document: Document) -> list[Heading]:
    """The headings that name a version; where none does, the lines that are nothing but one."""
    named = [h for h in document.headings if _version(h.text) or _NOT_YET.search(h.text)]
    levels = [h.level for h in named if _version(h.text)]
    if levels:
        return [h for h in named if h.level <= min(levels) + 1]
    lines = [Heading(_BARE, block.text.split("\n")[0], block.line) for block in document.blocks]
    bare = [line for line in lines if len(line.text.split()) <= 8 and _version(line.text)]
    return sorted([*named, *bare], key=lambda heading: heading.line)


def _version(text: str) -> str | None:
    """The version that a heading begins with; a heading that begins with a day names it itself."""
    found = _DAY.match(text) or _VERSION.match(text)
    return found.group(1) if found else None


def _pointer(document: Document) -> str | None:
    """Where a short file sends its reader."""
    if document.body_words > _SHORT:
        return None
    targets = [link.text for link in document.links if not link.text.startswith("mailto:")]
    if targets:
        return targets[0]
    texts = [block.text for block in (*document.blocks, *document.code_spans)]
    found = (match for text in texts if (match := _POINTER.search(text)))
    return next((match.group(1) for match in found), None)
