"""What a Java process keeps for itself besides its fields: files, databases of its own, sessions of its container."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.code.scan import last_name
from auditor.probing.code.java_files import JavaFiles
from auditor.probing.code.process_state import Place, is_tool

_TEMPORARY = re.compile(r"tmp|temp(?!la)|/dev/|/proc/", re.IGNORECASE)
_STREAM = re.compile(
    r"\b(?:out|\w*os|output\w*|response\w*|\w*Stream|baos|writer|zip\w*|sink)(?:\.\w+\(\))?"
)
_AT_START = re.compile(r"main|init\w*|setup\w*|configure\w*|bootstrap|startup|afterPropertiesSet")
_LOCAL = re.compile(
    r"(?:jdbc|r2dbc):(?:h2:(?!tcp|ssl|mem)\S+|h2:file:\S*|sqlite:(?!:memory)\S+|hsqldb:(?!hsql|mem)\S+|derby:\S+)",
    re.IGNORECASE,
)
_MEMORY = re.compile(r"(?:jdbc|r2dbc):(?:h2:mem|hsqldb:mem|sqlite::memory)", re.IGNORECASE)
_URLS = (
    "spring.datasource.url",
    "spring.r2dbc.url",
    "quarkus.datasource.jdbc.url",
    "datasources.default.url",
)
_SHARED = re.compile(
    r"spring-session-(?:data-redis|jdbc|hazelcast|data-mongodb|mongodb)|spring-session-data-|redisson-tomcat|tomcat-redis-session"
)
_ENABLES = (
    "EnableRedisHttpSession", "EnableRedisIndexedHttpSession", "EnableJdbcHttpSession", "EnableHazelcastHttpSession",
    "EnableMongoHttpSession", "EnableRedisWebSession", "EnableRedisIndexedWebSession",
)  # fmt: skip
_KEEPS = re.compile(
    r"\b(?:\w*[sS]ession|getSession\(\s*(?:true)?\s*\))\s*\.\s*setAttribute\(|@SessionScope\b|@SessionAttributes\b|@SessionScoped\b"
    r"|\b\w*[sS]ession\.getAttributes\(\)\s*\.\s*put\("
)
_LOGS_IN = re.compile(r"\.(?:formLogin|oauth2Login)\(")
_STATELESS = re.compile(
    r"SessionCreationPolicy\.STATELESS|NoOpServerSecurityContextRepository|NullSecurityContextRepository"
)


def java_writes(java: JavaFiles) -> Iterator[Place]:
    """Where a file outside a folder for temporary ones is written while requests are served, and databases in files."""
    for use in java.topic.reachable:
        call = use.call
        if use.rule.role != "java.write" or is_tool(use.path):
            continue
        method = java.around(use.path, call.line)
        if method is None or _AT_START.fullmatch(method.name):
            continue
        place = int(use.rule.number("position") or 0)
        said = call.arguments[place] if len(call.arguments) > place else ""
        if (
            not said
            or _STREAM.fullmatch(said)
            or _TEMPORARY.search(said)
            or _is_temporary(said, java.body(use.path, method))
        ):
            continue
        if last_name(call.name) == "RandomAccessFile" and "w" not in "".join(call.arguments[1:]):
            continue
        shown = said if re.fullmatch(r"[\w.()]{1,60}", said) else "a file"
        yield use.path, call.line, f"{last_name(call.name)} writes {shown}"
    for key in _URLS:
        one = java.setting(key)
        if one is not None and _LOCAL.match(one.value):
            yield one.path, one.line, f"{one.key} opens a database in a local file"
        elif one is not None and _MEMORY.match(one.value):
            yield one.path, one.line, f"{one.key} opens a database in the memory of the process"


def _is_temporary(said: str, body: str) -> bool:
    """Whether a name in a path is bound to a temporary file in the same method."""
    names = re.findall(r"[A-Za-z_]\w*", re.sub(r'"[^"]*"', "", said))
    return any(re.search(rf"\b{re.escape(n)}\s*=[^;]*(?:[tT]emp(?!la)|tmp)", body) for n in names)


def java_sessions(java: JavaFiles) -> Iterator[Place]:
    """Where sessions are kept by the servlet container, in the memory of one process."""
    if not java.paths:
        return
    kind = java.setting("spring.session.store-type")
    shared = _SHARED.search(java.build) or java.enabled(*_ENABLES)
    if shared and not (kind is not None and kind.value == "none"):
        return
    if java.remote is not None and "spring-session" in java.build:
        return
    stateless = any(_STATELESS.search(java.bare(p)) for p in java.paths)
    for path in java.paths:
        text = java.bare(path)
        found = _KEEPS.search(text) or (None if stateless else _LOGS_IN.search(text))
        if found is not None:
            line = text.count("\n", 0, found.end()) + 1
            what = " ".join(found[0].split()).strip("(.@ ")
            yield path, line, f"{what}: the container keeps sessions in memory"
