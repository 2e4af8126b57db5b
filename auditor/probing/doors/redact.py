"""Takes secrets out of text before anything is stored or shown."""

from __future__ import annotations

import re

_MASK = "[redacted]"

# Every pattern starts at a literal or a boundary, and never takes a way back over a long word: one
# that may start or stop anywhere takes quadratic time, and whole reports pass through here.
_WHOLE = [
    re.compile(
        r"""(?x)-----BEGIN\ [A-Z0-9 ]{0,40}PRIVATE\ KEY-----
        (?:(?:[^-]++|-(?!----))*+-----END\ [A-Z0-9 ]{0,40}PRIVATE\ KEY-----|(?:\\[nr]|[\w+/=\s])*+)"""
    ),
    re.compile(r"\b(?:AKIA|ASIA|AGPA|AIDA|AROA)[A-Z0-9]{16}\b"),
    re.compile(r"\bgh[pousr]_[A-Za-z0-9]{30,}\b|\bgithub_pat_[A-Za-z0-9_]{40,}\b"),
    re.compile(r"\bglpat-[A-Za-z0-9_-]{20,}|\bpypi-[A-Za-z0-9_-]{40,}"),
    re.compile(r"\bnpm_[A-Za-z0-9]{36}\b|\bhf_[A-Za-z0-9]{30,}\b"),
    re.compile(r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}|\bxapp-[A-Za-z0-9-]{20,}"),
    re.compile(r"\bhttps://hooks\.slack\.com/services/[A-Za-z0-9/]+"),
    re.compile(r"\bsk_(?:live|test)_[A-Za-z0-9]{10,}\b|\bsk-[A-Za-z0-9_-]{20,}"),
    re.compile(r"\bAIza[0-9A-Za-z_-]{35}(?![\w-])|\bya29\.[0-9A-Za-z_-]{20,}"),
    re.compile(r"\bSG\.[0-9A-Za-z_-]{16,}+\.[0-9A-Za-z_-]{16,}"),
    re.compile(r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,}+\.[A-Za-z0-9_-]{8,}+\.[A-Za-z0-9_-]*"),
]

# The name may be quoted (JSON) and the value quoted or bare; only the value is masked.
_NAMED = re.compile(
    r"""(?ix)
    (?P<name>(?:passw(?:or)?d|passphrase|[_-]pass(?![\w.-])|secret|token|api[_-]?key|access[_-]?key
        |account[_-]?key|private[_-]?key|credential|auth[_-]?key|signature(?==)|[?&;]sig(?==)
        |(?:authorization|cookie)(?="))[\w.-]{0,80}["']?[^\S\n]*(?:=>|[:=](?!=))\s*)
    (?P<value>"(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+'|[^\s,;&"'{}\[\]<>]++)
    """
)
_HEADER = re.compile(
    r"(?im)^([<> \t*]{0,8}(?:(?:proxy-)?authorization|cookie|set-cookie|x-api-key)[ \t]*:[ \t]*)\S.*$"
)
_BEARER = re.compile(r"(?i)\b(bearer|basic)([ \t]+)[A-Za-z0-9._~+/=-]{8,}")
_USERINFO = re.compile(r"(?<=://)([^/\s:@]*):[^/\s]+@")
# What stands in the place of a value and is none: a constant, a variable, a call, a type.
_HARMLESS = re.compile(
    r"""(?ix)["']?(?:
        |true|false|null|none|nil|undefined|yes|no|on|off|required|optional|inherit|read|write
        |\d{1,4}|\$|\$\{[^}]*\}|\$\(?\w+\)?|\{\{.*\}\}
        |(?:str|bytes|int|float|bool|string|boolean|number|object|any|secretstr|secretbytes)[:|)?]*
        |[a-z_][\w.]*\(.*
        |(?:self|cls|this|settings|config|cfg|os|env|environ|process|request|req|ctx|context|secrets|vars?
           |local|module|data|args|options|params|github|inputs|steps|needs|matrix|values)\.[\w.]+[):]*
    )["']?"""
)
_COUNTED = re.compile(r"""(?i)tokens["']?\s*[:=]\s*$""")


def redact(text: str) -> str:
    """`text` with every recognised secret masked; the words around it stay readable."""
    for pattern in _WHOLE:
        text = pattern.sub(_MASK, text)
    text = _HEADER.sub(rf"\1{_MASK}", text)
    text = _BEARER.sub(rf"\1\2{_MASK}", text)
    text = _USERINFO.sub(rf"\1:{_MASK}@", text)
    text = _NAMED.sub(_mask_value, text)
    return _USERINFO.sub(rf"\1:{_MASK}@", text)  # again: a mask may have made one of it


def _mask_value(match: re.Match[str]) -> str:
    name, value = match["name"], match["value"]
    if _HARMLESS.fullmatch(value) or (value.isdecimal() and _COUNTED.search(name)):
        return match[0]
    quote = value[0] if value[0] in "\"'" else ""
    return f"{name}{quote}{_MASK}{quote}"


_HINT = re.compile(
    rb"""(?ix) pass | secret | token | (?:api|access|account|private|auth)[_-]?key | credential | sig(?:nature)?=
    | signature | authorization | cookie | x-api-key | bearer | basic | ://[^/\s]*@ | private\ key
    | (?-i:AKIA|ASIA|AGPA|AIDA|AROA|gh[pousr]_|github_pat_|glpat-|pypi-|npm_|hf_|xox|xapp-|hooks\.slack|sk[_-]
    |AIza|ya29\.|SG\.|eyJ)"""
)
"""What stands in every text of which something is taken out: most texts hold none of it."""


def is_clean(data: bytes) -> bool:
    """Whether nothing would be taken out of a text."""
    return _HINT.search(data) is None or redact_bytes(data) == data


def redact_bytes(data: bytes) -> bytes:
    """The same for bytes; bytes that are not UTF-8 text are kept as they are, byte for byte."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return redact(data.decode("latin-1")).encode("latin-1", "replace")
    cleaned = redact(text)
    return data if cleaned == text else cleaned.encode()
