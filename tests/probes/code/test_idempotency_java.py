"""What code.idempotency says of Java services."""

from __future__ import annotations

import pytest

from auditor.probing.testing import problems
from probes.code.idempotency import idempotency
from tests.probes.code.java_services import TOP, evidence, facts, service

READS = '@PostMapping Object pay(@RequestHeader("Idempotency-Key") String key, @RequestBody X x) { return keep(key); }\n'
KEEPS = (
    'Object keep(String key) { return redis.opsForValue().setIfAbsent("idempotency:" + key, "1"); }'
)
WHERE = f"{TOP}/Bean.java:5 reads the key of a request"


def keyed(body: str, **more: str) -> dict[str, object]:
    """The facts of a controller with this body."""
    return facts(idempotency, service(body, role="RestController", more=more))


def test_a_key_that_is_read_and_kept_in_redis_is_told() -> None:
    found = keyed(READS + KEEPS)
    assert found["keys_read"] == [WHERE]
    assert found["stored"] == [f"{TOP}/Bean.java:6 kept in a shared store"]
    assert found["in_memory"] == []


@pytest.mark.parametrize(
    "body",
    [
        '@PostMapping Object pay(HttpServletRequest request) { return keep(request.getHeader("Idempotency-Key")); }\n',
        'static final String IDEMPOTENCY_KEY = "Idempotency-Key"; @PostMapping Object pay(HttpServletRequest request) { return keep(request.getHeader(IDEMPOTENCY_KEY)); }\n',
    ],
)
def test_ways_to_read_the_key(body: str) -> None:
    assert keyed(body + KEEPS)["keys_read"] == [WHERE]


def test_false_green_a_key_in_a_map_of_the_process_is_lost() -> None:
    found = keyed(
        f"{READS} private final Map<String, X> idempotencyKeys = new ConcurrentHashMap<>();"
    )
    assert found["stored"] == []
    assert len(found["in_memory"]) == 1  # type: ignore[arg-type]


def test_false_green_a_key_that_is_only_sent_is_not_read() -> None:
    body = 'void f() { headers.set("Idempotency-Key", id); redis.opsForValue().setIfAbsent("idempotency", "1"); }'
    assert keyed(body) == {}


def test_false_green_a_key_that_nothing_keeps_leaves_it_open() -> None:
    repo = service(READS, role="RestController")
    assert "stored" not in facts(idempotency, repo)
    assert problems(evidence(idempotency, repo)) == ["vacuous"]


@pytest.mark.parametrize(
    "more",
    [
        {f"{TOP}/Payment.java": "package shop;\n@Entity public class Payment { @Column(unique = true)\nprivate String idempotencyKey; }\n"},
        {"src/main/resources/db/migration/V1__x.sql": "CREATE TABLE p (idempotency_key text UNIQUE);\n"},
    ],
)  # fmt: skip
def test_a_unique_column_keeps_it(more: dict[str, str]) -> None:
    assert len(keyed(f"Payment p; {READS}", **more)["stored"]) == 1  # type: ignore[arg-type]
