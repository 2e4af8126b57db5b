"""Queries of dashboards: what stands for a variable is put in, and only then the text is judged."""

from __future__ import annotations

import pytest

from auditor.formats.monitoring.grafana_model import Variable
from auditor.formats.monitoring.grafana_query import asked


@pytest.mark.parametrize(
    ("expr", "metrics"),
    [
        ("rate(a_total[$__rate_interval])", {"a_total"}),
        ("rate(a_total[${window}m:$__interval] offset $shift)", {"a_total"}),
        ('a{ns="$ns", pod=~"${pod:regex}", x="[[y]]"} > $limit', {"a"}),
        ("sum by ($label) (a) / ${scale}", {"a"}),
        ("$agg(a) by (job)", {"a"}),
        ("topk($k, a)", {"a"}),
        ("histogram_quantile($q, sum by (le) (rate(h_bucket[5m])))", {"h_bucket"}),
        ("$fn(a_total[5m])", {"a_total"}),
        ("vector(1)", set()),
    ],
)
def test_variables_are_put_in_by_where_they_stand(expr: str, metrics: set[str]) -> None:
    found = asked(expr)
    assert (set(found.metrics), found.error, found.open) == (metrics, "", False)


@pytest.mark.parametrize("expr", ["$metric", "${prefix}_total{a='b'}", '{__name__=~"a.*"}'])
def test_a_name_that_a_variable_makes_is_no_metric_but_some_series(expr: str) -> None:
    found = asked(expr)
    assert (found.metrics, found.any_metric, found.selects) == (frozenset(), True, True)


def test_a_constant_is_put_in_as_it_is() -> None:
    assert asked("${p}_total", [Variable("p", "constant", "shop")]).metrics == {"shop_total"}


def test_what_is_no_promql_is_told_only_where_no_variable_may_be_the_reason() -> None:
    assert "not valid PromQL" in asked("sum(rate(a[5m])").error
    doubtful = asked("sum(rate($x a[5m])")
    assert (doubtful.error, doubtful.open) == ("", True)
    assert asked("a" * 60_000).open
    assert asked("(" * 5_000 + "a").open
