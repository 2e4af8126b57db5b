"""The feature flags of Java services: where one is asked for at run time, and what only a new start turns."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.code.reach.uses import Use
from auditor.code.scan import last_name
from auditor.probing.code.flag_nouns import Flag, Flags, is_switch
from auditor.probing.code.java_files import JavaFiles
from auditor.probing.code.java_proxies import Calls, calls

_CONDITIONS = (
    "ConditionalOnProperty",
    "ConditionalOnBooleanProperty",
    "ConditionalOnExpression",
    "IfBuildProperty",
    "Requires",
)
_VALUE = re.compile(
    r"@(?:Value|ConfigProperty|Property)\(\s*(?:value\s*=\s*|name\s*=\s*)?\"(?:[#$]\{)?([\w.\-]+)"
)
_TOGGLZ = re.compile(r"\b[A-Z]\w*\.([A-Z][A-Z0-9_]*)\.isActive\(\s*\)")
_FIXED = re.compile(r"InMemory|No-?[oO]p|EnvVar|FromEnv|TestProvider")
_KEY = re.compile(r'"([\w.\-]+)"')


def java_flags(java: JavaFiles, out: Flags) -> None:
    """Note the flags in the Java files that a service reaches."""
    uses = java.topic.reachable
    clients = [u for u in uses if u.rule.role == "java.client"]
    idle = {u.rule.library: why for u in clients if (why := _idle(u, uses))}
    asked = [u for u in uses if u.rule.role == "java.evaluate" and _called(u, java)]
    out.evaluated += [_flag(u) for u in asked if u.rule.library not in idle]
    out.evaluated += _togglz(java)
    libraries = {u.rule.library for u in asked}
    for use in clients:
        library = use.rule.library
        out.clients.append(Flag(use.path, use.call.line, library))
        why = idle.get(library, "" if library in libraries else "no flag is asked for")
        if why:
            out.unused.append(Flag(use.path, use.call.line, library, why))
    out.environment += _switches(java)


def _idle(client: Use, uses: list[Use]) -> str:
    """Why a client answers nothing but defaults, if so."""
    rule = client.rule
    needs, off = rule.text("needs"), rule.text("off")
    given = [u for u in uses if u.rule.role == needs and u.rule.library == rule.library]
    if needs and not given:
        return "no provider is set, so it answers with the defaults of its callers"
    if needs and all(_FIXED.search(" ".join(u.call.arguments)) for u in given):
        return "its provider answers with what the code or the environment says"
    said = " ".join(
        (
            client.call.name,
            *client.call.arguments,
            *(f"{k}({v}" for k, v in client.call.keywords.items()),
        )
    )
    return "it is offline" if off and re.search(off, said) else ""


def _called(use: Use, java: JavaFiles) -> bool:
    """Whether something calls the method in which a flag is asked for."""
    method = java.around(use.path, use.call.line)
    owner = java.owner(use.path, method) if method is not None else None
    if method is None or owner is None or method.name in ("<init>", "main"):
        return True
    return calls(use.path, owner, method, java) is not Calls.NOBODY


def _flag(use: Use) -> Flag:
    return Flag(use.path, use.call.line, f"{use.rule.library}: {last_name(use.call.name)}")


def _togglz(java: JavaFiles) -> Iterator[Flag]:
    """Features of Togglz that are asked by the name of their enumeration."""
    if java.imported("org.togglz.") is None:
        return
    for path in java.paths:
        text = java.bare(path)
        for match in _TOGGLZ.finditer(text):
            yield Flag(path, text.count("\n", 0, match.end()) + 1, "Togglz: isActive")


def _switches(java: JavaFiles) -> Iterator[Flag]:
    """Switches that the settings decide when the service starts."""
    for noted in java.noted(*_CONDITIONS):
        prefix = next(iter(_KEY.findall(noted.given("prefix"))), "")
        named = next(iter(_KEY.findall(noted.given("name", "value", "property"))), "")
        name = ".".join(p for p in (prefix.rstrip("."), named) if p)
        if name:
            yield Flag(noted.path, noted.line, name)
    for path in java.paths:
        code = java.code(path)
        for match in _VALUE.finditer(code):
            if is_switch(re.sub(r"[.\-]", "_", match[1]), ""):
                yield Flag(path, code.count("\n", 0, match.end()) + 1, match[1])
