"""What code.caching says of Java services."""

from __future__ import annotations

import pytest

from auditor.probing.testing import problems
from probes.code.caching import caching
from tests.probes.code.java_services import TOP, evidence, facts, pom, service

SPRING = "import org.springframework.cache.annotation.*;"
READ = '@Cacheable("items")\npublic Item load(long id) { return items.find(id); }\n'
FORGET = '@CacheEvict("items")\npublic void save(Item i) { items.save(i); }\n'
CALLER = "void run() { bean.load(1); bean.save(x); }"
ENABLED = "@org.springframework.cache.annotation.EnableCaching"
REDIS = pom("spring-boot-starter-data-redis")
TTL = "spring.cache.redis.time-to-live: 10m"
WHERE = f"{TOP}/Bean.java:6 @Cacheable on Bean.load"


def cached(body: str = READ + FORGET, notes: str = ENABLED, build: str = REDIS, settings: str = TTL, caller: str = CALLER):  # type: ignore[no-untyped-def]  # fmt: skip
    """The facts of a bean with a cached method."""
    return facts(
        caching,
        service(body, SPRING, notes=notes, build=build, settings=settings, caller=caller),
    )


def test_a_cached_method_is_used_expires_and_is_forgotten() -> None:
    found = cached()
    assert found["used"] == [f"{WHERE} (Redis)"]
    assert found["invalidations"] == [f"{TOP}/Bean.java:8 @CacheEvict on Bean.save"]
    assert found["without_ttl"] == found["never_invalidated"] == found["in_process"] == []


@pytest.mark.parametrize(
    ("notes", "settings", "body", "caller"),
    [
        ("", TTL, READ + FORGET, CALLER),
        (ENABLED, "spring.cache.type: none", READ + FORGET, CALLER),
        (ENABLED, TTL, READ.replace("public", "private") + FORGET, CALLER),
        (ENABLED, TTL, f"{READ}{FORGET}public void all() {{ load(1); }}", "void run() { bean.all(); bean.save(x); }"),
    ],
    ids=["not enabled", "switched off", "private", "own calls"],
)  # fmt: skip
def test_false_green_a_cache_that_nothing_acts_on_is_not_used(
    notes: str, settings: str, body: str, caller: str
) -> None:
    found = cached(body, notes, settings=settings, caller=caller)
    assert found.get("used", []) == []


@pytest.mark.parametrize(
    ("build", "settings", "more", "name", "process", "expires"),
    [
        (REDIS, "", "", "Redis", False, False),
        (REDIS, "", "RedisCacheConfiguration c = base.entryTtl(Duration.ofMinutes(1));", "Redis", False, True),
        (pom("caffeine"), "spring.cache.caffeine.spec: maximumSize=9,expireAfterWrite=5m", "", "Caffeine", True, True),
        (pom("caffeine"), "spring.cache.caffeine.spec: maximumSize=9", "", "Caffeine", True, False),
        ("<project/>", "", "", "a map", True, False),
        (pom("cache-api", "caffeine"), "", "void f(CacheManager m) { m.createCache(\"items\", new MutableConfiguration<>()); }", "JCache", True, False),
    ],
)  # fmt: skip
def test_the_provider_says_whether_answers_expire(
    build: str, settings: str, more: str, name: str, process: bool, expires: bool
) -> None:
    found = cached(READ + FORGET + more, build=build, settings=settings)
    assert found["used"] == [f"{WHERE} ({name})"]
    assert bool(found["in_process"]) is process
    assert (found["without_ttl"] == []) is expires


def test_what_nothing_forgets_is_told() -> None:
    found = cached(READ)
    assert found["never_invalidated"] == [f"{WHERE} (Redis)"]
    assert found["invalidations"] == []
    other = FORGET.replace("items", "others", 1)
    assert "never_invalidated" not in cached(READ + other)


CAFFEINE = "import com.github.benmanes.caffeine.cache.*;"


@pytest.mark.parametrize(("more", "expires"), [(".expireAfterWrite(Duration.ofMinutes(1))", True), ("", False)])  # fmt: skip
def test_a_cache_in_memory_counts_where_it_is_read(more: str, expires: bool) -> None:
    body = f"Cache<Long, X> items = Caffeine.newBuilder(){more}.build();\nX f(long id) {{ return items.get(id, this::load); }}"
    found = facts(caching, service(body, CAFFEINE))
    assert found["used"] == [f"{TOP}/Bean.java:5 Caffeine: items"]
    assert found["in_process"] == found["used"]
    assert (found["without_ttl"] == []) is expires


def test_a_cache_that_nothing_reads_is_not_used() -> None:
    repo = service("Cache<Long, X> items = Caffeine.newBuilder().build();", CAFFEINE)
    assert facts(caching, repo).get("used", []) == []


@pytest.mark.parametrize(("set_", "expires"), [("set(key, v, Duration.ofMinutes(1))", True), ("set(key, v)", False)])  # fmt: skip
def test_redis_by_hand_is_read_with_its_expiry(set_: str, expires: bool) -> None:
    body = f"""StringRedisTemplate redis;
X load(String key) {{ X v = redis.opsForValue().get(key); if (v == null) {{ v = db(); redis.opsForValue().{set_}; }} return v; }}"""
    found = facts(caching, service(body, "import org.springframework.data.redis.core.*;"))
    assert len(found["used"]) == 1  # type: ignore[arg-type]
    assert (found["without_ttl"] == []) is expires


def test_tokens_in_redis_are_no_cache_of_reads() -> None:
    body = """StringRedisTemplate redis;
String token(String k) { return redis.opsForValue().get(k); } void token(String k, String v) { redis.opsForValue().set(k, v); }"""
    repo = service(body, "import org.springframework.data.redis.core.*;")
    assert "used" not in facts(caching, repo) or facts(caching, repo)["used"] == []


def test_an_annotation_of_another_library_is_none() -> None:
    found = facts(
        caching, service(READ, "import org.other.Cacheable;", notes=ENABLED, caller=CALLER)
    )
    assert found.get("used", []) == []


def test_a_cache_that_is_only_imported_leaves_it_open() -> None:
    repo = service("int cacheSize() { return cache.size(); }", SPRING)
    assert problems(evidence(caching, repo)) in ([], ["vacuous"])


def test_a_cache_that_is_emptied_when_it_is_made_is_not_forgotten() -> None:
    body = (
        READ
        + 'void put(Item i) { Objects.requireNonNull(manager.getCache("items")).evict(i.id()); }'
    )
    assert cached(body)["never_invalidated"] == []
    start = 'package shop;\n@Configuration class C { @Bean X items(CacheManager m) { m.getCache("items").clear(); return x; } }\n'
    repo = service(READ, SPRING, notes=ENABLED, build=REDIS, settings=TTL, caller=CALLER, more={f"{TOP}/C.java": start})  # fmt: skip
    assert facts(caching, repo)["invalidations"] == []
