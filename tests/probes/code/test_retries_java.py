"""What code.retries says of Java services."""

from __future__ import annotations

import pytest

from auditor.probing.testing import problems
from probes.code.retries import retries
from tests.probes.code.java_services import TOP, evidence, facts, pom, service

SPRING = "import org.springframework.retry.annotation.*;"
ENABLED = "@org.springframework.retry.annotation.EnableRetry"
GOOD = "@Retryable(maxAttempts = 4, backoff = @Backoff(delay = 100, multiplier = 2, random = true))"
GET = 'public Object load() { return rest.getForObject("/x", Object.class); }'
CALLER = "void run() { bean.load(); }"
RESILIENCE = "import io.github.resilience4j.retry.annotation.Retry;"
WHERE = f"{TOP}/Bean.java:6 "


def spring(note: str = GOOD, method: str = GET, notes: str = ENABLED, caller: str = CALLER):  # type: ignore[no-untyped-def]
    """The facts of a bean with one annotated method."""
    return facts(retries, service(f"{note}\n{method}", SPRING, notes=notes, caller=caller))


def test_an_enabled_annotation_on_a_bean_that_others_call_is_at_work() -> None:
    found = spring()
    assert found["applied"] == [f"{WHERE}@Retryable on Bean.load"]
    for fault in ("unbounded", "without_backoff", "without_jitter", "unsafe", "ineffective"):
        assert found[fault] == [], fault


def test_the_defaults_of_the_library_count() -> None:
    found = spring("@Retryable")
    assert found["applied"]
    assert found["without_backoff"] == found["without_jitter"] == found["applied"]
    assert found["unbounded"] == []


def test_false_green_an_annotation_that_nothing_enables_does_nothing() -> None:
    found = spring(notes="")
    assert found["applied"] == []
    assert found["ineffective"] == [f"{WHERE}@Retryable on Bean.load: nothing says @EnableRetry"]


@pytest.mark.parametrize(
    ("method", "caller", "why"),
    [
        (GET.replace("public", "private"), CALLER, "load is private, so no proxy acts on it"),
        (GET.replace("public", "public final"), CALLER, "load is final, so no proxy acts on it"),
        (f"{GET} void other() {{ load(); }}", "void run() { bean.other(); }", "only its own class calls load, past the proxy"),
        (f"{GET} void other() {{ this.load(); }}", "", "only its own class calls load, past the proxy"),
        (GET, "", "nothing calls load"),
        (GET, "private final Other other; void run() { other.load(); }", "nothing calls load"),
    ],
)  # fmt: skip
def test_false_green_what_no_proxy_acts_on_is_ineffective(
    method: str, caller: str, why: str
) -> None:
    found = spring(method=method, caller=caller)
    assert found["applied"] == []
    assert found["ineffective"] == [f"{WHERE}@Retryable on Bean.load: {why}"]


def test_false_green_a_class_that_no_container_makes_has_no_proxy() -> None:
    repo = service(f"{GOOD}\n{GET}", SPRING, notes=ENABLED, role="Deprecated")
    repo[f"{TOP}/Caller.java"] = (
        "package shop;\n@Service class Caller { void run() { new Bean().load(); } }\n"
    )
    found = facts(retries, repo)
    assert found["applied"] == []
    assert found["ineffective"] == [f"{WHERE}@Retryable on Bean.load: no container makes Bean"]


def test_one_attempt_repeats_nothing() -> None:
    assert spring("@Retryable(maxAttempts = 1)")["applied"] == []


def test_for_ever_is_unbounded() -> None:
    assert spring("@Retryable(maxAttempts = Integer.MAX_VALUE)")["unbounded"]


@pytest.mark.parametrize(
    "body",
    [
        'rest.postForObject("/pay", x, Object.class);',
        'client.post().uri("/pay").retrieve();',
        "send();} void send() { rest.exchange(url, HttpMethod.POST, null, X.class);",
    ],
)
def test_a_post_that_is_repeated_is_unsafe(body: str) -> None:
    found = spring(method=f"public void load() {{ {body} }}")
    assert found["unsafe"] == [f"{WHERE}@Retryable on Bean.load: repeats POST"]


def test_what_is_not_known_to_be_safe_leaves_it_open() -> None:
    repo = service(f"{GOOD}\npublic void load() {{ other.work(); }}", SPRING, notes=ENABLED, caller=CALLER)  # fmt: skip
    assert "unsafe" not in facts(retries, repo)
    assert problems(evidence(retries, repo)) == ["vacuous"]


@pytest.mark.parametrize(
    ("settings", "grows", "jitter"),
    [
        ("", False, False),
        ("resilience4j.retry.instances.api: {maxAttempts: 5, enableExponentialBackoff: true, enableRandomizedWait: true}", True, True),
        ("resilience4j.retry.configs.default: {enable-exponential-backoff: true}", True, False),
        ("resilience4j.retry.instances.other.enableExponentialBackoff: true", False, False),
        ("resilience4j.retry:\n  configs.slow.enableExponentialBackoff: true\n  instances.api.baseConfig: slow", True, False),
    ],
)  # fmt: skip
def test_a_named_retry_has_its_pace_from_the_settings(
    settings: str, grows: bool, jitter: bool
) -> None:
    repo = service(
        f'@Retry(name = "api")\n{GET}',
        RESILIENCE,
        caller=CALLER,
        settings=settings,
        build=pom("spring-boot-starter-aop"),
    )
    found = facts(retries, repo)
    assert found["applied"] == [f"{WHERE}@Retry on Bean.load"]
    assert (found["without_backoff"] == []) is grows
    assert (found["without_jitter"] == []) is jitter


def test_false_green_a_named_retry_without_aspects_on_the_class_path_is_not_known() -> None:
    repo = service(f'@Retry(name = "api")\n{GET}', RESILIENCE, caller=CALLER)
    assert "applied" not in facts(retries, repo)
    assert "vacuous" in problems(evidence(retries, repo))


def test_retry_of_another_library_is_none() -> None:
    found = facts(retries, service(f"@Retry\n{GET}", "import org.junit.Retry;", caller=CALLER))
    assert found["applied"] == []


def test_microprofile_waits_with_jitter_and_does_not_grow() -> None:
    imports = "import org.eclipse.microprofile.faulttolerance.Retry;"
    body = f"@Retry(delay = 100)\n{GET} void other() {{ load(); }}"
    found = facts(retries, service(body, imports, role="ApplicationScoped", caller=CALLER))
    assert found["without_backoff"] == found["applied"] != []
    assert found["without_jitter"] == []


TEMPLATE = "import org.springframework.retry.support.RetryTemplate;"


@pytest.mark.parametrize(
    ("make", "ends", "grows", "jitter"),
    [
        ("RetryTemplate.builder().maxAttempts(3).exponentialBackoff(100, 2, 1000, true).build()", True, True, True),
        ("RetryTemplate.builder().maxAttempts(3).fixedBackoff(100).build()", True, False, False),
        ("RetryTemplate.builder().infiniteRetry().exponentialBackoff(100, 2, 1000).build()", False, True, False),
        ("new RetryTemplate()", True, False, False),
    ],
)  # fmt: skip
def test_a_template_is_read_with_what_it_is_told(
    make: str, ends: bool, grows: bool, jitter: bool
) -> None:
    body = f"RetryTemplate t = {make};\nObject f() {{ return t.execute(c -> rest.getForObject(u, X.class)); }}"
    found = facts(retries, service(body, TEMPLATE))
    assert len(found["applied"]) == 1  # type: ignore[arg-type]
    assert (found["unbounded"] == []) is ends
    assert (found["without_backoff"] == []) is grows
    assert (found["without_jitter"] == []) is jitter


def test_false_green_a_template_that_runs_nothing_is_ineffective() -> None:
    found = facts(retries, service("RetryTemplate t = new RetryTemplate();", TEMPLATE))
    assert found["applied"] == []
    assert str(found["ineffective"]).count("nothing runs through it") == 1


def test_a_loop_of_its_own_is_told_and_not_judged() -> None:
    body = """void f() { for (int attempt = 0; attempt < 3; attempt++) {
        try { call(); return; } catch (IOException e) { Thread.sleep(100 * attempt); } } }"""
    found = facts(retries, service(body))
    assert len(found["hand_written"]) == 1  # type: ignore[arg-type]
    assert "applied" not in found


def test_reactor_grows_with_chance_by_itself() -> None:
    body = "Mono<X> f() { return c.get().uri(u).retrieve().bodyToMono(X.class).retryWhen(Retry.backoff(3, d)); }"
    found = facts(retries, service(body, "import reactor.util.retry.Retry;"))
    assert len(found["applied"]) == 1  # type: ignore[arg-type]
    assert found["without_backoff"] == found["without_jitter"] == found["unbounded"] == []


def test_a_class_of_its_own_that_repeats_leaves_it_open() -> None:
    own = """package shop;
@Component class RetryableClient { Object get() {
    for (String host : hosts) {
        try { return call(host); } catch (RuntimeException e) { last = e; }
    }
    throw last; } }
"""
    repo = service("RetryableClient c;", more={f"{TOP}/RetryableClient.java": own})
    assert facts(retries, repo)["hand_written"] == [
        f"{TOP}/RetryableClient.java:2 class RetryableClient"
    ]
    assert "applied" not in facts(retries, repo)


def test_settings_on_a_server_leave_the_pace_open() -> None:
    repo = service(
        f'@Retry(name = "api")\n{GET}', RESILIENCE, caller=CALLER, build=pom("spring-boot-starter-aop"),
        settings="spring.cloud.config.uri: http://config",
    )  # fmt: skip
    found = facts(retries, repo)
    assert found["applied"]
    assert "without_backoff" not in found


@pytest.mark.parametrize(
    ("more", "unsafe", "grows"),
    [("", False, False), ("      methods: POST\n", True, False), ("      backoff: {firstBackoff: 10ms, factor: 2}\n", False, True)],
)  # fmt: skip
def test_a_filter_of_a_gateway_is_read_with_its_arguments(
    more: str, unsafe: bool, grows: bool
) -> None:
    settings = f"spring.cloud.gateway.default-filters:\n  - name: Retry\n    args:\n      retries: 2\n{more}"
    found = facts(retries, service(settings=settings))
    assert len(found["applied"]) == 1  # type: ignore[arg-type]
    assert bool(found["unsafe"]) is unsafe
    assert (found["without_backoff"] == []) is grows


def test_false_green_a_filter_that_repeats_nothing_is_ineffective() -> None:
    settings = (
        "spring.cloud.gateway.default-filters:\n  - name: Retry\n    args:\n      retries: 0\n"
    )
    assert facts(retries, service(settings=settings))["applied"] == []


CORE = "import org.springframework.core.retry.*;"


@pytest.mark.parametrize(
    ("policy", "grows", "jitter"),
    [
        ("", False, False),
        ("RetryPolicy.builder().maxRetries(20).delay(d).multiplier(2).build()", True, False),
        ("RetryPolicy.builder().delay(d).multiplier(2).jitter(d).build()", True, True),
    ],
)
def test_a_template_of_spring_itself_is_read_by_its_policy(
    policy: str, grows: bool, jitter: bool
) -> None:
    body = f"RetryTemplate t = new RetryTemplate({policy});\nvoid f() {{ t.execute(() -> g()); }}"
    found = facts(retries, service(body, CORE))
    assert len(found["applied"]) == 1  # type: ignore[arg-type]
    assert (found["without_backoff"] == []) is grows
    assert (found["without_jitter"] == []) is jitter


@pytest.mark.parametrize(("wait", "ends"), [("new FixedBackOff(300, 20)", True), ("new FixedBackOff(300)", False), ("new ExponentialBackOff()", False)])  # fmt: skip
def test_a_template_of_spring_ends_where_its_wait_says_how_often(wait: str, ends: bool) -> None:
    body = f"RetryTemplate t = new RetryTemplate(RetryPolicy.builder().backOff({wait}).build());\nvoid f() {{ t.execute(() -> g()); }}"
    found = facts(retries, service(body, CORE))
    assert (found["unbounded"] == []) is ends
