"""The pace of Python's retries: tenacity, backoff, stamina, retrying, retry, urllib3, httpx, celery."""

from __future__ import annotations

import re
from collections.abc import Callable

from auditor.code.reach.uses import Use
from auditor.code.scan import Call, FileScan
from auditor.code.topics.pacing import (
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

_ATTEMPTS = re.compile(r"stop_after_attempt\(\s*(?:max_attempt_number\s*=\s*)?([^()]+?)\s*\)")
_STOPS = re.compile(r"\bstop_(?:after_attempt|after_delay|before_delay|when_event_set)\b")
_WAITS = re.compile(r"\bwait_\w+")
_GROWING = frozenset({
    "wait_exponential", "wait_incrementing", "wait_chain", "wait_random_exponential", "wait_full_jitter",
    "wait_exponential_jitter",
})  # fmt: skip
_CHANCE = frozenset({
    "wait_random", "wait_random_exponential", "wait_full_jitter", "wait_exponential_jitter",
})  # fmt: skip
_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"})
_METHOD = re.compile(r"[\"']([A-Za-z]+)[\"']")
_CONNECTING = re.compile(r"(?:[\w.]*\.)?(?:ConnectError|ConnectTimeout|ConnectionRefusedError)")


def tenacity(use: Use, scan: FileScan) -> Pace:
    """Without arguments for ever, without a wait."""
    given = options(use.call, scan, positional=("sleep", "stop", "wait", "retry"))
    if use.call.decorates and not use.call.arguments and not use.call.keywords and not given.open:
        return Pace(Told.NO, Told.NO, Told.NO)
    ends, idle = _stop(given)
    growing, chance = _wait(given)
    retry = given.get("retry") or ""
    named = [n for n in re.findall(r"[A-Za-z_][\w.]*", retry) if not n.startswith("retry_")]
    connecting = [n for n in named if n != "tenacity" and not n.startswith("tenacity.")]
    safe = (
        told(True) if connecting and all(map(_CONNECTING.fullmatch, connecting)) else Told.UNCLEAR
    )
    if "retry_never" in retry:
        idle = "it never retries (retry_never)"
    return Pace(ends, growing, chance, idle, safe)


def _stop(given: Options) -> tuple[Told, str]:
    text = given.get("stop")
    if text is None or text == "None":
        return (Told.UNCLEAR if given.open else Told.NO), ""
    found = _STOPS.search(text)
    if found is None:
        return (Told.NO if "stop_never" in text else Told.UNCLEAR), ""
    if "stop_never" in text and "|" not in text:
        return Told.NO, ""
    amounts = [number(a) for a in _ATTEMPTS.findall(text)]
    if any(a is not None and a <= 1 for a in amounts) and "&" not in text:
        return Told.YES, "it stops after the first attempt"
    return Told.YES, ""


def _wait(given: Options) -> tuple[Told, Told]:
    text = given.get("wait")
    if text is None:
        unknown = Told.UNCLEAR if given.open else Told.NO
        return unknown, unknown
    names = {n.rpartition(".")[2] for n in _WAITS.findall(text)}
    if not names:
        said = text in NOTHING
        return (Told.NO, Told.NO) if said else (Told.UNCLEAR, Told.UNCLEAR)
    return told(bool(names & _GROWING)), told(bool(names & _CHANCE))


def backoff(use: Use, scan: FileScan) -> Pace:
    """Without max_tries and max_time for ever; full jitter unless it is None."""
    given = options(use.call, scan, positional=("wait_gen", "exception"))
    idle = ""
    tries, longest = given.get("max_tries"), given.get("max_time")
    ends, idle = bound(tries, least=2)
    if ends is Told.NO and longest is not None and longest not in NOTHING:
        ends = Told.YES
    if ends is Told.NO and given.open:
        ends = Told.UNCLEAR
    wait = given.get("wait_gen") or ""
    growing = Told.YES if re.search(r"\b(?:expo|fibo|runtime)\b", wait) else Told.UNCLEAR
    if "constant" in wait:
        growing = Told.NO
    chance = told(given.get("jitter") not in NOTHING)
    raised = re.findall(r"[A-Za-z_][\w.]*", given.get("exception") or "")
    safe = told(True) if raised and all(map(_CONNECTING.fullmatch, raised)) else Told.UNCLEAR
    return Pace(ends, growing, chance, idle, safe)


def stamina(use: Use, scan: FileScan) -> Pace:
    """10 attempts within 45 s, growing with jitter, unless said otherwise."""
    given = options(use.call, scan)
    attempts, longest = given.get("attempts"), given.get("timeout")
    ends, idle = bound(attempts, least=2) if attempts is not None else (Told.YES, "")
    if ends is Told.NO and longest not in NOTHING:
        ends = Told.YES
    jitter = given.number("wait_jitter") != 0
    fixed = given.number("wait_exp_base") == 1
    on = re.findall(r"[A-Za-z_][\w.]*", given.get("on") or "")
    safe = told(True) if on and all(map(_CONNECTING.fullmatch, on)) else Told.UNCLEAR
    return Pace(ends, told(not fixed), told(jitter), idle, safe)


def retrying(use: Use, scan: FileScan) -> Pace:
    """Without arguments for ever, without a wait."""
    given = options(use.call, scan, positional=("stop",))
    attempts, longest = given.get("stop_max_attempt_number"), given.get("stop_max_delay")
    ends, idle = bound(attempts, least=2)
    if ends is Told.NO and (longest not in {None, *NOTHING} or given.get("stop", "stop_func")):
        ends = Told.YES
    names = set(given.given)
    growing = any(n.startswith(("wait_exponential", "wait_incrementing")) for n in names)
    chance = any(n.startswith(("wait_random", "wait_jitter")) for n in names)
    own = bool(names & {"wait", "wait_func"}) or given.open
    if ends is Told.NO and given.open:
        ends = Told.UNCLEAR
    return Pace(
        ends,
        Told.UNCLEAR if own and not growing else told(growing),
        Told.UNCLEAR if own and not chance else told(chance),
        idle,
    )


def retry(use: Use, scan: FileScan) -> Pace:
    """The package `retry`: without tries for ever, without a wait; a jitter of one number is none."""
    names = ("exceptions", "tries", "delay", "max_delay", "backoff", "jitter")
    given = options(
        use.call, scan, positional=names if use.rule.text("applies") == "decorator" else ()
    )
    ends, idle = bound(given.get("tries") or "-1", least=2)
    factor = given.get("backoff")
    factor_number = number(factor) if factor is not None else 1.0
    growing = factor is not None and factor_number != 1 and given.number("delay") != 0
    jitter = given.get("jitter") or ""
    if given.open and ends is Told.NO:
        return UNKNOWN
    growing = growing and given.get("delay") is not None
    return Pace(ends, told(growing), told(jitter.startswith("(")), idle)


def urllib3(use: Use, scan: FileScan) -> Pace:
    """10 attempts of idempotent requests, without a wait, unless said otherwise."""
    given = options(use.call, scan, positional=("total", "connect", "read"))
    ends, idle = Told.YES, ""
    total = given.get("total")
    if total is not None and total not in NOTHING:
        ends, idle = bound(total, least=1)
    elif total is not None and not any(
        given.get(n) for n in ("connect", "read", "status", "other")
    ):
        ends = Told.UNCLEAR if total == "None" else Told.YES
        idle = "" if total == "None" else "it raises at once (total is False)"
    factor = given.get("backoff_factor")
    growing = told(factor is not None and number(factor) != 0)
    jitter = given.get("backoff_jitter")
    chance = told(jitter is not None and number(jitter) != 0)
    if given.open:
        growing = growing if growing is Told.YES else Told.UNCLEAR
        chance = chance if chance is Told.YES else Told.UNCLEAR
    return Pace(ends, growing, chance, idle, _methods(given))


def _methods(given: Options) -> Told:
    text = given.get("allowed_methods", "method_whitelist")
    if text is None:
        return Told.UNCLEAR if given.open else Told.YES
    if text in NOTHING:
        return Told.NO
    named = {m.upper() for m in _METHOD.findall(text)}
    if not named:
        return Told.YES if "DEFAULT_" in text else Told.UNCLEAR
    return told(named <= _IDEMPOTENT)


def adapter(use: Use, scan: FileScan) -> Pace:
    """An adapter of requests with a number: attempts to connect, without a wait."""
    given = options(use.call, scan, positional=("pool_connections", "pool_maxsize", "max_retries"))
    ends, idle = bound(given.get("max_retries") or "0", least=1)
    return Pace(ends, Told.NO, Told.NO, idle, Told.YES)


def httpx(use: Use, scan: FileScan) -> Pace:
    """A transport of httpx: attempts to connect, which grow without jitter."""
    ends, idle = bound(options(use.call, scan).get("retries") or "0", least=1)
    return Pace(ends, Told.YES, Told.NO, idle, Told.YES)


def celery(use: Use, scan: FileScan) -> Pace:
    """A task with autoretry_for: 3 retries after 180 s each, unless said otherwise."""
    return _task(options(use.call, scan))


def celery_class(name: str, scan: FileScan) -> Pace:
    """As `celery`, for the options that a class of tasks carries."""
    own = {k.rpartition(".")[2]: v for k, v in scan.constants.items() if k.startswith(f"{name}.")}
    return _task(Options(Call(name, 0), own, False, ""))


def _task(given: Options) -> Pace:
    most = given.get("max_retries")
    ends, idle = bound(most, least=1) if most is not None else (Told.YES, "")
    if re.search(r"max_retries[\"']?\s*[:=]\s*None", given.get("retry_kwargs") or ""):
        ends = Told.NO
    growing = given.get("retry_backoff")
    by_itself = growing is not None and growing not in NOTHING and growing != "0"
    chance = by_itself and given.get("retry_jitter") not in NOTHING
    return Pace(ends, told(by_itself), told(chance), idle)


def celery_retry(use: Use, scan: FileScan) -> Pace:
    """A task that asks to be run again: the task's bound, and 180 s each unless it says a countdown."""
    given = options(use.call, scan)
    tasks = [
        c for c in scan.calls if c.decorates and c.decorates == use.call.scope.rpartition(".")[2]
    ]
    most = given.get("max_retries") or next(
        (c.keywords["max_retries"] for c in tasks if "max_retries" in c.keywords), None
    )
    ends, idle = bound(most, least=1) if most is not None else (Told.YES, "")
    wait = given.get("countdown", "eta")
    if wait is None:
        return Pace(ends, Told.NO, Told.NO, idle)
    if is_name(wait) or "(" in wait:  # computed elsewhere, as far as its text does not tell
        chance = Told.YES if by_chance(wait) else Told.UNCLEAR
        return Pace(ends, Told.YES if grows(wait) else Told.UNCLEAR, chance, idle)
    return Pace(ends, told(grows(wait)), told(by_chance(wait)), idle)


READERS: dict[str, Callable[[Use, FileScan], Pace]] = {
    "tenacity": tenacity,
    "backoff": backoff,
    "stamina": stamina,
    "retrying": retrying,
    "retry": retry,
    "urllib3": urllib3,
    "adapter": adapter,
    "httpx": httpx,
    "celery": celery,
    "celery_retry": celery_retry,
}
