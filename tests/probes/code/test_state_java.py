"""What code.state says of Java services."""

from __future__ import annotations

import pytest

from probes.code.state import state
from tests.probes.code.java_services import SETTINGS, TOP, facts, pom, service

UTIL = "import java.util.*;\nimport java.util.concurrent.*;"


def kept(body: str, role: str = "Service", imports: str = UTIL, **more: str) -> dict[str, object]:
    """The facts of a bean with this body."""
    return facts(state, service(body, imports, role=role, **more))


CARTS = "private final Map<Long, Cart> carts = new ConcurrentHashMap<>(); void add(Cart c) { carts.put(c.id(), c); }"


def test_a_container_of_a_bean_that_requests_change_is_state() -> None:
    assert kept(CARTS)["module_state"] == [
        f"{TOP}/Bean.java:6 Bean.carts is changed in Bean.add (line 6)"
    ]


@pytest.mark.parametrize("role", ["Entity", "Deprecated", 'Component @Scope("prototype")'])
def test_a_container_of_what_is_no_single_object_is_none(role: str) -> None:
    assert kept(CARTS, role)["module_state"] == []


def test_false_green_a_static_container_is_state_whoever_makes_the_class() -> None:
    found = kept(CARTS.replace("private final", "static final"), "Deprecated")
    assert found["module_state"] == []  # nothing reaches the class
    repo = service(CARTS.replace("private final", "static final"), UTIL, role="Deprecated", caller="void r() { bean.add(c); }")  # fmt: skip
    assert len(facts(state, repo)["module_state"]) == 1  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "body",
    [
        "private final Map<A, B> kinds = new HashMap<>(); Bean() { kinds.put(a, b); }",
        "private final Map<A, B> kinds = new HashMap<>(); @PostConstruct void load() { kinds.put(a, b); }",
        "private final Map<A, B> carts = new HashMap<>(); void f() { Map<A, B> carts = new HashMap<>(); carts.put(a, b); }",
        "private final List<X> listeners = new ArrayList<>(); void on(X x) { listeners.add(x); }",
        "private static final Map<A, B> CARTS = Map.of();",
    ],
)
def test_what_is_filled_at_the_start_or_is_no_state_is_none(body: str) -> None:
    assert kept(body)["module_state"] == []


def test_a_counter_is_state_and_a_cache_fills_again() -> None:
    assert len(kept("private int sold; void f() { sold++; }")["module_state"]) == 1  # type: ignore[arg-type]
    found = kept("private final Map<A, B> priceCache = new ConcurrentHashMap<>(); B f(A a) { return priceCache.computeIfAbsent(a, this::g); }")  # fmt: skip
    assert found["module_state"] == []
    assert len(found["local_caches"]) == 1  # type: ignore[arg-type]


NIO = "import java.nio.file.*;\nimport java.io.*;"


@pytest.mark.parametrize(
    ("body", "writes"),
    [
        ("void f(Path p) { Files.writeString(p, x); }", True),
        ("void f(File f) { new FileOutputStream(f).write(b); }", True),
        ('void f() { Path p = Files.createTempFile("a", "b"); Files.writeString(p, x); }', False),
        ("void f(OutputStream out) { Files.copy(p, out); }", False),
        ("void init() { Files.writeString(p, x); }", False),
    ],
)
def test_files_that_requests_write_are_told(body: str, writes: bool) -> None:
    assert bool(kept(body, imports=NIO)["local_writes"]) is writes


@pytest.mark.parametrize(
    ("url", "told"),
    [("jdbc:h2:file:./data", "in a local file"), ("jdbc:h2:mem:shop", "in the memory"), ("jdbc:sqlite:shop.db", "in a local file"), ("jdbc:postgresql://db/shop", ""), ("jdbc:h2:tcp://db/shop", "")],
)  # fmt: skip
def test_a_database_of_its_own_is_told(url: str, told: str) -> None:
    found = kept("", settings=f"spring.datasource.url: {url}")["local_writes"]
    assert (f"{SETTINGS}:1" in str(found)) is bool(told)
    assert told in str(found)


LOGIN = "void f(HttpServletRequest r) { r.getSession().setAttribute(k, v); }"


def test_sessions_of_the_container_are_in_memory_without_a_shared_store() -> None:
    assert len(kept(LOGIN)["local_sessions"]) == 1  # type: ignore[arg-type]
    assert kept(LOGIN, build=pom("spring-session-data-redis"))["local_sessions"] == []


def test_false_green_a_store_that_is_switched_off_keeps_nothing() -> None:
    found = kept(
        LOGIN, build=pom("spring-session-jdbc"), settings="spring.session.store-type: none"
    )
    assert len(found["local_sessions"]) == 1  # type: ignore[arg-type]


def test_a_form_to_log_in_keeps_sessions_unless_stateless() -> None:
    form = "void f(HttpSecurity h) { h.formLogin(); }"
    assert len(kept(form)["local_sessions"]) == 1  # type: ignore[arg-type]
    stateless = form.replace(
        "h.formLogin();", "h.formLogin(); h.s(SessionCreationPolicy.STATELESS);"
    )
    assert kept(stateless)["local_sessions"] == []
