"""Takes secrets out of text before anything is stored or shown."""

from __future__ import annotations

import re

_MASK = "[redacted]"

_WHOLE = [
    re.compile(
        r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\Z)", re.S
    ),
    re.compile(r"\b(?:AKIA|ASIA|AGPA|AIDA|AROA)[A-Z0-9]{16}\b"),
    re.compile(r"\bgh[pousr]_[A-Za-z0-9]{30,}\b|\bgithub_pat_[A-Za-z0-9_]{40,}\b"),
    re.compile(r"\bglpat-[A-Za-z0-9_-]{20,}"),
    re.compile(r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}"),
    re.compile(r"\bhttps://hooks\.slack\.com/services/[A-Za-z0-9/]+"),
    re.compile(r"\bsk_(?:live|test)_[A-Za-z0-9]{10,}\b|\bsk-[A-Za-z0-9_-]{20,}"),
    re.compile(r"\bAIza[0-9A-Za-z_-]{35}\b"),
    re.compile(r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"),
]

# The name may be quoted (JSON) and the value quoted or bare; only the value is masked. Every pattern
# starts at a literal or a boundary: one that may start anywhere in a long word takes quadratic time.
_NAMED = re.compile(
    r"""(?ix)
    (?P<name>(?:passw(?:or)?d|passphrase|secret|token|api[_-]?key|apikey|access[_-]?key
        |private[_-]?key|client[_-]?secret|credential|auth[_-]?key)[\w.-]{0,80}["']?\s*(?:=>|[:=])\s*)
    (?P<value>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|[^\s,;&"'{}\[\]<>]+)
    """
)
_HEADER = re.compile(r"(?im)^((?:proxy-)?authorization|cookie|set-cookie|x-api-key)(\s*:\s*)(.+)$")
_BEARER = re.compile(r"(?i)\b(bearer|basic)(\s+)[A-Za-z0-9._~+/=-]{8,}")
_USERINFO = re.compile(r"(?<=://)([^/\s:@]*):([^/\s@]+)@")
_HARMLESS = re.compile(
    r"""^["']?(?:|true|false|null|none|\d{1,4}|\$\{[^}]*\}|\$\(?\w+\)?|\{\{.*\}\})["']?$""", re.I
)


def redact(text: str) -> str:
    """`text` with every recognised secret masked; the words around it stay readable."""
    for pattern in _WHOLE:
        text = pattern.sub(_MASK, text)
    text = _HEADER.sub(rf"\1\2{_MASK}", text)
    text = _BEARER.sub(rf"\1\2{_MASK}", text)
    text = _USERINFO.sub(rf"\1:{_MASK}@", text)
    return _NAMED.sub(_mask_value, text)


def _mask_value(match: re.Match[str]) -> str:
    value = match["value"]
    if _HARMLESS.match(value):
        return match[0]
    quote = value[0] if value[0] in "\"'" else ""
    return f"{match['name']}{quote}{_MASK}{quote}"


def redact_bytes(data: bytes) -> bytes:
    """The same for bytes; bytes that are not UTF-8 text are kept as they are, byte for byte."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return redact(data.decode("latin-1")).encode("latin-1", "replace")
    cleaned = redact(text)
    return data if cleaned == text else cleaned.encode()
