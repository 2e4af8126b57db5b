"""What a configuration of Logback or Log4j 2 writes in production: its appenders, what uses them, its levels."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

JSON = re.compile(
    r"net\.logstash\.logback\.(?:encoder|layout)\.\w+|ch\.qos\.logback\.(?:contrib\.json\.\w+\.Json\w+|classic\.encoder\.JsonEncoder)"
    r"|co\.elastic\.logging\.\w+(?:\.\w+)*|<(?:JsonTemplateLayout|JsonLayout|EcsLayout|GelfLayout|LogstashLayout)\b"
    r"|org\.springframework\.boot\.logging\.(?:logback|log4j2)\.StructuredLog\w+|StructuredLogEncoder|StructuredLogLayout"
    r"|com\.google\.cloud\.spring\.logging\.StackdriverJsonLayout|\bLogstashEncoder\b|\bLoggingEventCompositeJsonEncoder\b|GelfEncoder"
)
_REMARK = re.compile(r"<!--.*?-->", re.DOTALL)
_NOT_NEWLINE = re.compile(r"[^\n]")
_PROFILE = re.compile(
    r"<springProfile\s+name\s*=\s*\"([^\"]*)\"\s*>(.*?)</springProfile>", re.DOTALL | re.IGNORECASE
)
_APPENDER = re.compile(
    r"<appender\s[^>]*?\bname\s*=\s*\"([^\"]+)\"[^>]*>(.*?)</appender>", re.DOTALL
)
_APPENDERS = re.compile(r"<appenders\b[^>]*>(.*?)</appenders>", re.DOTALL | re.IGNORECASE)
_LOG4J = re.compile(r"<(\w+)\s[^>]*?\bname\s*=\s*\"([^\"]+)\"[^>]*?(?:/>|>(.*?)</\1>)", re.DOTALL)
_ROOT = re.compile(r"<root\b([^>]*?)(?:/>|>(.*?)</root>)", re.DOTALL | re.IGNORECASE)
_LOGGER = re.compile(
    r"<(?:async)?logger\b([^>]*?)(?:/>|>(.*?)</(?:async)?logger>)", re.DOTALL | re.IGNORECASE
)
_REF = re.compile(r"<appender-?ref\s[^>]*?\bref\s*=\s*\"([^\"]+)\"", re.IGNORECASE)
_LEVEL = re.compile(r"\blevel\s*=\s*\"([^\"]*)\"", re.IGNORECASE)
_VALUE = re.compile(r"<level\s+value\s*=\s*\"([^\"]*)\"")
_NAME = re.compile(r"\bname\s*=\s*\"([^\"]*)\"")
_INCLUDED = re.compile(
    r"<include\s[^>]*resource\s*=\s*\"org/springframework/boot/logging/logback/([\w\-]+)\.xml\""
)
_MADE = {
    "base": ("CONSOLE", "FILE"), "defaults": (), "console-appender": ("CONSOLE",), "file-appender": ("FILE",),
    "structured-console-appender": ("CONSOLE",),
}  # fmt: skip
_SHIPPED = frozenset({"prod", "production", "release", "live", "cloud", "kubernetes", "docker"})
_NOWHERE = re.compile(r"NOPAppender|<Null\b")


@dataclass(frozen=True, slots=True)
class Written:
    """An appender that is used, or is not: its name, its line, whether it writes JSON (None: not known here)."""

    name: str
    line: int
    json: bool | None
    used: bool


@dataclass(frozen=True, slots=True)
class Level:
    """The level of a logger ("" for the root) as it is written."""

    logger: str
    line: int
    level: str


def in_production(text: str, active: frozenset[str] = frozenset()) -> str:
    """A configuration without its remarks and what only other profiles than that of production have, lines kept."""
    code = _REMARK.sub(lambda m: _NOT_NEWLINE.sub(" ", m[0]), text)
    return _PROFILE.sub(
        lambda m: m[0] if _runs(m[1], active) else _NOT_NEWLINE.sub(" ", m[0]), code
    )


def _runs(names: str, active: frozenset[str]) -> bool:
    words = [n for n in re.split(r"[,|&() ]+", names) if n]
    return any(
        (n[1:] not in _SHIPPED | active)
        if n.startswith("!")
        else n in _SHIPPED | active or n == "default"
        for n in words
    )


def appenders(code: str) -> Iterator[Written]:
    """The appenders of a configuration (`in_production`), with those that Spring Boot's files bring."""
    bodies = {m[1]: (m[0], _line(code, m)) for m in _APPENDER.finditer(code)}
    for block in _APPENDERS.finditer(code):
        for match in _LOG4J.finditer(block[1]):
            bodies[match[2]] = (match[0], code.count("\n", 0, block.start(1) + match.start()) + 1)
    for match in _INCLUDED.finditer(code):
        for name in _MADE.get(match[1], ()):
            structured = "structured" in match[1]
            bodies.setdefault(
                name, ("StructuredLogEncoder" if structured else "<pattern>", _line(code, match))
            )
    used = _used(code, {name: body for name, (body, _) in bodies.items()})
    if any(m[1] == "base" for m in _INCLUDED.finditer(code)):
        used |= {"CONSOLE"}
    for name, (body, line) in bodies.items():
        if _NOWHERE.search(body) or not _ends(body):
            continue
        known = JSON.search(body) is not None
        yield Written(name, line, known or (None if _is_open(body) else False), name in used)


def _ends(body: str) -> bool:
    """Whether an appender writes lines itself, and does not only hand them on."""
    return not _REF.search(body)


def _is_open(body: str) -> bool:
    """Whether an encoder or layout of a class that is not known writes the lines."""
    found = re.search(r"<(?:encoder|layout)\s[^>]*class\s*=\s*\"([\w.$]+)\"", body)
    return (
        found is not None
        and not found[1].startswith("ch.qos.logback.")
        and "Pattern" not in found[1]
        and "apm.toolkit" not in found[1]
    )


def _used(code: str, bodies: dict[str, str]) -> set[str]:
    waiting = [
        r
        for pattern in (_ROOT, _LOGGER)
        for m in pattern.finditer(code)
        for r in _REF.findall(m[2] or "")
    ]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _REF.findall(bodies.get(name, ""))
    return found


def levels(code: str) -> Iterator[Level]:
    """The levels that a configuration sets."""
    for match in _ROOT.finditer(code):
        said = _LEVEL.search(match[1]) or _VALUE.search(match[2] or "")
        if said is not None:
            yield Level("", _line(code, match), said[1])
    for match in _LOGGER.finditer(code):
        said, name = (
            _LEVEL.search(match[1]) or _VALUE.search(match[2] or ""),
            _NAME.search(match[1]),
        )
        if said is not None and name is not None:
            yield Level(name[1], _line(code, match), said[1])


def _line(text: str, match: re.Match[str]) -> int:
    return text.count("\n", 0, match.start()) + 1
