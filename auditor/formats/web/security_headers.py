"""Reads the security headers of one response: what is missing, and what is too weak to help.

Rules: OWASP ASVS 5.0 V3.3 and V3.4; for answers that are no page, the OWASP REST cheat sheet.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

Headers = Sequence[tuple[str, str]]
"""Pairs of name (lower case) and value, in the order of the response."""

_YEAR_S = 31_536_000
_CSP = "content-security-policy"
_Policy = dict[str, list[str]]
_ANYWHERE = frozenset({"*", "http:", "https:", "data:", "blob:", "http://*", "https://*"})
_LEAKY = frozenset({"unsafe-url", "no-referrer-when-downgrade"})
_LONG_PAST = re.compile(r"\b\d\d?[ -][a-z]{3}[ -](?:19\d\d|[7-9]\d)\b", re.I)
_REFERRER = _LEAKY | {
    "no-referrer", "origin", "origin-when-cross-origin", "same-origin", "strict-origin",
    "strict-origin-when-cross-origin",
}  # fmt: skip


def missing(headers: Headers) -> list[str]:
    """Required headers that the response lacks, HSTS left out (see `hsts_max_age`)."""
    values = _grouped(headers)
    wanted = ["x-content-type-options", _CSP, "referrer-policy"]
    lacking = [name for name in wanted if name not in values]
    framed = any("frame-ancestors" in policy for policy in _policies(values))
    if not framed and "x-frame-options" not in values:
        lacking.append("frame-ancestors (or x-frame-options)")
    return lacking


def weak(headers: Headers, *, page: bool) -> list[str]:
    """What the headers that are there fail to do; `page` for HTML, where scripts and plug-ins run."""
    values = _grouped(headers)
    found: list[str] = []
    age = hsts_max_age(headers)
    if "strict-transport-security" in values and (age is None or age < _YEAR_S):
        said = (
            "without a max-age" if age is None else f"with a max-age of {age} s, less than a year"
        )
        found.append(f"strict-transport-security {said}")
    sniff = values.get("x-content-type-options")
    if sniff and sniff[0].split(",")[0].strip().lower() != "nosniff":
        found.append("x-content-type-options other than nosniff")
    found += _weak_policy(_policies(values), page)
    found += _weak_frame(values)
    found += _weak_referrer(values.get("referrer-policy", []))
    for cookie in values.get("set-cookie", []):
        found += _weak_cookie(cookie)
    return found


def hsts_max_age(headers: Headers) -> int | None:
    """Seconds of the first Strict-Transport-Security header (browsers obey no other), or None."""
    value = next((v for n, v in headers if n == "strict-transport-security"), "")
    ages = [
        d.partition("=")[2].strip().strip('"') for d in value.split(";") if _name(d) == "max-age"
    ]
    return int(ages[0]) if ages and re.fullmatch(r"\d{1,12}", ages[0]) else None


def _name(directive: str) -> str:
    return directive.partition("=")[0].strip().lower()


def _grouped(headers: Headers) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for name, value in headers:
        values.setdefault(name, []).append(value)
    return values


def _policies(values: dict[str, list[str]]) -> list[_Policy]:
    """Every enforced policy; a report-only header enforces nothing."""
    policies: list[_Policy] = []
    for text in ",".join(values.get(_CSP, [])).split(","):
        policy: _Policy = {}
        for directive in text.split(";"):
            name, *sources = directive.lower().split() or [""]
            if name:
                policy.setdefault(name, sources)
        if policy:
            policies.append(policy)
    return policies


def _effective(policy: _Policy, name: str) -> list[str] | None:
    return policy.get(name, policy.get("default-src"))


def _weak_policy(policies: list[_Policy], page: bool) -> Iterator[str]:
    """Browsers enforce every policy at once, so a gap counts only where all of them have it."""
    gaps: list[tuple[str, Callable[[_Policy], bool]]] = [
        ("default-src from anywhere", lambda p: bool(_ANYWHERE & set(p.get("default-src", [])))),
        ("script-src from anywhere", _scripts_from_anywhere),
        ("script-src with unsafe-inline", lambda p: _inline(p, "script-src-elem")),
        ("script-src-attr with unsafe-inline", _inline_in_attributes_alone),
    ]
    if page:
        gaps += [
            ("no script-src or default-src", lambda p: _effective(p, "script-src") is None),
            ("object-src neither none nor self", _objects),
            (
                "no base-uri",
                lambda p: "base-uri" not in p and _effective(p, "script-src") != ["'none'"],
            ),
        ]
    for words, has_gap in gaps:
        if policies and all(has_gap(p) for p in policies):
            yield f"{_CSP}: {words}"


def _guarded(sources: list[str]) -> bool:
    """With nonces, hashes or strict-dynamic, browsers ignore unsafe-inline."""
    return any(s.startswith(("'nonce-", "'sha256-", "'sha384-", "'sha512-")) for s in sources)


def _scripts_from_anywhere(policy: _Policy) -> bool:
    """default-src, which stands in where there is no script-src, is judged apart."""
    given = [policy.get("script-src", []), policy.get("script-src-elem", [])]
    return any(_ANYWHERE & set(s) and "'strict-dynamic'" not in s for s in given)


def _inline(policy: _Policy, name: str) -> bool:
    """Whether scripts in the page run: `name` (-elem, -attr), else script-src, else default-src."""
    sources = policy.get(name, _effective(policy, "script-src")) or []
    return "'unsafe-inline'" in sources and not _guarded(sources)


def _inline_in_attributes_alone(policy: _Policy) -> bool:
    return _inline(policy, "script-src-attr") and not _inline(policy, "script-src-elem")


def _objects(policy: _Policy) -> bool:
    sources = _effective(policy, "object-src")
    return sources is None or not set(sources) <= {"'none'", "'self'"}


def _weak_frame(values: dict[str, list[str]]) -> Iterator[str]:
    """`frame-ancestors` makes browsers ignore X-Frame-Options."""
    ancestors = [p["frame-ancestors"] for p in _policies(values) if "frame-ancestors" in p]
    if ancestors:
        if all(_ANYWHERE & set(sources) for sources in ancestors):
            yield f"{_CSP}: frame-ancestors anywhere"
        return
    options = {
        v.strip().lower() for value in values.get("x-frame-options", []) for v in value.split(",")
    }
    if options and options not in ({"deny"}, {"sameorigin"}):
        yield "x-frame-options neither DENY nor SAMEORIGIN"


def _weak_referrer(values: list[str]) -> Iterator[str]:
    """Of a list, browsers take the last policy that they know."""
    tokens = [t.strip().lower() for value in values for t in value.split(",")]
    known = [t for t in tokens if t in _REFERRER]
    if values and not known:
        yield "referrer-policy that no browser knows"
    elif known and known[-1] in _LEAKY:
        yield f"referrer-policy {known[-1]}"


def _weak_cookie(cookie: str) -> Iterator[str]:
    """A cookie's name and what it lacks, never its value. Scripts must read a CSRF token's."""
    first, *rest = cookie.split(";")
    name = first.partition("=")[0].strip()[:60]
    attributes = {_name(a): a.partition("=")[2].strip().lower() for a in rest}
    if _deletes(first.partition("=")[2].strip(), attributes):
        return
    lacking = [a for a in ("secure", "httponly", "samesite") if a not in attributes]
    if re.search("csrf|xsrf", name, re.I) and "httponly" in lacking:
        lacking.remove("httponly")
    if lacking:
        words = {"secure": "Secure", "httponly": "HttpOnly", "samesite": "SameSite"}
        yield f"cookie {name} without {', '.join(words[a] for a in lacking)}"


def _deletes(value: str, attributes: dict[str, str]) -> bool:
    """Whether the cookie is taken away: an age of 0 or less, or no value and an end before 2000.

    Express and PHP send the epoch; a max-age, where there is one, outweighs the date.
    """
    age = attributes.get("max-age", "")
    if age:
        return re.fullmatch(r"-\d+|0+", age) is not None
    return (
        value in ("", '""', "deleted")
        and _LONG_PAST.search(attributes.get("expires", "")) is not None
    )
