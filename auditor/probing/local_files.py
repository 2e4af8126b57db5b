"""Files that a process writes for itself, sessions and caches in its memory: what calls and settings tell."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.code.reach.uses import Use
from auditor.code.scan import Call
from auditor.probing.code.code_texts import Texts
from auditor.probing.code.code_topics import Topic
from auditor.probing.code.process_state import Place, is_tool

_WRITES = re.compile(
    r"^[rbtU]*[\"']?[rbtU]*[wax+]|O_(?:WRONLY|RDWR|CREATE|APPEND|TRUNC)|[\"'][rbt]*[wax+]"
)
_TEMPORARY = re.compile(
    r"tmp|temp(?!la)|/dev/|devnull|stdout|stderr|/proc/|fifo|socket", re.IGNORECASE
)
_SQLITE = re.compile(
    r"^[fFrRbu]*[\"'`](?:sqlite\w*(?:\+\w+)?:/{2,4}(?!:memory:|\?)[^\"'`]+|file:(?!:memory)[^\"'`]+)"
)
_FILE = re.compile(r"^[\"'`](?!:memory:)[^\"'`:]+[\"'`]$")
_SESSIONS = re.compile(r"(?:^|[._]|(?<=[a-z])(?=S))[sS]essions?(?:_?[sS]tore)?$")
_MEMORY_STORE = re.compile(r"MemoryStore")
_WORD = re.compile(r"[A-Za-z_$][\w$]*")
_AT_START = re.compile(
    r"(?:main|init|ensure_director\w+|setup\w*|configure\w*|create_app|lifespan|startup|on_startup|bootstrap|initiali[sz]e\w*)"
)


def writes(topic: Topic, texts: Texts) -> Iterator[Place]:
    """Where a file outside a folder for temporary ones is written while requests are served."""
    for use in topic.reachable:
        call, rule = use.call, use.rule
        if is_tool(use.path):
            continue
        if (
            rule.role == "write"
            and call.scope
            and not _AT_START.fullmatch(call.scope.rpartition(".")[2])
        ):
            path = _path(use)
            if path is not None and not _is_temporary(path, use, texts):
                yield use.path, call.line, f"{call.name} writes {_plain(path)}"
        elif rule.role == "database" and call.arguments:
            said = call.arguments[int(rule.number("position") or 0) :]
            if said and (
                _SQLITE.match(said[0]) or (rule.library in ("sqlite3",) and _is_file(call, said[0]))
            ):
                yield use.path, call.line, f"{call.name} opens a database in a local file"
        elif rule.role == "upload" and _keeps(use):
            yield use.path, call.line, f"{call.name} keeps uploads on the local disk"


def _is_file(call: Call, said: str) -> bool:
    return not call.name.startswith("sqlalchemy") and _FILE.match(said) is not None


def _path(use: Use) -> str | None:
    """The text of what is written to; None where the call only reads."""
    call, rule = use.call, use.rule
    if rule.text("path") == "receiver":
        return call.name.rpartition(".")[0]
    mode = rule.number("mode")
    if mode is not None:
        given = call.keywords.get("mode", "") or (
            call.arguments[int(mode)] if len(call.arguments) > mode else ""
        )
        if (
            not given
            or not _WRITES.search(given)
            or (rule.language == "go" and "O_RDONLY" in given)
        ):
            return None
    place = int(rule.number("position") or 0)
    named = call.keywords.get("file", "") or call.keywords.get("dst", "")
    return call.arguments[place] if len(call.arguments) > place else named or "a file"


def _is_temporary(path: str, use: Use, texts: Texts) -> bool:
    if _TEMPORARY.search(path):
        return True
    outline = texts.outline(use.path)
    text = outline.code if outline is not None else ""
    lines = text.splitlines()
    around = "\n".join(lines[max(0, use.call.line - 40) : use.call.line])
    for name in _WORD.findall(re.sub(r"[\"'`][^\"'`]*[\"'`]", "", path)):
        if re.search(
            rf"\b{re.escape(name)}\b\s*(?:,\s*\w+\s*)?(?::=|=|:)[^\n]*(?:tmp|[tT]emp(?!la))|[tT]emp(?!la)[^\n]*\bas\s+{re.escape(name)}\b",
            around,
        ):
            return True
    return False


def _plain(path: str) -> str:
    """A name or dotted expression as it is; no text out of the code, for it may be private."""
    return path if re.fullmatch(r"[\w.$()\[\]]{1,60}", path) else "a file"


def _keeps(use: Use) -> bool:
    names = use.rule.texts("keyword")
    if not names:
        return True
    if use.call.name.endswith("diskStorage"):
        where = use.call.keywords.get("destination", "")
        return not _TEMPORARY.search(where) and bool(where)
    return any(not _TEMPORARY.search(use.call.keywords[n]) for n in names if n in use.call.keywords)


def sessions(topic: Topic, texts: Texts) -> Iterator[Place]:
    """Where sessions are kept in the memory or on the disk of one process."""
    for use in topic.reachable:
        if use.rule.role == "cache" and _of_sessions(topic, use):
            yield use.path, use.call.line, f"{use.call.name} keeps sessions in the process"
        if use.rule.role != "session":
            continue
        store = use.rule.text("store")
        if not store:
            yield use.path, use.call.line, f"{use.call.name} keeps sessions in the process"
            continue
        said = use.call.keywords.get(store, "")
        if said and not _MEMORY_STORE.search(said):
            continue
        if not said and (use.call.spread or _elsewhere(use, topic, store)):
            continue
        yield use.path, use.call.line, f"{use.call.name} without a store: sessions are in memory"
    yield from _settings(topic, texts)


def _of_sessions(topic: Topic, use: Use) -> bool:
    """Whether a cache is bound to the name of sessions, by itself or at the end of a chain of calls."""
    bound = [
        c.target
        for c in topic.scan(use).calls
        if c.line == use.call.line
        and (c.name == use.call.name or c.name.startswith(f"{use.call.name}("))
    ]
    return any(_SESSIONS.search(name) for name in bound)


def _elsewhere(use: Use, topic: Topic, store: str) -> bool:
    """Whether options that are made elsewhere may name a store."""
    scan = topic.scan(use)
    for argument in use.call.arguments:
        if argument.startswith("{"):
            continue
        objects = [p.default for p in scan.parameters if p.name == argument]
        later = re.compile(rf"{re.escape(argument)}\.{store}\b")
        if (
            not objects
            or any(f"{store}:" in o or "..." in o for o in objects)
            or any(later.search(n) for n in scan.constants)
        ):
            return True
    return False


_LOCAL_BACKEND = re.compile(r"locmem\.LocMemCache|filebased\.FileBasedCache")


def _settings(topic: Topic, texts: Texts) -> Iterator[Place]:
    """Django and Flask-Session, by their settings."""
    cached = list(_of(topic, "CACHES"))
    local = not cached or all(_LOCAL_BACKEND.search(v) for _, v in cached)
    for path, value in _of(topic, "SESSION_ENGINE"):
        engine = value.strip("\"'").rpartition(".")[2]
        if engine == "file" or (engine == "cache" and local):
            yield (
                path,
                _line(texts, path, "SESSION_ENGINE"),
                f"SESSION_ENGINE {engine} in the process alone",
            )
    for path, value in _of(topic, "SESSION_TYPE"):
        if value.strip("\"'") in ("filesystem", "cachelib"):
            yield (
                path,
                _line(texts, path, "SESSION_TYPE"),
                f"SESSION_TYPE {value.strip(chr(34) + chr(39))} on the local disk",
            )


def _of(topic: Topic, name: str) -> Iterator[tuple[str, str]]:
    for path in sorted(topic.code.closure.reachable):
        scan = topic.code.scans.get(path)
        for key, value in scan.constants.items() if scan is not None else ():
            if key == name or key.endswith(f".{name}"):
                yield path, value


def _line(texts: Texts, path: str, name: str) -> int:
    text = texts.text(path)
    match = re.search(rf"^\s*{name}\b", text, re.MULTILINE)
    return text.count("\n", 0, match.end()) + 1 if match is not None else 1


def caches(topic: Topic, texts: Texts) -> Iterator[Place]:
    """Caches in the memory of one process that a library or a setting keeps."""
    for use in topic.reachable:
        if use.rule.role == "cache" and not _of_sessions(topic, use):
            yield use.path, use.call.line, f"{use.call.name} caches in memory"
    for path, value in _of(topic, "CACHES"):
        if _LOCAL_BACKEND.search(value):
            yield path, _line(texts, path, "CACHES"), "CACHES in the process alone"


def media(topic: Topic, texts: Texts) -> Iterator[Place]:
    """Uploads of Django on the local disk: MEDIA_ROOT, and no other default storage."""
    every = "\n".join(
        texts.text(p)
        for p in texts.files
        if "MEDIA_ROOT" in texts.text(p) or "STORAGE" in texts.text(p)
    )
    if re.search(
        r"DEFAULT_FILE_STORAGE|storages\.backends|\bSTORAGES\b|S3Boto|GoogleCloudStorage|AzureStorage",
        every,
    ):
        return
    for path in texts.files:
        match = re.search(r"^MEDIA_ROOT\s*=", texts.text(path), re.MULTILINE)
        fields = (
            any(re.search(r"\b(?:File|Image)Field\(", texts.text(p)) for p in texts.files)
            if match
            else False
        )
        if match is not None and fields:
            line = texts.text(path).count("\n", 0, match.start()) + 1
            yield path, line, "MEDIA_ROOT keeps uploads on the local disk"
