"""The expressions of Azure Pipelines, as far as the event and written parameters decide them."""

from __future__ import annotations

import re
from collections.abc import Mapping

_TOKEN = re.compile(r"'(?:[^']|'')*'|[(),\[\]]|[\w.$:/-]+|\S")
_LONGEST = 4_000
_DEEPEST = 50
_Known = bool | str | None


class _Unreadable(Exception):
    """Not an expression that is understood here."""


def truth(text: str, values: Mapping[str, str | None]) -> bool | None:
    """Whether an expression holds where nothing has failed; None where the text does not tell.

    `values` gives variables and parameters by their names in small letters (`build.reason`,
    `parameters.deploy`); None stands for one that is not set.
    """
    if len(text) > _LONGEST:
        return None
    try:
        reader = _Reader(_TOKEN.findall(text), values)
        return _bool(reader.whole())
    except _Unreadable:
        return None


def _bool(value: _Known) -> bool | None:
    if isinstance(value, str):
        return value.lower() not in ("", "false", "0")
    return value


class _Reader:
    def __init__(self, tokens: list[str], values: Mapping[str, str | None]) -> None:
        self._tokens, self._values = tokens, values
        self._at = self._depth = 0

    def whole(self) -> _Known:
        value = self._value()
        if self._at < len(self._tokens):
            raise _Unreadable
        return value

    def _peek(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self) -> str:
        token = self._peek()
        if not token:
            raise _Unreadable
        self._at += 1
        return token

    def _value(self) -> _Known:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _Unreadable
        try:
            return self._one(self._take())
        finally:
            self._depth -= 1

    def _one(self, token: str) -> _Known:
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        if token.lower() in ("true", "false"):
            return token.lower() == "true"
        if self._peek() == "(":
            self._at += 1
            return _called(token.lower(), self._arguments())
        if self._peek() == "[":
            self._at += 1
            name = self._value()
            if self._take() != "]":
                raise _Unreadable
            prefix = "" if token.lower() == "variables" else f"{token}."
            return self._known(f"{prefix}{name}")
        if re.fullmatch(r"-?\d+(?:\.\d+)?", token):
            return token
        return self._known(token.removeprefix("variables."))

    def _known(self, name: str) -> _Known:
        value = self._values.get(name.lower(), ...)
        if value is ...:
            return None
        return "" if value is None else value

    def _arguments(self) -> list[_Known]:
        found: list[_Known] = []
        while self._peek() != ")":
            found.append(self._value())
            if self._peek() == ",":
                self._at += 1
            elif self._peek() != ")":
                raise _Unreadable
        self._at += 1
        return found


def _called(name: str, given: list[_Known]) -> _Known:
    if name in ("succeeded", "always", "succeededorfailed"):
        return True
    if name in ("failed", "canceled"):
        return False
    truths = [_bool(value) for value in given]
    if name == "and":
        return False if False in truths else (None if None in truths else True)
    if name == "or":
        return True if True in truths else (None if None in truths else False)
    if name == "not" and len(given) == 1:
        return None if truths[0] is None else not truths[0]
    if any(value is None for value in given):
        return None
    texts = [str(value).lower() for value in given]
    if name in ("eq", "ne") and len(texts) == 2:
        return (texts[0] == texts[1]) is (name == "eq")
    if name == "in" and texts:
        return texts[0] in texts[1:]
    if name == "notin" and texts:
        return texts[0] not in texts[1:]
    tests = {"startswith": str.startswith, "endswith": str.endswith, "contains": str.__contains__}
    if name in tests and len(texts) == 2:
        return tests[name](texts[0], texts[1])
    return None
