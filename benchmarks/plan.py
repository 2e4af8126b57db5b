"""The planner: milliseconds for the cheapest set, and for the whole plan, on the longest shipped checklist.

Random states of its items, beside a MILP solver (highspy). Run: python benchmarks/plan.py [STATES]
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from auditor.evaluate.plan import make_plan
from auditor.evaluate.plan_optimum import Choice, cheapest
from auditor.evaluate.plan_score import gains
from auditor.evaluate.readiness import demands
from auditor.model.report import Report
from tests.evaluate.plan_worlds import CALENDAR, efforts
from tests.evaluate.test_plan import program, random_state

T = TypeVar("T")
LEVELS = ("ready", "excellent", "perfect")
HARD = {
    "efforts by the half hour": lambda gain, dice: Fraction(dice.randint(1, 48), 2),
    "efforts by the minute": lambda gain, dice: Fraction(dice.randint(1, 1440), 60),
    "effort follows worth": lambda gain, dice: Fraction(round(gain * 144_000), 60),
    "effort nearly follows worth": lambda gain, dice: Fraction(
        max(1, round(gain * 144_000) + dice.randint(-30, 30)), 60
    ),
}


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Milliseconds, and what came of it."""
    started = time.perf_counter()
    made = work()
    return (time.perf_counter() - started) * 1000, made


def row(title: str, times: list[float]) -> None:
    """Median and most of some milliseconds."""
    print(f"{title:<44}{statistics.median(times):>9.2f}{max(times):>9.2f}")


def main() -> None:
    """Print a table, and fail where the solver finds anything cheaper."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    dice = random.Random(7)
    states = [random_state(dice) for _ in range(count)]
    print(f"{count} states of 108 items")
    print(f"{'milliseconds':<44}{'median':>9}{'most':>9}")
    for level in LEVELS:
        sets, plans, solver = [], [], []
        for report in states:
            spent, _ = timed(partial(the_set, report, level))
            sets.append(spent)
            spent, plan = timed(partial(make_plan, report, level, efforts(report), CALENDAR))
            plans.append(spent)
            spent, best = timed(program(report, level).optimum)
            solver.append(spent)
            if plan.hours * 2 != best:
                raise SystemExit(f"{level}: {float(plan.hours)} h planned, {best} half hours found")
        row(f"to {level}: the cheapest set", sets)
        row(f"to {level}: the plan, each step projected", plans)
        row(f"to {level}: the MILP solver", solver)
    for title, cost in HARD.items():
        times = []
        for report in states:
            worth = [g for g in gains(report).values() if dice.random() < 0.8]
            choices = [Choice(cost(g, dice), g) for g in worth]
            need = sum(worth, Fraction(0)) * Fraction(dice.randint(5, 98), 100)
            times.append(timed(partial(cheapest, choices, need))[0])
        row(f"cheapest set, {title}", times)


def the_set(report: Report, level: str) -> tuple[int, ...] | None:
    """What the planner searches for, without the blockers and the rest of the plan."""
    worth = gains(report)
    threshold, _ = demands(report.checklist, level)
    choices = [
        Choice(Fraction(v.item.effort_h), worth[v.item.id]) for v in report.verdicts() if v.open
    ]
    return cheapest(choices, Fraction(threshold) / 100 - report.score.proven)


if __name__ == "__main__":
    main()
