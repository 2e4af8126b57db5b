"""The gate's answer on single cases; its properties are in test_gate_properties."""

from __future__ import annotations

from dataclasses import replace

from auditor.evaluate.gate import judge
from auditor.model.gate import Cause, Gate, GateBase, ItemState, Leaf, Snapshot
from auditor.model.item import Severity
from auditor.model.verdict import Outcome, Waiver
from tests.evaluate.worlds import NOW

ABOUT = GateBase("audit", "main", "a" * 40)


def side(outcome: Outcome, severity: Severity = Severity.BLOCKER, **more: object) -> Snapshot:
    one = replace(ItemState("an.item", "1.1", "An item", severity, outcome, asks="x"), **more)
    return Snapshot(
        tool_version="1", started_at=NOW.isoformat(), service="orders", repository="shop", root="",
        commit=None, dirty=False, checklist="small", checklist_version="1", checklist_digest="d",
        items=(one,),
    )  # fmt: skip


def codes(base: Snapshot, head: Snapshot, *, ratchet: bool = False) -> int:
    return judge(base, head, ABOUT, ratchet=ratchet).exit_code


def test_every_outcome_of_a_blocker_has_its_exit_code() -> None:
    passed, failed, unknown = (side(o) for o in (Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN))
    apart = side(Outcome.NOT_APPLICABLE)
    table = {
        "pass to fail": codes(passed, failed),
        "pass to unknown": codes(passed, unknown),
        "fail to fail": codes(failed, failed),
        "fail to unknown": codes(failed, unknown),
        "unknown to fail": codes(unknown, failed),
        "unknown to unknown": codes(unknown, unknown),
        "not applicable to fail": codes(apart, failed),
        "not applicable to unknown": codes(apart, unknown),
        "fail to pass": codes(failed, passed),
        "pass to not applicable": codes(passed, apart),
        "absent to fail": codes(replace(passed, items=()), failed),
    }
    assert table == {
        "pass to fail": 1, "pass to unknown": 3, "fail to fail": 0, "fail to unknown": 3,
        "unknown to fail": 0, "unknown to unknown": 0, "not applicable to fail": 1,
        "not applicable to unknown": 1, "fail to pass": 0, "pass to not applicable": 0,
        "absent to fail": 1,
    }  # fmt: skip


def test_items_that_are_no_blockers_are_told_and_block_nothing() -> None:
    base, head = (side(o, Severity.CRITICAL) for o in (Outcome.PASS, Outcome.FAIL))
    gate = judge(base, head, ABOUT)
    assert gate.met
    assert [(c.before, c.after) for c in gate.changes] == [("pass", "fail")]


def test_an_old_blocker_whose_waiver_ran_out_is_a_new_one() -> None:
    waiver = Waiver("an.item", "dana", "lee", "later", "2026-03-01T00:00:00+00:00")
    base = replace(side(Outcome.FAIL), waivers=(waiver,))
    gate = judge(base, side(Outcome.FAIL), ABOUT)
    assert gate.exit_code == 1
    assert [c.cause for c in gate.new_blockers] == [Cause.WAIVER_EXPIRED]
    assert gate.still_open == ()
    assert judge(base, side(Outcome.FAIL, waived=True), ABOUT).met


def _numbers(
    before: float | None, after: float | None, severity: Severity
) -> tuple[Snapshot, Snapshot]:
    def leaf(value: float | None) -> Leaf:
        truth = None if value is None else False
        return Leaf("coverage", ">= 90 %", truth, f"{value}", value, 1)

    return (
        side(Outcome.FAIL, severity, leaves=(leaf(before),)),
        side(Outcome.UNKNOWN if after is None else Outcome.FAIL, severity, leaves=(leaf(after),)),
    )


def test_numbers_of_lesser_items_count_with_a_ratchet_alone() -> None:
    lower, gone = _numbers(80, 79, Severity.NICE), _numbers(80, None, Severity.NICE)
    assert [codes(*lower), codes(*lower, ratchet=True)] == [0, 1]
    assert [codes(*gone), codes(*gone, ratchet=True)] == [0, 3]
    assert codes(*_numbers(80, 79, Severity.BLOCKER)) == 1


def test_a_ratchet_says_when_it_can_be_tightened_and_not_while_something_is_worse() -> None:
    base, head = _numbers(80, 85, Severity.NICE)
    assert judge(base, head, ABOUT, ratchet=True).tighten == ("an.item: coverage was 80 and is 85",)
    assert judge(base, head, ABOUT).tighten == ()
    worse = replace(head, items=(*head.items, *side(Outcome.FAIL, id="new.item").items))
    assert judge(base, worse, ABOUT, ratchet=True).tighten == ()


def test_what_a_clean_checkout_could_not_judge_is_said() -> None:
    gate: Gate = judge(side(Outcome.UNKNOWN), side(Outcome.FAIL), ABOUT)
    assert gate.met
    assert "could not be judged at the base" in gate.notes[0]
    stored = judge(side(Outcome.UNKNOWN), side(Outcome.FAIL), replace(ABOUT, kind="bundle"))
    assert stored.notes == ()


def test_a_pending_blocker_blocks_from_its_day_on_and_the_checklist_is_the_cause() -> None:
    waiting, due = side(Outcome.FAIL, pending="2027-01-01"), side(Outcome.FAIL)
    assert judge(replace(waiting, items=()), waiting, ABOUT).met
    assert judge(waiting, waiting, ABOUT).met
    gate = judge(waiting, due, ABOUT)
    assert not gate.met
    (new,) = gate.new_blockers
    assert (new.before, new.after, new.cause) == ("pending", "fail", Cause.CHECKLIST)


def test_false_green_a_probe_that_broke_off_at_the_base_has_not_judged_it() -> None:
    base = side(Outcome.UNKNOWN, probes=("reports.bandit",))
    for outcome in (Outcome.FAIL, Outcome.UNKNOWN):
        head = side(outcome, probes=("reports.bandit",))
        assert judge(base, head, ABOUT).met
        gate = judge(replace(base, broken=("reports.bandit",)), head, ABOUT)
        assert gate.exit_code == 3
        (lost,) = gate.evidence_lost
        assert "the probe reports.bandit broke off at the base" in lost.text
        assert judge(replace(base, broken=("code.markers",)), head, ABOUT).met
    assert judge(replace(base, broken=("reports.bandit",)), side(Outcome.PASS), ABOUT).met
