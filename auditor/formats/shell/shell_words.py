"""Shell text as tokens: words without their quotes, operators, line ends and heredoc bodies.

Redirections are dropped, comments too; what a word substitutes is kept for reading in its turn.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

from auditor.formats.text.word_list import words

_BLANK = re.compile(r"(?:[ \t\r]|\\\r?\n)+")
_COMMENT = re.compile(r"#[^\n]*")
_REDIRECTION = re.compile(r"(?:\d*|\{\w+\})(?:<<<|<<-|<<|>>|>&|<&|>\||<>|>|<)(?!\()|&>>?")
_TEST = re.compile(r"\[\[\s.{0,500}?\s\]\](?=[\s;&|)]|$)", re.DOTALL)
_BEFORE_COMMAND = words("for if elif while until then else do ! {")
_OPERATOR = re.compile(r"&&|\|\||;;&|;;|;&|\|&|[;&|()]|\n")
_END_OF_WORD = frozenset(" \t\r\n;&|()<>")
_DEEPEST = 20


class ShellError(Exception):
    """Text that is not shell, or nested too deeply to be read; never leaves these modules."""


class TokenKind(StrEnum):
    """What a token is; a line end is an operator whose text is a line feed."""

    WORD = "word"
    OPERATOR = "operator"
    HEREDOC = "heredoc"


@dataclass(frozen=True, slots=True)
class Substitution:
    """The text inside `$(…)` or backticks, and the line on which it starts."""

    text: str
    line: int


@dataclass(slots=True)
class Token:
    """One token. `raw` keeps the quotes; `text` is without them, or the body of a heredoc."""

    kind: TokenKind
    raw: str
    text: str
    line: int
    substitutions: list[Substitution] = field(default_factory=list)

    @property
    def quoted(self) -> bool:
        """Whether any of it is quoted, so that it is no keyword."""
        return self.raw != self.text


def tokens(text: str, first_line: int = 1) -> list[Token]:
    """The tokens of a script. Raises ShellError for an open quote, brace or parenthesis."""
    lexer = _Lexer(text, first_line)
    lexer.run()
    return lexer.found


class _Lexer:
    def __init__(self, text: str, first_line: int) -> None:
        self.found: list[Token] = []
        self._text = text
        self._at = 0
        self._line = first_line
        self._heredocs: list[tuple[Token, str, bool]] = []

    def run(self) -> None:
        text = self._text
        while self._at < len(text):
            if blank := _BLANK.match(text, self._at):
                self._advance(blank.end())
            elif comment := _COMMENT.match(text, self._at):
                self._advance(comment.end())
            elif test := _TEST.match(text, self._at):
                self.found += [
                    Token(TokenKind.WORD, part, part.strip("\"'"), self._line)
                    for part in test.group().split()
                ]
                self._advance(test.end())
            elif text.startswith("((", self._at) and self._starts_command():
                end = skip(text, self._at, "(", ")", 0)
                part = text[self._at : end]
                self.found.append(Token(TokenKind.WORD, part, part, self._line))
                self._advance(end)
            elif redirection := _REDIRECTION.match(text, self._at):
                self._redirect(redirection)
            elif operator := _OPERATOR.match(text, self._at):
                found = Token(TokenKind.OPERATOR, operator.group(), operator.group(), self._line)
                self.found.append(found)
                self._advance(operator.end())
                if operator.group() == "\n":
                    self._read_heredocs()
            else:
                self.found.append(self._word())

    def _starts_command(self) -> bool:
        last = self.found[-1] if self.found else None
        return last is None or last.kind is TokenKind.OPERATOR or last.raw in _BEFORE_COMMAND

    def _advance(self, to: int) -> None:
        self._line += self._text.count("\n", self._at, to)
        self._at = to

    def _redirect(self, redirection: re.Match[str]) -> None:
        self._advance(redirection.end())
        if blank := _BLANK.match(self._text, self._at):
            self._advance(blank.end())
        if self._at >= len(self._text) or self._text[self._at] in "\n;&|)":
            return
        target = self._word()
        if redirection.group().endswith(("<<", "<<-")):
            found = Token(TokenKind.HEREDOC, target.raw, "", self._line)
            self.found.append(found)
            self._heredocs.append((found, target.text, redirection.group().endswith("-")))

    def _read_heredocs(self) -> None:
        for found, word, tabs in self._heredocs:
            found.line = self._line
            body: list[str] = []
            while self._at < len(self._text):
                end = self._text.find("\n", self._at)
                end = len(self._text) if end < 0 else end
                line = self._text[self._at : end]
                self._advance(min(end + 1, len(self._text)))
                if (line.lstrip("\t") if tabs else line).rstrip("\r") == word:
                    break
                body.append(line)
            found.text = "\n".join(body)
        self._heredocs = []

    def _word(self) -> Token:
        """The word that starts here; it may be empty where an operator stands."""
        text, start = self._text, self._at
        word = Token(TokenKind.WORD, "", "", self._line)
        plain: list[str] = []
        at = start
        while at < len(text):
            letter = text[at]
            if letter in "<>" and text.startswith("(", at + 1):
                at = self._substitute(word, at + 2, ")")
            elif letter in _END_OF_WORD:
                break
            elif letter == "\\":
                plain.append("" if text[at + 1 : at + 2] == "\n" else text[at + 1 : at + 2])
                at += 2
            elif letter == "'":
                end = text.find("'", at + 1)
                if end < 0:
                    raise ShellError("a quote is not closed")
                plain.append(text[at + 1 : end])
                at = end + 1
            elif letter == '"':
                at = self._double_quoted(word, at + 1, plain)
            elif letter in "$`":
                at = self._dollar(word, at, plain)
            else:
                plain.append(letter)
                at += 1
        word.raw, word.text = text[start:at], "".join(plain)
        self._advance(min(at, len(text)))
        return word

    def _double_quoted(self, word: Token, at: int, plain: list[str]) -> int:
        text = self._text
        while at < len(text):
            letter = text[at]
            if letter == '"':
                return at + 1
            if letter == "\\":
                following = text[at + 1 : at + 2]
                keep = "" if following in ("", '"', "\\", "$", "`", "\n") else "\\"
                plain.append(keep + ("" if following == "\n" else following))
                at += 2
            elif letter in "$`":
                at = self._dollar(word, at, plain)
            else:
                plain.append(letter)
                at += 1
        raise ShellError("a quote is not closed")

    def _dollar(self, word: Token, at: int, plain: list[str]) -> int:
        """Steps over a `$…` or a backtick, which stays in the plain text as it is written."""
        text = self._text
        start = at
        if text.startswith("${{", at):
            end = text.find("}}", at)
            at = len(text) if end < 0 else end + 2
        elif text.startswith("$((", at):
            at = skip(text, at + 1, "(", ")", 0)
        elif text.startswith("$(", at):
            at = self._substitute(word, at + 2, ")")
        elif text.startswith("${", at):
            at = skip(text, at + 1, "{", "}", 0)
        elif text[at] == "`":
            at = self._substitute(word, at + 1, "`")
        else:
            at += 1
        plain.append(text[start:at])
        return at

    def _substitute(self, word: Token, at: int, close: str) -> int:
        if close == "`":
            end = self._text.find("`", at) + 1
            if not end:
                raise ShellError("a backtick is not closed")
        else:
            end = skip(self._text, at - 1, "(", ")", 0)
        line = self._line + self._text.count("\n", self._at, at)
        word.substitutions.append(Substitution(self._text[at : end - 1], line))
        return end


def skip(text: str, at: int, opening: str, closing: str, depth: int) -> int:
    """The position behind the bracket that closes the one at `at`, quotes respected.

    Raises ShellError where nothing closes it, and beyond twenty levels of substitution.
    """
    if depth > _DEEPEST:
        raise ShellError("substitutions are nested too deeply")
    level = 0
    while at < len(text):
        letter = text[at]
        if letter == "\\":
            at += 1
        elif letter == "'" and closing == ")":
            at = text.find("'", at + 1)
            if at < 0:
                break
        elif letter == '"':
            at = _skip_double(text, at + 1, depth)
            continue
        elif letter == opening:
            level += 1
        elif letter == closing:
            level -= 1
            if level == 0:
                return at + 1
        at += 1
    raise ShellError(f"a `{opening}` is not closed")


def _skip_double(text: str, at: int, depth: int) -> int:
    while at < len(text):
        if text[at] == '"':
            return at + 1
        if text[at] == "\\":
            at += 2
        elif text.startswith("$(", at):
            at = skip(text, at + 1, "(", ")", depth + 1)
        else:
            at += 1
    raise ShellError("a quote is not closed")
