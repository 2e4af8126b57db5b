"""Settings keep what their values point at, and never the values."""

from __future__ import annotations

import pytest

from auditor.formats.settings.deployed_settings import (
    Setting,
    of_compose,
    of_dotenv,
    of_kubernetes,
    setting,
)
from auditor.formats.text.errors import Malformed


@pytest.mark.parametrize(
    ("value", "scheme", "host"),
    [
        ("postgresql+asyncpg://user:secret@db:5432/shop", "postgresql", "db"),
        ("jdbc:mysql://db/shop", "mysql", "db"),
        ("sqlite:///x.db", "sqlite", ""),
        ("'SQLite'", "sqlite", ""),
        ("redis-cart:6379", "", "redis-cart"),
        ("hunter2 secret", "", ""),
    ],
)
def test_a_value_is_reduced_to_scheme_and_host(value: str, scheme: str, host: str) -> None:
    assert setting("A", value) == Setting("A", scheme, host)


def test_comments_of_a_dotenv_file_are_no_settings() -> None:
    assert of_dotenv("# A=1\nexport B=redis://c\n\nx\n") == (Setting("B", "redis", "c", 2),)


def test_compose_gives_both_forms_of_environment() -> None:
    text = "services:\n  a: {environment: [A=1, B]}\n  b:\n    environment:\n      C: s3://x\n"
    found = of_compose(text)
    assert [s.name for s in found["a"]] == ["A", "B"]
    assert found["b"] == (Setting("C", "s3", "x", 5),)


def test_kubernetes_gives_the_containers_of_workloads_alone() -> None:
    text = """
kind: CronJob
metadata: {name: nightly}
spec: {jobTemplate: {spec: {template: {spec: {containers: [{image: shop:1, env: [{name: REDIS_ADDR, value: "r:1"}]}]}}}}}
---
kind: Service
spec: {containers: [{image: x}]}
"""
    (one,) = of_kubernetes(text)
    assert (one.workload, one.image) == ("nightly", "shop:1")
    assert [(s.name, s.host) for s in one.settings] == [("REDIS_ADDR", "r")]


def test_broken_yaml_is_refused() -> None:
    with pytest.raises(Malformed):
        of_kubernetes("a: [")
