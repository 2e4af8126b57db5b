"""Limits of Java services that stand in their settings: Resilience4j, Spring Cloud Gateway, Bucket4j's starter."""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.code.java.java_beans import simple
from auditor.code.java.java_settings import JavaSettings, Setting, plain
from auditor.code.reach.uses import Use
from auditor.probing.code.code_topics import Topic
from auditor.probing.code.rate_limiting import Place, Seen

_CONTROLLERS = frozenset({"RestController", "Controller", "Path", "GraphQLApi", "Endpoint"})
_GATEWAY = "spring.cloud.gateway."
_FILTER = re.compile(r"RequestRateLimiter(?:=.*)?")
_INSTANCES = ("instances", "limiters", "backends", "configurations")
_OWN_CONFIG = frozenset({"RateLimiterConfig", "RateLimiterRegistry", "RateLimiterConfigCustomizer"})
_DEFAULT = "its limit is the default, 50 in 500 ns"


def java_limits(topic: Topic) -> Seen:
    """What the annotations of the reachable code and the packaged settings limit."""
    seen = Seen()
    for use in topic.reachable:
        if use.rule.role == "named":
            _annotated(use, topic, seen)
    for one in _packaged(topic):
        if plain(one.key).startswith(plain(_GATEWAY)) and _FILTER.fullmatch(one.value):
            place = Place(one.path, one.line, "RequestRateLimiter of a gateway's route")
            seen.declared.append(place)
            seen.applied.append(place)
        elif plain(one.key).startswith("bucket4j.filters[0]"):
            seen.unclear.append(Place(one.path, one.line, "A filter of Bucket4j in the settings"))
            break
    return seen


def paced(limiter: Use, topic: Topic) -> bool:
    """Whether a limiter only makes the service itself wait."""
    return any(
        u.rule.role == "pace" and u.rule.library == limiter.rule.library and u.path == limiter.path
        for u in topic.reachable
    )


def _annotated(use: Use, topic: Topic, seen: Seen) -> None:
    call = use.call
    named = call.keywords.get("name", call.arguments[0] if call.arguments else "").strip('"')
    what = f"@RateLimiter {named} on {call.decorates or call.scope}"
    place = Place(use.path, call.line, what)
    seen.declared.append(place)
    owner = ".".join(p for p in (call.scope, call.decorates) if p)
    classes = [c for c in topic.scan(use).classes if c.name in (call.scope, owner)]
    if not any(simple(d) in _CONTROLLERS for c in classes for d in c.decorators):
        seen.unclear.append(place)
        return
    limit = _limit(named, topic.code.java.settings)
    if limit:
        seen.applied.append(Place(use.path, call.line, what, limit))
        seen.memory.append(place)
    elif _configured_in_code(topic):
        seen.unclear.append(place)
    else:
        seen.ineffective.append(Place(use.path, call.line, f"{what}: {_DEFAULT}"))


def _limit(name: str, settings: JavaSettings) -> str:
    """What the settings say of a limiter, as text; "" where they leave it at its default, which is no limit."""
    base = next((s.value for s in _of(name, settings, "base-config")), "default")
    amount = [
        *_of(name, settings, "limit-for-period"),
        *_of(base, settings, "limit-for-period", "configs"),
    ]
    period = [
        *_of(name, settings, "limit-refresh-period"),
        *_of(base, settings, "limit-refresh-period", "configs"),
    ]
    if not amount or not period:
        return ""
    return f"{amount[0].value or '?'} in {period[0].value or '?'}"


def _of(name: str, settings: JavaSettings, key: str, *kinds: str) -> Iterator[Setting]:
    for kind in kinds or _INSTANCES:
        found = settings.get(f"resilience4j.ratelimiter.{kind}.{name}.{key}")
        if found is not None:
            yield found


def _configured_in_code(topic: Topic) -> bool:
    closure = topic.code.closure
    scans = (topic.code.scans[p] for p in closure.reachable if p in topic.code.scans)
    return any(
        full.rpartition(".")[2] in _OWN_CONFIG and full.startswith("io.github.resilience4j.")
        for scan in scans
        for full in scan.names.values()
    )


def _packaged(topic: Topic) -> Iterator[Setting]:
    """The settings of the modules that the service reaches."""
    java = topic.code.java
    modules = {java.module(p) for p in topic.code.closure.reachable if p in java.files}
    for one in java.settings.by_name.values():
        if java.module(one.path) in modules:
            yield one
