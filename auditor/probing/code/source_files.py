"""The texts of a service's files for all topics: decoded once, and what was made of each kept by its content."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import TypeVar

from auditor.code.languages import grammar_of
from auditor.code.lexical.places import Role, role
from auditor.code.lexical.word_index import WordIndex, Words, words_of
from auditor.code.outline import Marks, Outline, drawn, marks
from auditor.code.parsing import Unparsed
from auditor.code.reading import decode
from auditor.code.scanning import family
from auditor.code.sources import READ_LIMIT
from auditor.probing.by_content import made
from auditor.probing.code.text_matches import TextMatches
from auditor.probing.content_tables import Tables
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repo import Repo

T = TypeVar("T")
_MOST_TEXT = 48_000_000
_MOST_OUTLINES = 6_000_000
OUTLINED = ("python", "javascript", "go")
"""The families of which there are outlines."""


class SourceFiles:
    """Texts by path. `members` are the files that the service reaches, perhaps too, once that is known."""

    def __init__(self, repo: Repo, tables: Tables) -> None:
        self._repo = repo
        self._tables = tables
        self._texts: dict[str, str | None] = {}
        self._digests: dict[str, str] = {}
        self._room = _MOST_TEXT
        self._outlines: dict[str, Outline | None] = {}
        self._outline_room = _MOST_OUTLINES
        self._lock = threading.Lock()
        self.reachable: frozenset[str] = frozenset()
        self.members: tuple[str, ...] = ()

    def text(self, path: str) -> str | None:
        """The text of a file; None where it cannot be read."""
        if path in self._texts:
            return self._texts[path]
        try:
            read = self._repo.read(path, limit=READ_LIMIT)
        except Trouble:
            self._texts[path] = None
            return None
        text = decode(read.data)
        self._digests[path] = read.source.sha256 or ""
        if len(text) <= self._room:
            self._room -= len(text)
            self._texts[path] = text
        return text

    def key(self, path: str) -> str:
        """What tells one content in one grammar from every other; "" where it cannot be read."""
        if path not in self._digests and self.text(path) is None:
            return ""
        return sys.intern(f"{self._digests[path]} {grammar_of(path)}")  # many tables go by it

    def made(
        self, maker: str, shape: type[T], make: Callable[[str, str], T], path: str
    ) -> T | Unparsed:
        """What `make` gives for the text and the grammar of a file, kept by its content."""
        table = self._tables.table(maker, shape)
        key = self.key(path)
        if not key:
            return Unparsed("it could not be read")
        return made(table, key, lambda: make(self.text(path) or "", grammar_of(path) or ""))

    def outline(self, path: str) -> Outline | None:
        """The outline of a file; None where it has no tree."""
        if path in self._outlines:
            return self._outlines[path]
        found = self.made("outlines", Marks, marks, path)
        text = self.text(path) or ""
        outline = None if isinstance(found, Unparsed) else drawn(text, found)
        if len(text) <= self._outline_room:
            self._outline_room -= len(text)
            self._outlines[path] = outline
        return outline

    @cached_property
    def sources(self) -> Mapping[str, str]:
        """The text of every reachable source file of a language that is understood, by path."""
        found = {}
        for path in sorted(self.reachable):
            if family(path) is None or role(self._repo.below(path)) is not Role.SOURCE:
                continue
            text = self.text(path)
            if text is not None:
                found[path] = text
        return found

    def matching(self, wanted: re.Pattern[str]) -> frozenset[str]:
        """Those of `sources` in whose text a pattern is found."""
        with self._lock:
            return self._matches.of(wanted)

    def matching_members(self, wanted: re.Pattern[str]) -> frozenset[str]:
        """Those of `members` in whose text a pattern is found."""
        with self._lock:
            return self._member_matches.of(wanted)

    def matching_code(self, wanted: re.Pattern[str]) -> frozenset[str]:
        """Those of `members` in whose text without comments a pattern is found; none that has no tree."""
        with self._lock:
            return self._code_matches.of(wanted)

    @cached_property
    def _matches(self) -> TextMatches:
        texts = self.sources
        return TextMatches(self._tables.notes("text matches"), texts, texts.__getitem__, self.key)

    @cached_property
    def _member_matches(self) -> TextMatches:
        notes = self._tables.notes("member matches")
        return TextMatches(notes, self.members, lambda path: self.text(path) or "", self.key)

    @cached_property
    def _code_matches(self) -> TextMatches:
        notes = self._tables.notes("code matches")
        return TextMatches(notes, self.members, self._code, self.key)

    def _code(self, path: str) -> str:
        outline = self.outline(path) if family(path) in OUTLINED else None
        return outline.code if outline is not None else ""

    def holding(self, word: str) -> Iterator[str]:
        """Those of `members` that hold a word, and perhaps a few others, in order."""
        yield from (self.members[n] for n in self._words.holding(word))

    def mentions(self, word: str) -> int:
        """How often a word stands in `members`, comments and strings included; one file counts to 255."""
        return self._words.count(word)

    @property
    def _words(self) -> WordIndex:
        with self._lock:
            return self._index

    @cached_property
    def _index(self) -> WordIndex:
        return WordIndex(self._all_words())

    def _all_words(self) -> Iterable[Words]:
        for path in self.members:
            found = self.made("words", Words, lambda text, _: words_of(text), path)
            yield Words() if isinstance(found, Unparsed) else found
