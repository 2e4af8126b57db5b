"""The retries of Java services: annotations that a proxy acts on, and what is built in code."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.code.java import pacing_java
from auditor.code.java.java_beans import simple
from auditor.code.reach.uses import Use
from auditor.code.scan import last_name
from auditor.code.topics.pacing import UNKNOWN, Pace, Told, told
from auditor.probing.code.code_texts import Texts
from auditor.probing.code.code_topics import Topic
from auditor.probing.code.java_files import JavaFiles
from auditor.probing.code.java_notes import Noted
from auditor.probing.code.java_proxies import idle
from auditor.probing.code.retry_places import Put
from auditor.probing.code.retrying_nouns import Retry

_SPRING = "org.springframework.retry.annotation."
_KAFKA = "org.springframework.kafka.annotation."
_SPRING7 = "org.springframework.resilience.annotation."
_RESILIENCE = "io.github.resilience4j.retry."
_MICROPROFILE = "org.eclipse.microprofile.faulttolerance."
_MICRONAUT = "io.micronaut.retry.annotation."
_AOP = re.compile(
    r"starter-aop|starter-aspectj|aspectjweaver|spring-aspects|spring-aop|starter-data-jpa"
)
_POST = re.compile(
    r"\b(?:postFor\w+|patchForObject)\(|\bHttpMethod\.(?:POST|PATCH)\b|\.(?:post|patch)\(\)\s*\.\s*(?:uri|body|headers?|contentType|retrieve)\b|\.POST\(|(?i:client|rest|http)\w*\.(?:post|patch)\(|@(?:Post|Patch)Mapping\b"
    r"|\bnew Http(?:Post|Patch)\(|@(?:POST|PATCH)\b"
)
_GET = re.compile(
    r"\bgetFor\w+\(|\bHttpMethod\.(?:GET|HEAD|PUT|DELETE)\b|\.(?:GET|DELETE|PUT)\(|\.get\(\)\s*\.\s*uri\("
    r"|\bnew HttpGet\("
    r"|@(?:Get|Put|Delete)Mapping\b|\.(?:findBy|findAll|findOne|getById|queryFor)\w*\("
)
_OWN = re.compile(r"\w*(?:Retry(?:able|ing)?|Retrier)(?:[A-Z]\w*)?")
_LOOPS = re.compile(r"\b(?:for|while)\s*\(")
_KEY = re.compile(r"idempoten", re.IGNORECASE)
_WRITES = re.compile(
    r"\.(?:save|insert|persist|create|send|publish|convertAndSend|update|execute|exchange)\w*\("
)


def java_retries(topic: Topic, texts: Texts) -> Iterator[Retry]:
    """Every retry in the Java files that the service reaches."""
    java = JavaFiles(topic, texts)
    for noted in java.noted("Retryable", "Retry", "RetryableTopic"):
        made = _annotated(noted, java)
        if made is not None:
            pace, why, doubt = made
            yield _retry(
                noted.path,
                noted.line,
                f"@{noted.name} on {noted.where}",
                pace,
                why,
                doubt,
                _said(noted, java),
            )
    yield from _gateway(java)
    runs = {u.rule.library for u in topic.reachable if u.rule.role == "java.run"}
    configs = [u for u in topic.reachable if u.rule.role == "java.config"]
    for use in topic.reachable:
        if use.rule.role != "java.retry":
            continue
        pace = _built(use, configs, java)
        needs = use.rule.settings.get("needs_run")
        why = "nothing runs through it" if needs and use.rule.library not in runs else ""
        method = java.around(use.path, use.call.line)
        said = java.body(use.path, method) if method is not None and not needs else ""
        what = f"{use.rule.library}: {last_name(use.call.name)}"
        yield _retry(use.path, use.call.line, what, pace, why, "", said)


def _gateway(java: JavaFiles) -> Iterator[Retry]:
    """Filters of Spring Cloud Gateway: 3 repetitions of GET without a wait, unless they are told otherwise."""
    for one in java.below("spring.cloud.gateway."):
        if not re.fullmatch(r"Retry(?:=\d+)?", one.value):
            continue
        args = f"{one.key.rpartition('.')[0]}.args." if one.key.endswith(".name") else ""

        def said(name: str, args: str = args) -> str:
            found = java.setting(f"{args}{name}") if args else None
            return found.value if found is not None else ""

        retries, factor = said("retries"), said("backoff.factor")
        idle = "it allows 0, so that nothing is repeated" if retries == "0" else ""
        jitter = bool(said("jitter.random-factor") or said("backoff.jitter.random-factor"))
        pace = Pace(Told.YES, told(bool(factor) and factor != "1"), told(jitter), idle)
        methods = " ".join([said("methods"), *(said(f"methods[{n}]") for n in range(6))])
        unsafe = re.search(r"\b(POST|PATCH)\b", methods)
        put = Put.IDLE if idle else Put.TO_WORK
        safe = told(unsafe is None)
        what = "Retry of a gateway's route"
        yield Retry(one.path, one.line, what, pace, put, idle, safe, unsafe[1] if unsafe else "")


def _retry(path: str, line: int, what: str, pace: Pace, why: str, doubt: str, said: str) -> Retry:
    why = why or pace.idle
    put = Put.IDLE if why else Put.UNCLEAR if doubt else Put.TO_WORK
    safe, unsafe = repeats(said)
    return Retry(path, line, what, pace, put, why or doubt, safe, unsafe)


def repeats(said: str) -> tuple[Told, str]:
    """Whether what a text does may be done twice, and what of it may not."""
    if _KEY.search(said):
        return Told.YES, ""
    post = _POST.search(said)
    if post is not None:
        return Told.NO, "PATCH" if "atch" in post[0] or "PATCH" in post[0] else "POST"
    if _GET.search(said) and not _WRITES.search(said):
        return Told.YES, ""
    return Told.UNCLEAR, ""


def _said(noted: Noted, java: JavaFiles) -> str:
    """The text of what an annotation repeats, and of the methods of its class that it calls."""
    if noted.method is None:
        return ""
    text = java.body(noted.path, noted.method)
    own = java.scan(noted.path).functions
    called = [
        f
        for f in own
        if f is not noted.method and re.search(rf"(?<![.\w]){re.escape(f.name)}\(", text)
    ]
    return "\n".join(
        [
            *(f"@{d}" for d in noted.method.decorators),
            text,
            *(java.body(noted.path, f) for f in called[:5]),
        ]
    )


def _annotated(noted: Noted, java: JavaFiles) -> tuple[Pace, str, str] | None:
    """The pace of an annotation, why it does nothing, and what leaves open whether it does; None for another's."""
    given = noted.given
    if noted.name == "RetryableTopic" and java.of(noted, _KAFKA):
        ends, why = (
            pacing_java.spring(
                lambda *n: given("attempts").strip('"') if n[0] == "maxAttempts" else ""
            ).ends,
            "",
        )
        return Pace(ends, *pacing_java.backoffs(given("backoff", "backOff")), why, Told.YES), "", ""
    if noted.name == "Retryable" and java.of(noted, _SPRING):
        why = idle(noted, java)
        if not java.enabled("EnableRetry"):
            why = "nothing says @EnableRetry"
        return pacing_java.spring(given), why, ""
    if noted.name == "Retryable" and java.of(noted, _SPRING7):
        why = idle(noted, java)
        if not java.enabled("EnableResilientMethods"):
            why = "nothing says @EnableResilientMethods"
        return pacing_java.framework(given), why, ""
    if noted.name == "Retryable" and java.of(noted, _MICRONAUT):
        return pacing_java.micronaut(given), idle(noted, java, subclasses=True), ""
    if noted.name == "Retry" and java.of(noted, _MICROPROFILE):
        around = noted.method.decorators if noted.method is not None else noted.owner.decorators
        growing = any(simple(d) in ("ExponentialBackoff", "FibonacciBackoff") for d in around)
        return (
            pacing_java.microprofile(given, growing=growing),
            idle(noted, java, subclasses=True),
            "",
        )
    if noted.name == "Retry" and java.of(noted, _RESILIENCE):
        name = next(iter(noted.strings("name", "value")), given("name"))
        pace = pacing_java.resilience(name, java.settings)
        if java.remote is not None and not java.below(f"resilience4j.retry.instances.{name}."):
            pace = UNKNOWN
        doubt = "" if _AOP.search(java.build) else "no dependency brings Spring AOP, which it needs"
        return pace, idle(noted, java), doubt
    return None


def _built(use: Use, configs: list[Use], java: JavaFiles) -> Pace:
    call, kind = use.call, use.rule.text("kind")
    told = {k.lstrip("?"): v for k, v in call.keywords.items()}
    if kind == "template":
        followed = {k: _followed(v, use, java) for k, v in told.items()}
        return pacing_java.template(followed)
    if kind == "core":
        policy = call.arguments[0] if call.arguments else told.get("setRetryPolicy", "")
        return pacing_java.core(_followed(policy, use, java))
    if kind == "resilience":
        mine = [c for c in configs if c.path == use.path] or configs
        paces = {pacing_java.resilience_config(c.call.keywords) for c in mine}
        if len(paces) == 1:
            return next(iter(paces))
        name = call.arguments[0].strip('"') if call.arguments else ""
        return pacing_java.resilience(name, java.settings)
    if kind == "failsafe":
        return pacing_java.failsafe(told)
    if kind == "guava":
        return pacing_java.guava(told)
    if kind == "feign":
        return pacing_java.feign(call.arguments)
    return pacing_java.reactor(last_name(call.name), call.arguments, told)


def _followed(text: str, use: Use, java: JavaFiles) -> str:
    """What a name is bound to in the same method, with what it is told there."""
    if not re.fullmatch(r"[a-z]\w*", text):
        return text
    near = java.near(use.path, use.call.line)
    made = re.search(rf"\b{re.escape(text)}\s*=\s*([^;]+);", near)
    attempts = re.search(rf"\b{re.escape(text)}\.setMaxAttempts\(([^)]*)\)", near)
    if made is None:
        return text
    return f"new SimpleRetryPolicy({attempts[1]})" if attempts and "Simple" in made[1] else made[1]


def own_retries(topic: Topic, texts: Texts) -> Iterator[tuple[str, int, str]]:
    """Classes of the service's own that are called after retries and catch errors in a loop: path, line, what."""
    java = JavaFiles(topic, texts)
    for path in java.paths:
        for one in java.scan(path).classes:
            name = last_name(one.name)
            if _OWN.fullmatch(name) and one.methods and _loops(java.bare(path)):
                yield path, one.line, f"class {name}"


def _loops(text: str) -> bool:
    return _LOOPS.search(text) is not None and re.search(r"\bcatch\s*\(", text) is not None
