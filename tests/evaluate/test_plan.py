"""Plans: the cheapest set that reaches a level by the scoring code, against every subset and a solver."""

from __future__ import annotations

import random
from datetime import date
from fractions import Fraction
from functools import cache
from itertools import combinations
from math import lcm

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.checklist.load import load_checklist
from auditor.collect.registry import find_probes, vocabulary
from auditor.evaluate.plan import make_plan
from auditor.evaluate.plan_calendar import Calendar
from auditor.evaluate.plan_score import gains
from auditor.evaluate.readiness import demands
from auditor.model.item import Checklist, Severity
from auditor.model.plan import Action, Effort, Plan
from auditor.model.report import Report
from auditor.model.verdict import Outcome, Verdict
from tests.evaluate.plan_worlds import (
    CALENDAR,
    MONDAY,
    RANKS,
    Linear,
    efforts,
    one_section,
    passing,
    report_of,
    verdict,
)

F = Fraction
PASS, FAIL, UNKNOWN, NONE = Outcome
BLOCKER, CRITICAL, IMPORTANT, NICE = Severity
LEVELS = st.sampled_from(["ready", "excellent", "perfect"])
LATER, SOON = "2099-01-01T00:00:00+00:00", "2026-03-03T12:00:00+00:00"


def plan_of(report: Report, level: str = "ready", **more: object) -> Plan:
    return make_plan(report, level, efforts(report), CALENDAR, **more)  # type: ignore[arg-type]


def ids(plan: Plan) -> list[str]:
    return [t.verdict.item.id for t in plan.tasks]


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """Up to three categories of up to two sections of up to three items, everything at random."""
    share = st.sampled_from([F(1), F(1), F(2), F(5, 2)])
    count = 0
    chapters = []
    for _ in range(draw(st.integers(1, 3))):
        rows = []
        for _ in range(draw(st.integers(1, 2))):
            verdicts = []
            for _ in range(draw(st.integers(1, 3))):
                outcome = draw(st.sampled_from([PASS, FAIL, FAIL, UNKNOWN, NONE]))
                settled = outcome in (PASS, NONE)
                verdicts.append(
                    verdict(
                        f"i{count}",
                        outcome,
                        draw(st.sampled_from(Severity)),
                        effort=draw(st.sampled_from([0.0, 0.5, 1, 2, 2, 3, 8])),
                        weight=draw(share),
                        waived="" if settled else draw(st.sampled_from(["", "", LATER, SOON])),
                        pending=""
                        if settled
                        else draw(st.sampled_from(["", "", "2099-01-01", "2026-03-03"])),
                    )
                )
                count += 1
            rows.append((draw(share), verdicts))
        chapters.append((draw(share), rows))
    levels = draw(st.sampled_from([{}, {"ready": 50.0}, {"ready": 66.7, "excellent": 60.0}]))
    return report_of(chapters, levels)


def least(report: Report, level: str) -> Fraction | None:
    """The hours of the cheapest subset that reaches the level, each judged as a new report on the day
    on which its work is done."""
    tasks = [v for v in report.verdicts() if v.open]
    found = []
    for size in range(len(tasks) + 1):
        for some in combinations(tasks, size):
            hours = sum((F(v.item.effort_h) for v in some), F(0))
            done = passing(report, {v.item.id for v in some}, CALENDAR.days(F(0), hours)[1])
            if RANKS.index(done.readiness.level) >= RANKS.index(level):
                found.append(hours)
    return min(found) if found else None


@settings(max_examples=60)
@given(reports().filter(lambda r: sum(v.open for v in r.verdicts()) <= 7), LEVELS)
def test_no_subset_that_reaches_the_level_is_cheaper(report: Report, level: str) -> None:
    plan = plan_of(report, level)
    cheapest = least(report, level)
    assert bool(plan.obstacles) is (cheapest is None)
    if cheapest is not None:
        assert plan.hours == cheapest
        assert RANKS.index(plan.end.level) >= RANKS.index(level)


@settings(max_examples=60)
@given(reports(), LEVELS)
def test_after_each_step_stands_what_a_new_report_would_say(report: Report, level: str) -> None:
    done: set[str] = set()
    for step in plan_of(report, level).steps:
        done |= {t.verdict.item.id for t in step.tasks}
        again = passing(report, done, step.finish)
        assert (step.after.score, step.after.level) == (again.score, again.readiness.level)
        assert step.after.open == {
            s.value: sum(v.blocks and v.item.severity is s for v in again.verdicts())
            for s in Severity
        }


@settings(max_examples=50)
@given(reports())
def test_what_an_item_is_worth_is_what_the_score_gains(report: Report) -> None:
    worth = gains(report)
    for one in report.verdicts():
        if one.open:
            gained = passing(report, {one.item.id}).score.proven - report.score.proven
            assert worth[one.item.id] == gained


@settings(max_examples=60)
@given(reports(), LEVELS)
def test_every_open_item_is_in_the_plan_or_left_out_once(report: Report, level: str) -> None:
    plan = plan_of(report, level)
    named = [*ids(plan), *(t.verdict.item.id for t in plan.left_out)]
    assert sorted(named) == sorted(v.item.id for v in report.verdicts() if v.open)
    assert sum((s.gain for s in plan.steps), report.score.proven) == plan.end.score.proven


class TestWholeChecklist:
    """The 108 items of the longest shipped checklist, in random states, beside a MILP solver."""

    @pytest.mark.parametrize("level", ["ready", "excellent", "perfect"])
    @pytest.mark.parametrize("seed", range(4))
    def test_a_solver_finds_nothing_cheaper(self, level: str, seed: int) -> None:
        report = random_state(random.Random(f"{level} {seed}"))
        plan = plan_of(report, level)
        assert plan.obstacles == ()
        assert RANKS.index(plan.end.level) >= RANKS.index(level)
        assert plan.hours * 2 == program(report, level).optimum()


@cache
def whole() -> Checklist:
    """The shipped checklist, its seven features included."""
    made = load_checklist("agente-hotelero", vocabulary(p.spec for p in find_probes()))
    assert len(made.items()) == 108
    return made


def random_state(dice: random.Random) -> Report:
    """Every item in some state, and efforts by the half hour."""
    odds = dice.random()

    def state(name: str, severity: Severity) -> Verdict:
        outcome = PASS if dice.random() < odds else dice.choice([FAIL, UNKNOWN, UNKNOWN, NONE])
        waived = LATER if outcome in (FAIL, UNKNOWN) and dice.random() < 0.1 else ""
        return verdict(name, outcome, severity, effort=dice.randint(1, 48) / 2, waived=waived)

    return report_of(
        [
            (
                c.weight,
                [(s.weight, [state(i.id, i.severity) for i in s.items]) for s in c.sections],
            )
            for c in whole().categories
        ]
    )


def program(report: Report, level: str) -> Linear:
    """The question as the scoring contract puts it, written down without the planner's own sums."""
    threshold, severities = demands(report.checklist, level)
    live = [c for c in report.categories if any(_asked(s.verdicts) for s in c.sections)]
    weights = sum((c.category.weight for c in live), F(0))
    rows: list[tuple[Verdict, Fraction]] = []
    for category in live:
        sections = [s for s in category.sections if _asked(s.verdicts)]
        for section in sections:
            asked = _asked(section.verdicts)
            one = category.category.weight / weights / len(sections) / len(asked)
            rows += [(v, one) for v in asked]
    scale = lcm(*(worth.denominator for _, worth in rows))
    proven = sum((worth for v, worth in rows if v.outcome is PASS), F(0))
    candidates = [(v, worth) for v, worth in rows if v.outcome is not PASS]
    need = (F(threshold) / 100 - proven) * scale
    return Linear(
        costs=[int(v.item.effort_h * 2) for v, _ in candidates],
        gains=[int(worth * scale) for _, worth in candidates],
        need=-(-need.numerator // need.denominator),
        forced=[v.item.severity in severities and v.waived is None for v, _ in candidates],
    )


def _asked(verdicts: tuple[Verdict, ...]) -> list[Verdict]:
    return [v for v in verdicts if v.outcome is not NONE]


class TestWhatIsNeeded:
    def test_an_open_blocker_is_in_whatever_the_score(self) -> None:
        passed = [verdict(f"p{n}", PASS) for n in range(19)]
        for outcome in (FAIL, UNKNOWN):
            report = one_section(verdict("b", outcome, BLOCKER, effort=100), *passed)
            plan = plan_of(report)
            assert (ids(plan), plan.tasks[0].needed) == (["b"], "open blocker")

    def test_a_critical_item_is_needed_for_excellent_alone(self) -> None:
        passed = [verdict(f"p{n}", PASS) for n in range(19)]
        report = one_section(verdict("c", FAIL, CRITICAL), *passed)
        assert ids(plan_of(report)) == []
        assert ids(plan_of(report, "excellent")) == ["c"]

    def test_a_waived_blocker_is_not_needed_and_adds_nothing(self) -> None:
        passed = [verdict(f"p{n}", PASS) for n in range(4)]
        report = one_section(verdict("b", FAIL, BLOCKER, waived=LATER), *passed)
        assert ids(plan_of(report)) == []
        assert ids(plan_of(report, "excellent")) == [
            "b"
        ]  # 80 % of proven, the waiver is worth none

    @pytest.mark.parametrize(
        ("ends", "expected"),
        [("2026-03-03T10:00:00+00:00", ["a", "b"]), ("2026-03-30T00:00:00+00:00", ["a"])],
    )
    def test_a_waiver_that_ends_before_the_work_does_holds_no_longer(
        self, ends: str, expected: list[str]
    ) -> None:
        passed = [verdict(f"p{n}", PASS) for n in range(9)]
        report = one_section(
            verdict("a", FAIL, BLOCKER, effort=16),
            verdict("b", FAIL, BLOCKER, effort=1, waived=ends),
            *passed,
        )
        plan = plan_of(report)
        assert sorted(ids(plan)) == expected
        assert not expected[1:] or "its waiver ends 2026-03-03" in str(plan.tasks)

    def test_work_for_an_ending_waiver_may_make_another_one_end(self) -> None:
        report = one_section(
            verdict("a", FAIL, BLOCKER, effort=8),
            verdict("b", FAIL, BLOCKER, effort=8, waived="2026-03-02T10:00:00+00:00"),
            verdict("c", FAIL, BLOCKER, effort=8, waived="2026-03-03T10:00:00+00:00"),
            verdict("d", FAIL, BLOCKER, effort=8, waived="2026-03-05T10:00:00+00:00"),
            *(verdict(f"p{n}", PASS) for n in range(20)),
        )
        assert sorted(ids(plan_of(report))) == ["a", "b", "c"]

    def test_a_demand_that_comes_into_force_before_the_end_is_needed(self) -> None:
        passed = [verdict(f"p{n}", PASS) for n in range(9)]
        for start, expected in (("2026-03-03", ["a", "b"]), ("2026-03-04", ["a"])):
            report = one_section(
                verdict("a", FAIL, BLOCKER, effort=15), verdict("b", FAIL, BLOCKER, effort=1, pending=start), *passed
            )  # fmt: skip
            assert sorted(ids(plan_of(report))) == expected

    def test_a_level_takes_what_the_levels_below_it_take(self) -> None:
        levels = {"ready": 90.0, "excellent": 60.0}
        report = one_section(*(verdict(f"i{n}") for n in range(10)), levels=levels)
        assert len(ids(plan_of(report, "excellent"))) == 9

    def test_a_level_that_rests_on_a_waiver_is_not_reached_once_that_has_ended(self) -> None:
        """The first step would do for READY, were it not for the waiver that ends on the day before."""
        report = one_section(
            verdict("a", FAIL, BLOCKER, effort=16),
            verdict("b", FAIL, BLOCKER, effort=40, waived="2026-03-02T12:00:00+00:00"),
            *(verdict(f"p{n}", PASS) for n in range(9)),
        )
        steps = plan_of(report).steps
        assert [(s.tasks[0].verdict.item.id, s.after.level) for s in steps] == [
            ("a", "not_ready"),
            ("b", "perfect"),
        ]
        assert steps[0].after.open["blocker"] == 1

    def test_a_waiver_that_ended_before_the_start_excuses_nothing_now(self) -> None:
        passed = [verdict(f"p{n}", PASS) for n in range(9)]
        report = one_section(
            verdict("b", FAIL, BLOCKER, waived="2026-02-20T00:00:00+00:00"), *passed
        )
        assert (plan_of(report).now.level, plan_of(report).end.level) == ("not_ready", "perfect")


class TestObstacles:
    def test_a_needed_item_that_cannot_be_done_is_named(self) -> None:
        passed = [verdict(f"p{n}", PASS) for n in range(9)]
        report = one_section(verdict("b", FAIL, BLOCKER), *passed)
        plan = plan_of(report, without={"b"})
        assert plan.obstacles == (
            "b is left out, and ready needs it (open blocker): do it, or waive it for a time.",
        )
        assert ids(plan) == []

    def test_what_can_be_reached_is_told_and_planned(self) -> None:
        report = one_section(*(verdict(f"i{n}") for n in range(4)))
        plan = plan_of(report, without={"i3"})
        assert plan.obstacles == (
            "At most 75 % can be proven with what may be done, and ready needs 80 %: leave fewer items out.",
        )
        assert ids(plan) == ["i0", "i1", "i2"]
        assert plan.end.level == "not_ready"

    def test_nothing_applies(self) -> None:
        plan = plan_of(one_section(verdict("a", NONE)))
        assert plan.obstacles == (
            "No item of the checklist applies, so nothing can be proven, and ready needs 80 %.",
        )

    def test_a_share_above_the_whole(self) -> None:
        plan = plan_of(one_section(verdict("a"), levels={"ready": 120.0}))
        assert plan.obstacles[0].endswith("ready needs 120 %: lower it in the checklist's levels.")

    def test_a_level_that_is_reached_needs_nothing(self) -> None:
        plan = plan_of(one_section(verdict("a", PASS)))
        assert (plan.steps, plan.obstacles, plan.hours) == ((), (), 0)
        assert plan.finish == plan.start == MONDAY


class TestOrder:
    def test_blockers_come_first_then_what_gains_most_for_an_hour(self) -> None:
        report = one_section(
            verdict("slow", effort=8),
            verdict("quick", effort=1),
            verdict("blocker", FAIL, BLOCKER, effort=40),
            verdict("other", FAIL, BLOCKER, effort=20),
            verdict("free", effort=0),
        )
        assert ids(plan_of(report, "perfect")) == ["other", "blocker", "free", "quick", "slow"]

    def test_a_critical_item_that_is_not_needed_waits_its_turn(self) -> None:
        report = one_section(verdict("c", FAIL, CRITICAL, effort=8), verdict("i", effort=1))
        assert ids(plan_of(report, "perfect")) == ["i", "c"]

    def test_items_with_one_action_are_one_step_at_the_sum_of_their_work(self) -> None:
        run = Action("run: k6", "Load run")
        report = one_section(
            verdict("a", effort=5),
            verdict("b", FAIL, BLOCKER, effort=3),
            verdict("c", effort=1),
        )
        plan = plan_of(report, "perfect", actions={"a": (run,), "b": (run,)})
        assert [(s.name, [t.verdict.item.id for t in s.tasks], s.hours) for s in plan.steps] == [
            ("Load run", ["b", "a"], 8),
            ("Title of c", ["c"], 1),
        ]

    def test_actions_join_items_in_a_chain(self) -> None:
        one, two = Action("1", "One"), Action("2", "Two")
        report = one_section(*(verdict(name) for name in "abcd"))
        plan = plan_of(report, "perfect", actions={"a": (one,), "b": (two,), "c": (one, two)})
        assert sorted(len(s.tasks) for s in plan.steps) == [1, 3]

    def test_an_action_of_a_single_item_gives_no_name(self) -> None:
        report = one_section(verdict("a"))
        plan = plan_of(report, "perfect", actions={"a": (Action("k", "K"),)})
        assert [(s.name, s.action) for s in plan.steps] == [("Title of a", "")]


class TestCalendar:
    def test_work_goes_on_where_the_day_ended(self) -> None:
        report = one_section(
            verdict("a", effort=6), verdict("b", effort=8), verdict("c", effort=10)
        )
        spans = [(s.start.day, s.finish.day) for s in plan_of(report, "perfect").steps]
        assert spans == [(2, 2), (2, 3), (3, 4)]

    def test_nobody_works_on_weekends(self) -> None:
        report = one_section(verdict("a", effort=41))
        assert plan_of(report, "perfect").finish == date(2026, 3, 9)

    def test_unless_they_do(self) -> None:
        report = one_section(verdict("a", effort=41))
        calendar = Calendar(MONDAY, F(8), weekends=True)
        assert make_plan(report, "perfect", efforts(report), calendar).finish == date(2026, 3, 7)

    @pytest.mark.parametrize("start", [date(2026, 3, 7), date(2026, 3, 8)])
    def test_a_start_on_a_weekend_is_the_monday_after(self, start: date) -> None:
        report = one_section(verdict("a", effort=9))
        plan = make_plan(report, "perfect", efforts(report), Calendar(start, F(8)))
        assert (plan.start, plan.finish) == (date(2026, 3, 9), date(2026, 3, 10))

    def test_the_first_day_of_all_is_a_day_like_others(self) -> None:
        report = one_section(verdict("a", effort=9))
        plan = make_plan(report, "perfect", efforts(report), Calendar(date.min, F(8)))
        assert plan.finish == date(1, 1, 2)

    def test_efforts_are_exact(self) -> None:
        third = Effort(F(8, 3))
        report = one_section(*(verdict(name) for name in "abc"))
        plan = make_plan(report, "perfect", dict.fromkeys("abc", third), CALENDAR)
        assert (plan.hours, plan.finish) == (8, MONDAY)
