"""Which names promise a secret, and whether a value beside one is a secret, a stand-in or neither.

Values come in and never go out: callers keep the name, the kind and the line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from auditor.formats.text.word_list import words

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SPLIT = re.compile(r"[^A-Za-z0-9]+")
_SECRET_WORDS = words(
    "password passwd passphrase pass pwd pw secret secrets token apikey credential credentials"
    " privatekey secretkey accesskey pgpassword"
)
_SECRET_ENDINGS = ("password", "passwd", "apikey", "secret", "authtoken")
_KEY_WORDS = words(
    "api access secret private encryption signing master fernet jwt app auth account storage"
    " shared service ssh deploy session cookie hmac crypt license subscription"
)
# `TOKEN_TTL`, `PASSWORD_FILE`, `SECRET_NAME`: settings about a secret, not the secret.
_ABOUT = words(
    "file path dir directory url uri endpoint host port name id ttl expiry expire expires"
    " expiration minutes seconds hours days length size header enabled disabled required type"
    " algorithm alg algo limit min max policy rotation issuer audience lifetime age timeout count"
    " prefix regex"
    " user username field column version store manager provider arn ref source class lookup"
    " parallelism"
)
_REFERENCE = re.compile(
    r"\$\{\{.*\}\}|\$\{[A-Za-z_][A-Za-z0-9_]*(?::?[?].*)?\}|\$[A-Za-z_][A-Za-z0-9_]*|\$\(.*\)"
    r"|(?:/run/secrets|/var/run/secrets|/etc|/mnt|/vault)/\S*|\{\{.*\}\}"
    r"|(?:vault|op|ssm|secretsmanager|awssm|gcpsm|azurekv|ref\+\w+|file|env):\S*"
    r"|arn:aws[\w-]*:(?:secretsmanager|ssm):\S*|ENC\[.*\]",
    re.DOTALL,
)
_VARIABLE = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*\}|\$[A-Za-z_][A-Za-z0-9_]*")
_DEFAULT = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*:?-(.*)\}", re.DOTALL)
_SETTING = re.compile(r"true|false|yes|no|on|off|null|none|\d{1,3}", re.IGNORECASE)
_PLACEHOLDER = re.compile(
    r"<[^<>]*>|\[[^\[\]]*\]|[x*.\-_?]{3,}|.*(?:change[-_ ]?(?:me|this|it)"
    r"|replace[-_ ]?(?:me|this|with)|fill[-_ ]?(?:me|in)|to[-_ ]?be[-_ ]?(?:set|filled|changed)"
    r"|place[-_ ]?holder|insert[-_ ]"
    r"|redacted|dummy|x{4,}|your[-_ ]|cambia(?:me|r|esto)|aqui).*|(?:your|my)[-_]?\w*(?:here)"
    r"|todo|tbd|fixme|example|sample|n/?a",
    re.IGNORECASE | re.DOTALL,
)
_URL_PASSWORD = re.compile(r"[a-z][a-z0-9+.\-]*://[^\s/:@]*:([^\s/@]+)@", re.IGNORECASE)
_LONGEST = 2_000


class ValueKind(StrEnum):
    """What stands where a secret would.

    REFERENCE is a variable, a file or a vault; DEFAULT a variable that falls back to a written
    value (`${PASSWORD:-admin}`), in force wherever nobody sets it; SETTING a switch or a small
    number.
    """

    EMPTY = "empty"
    SETTING = "setting"
    REFERENCE = "reference"
    PLACEHOLDER = "placeholder"
    DEFAULT = "default"
    LITERAL = "literal"


@dataclass(frozen=True, slots=True)
class NamedSecret:
    """A variable that promises a secret, and what stands there instead of its value."""

    name: str
    kind: ValueKind
    line: int | None


def names_a_secret(name: str) -> bool:
    """Whether a variable of this name would hold a secret: `DB_PASSWORD`, not `TOKEN_TTL`."""
    parts = [part.lower() for part in _SPLIT.split(_CAMEL.sub("_", name)) if part]
    if not parts or parts[-1] in _ABOUT or parts in (["pwd"], ["oldpwd"]):
        return False
    if parts[0] in ("max", "min", "num", "enable", "disable", "use", "require", "public"):
        return False
    if any(part in _SECRET_WORDS or part.endswith(_SECRET_ENDINGS) for part in parts):
        return True
    return parts[-1] == "key" and len(parts) > 1 and parts[-2] in _KEY_WORDS


def value_kind(value: str | None) -> ValueKind:
    """What `value`, as written in the file, is in the place of a secret."""
    text = (value or "").strip().strip("\"'").strip()[:_LONGEST]
    if not text:
        return ValueKind.EMPTY
    default = _DEFAULT.fullmatch(text)
    if default is not None:
        inner = value_kind(default.group(1))
        return ValueKind.DEFAULT if inner is ValueKind.LITERAL else inner
    if _REFERENCE.fullmatch(text) or not _VARIABLE.sub("", text).strip("-_.:/@ "):
        return ValueKind.REFERENCE
    if _SETTING.fullmatch(text):
        return ValueKind.SETTING
    return ValueKind.PLACEHOLDER if _PLACEHOLDER.fullmatch(text) else ValueKind.LITERAL


def secret_kind(name: str, value: str | None) -> ValueKind | None:
    """The kind of the secret that `name` promises, or that a URL in `value` carries; else None.

    `DATABASE_URL: postgres://app:word@db/app` holds a secret, whatever its name says.
    """
    if names_a_secret(name):
        return value_kind(value)
    found = _URL_PASSWORD.search((value or "")[:_LONGEST])
    return value_kind(found.group(1)) if found else None
