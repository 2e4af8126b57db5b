"""A shell script as a tree: simple commands, pipelines, `&&` and `||` lists, and compounds.

Reads what CI scripts use of bash. A script that cannot be read as a whole is read line by line.
"""

from __future__ import annotations

import re

from auditor.formats.shell.shell_nodes import (
    AndOr,
    Case,
    Function,
    Group,
    If,
    Loop,
    Node,
    Pipeline,
    Sequence,
    Simple,
)
from auditor.formats.shell.shell_words import ShellError, Token, TokenKind, tokens
from auditor.formats.text.word_list import words

_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\+?=(.*)", re.DOTALL)
_SHELLS = words("bash sh dash zsh ksh")
_ENDS = words("then elif else fi do done esac } in")
_MOST_CHARACTERS = 100_000
_DEEPEST = 40


def read_script(text: str, first_line: int = 1) -> Sequence:
    """The tree of a script; lines count from `first_line`. Never fails.

    What is no shell at all, or beyond 100,000 characters, is left out.
    """
    text = text[:_MOST_CHARACTERS]
    try:
        return _parse(text, first_line, 0)
    except ShellError:
        found: list[tuple[Node, bool]] = []
        for at, line in enumerate(text.split("\n")):
            try:
                found += _parse(line, first_line + at, 0).items
            except ShellError:
                continue
        return Sequence(tuple(found))


def _parse(text: str, first_line: int, depth: int) -> Sequence:
    if depth > _DEEPEST:
        raise ShellError("the script is nested too deeply")
    parser = _Parser(tokens(text, first_line), depth)
    body = parser.sequence(0)
    parser.need_end()
    return body


class _Parser:
    def __init__(self, found: list[Token], depth: int) -> None:
        self._tokens = found
        self._at = 0
        self._depth = depth

    def need_end(self) -> None:
        if self._at < len(self._tokens):
            raise ShellError(f"`{self._tokens[self._at].raw}` stands where nothing should")

    def _peek(self, *texts: str) -> bool:
        """Whether the next token is one of these operators or unquoted words."""
        if self._at >= len(self._tokens):
            return False
        token = self._tokens[self._at]
        return token.kind is not TokenKind.HEREDOC and not token.quoted and token.raw in texts

    def _take(self, *texts: str) -> bool:
        found = self._peek(*texts)
        self._at += found
        return found

    def _need(self, text: str) -> None:
        if not self._take(text):
            raise ShellError(f"`{text}` is missing")

    def _skip_lines(self) -> None:
        while self._take("\n"):
            pass

    def sequence(self, depth: int) -> Sequence:
        """Commands up to a closing keyword, `)`, `;;` or the end."""
        if depth + self._depth > _DEEPEST:
            raise ShellError("the script is nested too deeply")
        items: list[tuple[Node, bool]] = []
        while True:
            while self._take("\n", ";"):
                pass
            if self._at >= len(self._tokens) or self._peek(")", ";;", ";&", ";;&", *_ENDS):
                return Sequence(tuple(items))
            node = self._and_or(depth)
            items.append((node, self._take("&")))

    def _and_or(self, depth: int) -> Node:
        first = self._pipeline(depth)
        rest: list[tuple[str, Node]] = []
        while self._peek("&&", "||"):
            operator = self._tokens[self._at].raw
            self._at += 1
            self._skip_lines()
            rest.append((operator, self._pipeline(depth)))
        return AndOr(first, tuple(rest)) if rest else first

    def _pipeline(self, depth: int) -> Node:
        negated = False
        while self._peek("!", "time"):
            negated ^= self._tokens[self._at].raw == "!"
            self._at += 1
        parts = [self._command(depth)]
        while self._take("|", "|&"):
            self._skip_lines()
            parts.append(self._command(depth))
        return Pipeline(tuple(parts), negated) if negated or len(parts) > 1 else parts[0]

    def _command(self, depth: int) -> Node:
        if depth + self._depth > _DEEPEST:
            raise ShellError("the script is nested too deeply")
        start = self._at
        node = self._compound(depth + 1)
        if node is None:
            return self._function(depth + 1) or self._simple()
        while self._at < len(self._tokens) and self._tokens[self._at].kind is TokenKind.HEREDOC:
            self._at += 1
        if self._at == start:
            raise ShellError("a command is missing")
        return node

    def _compound(self, depth: int) -> Node | None:
        if self._take("("):
            body = self.sequence(depth)
            self._need(")")
            return Group(body, True)
        if self._take("{"):
            body = self.sequence(depth)
            self._need("}")
            return Group(body, False)
        if self._take("if"):
            return self._if(depth)
        if self._peek("while", "until"):
            keyword = self._tokens[self._at].raw
            self._at += 1
            condition = self.sequence(depth)
            return Loop(keyword, condition, self._do(depth))
        if self._take("for", "select"):
            while self._at < len(self._tokens) and not self._peek("do"):
                self._at += 1
            return Loop("for", None, self._do(depth))
        return self._case(depth) if self._take("case") else None

    def _do(self, depth: int) -> Sequence:
        self._need("do")
        body = self.sequence(depth)
        self._need("done")
        return body

    def _if(self, depth: int) -> If:
        branches: list[tuple[Sequence, Sequence]] = []
        otherwise = None
        while True:
            condition = self.sequence(depth)
            self._need("then")
            branches.append((condition, self.sequence(depth)))
            if self._take("elif"):
                continue
            if self._take("else"):
                otherwise = self.sequence(depth)
            self._need("fi")
            return If(tuple(branches), otherwise)

    def _case(self, depth: int) -> Case:
        arms: list[Sequence] = []
        while self._at < len(self._tokens) and not self._take("in"):
            self._at += 1
        while True:
            self._skip_lines()
            if self._take("esac"):
                return Case(tuple(arms))
            while self._at < len(self._tokens) and not self._take(")"):
                self._at += 1
            arms.append(self.sequence(depth))
            if not self._take(";;", ";&", ";;&") and not self._peek("esac"):
                raise ShellError("`esac` is missing")

    def _function(self, depth: int) -> Function | None:
        following = [token.raw for token in self._tokens[self._at : self._at + 4]]
        if following[:1] == ["function"] and len(following) > 1:
            name, skipped = following[1], 4 if following[2:4] == ["(", ")"] else 2
        elif following[1:3] == ["(", ")"] and re.fullmatch(r"[\w.:-]+", following[0]):
            name, skipped = following[0], 3
        else:
            return None
        self._at += skipped
        self._skip_lines()
        return Function(name, self._command(depth))

    def _simple(self) -> Simple:
        found: list[Token] = []
        heredocs: list[Token] = []
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            if token.kind is TokenKind.OPERATOR:
                break
            (heredocs if token.kind is TokenKind.HEREDOC else found).append(token)
            self._at += 1
        if not found and not heredocs:
            raise ShellError("a command is missing")
        return self._built(found, heredocs)

    def _built(self, found: list[Token], heredocs: list[Token]) -> Simple:
        assignments: list[tuple[str, str]] = []
        for token in found:
            match = _ASSIGNMENT.match(token.text)
            if match is None or not token.raw.startswith(match.group(1)):
                break
            assignments.append((match.group(1), match.group(2)))
        rest = found[len(assignments) :]
        inner = tuple(
            _parse(substitution.text, substitution.line, self._depth + 1)
            for token in found
            for substitution in token.substitutions
        )
        nested, errexit = self._nested(rest, heredocs)
        return Simple(
            words=tuple(token.text for token in rest),
            assignments=tuple(assignments),
            inner=inner,
            nested=nested,
            nested_errexit=errexit,
            heredoc="\n".join(heredoc.text for heredoc in heredocs),
            text=" ".join(token.raw for token in found),
            line=(found or heredocs)[0].line,
        )

    def _nested(self, rest: list[Token], heredocs: list[Token]) -> tuple[Sequence | None, bool]:
        """The script that a shell among the words runs, and whether it stops at a failure."""
        for at, token in enumerate(rest):
            if token.text.rpartition("/")[2] not in _SHELLS:
                continue
            options = [found.text for found in rest[at + 1 :]]
            flags = "".join(option for option in options if re.fullmatch(r"[-+][A-Za-z]+", option))
            given = [option for option in options if not option.startswith(("-", "+"))]
            if "c" in flags:
                script = [found for found in rest[at + 1 :] if found.text in given]
                script = [found for found in script if found.text != "pipefail"]
                if script:
                    return _parse(script[0].text, script[0].line, self._depth + 1), "e" in flags
            elif heredocs and (not given or "s" in flags):
                body = heredocs[0]
                return _parse(body.text, body.line, self._depth + 1), "e" in flags
            return None, False
        return None, False
