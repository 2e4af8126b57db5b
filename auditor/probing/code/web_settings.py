"""Cookies, HTTPS and other origins in the settings of Django and Flask, by what production is given."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.code.kinds import nodes
from auditor.code.lexical.conditions import conditions, holds, in_production
from auditor.code.reach.flow import line_of
from auditor.probing.code.stores import Spot
from auditor.probing.code.web_security import Guards, Look

_BESIDE = re.compile(
    r"(?:^|[/_.])(?:tests?|testing|ci|dev(?:elop(?:ment)?)?|local|example)(?:[/_.]|$)"
)
_PRODUCTION = re.compile(r"(?:^|[/_.])prod(?:uction)?(?:[/_.]|$)")
_ENV = re.compile(r"env|config\(|getenv|environ", re.IGNORECASE)
_DEFAULT = re.compile(
    r"(?:default\s*=\s*|,\s*)[\"']?(True|False|true|false|0|1)[\"']?\s*,?\s*(?:cast\s*=\s*bool)?\s*\)"
)
_DYNAMIC = re.compile(
    r"\b(?:vars|globals|locals)\(\)(?:\.update\(|\[)|from\s+\S*local_settings\s+import|setattr\(sys\.modules"
)
"""Settings that a file outside the repository gives, as far as can be seen."""
_SESSIONS = "django.contrib.sessions"
_MIDDLEWARE = "django.middleware.security.SecurityMiddleware"
_HEADERS = {
    "SECURE_HSTS_SECONDS": "strict-transport-security",
    "SECURE_CONTENT_TYPE_NOSNIFF": "x-content-type-options",
    "SECURE_REFERRER_POLICY": "referrer-policy",
}
_NAMES = ("SESSION_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY", "SESSION_COOKIE_SAMESITE", "CSRF_COOKIE_SECURE",
          "CORS_ALLOW_ALL_ORIGINS", "CORS_ORIGIN_ALLOW_ALL", "CORS_ALLOW_CREDENTIALS", "SECURE_HSTS_SECONDS",
          "SECURE_CONTENT_TYPE_NOSNIFF", "SECURE_REFERRER_POLICY")  # fmt: skip
_SPOKEN = re.compile("|".join(_NAMES))


@dataclass(frozen=True, slots=True)
class Written:
    """A setting as it is written: `sense` is its truth in production, None where that is not told."""

    name: str
    path: str
    line: int
    text: str
    sense: bool | None


class Settings:
    """The settings of a project, those of tests and development left out."""

    def __init__(self, look: Look) -> None:
        self._look = look
        reached = {p for p in look.texts.files if p.endswith(".py") and not _BESIDE.search(p)}
        folders = {p.rpartition("/")[0] for p in reached if "settings" in p or "config" in p}
        beside = {
            p  # what production is started with may be named by its environment alone
            for p in look.topic.code.scans
            if p.endswith(".py") and p.rpartition("/")[0] in folders and _PRODUCTION.search(p)
        }
        self.files = sorted(reached | beside)
        self.all = sorted(
            self._read(), key=lambda w: (_PRODUCTION.search(w.path) is None, w.path, w.line)
        )

    def _read(self) -> Iterator[Written]:
        look = self._look
        for path in self.files:
            if not _SPOKEN.search(look.texts.text(path)):
                continue
            root = look.root(path)
            for node in (
                nodes(root, ("assignment", "keyword_argument", "pair")) if root is not None else ()
            ):
                left = node.field("left") or node.field("name") or node.field("key")
                right = node.field("right") or node.field("value")
                name = (
                    re.search(r"([A-Z][A-Z_]+)[\"']?\]?$", left.text())
                    if left is not None
                    else None
                )
                if name is None or right is None or name[1] not in _NAMES:
                    continue
                around = in_production(conditions(node), look.trees.default)
                if around is False:
                    continue
                sense = self._sense(right.text())
                yield Written(name[1], path, line_of(node), right.text(), sense if around else None)

    def _sense(self, text: str) -> bool | None:
        said = text.strip()
        if said in ("True", "False", "None"):
            return said == "True"
        if re.fullmatch(r"[\d_ *+()]+", said):
            return said.strip("0_ *+()") != ""
        if _ENV.search(said):
            default = _DEFAULT.search(said)
            return True if default and default[1] in ("True", "true", "1") else None
        if said[:1] in "\"'":
            return said.strip("\"'") != ""
        return holds(said, self._look.trees.default)

    def given_elsewhere(self) -> Spot | None:
        """Where settings are taken from what the repository does not hold."""
        for path in self.files:
            if "settings" in path or _PRODUCTION.search(path):
                match = _DYNAMIC.search(self._look.texts.text(path))
                if match is not None:
                    line = self._look.texts.text(path).count("\n", 0, match.start()) + 1
                    return Spot(path, line, "settings from elsewhere")
        return None

    def of(self, *names: str) -> list[Written]:
        """What is written of some names, that of a file for production first."""
        return [w for w in self.all if w.name in names]

    def sense(self, *names: str, default: bool) -> bool | None:
        """Whether a setting is on in production."""
        written = self.of(*names)
        if not written:
            return default
        mine = [w for w in written if _PRODUCTION.search(w.path)] or written
        senses = {w.sense for w in mine}
        return senses.pop() if len(senses) == 1 else None


def settings(look: Look, found: Guards) -> None:
    """What the settings say of cookies, headers and other origins."""
    read = Settings(look)
    django = _named(look, _SESSIONS)
    flask = _flask_sessions(look)
    place = django or flask
    if place is not None:
        _sessions(read, place, found, look, django=django is not None)
    if _named(look, _MIDDLEWARE) is not None:
        for one in read.all:
            if one.name in _HEADERS and one.sense:
                found.headers.append(Spot(one.path, one.line, f"{one.name}: {_HEADERS[one.name]}"))
    else:
        for one in read.of(*_HEADERS):
            what = f"{one.name}: SecurityMiddleware is not among the middleware"
            found.ineffective.append(Spot(one.path, one.line, what))
    _cors(read, found)


def _named(look: Look, name: str) -> Spot | None:
    """Where the settings that are reached name something of Django."""
    for path in look.texts.files:
        scan = look.topic.code.scans.get(path)
        if scan is not None and not _BESIDE.search(path) and name in scan.references:
            text = look.texts.text(path)
            return Spot(path, text.count("\n", 0, max(0, text.find(name))) + 1, name)
    return None


def _flask_sessions(look: Look) -> Spot | None:
    for path in look.texts.files:
        scan = look.topic.code.scans.get(path)
        for one in scan.imports if scan is not None else ():
            if (one.module == "flask" and one.name == "session") or one.module.startswith(
                "flask_login"
            ):
                return Spot(path, one.line, "sessions of Flask")
    return None


def _talisman(look: Look) -> Written | None:
    """Flask-Talisman, which by itself gives the session Secure and SameSite=Lax; `sense` where it is told otherwise."""
    for path in look.texts.files:
        scan = look.topic.code.scans.get(path)
        if scan is None or not any(i.module.startswith("flask_talisman") for i in scan.imports):
            continue
        said = re.search(r"session_cookie_secure\s*=\s*([\w.]+)", look.texts.text(path))
        off = said is not None and said[1] == "False"
        return Written(
            "session_cookie_secure", path, 1, said[1] if said else "", False if off else None
        )
    return None


def _sessions(read: Settings, place: Spot, found: Guards, look: Look, *, django: bool) -> None:
    found.cookies.append(place)
    talisman = None if django else _talisman(look)
    secure = read.sense("SESSION_COOKIE_SECURE", default=talisman is not None)
    if talisman is not None and talisman.sense is not None:
        secure = talisman.sense
    scripts = read.sense("SESSION_COOKIE_HTTPONLY", default=True)
    site = read.of("SESSION_COOKIE_SAMESITE")
    lacking = [w for w, sense in (("Secure", secure), ("HttpOnly", scripts)) if sense is False]
    if (not site and not django and talisman is None) or any(
        w.text in ("None", "False") for w in site
    ):
        lacking.append("SameSite")
    at = next(iter(read.of("SESSION_COOKIE_SECURE")), None)
    where = Spot(at.path, at.line, "") if at is not None and "Secure" in lacking else place
    elsewhere = read.given_elsewhere() if lacking else None
    if elsewhere is not None:
        found.unclear.append(elsewhere)
    elif lacking:
        why = "" if at is not None else "; no settings name SESSION_COOKIE_SECURE"
        what = f"session cookie without {', '.join(lacking)}{why if 'Secure' in lacking else ''}"
        found.weak.append(Spot(where.path, where.line, what))
    elif secure is None or scripts is None:
        found.unclear.append(Spot(where.path, where.line, "SESSION_COOKIE_SECURE"))


def _cors(read: Settings, found: Guards) -> None:
    names = ("CORS_ALLOW_ALL_ORIGINS", "CORS_ORIGIN_ALLOW_ALL")
    written = read.of(*names)
    if not written:
        return
    everyone, cookies = (
        read.sense(*names, default=False),
        read.sense("CORS_ALLOW_CREDENTIALS", default=False),
    )
    spot = Spot(written[0].path, written[0].line, written[0].name)
    if everyone and cookies:
        what = f"{written[0].name}: every origin, with cookies"
        found.open_cors.append(Spot(spot.path, spot.line, what))
    elif everyone is None and cookies is not False:
        found.unclear.append(spot)
    elif everyone:
        found.any_origin.append(spot)
