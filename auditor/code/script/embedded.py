"""Scripts among markup (Vue, Svelte): the markup blanked out, so that line numbers stay true."""

from __future__ import annotations

import re

_SCRIPT = re.compile(
    r"(<script\b(?P<attributes>[^>]*)>)(?P<body>.*?)</script\s*>", re.DOTALL | re.IGNORECASE
)
_INK = re.compile(r"[^\n]")


def scripts(text: str) -> tuple[str, str]:
    """The grammar of a component's scripts, and its text with all else blanked out."""
    out: list[str] = []
    grammar, at = "javascript", 0
    for match in _SCRIPT.finditer(text):
        if re.search(r"""\blang\s*=\s*["']?tsx?\b""", match["attributes"]):
            grammar = "typescript"
        start, end = match.span("body")
        out += (_INK.sub(" ", text[at:start]), text[start:end])
        at = end
    return grammar, "".join(out) + _INK.sub(" ", text[at:])


def markup(text: str) -> str:
    """The same text with the scripts blanked out."""
    return _SCRIPT.sub(lambda match: _INK.sub(" ", match[0]), text)
