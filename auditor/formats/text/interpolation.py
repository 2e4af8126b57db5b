"""`$VAR` and `${VAR:-default}` in text, as Compose files and Dockerfiles write them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPERATOR = re.compile(r":?[-+?]")
# What only a Dockerfile knows: `#prefix`, `%suffix`, `/old/new` and `//old/new`.
_CUT = re.compile(r"(##?|%%?)((?:\\.|[^\\])*)()|(//?)((?:\\.|[^/\\])*)(?:/(.*))?", re.DOTALL)
_WILD = re.compile(r"(?<!\\)[*?\[$]")
_DEEPEST = 10
# `ENV A=$A$A`, sixty times over, would fill any memory: long values stay variables.
_LONGEST_VALUE = 4_000
_MOST_PUT_IN = 100_000


@dataclass(frozen=True, slots=True)
class Interpolated:
    """`text` with what is known put in; what is not stays as `${NAME}`, and is in `unknown`.

    `defaulted` names the variables whose written default was used.
    """

    text: str
    unknown: tuple[str, ...] = ()
    defaulted: tuple[str, ...] = ()


def interpolate(text: str, values: Mapping[str, str], *, escape: str = "$") -> Interpolated:
    """Puts `values` and written defaults into `text`; `escape` before a `$` makes it literal.

    Never fails: an expression that does not parse stays as it is written.
    """
    if "$" not in text:
        return Interpolated(text)
    reader = _Reader(values, escape)
    result = reader.expand(text, 0)
    return Interpolated(result, tuple(reader.unknown), tuple(reader.defaulted))


class _Reader:
    def __init__(self, values: Mapping[str, str], escape: str) -> None:
        self.unknown: list[str] = []
        self.defaulted: list[str] = []
        self._values = values
        self._escape = escape
        self._room = _MOST_PUT_IN

    def expand(self, text: str, depth: int) -> str:
        parts: list[str] = []
        at = 0
        while at < len(text):
            if text.startswith(f"{self._escape}$", at):
                parts.append("$")
                at += 2
            elif text.startswith("${", at) and depth < _DEEPEST:
                end = _closing_brace(text, at + 2)
                written = text[at : end + 1] if end >= 0 else text[at:]
                parts.append(self._braced(written, depth) if end >= 0 else written)
                at += len(written)
            elif text[at] == "$" and (name := _NAME.match(text, at + 1)):
                parts.append(self._value(name.group()))
                at = name.end()
            else:
                parts.append(text[at])
                at += 1
        return "".join(parts)

    def _value(self, name: str) -> str:
        value = self._values.get(name)
        if value is not None and len(value) <= min(_LONGEST_VALUE, self._room):
            self._room -= len(value)
            if "${" in value:
                self.unknown.append(name)
            return value
        self.unknown.append(name)
        return f"${{{name}}}"

    def _braced(self, written: str, depth: int) -> str:
        inner = written[2:-1]
        name = _NAME.match(inner)
        if name is None:
            return written
        rest = inner[name.end() :]
        operator = _OPERATOR.match(rest)
        if not rest:
            return self._value(name.group())
        if operator is None:
            cut = None if self._escape == "$" else _CUT.fullmatch(rest)
            return written if cut is None else self._cut(name.group(), cut, depth)
        known = self._values.get(name.group())
        given = known is not None and (known != "" or operator.group()[0] != ":")
        if operator.group()[-1] == "+":
            return self.expand(rest[operator.end() :], depth + 1) if given else ""
        if given:
            return self._value(name.group())
        if operator.group()[-1] == "?":
            return self._value(name.group())
        self.defaulted.append(name.group())
        return self.expand(rest[operator.end() :], depth + 1)

    def _cut(self, name: str, cut: re.Match[str], depth: int) -> str:
        """The value without a prefix or suffix, or with one text replaced; a wildcard hides it."""
        operator, old = cut.group(1) or cut.group(4), cut.group(2) or cut.group(5) or ""
        value = self._value(name)
        if "${" in value:
            return value
        if _WILD.search(old):
            self.unknown.append(name)
            return f"${{{name}}}"
        old = re.sub(r"\\(.)", r"\1", old, flags=re.DOTALL)
        if operator[0] == "#":
            return value.removeprefix(old)
        if operator[0] == "%":
            return value.removesuffix(old)
        new = self.expand(cut.group(6) or "", depth + 1)
        return value.replace(old, new, -1 if operator == "//" else 1) if old else value


def _closing_brace(text: str, start: int) -> int:
    """The position of the `}` that closes a `${` whose content starts at `start`; -1 if none."""
    depth = 1
    for at in range(start, len(text)):
        if text[at] == "{" and text[at - 1] == "$":
            depth += 1
        elif text[at] == "}":
            depth -= 1
            if depth == 0:
                return at
    return -1
