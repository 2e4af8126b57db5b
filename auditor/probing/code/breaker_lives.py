"""Whether a circuit breaker outlives one request, by where it is made and what it is bound to."""

from __future__ import annotations

import re
from enum import StrEnum

from auditor.code.scanning import family
from auditor.code.topics.breaker_text import through
from auditor.probing.code.code_texts import Texts

STARTS = re.compile(
    r"__\w+__|main|lifespan|constructor|(?:on_?)?(?:startup|start|boot\w*|ready)|_?(?:create|init|setup|set_up|configure"
    r"|register|build|provide|make|New|Init|Setup|Build)\w*",
)
KEPT_WORDS = re.compile(
    r"\b(?:lru_cache|cache|cached_property|singleton|Singleton|global|Injectable|once\.Do)\b"
)


class Life(StrEnum):
    """How long a breaker lives: with the process, for one call, or it cannot be told."""

    KEPT = "kept"
    CALL = "call"
    UNCLEAR = "unclear"


def life(path: str, line: int, bound: str, name: str, texts: Texts, *, own: bool) -> Life:
    """How long what is made on a line lives; `bound` is what it is bound to, `name` the last part of that."""
    outline = texts.outline(path)
    if outline is None:
        return Life.UNCLEAR
    around = outline.around(line)
    if around is None or KEPT_WORDS.search(outline.said(around.first, around.last)):
        return Life.KEPT
    first = re.split(r"[.\[]", bound)[0]
    if re.search(
        rf"^(?:export\s+)?(?:let\s+|var\s+|const\s+)?{re.escape(first)}\b\s*[:=]",
        outline.bare,
        re.MULTILINE,
    ):
        return Life.KEPT  # a name at the top that is filled later
    if first in ("self", "this", "cls") or around.name in ("constructor", "__init__"):
        owner = outline.around(line, "class")
        return _kept_class(owner.name, texts) if owner is not None else Life.UNCLEAR
    if STARTS.fullmatch(around.name):
        return Life.KEPT
    if family(path) == "go":
        return Life.CALL if "." not in bound else Life.UNCLEAR
    finder = through(name, family(path) or "", own=own)
    body = outline.body(around)
    lines = [around.head + body.count("\n", 0, m.start()) for m in finder.finditer(body)]
    direct = [n for n in lines if (inner := outline.around(n)) is not None and inner == around]
    return Life.CALL if direct else Life.KEPT if lines else Life.UNCLEAR


def _kept_class(name: str, texts: Texts) -> Life:
    """Whether an instance of a class lives as long as the process, by where it is made."""
    finder = re.compile(
        rf"(?<![\w$])(?<!class )(?:new\s+)?{re.escape(name)}\(|Singleton\(\s*{re.escape(name)}\b"
    )
    for path in texts.files:
        if name not in texts.text(path):
            continue
        seen = texts.outline(path)
        for match in finder.finditer(seen.bare) if seen is not None else ():
            line = seen.bare.count("\n", 0, match.start()) + 1 if seen is not None else 0
            block = seen.around(line) if seen is not None else None
            if block is None or STARTS.fullmatch(block.name) or "Singleton" in match[0]:
                return Life.KEPT
            if seen is not None and KEPT_WORDS.search(seen.said(block.first, block.last)):
                return Life.KEPT
        injected = rf"@Injectable\(\)\s*(?:export\s+)?class\s+{re.escape(name)}\b"
        if seen is not None and re.search(injected, seen.bare):
            return Life.KEPT
    return Life.UNCLEAR
