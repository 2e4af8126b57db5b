"""Items to verdicts: applicability, parts, attestations, waivers, and what people declare."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.evaluate.decide import ATTESTATION, Overlays, holds
from auditor.evaluate.facts import Facts
from auditor.model.evidence import Fact, Problem, ProblemKind
from auditor.model.item import All, Any, Item, Requirement, Severity
from auditor.model.level import Level
from auditor.model.probe import FactSpec, FactType
from auditor.model.verdict import Outcome, Verdict, Waiver
from tests.evaluate.worlds import NOW, ago, asks, attestation, fact, item, judged, owner, seen

PASS, FAIL, UNKNOWN, AWAY = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN, Outcome.NOT_APPLICABLE
N = FactSpec("n", FactType.NUMBER, "Number of things.")
GOOD, BAD = fact("n", 1), fact("n", 0)
ONE = asks("n", "== 1")


def texts(verdict: Verdict) -> str:
    return "\n".join(r.text for r in verdict.reasons)


class TestRequirement:
    def test_evidence_decides(self) -> None:
        assert judged(item(require=ONE), seen(GOOD)).outcome is PASS
        assert judged(item(require=ONE), seen(BAD)).outcome is FAIL
        assert judged(item(require=ONE), seen(promised=[N])).outcome is UNKNOWN

    def test_the_verdict_has_level_and_probes(self) -> None:
        verdict = judged(item(require=ONE), seen(GOOD))
        assert (verdict.level, verdict.evidence) == (Level.REPORTED, (owner("n"),))
        assert not verdict.attested

    def test_stale_evidence_leaves_the_item_open_and_marked(self) -> None:
        verdict = judged(item(require=ONE, max_age_s=60.0), seen(fact("n", 1, at=ago(days=1))))
        assert (verdict.outcome, verdict.stale) == (UNKNOWN, True)

    @pytest.mark.parametrize(
        ("attestable", "produce", "how"),
        [
            (None, "", "the checklist does not say how"),
            (None, "features: in auditor.yaml", "what would show it: features: in auditor.yaml"),
            (Level.REPORTED, "", "attest it"),
        ],
    )
    def test_without_a_requirement_it_is_unknown_and_says_how_to_go_on(
        self, attestable: Level | None, produce: str, how: str
    ) -> None:
        verdict = judged(item(attestable=attestable, produce=produce), seen())
        assert verdict.outcome is UNKNOWN
        assert texts(verdict) == f"no probe decides this item; {how}"
        assert verdict.reasons[0].problem == "not_configured"


class TestApplicability:
    WHEN = asks("lang", {"contains": "python"})

    def asked(self, **more: object) -> Item:
        return item(require=ONE, when=self.WHEN, **more)

    def test_it_does_not_apply_on_positive_evidence(self) -> None:
        verdict = judged(self.asked(), seen(fact("lang", ["go"]), BAD))
        assert verdict.outcome is AWAY
        assert verdict.evidence == (owner("lang"),)
        assert "go (wanted containing python)" in texts(verdict)

    def test_it_applies_on_positive_evidence(self) -> None:
        assert judged(self.asked(), seen(fact("lang", ["python"]), GOOD)).outcome is PASS

    @pytest.mark.parametrize(("made", "outcome"), [(BAD, FAIL), (GOOD, UNKNOWN)])
    def test_what_cannot_be_decided_applies_and_cannot_pass(
        self, made: Fact, outcome: Outcome
    ) -> None:
        unknown = FactSpec("lang", FactType.LIST, "Languages.")
        verdict = judged(self.asked(), seen(made, promised=[unknown]))
        assert verdict.outcome is outcome
        if outcome is UNKNOWN:
            assert verdict.reasons[0].text == "whether this item applies could not be decided"
            assert "could not tell lang" in texts(verdict)

    def test_false_green_a_claim_does_not_take_an_item_away(self) -> None:
        claimed = fact("lang", ["go"], Level.CLAIMED)
        assert judged(self.asked(), seen(claimed, BAD)).outcome is FAIL

    def test_false_green_contradictory_evidence_does_not_take_an_item_away(self) -> None:
        one, other = fact("lang", ["go"], where="a"), fact("lang", ["python"], where="b")
        assert judged(self.asked(), seen(one, other, BAD)).outcome is FAIL

    def test_an_attested_item_whose_applicability_is_unknown_is_not_called_attested(self) -> None:
        facts = seen(attestation("an.item"), promised=[FactSpec("lang", FactType.LIST, "L.")])
        verdict = judged(item(when=self.WHEN, attestable=Level.REPORTED), facts)
        assert (verdict.outcome, verdict.attested) == (UNKNOWN, False)

    def test_a_declared_reason_takes_an_item_away_and_is_shown(self) -> None:
        overlays = Overlays({"an.item": "no card data"})
        verdict = judged(item(require=ONE), seen(BAD), overlays)
        assert (verdict.outcome, texts(verdict)) == (AWAY, "declared not applicable: no card data")
        assert judged(item("other", ONE), seen(BAD), overlays).outcome is FAIL


class TestParts:
    def parts(self, *outcomes: str) -> tuple[Item, ...]:
        return tuple(item(f"part.{n}", asks(f"p.{o}", True)) for n, o in enumerate(outcomes))

    FACTS = seen(
        fact("p.pass", True),
        fact("p.weak", True, Level.EFFECTIVE),
        fact("p.fail", False),
        GOOD,
        promised=[FactSpec("p.unknown", FactType.BOOLEAN, "Unknown.")],
    )

    @pytest.mark.parametrize(
        ("outcomes", "outcome"),
        [
            (["pass", "pass"], PASS),
            (["pass", "unknown"], UNKNOWN),
            (["pass", "fail"], FAIL),
            (["unknown", "fail"], FAIL),
        ],
    )
    def test_an_item_passes_when_all_of_its_parts_do(
        self, outcomes: list[str], outcome: Outcome
    ) -> None:
        verdict = judged(item(checks=self.parts(*outcomes)), self.FACTS)
        assert verdict.outcome is outcome
        assert [c.item.id for c in verdict.checks] == ["part.0", "part.1"]

    def test_its_own_requirement_must_hold_as_well(self) -> None:
        made = item(require=asks("n", "== 0"), checks=self.parts("pass"))
        assert judged(made, self.FACTS).outcome is FAIL

    def test_it_is_as_strong_as_its_weakest_part(self) -> None:
        verdict = judged(item(require=ONE, checks=self.parts("pass", "weak")), self.FACTS)
        assert (verdict.outcome, verdict.level) == (PASS, Level.EFFECTIVE)

    def test_reasons_name_the_parts_that_tell(self) -> None:
        verdict = judged(item(checks=self.parts("pass", "fail")), self.FACTS)
        assert [r.text for r in verdict.reasons] == [
            "Title of part.1: About p.fail: no (wanted yes)"
        ]

    def test_it_names_the_probes_of_its_parts(self) -> None:
        verdict = judged(item(checks=self.parts("pass", "fail")), self.FACTS)
        assert verdict.evidence == (owner("p.fail"), owner("p.pass"))

    def test_a_part_that_does_not_apply_is_left_out(self) -> None:
        overlays = Overlays({"part.1": "not here"})
        verdict = judged(item(checks=self.parts("pass", "fail")), self.FACTS, overlays)
        assert verdict.outcome is PASS

    def test_false_green_an_item_whose_parts_all_go_away_does_not_pass(self) -> None:
        overlays = Overlays({"part.0": "not here"})
        verdict = judged(item(checks=self.parts("fail")), self.FACTS, overlays)
        assert verdict.outcome is UNKNOWN
        assert "none of its parts applies" in texts(verdict)

    def test_a_requirement_of_its_own_decides_where_no_part_applies(self) -> None:
        overlays = Overlays({"part.0": "not here"})
        verdict = judged(item(require=ONE, checks=self.parts("fail")), self.FACTS, overlays)
        assert verdict.outcome is PASS

    def test_an_item_whose_part_is_attested_is_attested(self) -> None:
        part = item("part", attestable=Level.REPORTED)
        verdict = judged(item(checks=(part,)), seen(attestation("part")))
        assert (verdict.outcome, verdict.attested, verdict.level) == (PASS, True, Level.REPORTED)


class TestAttestations:
    def asked(self, require: Requirement | None = None, **more: object) -> Item:
        return item(require=require, **{"attestable": Level.REPORTED, **more})

    def test_one_decides_an_item_that_nothing_else_does(self) -> None:
        verdict = judged(self.asked(), seen(attestation("an.item", evidence="docs/oncall.md")))
        assert (verdict.outcome, verdict.level, verdict.attested) == (PASS, Level.REPORTED, True)
        assert verdict.evidence == ("people.attestations",)
        assert verdict.reasons[0].text.startswith(
            "attested by dana, approved by lee, until 2026-05-31"
        )
        assert "docs/oncall.md" in verdict.reasons[0].text
        assert verdict.reasons[0].observed == "done"

    def test_one_for_another_item_does_not(self) -> None:
        assert judged(self.asked(), seen(attestation("another.item"))).outcome is UNKNOWN

    def test_it_decides_where_evidence_is_missing_or_too_weak(self) -> None:
        floor = {"floor": Level.REPORTED}
        missing = seen(attestation("an.item"), promised=[N])
        assert judged(self.asked(ONE, **floor), missing).outcome is PASS
        weak = seen(attestation("an.item"), fact("n", 1, Level.DECLARED))
        verdict = judged(self.asked(ONE, **floor), weak)
        assert (verdict.outcome, verdict.attested) == (PASS, True)
        assert verdict.evidence == ("people.attestations", owner("n"))

    def test_it_gives_way_to_evidence_that_passes(self) -> None:
        verdict = judged(
            self.asked(ONE), seen(attestation("an.item"), fact("n", 1, Level.OBSERVED))
        )
        assert (verdict.outcome, verdict.attested, verdict.level) == (PASS, False, Level.OBSERVED)

    @pytest.mark.parametrize("level", [Level.REPORTED, Level.OBSERVED, Level.VERIFIED])
    def test_false_green_it_never_outweighs_contrary_evidence_as_strong(self, level: Level) -> None:
        verdict = judged(self.asked(ONE), seen(attestation("an.item"), fact("n", 0, level)))
        assert (verdict.outcome, verdict.level) == (FAIL, level)
        assert f"it does not count, since {level.value} evidence to the contrary" in texts(verdict)

    def test_it_outweighs_contrary_evidence_that_is_weaker(self) -> None:
        facts = seen(attestation("an.item"), fact("n", 0, Level.EFFECTIVE))
        assert judged(self.asked(ONE), facts).outcome is PASS

    def test_false_green_it_is_not_used_while_a_probe_that_could_decide_did_not_answer(
        self,
    ) -> None:
        facts = seen(attestation("an.item"), fact("n", 0, Level.OBSERVED), failed=["n"])
        verdict = judged(self.asked(ONE), facts)
        assert verdict.outcome is UNKNOWN
        assert "it does not count, since what would tell n did not finish its look" in texts(
            verdict
        )

    @pytest.mark.parametrize("kind", list(ProblemKind))
    def test_false_green_it_is_not_used_where_a_probe_was_kept_from_looking(
        self, kind: ProblemKind
    ) -> None:
        """Else a time-out that hides contrary evidence would turn a fail into a pass."""
        nothing_to_see = {ProblemKind.NOT_CONFIGURED, ProblemKind.VACUOUS, ProblemKind.STALE}
        problem = Problem(kind, "It could not be told.", facts=("n",))
        facts = seen(attestation("an.item"), promised=[N], problems={"n": problem})
        wanted = PASS if kind in nothing_to_see else UNKNOWN
        assert judged(self.asked(ONE), facts).outcome is wanted

    def test_an_item_that_takes_none_says_so(self) -> None:
        verdict = judged(item(require=ONE), seen(attestation("an.item"), promised=[N]))
        assert verdict.outcome is UNKNOWN
        assert "it does not count, since this item takes evidence only" in texts(verdict)

    @pytest.mark.parametrize(
        ("given_level", "granted", "level"),
        [
            (Level.VERIFIED, Level.REPORTED, Level.REPORTED),
            (Level.EFFECTIVE, Level.REPORTED, Level.EFFECTIVE),
            (Level.OBSERVED, Level.EFFECTIVE, Level.EFFECTIVE),
        ],
    )
    def test_it_counts_up_to_what_the_item_grants(
        self, given_level: Level, granted: Level, level: Level
    ) -> None:
        facts = seen(attestation("an.item", given_level))
        assert judged(self.asked(attestable=granted), facts).level is level

    def test_below_the_floor_it_passes_nothing_and_names_both_levels(self) -> None:
        verdict = judged(
            self.asked(floor=Level.REPORTED, attestable=Level.EFFECTIVE),
            seen(attestation("an.item")),
        )
        assert (verdict.outcome, verdict.attested) == (UNKNOWN, False)
        assert "it is only effective, and reported evidence is needed" in texts(verdict)
        assert verdict.reasons[0].problem == "below_floor"

    def test_false_green_a_claimed_one_passes_nothing_at_all(self) -> None:
        claimed = seen(attestation("an.item", Level.CLAIMED))
        assert judged(self.asked(floor=Level.CLAIMED), claimed).outcome is UNKNOWN

    def test_below_the_floor_it_does_not_turn_a_fail_into_an_unknown(self) -> None:
        facts = seen(attestation("an.item"), fact("n", 0, Level.DECLARED))
        made = self.asked(ONE, floor=Level.OBSERVED)
        assert judged(made, facts).outcome is FAIL

    @pytest.mark.parametrize("expires", [ago(seconds=1), NOW.isoformat(), "", "soon", "2027-01-01"])
    def test_past_its_expiry_it_is_nothing_and_is_said_to_be(self, expires: str) -> None:
        verdict = judged(self.asked(), seen(attestation("an.item", expires=expires)))
        assert verdict.outcome is UNKNOWN
        assert "the attestation has expired: dana" in texts(verdict)
        assert verdict.reasons[-1].problem == "stale"

    @pytest.mark.parametrize("value", ["yes", ["yes"], 1, {}])
    def test_nonsense_in_its_place_is_nothing(self, value: object) -> None:
        odd = fact(f"{ATTESTATION}@an.item", value)
        assert judged(self.asked(), seen(odd, promised=[])).outcome is UNKNOWN

    LEVELS = st.sampled_from(Level)

    @given(
        LEVELS, LEVELS, LEVELS, LEVELS, st.integers(0, 1), st.sampled_from(["one", "all", "any"])
    )
    def test_losing_the_evidence_that_it_competes_with_never_helps(
        self,
        seen_at: Level,
        attested_at: Level,
        granted: Level,
        floor: Level,
        value: int,
        shape: str,
    ) -> None:
        other = asks("m", "== 1")
        require = {"one": ONE, "all": All((ONE, other)), "any": Any((ONE, other))}[shape]
        made = item(require=require, attestable=granted, floor=floor)
        facts = [attestation("an.item", attested_at), fact("n", value, seen_at), fact("m", 0)]
        full = judged(made, seen(*facts))
        for key in ("n", "m", ATTESTATION):
            less = judged(made, seen(*facts, failed=[key]))
            assert not (full.open and not less.open), key


class TestWaivers:
    UNTIL = Waiver("an.item", "dana", "lee", "after the move", ago(days=-30))

    def test_one_is_an_overlay_on_an_open_item(self) -> None:
        verdict = judged(item(require=ONE), seen(BAD), Overlays(waivers=(self.UNTIL,)))
        assert (verdict.outcome, verdict.open, verdict.waived) == (FAIL, True, self.UNTIL)

    def test_an_unknown_item_may_be_waived_too(self) -> None:
        verdict = judged(item(require=ONE), seen(promised=[N]), Overlays(waivers=(self.UNTIL,)))
        assert verdict.waived is not None

    def test_what_passes_or_does_not_apply_is_not_waived(self) -> None:
        assert judged(item(require=ONE), seen(GOOD), Overlays(waivers=(self.UNTIL,))).waived is None
        away = Overlays({"an.item": "not here"}, (self.UNTIL,))
        assert judged(item(require=ONE), seen(BAD), away).waived is None

    def test_it_is_bound_to_the_exact_id(self) -> None:
        for name in ("an.items", "an", "an.item.part", "AN.ITEM"):
            verdict = judged(item(name, ONE), seen(BAD), Overlays(waivers=(self.UNTIL,)))
            assert verdict.waived is None, name

    @pytest.mark.parametrize("expires", [ago(seconds=1), NOW.isoformat(), "", "never"])
    def test_past_its_expiry_it_does_not_hold(self, expires: str) -> None:
        gone = Waiver("an.item", "dana", "lee", "later", expires)
        assert not holds(gone, NOW)
        assert judged(item(require=ONE), seen(BAD), Overlays(waivers=(gone,))).waived is None

    def test_it_holds_to_the_moment_in_its_own_zone(self) -> None:
        assert holds(Waiver("i", "d", "l", "r", "2026-03-02T13:00:01+01:00"), NOW)
        assert not holds(Waiver("i", "d", "l", "r", "2026-03-02T12:59:59+01:00"), NOW)

    def test_of_two_the_one_that_holds_counts(self) -> None:
        gone = Waiver("an.item", "old", "lee", "later", ago(days=1))
        verdict = judged(item(require=ONE), seen(BAD), Overlays(waivers=(gone, self.UNTIL)))
        assert verdict.waived == self.UNTIL

    def test_a_waived_part_leaves_its_item_open(self) -> None:
        waiver = Waiver("part", "dana", "lee", "later", ago(days=-1))
        made = item(severity=Severity.BLOCKER, checks=(item("part", ONE),))
        verdict = judged(made, seen(BAD), Overlays(waivers=(waiver,)))
        assert (verdict.outcome, verdict.waived, verdict.checks[0].waived) == (FAIL, None, waiver)


def test_the_problem_of_a_probe_is_the_reason_of_its_items() -> None:
    problem = Problem(ProblemKind.TOOL_MISSING, "bandit is not installed.", "pip install bandit")
    facts: Facts = seen(promised=[N], problems={"n": problem}, failed=["n"])
    verdict = judged(item(require=ONE), facts)
    assert verdict.outcome is UNKNOWN
    assert texts(verdict) == "Number of things: bandit is not installed. pip install bandit"
    assert verdict.reasons[0].problem == "tool_missing"


class TestPending:
    """A demand whose date has not come is shown, blocks nothing and adds nothing."""

    @pytest.mark.parametrize("evidence", [seen(BAD), seen(promised=[N])])
    def test_an_open_item_is_pending_until_its_date(self, evidence: object) -> None:
        at = NOW.date().isoformat()
        later = f"{NOW.year + 1}-01-01"
        made = item(require=ONE, severity=Severity.BLOCKER)
        waiting = judged(replace(made, effective_from=later), evidence)  # type: ignore[arg-type]
        assert (waiting.pending, waiting.open, waiting.blocks) == (later, True, False)
        due = judged(replace(made, effective_from=at), evidence)  # type: ignore[arg-type]
        assert (due.pending, due.blocks) == ("", True)

    def test_one_that_passes_is_not_pending(self) -> None:
        made = replace(item(require=ONE), effective_from=f"{NOW.year + 1}-01-01")
        assert judged(made, seen(GOOD)).pending == ""
