"""The texts of the service's files, for what their scans do not keep: outlines, and who mentions a name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cached_property

from auditor.code.languages import grammar_of
from auditor.code.outline import Outline, outline
from auditor.code.parsing import Unparsed
from auditor.code.reading import decode
from auditor.code.scanning import family
from auditor.code.sources import READ_LIMIT
from auditor.probing.code.code_topics import Topic
from auditor.probing.contract import Context
from auditor.probing.doors.trouble import Trouble

_OUTLINED = ("python", "javascript", "go")
_WORD = re.compile(r"[A-Za-z_$][\w$]*")


class Texts:
    """Texts and outlines by path, each made when it is first asked for."""

    def __init__(self, ctx: Context, topic: Topic) -> None:
        self._repo = ctx.repo
        self._topic = topic
        self._texts: dict[str, str] = {}
        self._outlines: dict[str, Outline | None] = {}

    def text(self, path: str) -> str:
        """The text of a file; empty where it cannot be read."""
        if path not in self._texts:
            try:
                self._texts[path] = decode(self._repo.read(path, limit=READ_LIMIT).data)
            except Trouble:
                self._texts[path] = ""
        return self._texts[path]

    def outline(self, path: str) -> Outline | None:
        """The outline of a file; None where it has no tree, or is in a language without outlines."""
        if family(path) not in _OUTLINED:
            return None
        if path not in self._outlines:
            try:
                self._outlines[path] = outline(self.text(path), grammar_of(path) or "")
            except Unparsed:
                self._outlines[path] = None
        return self._outlines[path]

    @cached_property
    def files(self) -> tuple[str, ...]:
        """The files that the service reaches, perhaps too."""
        closure = self._topic.code.closure
        known = self._topic.code.scans
        return tuple(p for p in sorted(closure.reachable | closure.perhaps) if p in known)

    @cached_property
    def _words(self) -> Counter[str]:
        found: Counter[str] = Counter()
        for path in self.files:
            found.update(_WORD.findall(self.text(path)))
        return found

    def mentions(self, name: str) -> int:
        """How often a word stands in the service's files, comments and strings included."""
        return self._words[name]

    def importers(self, path: str, name: str) -> Iterator[str]:
        """The other files that read what is at the top of a file under a name."""
        word = re.compile(rf"(?<![\w$]){re.escape(name)}(?![\w$])")
        for other in self.files:
            if other == path or family(other) != family(path) or not word.search(self.text(other)):
                continue
            if family(path) == "go":
                same = other.rpartition("/")[0] == path.rpartition("/")[0]
                if same or name[:1].isupper():
                    yield other
            elif self._sees(other, path, name):
                yield other

    def _sees(self, other: str, path: str, name: str) -> bool:
        scan = self._topic.code.scans[other]
        member = re.search(rf"\.{re.escape(name)}(?![\w$])", self.text(other)) is not None
        for full in set(scan.names.values()):
            if full.rpartition(".")[2] == name:  # perhaps by way of a package that hands it on
                return True
            there = self._topic.origin(full, other)
            if there is not None and there[0] == path and (member or there[1] == name):
                return True
            if family(path) == "python" and self._topic.code.python.file(full, other) == path:
                return member
        return False
