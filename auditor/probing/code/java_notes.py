"""Annotations of Java classes and methods, as they are written, and their elements."""

from __future__ import annotations

import re
from dataclasses import dataclass

from auditor.code.java.java_beans import simple
from auditor.code.scan import Class, Function, last_name

_STRING = re.compile(r'"((?:\\.|[^"\\])*)"')


@dataclass(frozen=True, slots=True)
class Noted:
    """An annotation, as written without its @, on a class or on a method of one."""

    path: str
    text: str
    owner: Class
    method: Function | None = None

    @property
    def name(self) -> str:
        """Its last name."""
        return simple(self.text)

    @property
    def line(self) -> int:
        """The line of what it is on."""
        return self.method.line if self.method is not None else self.owner.line

    @property
    def where(self) -> str:
        """What it is on, in words."""
        last = last_name(self.owner.name)
        return f"{last}.{self.method.name}" if self.method is not None else last

    def given(self, *names: str) -> str:
        """The text of an element of its; "" for the one without a name, which is also called `value`."""
        return element(self.text, *names)

    def strings(self, *names: str) -> list[str]:
        """The texts in quotes of such an element."""
        return _STRING.findall(self.given(*names))


def element(text: str, *names: str) -> str:
    """The text of an element of an annotation as it is written; "" where it has none of the names."""
    inner = text.partition("(")[2].rstrip()
    inner = inner[:-1] if inner.endswith(")") else inner
    parts = split_arguments(inner)
    for part in parts:
        match = re.match(r"(\w+)\s*=(?!=)\s*(.*)", part, re.DOTALL)
        if match is not None and match[1] in names:
            return match[2].strip()
        if match is None and ("value" in names or "" in names):
            return part
    return ""


def split_arguments(text: str) -> list[str]:
    """Arguments that are separated by commas, with what is in brackets and quotes kept whole."""
    parts, depth, quoted, start = [], 0, False, 0
    for at, sign in enumerate(text):
        if sign == '"' and text[at - 1 : at] != "\\":
            quoted = not quoted
        elif quoted:
            continue
        elif sign in "({[":
            depth += 1
        elif sign in ")}]":
            depth -= 1
        elif sign == "," and not depth:
            parts.append(text[start:at].strip())
            start = at + 1
    return [p for p in (*parts, text[start:].strip()) if p]
