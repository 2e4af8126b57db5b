"""What the options of a cookie say: whether it has Secure, HttpOnly and SameSite in production."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ast_grep_py import SgNode

from auditor.code.lexical.conditions import Default, holds
from auditor.code.patterns import Rule
from auditor.code.reach.flow import choices, keyword, member, positional

FLAGS = ("secure", "httponly", "samesite")
WORDS = {"secure": "Secure", "httponly": "HttpOnly", "samesite": "SameSite"}

_SESSION = re.compile(
    r"(?i)sess|(?:^|[^a-z])sid(?:$|[^a-z])|jwt|auth(?!or)|token|refresh|remember|(?:^|[^a-z])user[-_]?id(?:$|[^a-z])"
)
_OTHER = re.compile(
    r"(?i)csrf|xsrf|pkce|verifier|nonce|flash|theme|lang|locale|consent|tz|timezone|last|hint|method"
)
_TRUE = frozenset({"true", "'auto'", '"auto"', "1"})
_FALSE = frozenset({"false", "null", "none", "undefined", "0", "nil"})
_LITERAL = re.compile(r"[rb]?([\"'`])([^\"'`${}]*)\1")
_OBJECTS = ("object", "dictionary")
_UNSET_SITE = re.compile(r"(?i)http\.SameSiteDefaultMode|null|None|nil|undefined|false|[\"']{2}")


@dataclass(frozen=True, slots=True)
class Cookie:
    """What a call says: the name ("" where no text says it), the flags that it lacks, those that are not known.

    `written` is the expression of the name.
    """

    name: str
    lacking: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()
    deletes: bool = False
    written: str = ""


@dataclass(slots=True)
class _Reader:
    root: SgNode
    default: Default
    lacking: list[str] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)


def is_session(name: str) -> bool | None:
    """Whether a cookie of a name lets its holder in; None where there is no name."""
    if not name:
        return None
    return _SESSION.search(name) is not None and _OTHER.search(name) is None


def truth(node: SgNode, root: SgNode, default: Default) -> bool | None:
    """Whether an expression is true in production; None where its text does not tell."""
    senses = {_single(one.text(), default) for one, _ in choices(node, root, default)}
    return senses.pop() if len(senses) == 1 else None


def _single(text: str, default: Default) -> bool | None:
    said = text.strip().lower()
    if said in _TRUE:
        return True
    return False if said in _FALSE else holds(text, default)


def text_of(node: SgNode | None, root: SgNode, default: Default) -> str:
    """The text that an expression stands for, "" where that is not known."""
    if node is None:
        return ""
    said = {
        m[2] if (m := _LITERAL.fullmatch(one.text())) else ""
        for one, _ in choices(node, root, default)
    }
    return said.pop() if len(said) == 1 else ""


def read_cookie(
    call: SgNode, rule: Rule, root: SgNode, default: Default, defaults: tuple[str, ...], later: str
) -> Cookie:
    """The cookie that a call sets. `later` is the text in which its flags may be set afterwards."""
    reader = _Reader(root, default)
    given = positional(call)
    places = rule.texts("at")
    named = keyword(call, rule.text("name")) if rule.text("name") else None
    if named is None and given and rule.role == "cookie" and call.kind() != "composite_literal":
        named = given[int(places[0]) if places else 0]
    options, known = _options(call, rule, reader)
    for flag in FLAGS:
        value = _value(flag, call, rule, options, given)
        if (
            value is None
            and rule.text(flag)
            and re.search(rf"\.{rule.text(flag)}\s*=\s*true\b", later)
        ):
            continue
        _judge(flag, value, reader, set_by_itself=flag in defaults, known=known)
    deletes = any(
        (age := _named(n, call, options)) is not None and re.fullmatch(r"-\d+|0", age.text())
        for n in ("max_age", "maxAge", "MaxAge", "expires")
    ) or (bool(places) and len(given) > 2 and re.fullmatch(r"-\d+", given[2].text()) is not None)
    name, written = text_of(named, root, default), named.text()[:80] if named is not None else ""
    return Cookie(name, tuple(reader.lacking), tuple(reader.unclear), deletes, written)


def _named(name: str, call: SgNode, options: SgNode | None) -> SgNode | None:
    return member(options, name) if options is not None else keyword(call, name)


def _value(
    flag: str, call: SgNode, rule: Rule, options: SgNode | None, given: list[SgNode]
) -> SgNode | None:
    places = rule.texts("at")
    if places and flag != "samesite":
        at = int(places[1 + FLAGS.index(flag)])
        return given[at] if len(given) > at else None
    return _named(rule.text(flag), call, options) if rule.text(flag) else None


def _options(call: SgNode, rule: Rule, reader: _Reader) -> tuple[SgNode | None, bool]:
    """The object of a script that holds the flags, and whether it is all that is said of them."""
    nested = rule.text("nested")
    if nested:
        value = keyword(call, nested)
        if value is None:
            spread = any(a.kind() not in _OBJECTS for a in positional(call)) or _spreads(call)
            return None, not spread
        return _object(value, reader)
    if rule.language != "javascript":
        return None, not any(c.kind() == "dictionary_splat" for c in _children(call))
    last = positional(call)[-1:]
    if rule.role == "cookie" and len(positional(call)) < 3:
        return None, True
    return _object(last[0], reader) if last else (None, True)


def _object(value: SgNode, reader: _Reader) -> tuple[SgNode | None, bool]:
    found = [one for one, _ in choices(value, reader.root, reader.default)]
    if len(found) == 1 and found[0].kind() in _OBJECTS:
        return found[0], not _has_spread(found[0])
    return None, False


def _children(call: SgNode) -> list[SgNode]:
    given = call.field("arguments")
    return given.children() if given is not None else []


def _spreads(call: SgNode) -> bool:
    return any(_has_spread(a) for a in positional(call) if a.kind() in _OBJECTS)


def _has_spread(one: SgNode) -> bool:
    return any(c.kind() in ("spread_element", "dictionary_splat") for c in one.children())


def _judge(
    flag: str, value: SgNode | None, reader: _Reader, *, set_by_itself: bool, known: bool
) -> None:
    if value is None:
        if not set_by_itself:
            (reader.lacking if known else reader.unclear).append(flag)
        return
    if flag == "samesite":
        if _UNSET_SITE.fullmatch(value.text().strip()):
            reader.lacking.append(flag)
        return
    sense = truth(value, reader.root, reader.default)
    if sense is None:
        reader.unclear.append(flag)
    elif not sense:
        reader.lacking.append(flag)
