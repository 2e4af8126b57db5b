"""The sum of a metric's samples, told apart from its neighbours."""

import pytest

from auditor.formats.monitoring.exposition_total import metric_total
from auditor.formats.text.errors import Malformed

TEXT = b"""\
# HELP payments_total Payments.
# TYPE payments_total counter
payments_total{method="card"} 3
payments_total{method="cash"} 2
# TYPE payments_created gauge
payments_created{method="card"} 1.7e9
payments_total_failed 9
# TYPE refunds_total counter
# TYPE unused_total counter
unused_total 0
# TYPE unused_created gauge
unused_created 1.7e9
# TYPE latency_seconds histogram
latency_seconds_bucket{le="0.1"} 4
latency_seconds_bucket{le="+Inf"} 6
latency_seconds_count 6
latency_seconds_sum 1.5
odd_gauge NaN
"""


@pytest.mark.parametrize(
    ("metric", "total"),
    [
        ("payments_total", 5.0),
        ("payments", 5.0),
        ("latency_seconds", 6.0),
        ("unused_total", 0.0),
        ("unused", 0.0),
        ("odd_gauge", 0.0),
        ("refunds_total", None),
        ("nothing_total", None),
        ("pay", None),
    ],
)
def test_samples_are_summed_by_name_or_family_without_the_times_of_creation(
    metric: str, total: float | None
) -> None:
    assert metric_total(TEXT, metric) == total


def test_a_broken_sample_of_the_metric_is_malformed() -> None:
    with pytest.raises(Malformed):
        metric_total(b"payments_total {{{\n", "payments_total")


def test_a_label_may_hold_any_character_save_a_line_end() -> None:
    assert metric_total('up{a="x\x1c\u2028y"} 3\r\nup{a="z"} 4\r\n'.encode(), "up") == 7.0
