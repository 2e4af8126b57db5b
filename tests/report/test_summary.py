"""Numbers and words that every format shares."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.evaluate.plan_score import gains
from auditor.model.item import Item, Severity
from auditor.model.level import Level
from auditor.model.report import Report
from auditor.model.verdict import Outcome, Verdict, Waiver
from auditor.report import steps, summary

from .sample_parts import EXPIRED, WAIVER


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (Fraction(0), "0.0 %"),
        (Fraction(7996, 10000), "79.9 %"),
        (Fraction(8), "800.0 %"),
        (Fraction(1), "100.0 %"),
        (1 - Fraction(1, 10**30), "99.9 %"),
        (Fraction(2, 3), "66.6 %"),
    ],
)
def test_a_percentage_is_rounded_down(share: Fraction, shown: str) -> None:
    assert summary.percent(share) == shown


@given(st.fractions(min_value=0, max_value=1))
def test_a_percentage_never_shows_more_than_there_is(share: Fraction) -> None:
    shown = Fraction(summary.percent(share).removesuffix(" %"))
    assert shown <= share * 100 < shown + Fraction(1, 10)
    assert Fraction(str(summary.percent_number(share))) <= share * 100


@pytest.mark.parametrize(
    ("time", "shown"),
    [
        ("2025-10-06T12:00:00+00:00", "2025-10-06 12:00 UTC"),
        ("2025-10-06T12:00:00Z", "2025-10-06 12:00 UTC"),
        ("2025-10-06T12:00:00-03:30", "2025-10-06 12:00 -03:30"),
        ("2025-10-06T12:00:00", "2025-10-06 12:00"),
        ("some day", "some day"),
        (None, "unknown"),
    ],
)
def test_a_time_is_shown_with_its_zone(time: str | None, shown: str) -> None:
    assert summary.moment(time) == shown


def test_open_items_of_a_severity_come_first_and_waived_ones_last_among_them(
    sample: Report,
) -> None:
    blockers = summary.of_severity(sample, Severity.BLOCKER)
    outcomes = [v.outcome for v in blockers]
    assert outcomes == [Outcome.FAIL] * 3 + [Outcome.UNKNOWN] * 5 + [Outcome.PASS] * 2
    assert [v.item.id for v in blockers if v.waived] == [blockers[7].item.id]
    assert summary.blockers_in_words(sample) == "2 of 10 blockers pass, 1 waived"


def test_a_waiver_is_in_force_expired_or_unused(sample: Report) -> None:
    unused = replace(WAIVER, item="nothing")
    states = [summary.waiver_state(sample, w) for w in (WAIVER, EXPIRED, unused)]
    assert states == ["in force", "expired", "unused"]
    assert summary.waiver_state(sample, replace(unused, expires="never")) == "unused"


def test_the_tally_tells_every_number_of_the_report_zeros_included(sample: Report) -> None:
    numbers = [count.number for count in summary.tally(sample)]
    assert numbers == [23, 1, 1, 3, 1, 1, 1, 0, 1, 0]


def test_what_all_open_items_are_worth_is_what_is_missing(sample: Report) -> None:
    worth = gains(sample)
    missing = sum(worth[v.item.id] for v in sample.verdicts() if v.open)
    assert missing == 1 - sample.score.proven


def test_the_steps_begin_with_blockers_and_leave_out_waived_items(sample: Report) -> None:
    todo = steps.what_next(sample, limit=100)
    severities = [list(Severity).index(s.verdicts[0].item.severity) for s in todo]
    assert severities == sorted(severities)
    assert all(v.waived is None and v.open for s in todo for v in s.verdicts)
    assert len(steps.what_next(sample)) == 5


def test_items_that_one_command_decides_are_one_step(sample: Report) -> None:
    category = sample.categories[0]
    section = category.sections[0]
    items = [
        Item(str(n), f"9.{n}", f"Item {n}", Severity.CRITICAL, produce="make evidence")
        for n in (1, 2)
    ]
    both = tuple(Verdict(item, Outcome.UNKNOWN) for item in items)
    changed = replace(category, sections=(replace(section, verdicts=both),))
    todo = steps.what_next(replace(sample, categories=(changed,)))
    assert [[v.item.id for v in s.verdicts] for s in todo] == [["1", "2"]]
    assert todo[0].gain == 1


@pytest.mark.parametrize(
    ("outcome", "item", "step"),
    [
        (Outcome.FAIL, {"fix": "Mend it.\nSoon."}, "Mend it. Soon."),
        (Outcome.FAIL, {"fix": "Mend it.", "produce": "make x"}, "Mend it."),
        (Outcome.FAIL, {"produce": "make x"}, "Mend it, then produce the evidence again: make x"),
        (Outcome.UNKNOWN, {"fix": "Mend it.", "produce": "make x"}, "Produce the evidence: make x"),
        (
            Outcome.UNKNOWN,
            {"attestable": Level.REPORTED},
            "Have its owner attest it: auditor attest a.b",
        ),
        (
            Outcome.UNKNOWN,
            {},
            "Compare what was seen with what the checklist asks for, and mend the difference.",
        ),
    ],
)
def test_every_open_item_has_a_next_step(
    outcome: Outcome, item: dict[str, object], step: str
) -> None:
    made = Item("a.b", "1.1", "It works", Severity.NICE, **item)  # type: ignore[arg-type]
    assert str(steps.next_step(Verdict(made, outcome))) == step


def test_an_id_from_a_target_cannot_smuggle_a_command_into_ours() -> None:
    item = Item("feature.x; rm -rf ~", "1.1", "It works", Severity.NICE, attestable=Level.REPORTED)
    step = steps.next_step(Verdict(item, Outcome.UNKNOWN))
    assert step.command == "auditor attest 'feature.x; rm -rf ~'"


def test_an_item_without_advice_takes_that_of_its_open_part() -> None:
    part = Item("a.b.c", "1.1.1", "Part", Severity.NICE, fix="Mend the part.")
    whole = Item("a.b", "1.1", "Whole", Severity.NICE)
    verdict = Verdict(whole, Outcome.FAIL, checks=(Verdict(part, Outcome.FAIL),))
    assert str(steps.next_step(verdict)) == "Mend the part."


def test_overlays_are_named() -> None:
    item = Item("a", "1", "It works", Severity.NICE)
    verdict = Verdict(
        item,
        Outcome.FAIL,
        waived=Waiver("a", "o", "p", "r", "2030-01-01"),
        stale=True,
        attested=True,
    )
    assert summary.overlays(verdict) == ["waived", "attested", "stale evidence"]
    assert summary.overlays(Verdict(item, Outcome.PASS)) == []
