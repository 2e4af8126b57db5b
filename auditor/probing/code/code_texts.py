"""The texts of the service's files, for what their scans do not keep: outlines, and who mentions a name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.code.outline import Outline
from auditor.code.scanning import family
from auditor.probing.code.code_topics import Topic
from auditor.probing.code.source_files import OUTLINED
from auditor.probing.contract import Context


class Texts:
    """Texts and outlines by path, each made for all topics when it is first asked for."""

    def __init__(self, ctx: Context, topic: Topic) -> None:
        self._topic = topic
        self._files = topic.code.files

    def text(self, path: str) -> str:
        """The text of a file; empty where it cannot be read."""
        return self._files.text(path) or ""

    def outline(self, path: str) -> Outline | None:
        """The outline of a file; None where it has no tree, or is in a language without outlines."""
        if family(path) not in OUTLINED:
            return None
        return self._files.outline(path)

    @property
    def files(self) -> tuple[str, ...]:
        """The files that the service reaches, perhaps too."""
        return self._files.members

    def holding(self, name: str) -> Iterator[str]:
        """Those of `files` that hold a word, and perhaps a few others."""
        return self._files.holding(name)

    def matching(self, wanted: re.Pattern[str]) -> frozenset[str]:
        """Those of `files` in whose text a pattern is found."""
        return self._files.matching_members(wanted)

    def matching_code(self, wanted: re.Pattern[str]) -> frozenset[str]:
        """Those of `files` in whose outline's code a pattern is found."""
        return self._files.matching_code(wanted)

    def mentions(self, name: str) -> int:
        """How often a word stands in the service's files, comments and strings included."""
        return self._files.mentions(name)

    def importers(self, path: str, name: str) -> Iterator[str]:
        """The other files that read what is at the top of a file under a name."""
        word = re.compile(rf"(?<![\w$]){re.escape(name)}(?![\w$])")
        for other in self.holding(name):
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
