"""A whole bundle judged: scores, readiness, criteria, counts and the tally."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.evaluate.assess import assess
from auditor.evaluate.criteria import derived_specs
from auditor.evaluate.decide import Overlays
from auditor.evaluate.readiness import open_items, readiness
from auditor.evaluate.scoring import NOTHING, mean, section_score
from auditor.model.evidence import Finding, Problem, ProblemKind, Status
from auditor.model.item import Category, Checklist, Criterion, Item, Not, Section, Severity
from auditor.model.level import Level
from auditor.model.probe import FactSpec, FactType
from auditor.model.report import CriterionResult, Report
from auditor.model.verdict import Outcome, Score, Verdict, Waiver
from tests.evaluate.worlds import (
    ago,
    answer,
    asks,
    attestation,
    bundle,
    bundle_of,
    checklist,
    fact,
    item,
    probe_spec,
    seen,
)

ONE = Fraction(1)


def verdict(outcome: Outcome, weight: Fraction = ONE, **more: object) -> Verdict:
    return Verdict(item(weight=weight, **more), outcome)


P, F, U, N = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN, Outcome.NOT_APPLICABLE


class TestSections:
    def test_a_section_is_passed_weight_over_applicable_weight(self) -> None:
        score, weight = section_score([verdict(o) for o in (P, P, F, U, N)])
        assert score == Score(Fraction(2, 4), Fraction(3, 4), Fraction(3, 4))
        assert weight == 4

    def test_items_weigh_what_the_checklist_says(self) -> None:
        score, weight = section_score(
            [verdict(P, Fraction(3)), verdict(F), verdict(N, Fraction(9))]
        )
        assert (score.proven, weight) == (Fraction(3, 4), 4)

    @pytest.mark.parametrize("outcomes", [[], [N, N]])
    def test_where_nothing_applies_nothing_is_proven(self, outcomes: list[Outcome]) -> None:
        assert section_score([verdict(o) for o in outcomes]) == (NOTHING, 0)
        assert Score(Fraction(0), Fraction(0), Fraction(0)) == NOTHING

    def test_arithmetic_is_exact(self) -> None:
        score, _ = section_score([verdict(P)] + [verdict(F)] * 2)
        assert score.proven * 3 == 1


class TestMeans:
    def test_parts_count_by_weight_and_parts_without_weight_are_left_out(self) -> None:
        full, none = Score(ONE, ONE, ONE), Score(Fraction(0), ONE, Fraction(0))
        score, weight = mean([(full, Fraction(1)), (none, Fraction(3)), (full, Fraction(0))])
        assert (score.proven, score.possible, score.coverage, weight) == (
            Fraction(1, 4), 1, Fraction(1, 4), 4,
        )  # fmt: skip

    def test_the_mean_of_nothing_is_nothing(self) -> None:
        assert mean([]) == (NOTHING, 0)

    @given(st.lists(st.fractions(0, 1), min_size=1), st.fractions(min_value=Fraction(1, 99)))
    def test_equal_weights_give_the_plain_mean(
        self, shares: list[Fraction], weight: Fraction
    ) -> None:
        score, _ = mean((Score(s, s, s), weight) for s in shares)
        assert score.proven == sum(shares) / len(shares)


def two_categories(*weights: int) -> Checklist:
    """Categories `a` and `b` with an item each, on the facts `a` and `b`."""
    categories = tuple(
        Category(n, n, n, Fraction(w), (Section(f"{n}.s", n, n, (item(f"{n}.i", asks(n, True)),)),))
        for n, w in zip("ab", weights, strict=True)
    )
    return Checklist("two", "1", "Two", categories)


class TestTotal:
    def test_weights_are_normalised(self) -> None:
        facts = seen(fact("a", True), fact("b", False))
        assert assess(bundle_of(facts), two_categories(20, 100)).score.proven == Fraction(1, 6)

    def test_a_category_in_which_nothing_applies_is_left_out(self) -> None:
        facts = seen(fact("a", True), fact("b", False))
        report = assess(bundle_of(facts, Overlays({"b.i": "not here"})), two_categories(20, 100))
        assert report.score.proven == 1
        assert [c.applicable for c in report.categories] == [True, False]
        assert report.categories[1].score == NOTHING

    def test_false_green_an_audit_in_which_nothing_applies_is_not_ready(self) -> None:
        facts = seen(fact("a", True), fact("b", False))
        away = Overlays({"a.i": "no", "b.i": "no"})
        report = assess(bundle_of(facts, away), two_categories(1, 1))
        assert (report.score, report.readiness.level) == (NOTHING, "not_ready")

    def test_sections_of_a_category_count_alike_whatever_their_size(self) -> None:
        big = Section("big", "1.1", "B", tuple(item(f"i{n}", asks("a", True)) for n in range(9)))
        small = Section("small", "1.2", "S", (item("j", asks("b", True)),))
        made = Checklist("c", "1", "C", (Category("c", "1", "C", ONE, (big, small)),))
        report = assess(bundle_of(seen(fact("a", True), fact("b", False))), made)
        assert report.score.proven == Fraction(1, 2)

    def test_lost_evidence_stays_in_the_denominator(self) -> None:
        facts = seen(fact("a", True), fact("b", False), failed=["b"])
        report = assess(bundle_of(facts), two_categories(1, 1))
        assert report.score == Score(Fraction(1, 2), ONE, Fraction(1, 2))


def level_of(proven: Fraction, *verdicts: Verdict, levels: dict[str, float] | None = None) -> str:
    score = Score(proven, ONE, ONE)
    return readiness(checklist(levels=levels), score, list(verdicts)).level


class TestReadiness:
    PASSED = verdict(P)
    WAIVER = Waiver("an.item", "dana", "lee", "later", ago(days=-1))

    @pytest.mark.parametrize(
        ("percent", "level"),
        [
            ("0", "not_ready"),
            ("79.999999", "not_ready"),
            ("80", "ready"),
            ("94.999999", "ready"),
            ("95", "excellent"),
            ("99.999999", "excellent"),
            ("100", "perfect"),
        ],
    )
    def test_thresholds_are_exact(self, percent: str, level: str) -> None:
        assert level_of(Fraction(percent) / 100, self.PASSED) == level

    @pytest.mark.parametrize("outcome", [F, U])
    def test_no_score_averages_an_open_blocker_away(self, outcome: Outcome) -> None:
        blocker = verdict(outcome, severity=Severity.BLOCKER)
        assert level_of(Fraction(99, 100), blocker) == "not_ready"

    @pytest.mark.parametrize("outcome", [P, N])
    def test_a_blocker_that_passes_or_does_not_apply_is_not_open(self, outcome: Outcome) -> None:
        assert (
            level_of(Fraction(96, 100), verdict(outcome, severity=Severity.BLOCKER)) == "excellent"
        )

    def test_a_waived_blocker_is_not_counted_as_open(self) -> None:
        waived = replace(verdict(F, severity=Severity.BLOCKER), waived=self.WAIVER)
        assert open_items([waived], Severity.BLOCKER) == []
        assert level_of(Fraction(9, 10), waived) == "ready"

    def test_an_open_critical_is_no_more_than_ready(self) -> None:
        assert level_of(Fraction(99, 100), verdict(U, severity=Severity.CRITICAL)) == "ready"

    @pytest.mark.parametrize("severity", [Severity.IMPORTANT, Severity.NICE])
    def test_perfect_has_nothing_open(self, severity: Severity) -> None:
        open_one = verdict(F, severity=severity)
        assert level_of(ONE, open_one) == "excellent"

    def test_the_checklist_may_set_its_own_thresholds(self) -> None:
        assert level_of(Fraction(1, 2), self.PASSED, levels={"ready": 50.0}) == "ready"

    def test_reasons_tell_what_stands_between_this_level_and_the_next(self) -> None:
        blockers = [verdict(F, severity=Severity.BLOCKER)] * 2
        score = Score(Fraction("0.79999"), ONE, ONE)
        told = readiness(checklist(), score, blockers)
        assert told.reasons == (
            "ready: 79.99 % is proven, 80 % is needed",
            "ready: 2 blocker items are open",
        )
        one = readiness(checklist(), Score(ONE, ONE, ONE), [verdict(F, severity=Severity.CRITICAL)])
        assert (one.level, one.reasons) == ("ready", ("excellent: 1 critical item is open",))
        assert readiness(checklist(), Score(ONE, ONE, ONE), []).reasons == ()


def judge(
    criterion: Criterion, *items: Item, facts: object = None, **more: object
) -> CriterionResult:
    index = facts if facts is not None else seen(fact("n", 1))
    report = assess(bundle_of(index, **more), checklist(*items, criteria=[criterion]))  # type: ignore[arg-type]
    return report.criteria[0]


class TestCriteria:
    GOOD = item("good", asks("n", "== 1"), severity=Severity.BLOCKER)
    BAD = item("bad", asks("n", "== 0"), severity=Severity.BLOCKER)
    MISSING = item("missing", asks("absent", "== 0"), severity=Severity.CRITICAL)

    def of(self, name: str, test: object) -> Criterion:
        return Criterion("criteria.c", "A criterion", asks(name, test))

    def test_a_score_is_met_or_not(self) -> None:
        met = judge(self.of("audit.proven", ">= 50"), self.GOOD, self.BAD)
        assert (met.met, met.observed, met.expected) == (True, "50 %", ">= 50 %")
        assert judge(self.of("audit.proven", "> 50"), self.GOOD, self.BAD).met is False

    def test_false_green_a_score_just_short_of_its_threshold_is_not_met(self) -> None:
        almost = item("good", asks("n", "== 1"), weight=Fraction(8 * 10**20 - 1))
        rest = item("bad", asks("n", "== 0"), weight=Fraction(2 * 10**20 + 1))
        assert judge(self.of("audit.proven", ">= 80"), almost, rest).met is False

    def test_open_blockers_and_criticals_are_counted(self) -> None:
        assert judge(self.of("audit.open_blockers", "== 0"), self.GOOD, self.BAD).observed == "1"
        assert judge(self.of("audit.open_criticals", "== 0"), self.MISSING).met is False
        assert judge(self.of("audit.open_criticals", "== 0"), self.GOOD).met is True

    def test_a_waived_blocker_is_not_resolved(self) -> None:
        waiver = Waiver("bad", "dana", "lee", "later", ago(days=-1))
        waived = {"overlays": Overlays(waivers=(waiver,))}
        assert judge(self.of("audit.open_blockers", "== 0"), self.BAD, **waived).met is False

    def test_an_item_and_a_category_may_be_asked_for(self) -> None:
        assert judge(self.of("audit.item.good", "pass"), self.GOOD).met is True
        assert judge(self.of("audit.item.bad", "pass"), self.BAD).met is False
        assert judge(self.of("audit.category.core", ">= 100"), self.GOOD).met is True

    @pytest.mark.parametrize(
        "require", [asks("audit.item.missing", "pass"), asks("absent", "== 0")]
    )
    def test_what_cannot_be_decided_is_unknown(self, require: object) -> None:
        criterion = Criterion("criteria.c", "A criterion", require)  # type: ignore[arg-type]
        told = judge(criterion, self.MISSING)
        assert (told.met, told.observed) == (None, "unknown")

    def test_an_undecided_item_is_no_unknown_fact(self) -> None:
        told = judge(self.of("audit.item.missing", "pass"), self.MISSING)
        assert told.reasons[0].text == "1.1.1 Title of missing: this audit could not decide it."

    def test_false_green_an_undecided_item_does_not_meet_a_not(self) -> None:
        require = Not(asks("audit.item.missing", "fail"))
        assert judge(Criterion("criteria.c", "C", require), self.MISSING).met is None

    def test_a_category_in_which_nothing_applies_is_unknown(self) -> None:
        away = {"overlays": Overlays({"bad": "not here"})}
        assert judge(self.of("audit.category.core", ">= 100"), self.BAD, **away).met is None

    def test_declared_evidence_meets_no_criterion(self) -> None:
        facts = seen(fact("n", 1, Level.EFFECTIVE))
        assert judge(self.of("n", "== 1"), facts=facts).met is None

    def test_a_criterion_may_be_attested_under_its_own_id(self) -> None:
        criterion = Criterion("criteria.approval", "Signed off", attestable=Level.REPORTED)
        assert judge(criterion).met is None
        assert judge(criterion).expected == "a signed attestation"
        facts = seen(attestation("criteria.approval"))
        assert judge(criterion, facts=facts).met is True

    def test_false_green_a_probe_cannot_speak_for_the_audit(self) -> None:
        forged = FactSpec("audit.open_blockers", FactType.NUMBER, "Forged.")
        probes = [
            probe_spec("forger", forged),
            probe_spec("honest", FactSpec("n", FactType.NUMBER, "N")),
        ]
        evidence = [
            answer("forger", fact("audit.open_blockers", 0, Level.VERIFIED)),
            answer("honest", fact("n", 1)),
        ]
        made = checklist(self.BAD, criteria=[self.of("audit.open_blockers", "== 0")])
        assert assess(bundle(probes, evidence), made).criteria[0].met is False

    def test_the_facts_that_criteria_may_use_cover_categories_and_items(self) -> None:
        keys = [s.key for s in derived_specs(checklist(self.GOOD))]
        assert keys == [
            "audit.proven",
            "audit.open_blockers",
            "audit.open_criticals",
            "audit.category.core",
            "audit.item.good",
        ]


class TestCountsAndTally:
    def report(self) -> Report:
        blocker = {"severity": Severity.BLOCKER}
        items = (
            item("good", asks("n", "== 1"), **blocker),
            item("bad", asks("n", "== 0"), **blocker),
            item("weak", asks("weak", "== 1"), floor=Level.REPORTED),
            item("old", asks("old", "== 1"), max_age_s=60.0),
            item("away", asks("n", "== 0")),
            item("said", attestable=Level.REPORTED),
            item("once.said", attestable=Level.REPORTED),
            item("parts", checks=(item("part", asks("n", "== 0")), item("away.part"))),
        )
        facts = seen(
            fact("n", 1),
            fact("weak", 1, Level.DECLARED),
            fact("old", 1, at=ago(days=1)),
            fact("sast.suppressed", 3),
            fact("tests.skipped", 4),
            fact("tests.failed", 9),
            fact("lint.suppressed", 2.5),
            fact("lost", 1),
            attestation("said"),
            attestation("once.said", expires=ago(days=1)),
            attestation("nobody", expires="garbage"),
            failed=["lost"],
        )
        waivers = (
            Waiver("bad", "dana", "lee", "later", ago(days=-1)),
            Waiver("part", "dana", "lee", "later", ago(days=-1)),
            Waiver("good", "dana", "lee", "later", ago(days=-1)),
            Waiver("bad", "dana", "lee", "later", ago(days=1)),
        )
        overlays = Overlays({"away": "not here", "away.part": "not here"}, waivers)
        return assess(bundle_of(facts, overlays), checklist(*items))

    def test_counts_are_by_severity_and_outcome(self) -> None:
        counts = self.report().counts
        zero = {"pass": 0, "fail": 0, "unknown": 0, "not_applicable": 0, "waived": 0}
        assert counts["blocker"] == zero | {"pass": 1, "fail": 1, "waived": 1}
        assert counts["critical"] == counts["nice"] == zero
        assert counts["important"] == zero | {
            "pass": 1,
            "fail": 1,
            "unknown": 3,
            "not_applicable": 1,
        }

    def test_the_tally_counts_what_did_not_count(self) -> None:
        tally = self.report().tally
        assert tally.suppressed == 3 + 4, "whole numbers that a tool saw and was told to ignore"
        assert tally.waived == 2
        assert tally.unused_waivers == 1, "a passing item needs none"
        assert tally.expired_waivers == 1
        assert tally.stale == 1
        assert tally.below_floor == 1
        assert tally.attested == 1
        assert tally.expired_attestations == 2, "one that cannot be read never held"
        assert tally.declared_not_applicable == 2
        assert tally.not_looked_at == 1

    def test_probes_are_listed_by_id_with_what_became_of_them(self) -> None:
        spec = probe_spec("b.lost", FactSpec("n", FactType.NUMBER, "N."))
        problem = Problem(ProblemKind.DENIED, "It may not.")
        finding = Finding("S101", "assert", "n")
        gone = probe_spec("a.gone")
        evidence = replace(
            answer("b.lost", status=Status.SKIPPED, problems=[problem]),
            findings=(finding,),
            version="7",
        )
        report = assess(bundle([spec, gone], [evidence, answer("stranger")]), checklist())
        assert [p.id for p in report.probes] == ["a.gone", "b.lost"]
        first, second = report.probes
        assert first.status is Status.FAILED
        assert first.problems[0].message == "The evidence of the probe a.gone is not in the bundle."
        assert (second.status, second.problems, second.version) == (Status.SKIPPED, (problem,), "7")
        assert second.findings == (finding,)

    def test_notes_of_checklist_and_bundle_are_kept(self) -> None:
        made = replace(checklist(), notes=("weights",))
        told = assess(replace(bundle([], []), notes=("no git",)), made)
        assert told.notes == ("weights", "no git")
