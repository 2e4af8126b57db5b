"""What code.locks says of Java services."""

from __future__ import annotations

import pytest

from auditor.probing.testing import problems
from probes.code.locks import locks_in_code
from tests.probes.code.java_services import TOP, evidence, facts, pom, service

IMPORTS = "import net.javacrumbs.shedlock.spring.annotation.*;\nimport org.springframework.scheduling.annotation.*;"
JOB = '@Scheduled(cron = "0 0 * * * *")\n@SchedulerLock(name = "job", lockAtMostFor = "5m")\npublic void job() { work(); }'
ON = "import net.javacrumbs.shedlock.spring.annotation.*;\n@org.springframework.scheduling.annotation.EnableScheduling\n"
LOCKED = f'{ON}@EnableSchedulerLock(defaultLockAtMostFor = "10m")'
PROVIDER = pom("shedlock-provider-jdbc-template")


def scheduled(body: str = JOB, notes: str = LOCKED, build: str = PROVIDER):  # type: ignore[no-untyped-def]
    """The facts of a bean with a job."""
    return facts(locks_in_code, service(body, IMPORTS, notes=notes, build=build))


def test_a_lock_of_shedlock_that_is_enabled_is_used_and_expires() -> None:
    found = scheduled()
    assert found["used"] == [f"{TOP}/Bean.java:8 @SchedulerLock on Bean.job"]
    assert found["schedulers"] == [f"{TOP}/Bean.java:8 @Scheduled on Bean.job"]
    assert found["without_expiry"] == []


@pytest.mark.parametrize(
    ("notes", "build"), [(ON, PROVIDER), (LOCKED, "<project/>")], ids=["not enabled", "no provider"]
)
def test_false_green_a_lock_that_nothing_acts_on_is_none(notes: str, build: str) -> None:
    found = scheduled(notes=notes, build=build)
    assert found["used"] == []
    assert found["schedulers"]


def test_a_lock_without_any_expiry_is_told() -> None:
    body = JOB.replace(', lockAtMostFor = "5m"', "")
    assert scheduled(body)["without_expiry"] == []
    found = scheduled(body, notes=f"{ON}@EnableSchedulerLock")
    assert len(found["without_expiry"]) == 1  # type: ignore[arg-type]


def test_false_green_scheduled_work_without_a_lock_fails() -> None:
    found = scheduled(JOB.replace('@SchedulerLock(name = "job", lockAtMostFor = "5m")', ""))
    assert found["used"] == []


def test_scheduled_work_that_nothing_enables_runs_nowhere() -> None:
    repo = service(JOB.replace('@SchedulerLock(name = "job", lockAtMostFor = "5m")', ""), IMPORTS)
    assert facts(locks_in_code, repo) == {}
    assert problems(evidence(locks_in_code, repo)) == ["vacuous"]


REDISSON = "import org.redisson.api.*;"


@pytest.mark.parametrize(("more", "used"), [("l.tryLock(1, SECONDS);", True), ("", False)])
def test_a_lock_of_redisson_counts_where_it_is_taken(more: str, used: bool) -> None:
    body = f'RedissonClient r; void f() {{ RLock l = r.getLock("x"); {more} }}'
    found = facts(locks_in_code, service(body, REDISSON))
    assert bool(found.get("used")) is used


def test_false_green_a_registry_in_memory_is_no_lock_across_processes() -> None:
    imports = "import org.springframework.integration.support.locks.*;"
    body = 'LockRegistry r = new DefaultLockRegistry(); void f() { r.obtain("x").tryLock(); }'
    assert "used" not in facts(locks_in_code, service(body, imports))
    body = body.replace("DefaultLockRegistry()", "RedisLockRegistry(f, k)")
    assert facts(locks_in_code, service(body, imports))["used"]


@pytest.mark.parametrize(
    ("call", "expires"),
    [('setIfAbsent("k", "v")', False), ('setIfAbsent("k", "v", 10, TimeUnit.SECONDS)', True), ('setIfAbsent("k", "v", Duration.ofSeconds(9))', True)],
)  # fmt: skip
def test_a_new_key_of_redis_must_expire(call: str, expires: bool) -> None:
    body = f"StringRedisTemplate redis; void f() {{ redis.opsForValue().{call}; }}"
    found = facts(locks_in_code, service(body))
    assert found["used"]
    assert (found["without_expiry"] == []) is expires


def test_a_key_that_is_deleted_whoever_holds_it_is_told() -> None:
    take = "redis.opsForValue().setIfAbsent(key, id, Duration.ofSeconds(9));"
    body = f"StringRedisTemplate redis; void f(String key) {{ {take}\ntry {{ work(); }} finally {{ redis.delete(key); }} }}"
    assert len(facts(locks_in_code, service(body))["deleted_unconditionally"]) == 1  # type: ignore[arg-type]
    good = body.replace("redis.delete(key);", "if (id.equals(redis.opsForValue().get(key))) { redis.delete(key); }")  # fmt: skip
    assert facts(locks_in_code, service(good))["deleted_unconditionally"] == []


def test_rows_are_locked_by_annotation_or_statement() -> None:
    body = '@Lock(LockModeType.PESSIMISTIC_WRITE) X find(long id);\n@Query("select o from Order o for update") X other();'
    imports = "import org.springframework.data.jpa.repository.*;"
    assert len(facts(locks_in_code, service(body, imports))["used"]) == 2  # type: ignore[arg-type]


def test_a_lock_in_memory_is_none() -> None:
    body = "ReentrantLock l = new ReentrantLock(); void f() { l.lock(); }"
    repo = service(body, "import java.util.concurrent.locks.ReentrantLock;")
    assert facts(locks_in_code, repo) == {}
