"""A Dockerfile's text as logical instructions: continuations joined, comments dropped, heredocs."""

from __future__ import annotations

import re
from dataclasses import dataclass

from auditor.formats.text.errors import Malformed, TooLarge
from auditor.formats.text.word_list import words

_INSTRUCTIONS = words(
    "ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL"
    " STOPSIGNAL USER VOLUME WORKDIR"
)
_WITH_HEREDOC = words("ADD COPY RUN ONBUILD")
_DIRECTIVE = re.compile(r"#\s*([A-Za-z][A-Za-z0-9]*)\s*=\s*(\S.*?)\s*")
_HEREDOC = re.compile(r"\d*<<(-?)([^<]+)")
_FLAG = re.compile(r"--([a-z][a-z0-9-]*)(?:=(\S*))?(?:\s+|$)")
_MOST_INSTRUCTIONS = 10_000


@dataclass(frozen=True, slots=True)
class Instruction:
    """One logical instruction.

    `arguments` is the joined text behind the flags; `flags` are the `--name=value` pairs in order
    (value "" where none is written); `heredocs` the bodies; lines count from 1.
    """

    name: str
    arguments: str
    flags: tuple[tuple[str, str], ...]
    heredocs: tuple[str, ...]
    line: int
    end_line: int

    def flag(self, name: str) -> str | None:
        """The last value of `--name`, None where it is not given."""
        return dict(self.flags).get(name)


def read_instructions(text: str, *, name: str = "") -> tuple[str, tuple[Instruction, ...]]:
    """The escape character, and the instructions in order.

    `text` has "\\n" as line end. Raises Malformed for an instruction that Docker does not know and
    a heredoc that is not closed; TooLarge above 10,000 instructions.
    """
    subject = name or "The Dockerfile"
    lines = text.split("\n")
    escape = _escape(lines)
    found: list[Instruction] = []
    at = 0
    while at < len(lines):
        if not lines[at].strip() or lines[at].lstrip().startswith("#"):
            at += 1
            continue
        start = at
        logical, at = _join(lines, at, escape)
        if logical.strip():
            instruction, at = _instruction(logical, lines, start, at, subject)
            found.append(instruction)
        if len(found) > _MOST_INSTRUCTIONS:
            raise TooLarge(f"{subject} holds more than {_MOST_INSTRUCTIONS:,} instructions.")
    return escape, tuple(found)


def split_words(text: str, escape: str = "\\") -> list[str]:
    """The words of `text` as written: white space inside quotes, or escaped, does not split."""
    found: list[str] = []
    word: list[str] = []
    quote = ""
    letters = iter(text)
    for letter in letters:
        if letter == escape and quote != "'":
            word += (letter, next(letters, ""))
        elif quote:
            word.append(letter)
            quote = "" if letter == quote else quote
        elif letter.isspace():
            if word:
                found.append("".join(word))
                word = []
        else:
            word.append(letter)
            quote = letter if letter in "'\"" else ""
    return [*found, "".join(word)] if word else found


def unquote(word: str, escape: str = "\\") -> str:
    """`word` without its quotes and escape characters."""
    plain: list[str] = []
    quote = ""
    letters = iter(word)
    for letter in letters:
        if letter == escape and quote != "'":
            plain.append(next(letters, ""))
        elif letter == quote:
            quote = ""
        elif not quote and letter in "'\"":
            quote = letter
        else:
            plain.append(letter)
    return "".join(plain)


def _escape(lines: list[str]) -> str:
    """The escape character that a directive at the very top may set."""
    for line in lines:
        directive = _DIRECTIVE.fullmatch(line.strip())
        if directive is None:
            return "\\"
        if directive.group(1).lower() == "escape" and directive.group(2) in ("\\", "`"):
            return directive.group(2)
    return "\\"


def _join(lines: list[str], at: int, escape: str) -> tuple[str, int]:
    """The logical line that starts at `at`, and the index of the line after it.

    Comments and blank lines inside a continuation are dropped, as the builder does.
    """
    parts: list[str] = []
    while at < len(lines):
        line = lines[at]
        at += 1
        if parts and (not line.strip() or line.lstrip().startswith("#")):
            continue
        body = line.rstrip(" \t")
        # Two escape characters at the end are one literal character, not a continuation.
        continued = body.endswith(escape) and not body.endswith(escape * 2)
        parts.append(body[:-1] if continued else line)
        if not continued:
            break
    return "".join(parts), at


def _instruction(
    logical: str, lines: list[str], start: int, at: int, subject: str
) -> tuple[Instruction, int]:
    keyword, _, rest = logical.strip().replace("\t", " ", 1).partition(" ")
    name = keyword.upper()
    if name not in _INSTRUCTIONS:
        raise Malformed(
            f"{subject} cannot be built: `{keyword[:40]}` is not a Dockerfile instruction.",
            line=start + 1,
        )
    flags: list[tuple[str, str]] = []
    rest = rest.strip()
    while flag := _FLAG.match(rest):
        flags.append((flag.group(1), flag.group(2) or ""))
        rest = rest[flag.end() :]
    heredocs: list[str] = []
    if name in _WITH_HEREDOC:
        for opening in filter(None, map(_HEREDOC.fullmatch, split_words(rest))):
            word = unquote(opening.group(2))
            body, at = _heredoc(lines, at, word, bool(opening.group(1)))
            if body is None:
                raise Malformed(
                    f"{subject} cannot be built: the text after `<<{word}` is never closed.",
                    line=start + 1,
                )
            heredocs.append(body)
    return Instruction(name, rest, tuple(flags), tuple(heredocs), start + 1, at), at


def _heredoc(lines: list[str], at: int, word: str, tabs: bool) -> tuple[str | None, int]:
    """The body up to the line `word`, and the index after it; None where no such line comes."""
    for end in range(at, len(lines)):
        line = lines[end].lstrip("\t") if tabs else lines[end]
        if line == word:
            return "\n".join(lines[at:end]), end + 1
    return None, len(lines)
