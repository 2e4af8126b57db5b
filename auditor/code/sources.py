"""The source files of a service: which there are, which ship, and which could not be read.

The caller hands a `read` that gives bytes or says why not; nothing here opens a file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from auditor.code.languages import grammar_of, language_of
from auditor.code.lexical.places import (
    SHIPPED,
    Role,
    looks_generated,
    looks_vendored,
    role,
    vendored_among,
)
from auditor.code.parsing import Unparsed
from auditor.code.reading import Reading, decode, read_source
from auditor.model.evidence import Location, Problem, ProblemKind

READ_LIMIT = 4 * 1024 * 1024
"""The largest source file that is read, in bytes."""

_NAMED = 20


@dataclass(frozen=True, slots=True)
class Unread:
    """A file that was not read: what kind of trouble, and why, in a sentence."""

    path: str
    kind: ProblemKind
    why: str


@dataclass(frozen=True, slots=True)
class Bytes:
    """The bytes of a file, and their SHA-256 in hexadecimal where somebody knows it."""

    data: bytes
    digest: str = ""


Read = Callable[[str], "Bytes | Unread"]


@dataclass(frozen=True, slots=True)
class SourceText:
    """A shipped source file with its text; `path` is relative to the git root.

    `content` is the SHA-256 of its bytes, where it is known.
    """

    path: str
    language: str
    text: str
    content: str = ""

    def read(self) -> Reading:
        """Its comments and lines; raises Unparsed."""
        grammar = grammar_of(self.path)
        if grammar is None:
            raise Unparsed(f"there is no grammar for {self.language}")
        return read_source(self.text, grammar)


@dataclass(slots=True)
class Survey:
    """What a walk over source files came to; filled while `texts` is walked."""

    read: int = 0
    left_out: Counter[Role] = field(default_factory=Counter)
    unread: list[Unread] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether something was read, and nothing left unread."""
        return self.read > 0 and not self.unread

    def refuse(self, file: SourceText, refusal: Unparsed) -> None:
        """Take back a file that turned out not to be readable."""
        self.read -= 1
        self.unread.append(
            Unread(file.path, ProblemKind.MALFORMED, f"{file.path} was not parsed: {refusal}.")
        )

    def scope(self, root: str) -> str:
        """What was looked at, in words."""
        left = ", ".join(f"{n} {r.value}" for r, n in sorted(self.left_out.items()))
        said = f"{root or '.'}: {self.read} source files read"
        return f"{said}; left out: {left}" if left else said

    def problems(self, *facts: str) -> Iterator[Problem]:
        """One problem for each unread file, the first ones by name, the rest as a number."""
        for file in self.unread[:_NAMED]:
            yield Problem(
                file.kind, file.why, _HINTS.get(file.kind, ""), facts, (Location(path=file.path),)
            )
        rest = len(self.unread) - _NAMED
        if rest > 0:
            yield Problem(
                ProblemKind.MALFORMED, f"{rest} more source files were not read.", "", facts
            )

    def gap(self, root: str, found: int, what: str, *facts: str) -> Iterator[Problem]:
        """Why `found` things of a sort (`what`, in words) are not the whole number, if they are not."""
        if not self.read and not self.unread:
            yield Problem(
                ProblemKind.VACUOUS,
                f"No source file of the service was searched for {what} ({self.scope(root)}).",
                "Check the service root (--root).",
                facts,
            )
        elif self.unread:
            yield Problem(
                self.unread[0].kind,
                f"{len(self.unread)} of {self.read + len(self.unread)} source files could not be read "
                f"(first {self.unread[0].path}), so the number of {what} is not known; {found} were found in the rest.",
                _HINTS.get(self.unread[0].kind, ""),
                facts,
                tuple(Location(path=file.path) for file in self.unread[:_NAMED]),
            )
            yield from self.problems(*facts)


_HINTS = {
    ProblemKind.MALFORMED: "Mend the file, or move it out of the service's source.",
    ProblemKind.TOO_LARGE: "Split the file, or keep data out of source files.",
    ProblemKind.DENIED: "Give the auditor the right to read the file.",
}


def texts(
    paths: Iterable[str], read: Read, survey: Survey, below: Callable[[str], str]
) -> Iterator[SourceText]:
    """The shipped source files among `paths`, with their text; the rest goes into `survey`.

    `below` makes a path relative to the service root, from which its role is judged.
    """
    every = list(paths)
    libraries = vendored_among(map(below, every))
    for path in every:
        language = language_of(path)
        if language is None:
            continue
        what = Role.VENDORED if below(path) in libraries else role(below(path))
        if what not in SHIPPED:
            survey.left_out[what] += 1
            continue
        data = read(path)
        if isinstance(data, Unread):
            survey.unread.append(data)
            continue
        text = decode(data.data)
        if "\0" in text:
            why = f"{path} is no text: it holds binary data, or UTF-16 without its mark."
            survey.unread.append(Unread(path, ProblemKind.MALFORMED, why))
        elif looks_vendored(path, text):
            survey.left_out[Role.VENDORED] += 1
        elif looks_generated(text):
            survey.left_out[Role.GENERATED] += 1
        else:
            survey.read += 1
            yield SourceText(path, language, text, data.digest)
