"""The metrics that source code defines, by the calls of client libraries."""

from __future__ import annotations

import pytest

from auditor.code.topics.metric_definitions import Definition, definitions

PYTHON = '''
"""Counter("in_a_docstring_total", "") of prometheus_client"""
from collections import Counter as Tally
from prometheus_client import Counter, Histogram, Gauge

NS = "shop"
# OLD = Counter("commented_total", "")
ORDERS = Counter("orders_total", "", ["kind"])
TIME = Histogram(name="pay_seconds", documentation="", namespace=NS, subsystem="api")
PAID = Counter(f"{PREFIX}_paid_total", "")
OTHER = Gauge(NAME_OF_IT, "")
'''
GO = """package x
const namespace = "shop"
var orders = promauto.NewCounterVec(prometheus.CounterOpts{
\tNamespace: namespace, Subsystem: "web", Name: "orders_total", Help: "h"}, nil)
var up = prometheus.NewDesc(prometheus.BuildFQName(namespace, "", "up_info"), "", nil, nil)
"""
JAVA = """import io.micrometer.core.instrument.*;
class A {
  Counter placed = Counter.builder("orders.placed").register(registry);
  void pay() { meterRegistry.counter("orders.paid", "k", "v").increment(); }
  @Timed("pay.time") void x() {}
  // Counter.builder("commented")
}
"""


@pytest.mark.parametrize(
    ("path", "text", "names"),
    [
        ("a.py", PYTHON, ["orders_total", "shop_api_pay_seconds", "paid_total"]),
        ("a.go", GO, ["shop_web_orders_total", "shop_up_info"]),
        ("A.java", JAVA, ["orders_placed", "orders_paid", "pay_time"]),
        ("a.ts", "import c from 'prom-client';\nconst a = new c.Counter({ help: 'h', name: 'a_total' });\n", ["a_total"]),
        ("a.rb", "prometheus = Prometheus::Client.registry\nprometheus.counter(:a_total, docstring: 'x')\n", ["a_total"]),
        ("a.rs", 'use prometheus::*;\nlet a = register_int_counter!("a_total", "h");\n', ["a_total"]),
        ("A.cs", 'using Prometheus;\nvar a = Metrics.CreateCounter("a_total", "h");\n', ["a_total"]),
        ("a.php", "<?php // prometheus\n$r->getOrRegisterCounter('shop', 'a_total', 'h');\n", ["shop_a_total"]),
        ("a.py", "import opentelemetry\nm.create_counter('orders.placed')\n", ["orders_placed"]),
    ],
)  # fmt: skip
def test_definitions_are_found_in_the_calls_of_each_library(
    path: str, text: str, names: list[str]
) -> None:
    assert [one.name for one in definitions(text, path).found] == names


def test_a_name_that_is_computed_is_kept_by_its_end_or_counted_as_open() -> None:
    found = definitions(PYTHON, "a.py")
    paid = found.found[-1]
    assert (paid.whole, paid.makes("shop_paid_total"), paid.makes("unpaid_total")) == (False, True, False)  # fmt: skip
    assert found.open == 1
    assert [one.holder for one in found.found] == ["ORDERS", "TIME", "PAID"]


@pytest.mark.parametrize(
    "text",
    [
        "from collections import Counter\nx = Counter('abracadabra')\n# metrics\n",
        "def prometheus(): pass\n",
        "",
    ],
)
def test_a_counter_of_something_else_is_no_metric(text: str) -> None:
    assert definitions(text, "a.py").found == ()


def test_series_are_known_by_what_libraries_put_behind_a_name() -> None:
    one = Definition("orders_placed", 1)
    assert all(
        one.makes(s)
        for s in ("orders_placed", "orders_placed_total", "orders_placed_seconds_bucket")
    )
    assert not any(one.makes(s) for s in ("orders", "orders_placed_late", "x_orders_placed"))
