"""Whether a value looks like a secret that somebody generated or chose, rather than a word or a stand-in."""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections import Counter

import msgspec

from auditor.formats.secrets.literal_secret import ValueKind, value_kind

_SHORTEST = 8
_LONGEST = 500
_LONG = 16
_DAY_S = 86_400
_YEAR_2020 = 1_577_836_800
_STAND_IN = re.compile(
    r"example|sample|dummy|fake|test|demo\b|change.{0,3}(?:me|this|it)|placeholder|your|passw|insecure"
    r"|default|foo|bar\b|baz|x{4,}|0{6,}|1{6,}|\*{3,}|\.{3}|12345|abcd|qwert|todo|redacted|mock|fixture|lorem"
    r"|letmein|550e8400|localhost|secret|replace|generate|dev(?![a-z])|^django|staging|undefined|not[-_ ]?set|deadbeef"
    r"|(?:abc|def|ghi|xyz)_?\d{3}|(?<![a-z])(?:seed|e2e|random)(?![a-z])|r[a@]nd[o0]m.?str[i1]ng|string.?of|6LeIxAcT",
    re.IGNORECASE,
)
# What program text, a template, a path or a hash looks like.
_CODE = re.compile(
    r"[\s(){}<>\[\]\\|]|\$\{|\$\(|%[sd(]|^[/.~$@&#-]|^npm:|\d\.\d+\.\d+$|://|^\$?(?:2[aby]|argon2|pbkdf2|scrypt|sha\d|bcrypt)\b"
    r"|^(?:sha\d{1,3}|md5|pbkdf2_\w+|argon2\w*|bcrypt\w*|scrypt|hmac)[-:$]|^[\w-]+\.(?:[\w-]+\.)*[a-z]{2,5}$"
    r"|\.(?:py|ts|js|json|ya?ml|pem|key|crt|txt|html?|vue|go)$|&&|\|\||[;,]"
)
# Fifty of the characters that Django draws its keys from, with digits and signs among them.
_DJANGO = re.compile(
    r"(?=(?:.*[0-9]){3})(?=(?:.*[a-z]){12})(?=(?:.*[!@#$%^&*(_=+)-]){4})[a-z0-9!@#$%^&*(_=+)-]{50}"
)
_NO_VALUE = (
    ValueKind.PLACEHOLDER, ValueKind.EMPTY, ValueKind.SETTING, ValueKind.REFERENCE,
)  # fmt: skip
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_HEX = re.compile(r"[0-9a-f]+", re.IGNORECASE)
_WORDS = re.compile(r"(?:(?:[A-Za-z]+\d{0,3}|\d{1,3})[-_.:/@]+)*(?:[A-Za-z]+\d{0,3}|\d{1,3})")
_HUMP = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_CLASSES = (re.compile("[a-z]"), re.compile("[A-Z]"), re.compile(r"\d"), re.compile(r"[^A-Za-z\d]"))
_TEACHING = re.compile(r"1234567890|John Doe|supabase-demo|\"anon\"|example|test", re.IGNORECASE)


def is_stand_in(value: str) -> bool:
    """Whether a value says of itself that it is none: `changeme`, `your-key`, `AKIA…EXAMPLE`."""
    if _STAND_IN.search(value) or value_kind(value) in _NO_VALUE:
        return True
    inner = _decoded(value)
    return inner is not None and (bool(_STAND_IN.search(inner)) or value_kind(inner) in _NO_VALUE)


def _decoded(value: str) -> str | None:
    """What a value of a Kubernetes Secret is in plain: base64 of printable text; else None."""
    if len(value) % 4 or not 8 <= len(value) <= _LONGEST:
        return None
    try:
        text = base64.b64decode(value, validate=True).decode("ascii")
    except ValueError:
        return None
    return text if text.isprintable() else None


def bits(value: str) -> float:
    """Shannon's entropy in bits per character."""
    size = len(value)
    return -sum(n / size * math.log2(n / size) for n in Counter(value).values()) if size else 0.0


def looks_generated(value: str) -> bool:
    """Whether a value is random enough to be a secret: no word, no path, no program text, no hash."""
    if _DJANGO.fullmatch(value):
        return True
    if not (_SHORTEST <= len(value) <= _LONGEST and value.isascii()) or _CODE.search(value):
        return False
    if _UUID.fullmatch(value):
        return bits(value.replace("-", "")) >= 3
    if _WORDS.fullmatch(value) and not _is_noise(value):
        return False
    kinds = sum(bool(one.search(value)) for one in _CLASSES)
    if not re.search(r"\d", value) or not re.search(r"[A-Za-z]", value):
        return kinds >= 3 and len(value) >= 20 and bits(value) >= 3.8
    if len(value) < _LONG:
        return kinds >= 3 and bits(value) >= 2.75
    return bits(value) >= (2.9 if _HEX.fullmatch(value) else 3.2)


def _is_noise(value: str) -> bool:
    """Whether letters and digits change too often for words: `kT9xQ2vLm4`, not `OAuth2Token`."""
    pieces = _HUMP.findall(value)
    letters = sum(c.isalpha() for c in value)
    return len(value) >= _LONG and letters < 3.2 * len(pieces)


def is_teaching_token(token: str) -> bool:
    """Whether a JSON Web Token is one of a tutorial, a public one, or not a token at all."""
    parts = token.split(".")
    if len(parts) != 3 or len(token) < 60:
        return True
    for part in parts[:2]:
        try:
            text = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
            decoded = msgspec.json.decode(text)
        except (binascii.Error, ValueError, RecursionError):
            return True
        if not isinstance(decoded, dict) or _TEACHING.search(text.decode("utf-8", "replace")):
            return True
        if _lived_shortly(decoded):
            return True
    return False


def _lived_shortly(payload: dict[str, object]) -> bool:
    """Whether a token was good for a day at most, or ended long ago: who finds it finds it expired."""
    issued, expires = payload.get("iat"), payload.get("exp")
    if not isinstance(expires, int):
        return False
    return expires < _YEAR_2020 or (isinstance(issued, int) and 0 <= expires - issued <= _DAY_S)
