"""Checks from outside, by what a blackbox exporter recorded in Prometheus."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.model.evidence import Evidence
from auditor.probing.testing import problems, values
from probes.monitoring.outside_checks import outside_checks
from tests.probes.monitoring.apis import Apis, ask

Rows = list[tuple[dict[str, str], str]]
URL = "https://staging.test/api"


def check(instance: str = "https://staging.test/health", job: str = "blackbox") -> dict[str, str]:
    """The labels of a check."""
    return {"job": job, "instance": instance}


def seen(shares: Rows, counts: Rows | None = None, url: str | None = URL, **more: Any) -> Evidence:
    """The probe of a deployment, with the share of successes of each check."""
    vectors = {"avg_over_time": shares, "count_over_time": counts or []}
    return ask(outside_checks, Apis(vectors=vectors, **more), url=url)


def test_present_a_check_of_the_deployment_tells_its_share_and_samples() -> None:
    evidence = seen([(check(), "1")], [(check(), "2880")])
    assert problems(evidence) == []
    assert values(evidence) == {
        "outside.checks": ["blackbox https://staging.test/health: 100.00 % of 2880 in a day"],
        "outside.dead": [],
        "outside.unstable": [],
    }


def test_missing_checks_are_a_fact() -> None:
    assert set(map(str, values(seen([])).values())) == {"[]"}


@pytest.mark.parametrize("instance", ["https://other.test/", "staging.test.evil.test:443", ""])
def test_a_check_of_another_host_is_none_of_the_deployment(instance: str) -> None:
    assert values(seen([(check(instance), "1")]))["outside.checks"] == []


@pytest.mark.parametrize("label", ["target", "url", "instance"])
def test_the_address_may_stand_in_any_label(label: str) -> None:
    labels = {"job": "blackbox", label: "staging.test:443"}
    assert len(values(seen([(labels, "1")]))["outside.checks"]) == 1  # type: ignore[arg-type]


def test_without_a_prometheus_or_a_deployment_there_is_nothing_to_look_at() -> None:
    assert problems(seen([], url=None)) == ["not_configured"]
    assert problems(ask(outside_checks, Apis(), url=URL, prometheus=None)) == ["not_configured"]


def test_malformed_and_denied_answers_are_told() -> None:
    assert problems(seen([], body="<html>login")) == ["malformed"]
    assert problems(seen([], status=403)) == ["denied"]


@pytest.mark.parametrize("share", ["0", "NaN"])
def test_false_green_a_check_that_never_succeeded_watches_nothing(share: str) -> None:
    found = values(seen([(check(), share)]))
    assert len(found["outside.dead"]) == 1  # type: ignore[arg-type]


def test_false_green_a_check_that_fails_now_and_then_is_unstable_and_not_its_best() -> None:
    found = values(seen([(check(), "0.9")], [(check(), "100")]))
    assert found["outside.unstable"] == [
        "blackbox https://staging.test/health: 90.00 % of 100 in a day"
    ]
    assert found["outside.dead"] == []
