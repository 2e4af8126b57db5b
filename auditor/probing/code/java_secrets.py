"""Where a Java service takes its secrets from: packaged settings, @Value, the environment, its own text, a store."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.code.java.java_settings import Setting, plain
from auditor.code.topics.written_secrets import is_secret, local, names
from auditor.formats.secrets.literal_secret import ValueKind, secret_kind, value_kind
from auditor.probing.code.java_files import JavaFiles
from auditor.probing.code.secret_nouns import Secret, Secrets

_VARIABLE = re.compile(r"\$\{([\w.\-]+)(?::([^{}]*))?\}")
_ENCRYPTED = re.compile(r"ENC\(.*\)|\{cipher\}.*|@[\w.]+@|\{\{.*\}\}")
_STORE_VALUE = re.compile(
    r"(?:vault|sm|aws-secretsmanager|aws-parameterstore|azure-keyvault|gcp-secretmanager|\$\{sm)[:@/]"
)
_IMPORTED = re.compile(r"spring\.config\.import(?:\[\d+\])?")
_STORES = (
    (re.compile(r"(?:optional:)?vault:"), "HashiCorp Vault", re.compile(r"vault")),
    (
        re.compile(r"(?:optional:)?aws-secretsmanager:"),
        "AWS Secrets Manager",
        re.compile(r"secrets-?manager"),
    ),
    (
        re.compile(r"(?:optional:)?aws-parameterstore:"),
        "AWS Parameter Store",
        re.compile(r"parameter-store"),
    ),
    (
        re.compile(r"(?:optional:)?(?:sm:|sm@)"),
        "Google Secret Manager",
        re.compile(r"secretmanager"),
    ),
    (re.compile(r"(?:optional:)?configtree:/"), "files of secrets", re.compile(r"")),
)
_VALUE = re.compile(
    r"@(?:Value|ConfigProperty|Property)\(\s*(?:value\s*=\s*|name\s*=\s*)?\"(?:\$\{)?([\w.\-\[\]]+)(?::([^}\"]*))?\}?\""
    r"(?:\s*,\s*defaultValue\s*=\s*\"([^\"]*)\")?"
)
_ENV = re.compile(
    r"\bSystem\.(?:getenv|getProperty)\(\s*\"([\w.\-]+)\"\s*(?:,\s*\"([^\"]*)\"\s*)?\)"
)
_PROPERTY = re.compile(
    r"\.(?:getProperty|getRequiredProperty)\(\s*\"([\w.\-]+)\"\s*(?:,\s*\"([^\"]*)\"\s*)?\)"
)
_FIELD = re.compile(
    r"(?m)^[ \t]*(?:@\w+(?:\([^)]*\))?\s*)*((?:(?:private|public|protected|static|final)\s+)+)"
    r"String\s+(\w+)\s*=\s*\"((?:\\.|[^\"\\])*)\"\s*;"
)
_BOUND = re.compile(
    r"(?m)^[ \t]*(?:@\w+(?:\([^)]*\))?\s*)*private\s+String\s+(\w+)\s*(?:=\s*\"([^\"]*)\")?\s*;"
)
_SIGNS = re.compile(
    r"\b(?:signWith|setSigningKey|verifyWith|hmacShaKeyFor|HMAC(?:256|384|512)|SecretKeySpec|setPassword|setSecret|setClientSecret)"
    r"\(\s*(?:[\w.]+\s*,\s*)?\"([^\"\n]{3,})\""
)
_NOOP = re.compile(r"\.(?:password|secret)\(\s*\"(?:\{noop\})?([^\"\n{}$]{3,})\"")
_NO_SECRET = re.compile(
    r"(?:head|prefix|suffix|name|uri|url|path|endpoint)$|validity|seconds|minutes|hours|days|expir|duration|timeout|(?:^|-)ttl",
    re.IGNORECASE,
)
_TABLE = re.compile(
    r"(?:^|\.)(?:message|messages|i18n|logging|management\.endpoint|springdoc|swagger)\."
)
_DEVELOPMENT = re.compile(r"(?:jdbc|r2dbc):(?:h2|hsqldb|derby):")


def java_secrets(java: JavaFiles, out: Secrets) -> None:
    """Note the secrets of the Java files that a service reaches, and of its packaged settings."""
    if not java.paths:
        return
    for one in java.every_setting:
        _setting(one, java, out)
    for path in java.paths:
        code = java.code(path)
        for match in (*_VALUE.finditer(code), *_ENV.finditer(code), *_PROPERTY.finditer(code)):
            _read(path, code, match, java, out)
        _properties(path, code, java, out)
        out.literal += list(_written(path, code, java))
    out.store += list(_stores(java))


def _last(key: str) -> str:
    parts = [p for p in re.sub(r"\[\d+\]", "", key).split(".") if p]
    if parts and parts[-1] in ("key", "value", "default", "token-value") and len(parts) > 1:
        return f"{parts[-2]}-{parts[-1]}"
    return parts[-1] if parts else ""


def _setting(one: Setting, java: JavaFiles, out: Secrets) -> None:
    written, name = one.written.strip().strip("\"'"), _last(one.key)
    said = names(name) and not _TABLE.search(one.key)
    if not said and not _in_url(written):
        return
    secret = Secret(one.path, one.line, one.key)
    if not written or _ENCRYPTED.fullmatch(written) or _STORE_VALUE.match(written):
        if written and not written.startswith("@"):
            out.read.append(secret)
        return
    match = _VARIABLE.search(written)
    if match is not None:
        default = match[2] or ""
        known = _VARIABLE.fullmatch(written) is not None
        weak = (
            known
            and bool(default)
            and value_kind(default) in (ValueKind.LITERAL, ValueKind.PLACEHOLDER)
        )
        (out.defaults if weak else out.read).append(secret)
        return
    if said and value_kind(written) not in (ValueKind.LITERAL, ValueKind.PLACEHOLDER):
        return
    if one.key.lower().startswith(("spring.datasource", "spring.r2dbc")) and _embedded(java):
        return
    if said and (_NO_SECRET.search(name) or written.startswith(("/", "classpath:", "file:"))):
        return
    out.literal.append(secret)


def _embedded(java: JavaFiles) -> bool:
    """Whether the database is one of the process itself, whose password guards nothing."""
    url = java.setting("spring.datasource.url", "spring.r2dbc.url")
    return url is not None and _DEVELOPMENT.match(url.written) is not None


def _in_url(text: str) -> bool:
    return secret_kind("url", text) is ValueKind.LITERAL and not local(text)


def _read(path: str, code: str, match: re.Match[str], java: JavaFiles, out: Secrets) -> None:
    name, default = match[1], next((g for g in match.groups()[1:] if g is not None), None)
    if not names(_last(name)) or plain(name) in java.settings:
        return
    secret = Secret(path, code.count("\n", 0, match.end()) + 1, name)
    weak = default is not None and value_kind(default) in (ValueKind.LITERAL, ValueKind.PLACEHOLDER)
    (out.defaults if weak else out.read).append(secret)


def _properties(path: str, code: str, java: JavaFiles, out: Secrets) -> None:
    """Fields of classes that the settings fill, and that no packaged setting fills."""
    for one in java.scan(path).classes:
        noted = next(
            (
                d
                for d in one.decorators
                if d.startswith(("ConfigurationProperties", "ConfigProperties"))
            ),
            "",
        )
        prefix = next(iter(re.findall(r'"([\w.\-]+)"', noted)), "")
        if not noted:
            continue
        for match in _BOUND.finditer(code):
            if not names(match[1]) or plain(f"{prefix}.{match[1]}") in java.settings:
                continue
            secret = Secret(path, code.count("\n", 0, match.end()) + 1, f"{prefix}.{match[1]}")
            weak = bool(match[2]) and value_kind(match[2]) in (
                ValueKind.LITERAL,
                ValueKind.PLACEHOLDER,
            )
            (out.defaults if weak else out.read).append(secret)
        return


def _written(path: str, code: str, java: JavaFiles) -> Iterator[Secret]:
    """Secrets that are spelled out in the code."""
    bound = any(
        d.startswith("ConfigurationProperties")
        for c in java.scan(path).classes
        for d in c.decorators
    )
    for match in _FIELD.finditer(code) if not bound else ():
        constant = "static" in match[1] or "final" in match[1]
        if is_secret(match[2], match[3], strong=constant):
            yield Secret(path, code.count("\n", 0, match.start(2)) + 1, match[2])
    for pattern, what in ((_SIGNS, "a key or password in a call"), (_NOOP, "a password in a call")):
        for match in pattern.finditer(code):
            if value_kind(match[1]) is ValueKind.LITERAL:
                yield Secret(path, code.count("\n", 0, match.end()) + 1, what)


def _stores(java: JavaFiles) -> Iterator[Secret]:
    off = java.setting("spring.cloud.vault.enabled")
    for one in java.every_setting:
        if not _IMPORTED.fullmatch(plain(one.key)):
            continue
        for said, library, needs in _STORES:
            switched = library == "HashiCorp Vault" and off is not None and off.value == "false"
            if said.match(one.value) and needs.search(java.build) and not switched:
                yield Secret(one.path, one.line, library)
    for use in java.topic.reachable:
        reads = use.rule.text("reads")
        if use.rule.role == "java.store" and re.search(reads, java.bare(use.path)):
            yield Secret(use.path, use.call.line, use.rule.library)
