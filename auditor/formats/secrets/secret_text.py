"""Picks the lines of a text on which a secret may stand, so that scanners need not read the rest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_LONG_LINE = 4_000
_AROUND = 400
_FOLLOWING = 600

# Both over the text in lower case. Each alternative opens with a letter of its own, which the engine
# turns into one quick test per byte: with a boundary or a class in front it is fifteen times slower.
_OF_ITSELF = (
    rb"://[^\s/:@]{0,100}:[^\s/@]{3,200}@"
    rb"|private key|putty-user-key"
    rb"|eyj(?<![\w-]eyj)[\w-]{10,2000}\.|a(?:kia|sia|3t[a-z0-9]|bia|cca)[a-z0-9]{16}|gh[pousr]_|github_pat_"
    rb"|gl(?:pat|dt|ft|rt|soat|cbt|imt|ptt|agent)-|gloas-|gr1348941|xox[abeoprs]-|xapp-"
    rb"|hooks\.slack\.com/services/t|[rs]k_live_|sg\.[\w-]{20}|npm_|_authtoken|pypi-age|sk-[\w-]{20}"
    rb"|hf_[a-z]{20}|do[opr]_v1_|shp[a-z]{2}_|aiza|gocspx-|-us\d|:aa[\w-]{33}"
    rb"|accountkey=|hvs\.|age-secret|lin_api_|pmak-|sq0csp-|[as][ck][a-z0-9]{32}"
)
_NAMED = (
    rb"(?:pass(?:w(?:or)?d|wd|phrase)?|pwd|secret|token|credential|key)[\w.\-]{0,60}"
    rb"[\"'`\]>]{0,3}[ \t]{0,20}(?:[:=,>]|\r?\n)"
    rb"|aws.{0,20}(?:key|pw)"
    rb"|contrase\S{1,20}\s{0,3}[:=]"
)
_HINT = re.compile(_NAMED + b"|" + _OF_ITSELF)
_HINT_OF_ITSELF = re.compile(_OF_ITSELF)
_SETTINGS = re.compile(
    r"(?:^|/)(?:\.?env(?:\.[^/]*|rc)?|[^/]*\.env(?:\.[^/]*)?|dockerfile[^/]*|[^/]*\.dockerfile|\.npmrc"
    r"|\.pypirc|\.netrc|procfile|credentials|config|[^/]*\.(?:ya?ml|ini|conf|cfg|cnf|toml|properties|tfvars"
    r"|sh|bash|zsh|envrc|service|plist|txt|md|rst|ps1|bat|sample|example|template|dist|j2|tmpl|tpl))$",
    re.IGNORECASE,
)
_UNREAD = re.compile(
    r"\.(?:lock|po|pot|mo|svg|css|scss|map|png|jpe?g|gif|webp|ico|woff2?|ttf|eot|otf|pdf|zip|gz|jar|mp[34]|sum"
    r"|snap|csv|min\.js)$|(?:^|/)(?:package-lock\.json|pnpm-lock\.yaml|npm-shrinkwrap\.json|composer\.lock"
    r"|\.yarn/.*)$",
    re.IGNORECASE,
)


def may_tell(path: str) -> bool:
    """Whether old versions of a file are worth a reading: no locks, translations, styles, pictures."""
    return not _UNREAD.search(path)


def is_settings(path: str) -> bool:
    """Whether values in a file of this name need no quotes."""
    return bool(_SETTINGS.search(path))


@dataclass(frozen=True, slots=True)
class Candidate:
    """A line (from 1) that may hold a secret, with the line before and the text that follows."""

    line: int
    text: str
    before: str
    following: str


def candidates(data: bytes) -> Iterator[Candidate]:
    """Each line of a text that may hold a secret, once.

    Of a line that is longer than a person writes, only the surroundings of each hint come; a text of
    nothing but such lines was made by a program, and only what tells of itself is looked for in it.
    """
    hint = _HINT_OF_ITSELF if len(data) > _LONG_LINE * (data.count(b"\n") + 1) else _HINT
    line = 1
    counted = start = end = past = 0
    for match in hint.finditer(data.lower()):
        at = match.start()
        if at < past:
            continue
        line += data.count(b"\n", counted, at)
        counted = at
        if at >= end:  # a line is measured once, however many hints a minified one holds
            start = data.rfind(b"\n", 0, at) + 1
            found = data.find(b"\n", at)
            end = len(data) if found < 0 else found
        first, past = start, end
        if end - start > _LONG_LINE:
            first, past = max(start, at - _AROUND), min(end, match.end() + _AROUND)
        before = data[max(0, start - 1 - _AROUND) : max(0, start - 1)].rpartition(b"\n")[2]
        following = data[end + 1 : end + 1 + _FOLLOWING]
        yield Candidate(line, _text(data[first:past]), _text(before), _text(following))


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def new_lines(data: bytes, seen: set[bytes]) -> bytes:
    """The lines of `data` that are not in `seen`, in order, each once; `seen` learns them.

    A line that opens a private key, and one that names a variable on its own, bring what follows.
    """
    kept: list[bytes] = []
    bring = 0
    for line in data.split(b"\n"):
        if line not in seen:
            seen.add(line)
            kept.append(line)
            bring = 2 if b"PRIVATE KEY" in line or b"name:" in line else bring - 1
        elif bring > 0:
            kept.append(line)
            bring -= 1
    return b"\n".join(kept)


def joined(lines: Iterable[str]) -> bytes:
    """Lines as a file: one each, whatever they hold. The first keeps it from being taken for an INI."""
    return "\n".join(
        ["-", *(re.sub(r"[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]", " ", line) for line in lines)]
    ).encode("utf-8", "replace")
