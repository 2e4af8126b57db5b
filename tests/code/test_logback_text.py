"""What a configuration of Logback or Log4j 2 is told to write."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from auditor.code.java.logback_text import Level, Written, appenders, in_production, levels

ENCODER = '<encoder class="net.logstash.logback.encoder.LogstashEncoder"/>'
PATTERN = "<encoder><pattern>%msg%n</pattern></encoder>"


def appender(name: str, inner: str) -> str:
    """An appender of Logback."""
    return f'<appender name="{name}" class="X">{inner}</appender>\n'


def root(*names: str, level: str = "INFO") -> str:
    """The root logger with some appenders."""
    refs = "".join(f'<appender-ref ref="{n}"/>' for n in names)
    return f'<root level="{level}">{refs}</root>\n'


def test_appenders_that_the_root_uses_are_told_from_others() -> None:
    text = f"<configuration>\n{appender('J', ENCODER)}{appender('T', PATTERN)}{root('T')}</configuration>"
    assert list(appenders(in_production(text))) == [
        Written("J", 2, True, False),
        Written("T", 3, False, True),
    ]


def test_an_appender_behind_another_is_used() -> None:
    behind = appender("A", '<appender-ref ref="J"/>')
    text = appender("J", ENCODER) + behind + root("A")
    assert list(appenders(in_production(text))) == [Written("J", 1, True, True)]


def test_what_stands_in_a_remark_or_another_profile_is_none() -> None:
    text = f'<!-- {appender("J", ENCODER)} -->\n<springProfile name="dev">{appender("T", PATTERN)}{root("T")}</springProfile>'
    assert list(appenders(in_production(text))) == []
    assert list(appenders(in_production(text, frozenset({"dev"})))) != []


def test_a_profile_that_is_not_development_runs_in_production() -> None:
    text = f'<springProfile name="!dev">{appender("J", ENCODER)}{root("J")}</springProfile>'
    assert list(appenders(in_production(text))) == [Written("J", 1, True, True)]


def test_files_of_spring_boot_bring_a_console() -> None:
    text = f'<include resource="org/springframework/boot/logging/logback/console-appender.xml"/>\n{root("CONSOLE")}'
    assert list(appenders(in_production(text))) == [Written("CONSOLE", 1, False, True)]


def test_an_encoder_of_its_own_is_not_known() -> None:
    text = appender("J", '<encoder class="shop.Encoder"/>') + root("J")
    assert list(appenders(in_production(text))) == [Written("J", 1, None, True)]


def test_log4j_is_read() -> None:
    text = '<Configuration>\n<Appenders>\n<Console name="C">\n<JsonTemplateLayout/></Console>\n</Appenders>\n<Loggers><Root level="info"><AppenderRef ref="C"/></Root></Loggers></Configuration>'
    assert list(appenders(in_production(text))) == [Written("C", 3, True, True)]


def test_levels_are_read_with_their_loggers() -> None:
    text = f'{root(level="${LEVEL:-INFO}")}<logger name="shop" level="DEBUG"/>'
    assert list(levels(in_production(text))) == [
        Level("", 1, "${LEVEL:-INFO}"),
        Level("shop", 2, "DEBUG"),
    ]


@given(st.text(alphabet='<>/="\n appenderrootlevelrefJ-!', max_size=300))
def test_any_text_keeps_its_lines_and_is_read(text: str) -> None:
    code = in_production(text)
    assert code.count("\n") == text.count("\n")
    assert all(one.line <= text.count("\n") + 1 for one in appenders(code))
