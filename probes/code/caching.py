"""Caches around reads: what is kept, whether it expires, and what forgets it.

Looks at what the service imports from where it starts, for Django's cache, Flask-Caching, fastapi-cache, aiocache,
cachetools, cashews, dogpile, redis-py; ioredis, redis, node-cache, lru-cache, keyv, cache-manager, next/cache; go-
redis, go-cache, ristretto, bigcache, golang-lru; for Java @Cacheable of Spring (where caching is enabled, with the
provider that the build and the settings choose), Quarkus, Micronaut and JCache, Caffeine, Guava, Redis. A cache counts
where it is put around a function, or where a function reads it and writes it; what keeps sessions, tokens, counters,
locks or the state of jobs is no cache of reads, as far as names tell. functools.lru_cache is none either: around a
function that reads data it is listed as never expiring. What each library does by itself counts: Django forgets after
300 s, Redis, node-cache, lru-cache and fastapi-cache never.
Cannot see whether the expensive reads are cached, whether an expiry suits its data, nor caches
of proxies and browsers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from auditor.model.probe import FactType
from auditor.probing.code.cache_nouns import Caches
from auditor.probing.code.caches import read_caches
from auditor.probing.code.code_topics import gaps, topic_of
from auditor.probing.code.java_caches import java_caches
from auditor.probing.code.java_files import JavaFiles
from auditor.probing.code.stores import Files, Spot, listed, perhaps_imported, rules_of, undecided
from auditor.probing.contract import Context, FactSpec, Need, Observation, probe

USED = FactSpec("cache.used", FactType.LIST, "Caches at work around reads (path:line what)")
PROCESS = FactSpec("cache.in_process", FactType.LIST, "Those that live in one process alone")
WITHOUT = FactSpec("cache.without_ttl", FactType.LIST, "What is kept and never expires")
FORGETS = FactSpec("cache.invalidations", FactType.LIST, "Where entries are deleted or invalidated")
NEVER = FactSpec(
    "cache.never_invalidated",
    FactType.LIST,
    "Cached reads that nothing is seen to forget by name or key",
)

_FACTS = (USED, PROCESS, WITHOUT, FORGETS, NEVER)
_KEYS = tuple(spec.key for spec in _FACTS)
_SPEAKS = re.compile(
    r"(?<![\w])(?!\w*(?:lru_cache|cached_property|never_cache|no_cache|cache_control|cache_clear|cachedir|cache_dir))\w*[cC]ache\w*\s*[.(]"
)


@probe("code.caching", title="Caches in the code", needs=[Need.REPOSITORY], emits=_FACTS, pure=True)
def caching(ctx: Context) -> Iterator[Observation]:
    """Tell caches, what in them never expires, and what forgets it."""
    topic = topic_of(ctx, "caching")
    doubts = list(gaps(topic, *_KEYS))
    yield from doubts
    files = Files(ctx, topic)
    caches = read_caches(files)
    java_caches(JavaFiles(topic, files.texts), caches, resources(ctx, files))
    if caches.used:
        yield listed(ctx, topic, USED, sorted(caches.used))
    if caches.without_ttl:
        yield listed(ctx, topic, WITHOUT, sorted(caches.without_ttl))
    if doubts:
        return
    if not caches.used:
        yield from absent(ctx, files, caches)
        return
    yield listed(ctx, topic, PROCESS, sorted(caches.in_process))
    yield listed(ctx, topic, FORGETS, sorted(caches.forgets))
    if caches.unclear and not caches.without_ttl:
        yield undecided(
            caches.unclear,
            f"It is not told whether {len(caches.unclear)} writes to caches expire.",
            "Write the expiry at the call, or attest the item with the ratio of keys that expire.",
            WITHOUT.key,
        )
    elif not caches.without_ttl:
        yield listed(ctx, topic, WITHOUT, [])
    if caches.never and caches.forgets:
        yield undecided(
            caches.never,
            f"Nothing is seen to forget {len(caches.never)} of the cached reads; whether they need it is not known.",
            "Delete the keys from what writes their data, or attest the item with a test that updates and then reads.",
            NEVER.key,
        )
    else:
        yield listed(ctx, topic, NEVER, sorted(caches.never))


def resources(ctx: Context, files: Files) -> str:
    """The texts of files that configure caches beside Java code."""
    if not any(path.endswith(".java") for path in files.paths):
        return ""
    found = ctx.repo.find(
        "**/src/main/resources/*ehcache*.xml", "**/src/main/resources/hazelcast*.*"
    )
    return "\n".join(files.texts.text(entry.path) for entry in found)


def absent(ctx: Context, files: Files, caches: Caches) -> Iterator[Observation]:
    """No cache of reads was seen: empty lists, unless code speaks of one."""
    spoken = next(mentions(files), None)
    maybe = perhaps_imported(files, rules_of("caching", "library"))
    if spoken is not None or maybe:
        yield undecided(
            maybe if spoken is None else [spoken],
            "No cache that is known was seen around a read, but the service speaks of one.",
            "Attest the item with hit and miss rates during traffic.",
            *_KEYS,
        )
        return
    for spec in _FACTS:
        if spec is not WITHOUT or not caches.without_ttl:
            yield listed(ctx, files.topic, spec, [])


def mentions(files: Files) -> Iterator[Spot]:
    """Calls of something that goes by the name of a cache."""
    java = JavaFiles(files.topic, files.texts)
    for path in files.paths:
        found = files.texts.outline(path)
        text = found.bare if found is not None else java.bare(path) if path in java.paths else ""
        match = _SPEAKS.search(text)
        if match is not None:
            yield Spot(path, text.count("\n", 0, match.start()) + 1, match[0].strip(" .("))
