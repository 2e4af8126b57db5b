"""The text of a test shows stand-ins, and servers of its own."""

from __future__ import annotations

import pytest

from auditor.formats.packages.dependency_kinds import by_id
from auditor.formats.testruns.test_doubles import container, stand_in, stand_in_for


@pytest.mark.parametrize(
    ("text", "system"),
    [
        ("import fakeredis", "redis"),
        ("const R = require('ioredis-mock')", "redis"),
        ("from moto import mock_aws", "s3"),
        ("import respx", "stripe"),
        ("const nock = require('nock')", "stripe"),
        ("engine = create_engine('sqlite://')", "postgres"),
        ("session = MagicMock()", "postgres"),
        ("jest.mock('../db/connection')", "postgres"),
        ("CELERY_TASK_ALWAYS_EAGER = True", "rabbitmq"),
        ("EMAIL_BACKEND = 'django.core.mail.backends.locmem.EmailBackend'", "mail"),
    ],
)
def test_what_pretends_to_be_the_system_is_named(text: str, system: str) -> None:
    assert stand_in_for(text, by_id(system))


def test_shared_text_may_mock_other_things() -> None:
    text = "clock = MagicMock()\nimport respx\n# import fakeredis\n"
    assert stand_in_for(text, by_id("redis")) == ""
    assert stand_in(text, by_id("redis")) == "MagicMock"


def test_a_container_is_of_the_system_that_its_line_names() -> None:
    text = "import org.testcontainers.containers.PostgreSQLContainer;\n"
    assert container(text, by_id("postgres"))
    assert not container(text, by_id("redis"))
    assert not container("RedisContainer(", by_id("redis"))
