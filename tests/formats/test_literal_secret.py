"""Telling secrets from settings, references and stand-ins."""

from __future__ import annotations

import pytest

from auditor.formats.secrets.literal_secret import (
    ValueKind,
    names_a_secret,
    secret_kind,
    value_kind,
)


@pytest.mark.parametrize(
    "name",
    [
        "POSTGRES_PASSWORD",
        "PGPASSWORD",
        "MYSQL_PWD",
        "REDIS_PASS",
        "apiKey",
        "clientSecret",
        "JWT_SECRET",
        "SECRET_KEY_BASE",
        "AWS_SECRET_ACCESS_KEY",
        "GITHUB_TOKEN",
        "FERNET_KEY",
        "db.password",
    ],
)
def test_a_name_that_promises_a_secret(name: str) -> None:
    assert names_a_secret(name)


@pytest.mark.parametrize(
    "name",
    [
        "TOKEN_TTL",
        "MAX_TOKENS",
        "DATABASE_PASSWORD_FILE",
        "ACCESS_TOKEN_EXPIRE_MINUTES",
        "AWS_ACCESS_KEY_ID",
        "TOKENIZERS_PARALLELISM",
        "PASSENGER_APP_ENV",
        "PRIMARY_KEY",
        "SSH_PUBLIC_KEY",
        "SECRET_NAME",
        "BYPASS",
        "PWD",
        "KEYCLOAK_USER",
        "",
    ],
)
def test_a_name_that_does_not(name: str) -> None:
    assert not names_a_secret(name)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("hunter2", ValueKind.LITERAL),
        ("'hunter2'", ValueKind.LITERAL),
        ("p4$$word", ValueKind.LITERAL),
        ("1234", ValueKind.LITERAL),
        ("admin", ValueKind.LITERAL),
        ("${PASSWORD:-admin}", ValueKind.DEFAULT),
        ("${PASSWORD-admin}", ValueKind.DEFAULT),
        ("${PASSWORD:-changeme}", ValueKind.PLACEHOLDER),
        ("${PASSWORD:-}", ValueKind.EMPTY),
        ("${PASSWORD:-${OTHER}}", ValueKind.REFERENCE),
        ("${PASSWORD:?set it}", ValueKind.REFERENCE),
        ("${PASSWORD}", ValueKind.REFERENCE),
        ("$PASSWORD", ValueKind.REFERENCE),
        ("${A}-${B}", ValueKind.REFERENCE),
        ("${{ secrets.TOKEN }}", ValueKind.REFERENCE),
        ("/run/secrets/db", ValueKind.REFERENCE),
        ("vault:secret/db#word", ValueKind.REFERENCE),
        ("ENC[AES256,data:x]", ValueKind.REFERENCE),
        ("<your password>", ValueKind.PLACEHOLDER),
        ("change-me-please", ValueKind.PLACEHOLDER),
        ("your-token", ValueKind.PLACEHOLDER),
        ("xxxxxxxx", ValueKind.PLACEHOLDER),
        ("****", ValueKind.PLACEHOLDER),
        ("TODO", ValueKind.PLACEHOLDER),
        ("true", ValueKind.SETTING),
        ("30", ValueKind.SETTING),
        ("", ValueKind.EMPTY),
        (None, ValueKind.EMPTY),
    ],
)
def test_what_stands_in_the_place_of_a_secret(value: str | None, kind: ValueKind) -> None:
    assert value_kind(value) is kind


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("postgres://app:hunter2@db:5432/app", ValueKind.LITERAL),
        ("redis://:hunter2@cache", ValueKind.LITERAL),
        ("postgres://app:${PASSWORD}@db/app", ValueKind.REFERENCE),
        ("postgres://app:${PASSWORD:-app}@db/app", ValueKind.DEFAULT),
        ("postgres://db:5432/app", None),
        ("https://example.net/a:b@c", None),
    ],
)
def test_a_password_inside_a_url_counts_whatever_the_name(
    value: str, kind: ValueKind | None
) -> None:
    assert secret_kind("DATABASE_URL", value) is kind
