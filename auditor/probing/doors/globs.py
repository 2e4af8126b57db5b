"""Globs as regular expressions over paths: quick whatever the pattern, since a target may name globs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from auditor.model.evidence import ProblemKind
from auditor.probing.doors.trouble import Trouble

_MOST_ALTERNATIVES = 256
ODD = "\0"
"""The ending of names in which upper and lower case are more than ASCII knows."""
_ENDING = re.compile(r"\.([A-Za-z0-9]+)")


@lru_cache(maxsize=1024)
def any_glob(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """Several globs as one regular expression; with none, one that nothing matches."""
    bodies = [glob_pattern(pattern).pattern for pattern in patterns]
    return re.compile("|".join(f"(?:{b})" for b in bodies) or "(?!)", re.IGNORECASE | re.DOTALL)


@lru_cache(maxsize=2048)
def glob_pattern(pattern: str) -> re.Pattern[str]:
    """A glob as a regular expression over whole paths, which ignores case.

    `**` as a whole part stands for any folders, none included; `*` and `?` for no `/`; `{a,b}` for
    one of a few. Matching is quick whatever the pattern, since a target may name globs.
    Raises Trouble for a pattern of too many alternatives.
    """
    bodies = [_glob_body(one) for one in _alternatives(pattern.removeprefix("./"))]
    body = bodies[0] if len(bodies) == 1 else f"(?:{'|'.join(bodies)})"
    return re.compile(body, re.IGNORECASE | re.DOTALL)


def endings(patterns: Iterable[str]) -> frozenset[str] | None:
    """What follows the last full stop of every name that can match, in lower case; None where it is open."""
    found: set[str] = set()
    for pattern in patterns:
        for one in _alternatives(pattern):
            ending = _ENDING.fullmatch("." + one.rpartition("/")[2].rpartition(".")[2])
            if ending is None:
                return None
            found.add(ending[1].lower())
    return frozenset(found)


def ending_of(path: str) -> str:
    """What follows the last full stop of a file's name, in lower case; ODD for a name that is not ASCII."""
    name = path.rpartition("/")[2]
    return name.rpartition(".")[2].lower() if name.isascii() else ODD


def _alternatives(pattern: str) -> list[str]:
    """The pattern once for each choice from its braces; a brace that never closes is only itself."""
    done: list[str] = []
    waiting = [pattern]
    while waiting:
        one = waiting.pop()
        start, _, rest = one.partition("{")
        inner, closing, end = rest.partition("}")
        if closing:
            waiting += [f"{start}{choice}{end}" for choice in inner.split(",")]
        else:
            done.append(one)
        if len(done) + len(waiting) > _MOST_ALTERNATIVES:
            message = f"The glob {pattern[:80]!r} has too many alternatives."
            raise Trouble(ProblemKind.TOO_LARGE, message, "Write it as several globs.")
    return done


def _glob_body(pattern: str) -> str:
    """Between two wild cards the first place that fits is as good as any: no way back is kept."""
    out = ""
    run: list[str] = []
    wild = False
    parts = pattern.split("/")
    for part in parts[:-1]:
        if part != "**":
            run.append(_part_body(part) + "/")
            continue
        out += _folders(wild, run)
        run, wild = [], True
    out += _folders(wild, run) if parts[-1] == "**" else ""
    if parts[-1] == "**":
        return out + ".*"
    return f"{out}{'(?:[^/]+/)*' if wild else ''}{''.join(run)}{_part_body(parts[-1])}"


def _folders(wild: bool, run: list[str]) -> str:
    if not wild:
        return "".join(run)
    return f"(?>(?:[^/]+/)*?{''.join(run)})" if run else ""


def _part_body(part: str) -> str:
    first, *others = (_literal(piece) for piece in re.split(r"\*+", part))
    middle = "".join(f"(?>[^/]*?{piece})" for piece in others[:-1])
    return f"{first}{middle}[^/]*{others[-1]}" if others else first


def _literal(text: str) -> str:
    return "".join("[^/]" if c == "?" else re.escape(c) for c in text)
