"""The pace of Java's retries: spring-retry, Spring Framework, Resilience4j, MicroProfile, Micronaut, Failsafe, Reactor,
guava-retrying and Feign, by what is written where they are made and what each does by itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from auditor.code.java.java_settings import Setting, plain
from auditor.code.topics.pacing import UNKNOWN, Pace, Told, number, told

_ENDLESS = re.compile(r"Integer\.MAX_VALUE|Long\.MAX_VALUE")
_ZERO = re.compile(r"[\"']?0(?:\.0*)?[dDfF]?[\"']?")
_SAID = re.compile(r"^\s*\(?|\)?\s*$")

Element = Callable[..., str]
"""The text of an element of an annotation by its names; "" where it has none."""


def _amount(text: str) -> float | None:
    return number(text.rstrip("lLdDfF").strip("\"' "))


def _ends(text: str, *, least: float, word: str = "it allows") -> tuple[Told, str]:
    """Whether a number of attempts ends, and why it repeats nothing; one that is not a literal is a bound."""
    if _ENDLESS.search(text):
        return Told.NO, ""
    amount = _amount(text)
    if amount is None:
        return Told.YES, ""
    if amount < 0:
        return Told.NO, ""
    return Told.YES, f"{word} {amount:g}, so that nothing is repeated" if amount < least else ""


def spring(given: Element) -> Pace:
    """3 attempts and a second between them, unless the annotation says otherwise."""
    if given("interceptor"):
        return UNKNOWN
    ends, why = _ends(given("maxAttempts") or "3", least=2)
    if given("maxAttemptsExpression"):
        ends, why = Told.YES, ""
    backoff = given("backoff")
    grows, jitter = backoffs(backoff)
    return Pace(ends, grows, jitter, why)


def backoffs(text: str) -> tuple[Told, Told]:
    """Whether the waits of a @Backoff grow, and whether chance has a part in them."""
    many = re.search(r"\bmultiplier\s*=\s*([\w.]+)", text)
    expression = "multiplierExpression" in text
    amount = _amount(many[1]) if many else None
    growing = expression or (many is not None and (amount is None or amount > 1))
    chance = re.search(r"\brandom\s*=\s*true\b|\brandomExpression\b", text) is not None
    between = not growing and re.search(r"\bmaxDelay\s*=", text) is not None and "delay" in text
    return told(growing), told(chance or between)


def framework(given: Element) -> Pace:
    """Spring Framework 7: 3 retries and a second between them."""
    ends, why = _ends(given("maxRetries", "maxAttempts") or "3", least=1)
    amount = _amount(given("multiplier") or "1")
    jitter = given("jitter") or given("jitterString")
    return Pace(
        ends,
        told(amount is None or amount > 1),
        told(bool(jitter) and not _ZERO.fullmatch(jitter)),
        why,
    )


def core(policy: str) -> Pace:
    """A RetryTemplate of Spring Framework 7 with a policy as text: 3 retries and a second between them."""
    if policy and "RetryPolicy" not in policy:
        return UNKNOWN
    said = dict(re.findall(r"\.(\w+)\(\s*([\w.]*)", policy))
    ends, why = _ends(said.get("maxRetries") or said.get("withMaxRetries") or "3", least=1)
    amount = _amount(said.get("multiplier") or "1")
    if "backOff" in said:  # which says itself how often: for ever, unless it is given a number
        endless = (
            re.search(r"new FixedBackOff\([^,()]*\)|new ExponentialBackOff\(", policy) is not None
        )
        known = re.search(r"new (Fixed|Exponential)BackOff\(", policy)
        grows = told(known[1] == "Exponential") if known is not None else Told.UNCLEAR
        jitter = told("itter" in policy) if known is not None else Told.UNCLEAR
        return Pace(told(not endless) if known is not None else Told.UNCLEAR, grows, jitter)
    return Pace(ends, told(amount is None or amount > 1), told("jitter" in said), why)


def micronaut(given: Element) -> Pace:
    """3 attempts and a second between them."""
    ends, why = _ends(given("attempts") or "3", least=1)
    amount = _amount(given("multiplier") or "1")
    jitter = given("jitter")
    return Pace(
        ends,
        told(amount is None or amount > 1),
        told(bool(jitter) and not _ZERO.fullmatch(jitter)),
        why,
    )


def microprofile(given: Element, *, growing: bool) -> Pace:
    """3 retries, no wait, a jitter of 200 ms around it; `growing` where another annotation lets it grow."""
    ends, why = _ends(given("maxRetries") or "3", least=1)
    if ends is Told.NO and not _ZERO.fullmatch(given("maxDuration") or "180000"):
        ends = Told.YES
    waits = growing or not _ZERO.fullmatch(given("delay") or "0")
    jitter = waits and not _ZERO.fullmatch(given("jitter") or "200")
    return Pace(ends, told(growing), told(jitter), why)


def resilience(name: str, settings: Mapping[str, Setting]) -> Pace:
    """3 attempts and half a second between them, unless the settings of the instance, or of what it is based on, say
    otherwise."""

    def said(key: str) -> str:
        base = settings.get(plain(f"resilience4j.retry.instances.{name}.base-config"))
        places = (
            f"instances.{name}",
            f"backends.{name}",
            f"configs.{base.value if base else 'default'}",
        )
        for place in places:
            found = settings.get(plain(f"resilience4j.retry.{place}.{key}"))
            if found is not None:
                return found.value or "set"
        return ""

    ends, why = _ends(said("max-attempts") or said("max-retry-attempts") or "3", least=2)
    grows = said("enable-exponential-backoff") == "true" or bool(
        said("exponential-backoff-multiplier")
    )
    if said("enable-exponential-backoff") == "false":
        grows = False
    return Pace(ends, told(grows), told(said("enable-randomized-wait") == "true"), why)


def resilience_config(told_: Mapping[str, str]) -> Pace:
    """A RetryConfig of Resilience4j, by the methods of its builder."""
    ends, why = _ends(told_.get("maxAttempts", "3"), least=2)
    wait = told_.get("intervalFunction", told_.get("intervalBiFunction", ""))
    if wait and "IntervalFunction.of" not in wait:
        return Pace(ends, Told.UNCLEAR, Told.UNCLEAR, why)
    return Pace(ends, told("xponential" in wait), told("andom" in wait), why)


def template(told_: Mapping[str, str]) -> Pace:
    """A RetryTemplate of spring-retry: 3 attempts without a wait, unless it is told otherwise."""
    attempts = told_.get("maxAttempts", "")
    policy = told_.get("setRetryPolicy", told_.get("customPolicy", ""))
    simple = re.search(r"new SimpleRetryPolicy\(\s*([\w.]*)", policy)
    ends, why = _ends(attempts or (simple[1] if simple and simple[1] else "3"), least=2)
    if "infiniteRetry" in told_ or "AlwaysRetryPolicy" in policy:
        ends = Told.NO
    elif policy and simple is None:
        ends = Told.UNCLEAR
    if "exponentialBackoff" in told_:
        return Pace(
            ends, Told.YES, told(bool(re.search(r"\btrue\b", told_["exponentialBackoff"]))), why
        )
    if "uniformRandomBackoff" in told_:
        return Pace(ends, Told.NO, Told.YES, why)
    wait = told_.get("setBackOffPolicy", told_.get("customBackoff", ""))
    if not wait or "fixedBackoff" in told_ or re.search(r"Fixed|NoBackOff", wait):
        return Pace(ends, Told.NO, Told.NO, why)
    if re.search(r"Exponential", wait):
        return Pace(ends, Told.YES, told("Random" in wait), why)
    return Pace(ends, Told.UNCLEAR, Told.UNCLEAR, why)


def failsafe(told_: Mapping[str, str]) -> Pace:
    """3 attempts without a wait, unless the builder is told otherwise."""
    text = told_.get("withMaxAttempts", "")
    retries = told_.get("withMaxRetries", "")
    ends, why = _ends(text or "3", least=2) if not retries else _ends(retries, least=1)
    if ends is Told.NO and "withMaxDuration" in told_:
        ends = Told.YES
    grows = "withBackoff" in told_
    return Pace(
        ends,
        told(grows),
        told("withJitter" in told_ or "," in told_.get("withDelay", "").partition("Of")[0]),
        why,
    )


def guava(told_: Mapping[str, str]) -> Pace:
    """For ever and without a wait, unless the builder is told otherwise."""
    stop, wait = told_.get("withStopStrategy", "neverStop"), told_.get("withWaitStrategy", "noWait")
    one = re.search(r"stopAfterAttempt\(\s*(\d+)", stop)
    why = "it allows 1, so that nothing is repeated" if one and one[1] == "1" else ""
    ends = told("never" not in stop) if "top" in stop else Told.UNCLEAR
    if "ait" not in wait:
        return Pace(ends, Told.UNCLEAR, Told.UNCLEAR, why)
    return Pace(
        ends,
        told(bool(re.search(r"exponential|fibonacci|incrementing", wait))),
        told("random" in wait),
        why,
    )


def reactor(method: str, arguments: tuple[str, ...], told_: Mapping[str, str]) -> Pace:
    """`Retry.backoff` grows with half of the wait by chance, the others wait as long or not at all."""
    jitter = told_.get("jitter", "")
    if method == "backoff":
        ends, why = _ends(arguments[0] if arguments else "", least=1)
        return Pace(ends, Told.YES, told(not _ZERO.fullmatch(jitter or "0.5")), why)
    if method in ("fixedDelay", "max", "maxInARow"):
        ends, why = _ends(arguments[0] if arguments else "", least=1)
        return Pace(ends, Told.NO, told(bool(jitter) and not _ZERO.fullmatch(jitter)), why)
    return Pace(Told.NO, Told.NO, Told.NO) if method == "indefinitely" else UNKNOWN


def feign(arguments: tuple[str, ...]) -> Pace:
    """The default retryer of Feign: 5 attempts, each wait half as long again, without chance."""
    ends, why = _ends(arguments[2] if len(arguments) > 2 else "5", least=2)
    return Pace(ends, Told.YES, Told.NO, why)
