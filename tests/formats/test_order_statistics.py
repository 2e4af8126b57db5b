"""Percentiles of a small sample and their bounds."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.formats.load.order_statistics import interval, percentile


@pytest.mark.parametrize(
    ("ordered", "percent", "value"),
    [([1.0], 95, 1.0), ([1.0, 2.0], 50, 1.0), ([float(n) for n in range(1, 41)], 95, 38.0)],
)
def test_a_percentile_is_a_value_of_the_sample(
    ordered: list[float], percent: int, value: float
) -> None:
    assert percentile(ordered, percent) == value


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=150), st.sampled_from([50.0, 95.0, 99.0]))
def test_the_bounds_are_values_of_the_sample_around_its_percentile(
    sample: list[float], percent: float
) -> None:
    ordered = sorted(sample)
    low, high = interval(ordered, percent)
    middle = percentile(ordered, percent)
    assert low is None or (low in ordered and low <= middle)
    assert high is None or (high in ordered and high >= middle)


@pytest.mark.parametrize(
    ("size", "percent", "bounded"),
    [
        (5, 50, False),
        (6, 50, True),
        (71, 95, False),
        (72, 95, True),
        (367, 99, False),
        (368, 99, True),
    ],
)
def test_false_green_a_sample_that_is_too_small_does_not_bound_from_above(
    size: int, percent: float, bounded: bool
) -> None:
    assert (interval([float(n) for n in range(size)], percent)[1] is not None) is bounded


def test_the_true_value_lies_outside_no_more_often_than_is_said() -> None:
    numbers = random.Random(7)
    missed = 0
    for _ in range(1000):
        low, high = interval(sorted(numbers.random() for _ in range(120)), 95)
        assert low is not None
        assert high is not None
        missed += not low <= 0.95 <= high
    assert missed < 80, "5 % of 1,000, and what chance adds"
