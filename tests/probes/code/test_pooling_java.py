"""What code.pooling says of Java services."""

from __future__ import annotations

import pytest

from auditor.probing.testing import problems
from probes.code.pooling import pooling
from tests.probes.code.java_services import SETTINGS, TOP, evidence, facts, pom, service

JPA = pom("spring-boot-starter-data-jpa")
URL = "spring.datasource.url: jdbc:postgresql://db/shop\n"


def booted(settings: str = URL, build: str = JPA, body: str = "", imports: str = "", notes: str = ""):  # type: ignore[no-untyped-def]  # fmt: skip
    """The facts of a Spring Boot service."""
    imports = f"import jakarta.persistence.Entity;\n{imports}"
    return facts(pooling, service(body, imports, build=build, settings=settings, notes=notes))


def test_spring_boot_makes_a_pool_of_ten_by_itself() -> None:
    found = booted()
    assert found["declared"] == [f"{SETTINGS}:1 HikariCP by the settings"]
    assert found["settings"] == [f"{SETTINGS}:1 HikariCP: at most 10"]
    assert found["none"] == found["unbounded"] == []


@pytest.mark.parametrize(
    ("settings", "build", "said"),
    [
        (f"{URL}spring.datasource.hikari.maximumPoolSize: 30", JPA, "HikariCP: at most 30 (maximumPoolSize=30)"),
        (f"{URL}spring.datasource.hikari.maximum-pool-size: ${{POOL}}", JPA, "HikariCP: its most is not written here (maximum-pool-size=set elsewhere)"),
        (f"{URL}spring.datasource.druid.max-active: 20", pom("mybatis-spring-boot-starter", "druid-spring-boot-starter"), "Druid: at most 20 (max-active=20)"),
        (f"{URL}spring.datasource.type: org.apache.tomcat.jdbc.pool.DataSource", JPA, "Tomcat JDBC: at most 100"),
        ("", JPA, "HikariCP: at most 10"),
    ],
)  # fmt: skip
def test_the_packaged_settings_count(settings: str, build: str, said: str) -> None:
    assert said in str(booted(settings, build)["settings"])


def test_a_pool_without_a_limit_is_told() -> None:
    settings = f"{URL}spring.datasource: {{type: org.apache.commons.dbcp2.BasicDataSource, dbcp2.max-total: -1}}"
    assert len(booted(settings)["unbounded"]) == 1  # type: ignore[arg-type]


def test_false_green_a_source_that_pools_nothing_is_none() -> None:
    settings = (
        f"{URL}spring.datasource.type: org.springframework.jdbc.datasource.SimpleDriverDataSource"
    )
    found = booted(settings)
    assert found["declared"] == []
    assert found["none"] == [f"{SETTINGS}:2 SimpleDriverDataSource opens a connection each time"]


def test_false_green_without_a_starter_nothing_makes_a_pool() -> None:
    assert "declared" not in booted(URL, "<project/>")
    repo = service("", "import jakarta.persistence.Entity;", settings=URL)
    assert problems(evidence(pooling, repo)) == ["vacuous"]


JDBC = "import java.sql.DriverManager;"


def test_false_green_a_connection_for_each_call_is_no_pool() -> None:
    found = booted("", "<project/>", "void load() { DriverManager.getConnection(url); }", JDBC)
    assert found["none"] == [f"{TOP}/Bean.java:6 getConnection opens a connection each time"]
    assert found["declared"] == []


HIKARI = "import com.zaxxer.hikari.*;"


def test_a_pool_that_code_makes_is_read_with_its_config() -> None:
    body = "@Bean DataSource ds() { HikariConfig c = new HikariConfig(); c.setMaximumPoolSize(7); return new HikariDataSource(c); }"
    found = booted("", JPA, body, HIKARI)
    assert found["declared"] == [f"{TOP}/Bean.java:6 HikariCP: HikariDataSource"]
    assert found["settings"] == [f"{TOP}/Bean.java:6 HikariCP: HikariDataSource: at most 7"]


def test_false_green_a_pool_for_one_call_is_none() -> None:
    body = (
        "void load() { try (HikariDataSource d = new HikariDataSource()) { d.getConnection(); } }"
    )
    found = booted("", "<project/>", body, HIKARI)
    assert found["declared"] == []
    assert "by each call of load" in str(found["none"])


def test_quarkus_and_mongo_pool_by_themselves() -> None:
    found = booted("quarkus.datasource.jdbc.max-size: 9", pom("quarkus-jdbc-postgresql"))
    assert "Agroal: at most 9" in str(found["settings"])
    found = booted("", pom("spring-boot-starter-data-mongodb"))
    assert "MongoDB: at most 100" in str(found["settings"])


def test_a_service_without_a_database_has_empty_lists() -> None:
    assert set(map(str, facts(pooling, service()).values())) <= {"[]", "()"}
