"""Reads which values the templates of a Helm chart use, and where they say what stands in for one that is not there."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from auditor.formats.text.text_file import decode
from auditor.formats.text.yaml_text import YamlValue

_LIMIT = 4_000_000
ACTION = re.compile(
    r"\{\{-?((?:[^{}\"`]|\"(?:[^\"\\\n]|\\.)*+\"|`[^`]*+`|\}(?!\})|\{(?!\{))*+)\}\}"
)
_LONGEST = 20_000
_OPENS = re.compile(r"\{\{-?\s*/\*")
_CLOSES = re.compile(r"\*/\s*-?\}\}")
_USED = re.compile(r"\.Values\b((?:\)?\.[A-Za-z_]\w*)*)")
_INDEXED = re.compile(
    r"\b(?:index|get|dig)\s+\(?\s*\$?\.Values((?:\.\w+)*)\s*\)?((?:\s+\"[^\"]*\")+)"
)
_DIG = re.compile(r"\bdig((?:\s+\"[^\"]*\")+)\s+[^)}]*?\$?\.Values((?:\.\w+)*)")
_MAKES = re.compile(
    r"\bset\s+\$?\.?\s+\"Values\"|\bset\s+\$?\.Values\s|\bmergeOverwrite\s+\$?\.Values\s"
)
_SHOWN = re.compile(r"(?m)^[ \t]*#[# \t-]*([A-Za-z_][\w.-]*)[ \t]*:")
_HAS = re.compile(r"\bhasKey\s+\(?\s*\$?\.Values((?:\.\w+)*)\s*\)?\s+\"([^\"]+)\"")
_TEXT = re.compile(r'"([^"]*)"')
_STANDS_IN = re.compile(
    r"\b(?:default|required|coalesce|dig|hasKey|empty|ternary|index|set|unset|kindIs|typeIs|fail|lookup|get)\b"
)
_ASKS = re.compile(r"-?\s*(?:else\s+)?(?:if|with|range)\b")


@dataclass(slots=True)
class Uses:
    """Paths of values that templates use, each with where it is used first; `asked` are those that some
    template asks for first or has something for; `whole`: the values are handed on as a whole; `made`: a
    template puts the values together, so that values.yaml does not tell them."""

    used: dict[tuple[str, ...], tuple[str, int]] = field(default_factory=dict)
    asked: set[tuple[str, ...]] = field(default_factory=set)
    whole: bool = False
    made: bool = False
    shown: set[str] = field(default_factory=set)


def read(data: bytes, uses: Uses, *, path: str) -> None:
    """Adds what one template uses to `uses`. Raises Malformed for binary content, and TooLarge."""
    text = bare_template(decode(data, name=path, limit=_LIMIT).text)
    line, at = 1, 0
    for action in ACTION.finditer(text):
        line += text.count("\n", at, action.start())
        at = action.start()
        uses.made = uses.made or _MAKES.search(action[1]) is not None
        if ".Values" in action[1]:
            _action(action[1][:_LONGEST], uses, (path, line))


def read_values_text(text: str, uses: Uses) -> None:
    """What values use of each other (`tpl`), and the keys that their comments show: nobody need give them."""
    for match in _USED.finditer(text):
        path = tuple(part for part in match[1].split(".") if part)
        if path:
            uses.used.setdefault(path, ("", 0))
            uses.asked.add(path)
    uses.shown |= set(_SHOWN.findall(text))


def bare_template(text: str) -> str:
    """Without comments of templates; what is written in a comment of YAML is rendered, and used by nobody."""
    parts: list[str] = []
    at = 0
    while (opens := _OPENS.search(text, at)) is not None:
        end = text.find("*/", opens.end())
        end = len(text) if end < 0 else end
        closes = _CLOSES.match(text, end)
        parts += [text[at : opens.start()], "\n" * text.count("\n", opens.start(), end)]
        at = closes.end() if closes else min(end + 2, len(text))
    text = "".join((*parts, text[at:]))
    return "\n".join("" if line.lstrip().startswith("#") else line for line in text.split("\n"))


def _action(body: str, uses: Uses, place: tuple[str, int]) -> None:
    guarded = _STANDS_IN.search(body) is not None or _ASKS.match(body) is not None
    found: list[tuple[str, ...]] = []
    indexed = list(_INDEXED.finditer(body))
    for match in indexed:
        found.append((*filter(None, match[1].split(".")), *_TEXT.findall(match[2])))
    for match in _DIG.finditer(body):
        found.append((*filter(None, match[2].split(".")), *_TEXT.findall(match[1])))
    for match in _USED.finditer(body):
        path = tuple(part for part in match[1].replace(")", "").split(".") if part)
        if not path and not any(m.start() <= match.start() < m.end() for m in indexed):
            uses.whole = True
        found += [path] if path else []
    for match in _HAS.finditer(body):
        uses.asked.add((*filter(None, match[1].split(".")), match[2]))
    for path in found:
        uses.used.setdefault(path, place)
        if guarded:
            uses.asked.add(path)


def lacking(
    uses: Uses, values: Iterable[YamlValue], others: Collection[str] = ()
) -> list[tuple[tuple[str, ...], tuple[str, int]]]:
    """What templates use, no values hold, and nothing stands in for.

    `others` are keys that other charts give: those below, which bring values of their own. So may one
    above (`global`)."""
    every = list(values)
    found = []
    for path, place in uses.used.items():
        if path[0] == "global" or path[0] in others:
            continue
        deep = max((_depth(path, one) for one in every), default=0)
        asked = any(path[:n] in uses.asked for n in range(deep + 1, len(path) + 1))
        if deep < len(path) and not asked and path[-1] not in uses.shown:
            found.append((path, place))
    return sorted(found, key=lambda one: (one[1], one[0]))


def _depth(path: tuple[str, ...], value: YamlValue) -> int:
    """How many steps of a path lead somewhere. Below a list or a text everything does: it is a method."""
    for at, step in enumerate(path):
        if value is not None and not isinstance(value, dict):
            return len(path)
        if not isinstance(value, dict) or step not in value:
            return at
        value = value[step]
    return len(path)


def is_used(setting: tuple[str, ...], uses: Uses) -> bool:
    """Whether templates use a value, one that holds it, or one that it holds."""
    if uses.whole:
        return True
    return any(path[: len(setting)] == setting[: len(path)] for path in uses.used)


_ARGUMENT = r"(?:\"(?:[^\"\\\n]|\\.)*\"|`[^`]*`|\((?:[^()]|\([^()]*\))*\))"
_REQUIRED = re.compile(rf"\brequired\s+{_ARGUMENT}")
_FAIL = re.compile(r"\bfail\b(?=\s+[\"`(]|\s*-?$)")
FILLED_IN = "<path:filled-in-at-deployment>"


def soften(text: str) -> str:
    """A template that stands FILLED_IN for values which it requires, and does not fail where they are not given."""

    def soft(action: re.Match[str]) -> str:
        body = _REQUIRED.sub(f'default "{FILLED_IN}"', action[1])
        return action[0].replace(action[1], _FAIL.sub("trunc 0", body), 1) if body else action[0]

    return ACTION.sub(soft, text)
