"""What code.breakers says of Java services."""

from __future__ import annotations

import pytest

from auditor.probing.testing import problems
from probes.code.breakers import breakers
from tests.probes.code.java_services import SETTINGS, TOP, evidence, facts, pom, service

RESILIENCE = "import io.github.resilience4j.circuitbreaker.annotation.CircuitBreaker;"
METHOD = (
    '@CircuitBreaker(name = "api", fallbackMethod = "other")\npublic Object load() { return 1; }'
)
CALLER = "void run() { bean.load(); }"
AOP = pom("resilience4j-spring-boot3", "spring-boot-starter-aop")
WHERE = f"{TOP}/Bean.java:6 @CircuitBreaker on Bean.load"


def named(method: str = METHOD, caller: str = CALLER, settings: str = "", build: str = AOP):  # type: ignore[no-untyped-def]
    """The service with one annotated method."""
    return service(method, RESILIENCE, caller=caller, settings=settings, build=build)


def test_an_annotation_on_a_bean_that_others_call_wraps() -> None:
    found = facts(breakers, named())
    assert found["declared"] == found["wrapping"] == [WHERE]
    assert found["ineffective"] == []


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ("resilience4j.circuitbreaker.instances.api.minimumNumberOfCalls: 5000", "it opens after 5000 calls"),
        ("resilience4j.circuitbreaker.configs.default.wait-duration-in-open-state: 0s", "it stays open for no time"),
        ("resilience4j.circuitbreaker.enabled: false", "it is switched off"),
    ],
)  # fmt: skip
def test_false_green_settings_that_disarm_it_are_told(settings: str, why: str) -> None:
    found = facts(breakers, named(settings=settings))
    assert found["wrapping"] == []
    assert found["ineffective"] == [f"{WHERE}: {why}"]


def test_settings_of_another_breaker_do_not_matter() -> None:
    settings = "resilience4j.circuitbreaker.instances.other.minimumNumberOfCalls: 5000"
    assert facts(breakers, named(settings=settings))["wrapping"] == [WHERE]


def test_false_green_own_calls_pass_the_breaker_by() -> None:
    method = f"{METHOD}\npublic Object all() {{ return load(); }}"
    found = facts(breakers, named(method, caller="void run() { bean.all(); }"))
    assert found["wrapping"] == []
    assert found["ineffective"] == [f"{WHERE}: only its own class calls load, past the proxy"]


def test_false_green_without_aspects_it_is_not_known() -> None:
    found = evidence(breakers, named(build=pom("resilience4j-spring-boot3")))
    assert "vacuous" in problems(found)
    assert "wrapping" not in facts(breakers, named(build="<project/>"))


def test_false_green_hystrix_needs_what_enables_it() -> None:
    imports = "import com.netflix.hystrix.contrib.javanica.annotation.HystrixCommand;"
    body = "@HystrixCommand\npublic Object load() { return 1; }"
    found = facts(breakers, service(body, imports, caller=CALLER))
    assert found["wrapping"] == []
    notes = "@org.springframework.cloud.netflix.hystrix.EnableHystrix"
    assert facts(breakers, service(body, imports, caller=CALLER, notes=notes))["wrapping"]


def test_false_green_sentinel_without_rules_stops_nothing_that_is_known() -> None:
    imports = "import com.alibaba.csp.sentinel.annotation.SentinelResource;"
    body = '@SentinelResource("x")\npublic Object load() { return 1; }'
    build = pom("spring-cloud-starter-alibaba-sentinel")
    repo = service(body, imports, caller=CALLER, build=build)
    assert "wrapping" not in facts(breakers, repo)
    rules = "package shop;\nimport com.alibaba.csp.sentinel.slots.block.degrade.*;\n@Component class R { R() { DegradeRuleManager.loadRules(x); } }\n"
    assert facts(breakers, repo | {f"{TOP}/R.java": rules})["wrapping"]


MADE = "import io.github.resilience4j.circuitbreaker.*;"


@pytest.mark.parametrize(
    ("body", "wraps", "why"),
    [
        ('CircuitBreaker cb = CircuitBreaker.ofDefaults("x"); Object f() { return cb.executeSupplier(() -> 1); }', True, ""),
        ('Object f() { CircuitBreaker cb = CircuitBreaker.ofDefaults("x"); return cb.executeSupplier(() -> 1); }', False, "it is made anew by each call of f"),
        ('CircuitBreaker cb = CircuitBreaker.ofDefaults("x");', False, "nothing goes through it"),
        ('CircuitBreakerRegistry r; Object f() { return r.circuitBreaker("x").executeSupplier(() -> 1); }', True, ""),
    ],
)  # fmt: skip
def test_what_code_makes_must_be_kept_and_used(body: str, wraps: bool, why: str) -> None:
    found = facts(breakers, service(body, MADE))
    assert bool(found["wrapping"]) is wraps
    assert why in str(found["ineffective"])


FEIGN = "import org.springframework.cloud.openfeign.FeignClient;"


def test_a_setting_puts_breakers_around_the_clients_of_feign() -> None:
    client = f'package shop;\n{FEIGN}\n@FeignClient("stock")\ninterface Stock {{ }}\n'
    repo = service(
        "Stock stock;",
        settings="spring.cloud.openfeign.circuitbreaker.enabled: true",
        build=pom("spring-cloud-starter-circuitbreaker-resilience4j"),
        more={f"{TOP}/Stock.java": client},
    )
    assert facts(breakers, repo)["wrapping"] == [
        f"{SETTINGS}:1 spring.cloud.openfeign.circuitbreaker.enabled around {TOP}/Stock.java:4"
    ]
    repo.pop(f"{TOP}/Stock.java")
    assert facts(breakers, repo)["wrapping"] == []


def test_a_class_of_its_own_is_not_judged() -> None:
    own = "package shop;\n@Component class CircuitBreaker { boolean allow() { return true; } }\n"
    repo = service("CircuitBreaker b;", more={f"{TOP}/CircuitBreaker.java": own})
    assert "wrapping" not in facts(breakers, repo)


def test_a_service_without_any_has_empty_lists() -> None:
    assert facts(breakers, service()) == {"declared": [], "wrapping": [], "ineffective": []}


def test_settings_on_a_server_may_put_breakers_around_clients_with_fallbacks() -> None:
    client = f'package shop;\n{FEIGN}\n@FeignClient(name = "stock", fallback = Gone.class)\ninterface Stock {{ }}\n'
    repo = service("Stock stock;", more={f"{TOP}/Stock.java": client})
    assert facts(breakers, repo)["wrapping"] == []
    repo[SETTINGS] = "spring.cloud.config.uri: http://config"
    assert "wrapping" not in facts(breakers, repo)
