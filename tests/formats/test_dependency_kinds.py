"""Images, settings and packages mean external systems, and not more than they say."""

from __future__ import annotations

import pytest

from auditor.formats.packages.dependency_kinds import (
    SOME,
    STORES,
    VENDORS,
    by_id,
    of_image,
    of_package,
    of_setting,
    pretended,
    reduced,
)
from auditor.formats.web.external_systems import named, names_in


@pytest.mark.parametrize(
    ("image", "system"),
    [
        ("postgres:16", "postgres"),
        ("ghcr.io:443/acme/postgis@sha256:0", "postgres"),
        ("valkey/valkey:7.2", "redis"),
        ("bitnamilegacy/minio:2024", "s3"),
        ("dpage/pgadmin4", None),
        ("prom/redis-exporter", None),
        ("stripe/stripe-mock:v1", None),
    ],
)
def test_an_image_is_a_server_by_its_whole_last_name(image: str, system: str | None) -> None:
    found = of_image(image)
    assert (found and found.id) == system


@pytest.mark.parametrize(
    ("name", "scheme", "system"),
    [
        ("DATABASE_URL", "", "some_database"),
        ("DATABASE_URL", "postgresql", "postgres"),
        ("DATABASE_URL", "sqlite", None),
        ("DATABASE_URL", "mysql+pymysql", "mysql"),
        ("POLAR_REDIS_HOST", "", "redis"),
        ("AWS_S3_BUCKET_NAME", "", "s3"),
        ("EMAIL_USE_TLS", "", None),
        ("SLACK_CLIENT_ID", "", "slack"),
        ("SLACK_ENABLED", "", None),
        ("PRODUCT_CATALOG_SERVICE_ADDR", "", "api_productcatalog"),
        ("APP_BASE_URL", "", None),
        ("API_KEY_RATE_LIMIT", "", None),
        ("KUBERNETES_SERVICE_HOST", "", None),
        ("PORT", "", None),
    ],
)
def test_a_setting_means_a_system_by_scheme_before_name(
    name: str, scheme: str, system: str | None
) -> None:
    found = of_setting(name, scheme)
    assert (found and found.id) == system


@pytest.mark.parametrize(
    ("package", "system"),
    [
        ("psycopg2-binary", "postgres"), ("asyncpg", "postgres"), ("sqlalchemy", "some_database"), ("redis", "redis"),
        ("pika", "rabbitmq"), ("celery", "some_broker"), ("aiokafka", "kafka"), ("boto3", "aws"), ("pg", "postgres"),
        ("elasticsearch", "elasticsearch"), ("ioredis", "redis"), ("amqplib", "rabbitmq"), ("mongoose", "mongo"),
        ("github.com/redis/go-redis", "redis"), ("github.com/jackc/pgx", "postgres"), ("@shopify/flash-list", None),
        ("pgcli", None), ("fakeredis", None),
    ],
)  # fmt: skip
def test_a_package_is_a_client_by_its_whole_name(package: str, system: str | None) -> None:
    found = of_package(package)
    assert (found and found.id) == system


def test_ids_are_unique() -> None:
    ids = [system.id for system in (*STORES, *SOME, *VENDORS)]
    assert len(ids) == len(set(ids))


def test_a_mapper_adds_no_second_database() -> None:
    found = {
        i: by_id(i) for i in ("postgres", "some_database", "some_broker", "redis", "s3", "aws")
    }
    assert set(reduced(found)) == {"postgres", "redis", "s3"}
    alone = {"some_database": by_id("some_database")}
    assert reduced(alone) == alone


def test_a_mock_image_shows_what_it_pretends_to_be() -> None:
    assert pretended("stripe/stripe-mock:v1") == by_id("stripe")
    assert pretended("stripe/stripe-cli") is None


def test_names_are_joined_and_lose_their_accents() -> None:
    assert {"opensearch", "search"} <= names_in("OpenSearchIT")
    assert "busqueda" in names_in("test_búsqueda")


def test_a_systems_own_name_counts_before_its_kind() -> None:
    systems = [by_id("postgres"), by_id("mongo"), by_id("redis")]
    assert named(systems, "test_mongo_repository") == [by_id("mongo")]
    assert named(systems, "test_repository") == [by_id("postgres"), by_id("mongo")]
    assert named(systems, "test_prices") == []
