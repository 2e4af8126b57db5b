"""What code.logging says of Java services."""

from __future__ import annotations

import pytest

from probes.code.logging import logging
from tests.probes.code.java_services import SETTINGS, TOP, facts, pom, service

RESOURCES = "src/main/resources"
JSON = '<appender name="J" class="X"><encoder class="net.logstash.logback.encoder.LogstashEncoder"/></appender>\n'
TEXT = '<appender name="T" class="X"><encoder><pattern>%msg</pattern></encoder></appender>\n'
ROOT = '<root level="{level}"><appender-ref ref="{name}"/></root>\n'
MDC = "import org.slf4j.MDC;"


def logged(body: str = "", imports: str = "", config: str = "", name: str = "logback-spring.xml", **more: str) -> dict[str, object]:  # fmt: skip
    """The facts of a service with a configuration of Logback."""
    repo = service(body, imports, **more)  # type: ignore[arg-type]
    if config:
        repo[f"{RESOURCES}/{name}"] = f"<configuration>\n{config}</configuration>\n"
    return facts(logging, repo)


def test_json_that_the_root_uses_is_structured() -> None:
    found = logged(config=JSON + ROOT.format(level="INFO", name="J"))
    assert found["structured"] == [f"{RESOURCES}/logback-spring.xml:2 appender J"]
    assert found["plain"] == found["ineffective"] == found["conditional"] == []


def test_false_green_json_that_no_logger_uses_is_ineffective() -> None:
    found = logged(config=JSON + TEXT + ROOT.format(level="INFO", name="T"))
    assert found["structured"] == []
    assert found["ineffective"] == [
        f"{RESOURCES}/logback-spring.xml:2 appender J: no logger uses it"
    ]


@pytest.mark.parametrize(
    ("config", "name"),
    [
        (f'<springProfile name="staging">{JSON}{ROOT.format(level="INFO", name="J")}</springProfile>', "logback-spring.xml"),
        (f"<!-- {JSON} -->{TEXT}{ROOT.format(level='INFO', name='T')}", "logback-spring.xml"),
        (JSON + ROOT.format(level="INFO", name="J"), "logback-other.xml"),
    ],
    ids=["another profile", "a remark", "another file"],
)  # fmt: skip
def test_false_green_json_that_is_not_in_force_is_none(config: str, name: str) -> None:
    assert logged(config=config, name=name)["structured"] == []


def test_spring_boot_writes_text_by_itself() -> None:
    found = logged()
    assert found["plain"] == [f"{TOP}/App.java:5 Spring Boot's own console pattern"]
    assert found["structured"] == []


def test_a_setting_switches_structured_logs_on() -> None:
    found = logged(settings="logging.structured.format.console: ecs")
    assert found["structured"] == [f"{SETTINGS}:1 logging.structured.format.console"]
    assert found["plain"] == []


def test_the_file_that_a_setting_names_is_in_force() -> None:
    settings = "logging.config: classpath:logback-json.xml"
    found = logged(config=JSON + ROOT.format(level="INFO", name="J"), name="logback-json.xml", settings=settings)  # fmt: skip
    assert found["structured"]


def test_levels_come_from_the_environment_of_spring_boot() -> None:
    found = logged()
    assert found["level_from_environment"] == [
        f"{TOP}/App.java:5 logging.level.* in the environment of Spring Boot"
    ]
    assert found["level_fixed"] == []


@pytest.mark.parametrize(
    ("settings", "fixed"),
    [("logging.level.root: DEBUG", True), ("logging.level.shop: trace", True), ("logging.level.org.hibernate: DEBUG", False), ("logging.level.root: INFO", False)],
)  # fmt: skip
def test_levels_that_are_written_as_debug_are_told(settings: str, fixed: bool) -> None:
    assert bool(logged(settings=settings)["level_fixed"]) is fixed


def test_a_root_at_debug_in_the_configuration_is_told() -> None:
    found = logged(config=TEXT + ROOT.format(level="DEBUG", name="T"))
    assert found["level_fixed"] == [f"{RESOURCES}/logback-spring.xml:3 logger root at DEBUG"]


def test_prints_are_told() -> None:
    body = 'void f() { System.out.println("x"); try { g(); } catch (Exception e) { e.printStackTrace(); } }'
    assert logged(body)["prints"] == [
        f"{TOP}/Bean.java:5 System.out.println",
        f"{TOP}/Bean.java:5 printStackTrace",
    ]
    assert logged('String s = "System.out.println(1)"; // System.out.println(1)')["prints"] == []


PUTS = '@EventListener void f() { MDC.put("requestId", id); }'


@pytest.mark.parametrize(
    ("config", "shown"),
    [
        (JSON + ROOT.format(level="INFO", name="J"), True),
        (TEXT.replace("%msg", "%X{requestId} %msg") + ROOT.format(level="INFO", name="T"), True),
        (TEXT + ROOT.format(level="INFO", name="T"), False),
    ],
)
def test_an_id_counts_where_lines_show_it(config: str, shown: bool) -> None:
    assert bool(logged(PUTS, MDC, config)["correlation"]) is shown


def test_false_green_an_id_that_nothing_puts_is_none() -> None:
    body = 'void put() { MDC.put("requestId", id); }'
    config = JSON + ROOT.format(level="INFO", name="J")
    assert logged(body, MDC, config)["correlation"] == []
    assert (
        logged('@EventListener void f() { MDC.put("user", id); }', MDC, config)["correlation"] == []
    )


def test_a_tracer_among_the_dependencies_puts_ids_on_lines_unless_the_pattern_hides_them() -> None:
    build = pom("micrometer-tracing-bridge-otel")
    assert logged(build=build)["correlation"]
    hidden = TEXT + ROOT.format(level="INFO", name="T")
    assert logged(config=hidden, build=build)["correlation"] == []
