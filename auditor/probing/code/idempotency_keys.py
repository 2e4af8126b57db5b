"""Where requests bring an idempotency key, and where it is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.code.scanning import family
from auditor.probing.code.idempotency_nouns import Keys
from auditor.probing.code.java_files import JavaFiles
from auditor.probing.code.java_idempotency import java_keys
from auditor.probing.code.stores import Files, Spot
from auditor.probing.code.transacting import called

_NAME = r"(?:[xX]-)?[iI]dempotency[-_]?[kK]ey"
_READ = re.compile(
    rf"(?:headers?|META|Headers|Header)\s*(?:\.get|\.Get|\.getlist|\.header)?\s*(?:\(\s*|\[\s*)[\"'`]{_NAME}[\"'`]\s*[\])](?!\s*=(?!=))"
    rf"|\b(?:req|request|ctx|c|r)\.(?:header|get|GetHeader|Get)\(\s*[\"'`]{_NAME}[\"'`]"
    rf"|@Headers\(\s*[\"']{_NAME}[\"']"
    rf"|\bMETA(?:\.get\(|\[)\s*[\"']HTTP_(?:X_)?IDEMPOTENCY_KEY[\"']"
    rf"|\b\w*idempotency_key\w*\s*:\s*(?:[\w.]+\[[^\n]*\bHeader\(|[^=\n]*=\s*Header\()"
    rf"|\bHeader\([^()\n]*alias\s*=\s*[\"']{_NAME}[\"']"
)
_OUTGOING = re.compile(r"response|resp\b|res\.(?:set|header)", re.IGNORECASE)
_MEMORY = re.compile(
    r"(?m)^[ \t]*(?:(?:export|const|let|var|static|private|readonly|self\.|this\.)[ \t]*)*"
    r"\w*[iI]dempot\w*\s*(?::[^=\n]+)?:?=\s*(?:\{\s*\}|dict\(\)|set\(\)|OrderedDict\(|defaultdict\(|TTLCache\("
    r"|LRUCache\(|new\s+(?:Weak)?(?:Map|Set)\b|make\(map|sync\.Map|map\[)"
)
_MEMORY_GO = re.compile(
    r"\bvar\s+\w*[iI]dempot\w*\s+(?:sync\.Map|=?\s*map\[)|\b\w*[iI]dempot\w*\s+(?:sync\.Map|map\[)"
)
_REDIS = re.compile(
    r"\.(?:set|setnx|setNX|SetNX|setex|SetEX|add)\(\s*(?:\w*[cC]tx\s*,\s*)?[^,\n]*[iI]dempot",
    re.IGNORECASE,
)
_UNIQUE = re.compile(
    r"idempotency_?key\w*\s*(?::[^=\n]{1,80})?=\s*[^\n]{0,200}?(?:unique\s*=\s*True|primary_key\s*=\s*True)"
    r"|(?:UniqueConstraint|unique_together|CREATE\s+UNIQUE\s+INDEX)[^;]{0,200}?idempotency_?key"
    r"|\b(?:UNIQUE|PRIMARY\s+KEY)\s*\([^)]{0,200}?idempotency_?key"
    r"|idempotency_?key\s+[^,;\n]{0,120}?\b(?:UNIQUE|PRIMARY\s+KEY)\b"
    r"|\bidempotencyKey\s+String\??[^\n]{0,120}?@(?:unique|id)\b|@@(?:unique|id)\(\[[^\]]{0,120}?idempotencyKey"
    r"|idempotency_?key[^\n]{0,120}?gorm:\"[^\"\n]{0,120}?unique|@(?:Unique|Index)\([^)]{0,120}?idempotencyKey"
    r"|unique\s*:\s*true[^}]{0,120}\}\)\s*\n\s*idempotencyKey",
    re.IGNORECASE,
)


def read_keys(files: Files, others: dict[str, str]) -> Keys:
    """Keys that requests bring; `others` are the texts of schemas and migrations by path."""
    keys = Keys()
    reading = files.texts.matching_code(_READ)
    for path in files.paths:
        keys.read += _read(path, files) if path in reading else ()
    _libraries(files, keys)
    java_keys(JavaFiles(files.topic, files.texts), keys)
    if not keys.read:
        return keys
    for path in files.paths:
        code = files.code(path)
        keys.memory += _found(
            path, code, _MEMORY_GO if family(path) == "go" else _MEMORY, "kept in the process"
        )
        keys.stored += [
            s
            for s in _found(path, code, _REDIS, "kept in a shared store")
            if not _in_memory(code, s.line)
        ]
    texts = {p: files.code(p) for p in files.paths} | others
    for path, text in sorted(texts.items()):
        keys.stored += _found(path, text, _UNIQUE, "unique by its key")
    return keys


def _read(path: str, files: Files) -> Iterator[Spot]:
    code = files.code(path)
    for match in _READ.finditer(code):
        line = code.count("\n", 0, match.start()) + 1
        start = code.rfind("\n", 0, match.start()) + 1
        before = code[start : match.start()]
        if not _OUTGOING.search(f"{before}{match[0][:12]}") and called(path, line, files):
            yield Spot(path, line, "reads the key of a request")


def _found(path: str, text: str, pattern: re.Pattern[str], what: str) -> Iterator[Spot]:
    for match in pattern.finditer(text):
        at = match.start() + len(match[0]) - len(match[0].lstrip())
        yield Spot(path, text.count("\n", 0, at) + 1, what)


def _in_memory(code: str, line: int) -> bool:
    """Whether what a line sets is the map of the process that another line makes."""
    text = code.split("\n")[line - 1]
    names = {m[0].strip().split("=")[0].strip().split()[-1] for m in _MEMORY.finditer(code)}
    return any(re.search(rf"\b{re.escape(name.rstrip(':'))}\.", text) for name in names)


def _libraries(files: Files, keys: Keys) -> None:
    attached = [u for u in files.topic.reachable if u.rule.role == "attach"]
    for use in files.topic.reachable:
        if use.rule.role == "library":
            spot = Spot(use.path, use.call.line, use.call.name)
            keys.read.append(spot)
            inside = (
                use.rule.settings.get("memory") and use.rule.text("store") not in use.call.keywords
            )
            (keys.memory if inside else keys.stored).append(spot)
    for use in attached:
        names = files.topic.scan(use).names
        given = [names.get(a, a) for a in use.call.arguments]
        if any(g.endswith("IdempotencyHeaderMiddleware") for g in given):
            spot = Spot(use.path, use.call.line, "IdempotencyHeaderMiddleware")
            keys.read.append(spot)
            backend = use.call.keywords.get("backend", "")
            (keys.memory if "Memory" in backend else keys.stored).append(spot)
