"""The pace of Go's retries: cenkalti/backoff, avast/retry-go, hashicorp/go-retryablehttp, sethvargo/go-retry.

Their options are made in other statements: so what the function around says is read, as text without comments.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from auditor.code.reach.uses import Use
from auditor.code.scan import FileScan, last_name
from auditor.code.topics.pacing import ENDLESS, UNKNOWN, Pace, Told, number, options, told

_ELAPSED = re.compile(r"\bMaxElapsedTime(?:\s*[:=]+\s*|\()([^,\n)}]+)")
_RANDOM = re.compile(r"\bRandomizationFactor(?:\s*[:=]+\s*|\()([^,\n)}]+)")
_TRIES = re.compile(r"\b(?:WithMaxRetries\([^\n]{0,200},|WithMaxTries\(|MaxTries\()\s*([^,\n)]+)\)")
_ATTEMPTS = re.compile(r"\bretry\.Attempts\(\s*([^)\n]+?)\s*\)")
_RETRY_MAX = re.compile(r"\.?\bRetryMax\s*[:=]+\s*([^,\n}]+)")
_DEADLINE = re.compile(r"\b(\w+)\s*,\s*\w+\s*:?=\s*context\.With(?:Timeout|Deadline)\w*\(")
_MAX = re.compile(r"\bWithMax(?:Retries|Duration)\(\s*([^,\n]+)")


def _within(use: Use, near: str) -> Told:
    """Whether a context that a call is given ends by itself; NO where it is given none that could."""
    said = " ".join(use.call.arguments)
    if any(re.search(rf"\b{name}\b", said) for name in _DEADLINE.findall(near)):
        return Told.YES
    return Told.UNCLEAR if re.search(r"\b\w*ctx\b|\bContext\(\)", said, re.IGNORECASE) else Told.NO


def cenkalti(use: Use, scan: FileScan, near: str) -> Pace:
    """NewExponentialBackOff ends after 15 minutes and has jitter; constant and zero waits never end."""
    said = options(use.call, scan).said + "\n" + near
    tries = _TRIES.search(said)
    amount = number(tries[1].strip()) if tries else None
    idle = "it allows 0, so that nothing is repeated" if amount == 0 else ""
    five = "/v5." in use.call.name
    random = _RANDOM.search(said)
    chance = told(random is None or number(random[1].strip()) != 0)
    elapsed = _ELAPSED.search(said)
    ends = told(elapsed is None or number(elapsed[1].strip()) != 0)
    if re.search(r"\bNew(?:Constant|Zero)BackOff\(|\bZeroBackOff\b|\bConstantBackOff\b", said):
        kept = Told.YES if five and elapsed is None else _within(use, near)
        return Pace(Told.YES if tries else kept, Told.NO, Told.NO, idle)
    if "ExponentialBackOff" in said or five:
        return Pace(Told.YES if tries else ends, Told.YES, chance, idle)
    return Pace(Told.YES if tries else Told.UNCLEAR, Told.UNCLEAR, Told.UNCLEAR, idle)


def avast(use: Use, scan: FileScan, near: str) -> Pace:
    """10 attempts, growing by chance, unless said otherwise; Attempts(0) never ends."""
    said = near if "retry." in near else options(use.call, scan).said
    found = _ATTEMPTS.search(said)
    amount = number(found[1]) if found else None
    ends = told(amount != 0 and "UntilSucceeded()" not in said)
    if found and ENDLESS.search(found[1]):
        ends = Told.NO
    idle = "it allows 1, so that nothing is repeated" if amount == 1 else ""
    kind = re.search(r"\bDelayType\(\s*([^\n]*)", said)
    if any("..." in a for a in use.call.arguments):
        return Pace(Told.UNCLEAR, Told.UNCLEAR, Told.UNCLEAR, idle)
    if kind is None:
        return Pace(ends, Told.YES, Told.YES, idle)
    growing = "BackOffDelay" in kind[1] or "FullJitter" in kind[1]
    ours = not re.search(r"\b(?:Fixed|BackOff|Random|Combine|FullJitterBackoff)Delay\b", kind[1])
    if ours:
        return Pace(ends, Told.UNCLEAR, Told.UNCLEAR, idle)
    return Pace(ends, told(growing), told("Random" in kind[1] or "Jitter" in kind[1]), idle)


def retryablehttp(use: Use, scan: FileScan, near: str) -> Pace:
    """4 retries of whatever method, growing without jitter, unless another Backoff is set."""
    found = _RETRY_MAX.search(near)
    amount = number(found[1].strip()) if found else None
    if last_name(use.call.name) == "Client" and found is None:
        amount = 0  # a literal has no defaults
    idle = "RetryMax is 0, so that nothing is repeated" if amount == 0 else ""
    ends = told(not (found and ENDLESS.search(found[1])))
    jitter = "LinearJitterBackoff" in near
    own = re.search(r"\.?\bBackoff\s*[:=]+\s*(?!.*(?:DefaultBackoff|LinearJitterBackoff))", near)
    return Pace(ends, Told.YES, Told.UNCLEAR if own else told(jitter), idle)


def sethvargo(use: Use, scan: FileScan, near: str) -> Pace:
    """Ends by WithMaxRetries, WithMaxDuration or its context alone; no jitter without WithJitter."""
    said = options(use.call, scan).said + "\n" + near
    name = last_name(use.call.name)
    if name not in ("Do", "DoValue"):
        return Pace(_within(use, near), told(name != "Constant"), Told.NO)
    most = _MAX.search(said)
    idle = "it allows 0, so that nothing is repeated" if most and number(most[1]) == 0 else ""
    kinds = re.findall(r"\bNew(Constant|Exponential|Fibonacci)\(", said)
    if not kinds:
        return UNKNOWN
    growing = told("Constant" not in kinds)
    ends = Told.YES if most is not None else _within(use, near)
    return Pace(ends, growing, told("WithJitter" in said), idle)


READERS: dict[str, Callable[[Use, FileScan, str], Pace]] = {
    "cenkalti": cenkalti,
    "avast": avast,
    "retryablehttp": retryablehttp,
    "sethvargo": sethvargo,
}
