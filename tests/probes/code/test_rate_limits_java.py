"""What code.rate_limits says of Java services."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from auditor.probing.testing import problems, run_probe, values
from probes.code.rate_limits import rate_limits

TOP = "src/main/java/shop"
APP = "package shop;\n@SpringBootApplication\nclass App { }\n"
SETTINGS = "src/main/resources/application.yml"
NAMED = "import io.github.resilience4j.ratelimiter.annotation.RateLimiter;\n"
GUAVA = "import com.google.common.util.concurrent.RateLimiter;\n"
BUCKET = "import io.github.bucket4j.*;\n"
LIMITED = '@RateLimiter(name = "api") @GetMapping Object get() { return 1; }'
INSTANCE = "resilience4j.ratelimiter.instances.api: {limitForPeriod: 10, limitRefreshPeriod: 1s}\n"


def evidence(body: str, imports: str = "", more: Mapping[str, str] = {}, role: str = "RestController"):  # type: ignore[no-untyped-def]  # fmt: skip
    """The evidence of a service whose only bean has this body."""
    bean = f"package shop;\n{imports}@{role}\nclass Bean {{\n{body}\n}}\n"
    repo = {"pom.xml": "<project/>", f"{TOP}/App.java": APP, f"{TOP}/Bean.java": bean, **more}
    return run_probe(rate_limits, repo=repo)


def facts(body: str, imports: str = "", more: Mapping[str, str] = {}) -> dict[str, list[str]]:
    """The facts, without the beginning of their names."""
    found = values(evidence(body, imports, more))
    return {k.rpartition(".")[2]: list(v) for k, v in found.items() if isinstance(v, (list, tuple))}


def test_a_named_limit_of_a_controller_is_applied_with_what_the_settings_say() -> None:
    found = facts(LIMITED, NAMED, {SETTINGS: INSTANCE})
    assert found["applied"] == [f"{TOP}/Bean.java:5 @RateLimiter api on get (10 in 1s)"]
    assert found["in_memory_store"] == [f"{TOP}/Bean.java:5 @RateLimiter api on get"]
    assert found["ineffective"] == []


@pytest.mark.parametrize(
    "settings",
    [
        "resilience4j.ratelimiter.configs.default: {limit-for-period: 5, limit-refresh-period: 1s}\n",
        "resilience4j.ratelimiter:\n  configs.slow: {limitForPeriod: 5, limitRefreshPeriod: 1s}\n  instances.api.baseConfig: slow\n",
    ],
)
def test_a_named_limit_may_have_its_settings_from_a_base(settings: str) -> None:
    assert facts(LIMITED, NAMED, {SETTINGS: settings})["applied"]


@pytest.mark.parametrize("settings", ["", "resilience4j.ratelimiter.instances.api.limitForPeriod: 5\n", INSTANCE.replace("api", "other")])  # fmt: skip
def test_false_green_a_named_limit_at_its_default_holds_nobody_back(settings: str) -> None:
    found = facts(LIMITED, NAMED, {SETTINGS: settings})
    assert found["applied"] == []
    assert found["ineffective"] == [
        f"{TOP}/Bean.java:5 @RateLimiter api on get: its limit is the default, 50 in 500 ns"
    ]


def test_false_green_a_limit_that_is_not_on_a_controller_leaves_it_open() -> None:
    found = evidence(LIMITED, NAMED, {SETTINGS: INSTANCE}, role="Service")
    assert values(found) == {}
    assert problems(found) == ["vacuous"]


def test_a_bucket_that_is_asked_is_a_limit_in_memory() -> None:
    body = (
        "Bucket b = Bucket.builder().addLimit(x).build(); boolean ok() { return b.tryConsume(1); }"
    )
    found = facts(body, BUCKET)
    assert found["applied"] == [f"{TOP}/Bean.java:5 Bucket.tryConsume in Bean.ok (x)"]
    assert found["in_memory_store"] == [f"{TOP}/Bean.java:5 Bucket.builder"]


def test_false_green_a_bucket_that_nothing_asks_is_ineffective() -> None:
    found = facts("Bucket b = Bucket.builder().addLimit(x).build();", BUCKET)
    assert found["applied"] == []
    assert found["ineffective"] == [f"{TOP}/Bean.java:5 Bucket.builder: nothing applies it"]


def test_a_limiter_of_guava_counts_where_it_refuses() -> None:
    made = "RateLimiter r = RateLimiter.create(5); "
    assert facts(made + "boolean ok() { return r.tryAcquire(); }", GUAVA)["applied"]
    paced = facts(made + "void ask() { r.acquire(); }", GUAVA)
    assert (paced["applied"], paced["ineffective"]) == ([], [])


def test_a_route_of_a_gateway_is_limited_by_its_settings() -> None:
    text = (
        "spring.cloud.gateway.routes:\n  - id: a\n    filters:\n      - name: RequestRateLimiter\n"
    )
    found = facts("int n;", "", {SETTINGS: text})
    assert found["applied"] == [f"{SETTINGS}:4 RequestRateLimiter of a gateway's route"]
    commented = text.replace("- name", "# - name")
    assert facts("int n;", "", {SETTINGS: commented})["applied"] == []


def test_filters_of_bucket4j_in_the_settings_leave_it_open() -> None:
    found = evidence("int n;", "", {SETTINGS: "bucket4j.filters:\n  - url: /x\n"})
    assert values(found) == {}
    assert problems(found) == ["vacuous"]


def test_false_green_comments_and_tests_are_no_limits() -> None:
    test = f"package shop;\n{NAMED}@RestController class T {{ {LIMITED} }}\n"
    found = facts(f"// {LIMITED}", NAMED, {SETTINGS: INSTANCE, "src/test/java/shop/T.java": test})
    assert (found["declared"], found["applied"]) == ([], [])
