"""How a Java service logs: its configuration of Logback or Log4j 2, its settings, prints, ids of requests."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.code.java.java_settings import Setting, plain
from auditor.code.java.logback_text import appenders, in_production, levels
from auditor.code.logs.log_prints import ASIDE
from auditor.probing.code.java_files import JavaFiles
from auditor.probing.code.java_proxies import Calls, calls
from auditor.probing.code.log_seen import Logging, Seen
from auditor.probing.contract import Context

_CONFIGS = (
    "**/src/main/resources/logback*.xml", "**/src/main/resources/**/logback*.xml", "**/src/main/resources/log4j2*.xml",
    "**/src/main/resources/log4j2*.properties", "**/src/main/resources/log4j2*.y*ml",
)  # fmt: skip
_DEFAULT_NAMES = re.compile(
    r"/src/main/resources/(?:logback(?:-spring)?|log4j2(?:-spring)?)\.(?:xml|properties|ya?ml)$"
)
_FINE = re.compile(r"(?:DEBUG|TRACE|ALL|FINE\w*)", re.IGNORECASE)
_LEVEL = re.compile(r"logging\.level\.(.+)")
_QUARKUS_LEVEL = re.compile(r"quarkus\.log\.(?:level|console\.level|category\..*\.level)")
_PRINTS = re.compile(
    r"\bSystem\s*\.\s*(?:out|err)\s*\.\s*(?:println|printf|print|format)\(|\.printStackTrace\(\s*\)"
)
_PUT = re.compile(
    r"\bMDC\s*\.\s*(?:put|putCloseable)\(\s*([^,()]+|\w+\.\w+\(\))\s*,|\bThreadContext\s*\.\s*put\(\s*([^,()]+)\s*,"
)
_ID = re.compile(
    r"(?:request|correlation|trace|transaction|x)[-_.]?(?:request|correlation|trace)?[-_.]?id|\btid\b|traceparent|\breq_?id\b|log[-_.]?id",
    re.IGNORECASE,
)
_TRACING = re.compile(
    r"micrometer-tracing-bridge|spring-cloud-starter-(?:sleuth|zipkin)|spring-boot-starter-opentelemetry|tlog-spring-boot"
    r"|opentelemetry-logback-mdc|opentelemetry-spring-boot-starter|quarkus-opentelemetry|apm-toolkit-logback"
    r"|spring-boot-micrometer-tracing"
)
_PATTERNED = re.compile(
    r"%X|%mdc|%tid|LOG_CORRELATION_PATTERN|CONSOLE_LOG_PATTERN|LOG_LEVEL_PATTERN|%traceId|spring\.application|logging/logback/"
)
_COMMANDS = (
    "picocli.",
    "com.beust.jcommander.",
    "org.springframework.shell.",
    "org.apache.commons.cli.",
)


def java_logging(ctx: Context, java: JavaFiles, out: Logging) -> None:
    """Note what is seen of the logging of the Java files that a service reaches."""
    if not java.paths:
        return
    before = len(out.structured) + len(out.plain) + len(out.conditional)
    texts = _configured(ctx, java)
    for path, text in texts.items():
        _config(path, text, java, out)
    _by_settings(java, out)
    if (
        len(out.structured) + len(out.plain) + len(out.conditional) == before
        and java.boot is not None
        and not texts
    ):
        path, line = java.boot
        out.plain.append(Seen(path, line, "Spring Boot's own console pattern"))
    _levels(java, out)
    out.prints += _prints(ctx, java)
    out.correlation += _ids(java, "\n".join(texts.values()), bool(out.structured))


def _configured(ctx: Context, java: JavaFiles) -> dict[str, str]:
    """The configurations that are in force, by path: the one that a setting names, else those of the usual names."""
    named = java.setting("logging.config")
    wanted = named.value.removeprefix("classpath:").strip("/") if named is not None else ""
    module = java.topic.code.java.module
    found = {}
    for entry in ctx.repo.find(*_CONFIGS):
        if module(entry.path) in java.modules and (
            entry.path.endswith(f"/{wanted}") if wanted else _DEFAULT_NAMES.search(f"/{entry.path}")
        ):
            found[entry.path] = java.texts.text(entry.path)
    for path in list(found):
        spring = path.replace("-spring.", ".")
        if spring != path and spring in found:
            del found[path]  # Spring Boot takes the one without the suffix first
    return found


def _config(path: str, text: str, java: JavaFiles, out: Logging) -> None:
    if not path.endswith(".xml"):
        known = re.search(r"JsonTemplateLayout|JsonLayout|EcsLayout", text) is not None
        (out.structured if known else out.plain).append(Seen(path, 1, "configuration of Log4j"))
        return
    active = java.setting("spring.profiles.active")
    profiles = (
        frozenset(n.strip() for n in active.value.split(",")) if active is not None else frozenset()
    )
    code = in_production(text, profiles - {"dev", "local", "test", ""})
    structured = java.setting("logging.structured.format.console", "logging.structured.format.file")
    for one in appenders(code):
        if not one.used:
            if one.json:
                out.ineffective.append(
                    Seen(path, one.line, f"appender {one.name}", "no logger uses it")
                )
            continue
        if one.json or (
            structured is not None
            and one.name in ("CONSOLE", "FILE")
            and "logging/logback/" in code
        ):
            out.structured.append(Seen(path, one.line, f"appender {one.name}"))
        elif one.json is None:
            out.conditional.append(
                Seen(path, one.line, f"appender {one.name}", "what its encoder writes is not known")
            )
        else:
            out.plain.append(Seen(path, one.line, f"appender {one.name}"))
    for level in levels(code):
        name = level.logger or "root"
        if "${" in level.level:
            out.from_environment.append(Seen(path, level.line, f"level of the logger {name}"))
        elif _FINE.fullmatch(level.level) and (not level.logger or _is_own(level.logger, java)):
            out.fixed.append(Seen(path, level.line, f"logger {name} at DEBUG"))


def _is_own(logger: str, java: JavaFiles) -> bool:
    return any(java.scan(p).package.startswith(logger) for p in java.paths)


def _by_settings(java: JavaFiles, out: Logging) -> None:
    """Structured logging that a setting switches on."""
    told = java.setting("logging.structured.format.console")
    if (
        told is not None
        and told.value
        and java.boot is not None
        and not out.structured
        and not out.plain
    ):
        out.structured.append(Seen(told.path, told.line, told.key))
    if "quarkus" not in java.build:
        return
    off = java.setting(
        "quarkus.log.console.json",
        "quarkus.log.console.json.enabled",
        "quarkus.log.json.console.enable",
    )
    path, line = (off.path, off.line) if off is not None else (java.paths[0], 1)
    if "quarkus-logging-json" in java.build and not (off is not None and off.value == "false"):
        out.structured.append(Seen(path, line, "quarkus-logging-json"))
    elif java.imported("io.quarkus.", "jakarta.ws.rs.") is not None:
        out.plain.append(Seen(path, line, "Quarkus' own console pattern"))


def _levels(java: JavaFiles, out: Logging) -> None:
    for name, one in sorted(java.settings.items()):
        match = _LEVEL.fullmatch(name) or _QUARKUS_LEVEL.fullmatch(name)
        if match is None:
            continue
        if "${" in one.written:
            out.from_environment.append(Seen(one.path, one.line, one.key))
        elif _FINE.fullmatch(one.value) and _matters(name, one, java):
            out.fixed.append(Seen(one.path, one.line, f"{one.key} at DEBUG"))
    system = java.setting("org.springframework.boot.logging.LoggingSystem")
    if java.boot is not None and not (system is not None and system.value == "none"):
        path, line = java.boot
        out.from_environment.append(
            Seen(path, line, "logging.level.* in the environment of Spring Boot")
        )
    elif "quarkus" in java.build and java.imported("io.quarkus.", "jakarta.ws.rs.") is not None:
        out.from_environment.append(
            Seen(java.paths[0], 1, "QUARKUS_LOG_LEVEL in the environment of Quarkus")
        )


def _matters(name: str, one: Setting, java: JavaFiles) -> bool:
    """Whether a level is that of the root or of the service's own packages."""
    logger = one.key.partition("level.")[2]
    return (
        not logger
        or plain(logger) == "root"
        or "quarkus.log.level" in name
        or _is_own(logger, java)
    )


def _prints(ctx: Context, java: JavaFiles) -> Iterator[Seen]:
    for path in java.paths:
        imported = any(f"{i.module}.".startswith(_COMMANDS) for i in java.scan(path).imports)
        if imported or ASIDE.search(ctx.repo.below(path).partition("src/main/java/")[0]):
            continue
        text = java.bare(path)
        for match in _PRINTS.finditer(text):
            what = " ".join(match[0].split()).rstrip("()").lstrip(".")
            yield Seen(path, text.count("\n", 0, match.end()) + 1, what)


def _ids(java: JavaFiles, config: str, structured: bool) -> Iterator[Seen]:
    """What puts the id of a request on log lines, where lines show it."""
    pattern = java.setting(
        "logging.pattern.console", "logging.pattern.level", "logging.pattern.correlation"
    )
    shown = (
        structured
        or (pattern is not None and "%X" in pattern.written)
        or bool(_PATTERNED.search(config))
    )
    found = _TRACING.search(java.build)
    if found is not None and (shown or not config) and java.boot is not None:
        path, line = java.boot
        yield Seen(path, line, f"{found[0]} among the dependencies")
    for path in java.paths:
        code = java.code(path)
        for match in _PUT.finditer(code):
            key = (match[1] or match[2]).strip()
            value = java.scan(path).constants.get(key.rpartition(".")[2], key)
            line = code.count("\n", 0, match.end()) + 1
            method = java.around(path, line)
            owner = java.owner(path, method) if method is not None else None
            if not _ID.search(f"{key} {value}") or not (
                structured
                or "%X" in config
                or "%mdc" in config
                or (pattern and "%X" in pattern.written)
            ):
                continue
            if (
                method is None
                or owner is None
                or calls(path, owner, method, java) is not Calls.NOBODY
            ):
                yield Seen(path, line, "MDC.put of an id")
