"""reStructuredText, AsciiDoc and plain text by their visible structure: headings, code, links."""

from __future__ import annotations

import re
from dataclasses import dataclass

from auditor.formats.document import Block, Document, Fence
from auditor.formats.document_draft import Draft

PLAIN_ENDINGS = frozenset({"rst", "rest", "adoc", "asciidoc", "asc", "txt", "text"})

_UNDERLINE = re.compile(r"([=\-~^\"'`#*+:._])\1{2,}\s*")
_ADOC_HEADING = re.compile(r"(={1,6})\s+(\S.*)")
_FENCE = re.compile(r"-{4,}\s*|\.{4,}\s*|```.*")
_LINK = re.compile(r"`[^`<]{0,200}<([^`>\s]+)>`__?|(?:link|xref|image):{1,2}([^\[\s]+)\[")
_TARGET = re.compile(r"\.\. _[^:]+:\s*(\S+)")
_CODE = re.compile(r"``(.+?)``|(?<![\w`:])`([^`<\n]+)`(?!_)")
_LABEL = re.compile(r"^(?:[-*] )?(?:\*\*|\*)([^*\n]+)(?:\*\*|\*)", re.MULTILINE)
_DIRECTIVE = re.compile(r"\.\. ([\w-]+)::\s*(\S*)")
_SHOWN = frozenset(
    {"note", "warning", "tip", "important", "caution", "hint", "danger", "attention", "admonition"}
)
_NAMES_A_FILE = frozenset({"include", "image", "figure", "literalinclude"})
_NOTHING = "\ufffc"


def read_plain(text: str, ending: str) -> Document:
    """The document in a text whose line ends are "\\n"; `ending` is one of PLAIN_ENDINGS."""
    reader = _Reader(ending)
    lines = text.split("\n")
    for at, line in enumerate(lines):
        reader.take(line, lines[at + 1] if at + 1 < len(lines) else "", at + 1)
    reader.end()
    return reader.draft.document()


@dataclass(slots=True)
class _Code:
    """Code that is still open: its first line, and the indentation that ends it (-1: a fence)."""

    line: int
    language: str
    indent: int
    lines: list[str]


class _Reader:
    def __init__(self, ending: str) -> None:
        self.draft = Draft()
        self._rst = ending in ("rst", "rest")
        self._adoc = ending in ("adoc", "asciidoc", "asc")
        self._marks: list[str] = []
        self._paragraph: list[str] = []
        self._start = 1
        self._code: _Code | None = None
        self._language = ""

    def take(self, raw: str, below: str, number: int) -> None:
        """One line, with the one below it."""
        line = raw.strip()
        if self._in_code(raw, line):
            return
        if not self._rst and not self._paragraph and _FENCE.fullmatch(line):
            self._code = _Code(number, line.strip("`-. ") or self._language, -1, [])
        elif not line:
            self._flush()
        elif not self._structure(raw, line, below.strip(), number):
            self._start = self._start if self._paragraph else number
            self._paragraph.append(line)
            if self._rst and line.endswith("::"):
                self._flush()
                self._code = _Code(number, "", len(raw) - len(raw.lstrip()), [])

    def end(self) -> None:
        """The end of the text."""
        self._flush()
        self._close_code()

    def _in_code(self, raw: str, line: str) -> bool:
        """Takes a line of code; text that is no longer indented closes the code."""
        code = self._code
        if code is None:
            return False
        if code.indent < 0:
            if _FENCE.fullmatch(line):
                self._close_code()
            else:
                code.lines.append(raw)
            return True
        if line and len(raw) - len(raw.lstrip()) <= code.indent:
            self._close_code()
            return False
        code.lines.append(raw)
        return True

    def _close_code(self) -> None:
        code, self._code = self._code, None
        if code is not None and any(line.strip() for line in code.lines):
            text = "\n".join(code.lines).strip("\n")
            self.draft.fences.append(Fence(code.language, text, code.line))

    def _structure(self, raw: str, line: str, below: str, number: int) -> bool:
        """Takes a line that is a heading, a rule or a directive."""
        directive = _DIRECTIVE.match(line) if self._rst else None
        target = _TARGET.match(line) if self._rst else None
        heading = _ADOC_HEADING.fullmatch(line) if self._adoc else None
        alone = not self._paragraph and not raw[:1].isspace()
        underline = _UNDERLINE.fullmatch(below) if alone else None
        if directive is not None:
            self._directive(directive, raw, number)
        elif target is not None:
            self.draft.link(target.group(1), number)
        elif heading is not None:
            self._flush()
            self.draft.heading(len(heading.group(1)), heading.group(2), number)
        elif underline is not None and not _UNDERLINE.fullmatch(line):
            self.draft.heading(self._level(underline.group(1)), line, number)
        elif _UNDERLINE.fullmatch(line):
            self._flush()
        elif self._adoc and line.startswith("[source"):
            self._language = line.strip("[]").partition(",")[2].partition(",")[0].strip()
        else:
            return False
        return True

    def _directive(self, found: re.Match[str], raw: str, number: int) -> None:
        self._flush()
        kind, argument = found.group(1), found.group(2)
        if kind in _NAMES_A_FILE and argument:
            self.draft.link(argument, number, image=kind in ("image", "figure"))
        if kind not in _SHOWN:
            language = argument if kind in ("code-block", "code", "sourcecode") else ""
            self._code = _Code(number, language, len(raw) - len(raw.lstrip()), [])

    def _level(self, mark: str) -> int:
        """reStructuredText gives levels in the order in which the marks first appear."""
        if mark not in self._marks:
            self._marks.append(mark)
        return min(self._marks.index(mark) + 1, 6)

    def _flush(self) -> None:
        """Takes the paragraph that ends here."""
        text, line = "\n".join(self._paragraph), self._start
        self._paragraph = []
        for match in _LINK.finditer(text):
            at = line + text.count("\n", 0, match.start())
            self.draft.link(match.group(1) or match.group(2), at)
        for match in _LABEL.finditer(text):
            self.draft.label(match.group(1), line + text.count("\n", 0, match.start()))
        text = _LINK.sub(" ", text)
        for match in _CODE.finditer(text):
            said = match.group(1) or match.group(2)
            self.draft.code_spans.append(Block(said, line + text.count("\n", 0, match.start())))
        self.draft.prose(_CODE.sub(_NOTHING, text), line)
