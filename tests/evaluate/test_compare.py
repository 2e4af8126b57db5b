"""Two audits compared: findings found again, causes named, and what got worse inside an open item."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.evaluate.assess import assess
from auditor.evaluate.compare import compare, lapsed, new_spots
from auditor.evaluate.snapshot import asks, snapshot, spot
from auditor.model.evidence import Finding, Location
from auditor.model.gate import Cause, ItemState, Leaf, Snapshot, Spot
from auditor.model.item import Severity
from auditor.model.level import Level
from auditor.model.verdict import Outcome, Waiver
from tests.evaluate.worlds import NOW, bundle_of, checklist, fact, item, seen
from tests.evaluate.worlds import asks as wants

PASS, FAIL, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN
SOURCE = {
    ("a.py", 3): "  run(x)  ",
    ("a.py", 9): "run(x)",
    ("b.py", 1): "run(x)",
    ("a.py", 5): "run(y)",
}


def state(outcome: Outcome, **more: object) -> ItemState:
    options: dict[str, object] = {"asks": "same", "reason": "so it is", "probes": ("repo.one",)}
    return replace(
        ItemState("an.item", "1.1", "An item", Severity.BLOCKER, outcome), **(options | more)
    )


def side(*items: ItemState, **more: object) -> Snapshot:
    made = Snapshot(
        tool_version="1", started_at=NOW.isoformat(), service="orders", repository="shop", root="",
        commit="a" * 40, dirty=False, checklist="small", checklist_version="1",
        checklist_digest="d", items=items, probes={"repo.one": "1"},
    )  # fmt: skip
    return replace(made, **more)


def cause(base: Snapshot, head: Snapshot) -> Cause:
    (change,) = compare(base, head).changes
    return change.cause


def found(path: str, line: int, message: str = "It runs.", *, known: bool = True) -> Spot:
    finding = Finding("R1", message, "scan.high", location=Location(path, line))
    return spot(finding, lambda p, n: SOURCE.get((p, n)) if known else None)


@pytest.mark.parametrize(
    ("base", "head", "new"),
    [
        ([found("a.py", 3)], [found("a.py", 9)], 0),
        ([found("a.py", 3)], [found("b.py", 1)], 0),
        ([found("a.py", 3)], [found("a.py", 3), found("b.py", 1)], 1),
        ([found("a.py", 3)], [found("a.py", 5)], 1),
        ([found("a.py", 3, known=False)], [found("a.py", 9)], 0),
        ([found("a.py", 3, known=False)], [found("b.py", 1)], 1),
        ([found("a.py", 3)], [found("a.py", 5, known=False)], 0),
        ([found("a.py", 3, "a.py:3 runs")], [found("a.py", 9, "a.py:9 runs")], 0),
        ([found("a.py", 3, known=False)], [found("a.py", 9, "Another", known=False)], 1),
        ([], [found("a.py", 3)], 1),
        ([found("a.py", 3)], [], 0),
    ],
)  # fmt: skip
def test_a_finding_is_known_by_its_source_line_or_else_by_file_and_message(
    base: list[Spot], head: list[Spot], new: int
) -> None:
    assert len(new_spots(base, head)) == new


def test_a_finding_without_source_may_have_moved_only_with_a_file_that_is_gone() -> None:
    base, head = [found("a.py", 3, known=False)], [found("b.py", 1, known=False)]
    assert new_spots(base, head, gone={"a.py"}) == []
    assert len(new_spots(base, head)) == 1


def test_an_item_that_asks_something_else_changed_for_the_checklist() -> None:
    assert cause(side(state(PASS)), side(state(FAIL, asks="more"))) is Cause.CHECKLIST
    assert cause(side(), side(state(FAIL))) is Cause.CHECKLIST
    reports = side(state(PASS, asks="")), side(state(FAIL, asks=""), checklist_digest="e")
    assert cause(*reports) is Cause.CHECKLIST


def test_an_item_changed_for_the_version_of_the_auditor_or_of_its_probe() -> None:
    assert cause(side(state(PASS)), side(state(FAIL), tool_version="2")) is Cause.TOOL_VERSION
    newer = side(state(FAIL), probes={"repo.one": "2"})
    assert cause(side(state(PASS)), newer) is Cause.TOOL_VERSION
    stranger = side(state(FAIL), probes={"repo.one": "1", "repo.two": "2"}, commit="b" * 40)
    assert cause(side(state(PASS)), stranger) is Cause.CODE


def test_another_commit_is_the_code_and_the_same_one_the_environment() -> None:
    assert cause(side(state(PASS)), side(state(FAIL), commit="b" * 40)) is Cause.CODE
    assert cause(side(state(PASS)), side(state(FAIL), dirty=True)) is Cause.CODE
    assert cause(side(state(PASS)), side(state(FAIL))) is Cause.ENVIRONMENT


def test_what_only_a_running_system_said_otherwise_is_the_environment() -> None:
    before, after = (
        Leaf("health", "yes", True, outside=True),
        Leaf("health", "yes", False, outside=True),
    )
    code = Leaf("tests", "yes", True)
    base, head = side(state(PASS, leaves=(before, code))), state(FAIL, leaves=(after, code))
    assert cause(base, side(head, commit="b" * 40)) is Cause.ENVIRONMENT
    both = state(FAIL, leaves=(after, replace(code, truth=False)))
    assert cause(base, side(both, commit="b" * 40)) is Cause.CODE


def test_what_was_decided_and_is_unknown_is_lost_evidence() -> None:
    for before in (PASS, FAIL):
        head = side(state(UNKNOWN), commit="b" * 40)
        assert cause(side(state(before)), head) is Cause.EVIDENCE_LOST


def test_a_waiver_that_ran_out_is_told_from_one_that_was_taken_away() -> None:
    waiver = Waiver("an.item", "dana", "lee", "later", "2026-03-02T11:00:00+00:00")
    base = side(state(FAIL, waived=True), waivers=(waiver,))
    assert cause(base, side(state(FAIL))) is Cause.WAIVER_EXPIRED
    assert cause(base, side(state(UNKNOWN))) is Cause.WAIVER_EXPIRED
    longer = replace(base, waivers=(waiver, replace(waiver, expires="2027-01-01T00:00:00+00:00")))
    assert cause(longer, side(state(FAIL))) is Cause.WAIVER
    assert cause(side(state(FAIL)), side(state(FAIL, waived=True))) is Cause.WAIVER
    assert not lapsed(base, "another.item", NOW.isoformat())


def number(value: float, wanted: str = ">= 90 %", better: int = 1, truth: bool = False) -> Leaf:
    return Leaf("coverage", wanted, truth, f"{value:g} %", value, better)


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        (number(80), number(79), ["number"]),
        (number(80), number(80), []),
        (number(80), number(85), []),
        (number(3, "== 0", -1), number(4, "== 0", -1), ["number"]),
        (number(3, "== 0", -1), number(2, "== 0", -1), []),
        (number(95, truth=True), number(91, truth=True), []),
        (number(95, truth=True), number(89), ["number"]),
        (number(80), Leaf("coverage", ">= 90 %", None), ["unseen_number"]),
        (Leaf("wired", "yes", True, "yes"), Leaf("wired", "yes", False, "no"), ["part"]),
        (Leaf("wired", "yes", True, "yes"), Leaf("wired", "yes", None), ["unseen"]),
        (Leaf("wired", "yes", None), Leaf("wired", "yes", False, "no"), []),
    ],
)
def test_inside_an_item_that_is_open_on_both_sides_every_part_is_held(
    before: Leaf, after: Leaf, kinds: list[str]
) -> None:
    base, head = side(state(FAIL, leaves=(before,))), side(state(FAIL, leaves=(after,)))
    assert [w.kind for w in compare(base, head).worse] == kinds


def test_where_the_base_counts_more_than_it_lists_only_the_number_is_compared() -> None:
    leaf = Leaf("scan.high", "== 0", False, "2", 2.0, -1)
    base = side(state(FAIL, leaves=(leaf,)), findings=(found("a.py", 3),))
    head = side(state(FAIL, leaves=(leaf,)), findings=(found("a.py", 5),))
    assert compare(base, head).worse == ()
    listed = replace(base, findings=(found("a.py", 3), found("a.py", 9)))
    assert [w.kind for w in compare(listed, head).worse] == ["finding"]


def test_an_entry_of_a_list_that_should_be_empty_is_a_finding() -> None:
    made = checklist(item(require=wants("alerts.bare", {"empty": True})))

    def taken(*entries: str) -> Snapshot:
        seen_now = bundle_of(seen(fact("alerts.bare", list(entries))))
        return snapshot(assess(seen_now, made), seen_now)

    one = taken("rules.yml:12 HighErrors")
    assert compare(one, taken("rules.yml:40 HighErrors")).worse == ()
    (worse,) = compare(one, taken("rules.yml:12 HighErrors", "rules.yml:50 Slow")).worse
    assert (worse.kind, worse.fact, worse.text) == (
        "finding", "alerts.bare", "entry: rules.yml:50 Slow",
    )  # fmt: skip


def test_numbers_that_are_never_twice_the_same_are_only_held_to_their_limit() -> None:
    made = checklist(item(require=wants("load.p95", "<= 300")))

    def taken(value: float) -> Snapshot:
        seen_now = bundle_of(seen(fact("load.p95", value, unit="ms")))
        return snapshot(assess(seen_now, made), seen_now)

    assert compare(taken(400), taken(410)).worse == ()


def test_what_an_item_asks_is_the_same_until_it_asks_something_else() -> None:
    one = item(require=wants("n", ">= 1"))
    assert asks(one) == asks(replace(one, title="Another title", why="Because."))
    assert asks(one) != asks(item(require=wants("n", ">= 2")))
    assert asks(one) != asks(replace(one, floor=Level.OBSERVED))
    assert asks(one) != asks(replace(one, checks=(item("a.part"),)))
