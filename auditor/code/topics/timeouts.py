"""How long a call to an HTTP client waits at most, by what is written at the call or its client."""

from __future__ import annotations

import re
from enum import StrEnum

from auditor.code.reach.uses import Use
from auditor.code.scan import Call, FileScan, last_name

LONG_S = 60.0
"""A bound above this holds a worker for longer than any caller waits."""


class Wait(StrEnum):
    """How long a call waits: within a bound, a long one, for ever, or it cannot be told."""

    BOUNDED = "bounded"
    LONG = "long"
    FOREVER = "forever"
    UNCLEAR = "unclear"


_NOTHING = frozenset({"None", "null", "undefined", "false", "False"})
_NUMBER = re.compile(r"-?\d[\d_]*(?:\.\d*)?")
_NONE_IN = re.compile(
    r"(?:\w+\.)*(?:Client)?Timeout\(\s*(?:(?:total|timeout)\s*=\s*)?None\s*\)|.*\bread\s*=\s*None\b.*"
)
_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*")
_BODY_SECOND = frozenset({"post", "put", "patch"})


def waits(use: Use, scan: FileScan) -> Wait:
    """What a use of an HTTP client waits; for a call whose bound is its client's, only what it overrides."""
    rule, call = use.rule, use.call
    given = _given(use)
    if given is not None:
        return _value(given, call, scan, milliseconds=rule.language == "javascript")
    if rule.text("unit") == "override":
        return Wait.BOUNDED
    if call.spread:
        return Wait.UNCLEAR
    named = _options(use) if rule.language == "javascript" else []
    if named:
        return _named(named, use, scan)
    context = rule.text("context")
    if context and any(c.name == context for c in scan.calls):
        return Wait.UNCLEAR
    return _default(rule.number("waits"))


def _default(default: float | None) -> Wait:
    if default is None:
        return Wait.UNCLEAR
    if default < 0:
        return Wait.FOREVER
    return Wait.LONG if default > LONG_S else Wait.BOUNDED


def _given(use: Use) -> str | None:
    call, rule = use.call, use.rule
    for name in rule.texts("timeout"):
        if name in call.keywords:
            return call.keywords[name]
    place = rule.number("position")
    if place is not None and len(call.arguments) > place:
        return call.arguments[int(place)]
    return None


def _value(text: str, call: Call, scan: FileScan, *, milliseconds: bool) -> Wait:
    if _IDENTIFIER.fullmatch(text) and text not in _NOTHING:
        defaults = {p.default for p in scan.parameters if p.name == text and p.scope == call.scope}
        if defaults & _NOTHING:
            return Wait.UNCLEAR
        text = text if defaults else scan.constants.get(text, text)
    if text in _NOTHING or _NONE_IN.fullmatch(text):
        return Wait.FOREVER
    if _NUMBER.fullmatch(text):
        seconds = float(text.replace("_", "")) / (1000 if milliseconds else 1)
        if seconds <= 0:
            return Wait.FOREVER if milliseconds else Wait.UNCLEAR
        return Wait.LONG if seconds > LONG_S else Wait.BOUNDED
    return Wait.BOUNDED


def _options(use: Use) -> list[str]:
    """The options of a script's call that are no object written there."""
    method = last_name(use.call.name)
    first = 0 if method in ("axios", "request", "create", "extend") else 1
    place = 2 if method in _BODY_SECOND and use.rule.library == "axios" else first
    plain = ("{", '"', "'", "`", "(", "async", "function")
    return [text for text in use.call.arguments[place:] if not text.startswith(plain)]


def _named(options: list[str], use: Use, scan: FileScan) -> Wait:
    """What options that go by a name bound, where they are written out in the same function."""
    names = use.rule.texts("timeout")
    scope = use.call.scope
    for name in options:
        if any(f"{name}.{n}" == p.name for n in names for p in scan.parameters):
            return Wait.BOUNDED
        written = [p.default for p in scan.parameters if p.name == name and _within(scope, p.scope)]
        if len(written) != 1 or "..." in written[0]:
            return Wait.UNCLEAR
        if any(re.search(rf"\b{n}\b", written[0]) for n in names):
            return Wait.BOUNDED
    return _default(use.rule.number("waits"))


def _within(scope: str, around: str) -> bool:
    return not around or scope == around or scope.startswith(f"{around}.")
