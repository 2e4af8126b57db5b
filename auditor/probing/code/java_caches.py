"""The caches of Java services: annotations with the provider behind them, caches in memory, Redis by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from auditor.code.scan import Function, last_name
from auditor.probing.code.cache_nouns import Caches
from auditor.probing.code.cache_uses import Expiry, says_state
from auditor.probing.code.java_files import JavaFiles
from auditor.probing.code.java_notes import Noted, split_arguments
from auditor.probing.code.java_proxies import idle
from auditor.probing.code.stores import Spot

_SPRING, _JCACHE = "org.springframework.cache.", "javax.cache.annotation."
_QUARKUS, _MICRONAUT, _JETCACHE = "io.quarkus.cache.", "io.micronaut.cache.", "com.alicp.jetcache."
_READS = ("Cacheable", "CacheResult", "Cached")
_FORGETS = (
    "CacheEvict",
    "CachePut",
    "CacheRemove",
    "CacheRemoveAll",
    "CacheInvalidate",
    "CacheInvalidateAll",
    "CacheUpdate",
    "Caching",
)
_EXPIRES = re.compile(
    r"\.expire(?:After(?:Write|Access|Create)?|Variably)?\(|\bexpireAfter|\.refreshAfterWrite\("
)
_JCACHE_EXPIRES = re.compile(
    r"ExpiryPolicy|\.withExpiry\(|timeToLive|<expiry|<ttl|\.setTimeToLive|timeToIdle", re.IGNORECASE
)
_REDIS_EXPIRES = re.compile(r"\.entryTtl\(\s*(?!Duration\.ZERO)\S")
_IN_CODE = re.compile(
    r"\bnew\s+(\w*CacheManager)\b|\b(RedisCacheManager|CaffeineCacheManager)\.\w+\(|\.createCache\("
)
_HANDLED = re.compile(
    r"\b\w*[cC]ache\w*(?:\((?:[^()]|\([^()]*\))*\)\)?)?\s*\.\s*(?:evict\w*|invalidate\w*|clear)\("
)
_GETS = re.compile(
    r"(?<![\w.])(?:this\.)?(\w*[rR]edis\w*|\w*[jJ]edis\w*|valueOperations)\s*\.\s*(?:opsForValue\(\)\s*\.\s*)?get\(\s*([^,()]+(?:\([^()]*\))?)"
)
_SETS = re.compile(
    r"(?<![\w.])(?:this\.)?(\w*[rR]edis\w*|\w*[jJ]edis\w*|valueOperations)\s*\.\s*(?:opsForValue\(\)\s*\.\s*)?(set|setex|setEx|psetex)\("
)
_EXPIRED = re.compile(r"\.p?expire(?:At)?\(|\bDuration\b|TimeUnit")
_WRAPPER = re.compile(
    r"(?:I)?(?:Redis|Jedis)\w*?(?:Service|Util|Utils|Helper|Client|Template|Cache|Ops|Operator)?(?:Impl)?"
)
_DELETES = re.compile(
    r"(?<![\w.])(?:this\.)?(\w*[rR]edis\w*|\w*[jJ]edis\w*)\s*\.\s*(?:delete|del|unlink|remove)\w*\("
)


@dataclass(frozen=True, slots=True)
class _Provider:
    """What keeps the answers: by what name, whether in the process, whether they expire."""

    name: str
    process: bool
    expires: Expiry


def java_caches(java: JavaFiles, caches: Caches, resources: str) -> None:
    """Note the caches in the Java files that the service reaches; `resources` are files that configure caches."""
    if not java.paths:
        return
    forgets = list(_forgetting(java))
    caches.forgets += [spot for spot, _ in forgets]
    named = " ".join(said for _, said in forgets)
    for noted in java.noted(*_READS):
        provider = _provider(noted, java, resources)
        if provider is None:
            continue
        spot = Spot(noted.path, noted.line, f"@{noted.name} on {noted.where} ({provider.name})")
        _add(caches, spot, provider)
        names = _names(noted)
        if not any(name and name in named for name in names) and not (names == [""] and forgets):
            caches.never.append(spot)
    _in_memory(java, caches)
    _by_hand(java, caches)


def _add(caches: Caches, spot: Spot, provider: _Provider) -> None:
    caches.used.append(spot)
    if provider.process:
        caches.in_process.append(spot)
    if provider.expires is Expiry.NEVER:
        caches.without_ttl.append(spot)
    elif provider.expires is Expiry.UNCLEAR:
        caches.unclear.append(spot)


def _provider(noted: Noted, java: JavaFiles, resources: str) -> _Provider | None:
    """What keeps the answers of an annotation; None where nothing acts on it, or it is another's."""
    if java.of(noted, _QUARKUS):
        return (
            None
            if idle(noted, java, subclasses=True)
            else _by_keys("quarkus.cache.", "Quarkus", java)
        )
    if java.of(noted, _MICRONAUT):
        return (
            None
            if idle(noted, java, subclasses=True)
            else _by_keys("micronaut.caches.", "Micronaut", java)
        )
    if java.of(noted, _JETCACHE):
        if idle(noted, java) or not java.enabled("EnableMethodCache"):
            return None
        told = noted.given("expire") or "timeUnit" in noted.text
        return _Provider("JetCache", "LOCAL" in noted.text, Expiry.YES if told else Expiry.UNCLEAR)
    if (
        not java.of(noted, _SPRING, _JCACHE)
        or idle(noted, java)
        or not java.enabled("EnableCaching")
    ):
        return None
    found = _spring(java, resources)
    if found is not None and found.expires is Expiry.NEVER and java.remote is not None:
        return _Provider(found.name, found.process, Expiry.UNCLEAR)
    return found


def _by_keys(prefix: str, name: str, java: JavaFiles) -> _Provider:
    expires = any(
        "expireafter" in s.key.replace("-", "").lower() or "expire-after" in s.key
        for s in java.below(prefix)
    )
    return _Provider(name, "redis" not in java.build, Expiry.YES if expires else Expiry.NEVER)


def _spring(java: JavaFiles, resources: str) -> _Provider | None:
    """The provider of Spring's abstraction: what code makes, else what a setting names, else what the build brings."""
    code = "\n".join(java.code(p) for p in java.paths if "ache" in java.texts.text(p))
    typed = java.setting("spring.cache.type")
    kind = typed.value.lower() if typed is not None else ""
    made = " ".join(m[1] or m[2] or "jcache" for m in _IN_CODE.finditer(code))
    if kind == "none" or "NoOpCacheManager" in made:
        return None
    build = java.build
    said = f"{made.lower()} {kind}" if made or kind else ""
    if "redis" in said or (not said and re.search(r"starter-data-redis|spring-data-redis", build)):
        ttl = java.setting("spring.cache.redis.time-to-live")
        expires = (ttl is not None and ttl.value != "0") or _REDIS_EXPIRES.search(code)
        return _Provider("Redis", False, Expiry.YES if expires else Expiry.NEVER)
    if (
        "jcache" in said
        or "ehcache" in said
        or (not said and re.search(r"ehcache|cache-api", build))
    ):
        told = bool(_JCACHE_EXPIRES.search(code) or _JCACHE_EXPIRES.search(resources))
        return _Provider("JCache", "hazelcast" not in build, Expiry.YES if told else Expiry.NEVER)
    if "caffeine" in said or (not said and "caffeine" in build):
        spec = java.setting("spring.cache.caffeine.spec")
        told = (spec is not None and "expire" in spec.value) or bool(_EXPIRES.search(code))
        return _Provider("Caffeine", True, Expiry.YES if told else Expiry.NEVER)
    if re.search(r"hazelcast|infinispan|couchbase|cache2k", said or build):
        return _Provider("Hazelcast or the like", False, Expiry.UNCLEAR)
    if not said or "concurrentmap" in said or "simple" in said:
        return _Provider("a map", True, Expiry.NEVER)
    return _Provider(made.split()[0] if made else kind, False, Expiry.UNCLEAR)


def _names(noted: Noted) -> list[str]:
    """The names of the caches that an annotation keeps in, constants as they are written."""
    text = noted.given("value", "cacheNames", "cacheName", "name")
    found = re.findall(r"\"([^\"]+)\"|\b([A-Z_]{3,})\b|\b\w+\.(\w+)\b", text)
    if found:
        return [a or b or c for a, b, c in found]
    config = next((d for d in noted.owner.decorators if d.startswith("CacheConfig")), "")
    return re.findall(r"\"([^\"]+)\"|$", config)[:1] or [""]


def _forgetting(java: JavaFiles) -> Iterator[tuple[Spot, str]]:
    """Where entries are forgotten, with the text that names their cache."""
    for noted in java.noted(*_FORGETS):
        if (
            noted.name == "Caching"
            and "CacheEvict" not in noted.text
            and "CachePut" not in noted.text
        ):
            continue
        if java.of(noted, _SPRING, _JCACHE, _QUARKUS, _MICRONAUT, _JETCACHE) and not idle(
            noted, java
        ):
            config = next((d for d in noted.owner.decorators if d.startswith("CacheConfig")), "")
            yield (
                Spot(noted.path, noted.line, f"@{noted.name} on {noted.where}"),
                f"{noted.text} {config}",
            )
    for path in java.paths:
        code = java.code(path)
        for match in _HANDLED.finditer(code):
            line = code.count("\n", 0, match.end()) + 1
            method = java.around(path, line)
            owner = java.owner(path, method) if method is not None else None
            at_start = owner is not None and any(
                d.startswith("Configuration") for d in owner.decorators
            )
            if method is not None and not at_start and not says_state(match[0]):
                yield (
                    Spot(path, line, " ".join(match[0].split()).rstrip("(")[:90]),
                    java.body(path, method),
                )


def _in_memory(java: JavaFiles, caches: Caches) -> None:
    """Caches of Caffeine and Guava that are read by the name that they are bound to."""
    for use in java.topic.reachable:
        if use.rule.role != "java.store":
            continue
        name = last_name(use.call.target)
        read = name and re.search(
            rf"\b{re.escape(name)}\s*\.\s*(?:get\w*|asMap)\(", java.bare(use.path)
        )
        if not read or says_state(f"{name} {use.call.scope}"):
            continue
        expires = any(
            k.lstrip("?").startswith(("expireAfter", "refreshAfter")) for k in use.call.keywords
        )
        spot = Spot(use.path, use.call.line, f"{use.rule.library}: {name}")
        _add(
            caches, spot, _Provider(use.rule.library, True, Expiry.YES if expires else Expiry.NEVER)
        )
        if not re.search(
            rf"\b{re.escape(name)}\s*\.\s*(?:invalidate\w*|asMap\(\)\s*\.\s*remove)\(",
            java.bare(use.path),
        ):
            caches.never.append(spot)


def _by_hand(java: JavaFiles, caches: Caches) -> None:
    """Values that a class reads from Redis and writes there, but for wrappers around its client."""
    for path in java.paths:
        scan = java.scan(path)
        if not scan.classes or _WRAPPER.fullmatch(last_name(scan.classes[0].name)):
            continue
        text = java.code(path)
        if "edis" not in text and "valueOperations" not in text:
            continue
        writes = [(m, java.around(path, _line(text, m))) for m in _SETS.finditer(text)]
        writes = [
            (m, f)
            for m, f in writes
            if f is not None and not says_state(f"{f.name} {_argument(text, m)}")
        ]
        reads = [(m, java.around(path, _line(text, m))) for m in _GETS.finditer(text)]
        reads = [(m, f) for m, f in reads if f is not None and not says_state(f"{f.name} {m[2]}")]
        if not reads or not writes:
            continue
        match, method = reads[0]
        spot = Spot(path, _line(text, match), f"{match[1]}.get in {method.name if method else '?'}")
        caches.used.append(spot)
        for write, where in writes:
            if not _timed(text, write, where, java, path):
                caches.without_ttl.append(Spot(path, _line(text, write), f"{write[1]}.{write[2]}"))
        deleted = _DELETES.search(text)
        if deleted is None:
            caches.never.append(spot)
        else:
            caches.forgets.append(
                Spot(path, _line(text, deleted), " ".join(deleted[0].split()).rstrip("("))
            )


def _timed(
    text: str, write: re.Match[str], method: Function | None, java: JavaFiles, path: str
) -> bool:
    given = _arguments(text, write.end())
    if write[2] != "set" or len(given) > 2:
        return True
    return method is not None and _EXPIRED.search(java.body(path, method)) is not None


def _arguments(text: str, start: int) -> list[str]:
    depth, at = 1, start
    while at < len(text) and depth and at - start < 2_000:
        depth += (text[at] in "({[") - (text[at] in ")}]")
        at += 1
    return split_arguments(text[start : at - 1])


def _argument(text: str, write: re.Match[str]) -> str:
    return next(iter(_arguments(text, write.end())), "")


def _line(text: str, match: re.Match[str]) -> int:
    return text.count("\n", 0, match.end()) + 1
