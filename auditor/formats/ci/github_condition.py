"""The `if:` of GitHub Actions, as far as the text alone decides it: true, false, or not known."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"'(?:[^']|'')*'|&&|\|\||[=!<>]=|[!()<>,\[\]]|[\w.*-]+|\S")
_WRAPPED = re.compile(r"\s*\$\{\{(.*)\}\}\s*", re.DOTALL)
_LONGEST = 4_000
_DEEPEST = 50
_Known = bool | str | None
_TESTS = {"startswith": str.startswith, "endswith": str.endswith, "contains": str.__contains__}


class _Unreadable(Exception):
    """Not an expression that this room understands."""


def holds(condition: str | None, event: str | None) -> bool | None:
    """Whether a condition holds in a run that `event` started and in which nothing has failed.

    Without an event, only what holds (or does not) under any event and outcome is known.
    """
    if condition is None or not condition.strip():
        return True
    wrapped = _WRAPPED.fullmatch(condition)
    text = wrapped.group(1) if wrapped else condition
    if "${{" in text or len(text) > _LONGEST:
        return None
    try:
        return _truth(_Reader(_TOKEN.findall(text), event).whole())
    except _Unreadable:
        return None


def _truth(value: _Known) -> bool | None:
    return value not in ("", "0", "null") if isinstance(value, str) else value


class _Reader:
    """One pass over the tokens, by descending precedence."""

    def __init__(self, tokens: list[str], event: str | None) -> None:
        self._tokens = tokens
        self._event = event
        self._at = self._depth = 0

    def whole(self) -> _Known:
        value = self._any()
        if self._at < len(self._tokens):
            raise _Unreadable
        return value

    def _next(self, *wanted: str) -> str:
        """The next token if it is one of those wanted, and "" without moving if it is not."""
        if self._at < len(self._tokens) and (not wanted or self._tokens[self._at] in wanted):
            self._at += 1
            return self._tokens[self._at - 1]
        return ""

    def _any(self) -> _Known:
        value = self._all()
        while self._next("||"):
            left, right = _truth(value), _truth(self._all())
            value = True if left or right else (None if None in (left, right) else False)
        return value

    def _all(self) -> _Known:
        value = self._compared()
        while self._next("&&"):
            left, right = _truth(value), _truth(self._compared())
            value = False if False in (left, right) else (None if None in (left, right) else True)
        return value

    def _compared(self) -> _Known:
        left = self._single()
        operator = self._next("==", "!=", "<", ">", "<=", ">=")
        if not operator:
            return left
        right = self._single()
        if operator not in ("==", "!=") or left is None or right is None:
            return None
        return (str(left).lower() == str(right).lower()) is (operator == "==")

    def _single(self) -> _Known:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _Unreadable
        try:
            if self._next("!"):
                value = _truth(self._single())
                return None if value is None else not value
            if self._next("("):
                return self._closed(self._any())
            return self._named(self._next())
        finally:
            self._depth -= 1

    def _closed(self, value: _Known) -> _Known:
        if not self._next(")"):
            raise _Unreadable
        return value

    def _named(self, token: str) -> _Known:
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        if not re.fullmatch(r"[\w.*-]+", token):
            raise _Unreadable
        if self._next("("):
            return self._called(token.lower())
        while self._next("["):
            self._any()
            if not self._next("]"):
                raise _Unreadable
            token = ""
        if token in ("true", "false"):
            return token == "true"
        if token.isdigit():
            return token
        return self._context().get(token)

    def _context(self) -> dict[str, str | None]:
        """What the event alone decides of the `github` context."""
        known: dict[str, str | None] = {"github.event_name": self._event}
        if self._event == "pull_request":
            known |= {"github.ref": "refs/pull/0/merge", "github.ref_name": "0/merge"}
        if self._event == "push":
            known |= {"github.head_ref": "", "github.base_ref": ""}
        return known

    def _called(self, name: str) -> _Known:
        arguments: list[_Known] = []
        if not self._next(")"):
            arguments.append(self._any())
            while self._next(","):
                arguments.append(self._any())
            self._closed(None)
        if name == "always":
            return True
        if name in ("success", "failure", "cancelled"):
            return None if self._event is None else name == "success"
        test = _TESTS.get(name)
        if test is None or len(arguments) != 2:
            return None
        first, second = arguments
        if not isinstance(first, str) or not isinstance(second, str):
            return None
        return test(first.lower(), second.lower())
