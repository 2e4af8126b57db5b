"""The cheapest set of things that together gain enough: exact, in whole numbers.

It is the knapsack problem turned round. Partial sets are kept in a list without those that another one
beats in cost and in gain (Nemhauser and Ullmann 1969), and dropped as soon as even fractions of what
is left cannot bring them below the best that is known (Dantzig 1957).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import accumulate
from math import ceil, gcd, lcm

Link = tuple[int, "Link"] | None
"""The choices of a partial set, the last one first."""
State = tuple[int, int, Link]
"""Cost, gain and choices of a partial set."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that can be done or not. Neither number is below 0."""

    cost: Fraction
    gain: Fraction


def cheapest(choices: Sequence[Choice], need: Fraction) -> tuple[int, ...] | None:
    """The places of the choices that gain at least `need` at the least cost; None where all gain less.

    Of equally cheap sets the one that gains most; of equal choices the first. What costs nothing is
    always in.
    """
    useful = [i for i, c in enumerate(choices) if c.gain > 0]
    free = [i for i in useful if not choices[i].cost]
    left = need - sum((choices[i].gain for i in free), Fraction(0))
    if left <= 0:
        return tuple(free)
    paid = [i for i in useful if choices[i].cost]
    if sum((choices[i].gain for i in paid), Fraction(0)) < left:
        return None
    found = _Search.of([choices[i] for i in paid], left).run()
    return tuple(sorted((*free, *_first_of_equals(choices, [paid[i] for i in found], paid))))


def _first_of_equals(choices: Sequence[Choice], found: list[int], among: list[int]) -> list[int]:
    """The same set, with each choice replaced by the first of those that cost and gain as much."""
    equals: dict[Choice, list[int]] = {}
    for i in among:
        equals.setdefault(choices[i], []).append(i)
    places = {choice: iter(group) for choice, group in equals.items()}
    return [next(places[choices[i]]) for i in found]


def _whole(numbers: list[Fraction]) -> tuple[list[int], int]:
    """The numbers as whole ones without a common divisor, and how many `scale` make one of before."""
    scale = lcm(*(n.denominator for n in numbers))
    made = [int(n * scale) for n in numbers]
    return made, scale


@dataclass(slots=True)
class _Search:
    """One search. Choices stand by what they gain for their cost, the best first."""

    order: list[int]
    costs: list[int]
    gains: list[int]
    need: int
    cost_sums: list[int] = field(default_factory=list)
    gain_sums: list[int] = field(default_factory=list)
    least: int = 0
    best: State | None = None

    @classmethod
    def of(cls, choices: list[Choice], need: Fraction) -> _Search:
        costs, _ = _whole([c.cost for c in choices])
        gains, scale = _whole([c.gain for c in choices])
        common, part = gcd(*costs), gcd(*gains)
        costs, gains = [c // common for c in costs], [g // part for g in gains]
        order = sorted(range(len(choices)), key=lambda i: Fraction(costs[i], gains[i]))
        costs, gains = [costs[i] for i in order], [gains[i] for i in order]
        made = cls(order, costs, gains, ceil(need * scale / part))
        made.cost_sums = list(accumulate(costs, initial=0))
        made.gain_sums = list(accumulate(gains, initial=0))
        made.least = made.cost_sums[-1]
        return made

    def run(self) -> list[int]:
        states: list[State] = [(0, 0, None)]
        for at in range(len(self.order)):
            states = self._promising(_without_beaten(states, self._with(states, at)), at + 1)
        link = self.best[2] if self.best else None
        found = []
        while link is not None:
            found.append(self.order[link[0]])
            link = link[1]
        return found

    def _with(self, states: list[State], at: int) -> list[State]:
        cost, gain = self.costs[at], self.gains[at]
        return [(c + cost, g + gain, (at, link)) for c, g, link in states]

    def _promising(self, states: list[State], done: int) -> list[State]:
        """The states that can still become the best; those that gain enough are weighed and dropped."""
        kept = []
        cost_before, gain_before = self.cost_sums[done], self.gain_sums[done]
        for state in states:
            cost, gain, _ = state
            missing = self.need - gain
            if missing <= 0:
                self._weigh(state)
                continue
            last = bisect_left(self.gain_sums, gain_before + missing, lo=done)
            if last == len(self.gain_sums):
                continue  # all that is left gains too little
            # The choices up to `last` would do; the last of them in part is the least it can cost.
            over = self.gain_sums[last] - gain_before - missing
            upper = cost + self.cost_sums[last] - cost_before
            lower = upper - over * self.costs[last - 1] // self.gains[last - 1]
            if lower <= self.least:
                self.least = min(self.least, upper)
                kept.append(state)
        return [s for s in kept if s[0] <= self.least]

    def _weigh(self, state: State) -> None:
        if self.best is None or (state[0], -state[1]) < (self.best[0], -self.best[1]):
            self.best = state
            self.least = min(self.least, state[0])


def _without_beaten(old: list[State], new: list[State]) -> list[State]:
    """Both lists in the order of cost, without states that cost no less than another and gain no more."""
    kept: list[State] = []
    most = -1
    for state in sorted((*old, *new), key=lambda s: (s[0], -s[1])):  # timsort merges the two runs
        if state[1] > most:
            kept.append(state)
            most = state[1]
    return kept
