"""Which of what a Prometheus scrapes is the audited service."""

from __future__ import annotations

import pytest

from auditor.formats.monitoring.prometheus_api import ScrapeTarget
from auditor.formats.monitoring.promql_selectors import selectors
from auditor.probing.monitoring.prometheus_api import Scope, quoted, scope_of


def target(url: str = "http://a:1/metrics", **labels: str) -> ScrapeTarget:
    """A target with these labels."""
    return ScrapeTarget(labels, url, "up", "", None)


def test_the_name_of_the_job_comes_before_other_labels() -> None:
    found = scope_of([target(job="orders"), target(job="x", app="orders")], "Orders", None)
    assert found is not None
    assert (found.label, found.values, len(found.targets)) == ("job", ("orders",), 1)


@pytest.mark.parametrize("job", ["orders-db", "my-orders", "", "orders/x"])
def test_a_similar_name_is_another_service(job: str) -> None:
    assert scope_of([target(job=job)], "orders", None) is None


@pytest.mark.parametrize(
    ("scraped", "url"),
    [
        ("https://orders.corp/metrics", "https://orders.corp:443/"),
        ("http://orders.corp:8000/metrics", "http://ORDERS.corp:8000"),
    ],
)
def test_a_target_at_the_deployments_address_is_the_service(scraped: str, url: str) -> None:
    found = scope_of([target(scraped, job="web", instance="i:1")], "orders", url)
    assert found is not None
    assert found.matcher == 'instance=~"i:1"'


@pytest.mark.parametrize("url", ["http://orders.corp:8001", "http://other:8000", "http://[", None])
def test_a_target_elsewhere_is_not(url: str | None) -> None:
    scraped = target("http://orders.corp:8000/metrics", job="web", instance="i:1")
    assert scope_of([scraped], "orders", url) is None


def test_names_are_escaped_as_patterns_and_as_strings() -> None:
    scope = Scope("job", ('a.b"', "c|d"), ())
    assert scope.matcher == r'job=~"a\\.b\"|c\\|d"'
    assert quoted("a\nb") == r'"a\nb"'


def test_a_selector_of_another_job_does_not_admit_the_service() -> None:
    scope = Scope("job", ("orders",), (target(job="orders", env="live"),))
    (mine, other, elsewhere) = (
        selectors(text)[0]
        for text in ('up{job=~"or.*", code="x"}', 'up{job="x"}', 'up{env!="live"}')
    )
    assert (scope.admits(mine), scope.admits(other), scope.admits(elsewhere)) == (
        True,
        False,
        False,
    )
