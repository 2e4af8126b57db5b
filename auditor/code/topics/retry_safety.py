"""Whether what a retry repeats may be repeated, and whether it waits for errors that can come.

Read from the text of what is repeated: requests by their methods, exceptions by the library they are of.
"""

from __future__ import annotations

import re

from auditor.code.topics.pacing import Told

_CLIENT = re.compile(r"client|session|http|requests|axios|api|got|\bky\b|resty", re.IGNORECASE)
_RECEIVER = re.compile(r"[\w$.()]{1,80}\Z")
_REQUEST = re.compile(
    r"\.(get|head|options|put|delete|post|patch|postform|request|send|do)\(\s*([^\n]*)",
    re.IGNORECASE,
)
_FETCH = re.compile(r"(?<![\w.$])(?:fetch|axios|got)\(")
_SENDS = re.compile(r"method\s*[:=]\s*[\"'`]?(POST|PATCH)\b", re.IGNORECASE)
_NEW_REQUEST = re.compile(
    r"http\.NewRequest(?:WithContext)?\([^\n]*?(?:\"(\w+)\"|http\.Method(\w+))"
)
_KEY = re.compile(r"idempoten", re.IGNORECASE)
_WRITES = frozenset({"post", "patch", "postform"})
_LIBRARIES = ("requests", "httpx", "aiohttp", "urllib3")
_OWN_ERRORS = frozenset({
    "ConnectionError", "TimeoutError", "ConnectionRefusedError", "ConnectionResetError",
})  # fmt: skip
_RAISES = re.compile(r"\braise\b")


def repeatable(text: str) -> tuple[Told, str]:
    """Whether the requests of a text may be sent twice, and the first that may not."""
    seen = False
    open_ = False
    if _KEY.search(text):
        return Told.YES, ""
    for match in _REQUEST.finditer(text):
        receiver = _RECEIVER.search(text[max(0, match.start() - 80) : match.start()])
        if receiver is None or not _CLIENT.search(receiver[0]):
            continue
        method, rest = match[1].lower(), match[2]
        if method in ("request", "send", "do"):
            said = re.match(r"[\"'`](\w+)[\"'`]", rest)
            method = said[1].lower() if said else ""
            open_ = open_ or not said
        if method in _WRITES:
            return Told.NO, method.upper().removesuffix("FORM")
        seen = True
    sends = _SENDS.search(text)
    if sends and (_FETCH.search(text) or seen):
        return Told.NO, sends[1].upper()
    made = [(m[1] or m[2]).upper() for m in _NEW_REQUEST.finditer(text)]
    for method in made:
        if method in ("POST", "PATCH"):
            return Told.NO, method
    if made:
        return Told.YES, ""
    if _FETCH.search(text):
        plain = not re.search(r"\bmethod\b|\boptions\b|\binit\b", text)
        return (Told.YES if plain and not open_ else Told.UNCLEAR), ""
    return (Told.YES if seen and not open_ else Told.UNCLEAR), ""


def never_raised(awaited: list[str], text: str) -> str:
    """Why the exceptions that a retry waits for (qualified names) cannot come from a text; "" otherwise.

    Only told where the text calls one library of requests, raises nothing itself and calls little else.
    """
    called = {name for name in _LIBRARIES if re.search(rf"\b{name}\.\w+\(", text)}
    if not awaited or len(called) != 1 or _RAISES.search(text):
        return ""
    library = next(iter(called))
    first = {name.partition(".")[0] for name in awaited}
    if first <= set(_LIBRARIES) - {library, "urllib3"}:
        return f"it waits for errors of {', '.join(sorted(first))}, and {library} is called"
    if library in ("requests", "httpx") and set(awaited) <= _OWN_ERRORS:
        return f"it waits for Python's own {awaited[0]}, which {library} does not raise"
    return ""
