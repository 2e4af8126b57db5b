"""The locks of a service that hold across processes: which expire, and how each is given back."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.code.lexical.regions import innermost
from auditor.code.reach.uses import Use
from auditor.code.scan import last_name
from auditor.code.scanning import family
from auditor.probing.code.java_files import JavaFiles
from auditor.probing.code.java_locks import java_locks
from auditor.probing.code.lock_nouns import Locks
from auditor.probing.code.stores import Files, Spot
from auditor.probing.code.transacting import called

_REDIS = re.compile(r"(?:\w*_)?(?:redis|valkey|rdb|cache)\w*|\w*[rR]edis\w*", re.IGNORECASE)
_ADVISORY = re.compile(
    r"\b(?:SELECT\s+|PERFORM\s+|func\.)(?:pg_(?:try_)?advisory_(?:xact_)?lock(?:_shared)?|GET_LOCK)\s*\(",
    re.IGNORECASE,
)
_ROWS = re.compile(r"\bFOR\s+(?:NO\s+KEY\s+)?UPDATE\b")
_SELECT = re.compile(r"\bSELECT\b(?=[^;]*\bFROM\b)")
_LONGEST = 1500
_OPTION = re.compile(r"\block\s*:\s*(?:\w+\.LOCK\.UPDATE|\{\s*mode\s*:\s*[\"']pessimistic_write)")
_EXPIRES = ("ex", "px", "exat", "pxat", "EX", "PX", "EXAT", "PXAT")
_WORD = re.compile(r"[\"'](?:EX|PX|EXAT|PXAT|ex|px)[\"']")
_NX = re.compile(r"[\"'](?:NX|nx)[\"']")
_CHECKED = re.compile(
    r"\.(?:eval|evalsha|register_script|EvalSha|Eval|watch|Watch)\(|[sS]cript\w*\.Run\(|redis\.call"
    r"|(?i:get|token|owner|holder|value|uuid|identi)[^\n]*(?:==|!=|Equal)|(?:==|!=|Equal)[^\n]*(?i:get|token|owner|holder|value|uuid|identi)"
)
_TAKES = re.compile(r"\.(?:Obtain|RunOrDie)$")
_TAKING = re.compile(
    r"\.(?:acquire|using|runExclusive|lock|Lock|TryLock|LockContext|Obtain|TryLockContext)\("
)
_NEVER = frozenset({"None", "0", "null", "undefined", "-1"})


def read_locks(files: Files) -> Locks:
    """The locks that the service reaches and takes."""
    locks = Locks()
    for use in files.topic.reachable:
        if not called(use.path, use.call.line, files):
            continue
        role = use.rule.role
        if role == "schedule":
            locks.schedulers.append(_spot(use))
        elif role == "ticks" and (not use.rule.settings.get("looped") or _loops(use, files)):
            locks.ticks.append(_spot(use))
        elif role == "rows" and use.rule.text("word") in " ".join(
            [*use.call.arguments, *use.call.keywords.values()]
        ):
            locks.used.append(Spot(use.path, use.call.line, last_name(use.call.name)))
        elif role == "lock" and _is_lock(use, files):
            _lock(use, files, locks)
        elif role == "setnx" and _sets_new(use, files):
            _setnx(use, files, locks)
    written = [files.texts.matching_code(pattern) for pattern in (_ADVISORY, _ROWS, _OPTION)]
    for path in files.paths:
        if any(path in matching for matching in written):
            locks.used += _written(path, files)
    java_locks(JavaFiles(files.topic, files.texts), locks)
    return locks


def _spot(use: Use, words: str = "") -> Spot:
    return Spot(use.path, use.call.line, f"{' '.join(use.call.name.split())[-60:]}{words}")


def _loops(use: Use, files: Files) -> bool:
    """Whether the function around a wait is a loop that nothing in it ends: no wait between attempts."""
    body = files.body(use.path, use.call.line)
    looped = re.search(r"(?m)^\s*while\b", body) is not None
    return looped and re.search(r"\b(?:break|return)\b", body) is None


def _is_redis(use: Use, files: Files) -> bool:
    receiver = use.call.name.rpartition(".")[0]
    made = files.topic.makers.made(use.path, receiver, use.call.scope)
    if made is not None:
        return made.rule.role == "client"
    last = re.sub(r"\(.*?\)|\[.*?\]", "", receiver).rpartition(".")[2]
    return _REDIS.fullmatch(last) is not None


def _is_lock(use: Use, files: Files) -> bool:
    """Whether a lock is one of the library, and is taken: entered, acquired, or handed out to be taken."""
    rule, call = use.rule, use.call
    if rule.settings.get("redis") and not _is_redis(use, files):
        return False
    if rule.id == "go.redsync":
        modules = [i.module for i in files.topic.scan(use).imports]
        return any("redsync" in m or "concurrency" in m for m in modules) and _taken(use, files, "")
    if rule.language != "python":
        return _TAKES.search(call.name) is not None or _taken(use, files, "")
    if innermost(files.regions(use.path), call.line, last_name(call.name)) is not None:
        return True
    if call.target == "return" or call.decorates or call.inside.endswith("context"):
        return True
    name = last_name(call.target)
    return bool(name) and _taken(use, files, name)


def _taken(use: Use, files: Files, name: str) -> bool:
    """Whether something is taken: by its name, in the function of a local one, else by any name."""
    if name:
        local = use.call.target == name and files.body(use.path, use.call.line)
        text = local or files.code(use.path)
        word = re.escape(name)
        return (
            re.search(rf"\b{word}\.(?:acquire|lock|create_lock)\(|\bwith\b[^\n]*\b{word}\b", text)
            is not None
        )
    mine = (p for p in files.paths if family(p) == use.rule.language)
    return any(_TAKING.search(files.code(p)) for p in mine)


def _lock(use: Use, files: Files, locks: Locks) -> None:
    call, rule = use.call, use.rule
    locks.used.append(_spot(use))
    if rule.settings.get("safe"):
        return
    given = next((call.keywords[n] for n in rule.texts("expiry") if n in call.keywords), None)
    place = rule.number("position")
    if given is None and place is not None and len(call.arguments) > place:
        given = call.arguments[int(place)]
    if given is None and call.spread:
        locks.unclear.append(_spot(use))
    elif given is None or files.topic.scan(use).constants.get(given, given) in _NEVER:
        locks.without_expiry.append(_spot(use))


def _sets_new(use: Use, files: Files) -> bool:
    """Whether a call sets a key only where it is not there yet."""
    if use.rule.settings.get("redis") and not _is_redis(use, files):
        return False
    flag = use.rule.text("flag")
    if not flag:
        return True
    return use.call.keywords.get(flag, "") in ("True", "true") or any(
        _NX.search(a) for a in use.call.arguments[2:]
    )


def _setnx(use: Use, files: Files, locks: Locks) -> None:
    call = use.call
    locks.used.append(_spot(use, " of a new key"))
    go = family(use.path) == "go"
    body = files.body(use.path, call.line)
    timed = any(n in call.keywords and call.keywords[n] not in _NEVER for n in _EXPIRES)
    timed = timed or any(_WORD.search(a) for a in call.arguments[2:])
    timed = timed or (go and len(call.arguments) > 3 and call.arguments[3] not in _NEVER)
    timed = timed or re.search(r"\.(?:p?expire(?:at)?|Expire(?:At)?|pExpire)\(", body) is not None
    if call.spread and not timed:
        locks.unclear.append(_spot(use, " of a new key"))
    elif not timed:
        locks.without_expiry.append(_spot(use, " of a new key"))
    locks.unconditional += _given_back(use, files)


def _given_back(use: Use, files: Files) -> Iterator[Spot]:
    """Where the key of a lock is deleted by whoever comes, without a look at who holds it."""
    place = 1 if family(use.path) == "go" else 0
    if len(use.call.arguments) <= place:
        return
    key = re.escape(use.call.arguments[place])
    deletes = re.compile(rf"\.(?:delete|del|Del|unlink|Unlink)\(\s*(?:\w+,\s*)?{key}\s*[,)]")
    text = files.code(use.path)
    for match in deletes.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        function = files.body(use.path, line, bare=False)
        own = files.body(use.path, use.call.line, bare=False)
        local = re.fullmatch(r"[a-z_]\w*", use.call.arguments[place]) is not None
        if (function == own or not local) and not _CHECKED.search(_between(function, match[0])):
            yield Spot(
                use.path,
                line,
                f"deleted without a look at its holder (set in line {use.call.line})",
            )


def _between(function: str, found: str) -> str:
    """The lines just before a deletion, where its holder would be looked at."""
    before = function[: function.find(found)].split("\n")
    return "\n".join(before[-6:])


def _written(path: str, files: Files) -> Iterator[Spot]:
    """Locks by the text of a statement."""
    text = files.code(path)
    words = (
        (_ADVISORY, "advisory lock"),
        (_ROWS, "SELECT ... FOR UPDATE"),
        (_OPTION, "lock of rows"),
    )
    for pattern, what in words:
        for match in pattern.finditer(text):
            line = text.count("\n", 0, match.end()) + 1
            before = text[max(0, match.start() - _LONGEST) : match.start()].rpartition(";")[2]
            if pattern is _ROWS and not _SELECT.search(before):
                continue
            if called(path, line, files):
                yield Spot(path, line, what)
