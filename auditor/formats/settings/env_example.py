"""Reads examples of an environment (`.env.example` and the like): the names that they give or explain."""

from __future__ import annotations

import re
from dataclasses import dataclass

from auditor.formats.text.text_file import decode

_LIMIT = 2_000_000
_WORD = r"(?:example|sample|template|dist|tmpl|tpl|default|defaults)"
_NAMES = re.compile(
    rf"(?i)\.?(?:[\w.-]*[._-])?(?:env|conf|cfg|properties|ini)(?:\.[\w-]+)*[._-]{_WORD}"
    rf"|{_WORD}[._-](?:env|conf)|env[._-]{_WORD}|\.env[._-]{_WORD}(?:\.[\w-]+)?|{_WORD}\.env(?:\.[\w-]+)?"
)
_GIVEN = re.compile(
    r"[ \t]*(?P<off>(?:[#;][ \t]?)?)(?:export[ \t]+)?(?P<name>[A-Z][A-Z0-9_]{1,120})[ \t]*[=:](?!:)"
)


@dataclass(frozen=True, slots=True)
class Named:
    """A name in an example: its line, and whether it is given or only shown in a comment."""

    name: str
    line: int
    given: bool


def is_example(name: str) -> bool:
    """Whether a file is an example of an environment by its name, without folders."""
    return _NAMES.fullmatch(name) is not None


def read(data: bytes | str, *, path: str) -> tuple[Named, ...]:
    """The names of an example in their order, each once. Raises Malformed and TooLarge."""
    found: dict[str, Named] = {}
    for at, line in enumerate(decode(data, name=path, limit=_LIMIT).text.split("\n"), 1):
        given = _GIVEN.match(line)
        if given is None:
            continue
        one = Named(given["name"], at, not given["off"])
        kept = found.get(one.name)
        if kept is None or (one.given and not kept.given):
            found[one.name] = one
    return tuple(found.values())
