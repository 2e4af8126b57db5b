"""The pace of retries in scripts: axios-retry, async-retry, p-retry, retry, got, cockatiel, exponential-backoff."""

from __future__ import annotations

import re
from collections.abc import Callable

from auditor.code.reach.uses import Use
from auditor.code.scan import FileScan
from auditor.code.topics.pacing import (
    ENDLESS,
    NOTHING,
    UNKNOWN,
    Options,
    Pace,
    Told,
    bound,
    by_chance,
    grows,
    is_name,
    number,
    options,
    told,
)

_METHOD = re.compile(r"[\"'`]([A-Za-z]+)[\"'`]")
_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"})
_EVERY = re.compile(r"=>\s*(?:true|!0)\b|return\s+true\b|isRetryableError|isNetworkError\b")
_SAFELY = ("isIdempotentRequestError", "isNetworkOrIdempotentRequestError", "isSafeRequestError")


def _elsewhere(use: Use, given: Options) -> bool:
    """Whether the options are an object that is written in another place."""
    last = use.call.arguments[-1] if len(use.call.arguments) > 1 else ""
    return given.open or is_name(last)


def axios(use: Use, scan: FileScan) -> Pace:
    """3 retries of idempotent requests, without a wait, unless said otherwise."""
    given = options(use.call, scan)
    if _elsewhere(use, given):
        return UNKNOWN
    retries = given.get("retries")
    ends, idle = bound(retries, least=1) if retries is not None else (Told.YES, "")
    delay = given.get("retryDelay")
    growing, chance = Told.NO, Told.NO
    if delay is not None:
        ours = is_name(delay) and "Delay" not in delay
        growing = Told.YES if grows(delay) or "linearDelay" in delay else told(False)
        chance = told("exponentialDelay" in delay or by_chance(delay))
        if ours and growing is not Told.YES:
            growing = chance = Told.UNCLEAR
    condition = given.get("retryCondition")
    safe = Told.YES
    if condition is not None and not any(name in condition for name in _SAFELY):
        safe = Told.NO if _EVERY.search(condition) else Told.UNCLEAR
    return Pace(ends, growing, chance, idle, safe)


def operation(use: Use, scan: FileScan) -> Pace:
    """The package retry and those above it: 10 retries, growing; by chance where settings.jitter says so."""
    given = options(use.call, scan)
    if use.rule.text("applies") == "call" and _elsewhere(use, given) and not given.given:
        function_last = use.rule.library == "promise-retry"
        if not (function_last and is_name(use.call.arguments[-1]) and len(use.call.arguments) == 1):
            return UNKNOWN
    retries, forever = given.get("retries"), given.get("forever")
    ends, idle = bound(retries, least=1) if retries is not None else (Told.YES, "")
    if forever == "true":
        ends, idle = Told.NO, ""
    factor = given.get("factor")
    growing = told(factor is None or number(factor) != 1)
    said = given.get("randomize")
    usual = bool(use.rule.settings.get("jitter"))
    chance = told(usual if said is None else said not in NOTHING)
    if given.open:
        return Pace(ends, growing, Told.UNCLEAR if said is None else chance, idle)
    return Pace(ends, growing, chance, idle)


def exponential_backoff(use: Use, scan: FileScan) -> Pace:
    """10 attempts, growing, without jitter unless it is full."""
    given = options(use.call, scan)
    if _elsewhere(use, given) and not given.given:
        return UNKNOWN
    attempts = given.get("numOfAttempts")
    ends, idle = bound(attempts, least=2) if attempts is not None else (Told.YES, "")
    jitter = "full" in (given.get("jitter") or "")
    factor = given.number("timeMultiple")
    return Pace(ends, told(factor != 1), told(jitter), idle)


def got(use: Use, scan: FileScan) -> Pace:
    """2 retries of idempotent requests, growing with a little noise, unless said otherwise."""
    given = options(use.call, scan)
    text = given.get("retry")
    if text is None:
        unknown = _elsewhere(use, given)
        return UNKNOWN if unknown else Pace(Told.YES, Told.YES, Told.YES, "", Told.YES)
    if number(text) is not None:
        ends, idle = bound(text, least=1)
        return Pace(ends, Told.YES, Told.YES, idle, Told.YES)
    if is_name(text):
        return UNKNOWN
    limit = re.search(r"\blimit\s*:\s*([^,}]+)", text)
    ends, idle = bound(limit[1].strip(), least=1) if limit else (Told.YES, "")
    methods = re.search(r"\bmethods\s*:\s*(\[[^\]]*\]|\w+)", text)
    named = {m.upper() for m in _METHOD.findall(methods[1])} if methods else set()
    safe = Told.YES if methods is None else told(named <= _IDEMPOTENT) if named else Told.UNCLEAR
    delay = re.search(r"\bcalculateDelay\b(.*)", text)
    if delay is None:
        noise = re.search(r"\bnoise\s*:\s*0\b", text)
        return Pace(ends, Told.YES, told(noise is None), idle, safe)
    own = delay[1]
    usual = "computedValue" in own
    return Pace(
        ends,
        Told.YES if usual or grows(own) else Told.UNCLEAR,
        Told.YES if usual or by_chance(own) else Told.UNCLEAR,
        idle,
        safe,
    )


def cockatiel(use: Use, scan: FileScan) -> Pace:
    """For ever, without a wait, unless said otherwise; its exponential waits have jitter."""
    given = options(use.call, scan)
    if _elsewhere(use, given) and not given.given:
        return UNKNOWN
    most = given.get("maxAttempts")
    ends, idle = (Told.NO, "") if most is None or ENDLESS.search(most) else bound(most, least=1)
    wait = given.get("backoff") or ""
    if is_name(wait):
        return Pace(ends, Told.UNCLEAR, Told.UNCLEAR, idle)
    growing = "ExponentialBackoff" in wait or "IterableBackoff" in wait
    chance = "ExponentialBackoff" in wait and "noJitterGenerator" not in wait
    return Pace(ends, told(growing), told(chance), idle)


READERS: dict[str, Callable[[Use, FileScan], Pace]] = {
    "axios": axios,
    "operation": operation,
    "exponential_backoff": exponential_backoff,
    "got": got,
    "cockatiel": cockatiel,
}
