"""What code.feature_flags says of Java services."""

from __future__ import annotations

import pytest

from probes.code.feature_flags import feature_flags
from tests.probes.code.java_services import TOP, facts, service

UNLEASH = "import io.getunleash.*;"
ASKS = 'boolean on() { return unleash.isEnabled("new"); }'
CALLER = "void run() { bean.on(); }"


def flagged(body: str, imports: str = UNLEASH, caller: str = CALLER) -> dict[str, object]:
    """The facts of a bean with this body."""
    return facts(feature_flags, service(body, imports, caller=caller))


def test_a_flag_that_is_asked_for_where_something_calls_counts() -> None:
    found = flagged(f"Unleash unleash = new DefaultUnleash(config); {ASKS}")
    assert found["evaluated"] == [f"{TOP}/Bean.java:5 Unleash: isEnabled"]
    assert found["clients"] == [f"{TOP}/Bean.java:5 Unleash"]
    assert found["unused_clients"] == []


def test_a_client_that_a_starter_makes_needs_no_constructor() -> None:
    assert flagged(f"private final Unleash unleash; {ASKS}")["evaluated"]


def test_false_green_a_client_that_nothing_asks_is_unused() -> None:
    found = flagged("Unleash unleash = new DefaultUnleash(config);")
    assert found["evaluated"] == []
    assert found["unused_clients"] == [f"{TOP}/Bean.java:5 Unleash: no flag is asked for"]


def test_false_green_a_question_in_a_method_that_nothing_calls_is_none() -> None:
    assert flagged(f"Unleash unleash; {ASKS}", caller="")["evaluated"] == []


@pytest.mark.parametrize(
    ("body", "imports", "why"),
    [
        (f"Unleash unleash = new FakeUnleash(); {ASKS}", UNLEASH, "it is offline"),
        ('LDClient c = new LDClient(k, new LDConfig.Builder().offline(true).build()); boolean on() { return c.boolVariation("x", u, false); }', "import com.launchdarkly.sdk.server.*;", "it is offline"),
        ('Client c = OpenFeatureAPI.getInstance().getClient(); boolean on() { return c.getBooleanValue("x", false); }', "import dev.openfeature.sdk.*;", "no provider is set"),
    ],
)  # fmt: skip
def test_false_green_a_client_that_asks_nobody_is_unused(body: str, imports: str, why: str) -> None:
    found = flagged(body, imports)
    assert found["evaluated"] == []
    assert why in str(found["unused_clients"])


def test_features_of_togglz_are_asked_by_their_enumeration() -> None:
    found = flagged("boolean on() { return Features.NEW_PRICE.isActive(); }", "import org.togglz.core.*;")  # fmt: skip
    assert found["evaluated"] == [f"{TOP}/Bean.java:5 Togglz: isActive"]


def test_switches_of_the_settings_need_a_new_start() -> None:
    body = '@Value("${pricing.new.enabled}") boolean on; @Bean @ConditionalOnProperty(prefix = "mail", name = "on") X mail() { return x; }'
    found = flagged(body, "import java.util.*;")
    assert found["evaluated"] == []
    assert found["from_environment"] == [
        f"{TOP}/Bean.java:5 mail.on",
        f"{TOP}/Bean.java:5 pricing.new.enabled",
    ]


def test_false_green_a_namesake_of_another_library_is_none() -> None:
    found = flagged(f"Unleash unleash; {ASKS}", "import org.other.Unleash;")
    assert found["evaluated"] == []
