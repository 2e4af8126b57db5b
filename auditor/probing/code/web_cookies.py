"""Cookies that the code of a service sets: which keep sessions, and which of their flags are missing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from auditor.code.reach.flow import positional
from auditor.code.reach.uses import Use
from auditor.code.scan import qualified
from auditor.code.topics.cookie_flags import WORDS, Cookie, is_session, read_cookie
from auditor.probing.code.stores import Spot
from auditor.probing.code.web_security import Guards, Look

_NOT_RESPONSE = re.compile(r"(?i)\b(?:req|request|ctx\.cookies\.get|redis|cache|map|store)\b")
_RESPONSE = re.compile(
    r"(?i)^(?:res|resp|response|reply|redirect|result|answer|r|c|ctx|cookies)$|response"
)
_BY_HAND = re.compile(r"(?i)[\"'`]set-cookie[\"'`]")
_READS = re.compile(
    r"(?i)\.(?:get|has|delete|getlist|get_all|values|getSetCookie)\(\s*$|(?:in|==|!=)\s*$|\[\s*$"
)
_FALSE = frozenset({"false"})
_JAVA = {"secure": ("setSecure", "secure"), "httponly": ("setHttpOnly", "httpOnly"),
         "samesite": ("setAttribute", "sameSite")}  # fmt: skip


def cookies(look: Look, found: Guards) -> None:
    """Every cookie, with what it lacks where it lets its holder in."""
    for use in look.uses:
        if use.rule.role in ("session", "cookie"):
            _cookie(use, look, found)
        elif use.rule.role == "java_cookie":
            _tell(use, _of_java(use), found)


def _cookie(use: Use, look: Look, found: Guards) -> None:
    node, root = look.node(use), look.root(use.path)
    if node is None or root is None:
        return
    least = use.rule.number("least") or 0
    if len(positional(node)) < least or _NOT_RESPONSE.search(use.call.name.rpartition(".")[0]):
        return
    if look.runs(node) is False or _is_own(use, look):
        return
    defaults = use.rule.texts("defaults")
    if use.rule.texts("starlette") and _is_starlette(look):
        defaults = (*defaults, *use.rule.texts("starlette"))
    later = "" if use.rule.language != "go" else look.texts.text(use.path)
    cookie = read_cookie(node, use.rule, root, look.trees.default, defaults, later)
    _tell(use, replace(cookie, name=cookie.name or _constant(cookie.written, use, look)), found)


def _constant(written: str, use: Use, look: Look) -> str:
    """The text that a name at the top of a file of the service stands for, "" where it is none."""
    full = qualified(written, look.topic.scan(use).names)
    path, name = look.topic.origin(full, use.path) or (use.path, written)
    scan = look.topic.code.scans.get(path)
    said = scan.constants.get(name, "") if scan is not None else ""
    return said.strip("\"'`") if said[:1] in "\"'`" else ""


def _is_own(use: Use, look: Look) -> bool:
    """Whether a method of the service's own is called, which sets the cookie elsewhere."""
    receiver, _, method = use.call.name.rpartition(".")
    if use.rule.role != "cookie" or _RESPONSE.search(receiver.rpartition(".")[2]):
        return False
    return any(method in c.methods for s in look.topic.code.scans.values() for c in s.classes)


def _is_starlette(look: Look) -> bool:
    modules = (i.module for s in look.topic.code.scans.values() for i in s.imports)
    return any(m.partition(".")[0] in ("starlette", "fastapi") for m in modules)


def _tell(use: Use, cookie: Cookie, found: Guards) -> None:
    if cookie.deletes:
        return
    called = f"cookie {cookie.name or cookie.written}"
    if use.rule.role == "session":
        called = f"session of {use.rule.library}"
    kept = True if use.rule.role == "session" else is_session(cookie.name)
    if kept is None and is_session(cookie.written):  # the name of a variable can only say yes
        kept = True
    spot = Spot(use.path, use.call.line, f"{use.call.name} {cookie.name}".rstrip())
    found.cookies.append(spot)
    if kept is False or not (cookie.lacking or cookie.unclear):
        return
    lacking = ", ".join(WORDS[f] for f in cookie.lacking)
    if kept and cookie.lacking:
        found.weak.append(Spot(use.path, use.call.line, f"{called} without {lacking}"))
    else:
        found.unclear.append(spot)


def _of_java(use: Use) -> Cookie:
    said = {k.lstrip("?"): v for k, v in use.call.keywords.items()}
    name = (
        use.call.arguments[0].strip('"')
        if use.call.arguments and '"' in use.call.arguments[0]
        else ""
    )
    lacking: list[str] = []
    unclear: list[str] = []
    for flag, names in _JAVA.items():
        values = [said[n] for n in names if n in said]
        if flag == "samesite" and not any(
            "SameSite" in v or n == "sameSite" for n, v in said.items()
        ):
            values = []
        if not values:
            (unclear if use.call.spread else lacking).append(flag)
        elif values[0].strip() in _FALSE:
            lacking.append(flag)
        elif flag != "samesite" and values[0].strip() != "true":
            unclear.append(flag)
    ages = [v for k, v in said.items() if k in ("setMaxAge", "maxAge")]
    return Cookie(
        name, tuple(lacking), tuple(unclear), any(re.fullmatch(r"0|-\d+", a.strip()) for a in ages)
    )


def speaks_of_sessions(look: Look) -> Iterator[Spot]:
    """Where the code imports a library of sessions that no rule reads, or writes cookies as a text."""
    for path in look.texts.files:
        scan = look.topic.code.scans.get(path)
        text = look.texts.text(path)
        for match in _BY_HAND.finditer(text) if path in look.topic.code.closure.reachable else ():
            if not _READS.search(text[max(0, match.start() - 30) : match.start()]):
                yield Spot(path, text.count("\n", 0, match.start()) + 1, "Set-Cookie as a text")
        for one in scan.imports if scan is not None else ():
            if one.module in _UNREAD and not one.typing:
                yield Spot(path, one.line, one.module)


_UNREAD = frozenset({
    "koa-session", "koa-generic-session", "aiohttp_session", "github.com/alexedwards/scs/v2", "beaker.middleware",
    "github.com/gofiber/fiber/v2/middleware/session", "hono/cookie", "flask_session",
})  # fmt: skip
