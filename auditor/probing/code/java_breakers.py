"""The circuit breakers of Java services: annotations, what code makes, what settings put around clients."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.code.reach.uses import Use
from auditor.code.scan import last_name
from auditor.code.topics.breaker_text import HUGE, NAMED
from auditor.code.topics.pacing import number
from auditor.probing.code.breaker_nouns import Breaker
from auditor.probing.code.code_texts import Texts
from auditor.probing.code.code_topics import Topic
from auditor.probing.code.java_files import JavaFiles
from auditor.probing.code.java_notes import Noted
from auditor.probing.code.java_proxies import idle

_RESILIENCE = "io.github.resilience4j.circuitbreaker."
_MICROPROFILE = "org.eclipse.microprofile.faulttolerance."
_MICRONAUT = "io.micronaut.retry.annotation."
_SENTINEL = "com.alibaba.csp.sentinel."
_HYSTRIX = "com.netflix.hystrix."
_AOP = re.compile(
    r"starter-aop|starter-aspectj|aspectjweaver|spring-aspects|spring-aop|starter-data-jpa"
)
_ZERO = re.compile(r"0\s*(?:ms|s|m)?|PT0S|Duration\.ZERO|Duration\.of\w+\(\s*0\s*\)")
_FEIGN = (
    "feign.hystrix.enabled",
    "feign.circuitbreaker.enabled",
    "spring.cloud.openfeign.circuitbreaker.enabled",
)
_HYSTRIX_OFF = re.compile(
    r"circuitBreaker\.enabled\"\s*,\s*value\s*=\s*\"false|withCircuitBreakerEnabled\(\s*false"
)
_RUNS_HYSTRIX = re.compile(r"\.(?:execute|queue|observe|toObservable)\(")


def java_breakers(topic: Topic, texts: Texts) -> Iterator[Breaker]:
    """The breakers in the Java files that the service reaches, and in its settings."""
    java = JavaFiles(topic, texts)
    rules = any(u.rule.role == "java.rules" for u in topic.reachable)
    for noted in java.noted("CircuitBreaker", "SentinelResource", "HystrixCommand"):
        told = _annotated(noted, java, rules=rules)
        if told is not None:
            fault, doubt = told
            what, where = f"@{noted.name} on {noted.where}", f"{noted.path}:{noted.line}"
            wraps = () if fault or doubt else (where,)
            yield Breaker(noted.path, noted.line, what, fault=fault, doubt=doubt, wraps=wraps)
    configs = [u for u in topic.reachable if u.rule.role == "java.config"]
    for use in topic.reachable:
        if use.rule.role == "java.direct":
            yield Breaker(
                use.path,
                use.call.line,
                f"{last_name(use.call.name)} of Spring Cloud",
                wraps=(str(use),),
            )
        elif use.rule.role == "java.breaker":
            yield _made(use, configs, java)
        elif use.rule.role == "java.sentinel":
            doubt = "" if rules else "its rules come from elsewhere, if at all"
            yield Breaker(
                use.path,
                use.call.line,
                "entry of Sentinel",
                doubt=doubt,
                wraps=() if doubt else (str(use),),
            )
    yield from _commands(java)
    yield from _feign(java)
    yield from _routes(java)


def own_breakers(topic: Topic, texts: Texts) -> Iterator[tuple[str, int, str]]:
    """Java classes of the service's own that are breakers by their name."""
    java = JavaFiles(topic, texts)
    for path in java.paths:
        for one in java.scan(path).classes:
            if NAMED.fullmatch(last_name(one.name)) and one.methods:
                yield path, one.line, last_name(one.name)


def _annotated(noted: Noted, java: JavaFiles, *, rules: bool) -> tuple[str, str] | None:
    """Why an annotation protects nothing, and what leaves it open; None for one of another library."""
    if noted.name == "CircuitBreaker" and java.of(noted, _RESILIENCE):
        name = next(iter(noted.strings("name", "value")), "")
        doubt = "" if _AOP.search(java.build) else "no dependency brings Spring AOP, which it needs"
        return idle(noted, java) or _misset(name, java), doubt
    if noted.name == "CircuitBreaker" and java.of(noted, _MICROPROFILE):
        fault = idle(noted, java, subclasses=True)
        if _ZERO.fullmatch(noted.given("delay")):
            fault = fault or "it stays open for no time"
        volume = number(noted.given("requestVolumeThreshold")) or 0
        return fault or (f"it opens after {volume:g} calls" if volume >= HUGE else ""), ""
    if noted.name == "CircuitBreaker" and java.of(noted, _MICRONAUT):
        return idle(noted, java, subclasses=True), ""
    if noted.name == "SentinelResource" and java.of(noted, _SENTINEL):
        aspect = "SentinelResourceAspect" in java.imports or re.search(
            r"spring-cloud-starter-alibaba-sentinel|sentinel-annotation-aspectj", java.build
        )
        why = "" if rules else "its rules come from elsewhere, if at all"
        return idle(noted, java), why or ("" if aspect else "nothing is seen that acts on it")
    if noted.name == "HystrixCommand" and java.of(noted, _HYSTRIX):
        fault = idle(noted, java)
        if not java.enabled("EnableCircuitBreaker", "EnableHystrix", "SpringCloudApplication"):
            fault = "nothing says @EnableCircuitBreaker or @EnableHystrix"
        if _HYSTRIX_OFF.search(noted.text):
            fault = "it is switched off"
        return fault, ""
    return None


def _misset(name: str, java: JavaFiles) -> str:
    """Why a breaker of Resilience4j never opens, or never stays open, by the settings."""

    def said(key: str) -> str:
        base = java.setting(f"resilience4j.circuitbreaker.instances.{name}.base-config")
        places = (
            f"instances.{name}",
            f"backends.{name}",
            f"configs.{base.value if base else 'default'}",
        )
        found = java.setting(*(f"resilience4j.circuitbreaker.{p}.{key}" for p in places))
        return found.value if found is not None else ""

    calls = number(said("minimum-number-of-calls") or said("sliding-window-size")) or 0
    if calls >= HUGE:
        return f"it opens after {calls:g} calls"
    if _ZERO.fullmatch(said("wait-duration-in-open-state")):
        return "it stays open for no time"
    off = java.setting("resilience4j.circuitbreaker.enabled")
    return "it is switched off" if off is not None and off.value == "false" else ""


def _made(use: Use, configs: list[Use], java: JavaFiles) -> Breaker:
    """What code makes: by a registry, that keeps it by its name, or as a field of a bean."""
    call = use.call
    what = f"{use.rule.library}: {last_name(call.name)}"
    run = re.compile(use.rule.text("run"))
    mine = [c for c in configs if c.path == use.path] or configs
    fault = next((f for f in map(_configured, mine) if f), "")
    if not any(run.search(java.code(p)) for p in java.paths):
        fault = fault or "nothing goes through it"
    kept = last_name(call.name) == use.rule.text("kept")
    method = java.around(use.path, call.line)
    builds = method is not None and (
        method.name == "<init>"
        or any(d.startswith(("Bean", "PostConstruct", "Produces")) for d in method.decorators)
    )
    if fault:
        return Breaker(use.path, call.line, what, call.target, fault=fault)
    if kept or builds or method is None or call.target.startswith("this."):
        return Breaker(use.path, call.line, what, call.target, wraps=(f"{use.path}:{call.line}",))
    if run.search(java.body(use.path, method)):
        return Breaker(
            use.path,
            call.line,
            what,
            call.target,
            fault=f"it is made anew by each call of {method.name}",
        )
    return Breaker(
        use.path,
        call.line,
        what,
        call.target,
        doubt=f"it may be made anew for each request, in {method.name}",
    )


def _configured(use: Use) -> str:
    told = use.call.keywords
    calls = number(told.get("minimumNumberOfCalls", "")) or 0
    if calls >= HUGE:
        return f"it opens after {calls:g} calls"
    return (
        "it stays open for no time"
        if _ZERO.fullmatch(told.get("waitDurationInOpenState", ""))
        else ""
    )


def _commands(java: JavaFiles) -> Iterator[Breaker]:
    """Classes below HystrixCommand that something runs."""
    for path in java.paths:
        for one in java.scan(path).classes:
            if not any(
                re.fullmatch(r"com\.netflix\.hystrix\.Hystrix(?:Observable)?Command", b)
                for b in one.bases
            ):
                continue
            name = last_name(one.name)
            made = [p for p in java.paths if re.search(rf"\bnew\s+{name}\b", java.bare(p))]
            run = [p for p in made if _RUNS_HYSTRIX.search(java.bare(p))]
            fault = "" if run else "nothing runs one"
            yield Breaker(path, one.line, f"{name} (Hystrix)", fault=fault, wraps=tuple(run[:3]))


def _feign(java: JavaFiles) -> Iterator[Breaker]:
    """Clients of Feign that a setting puts breakers around."""
    switch = java.setting(*_FEIGN)
    clients = list(java.noted("FeignClient"))
    if switch is None and java.remote is not None and any("allback" in c.text for c in clients):
        first = next(c for c in clients if "allback" in c.text)
        why = "the settings that switch it on come from elsewhere, if at all"
        yield Breaker(first.path, first.line, f"fallback of {first.where}", doubt=why)
    if switch is None or switch.value == "false":
        return
    wraps = tuple(f"{c.path}:{c.line}" for c in clients)
    needs = re.search(r"resilience4j|hystrix|sentinel", java.build)
    doubt = "" if needs else "no library of breakers is among the dependencies"
    fault = "" if clients else "there is no client of Feign"
    yield Breaker(
        switch.path, switch.line, switch.key, fault=fault, doubt="" if fault else doubt,
        wraps=() if fault or doubt else wraps,
    )  # fmt: skip


def _routes(java: JavaFiles) -> Iterator[Breaker]:
    """Filters of Spring Cloud Gateway."""
    for one in java.below("spring.cloud.gateway."):
        if re.fullmatch(r"CircuitBreaker(?:=.*)?|Hystrix(?:=.*)?", one.value):
            yield Breaker(
                one.path,
                one.line,
                f"{one.value} of a gateway's route",
                wraps=(f"{one.path}:{one.line}",),
            )
