"""What a query on records of tenants says of whose it wants, by its own text and that of the function around it."""

from __future__ import annotations

import re
from enum import StrEnum

_USER = re.compile(
    r"(?i)\b(?:request|info\.context|self|ctx|context|g)\.user\b|current_?user|user_?id|\buser\s*[=:]|created_by|\bowner|\bmember"
    r"|\bauth_subject|\bsubject\b|viewer|session\.user"
)
_PART = re.compile(
    r"OuterRef|Subquery|\bexists\(\)|\.create\(|bulk_create|\.none\(\)|\.model\b|\.DoesNotExist"
)
_NARROWS = re.compile(r"\.(?:filter|where|filter_by|exclude|get_queryset)\(|\bwhere\s*:")
_FROM_REQUEST = re.compile(
    r"\b(?:req|request|ctx|c|context)\.(?:params?|query|body|path_params|GET|POST|data|args|json)\b|\binput\.|\bargs\."
)
_WORD = re.compile(r"[A-Za-z_]\w*")
_HANDLES = re.compile(
    r"(?:async )?(?:def )?(?:get|post|put|patch|delete|list|retrieve|create|update|destroy|partial_update)\b"
)
_ROUTE = re.compile(
    r"@\s*(?:[\w.]+\.)?(?:get|post|put|patch|delete|route|api_view|action|Get|Post|Put|Patch|Delete|Query|Mutation|view|websocket)\b"
)
_LONGEST = 800
_IGNORED = frozenset(
    {
        "self",
        "cls",
        "request",
        "req",
        "res",
        "next",
        "db",
        "session",
        "args",
        "kwargs",
        "None",
        "str",
        "int",
        "UUID",
    }
)


class Whose(StrEnum):
    """TENANT: it says so, or its function does; NOBODY: a value of the request alone picks the record, or none
    does; OTHER: something else picks it, of which the tenant is not known."""

    TENANT = "tenant"
    NOBODY = "nobody"
    OTHER = "other"


def statement(text: str, start: int) -> str:
    """The text of an expression from a place on, to where its brackets are closed and its line ends."""
    depth = 0
    for at in range(start, min(len(text), start + _LONGEST)):
        letter = text[at]
        if letter in "([{":
            depth += 1
        elif letter in ")]}":
            depth -= 1
        if depth < 0 or (
            depth == 0 and letter in "\n;" and not text[at + 1 :].lstrip().startswith(".")
        ):
            return text[start:at]
    return text[start : start + _LONGEST]


def whose(said: str, function: str, word: re.Pattern[str]) -> Whose:
    """Whose records a query wants. `function` is the text around it with its decorators, "" for none."""
    if word.search(said) or word.search(function):
        return Whose.TENANT
    if not function or _USER.search(said) or _PART.search(said):
        return Whose.OTHER
    if not (_ROUTE.search(function) or _handles(function)):
        return Whose.OTHER
    given = set(_WORD.findall(_parameters(function))) - _IGNORED
    if given & set(_WORD.findall(_values(said))) or _FROM_REQUEST.search(said):
        return Whose.NOBODY
    whole = not _NARROWS.search(function) and not _USER.search(function)
    return (
        Whose.NOBODY
        if whole and re.search(r"\.all\(\)|select\(\s*\w+\s*\)|findMany\(\s*\)|find\(\s*\)", said)
        else Whose.OTHER
    )


def _handles(function: str) -> bool:
    """Whether a function is called as the handlers of classes are, with a request."""
    head = function.lstrip().partition("\n")[0]
    return (
        _HANDLES.match(head) is not None
        and re.search(r"\b(?:request|req|ctx)\b", _parameters(function)) is not None
    )


def _parameters(function: str) -> str:
    bare = function[function.find("def ") :] if "def " in function else function
    start = bare.find("(")
    depth = 0
    for at in range(start, min(len(bare), start + _LONGEST)) if start >= 0 else ():
        depth += {"(": 1, ")": -1}.get(bare[at], 0)
        if depth == 0:
            return bare[start + 1 : at]
    return ""


def _values(said: str) -> str:
    """The parts of a query that stand for values: behind `=`, `:` and `,`, not the names of its columns."""
    return " ".join(re.findall(r"[=:,(]\s*([A-Za-z_][\w.]*)", said))
