"""Idempotency keys of Java services: where a request's key is read, and where it is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.probing.code.idempotency_nouns import Keys
from auditor.probing.code.java_files import JavaFiles
from auditor.probing.code.java_proxies import Calls, calls, idle
from auditor.probing.code.stores import Spot

_NAME = r"(?:[xX]-)?[iI]dempotency[-_]?[kK]ey"
_READ = re.compile(
    rf"@(?:RequestHeader|HeaderParam|Header|RestHeader)\(\s*(?:(?:value|name)\s*=\s*)?(?:\"{_NAME}\"|(?:\w+\.)*(\w*IDEMPOTENCY\w*))"
    rf"|\b\w*(?:[rR]equest|[hH]eaders?(?:\(\))?|getHeaders\(\)|req|exchange)\s*\.\s*(?:getHeaders?|getFirst|firstHeader|header|get|getHeaderString)\(\s*"
    rf"(?:\"{_NAME}\"|(?:\w+\.)*(\w*IDEMPOTENCY\w*))"
)
_HEADER = re.compile(rf"\"{_NAME}\"")
_MEMORY = re.compile(
    r"\b(?:\w*Map|Set|Cache|LoadingCache)<[^;=]*>\s+\w*[iI]dempot\w*\s*=\s*(?:new\s+\w*(?:Map|Set)|ConcurrentHashMap\.newKeySet|Caffeine|CacheBuilder|Collections\.)"
)
_SHARED = re.compile(
    r"\.(?:setIfAbsent|setnx|setNX|set|putIfAbsent|setex)\(\s*(?:[\w.]*[iI]dempot\w*|\"[^\"]*[iI]dempot|[A-Z_]*IDEMPOTENCY)"
)
_UNIQUE = re.compile(
    r"@Column\([^)]*unique\s*=\s*true[^)]*\)\s*(?:@\w+(?:\([^)]*\))?\s*)*(?:private|protected|public)?\s*\w+\s+\w*[iI]dempotency\w*"
    r"|(?:@UniqueConstraint|@Index)\([^)]*idempotency_?key|@Indexed\([^)]*unique\s*=\s*true[^)]*\)\s*(?:private\s+)?\w+\s+\w*[iI]dempotency\w*",
    re.IGNORECASE,
)


def java_keys(java: JavaFiles, keys: Keys) -> None:
    """Note the keys in the Java files that a service reaches."""
    for noted in java.noted("Idempotent"):
        if java.of(noted, "software.amazon.lambda.powertools.") and not idle(
            noted, java, subclasses=True
        ):
            spot = Spot(noted.path, noted.line, f"@Idempotent on {noted.where}")
            keys.read.append(spot)
            keys.stored.append(spot)
    read = [spot for path in java.paths for spot in _read(path, java)]
    keys.read += read
    if not read:
        return
    for path in java.paths:
        code = java.code(path)
        keys.memory += _found(path, code, _MEMORY, "kept in the process")
        keys.stored += _found(path, code, _UNIQUE, "unique by its key")
        if re.search(r"[rR]edis|[jJ]edis|[rR]edisson|opsForValue", code):
            keys.stored += _found(path, code, _SHARED, "kept in a shared store")


def _read(path: str, java: JavaFiles) -> Iterator[Spot]:
    code = java.code(path)
    for match in _READ.finditer(code):
        constant = match[1] or match[2]
        if constant and not _is_header(constant, path, java):
            continue
        line = code.count("\n", 0, match.end()) + 1
        method = java.around(path, line) or next(
            (f for f in java.scan(path).functions if f.line - 3 <= line <= f.last), None
        )
        owner = java.owner(path, method) if method is not None else None
        if method is None or owner is None or calls(path, owner, method, java) is not Calls.NOBODY:
            yield Spot(path, line, "reads the key of a request")


def _is_header(constant: str, path: str, java: JavaFiles) -> bool:
    """Whether a constant stands for the name of the header, in the same file or another."""
    own = java.scan(path).constants.get(constant)
    values = (
        [own] if own is not None else [java.scan(p).constants.get(constant, "") for p in java.paths]
    )
    return any(_HEADER.fullmatch(v) for v in values)


def _found(path: str, text: str, pattern: re.Pattern[str], what: str) -> Iterator[Spot]:
    for match in pattern.finditer(text):
        yield Spot(path, text.count("\n", 0, match.start()) + 1, what)
