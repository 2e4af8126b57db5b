"""The caches of a service: what is kept, where, for how long, and what forgets it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache

from auditor.code.reach.uses import Use
from auditor.code.scan import last_name
from auditor.probing.code.cache_nouns import Caches
from auditor.probing.code.cache_uses import Expiry, Touch, expiry, keeps_state, touches
from auditor.probing.code.retry_places import mentioned
from auditor.probing.code.stores import Files, Spot, libraries, rules_of

_ALL_IN_ONE = frozenset({"get_or_set", "aget_or_set", "wrap", "getOrSet"})
_READS = re.compile(
    r"\b(?:session|db|conn|connection|cursor|cur|requests|httpx|client|repo|repository|objects)\b[\w.]*\.\w+\(|\.objects\.|\bfetch\("
)
_WHOLE = frozenset({"clear", "flushdb", "flushall", "flushAll", "reset", "Purge", "Clear"})
_KINDS = {"django": "django", "flask-caching": "flask"}


def read_caches(files: Files) -> Caches:
    """The caches that the service reaches and uses around reads."""
    caches = Caches()
    known = bool(libraries(files, rules_of("caching", "library")))
    every = touches(files, known)
    forgetting = [t for t in every if t.role == "forget" and not keeps_state(t, files)]
    caches.forgets = [_spot(t.use) for t in forgetting]
    for use in files.topic.reachable:
        if use.rule.role == "around":
            _around(use, files, caches, forgetting)
    whole = [t for t in forgetting if _is_whole(t)]
    named = "\0".join(
        f"{t.key} {' '.join(t.use.call.arguments)}" for t in forgetting if not _is_whole(t)
    )
    for spot, touch in _pairs(every, files):
        caches.used.append(spot)
        if touch.maker is not None and touch.maker.rule.role == "store":
            caches.in_process.append(spot)
        if not any(_forgets_all(t, touch) for t in whole) and not _same(touch.key, named):
            caches.never.append(spot)
    if caches.used:
        _written(every, files, caches)
    return caches


def _spot(use: Use, words: str = "") -> Spot:
    return Spot(use.path, use.call.line, f"{use.call.name[-60:]}{words}")


def _is_whole(one: Touch) -> bool:
    return last_name(one.use.call.name) in _WHOLE


def _forgets_all(one: Touch, kept: Touch) -> bool:
    """Whether a call that forgets all of a cache forgets what another one keeps."""
    same = one.receiver == kept.receiver and one.use.path == kept.use.path
    return same or (one.maker is not None and one.maker is kept.maker)


def _forgotten(use: Use, forgetting: list[Touch]) -> bool:
    """Whether something forgets the answers of a function: by its name, or with all of its cache."""
    name = use.call.decorates
    for one in forgetting:
        call = one.use.call
        if name and re.search(rf"\b{name}\b", f"{call.name} {' '.join(call.arguments)}"):
            return True
        if last_name(call.name) in _WHOLE and (
            one.kind == _KINDS.get(use.rule.library)
            or (use.rule.library == "fastapi-cache" and "FastAPICache" in call.name)
            or any(re.search(rf"\b{re.escape(one.receiver)}\b", a) for a in call_arguments(use))
        ):
            return True
    return False


def call_arguments(use: Use) -> list[str]:
    """The texts of everything that a call is given."""
    return [*use.call.arguments, *use.call.keywords.values()]


def _around(use: Use, files: Files, caches: Caches, forgetting: list[Touch]) -> None:
    call, rule = use.call, use.rule
    outline = files.texts.outline(use.path)
    if not call.decorates and not rule.settings.get("handed"):
        return
    block = (
        outline.decorated(call.decorates, call.line)
        if outline is not None and call.decorates
        else None
    )
    body = outline.body(block) if outline is not None and block is not None else ""
    if rule.settings.get("plain") and (
        not _READS.search(body) or files.code(use.path).count(f"{call.decorates}.cache_clear")
    ):
        return  # remembers a computation or the settings, no data that changes, or is emptied by hand
    spot = _spot(use, f" on {call.decorates}" if call.decorates else "")
    if not rule.settings.get("plain"):
        caches.used.append(spot)
    outside = rule.text("outside") and re.search(
        r"REDIS|MEMCACHED|Redis", call.keywords.get(rule.text("outside"), "")
    )
    if rule.settings.get("process") and not outside:
        caches.in_process.append(spot)
    found = _lasts(use, files)
    if found is Expiry.NEVER:
        caches.without_ttl.append(spot)
    elif found is Expiry.UNCLEAR:
        caches.unclear.append(spot)
    if not rule.settings.get("plain") and not _forgotten(use, forgetting):
        caches.never.append(spot)


def _lasts(use: Use, files: Files) -> Expiry:
    """Whether what is put around a function lets its answers expire."""
    call, rule = use.call, use.rule
    for name in rule.texts("ttl"):
        if name in call.keywords:
            value = files.topic.scan(use).constants.get(call.keywords[name], call.keywords[name])
            endless = value in ("None", "false", "Infinity") or (
                value == "0" and rule.library != "cashews"
            )
            return Expiry.NEVER if endless else Expiry.YES
    place = rule.number("position")
    if place is not None and len(call.arguments) > place:
        return Expiry.NEVER if call.arguments[int(place)] in ("None", "0") else Expiry.YES
    if rule.settings.get("store"):
        return _of_store(use, files)
    if rule.settings.get("default"):
        return Expiry.YES
    if call.spread:
        return Expiry.UNCLEAR
    if rule.settings.get("setup"):
        setups = [
            u
            for u in files.topic.reachable
            if u.rule.role == "setup" and u.rule.library == rule.library
        ]
        given = [
            u.call.keywords[n] for u in setups for n in u.rule.texts("ttl") if n in u.call.keywords
        ]
        return Expiry.YES if any(g not in ("None", "0") for g in given) else Expiry.NEVER
    return Expiry.NEVER


def _of_store(use: Use, files: Files) -> Expiry:
    """By the cache that a decorator of cachetools is given."""
    first = use.call.arguments[0] if use.call.arguments else use.call.keywords.get("cache", "")
    if re.match(r"(?:\w+\.)*(?:TTLCache|TLRUCache)\(", first):
        return Expiry.YES
    found = files.topic.makers.made(use.path, first, use.call.scope) if first else None
    if found is None and re.match(r"(?:\w+\.)*(?:\w*Cache)\(|\{\}|dict\(", first):
        return Expiry.NEVER
    kinds = {"timed": Expiry.YES, "endless": Expiry.NEVER}
    return (
        kinds.get(found.rule.text("kind"), Expiry.UNCLEAR) if found is not None else Expiry.UNCLEAR
    )


def _pairs(every: list[Touch], files: Files) -> Iterator[tuple[Spot, Touch]]:
    """Reads of a cache with a write to it in the same function, or in one wrapper that something calls."""
    reads = [t for t in every if t.role == "read" and not keeps_state(t, files)]
    writes = [t for t in every if t.role == "write" and not keeps_state(t, files)]
    blocks: dict[tuple[str, int], set[str]] = defaultdict(set)
    for write in writes:
        blocks[_block(write, files)].add(write.receiver)
    paired: set[str] = set()
    for read in reads:
        alone = last_name(read.use.call.name) in _ALL_IN_ONE
        if alone or read.receiver in blocks[_block(read, files)]:
            paired.add(read.use.path)
            yield _spot(read.use, " and set" if not alone else ""), read
    for read in reads:
        path = read.use.path
        if path in paired or not any(
            w.use.path == path and w.receiver == read.receiver for w in writes
        ):
            continue
        owner = read.use.call.scope.partition(".")[0]
        wraps = re.search(r"cach", f"{owner} {path}", re.IGNORECASE) is not None
        if wraps and _wrapper_called(path, owner, read.use, files):
            paired.add(path)
            yield _spot(read.use, f" of {owner or path.rpartition('/')[2]}"), read


def _block(touch: Touch, files: Files) -> tuple[str, int]:
    place = files.around(touch.use.path, touch.use.call.line)
    return touch.use.path, place[1].head if place is not None else 0


def _wrapper_called(path: str, owner: str, use: Use, files: Files) -> bool:
    """Whether another file calls something of a cache, so that a wrapper is put to use."""
    calls = re.compile(
        r"\b\w*[cC]ache\w*(?:\(\))?\.\w*(?:get|fetch|remember|set|wrap|Get|Fetch|Set)\w*\("
    )
    others = [p for p in files.paths if p != path]
    named = [
        p
        for p in others
        if not owner or owner in files.texts.text(p) or mentioned(use, owner, files.texts)
    ]
    return any(calls.search(o.bare) for p in named if (o := files.texts.outline(p)) is not None)


def _written(every: list[Touch], files: Files, caches: Caches) -> None:
    """Which of the entries that are written never expire."""
    reading = {t.use.path for t in every if t.role == "read" and not keeps_state(t, files)}
    for touch in every:
        if touch.role != "write" or keeps_state(touch, files) or touch.use.path not in reading:
            continue
        found = expiry(touch, files)
        if found is Expiry.NEVER:
            caches.without_ttl.append(_spot(touch.use))
        elif found is Expiry.UNCLEAR:
            caches.unclear.append(_spot(touch.use))


def _same(key: str, said: str) -> bool:
    """Whether what is forgotten names a key: by the text before its first value, or by what makes it."""
    literal, named = _told(key)
    if literal is not None:
        return literal in said
    return named is not None and named in said and re.search(rf"\b{named}\b", said) is not None


@lru_cache(maxsize=4096)
def _told(key: str) -> tuple[str | None, str | None]:
    """The text that a key begins with, else the name that it has."""
    literal = re.match(r"[rbfuRBFU]*[\"'`]([^\"'`{$%]{3,})", key)
    if literal is not None:
        return literal[1].rstrip(":"), None
    named = re.match(r"(?:\w+\.)*(\w{3,})", key)
    return None, named[1] if named is not None else None
