"""Quantiles of buckets, as `histogram_quantile` gives them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.monitoring.histogram_buckets import read


@pytest.mark.parametrize(
    ("counts", "share", "value", "upper"),
    [
        ({"1": 100.0, "+Inf": 100.0}, 0.5, 0.5, 1.0),
        ({"0.1": 50.0, "0.5": 100.0, "+Inf": 100.0}, 0.95, 0.46, 0.5),
        ({"0.1": 0.0, "0.5": 100.0, "+Inf": 100.0}, 0.5, 0.3, 0.5),
        ({"5e-1": 100.0, "+Inf": 100.0}, 1.0, 0.5, 0.5),
    ],
)
def test_a_quantile_is_interpolated_within_its_bucket(
    counts: dict[str, float], share: float, value: float, upper: float
) -> None:
    found = read(counts)
    assert found is not None
    quantile = found.quantile(share)
    assert quantile is not None
    assert (quantile.value, quantile.upper) == (pytest.approx(value), upper)


def test_false_green_beyond_the_largest_bound_there_is_no_quantile() -> None:
    found = read({"0.1": 90.0, "+Inf": 100.0})
    assert found is not None
    assert found.quantile(0.95) is None


def test_false_green_nothing_observed_has_no_quantile() -> None:
    found = read({"0.1": 0.0, "+Inf": 0.0})
    assert found is not None
    assert found.quantile(0.95) is None


@pytest.mark.parametrize(
    "counts",
    [{}, {"1": 5.0}, {"x": 5.0, "+Inf": 5.0}, {"1": float("nan"), "+Inf": 5.0}, {"NaN": 1.0, "+Inf": 1.0}],
)  # fmt: skip
def test_what_is_no_histogram_is_none(counts: dict[str, float]) -> None:
    assert read(counts) is None


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=8), st.floats(0.01, 1.0))
def test_a_quantile_lies_within_its_bucket(counts: list[float], share: float) -> None:
    rows = {str(float(at)): count for at, count in enumerate(counts, 1)}
    found = read(rows | {"+Inf": max(counts)})
    assert found is not None
    quantile = found.quantile(share)
    if quantile is not None:
        assert quantile.lower <= quantile.value <= quantile.upper + 1e-9
