"""Requirement trees: Kleene logic, levels, floors, ages, and facts that contradict each other."""

from __future__ import annotations

import itertools
from dataclasses import replace
from functools import reduce

import pytest

from auditor.evaluate.tree import Result, constraints, evaluate
from auditor.model.evidence import Fact, Location, Problem, ProblemKind, Value
from auditor.model.item import All, Any, Not, Requirement
from auditor.model.level import Level
from auditor.model.probe import FactSpec, FactType
from tests.evaluate.worlds import ago, asks, fact, seen

TRUE, FALSE, UNKNOWN = asks("t", True), asks("f", True), asks("u", True)
TRUTHS = {TRUE: True, FALSE: False, UNKNOWN: None}
FACTS = seen(
    fact("t", True), fact("f", False), promised=[FactSpec("u", FactType.BOOLEAN, "About u.")]
)


def truth(tree: Requirement) -> bool | None:
    return evaluate(tree, FACTS, floor=Level.DECLARED).truth


def result(
    test: object,
    *facts: Fact,
    floor: Level = Level.DECLARED,
    max_age_s: float | None = None,
    helps: bool = True,
) -> Result:
    """One constraint on the fact `n`, decided over `facts`."""
    promised = [FactSpec("n", FactType.NUMBER, "Number of things.")]
    return evaluate(
        asks("n", test),
        seen(*facts, promised=[] if facts else promised),
        floor=floor,
        max_age_s=max_age_s,
        helps=helps,
    )


class TestLogic:
    def test_not_turns_true_and_false_and_leaves_unknown(self) -> None:
        assert [truth(Not(leaf)) for leaf in TRUTHS] == [False, True, None]

    @pytest.mark.parametrize("parts", list(itertools.product(TRUTHS, repeat=2)))
    def test_all_is_the_weaker_and_any_the_stronger_of_two(
        self, parts: tuple[Requirement, ...]
    ) -> None:
        order = [False, None, True]
        values = [order.index(TRUTHS[p]) for p in parts]  # type: ignore[index]
        assert truth(All(parts)) is order[min(values)]
        assert truth(Any(parts)) is order[max(values)]

    @pytest.mark.parametrize("parts", list(itertools.product(TRUTHS, repeat=3)))
    def test_de_morgan(self, parts: tuple[Requirement, ...]) -> None:
        assert truth(Not(All(parts))) is truth(Any(tuple(Not(p) for p in parts)))
        assert truth(Not(Any(parts))) is truth(All(tuple(Not(p) for p in parts)))

    def test_nesting_keeps_the_logic(self) -> None:
        assert truth(Any((All((TRUE, UNKNOWN)), Not(FALSE)))) is True
        assert truth(All((Any((FALSE, UNKNOWN)), TRUE))) is None
        assert truth(reduce(lambda tree, _: Not(tree), range(50), TRUE)) is True  # type: ignore[arg-type]

    @pytest.mark.parametrize("empty", [All(()), Any(()), Not(All(())), Not(Any(()))])
    def test_false_green_an_empty_requirement_passes_nothing(self, empty: Requirement) -> None:
        assert truth(empty) is None

    def test_every_leaf_is_found(self) -> None:
        tree = All((TRUE, Any((FALSE, Not(UNKNOWN)))))
        assert list(constraints(tree)) == [TRUE, FALSE, UNKNOWN]
        assert list(constraints(None)) == []


class TestLevels:
    WEAK = fact("weak", 1, Level.DECLARED)
    MIDDLE = fact("middle", 1, Level.REPORTED)
    STRONG = fact("strong", 1, Level.OBSERVED)

    def level(self, tree: Requirement) -> Level | None:
        facts = seen(self.WEAK, self.MIDDLE, self.STRONG)
        return evaluate(tree, facts, floor=Level.DECLARED).level

    def test_all_is_as_strong_as_its_weakest_part(self) -> None:
        tree = All((asks("weak", "== 1"), asks("strong", "== 1")))
        assert self.level(tree) is Level.DECLARED

    def test_any_is_as_strong_as_its_strongest_part_that_holds(self) -> None:
        tree = Any((asks("weak", "== 1"), asks("middle", "== 1"), asks("strong", "== 0")))
        assert self.level(tree) is Level.REPORTED

    def test_one_strong_part_is_enough_to_refute_all(self) -> None:
        tree = All((asks("weak", "== 0"), asks("strong", "== 0"), asks("middle", "== 1")))
        assert self.level(tree) is Level.OBSERVED

    def test_any_is_refuted_as_weakly_as_its_weakest_part(self) -> None:
        tree = Any((asks("weak", "== 0"), asks("strong", "== 0")))
        assert self.level(tree) is Level.DECLARED

    def test_not_is_as_strong_as_its_part(self) -> None:
        assert self.level(Not(asks("middle", "== 0"))) is Level.REPORTED

    def test_what_is_unknown_has_no_level(self) -> None:
        assert self.level(All((asks("weak", "== 1"), asks("absent", "== 1")))) is None


class TestFloors:
    @pytest.mark.parametrize("level", list(Level))
    @pytest.mark.parametrize("floor", [level for level in Level if level is not Level.CLAIMED])
    def test_evidence_passes_from_the_floor_up(self, level: Level, floor: Level) -> None:
        wanted = True if level.rank >= floor.rank else None
        assert result("== 1", fact("n", 1, level), floor=floor).truth is wanted

    def test_below_the_floor_the_reason_names_both_levels(self) -> None:
        weak = result("== 1", fact("n", 1, Level.DECLARED), floor=Level.REPORTED)
        (reason,) = weak.reasons
        assert reason.problem == "below_floor"
        assert "it is only declared, and reported evidence is needed" in reason.text
        assert (reason.expected, reason.observed) == ("== 1", "1")
        assert weak.level is Level.DECLARED

    def test_false_green_a_claim_passes_nothing_even_where_the_floor_is_none(self) -> None:
        claimed = result("== 1", fact("n", 1, Level.CLAIMED), floor=Level.CLAIMED)
        assert claimed.truth is None
        assert "declared evidence is needed" in claimed.reasons[0].text

    def test_a_claim_against_interest_may_fail(self) -> None:
        assert result("== 1", fact("n", 0, Level.CLAIMED), floor=Level.REPORTED).truth is False

    def test_the_floor_holds_inside_not_too(self) -> None:
        tree = Not(asks("n", "> 0"))
        weak = seen(fact("n", 0, Level.DECLARED))
        assert evaluate(tree, weak, floor=Level.REPORTED).truth is None
        strong = seen(fact("n", 0, Level.REPORTED))
        assert evaluate(tree, strong, floor=Level.REPORTED).truth is True

    def test_weak_evidence_against_an_item_fails_it_inside_not_as_well(self) -> None:
        facts = seen(fact("n", 3, Level.DECLARED))
        assert evaluate(Not(asks("n", "> 0")), facts, floor=Level.REPORTED).truth is False

    def test_a_weak_branch_of_any_does_not_pass_for_a_strong_one(self) -> None:
        tree = Any((asks("a", "== 1"), asks("b", "== 1")))
        facts = seen(fact("a", 1, Level.DECLARED), fact("b", 0, Level.OBSERVED))
        assert evaluate(tree, facts, floor=Level.REPORTED).truth is None


class TestAges:
    WEEK = 7 * 86400.0

    def test_evidence_counts_up_to_its_age(self) -> None:
        assert result("== 1", fact("n", 1, at=ago(days=7)), max_age_s=self.WEEK).truth is True
        old = result("== 1", fact("n", 1, at=ago(days=7, seconds=1)), max_age_s=self.WEEK)
        assert (old.truth, old.stale) == (None, True)

    def test_a_stale_reason_says_when_and_how_old_it_may_be(self) -> None:
        old = result("== 1", fact("n", 1, at=ago(days=30), where="old.xml"), max_age_s=self.WEEK)
        (reason,) = old.reasons
        assert reason.problem == "stale"
        assert f"the evidence in old.xml dates from {ago(days=30)}" in reason.text
        assert "it may be at most 7 days old" in reason.text

    @pytest.mark.parametrize("at", [None, "", "yesterday", "2026-03-02T12:00:00", "2026-03-02"])
    def test_false_green_evidence_without_a_usable_time_is_as_good_as_old(
        self, at: str | None
    ) -> None:
        undated = result("== 1", fact("n", 1, at=at), max_age_s=self.WEEK)
        assert (undated.truth, undated.stale) == (None, True)
        assert "carries no time that can be read" in undated.reasons[0].text

    def test_without_an_age_undated_evidence_counts(self) -> None:
        assert result("== 1", fact("n", 1, at=None)).truth is True

    def test_false_green_a_report_from_the_future_is_no_fresh_one(self) -> None:
        assert result("== 1", fact("n", 1, at=ago(days=-1)), max_age_s=self.WEEK).truth is None

    def test_clocks_may_differ_by_minutes(self) -> None:
        assert result("== 1", fact("n", 1, at=ago(minutes=-9)), max_age_s=self.WEEK).truth is True

    def test_times_in_other_zones_are_compared_as_times(self) -> None:
        same = fact("n", 1, at="2026-03-02T21:00:00+09:00")
        assert result("== 1", same, max_age_s=60.0).truth is True

    def test_stale_evidence_is_set_aside_for_fresh_evidence_that_is_weaker(self) -> None:
        stale = fact("n", 0, Level.OBSERVED, at=ago(days=30))
        fresh = fact("n", 1, Level.EFFECTIVE)
        assert result("== 1", stale, fresh, max_age_s=self.WEEK).truth is True

    def test_stale_evidence_does_not_fail_an_item_either(self) -> None:
        assert result("== 1", fact("n", 0, at=ago(days=30)), max_age_s=self.WEEK).truth is None


class TestContradictions:
    GOOD = fact("n", 0, Level.REPORTED, where="good.json")
    BAD = fact("n", 7, Level.REPORTED, where="bad.json")

    def test_at_equal_level_one_bad_report_fails(self) -> None:
        decided = result("== 0", self.GOOD, self.BAD)
        assert decided.truth is False

    def test_false_green_at_equal_level_one_good_report_does_not_pass_a_not(self) -> None:
        facts = seen(self.GOOD, self.BAD)
        assert evaluate(Not(asks("n", "> 0")), facts, floor=Level.DECLARED).truth is False
        twice = Not(Not(asks("n", "== 0")))
        assert evaluate(twice, facts, floor=Level.DECLARED).truth is False

    def test_both_sides_are_shown(self) -> None:
        (reason,) = result("== 0", self.GOOD, self.BAD).reasons
        assert reason.observed == "7"
        assert "good.json disagrees with 0 (reported)" in reason.text
        assert "bad.json (reported) decides" in reason.text

    def test_the_stronger_level_wins_whatever_it_says(self) -> None:
        stronger_bad = fact("n", 7, Level.OBSERVED, where="seen")
        assert result("== 0", self.GOOD, stronger_bad).truth is False
        stronger_good = fact("n", 0, Level.OBSERVED, where="seen")
        won = result("== 0", self.BAD, stronger_good)
        assert (won.truth, won.level) == (True, Level.OBSERVED)
        assert (
            "bad.json disagrees with 7 (reported), and seen (observed) decides"
            in won.reasons[0].text
        )

    def test_reports_that_agree_contradict_nothing(self) -> None:
        other = fact("n", 0, Level.OBSERVED, where="seen")
        assert "disagrees" not in result("== 0", self.GOOD, other).reasons[0].text

    def test_what_would_help_is_not_taken_from_a_contradiction(self) -> None:
        # `when` is helped by false: a contradiction about it must not make an item go away.
        assert result("== 0", self.GOOD, self.BAD, helps=False).truth is True


class TestReasons:
    def test_a_decided_leaf_says_what_was_wanted_and_what_was_seen(self) -> None:
        facts = seen(fact("coverage", 75.0, unit="%"))
        (reason,) = evaluate(asks("coverage", ">= 90"), facts, floor=Level.DECLARED).reasons
        assert reason.text == "About coverage: 75 % (wanted >= 90 %)"
        assert (reason.fact, reason.expected, reason.observed) == ("coverage", ">= 90 %", "75 %")

    def test_why_a_value_is_what_it_is_stands_behind_it(self) -> None:
        told = fact("chain", False)
        told = replace(told, source=replace(told.source, excerpt="certificate has expired."))
        (reason,) = evaluate(asks("chain", True), seen(told), floor=Level.DECLARED).reasons
        assert reason.text == "About chain: no, since certificate has expired (wanted yes)"

    @pytest.mark.parametrize(
        ("value", "where", "told"),
        [
            ([], "searched: *.rules.yml", "; searched: *.rules.yml"),
            (
                0,
                "no endpoint; looked at /metrics, /prom",
                "; no endpoint; looked at /metrics, /prom",
            ),
            (0, "a.yml, b.yml", "; looked at a.yml, b.yml"),
            (0.0, "reports/a.xml", "; looked at reports/a.xml"),
            (0, "services/api", ""),
            (0, ".", ""),
            (False, "a.yml", ""),
            (1, "a.yml", ""),
            (["x"], "a.yml", ""),
        ],
    )
    def test_a_count_of_nothing_says_where_was_looked(
        self, value: Value, where: str, told: str
    ) -> None:
        (reason,) = result("== 9", fact("n", value, where=where)).reasons
        assert reason.text.partition("(wanted")[2].partition(")")[2] == told

    def test_where_was_looked_is_cut_and_left_out_where_places_are_shown(self) -> None:
        long = fact("n", 0, where="searched: " + "a/b.yml, " * 50)
        (reason,) = result("== 9", long).reasons
        assert len(reason.text.partition("; ")[2]) <= 160
        assert reason.text.endswith("...")
        placed = replace(fact("n", 0, where="a.yml"), locations=(Location(path="a.yml"),))
        assert "looked" not in result("== 9", placed).reasons[0].text

    def test_a_subject_is_named(self) -> None:
        facts = seen(fact("words@readme", 3))
        (reason,) = evaluate(asks("words@readme", ">= 90"), facts, floor=Level.DECLARED).reasons
        assert reason.text.startswith("About words (readme): 3")
        assert reason.fact == "words@readme"

    def test_a_missing_fact_is_explained_by_the_problem_that_hides_it(self) -> None:
        problem = Problem(ProblemKind.MALFORMED, "a.json is broken.", "Make it again.", ("n",))
        facts = seen(promised=[FactSpec("n", FactType.NUMBER, "N.")], problems={"n": problem})
        (reason,) = evaluate(asks("n", "== 1"), facts, floor=Level.DECLARED).reasons
        assert reason.text == "N: a.json is broken. Make it again."
        assert (reason.problem, reason.observed, reason.expected) == ("malformed", None, "== 1")

    def test_all_that_is_unknown_tells_only_what_is_missing(self) -> None:
        decided = evaluate(All((TRUE, UNKNOWN)), FACTS, floor=Level.DECLARED)
        assert [r.fact for r in decided.reasons] == ["u"]

    def test_all_that_fails_tells_what_fails_and_not_what_is_missing(self) -> None:
        decided = evaluate(All((TRUE, UNKNOWN, FALSE)), FACTS, floor=Level.DECLARED)
        assert [r.fact for r in decided.reasons] == ["f"]

    def test_every_probe_that_a_tree_asks_is_named(self) -> None:
        decided = evaluate(All((TRUE, UNKNOWN, FALSE)), FACTS, floor=Level.DECLARED)
        assert decided.probes == {"probe.t", "probe.u", "probe.f"}
