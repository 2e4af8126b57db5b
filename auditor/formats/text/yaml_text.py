"""YAML to plain values with positions, guarded against bombs and deep nesting before it is built.

Reads the core schema of YAML 1.2, plus merge keys. Keys are always text, as written (`200:` is
"200"); no tag ever constructs anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import yaml

from auditor.formats.text.errors import Malformed, TooLarge
from auditor.formats.text.yaml_builder import Builder, Entry, Mark, YamlLimits, YamlValue

__all__ = ["DEFAULT_LIMITS", "Path", "YamlDocument", "YamlLimits", "YamlValue", "load", "load_all"]

Path: TypeAlias = tuple[str | int, ...]
DEFAULT_LIMITS = YamlLimits()


@dataclass(frozen=True, slots=True)
class YamlDocument:
    """One document. A path is a tuple of keys and list positions, `()` being the root.

    Positions count from 1 and are None where nothing stands at the path. Values reached through an
    alias or a merge key have the position of the anchor's text.
    """

    value: YamlValue
    marks: Mark | None = None

    def line(self, path: Path) -> int | None:
        """The line on which the value at `path` starts (for a block text: its `|` or `>`)."""
        entry = self._entry(path)
        return None if entry is None else entry.node.line

    def column(self, path: Path) -> int | None:
        """The column at which the value at `path` starts."""
        entry = self._entry(path)
        return None if entry is None else entry.node.column

    def key_line(self, path: Path) -> int | None:
        """The line of the key that `path` ends with; of the element itself in a list."""
        entry = self._entry(path)
        return None if entry is None else entry.line

    def key_column(self, path: Path) -> int | None:
        """The column of the key that `path` ends with."""
        entry = self._entry(path)
        return None if entry is None else entry.column

    def text_line(self, path: Path) -> int | None:
        """The line of the first character of the text at `path`: one below the `|` of a block."""
        entry = self._entry(path)
        return None if entry is None else entry.node.line + (entry.node.style in ("|", ">"))

    def tag(self, path: Path) -> str | None:
        """The explicit tag of the value at `path`, such as `!reference`."""
        entry = self._entry(path)
        return None if entry is None else entry.node.tag

    def _entry(self, path: Path) -> Entry | None:
        if self.marks is None:
            return None
        entry = Entry(self.marks.line, self.marks.column, self.marks)
        for step in path:
            below = entry.node.below
            if isinstance(below, dict) and isinstance(step, str) and step in below:
                entry = below[step]
            elif isinstance(below, list) and isinstance(step, int) and 0 <= step < len(below):
                entry = Entry(below[step].line, below[step].column, below[step])
            else:
                return None
        return entry


def load(data: bytes | str, *, name: str = "", limits: YamlLimits = DEFAULT_LIMITS) -> YamlDocument:
    """The only document of `data`; its value is None where the text is empty or all comments.

    Bytes are UTF-8, or UTF-16 with a byte order mark. `name` opens the messages of errors.
    Raises Malformed (also for a second document) and TooLarge.
    """
    documents = load_all(data, name=name, limits=limits)
    if len(documents) > 1:
        raise Malformed(
            f"{name or 'The YAML text'} holds {len(documents)} documents where one is expected.",
            line=documents[1].line(()),
        )
    return documents[0] if documents else YamlDocument(None)


def load_all(
    data: bytes | str, *, name: str = "", limits: YamlLimits = DEFAULT_LIMITS
) -> list[YamlDocument]:
    """Every document of `data` in order. Raises Malformed and TooLarge."""
    subject = name or "The YAML text"
    if len(data) > limits.size:
        raise TooLarge(f"{subject} is larger than the limit of {limits.size:,} bytes.")
    builder = Builder(limits, subject)
    for event in _events(data, limits, subject):
        builder.take(event)
    return [YamlDocument(value, mark) for value, mark in builder.finished]


def _events(data: bytes | str, limits: YamlLimits, subject: str) -> Iterator[yaml.Event]:
    """Events one at a time: libyaml overflows its stack where deep nesting is composed."""
    try:
        yield from yaml.parse(data, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(error, data, limits, subject) from None
    except yaml.reader.ReaderError as error:
        raise _reader_error(error, data, subject) from None
    except UnicodeError:
        raise Malformed(f"{subject} holds text that is not valid Unicode.") from None


def _syntax_error(
    error: yaml.MarkedYAMLError, data: bytes | str, limits: YamlLimits, subject: str
) -> Malformed | TooLarge:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (None, None)
    problem = error.problem or "the text breaks the rules of YAML"
    if "nesting depth" in problem:  # newer readers refuse a tower while they look ahead of us
        return TooLarge(
            f"{subject} is refused: its depth passes the limit of {limits.depth:,}.",
            line=line,
            column=column,
        )
    if "tab" in problem.split() or (line and _indented_with_tab(data, line)):
        problem = "a tab stands in the indentation, where YAML allows only spaces"
    elif error.context:
        problem = f"{problem} ({error.context})"
    return Malformed(f"{subject} is not valid YAML: {problem}.", line=line, column=column)


def _indented_with_tab(data: bytes | str, line: int) -> bool:
    text = data if isinstance(data, str) else data.decode("utf-8", "replace")
    lines = text.split("\n")
    if line > len(lines):
        return False
    here = lines[line - 1]
    return "\t" in here[: len(here) - len(here.lstrip())]


def _reader_error(error: yaml.reader.ReaderError, data: bytes | str, subject: str) -> Malformed:
    raw = data.encode("utf-8", "replace") if isinstance(data, str) else data
    return Malformed(
        f"{subject} is not valid YAML: {error.reason}. Save the file as UTF-8 text.",
        line=raw.count(b"\n", 0, error.position) + 1,
    )
