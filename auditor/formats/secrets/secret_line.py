"""Which secrets stand on a line of text: the rule that saw them, and whether each is only a stand-in.

Values stay here: a digest tells two of them apart.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.formats.secrets.literal_secret import ValueKind, names_a_secret, value_kind
from auditor.formats.secrets.secret_value import (
    bits,
    is_stand_in,
    is_teaching_token,
    looks_generated,
)
from auditor.formats.text.word_list import words

_MOST = 4_000
_PRIVATE_KEY = re.compile(r"-----BEGIN ([A-Z0-9 ]{0,30})PRIVATE KEY(?: BLOCK)?-----(.*)", re.DOTALL)
_BODY = re.compile(r"[A-Za-z0-9+/=]{40,}")
_WEB_TOKEN = re.compile(r"\beyJ[\w-]{10,2000}\.eyJ[\w-]{10,2000}\.[\w-]{20,1000}")
_URL = re.compile(
    r"\b[a-z][a-z0-9+.\-]{1,20}://([^\s:/@\"'`<>{}$()]*):([^\s@/\"'`<>{}$()]{4,200})@([\w.\-]{1,200})",
    re.IGNORECASE,
)
_NEAR = re.compile(
    r"localhost|127\.[\d.]+|0\.0\.0\.0|\[::1\]|[^.]+|.*\b(?:example|test|local|invalid|internal)\b.*",
    re.IGNORECASE,
)
# What a form shows in an empty field.
_SHOWN = re.compile(r"\bplaceholder[\"'`]?\s{0,3}[:=]", re.IGNORECASE)
_NAME = r"(?P<name>[A-Za-z_][\w.\-]{2,80})"
_QUOTED = re.compile(
    _NAME + r"[\"'`\]]{0,2}\s{0,20}(?::\s?[\w.\[\]| ]{1,30}=|=>|:=|={1,3}|:)\s{0,5}[rbuf@]{0,2}"
    r"(?P<quote>[\"'`])(?P<value>[^\"'`\n]{1,500})(?P=quote)"
)
_DEFAULTED = re.compile(
    r"(?P<quote>[\"'])(?P<name>[A-Z][A-Z0-9_]{3,80})(?P=quote)\s{0,3},\s{0,5}(?:default\s*=\s*)?"
    r"(?P<quote2>[\"'])(?P<value>[^\"'`\n]{1,500})(?P=quote2)"
)
_TAGGED = re.compile(r"<(?P<name>[A-Za-z_][\w.\-]{2,80})>(?P<value>[^<>\s]{8,500})</")
_BARE = re.compile(
    r"^[\s#/;*+-]{0,60}(?:export\s+|ENV\s+|ARG\s+|set\s+)?[\"']?" + _NAME
    + r"[\"']?\s{0,20}[:=]\s{0,5}(?P<value>[^\s\"'`#,;]{8,500})\s*(?:\s#.*)?$"
)  # fmt: skip
_LISTED = re.compile(r"^[\s-]*name:\s*[\"']?" + _NAME + r"[\"']?\s*$")
_ITS_VALUE = re.compile(r"\s*value:\s*[\"']?([^\s\"'#]{8,500})[\"']?\s*(?:\n|$)")
_NEVER = words(
    "public publishable anon csrf placeholder encrypted sealed cursor page test reset forgot verify strength"
    " wrong"
)
_NOT_AT_THE_END = words(
    "hash hashed digest checksum sha sha1 sha256 md5 fingerprint hint label text message error title"
    " description pattern help required invalid missing event kind icon topic uuid guid"
)
_TOKEN = re.compile(r"[\"'`]([^\"'`\n]{8,500})[\"'`]|([^\s\"'`=:,;()]{8,500})")
_ALLOWED = re.compile(
    r"pragma:?\s*(?:allow|white)list(?P<next>[ -]?nextline)?[ -]?secret|gitleaks:\s*allow|trufflehog:\s*ignore"
    r"|nosecret|ggignore|#\s*nosec\b|noqa:[^\n]{0,80}\bS10[5-7]|nosemgrep",
    re.IGNORECASE,
)
_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")


@dataclass(frozen=True, slots=True)
class Shape:
    """How the tokens of one provider look; such a value needs no name beside it."""

    rule: str
    pattern: re.Pattern[str]


def _shape(rule: str, pattern: str) -> Shape:
    return Shape(rule, re.compile(rf"(?<![A-Za-z0-9_/+.-]){pattern}(?![A-Za-z0-9_])"))


GOOGLE = "Google API key"
# The key of a web or mobile client of Firebase identifies it, and every user of it has it.
_FIREBASE = re.compile(r"firebase|authDomain|current_key|messagingSenderId", re.IGNORECASE)
SHAPES = (
    _shape("AWS access key", r"(?:AKIA|ASIA)[A-Z2-7]{16}"),
    _shape("GitHub token", r"(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59})"),
    _shape("GitLab token", r"(?:glpat|gldt|glrt|glptt|glsoat)-[A-Za-z0-9_-]{20,}"),
    _shape("Slack token", r"(?:xox[abeoprs]-(?:\d+-)+[A-Za-z0-9-]{10,}|xapp-\d-[A-Z0-9]+-\d+-[a-f0-9]{40,})"),
    _shape("Slack webhook", r"https://hooks\.slack\.com/services/T[A-Z0-9]{8,}/B[A-Z0-9]{8,}/[A-Za-z0-9]{20,}"),
    _shape("Stripe live key", r"[rs]k_live_[0-9a-zA-Z]{20,}"),
    _shape("SendGrid key", r"SG\.[\w-]{22}\.[\w-]{43}"),
    _shape("npm token", r"npm_[A-Za-z0-9]{36}"),
    _shape("PyPI token", r"pypi-AgE[\w-]{60,}"),
    _shape("OpenAI key", r"sk-(?:proj-|svcacct-)?[\w-]{20,}T3BlbkFJ[\w-]{20,}"),
    _shape("Anthropic key", r"sk-ant-(?:api|admin)\d\d-[\w-]{80,}"),
    _shape("Hugging Face token", r"hf_[A-Za-z]{34}"),
    _shape("DigitalOcean token", r"do[opr]_v1_[a-f0-9]{64}"),
    _shape("Shopify token", r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"),
    _shape(GOOGLE, r"AIza[\w-]{35}"),
    _shape("Google OAuth secret", r"GOCSPX-[\w-]{28}"),
    _shape("Mailgun key", r"key-[0-9a-f]{32}"),
    _shape("Mailchimp key", r"[0-9a-f]{32}-us\d{1,2}"),
    _shape("Telegram bot token", r"\d{8,10}:AA[\w-]{33}"),
    _shape("Azure storage key", r"AccountKey=[A-Za-z0-9+/]{86}=="),
    _shape("Vault token", r"hvs\.[\w-]{90,}"),
    _shape("age secret key", r"AGE-SECRET-KEY-1[0-9A-Z]{58}"),
    _shape("Linear key", r"lin_api_[A-Za-z0-9]{40}"),
    _shape("Twilio API key", r"SK[0-9a-f]{32}"),
    _shape("Artifactory token", r"AKCp[0-9A-Za-z]{69}"),
    _shape("Postman key", r"PMAK-[a-f0-9]{24}-[a-f0-9]{34}"),
)  # fmt: skip
NAMED = "Named secret"
PRIVATE_KEY = "Private key"
WEB_TOKEN = "JSON Web Token"
URL_PASSWORD = "Password in a URL"


@dataclass(frozen=True, slots=True)
class Hit:
    """One secret, or a stand-in for one; `digest` is SHA-1 of the value. Never the value itself."""

    rule: str
    stand_in: bool
    digest: str


def inspect(line: str, following: str = "", *, settings: bool = False) -> list[Hit]:
    """The secrets of a line; `following` are the lines below, `settings` whether values may be bare."""
    text = line[:_MOST]
    if _SHOWN.search(text):
        return []
    hits = [
        *_shapes(text, following),
        *_private_keys(text, following),
        *_tokens(text),
        *_urls(text),
    ]
    return hits or [*_named(text, following, settings)]


def _hit(rule: str, value: str, stand_in: bool) -> Hit:
    digest = hashlib.sha1(value.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()
    return Hit(rule, stand_in, digest)


def _shapes(text: str, following: str) -> Iterator[Hit]:
    for shape in SHAPES:
        for match in shape.pattern.finditer(text):
            known = shape.rule == GOOGLE and _FIREBASE.search(text + following) is not None
            yield _hit(shape.rule, match[0], known or is_stand_in(match[0]) or bits(match[0]) < 3)


def _private_keys(text: str, following: str) -> Iterator[Hit]:
    match = _PRIVATE_KEY.search(text)
    if match is None:
        return
    body = (match[2] + "\n" + following)[:2_000].replace("\\n", "\n").replace("\\r", "")
    found = _BODY.search(body)
    if found is not None:
        cut_off = body.startswith("...", found.end())  # the beginning of one, in a manual
        yield _hit(PRIVATE_KEY, found[0], cut_off or bits(found[0]) < 3.5)


def _tokens(text: str) -> Iterator[Hit]:
    for match in _WEB_TOKEN.finditer(text):
        yield _hit(WEB_TOKEN, match[0], is_teaching_token(match[0]))


def _urls(text: str) -> Iterator[Hit]:
    for match in _URL.finditer(text):
        user, password, host = match.groups()
        if value_kind(password) is ValueKind.REFERENCE or password.lower() == "password":
            continue
        plain = is_stand_in(password) or is_stand_in(host) or _repeats(user, password)
        near = bool(_NEAR.fullmatch(host))
        yield _hit(URL_PASSWORD, password, plain or (near and not looks_generated(password)))


def _repeats(user: str, password: str) -> bool:
    short, long = sorted((user.lower(), password.lower()), key=len)
    return bool(short) and short in long and len(long) < 24


def _named(text: str, following: str, settings: bool) -> Iterator[Hit]:
    pairs = [
        (m["name"], m["value"]) for p in (_QUOTED, _DEFAULTED, _TAGGED) for m in p.finditer(text)
    ]
    if settings:
        bare = _BARE.match(text)
        pairs += [(bare["name"], bare["value"])] if bare else []
        listed, below = _LISTED.match(text), _ITS_VALUE.match(following)
        pairs += [(listed["name"], below[1])] if listed and below else []
    for name, value in pairs:
        if _is_secret_name(name):
            value = value.strip()
            if is_stand_in(value):
                if len(value) >= 6 and value_kind(value) is not ValueKind.REFERENCE:
                    yield _hit(NAMED, value, True)
            elif looks_generated(value):
                yield _hit(NAMED, value, False)


def _is_secret_name(name: str) -> bool:
    last = re.split(r"[.]", name.strip("._-"))[-1]
    parts = [part.lower() for part in _PARTS.findall(last)]
    if not parts or parts[-1] in _NOT_AT_THE_END or not _NEVER.isdisjoint(parts):
        return False
    return names_a_secret(last)


def with_digest(line: str, digest: str) -> bool | None:
    """Whether the value on the line of this SHA-1 looks like a secret; None where it is not there."""
    if _SHOWN.search(line):
        return False
    for match in _TOKEN.finditer(line[:_MOST]):
        value = (match[1] or match[2]).strip()
        if _hit(NAMED, value, False).digest == digest:
            return looks_generated(value) and not is_stand_in(value)
    return None


def is_allowed(line: str, before: str) -> bool:
    """Whether a comment asks scanners to overlook the line: on it, or on the one before."""
    above = _ALLOWED.search(before)
    return bool(_ALLOWED.search(line)) or bool(above and above["next"])
