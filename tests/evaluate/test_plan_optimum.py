"""The cheapest set: against every subset on small cases, against a MILP solver on large ones."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.evaluate.plan_optimum import Choice, cheapest
from tests.evaluate.plan_worlds import Linear

F = Fraction
NUMBERS = st.fractions(min_value=0, max_value=6, max_denominator=4)
CHOICES = st.lists(st.builds(Choice, NUMBERS, NUMBERS), max_size=8)


def weighed(choices: list[Choice], places: tuple[int, ...]) -> tuple[Fraction, Fraction]:
    some = [choices[i] for i in places]
    return sum((c.cost for c in some), F(0)), sum((c.gain for c in some), F(0))


def best_of_all(choices: list[Choice], need: Fraction) -> tuple[Fraction, Fraction] | None:
    """Cost and gain of the best subset, by looking at every one."""
    places = range(len(choices))
    enough = [
        (cost, gain)
        for size in range(len(choices) + 1)
        for some in combinations(places, size)
        for cost, gain in [weighed(choices, some)]
        if gain >= need
    ]
    return min(enough, key=lambda pair: (pair[0], -pair[1])) if enough else None


@settings(max_examples=60)
@given(CHOICES, st.fractions(min_value=-2, max_value=30, max_denominator=4))
def test_no_subset_is_cheaper_and_none_as_cheap_gains_more(
    choices: list[Choice], need: Fraction
) -> None:
    found = cheapest(choices, need)
    assert (weighed(choices, found) if found is not None else None) == best_of_all(choices, need)
    assert found is None or list(found) == sorted(set(found))


def test_what_gains_most_for_its_cost_is_not_always_in() -> None:
    """By the ratio alone it would be the first and then the second, at 10."""
    choices = [Choice(F(4), F(4)), Choice(F(6), F(5)), Choice(F(5), F(4))]
    assert cheapest(choices, F(5)) == (1,)


def test_of_equal_choices_the_first_are_taken() -> None:
    assert cheapest([Choice(F(2), F(1))] * 5, F(3)) == (0, 1, 2)


def test_what_costs_nothing_is_in_and_what_gains_nothing_is_out() -> None:
    choices = [Choice(F(0), F(1)), Choice(F(0), F(0)), Choice(F(1), F(0)), Choice(F(1), F(2))]
    assert cheapest(choices, F(3)) == (0, 3)
    assert cheapest(choices, F(0)) == (0,)


@pytest.mark.parametrize("need", [F(0), F(-1)])
def test_nothing_is_needed_for_nothing(need: Fraction) -> None:
    assert cheapest([Choice(F(1), F(1))], need) == ()
    assert cheapest([], need) == ()


def test_more_than_all_cannot_be_had() -> None:
    assert cheapest([Choice(F(1), F(1))], F(1) + F(1, 10**30)) is None
    assert cheapest([], F(1, 10**30)) is None


def test_it_does_not_round() -> None:
    third = Choice(F(1), F(1, 3))
    assert cheapest([third] * 3, F(1)) == (0, 1, 2)
    assert cheapest([third] * 4, F(1) + F(1, 10**40)) == (0, 1, 2, 3)


@pytest.mark.parametrize("kind", ["hours", "minutes", "in proportion", "nearly in proportion"])
def test_a_solver_finds_nothing_cheaper_among_a_hundred(kind: str) -> None:
    """Whole numbers on both sides, and what is hard for such a search: cost that follows gain."""
    dice = random.Random(kind)
    for _ in range(3):
        gains = [dice.randint(1, 60) for _ in range(108)]
        costs = [_cost(kind, gain, dice) for gain in gains]
        need = sum(gains) * dice.randint(20, 95) // 100
        expected = Linear(costs, gains, need, [False] * len(gains)).optimum()
        choices = [Choice(F(c, 60), F(g, 997)) for c, g in zip(costs, gains, strict=True)]
        found = cheapest(choices, F(need, 997))
        assert found is not None
        cost, gain = weighed(choices, found)
        assert (cost * 60, gain >= F(need, 997)) == (expected, True)


def _cost(kind: str, gain: int, dice: random.Random) -> int:
    if kind == "hours":
        return 60 * dice.choice([1, 2, 3, 4, 6, 8, 8, 12, 16, 24])
    if kind == "minutes":
        return dice.randint(1, 1440)
    return 20 * gain if kind == "in proportion" else 20 * gain + dice.randint(-10, 10)
