"""Blocks of commented-out code among the comments of a file.

Precision before recall: a block counts only where a reviewer would agree. Doc comments, examples
("e.g.", "usage:", code set in from the prose before it), directives and headers are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from auditor.code.lexical.comments import Comment
from auditor.code.lexical.sentences import announces_example, is_example, is_sentence
from auditor.code.lexical.statements import is_code

_SIGN = re.compile(r"(?:///?|#+|--+) ?")
_STAR = re.compile(r"\s*\* ?")
_CODE = re.compile(r"[=(){}\[\];<]|^\s*(?:import|from|return|raise|del)\b|^\s*@\w", re.MULTILINE)
_RULER = re.compile(r"[\s\W_]*")
_MOST_LINES = 400
_LONGEST_LINE = 2_000
_SCRIPT_METADATA = "/// script"

Line = tuple[int, str]
"""A line number (from 1) and what the line says without its comment signs."""


@dataclass(frozen=True, slots=True)
class Block:
    """Commented-out code: its first line in the file (from 1), how many lines, and the first one."""

    line: int
    lines: int
    text: str


@dataclass(frozen=True, slots=True)
class _Group:
    """Comments that belong together; `starred` ones have a star before each line, as documents do."""

    lines: tuple[Line, ...]
    starred: bool = False


def blocks(comments: Iterable[Comment], grammar: str) -> list[Block]:
    """The commented-out blocks, at most one for each group of adjacent comments.

    `grammar` is one of `statements.JUDGED`.
    """
    found = (_block(group, grammar) for group in _groups(comments))
    return [block for block in found if block is not None]


def _groups(comments: Iterable[Comment]) -> Iterator[_Group]:
    """Adjacent line comments together, block comments each alone, their signs taken away."""
    lines: list[Line] = []
    last: Comment | None = None
    for comment in comments:
        if not comment.alone or comment.doc or comment.text.startswith(("#!", "<!--")):
            continue
        joined = last is not None and (comment.line, comment.column) == (last.line + 1, last.column)
        if lines and not joined:
            yield _Group(tuple(lines))
        if not joined:
            lines = []
        last = None if comment.block else comment
        if comment.block:
            yield _inside(comment)
        else:
            lines.append((comment.line, _SIGN.sub("", comment.text, count=1)))
    if lines:
        yield _Group(tuple(lines))


def _inside(comment: Comment) -> _Group:
    body = comment.text
    for opening, closing in (("/*", "*/"), ("=begin", "=end")):
        body = body.removeprefix(opening).removesuffix(closing)
    lines = body.split("\n")
    starred = len(lines) > 1 and all(x.lstrip().startswith("*") for x in lines[1:-1] if x.strip())
    if starred:
        lines = [_STAR.sub("", line, count=1) for line in lines]
    else:
        lines[0] = " " * comment.column + lines[0].lstrip()
    return _Group(tuple((comment.line + i, x.rstrip()) for i, x in enumerate(lines)), starred)


def _block(group: _Group, grammar: str) -> Block | None:
    text = "\n".join(line for _, line in group.lines)
    if (
        len(group.lines) > _MOST_LINES
        or not _CODE.search(text)
        or text.startswith(_SCRIPT_METADATA)
    ):
        return None
    document = group.starred or grammar == "bash"
    prose: list[str] = []
    margin: int | None = None
    for run in _runs(group.lines):
        lines = [line for _, line in run]
        indent = min(_indent(line) for line in lines)
        if is_sentence(lines[0]):
            if document:
                return None
            prose += lines
        elif (margin is None or indent <= margin + 1) and _commented_out(lines, prose, grammar):
            return Block(run[0][0], len(run), lines[0].strip())
        margin = indent if margin is None else min(margin, indent)
    return None


def _commented_out(lines: list[str], prose: list[str], grammar: str) -> bool:
    return (
        not announces_example(prose, lines[0])
        and not is_example(lines)
        and _holds_code(lines, grammar)
    )


def _runs(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """Sentences each alone, and what lies between them, blank lines and rulers together."""
    run: list[Line] = []
    for number, line in lines:
        if is_sentence(line):
            if run:
                yield run
            run = []
            yield [(number, line)]
        elif _separates(line):
            if run:
                yield run
            run = []
        else:
            run.append((number, line))
    if run:
        yield run


def _separates(line: str) -> bool:
    """A blank line or a ruler; a line of brackets only belongs to the code around it."""
    brackets = bool(line.strip()) and not line.strip(" \t(){}[];,")
    return len(line) > _LONGEST_LINE or (_RULER.fullmatch(line) is not None and not brackets)


def _holds_code(lines: list[str], grammar: str) -> bool:
    """All lines together are code, or at least half of them each alone, as in a part of a block."""
    margin = min(_indent(line) for line in lines)
    flush = [line.expandtabs(4)[margin:] for line in lines]
    if is_code("\n".join(flush), grammar):
        return True
    clear = sum(1 for line in flush if not line[:1].isspace() and is_code(line, grammar))
    return clear >= 2 and clear * 2 >= len(flush)


def _indent(line: str) -> int:
    wide = line.expandtabs(4)
    return len(wide) - len(wide.lstrip())
