"""How long a Java HTTP client waits at most: what its builder is told, or what it is built with is told.

Settings of a rule: `timeout` names the methods that bound the wait, `waits` the seconds when none does (-1
for ever), `follows` the methods (and `position` the argument) that hand it something with a bound of its
own, which the rules of role `bound` find; `unclear` the methods that may bound it in a way that is not
read; `ends` the method without which a builder is not complete; `later` says that whoever is given it back
bounds it; `cast` the types that it must be cast to to be of this library; `properties` the settings of
the service that bound it (`*` for a name); `unless` the names whose
import, and `builds` the words in the build file which leave open how long it waits, `only` the word in it
without which the default is not known; `elsewhere` the rules whose uses bound single requests.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from auditor.code.java.java_settings import JavaSettings, plain
from auditor.code.reach.uses import Use
from auditor.code.scan import FileScan, last_name
from auditor.code.topics.timeouts import LONG_S, Wait

_UNITS = {
    "nanos": 1e-9, "micros": 1e-6, "millis": 1e-3, "milliseconds": 1e-3, "seconds": 1.0, "minutes": 60.0,
    "hours": 3600.0, "days": 86400.0, "ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0,
}  # fmt: skip
_OF = re.compile(
    r"(?:[\w.]*\.)?(?:Duration|Timeout|TimeValue)\.of(Nanos|Micros|Millis|Milliseconds|Seconds|Minutes|Hours|Days)\(\s*(-?[\w.]+?)[lL]?\s*\)"
)
_OF_UNIT = re.compile(
    r"(?:(?:[\w.]*\.)?(?:Duration|Timeout|TimeValue)\.of\(\s*)?(-?[\w.]+?)[lL]?\s*,\s*(?:\w+\.)*([A-Z]+)\s*\)?"
)
_NUMBER = re.compile(r"-?\d[\d_]*(?:\.\d+)?")
_TIME = re.compile(r"(-?\d+)\s*(ns|us|ms|s|m|h)?")
_NEVER = re.compile(
    r"null|(?:[\w.]*\.)?Duration\.ZERO|(?:[\w.]*\.)?Timeout\.(?:ZERO|DISABLED|INFINITE)\w*"
)
_ENDLESS = re.compile(r"(?:Integer|Long)\.MAX_VALUE|(?:[\w.]*\.)?ChronoUnit\.FOREVER\b.*")
_TELLS = re.compile(
    r"\b(?:ReadTimeoutHandler|(?:response|read|call|socket)Timeout|set(?:Read|Response|Socket|So)Timeout"
    r"|with(?:Read)Timeout)\s*\(\s*(?!0\b|null\b|Duration\.ZERO)\S"
)
_IDENTIFIER = re.compile(r"(?:this\.)?([a-zA-Z_]\w*)")
_CALLED = re.compile(r"(?:this\.)?([a-z]\w*)\(.*\)", re.DOTALL)
_SUPPLIER = re.compile(r"\(\s*\)\s*->\s*")
_DEEPEST = 4
_NEAR = 12


@dataclass(frozen=True, slots=True)
class Around:
    """What a judgement needs besides the use: every use of the topic that counts, the scans, the settings,
    and the text of the build files for a path."""

    uses: list[Use]
    scans: Mapping[str, FileScan]
    settings: JavaSettings
    build: Callable[[str], str]


def java_waits(use: Use, around: Around, depth: int = 0) -> Wait:
    """What a use of a Java client waits."""
    rule, call = use.rule, use.call
    told = call.keywords
    casts = rule.texts("cast")
    if casts and last_name(told.get("(cast)", "")) not in casts and not _given(use, around.scans):
        return Wait.UNCLEAR
    given = _given(use, around.scans)
    if given is not None:
        return given
    if any(f"?{name}" in told for name in rule.texts("timeout")):
        return Wait.UNCLEAR
    if any(_TELLS.search(value) for name, value in told.items() if not name.startswith("?")):
        return Wait.BOUNDED
    handed = _handed(use)
    if handed:
        return _followed(use, handed, around, depth)
    if call.spread or any(name in told or f"?{name}" in told for name in rule.texts("unclear")):
        return Wait.UNCLEAR
    ends = rule.texts("ends")
    if ends and not any(name in told for name in ends):
        return Wait.UNCLEAR
    if rule.settings.get("later") and call.target == "return":
        return Wait.UNCLEAR
    return _by_default(use, around)


def _by_default(use: Use, around: Around) -> Wait:
    rule = use.rule
    found = _by_settings(use, around)
    if found is not None:
        return found
    waits = rule.number("waits")
    only = rule.text("only")
    if waits is None or (only and only not in around.build(use.path)):
        return Wait.UNCLEAR
    if waits >= 0:
        return Wait.LONG if waits > LONG_S else Wait.BOUNDED
    imported = {last_name(full) for s in around.scans.values() for full in s.names.values()}
    if imported.intersection(rule.texts("unless")):
        return Wait.UNCLEAR
    if any(word in around.build(use.path) for word in rule.texts("builds")):
        return Wait.UNCLEAR
    bounding = (u for u in around.uses if u.call.arguments or u.call.decorates)
    if {u.rule.id for u in bounding}.intersection(rule.texts("elsewhere")):
        return Wait.UNCLEAR
    return Wait.FOREVER


def _given(use: Use, scans: Mapping[str, FileScan]) -> Wait | None:
    """What is told to the thing itself; None where nothing is. Of several bounds the least counts."""
    constants = scans[use.path].constants if use.path in scans else {}
    said = [use.call.keywords.get(name, "") for name in use.rule.texts("timeout")]
    place = use.rule.number("timeout_position")
    if place is not None and len(use.call.arguments) > place:
        said.append(use.call.arguments[int(place)])
    found = {value_of(text, constants) for text in said if text}
    return next(
        (w for w in (Wait.BOUNDED, Wait.LONG, Wait.UNCLEAR, Wait.FOREVER) if w in found), None
    )


def value_of(text: str, constants: Mapping[str, str]) -> Wait:
    """What a bound as text comes to. A name that is not written out is taken for a bound: somebody sets it."""
    text = constants.get(text.rpartition(".")[2], text).strip()
    if _NEVER.fullmatch(text):
        return Wait.FOREVER
    if _ENDLESS.search(text):
        return Wait.LONG
    seconds = _seconds(text, constants)
    if seconds is None:
        return Wait.BOUNDED
    if seconds <= 0:
        return Wait.FOREVER
    return Wait.LONG if seconds > LONG_S else Wait.BOUNDED


def _seconds(text: str, constants: Mapping[str, str]) -> float | None:
    match = _OF.fullmatch(text)
    if match:
        return _times(match[2], match[1], constants)
    match = _OF_UNIT.fullmatch(text)
    if match:
        return _times(match[1], match[2], constants)
    if _NUMBER.fullmatch(text.rstrip("lL")):
        return float(text.rstrip("lL").replace("_", "")) / 1000
    return None


def _times(amount: str, unit: str, constants: Mapping[str, str]) -> float | None:
    amount = constants.get(amount, amount).rstrip("lL")
    factor = _UNITS.get(unit.lower())
    if not _NUMBER.fullmatch(amount) or factor is None:
        return None
    return float(amount.replace("_", "")) * factor


def _handed(use: Use) -> list[str]:
    """The texts of what a client is handed that may bound it."""
    told = use.call.keywords
    found = [told[name] for name in use.rule.texts("follows") if name in told]
    place = use.rule.number("position")
    if place is not None and len(use.call.arguments) > place:
        found.append(use.call.arguments[int(place)])
    return found


def _followed(use: Use, handed: Iterable[str], around: Around, depth: int) -> Wait:
    """What a client waits by what it is handed: one bound is enough, and one that is not found leaves it open."""
    found = set()
    for text in handed:
        makers = _makers(text, use, around) if depth < _DEEPEST else []
        found |= {java_waits(maker, around, depth + 1) for maker in makers} or {Wait.UNCLEAR}
    order = (Wait.BOUNDED, Wait.LONG, Wait.UNCLEAR, Wait.FOREVER)
    return next(w for w in order if w in found)


def _makers(text: str, use: Use, around: Around) -> list[Use]:
    """What made the thing that a text stands for: written there, bound to its name, or given back by it."""
    text = _SUPPLIER.sub("", text)
    same = [
        u
        for u in around.uses
        if u.rule.role in ("bound", "client") and u.path == use.path and u != use
    ]
    name = _IDENTIFIER.fullmatch(text)
    if name:
        owner = use.call.scope.partition(".")[0]
        return [
            u
            for u in same
            if (u.call.target == name[1] and u.call.scope == use.call.scope)
            or (u.call.target == f"this.{name[1]}" and u.call.scope.partition(".")[0] == owner)
        ]
    called = _CALLED.fullmatch(text)
    if called:
        return [u for u in same if last_name(u.call.scope) == called[1]]
    return [
        u
        for u in same
        if u.call.inside
        and abs(u.call.line - use.call.line) <= _NEAR
        and last_name(u.call.name.partition("()")[0]).partition("(")[0] in text
        and u.call.scope == use.call.scope
        and _is_within(u, use)
    ]


def _is_within(inner: Use, outer: Use) -> bool:
    names = {*outer.rule.texts("follows"), last_name(outer.call.name)}
    return last_name(inner.call.inside) in names


def _by_settings(use: Use, around: Around) -> Wait | None:
    """What the settings of the service say of a client; None where they say nothing."""
    settings = around.settings
    scan = around.scans.get(use.path)
    full = f"{scan.package}.{use.call.decorates}" if scan is not None else use.call.decorates
    told = use.call.keywords
    names = [told[k] for k in ("contextId", "configKey", "name", "value") if k in told]
    names = [n.strip("\"'") for n in (*names, *use.call.arguments)]
    names += [full, use.call.decorates, "default"]
    for key in use.rule.texts("properties"):
        for name in names if "*" in key else [""]:
            found = settings.by_name.get(plain(key.replace("*", name)))
            if found is not None:
                return time_of(found.value)
    return None


def time_of(value: str) -> Wait:
    """What a setting comes to: `5000`, `5s`, `PT5S`; a value that only the environment knows is a bound."""
    match = _TIME.fullmatch(value.strip())
    if match is None:
        return Wait.BOUNDED
    seconds = float(match[1]) * _UNITS[match[2] or "ms"]
    if seconds <= 0:
        return Wait.FOREVER
    return Wait.LONG if seconds > LONG_S else Wait.BOUNDED
