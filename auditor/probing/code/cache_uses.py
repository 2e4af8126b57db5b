"""Which calls read, write and forget something in a cache, and whether what is written expires."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from auditor.code.reach.uses import Use
from auditor.code.scan import last_name
from auditor.code.scanning import family
from auditor.probing.code.stores import Files, imports_of, rules_of

_NAMED_REDIS = re.compile(
    r"(?:\w*_)?(?:redis|valkey|rdb|redis_?(?:client|conn|connection|store|cache))", re.IGNORECASE
)
_NAMED_CACHE = re.compile(
    r"(?:(?:app|redis|shared|default|local|memory|response|query|data)_?)?[cC]ache(?:_?(?:[cC]lient|[mM]anager|[sS]ervice|[sS]tore|[bB]ackend|[rR]egion))?"
    r"|\w+[cC]ache_?(?:[cC]lient|[mM]anager|[sS]ervice|[sS]tore|[bB]ackend)|FastAPICache"
)
_STATE = re.compile(
    r"sessions?|tokens?|otp|nonce|throttl(?:e|ed|ing)|lock(?:s|ed)?|mutex|csrf|captcha|attempts?|progress|heartbeat|jobs?"
    r"|queue|tasks?|state|revoked|blacklist|denylist|metrics?|count(?:er)?s?|cookie|limit(?:s|er)?|verif(?:y|ication)"
    r"|idempoten(?:cy|t)|semaphore"
)
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_REDIS_TTL = (
    "ex",
    "px",
    "exat",
    "pxat",
    "keepttl",
    "EX",
    "PX",
    "EXAT",
    "PXAT",
    "KEEPTTL",
    "expiration",
)
_REDIS_WORD = re.compile(r"[\"'](?:EX|PX|EXAT|PXAT|KEEPTTL|ex|px)[\"']")
_TTL_NAMES = (
    "ttl",
    "timeout",
    "expire",
    "expires",
    "expiry",
    "expiration",
    "expiration_time",
    "ex",
    "exptime",
    "version_ttl",
)
_NEVER = frozenset(
    {
        "None",
        "null",
        "undefined",
        "0",
        "-1",
        "Infinity",
        "cache.NoExpiration",
        "gocache.NoExpiration",
        "redis.KeepTTL",
    }
)
_ASKS = re.compile(r"ttl|expir|timeout|\bex\b|seconds|max_?age", re.IGNORECASE)


class Expiry(StrEnum):
    """Whether an entry expires."""

    YES = "yes"
    NEVER = "never"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Touch:
    """One call that reads, writes or forgets; `kind` is how the cache says an expiry, `maker` what made it."""

    use: Use
    role: str
    kind: str
    receiver: str
    key: str
    maker: Use | None = None


def touches(files: Files, known: bool) -> list[Touch]:
    """Every call on a cache in what the service reaches; `known`: it imports a library of caches."""
    found = []
    packages = _of_packages(files)
    for use in files.topic.reachable:
        if use.rule.role not in ("read", "write", "forget"):
            continue
        receiver = use.call.name.rpartition(".")[0]
        maker = files.topic.makers.made(use.path, receiver, use.call.scope)
        maker = maker or packages.get((use.path.rpartition("/")[0], _shared(receiver)))
        kind = _kind(use, receiver, maker, files, known)
        if kind:
            found.append(Touch(use, use.rule.role, kind, receiver, _key(use, files), maker))
    return found


def _shared(name: str) -> str:
    """How a name is known in all of a Go package: as it is, or as the field of whatever object."""
    first, dot, last = name.rpartition(".")
    return f"*.{last}" if dot and "(" not in first else name


def _of_packages(files: Files) -> dict[tuple[str, str], Use]:
    """Go: what makes the variables and the fields of a package, by its folder; none where two of a name differ."""
    found: dict[tuple[str, str], list[Use]] = {}
    for use in files.topic.reachable:
        name = use.call.target
        top = not use.call.scope or "." in name
        if use.rule.role in ("client", "store") and use.rule.language == "go" and name and top:
            found.setdefault((use.path.rpartition("/")[0], _shared(name)), []).append(use)
    return {key: uses[0] for key, uses in found.items() if len({_said(u) for u in uses}) == 1}


def _said(maker: Use) -> str:
    """How a cache says an expiry, by what made it."""
    return "timed" if "WithDefaultTTL" in maker.call.name else maker.rule.text("kind")


def _kind(use: Use, receiver: str, maker: Use | None, files: Files, known: bool) -> str:
    if maker is not None and maker.rule.role in ("client", "store"):
        return _said(maker)
    if use.call.name.startswith(("django.core.cache.cache", "django.core.cache.caches")):
        return "django"
    if (
        not use.call.name.startswith("*")
        and use.rule.role == "forget"
        and use.call.name in use.rule.calls
    ):
        return "other"
    last = re.sub(r"\[.*?\]|\(.*?\)", "", receiver).rpartition(".")[2]
    if not known or _plain(last, use, files):
        return ""
    if _NAMED_REDIS.fullmatch(last):
        return "go_redis" if family(use.path) == "go" else "redis"
    if _NAMED_CACHE.fullmatch(last):
        scan = files.topic.scan(use)
        there = files.topic.origin(receiver, use.path)
        scans = [scan, files.topic.code.scans.get(there[0], scan)] if there is not None else [scan]
        rules = rules_of("caching", "library")
        named = {spot.what for one in scans for spot in imports_of(use.path, one, rules)}
        if named:
            return "flask" if "flask_caching" in named else "other"
    return ""


def _plain(name: str, use: Use, files: Files) -> bool:
    """Whether a name is bound to a dictionary or map of the language in the same file."""
    found = files.texts.outline(use.path)
    text = found.bare if found is not None else ""
    return (
        re.search(
            rf"\b{re.escape(name)}\b\s*(?::[^=\n]+)?=\s*(?:\{{|dict\(|new\s+(?:Weak)?Map\b|OrderedDict|defaultdict|make\(map)",
            text,
        )
        is not None
    )


def _key(use: Use, files: Files) -> str:
    """The text of the key: a literal as it is, a name by what it is bound to in the same function."""
    given = [a for a in use.call.arguments if a not in ("ctx", "c", "context.Background()")]
    text = given[0] if given else ""
    if re.fullmatch(r"\w+", text):
        body = files.body(use.path, use.call.line, bare=False)
        bound = re.search(rf"(?m)\b{text}\b\s*(?::[^=\n]+)?:?=\s*(?!=)(.+)$", body)
        return (
            bound[1].strip()
            if bound is not None
            else files.topic.scan(use).constants.get(text, text)
        )
    return text


def says_state(text: str) -> bool:
    """Whether names speak of sessions, tokens, counters, locks and the like."""
    return any(_STATE.fullmatch(word.lower()) for word in _WORDS.findall(text))


def keeps_state(touch: Touch, files: Files) -> bool:
    """Whether what is kept is no answer of a read but state: sessions, tokens, counters, locks."""
    place = files.around(touch.use.path, touch.use.call.line)
    name = place[1].name if place is not None else ""
    return says_state(f"{touch.key} {name} {last_name(touch.receiver)}")


def expiry(touch: Touch, files: Files) -> Expiry:
    """Whether what a call writes expires."""
    call, kind = touch.use.call, touch.kind
    method = last_name(call.name)
    if any(a.endswith("NoExpiration") for a in call.arguments[2:]):
        return Expiry.NEVER
    if method.lower() in ("setex", "psetex", "setwithttl") or kind == "timed":
        return Expiry.YES
    given = _given(touch)
    if given is not None:
        return _value(given, touch, files)
    if call.spread:
        return Expiry.UNCLEAR
    body = files.body(touch.use.path, call.line)
    if re.search(r"\.(?:p?expire(?:at)?|Expire(?:At)?|pExpire)\(", body):
        return Expiry.YES
    if kind in ("redis", "go_redis", "memcached", "ristretto", "endless"):
        return Expiry.UNCLEAR if _ASKS.search(body) else Expiry.NEVER
    if kind in ("django", "flask"):
        return Expiry.YES
    return _of_maker(touch, files)


def _given(touch: Touch) -> str | None:
    """The text of the expiry at a call; None where there is none."""
    call, kind = touch.use.call, touch.kind
    names = _REDIS_TTL if kind == "redis" else _TTL_NAMES
    for name in names:
        if name in call.keywords:
            return call.keywords[name]
    arguments = call.arguments
    if kind == "redis":
        if any(_REDIS_WORD.search(a) for a in arguments[2:]):
            return "given"
        return arguments[2] if len(arguments) > 2 and not arguments[2].startswith("{") else None
    place = {"go_redis": 3}.get(kind, 2)
    if kind in ("ristretto", "endless", "memcached") or len(arguments) <= place:
        return None
    return arguments[place] if not arguments[place].startswith("{") else None


def _value(text: str, touch: Touch, files: Files) -> Expiry:
    scan = files.topic.scan(touch.use)
    text = scan.constants.get(text, text)
    if touch.kind == "go_cache" and text in (
        "0",
        "cache.DefaultExpiration",
        "gocache.DefaultExpiration",
    ):
        return _of_maker(touch, files)
    if text in _NEVER or text.endswith("NoExpiration"):
        return Expiry.NEVER
    defaults = {
        p.default for p in scan.parameters if p.name == text and p.scope == touch.use.call.scope
    }
    head = files.body(touch.use.path, touch.use.call.line)[:300]
    if defaults & {"None", "0"} or re.search(rf"\b{re.escape(text)}\?\s*:", head):
        return Expiry.UNCLEAR
    return Expiry.YES


def _of_maker(touch: Touch, files: Files) -> Expiry:
    """By what the cache was made with."""
    maker = touch.maker
    if maker is None:
        return Expiry.UNCLEAR
    for name in maker.rule.texts("ttl"):
        if name in maker.call.keywords:
            value = files.topic.scan(maker).constants.get(
                maker.call.keywords[name], maker.call.keywords[name]
            )
            return Expiry.NEVER if value in _NEVER else Expiry.YES
    place = maker.rule.number("position")
    if place is not None and len(maker.call.arguments) > place:
        value = maker.call.arguments[int(place)]
        return Expiry.NEVER if value in _NEVER or value.endswith("NoExpiration") else Expiry.YES
    named = any(re.fullmatch(r"[A-Za-z_$][\w$.]*", a) for a in maker.call.arguments)
    return Expiry.UNCLEAR if maker.call.spread or named else Expiry.NEVER
