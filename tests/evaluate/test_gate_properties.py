"""The properties that make a gate worth something: no new blocker passes, and losing evidence never helps."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from auditor.evaluate.assess import Bundle, assess
from auditor.evaluate.compare import compare
from auditor.evaluate.decide import Overlays
from auditor.evaluate.gate import judge
from auditor.evaluate.snapshot import snapshot
from auditor.model.evidence import Evidence, Finding, Location
from auditor.model.gate import Comparison, GateBase, Snapshot
from auditor.model.item import Checklist, Severity
from tests.evaluate.universes import LOSSES, Loss, bundles, checklists

ABOUT = GateBase("baseline", "baseline.json", None)
some = settings(max_examples=settings().max_examples * 2)


@st.composite
def findings(draw: DrawFn) -> Finding:
    """A finding that one of the facts of these universes may count."""
    where = Location(draw(st.sampled_from(["a.py", "b.py"])), draw(st.integers(1, 4)))
    fact = draw(st.sampled_from(["n.one", "n.two", "list", "text"]))
    return Finding(draw(st.sampled_from("RS")), draw(st.sampled_from("mn")), fact, location=where)


@st.composite
def seen(draw: DrawFn) -> Bundle:
    """What was seen, with findings."""
    made = draw(bundles())
    return replace(made, evidence=tuple(_with(draw, e) for e in made.evidence))


def _with(draw: DrawFn, one: Evidence) -> Evidence:
    return replace(one, findings=tuple(draw(st.lists(findings(), max_size=2))))


def source(path: str, line: int) -> str | None:
    """Lines of the audited files; not every one is known."""
    return {1: "x = 1", 2: "y = 2"}.get(line)


def state(bundle: Bundle, made: Checklist) -> Snapshot:
    return snapshot(assess(bundle, made), bundle, source)


@st.composite
def changes(draw: DrawFn) -> tuple[Checklist, Bundle, Bundle]:
    """A checklist, a base and a head that are alike: the head differs in some probes, under one policy."""
    made, base, other = draw(checklists()), draw(seen()), draw(seen())
    moved = set(draw(st.lists(st.sampled_from([e.probe for e in base.evidence]))))
    others = {e.probe: e for e in other.evidence}
    mixed = tuple(others[e.probe] if e.probe in moved else e for e in base.evidence)
    return made, base, replace(base, evidence=mixed)


@some
@given(changes(), st.booleans())
def test_a_gate_never_passes_with_a_blocker_that_is_open_and_was_met(
    change: tuple[Checklist, Bundle, Bundle], ratchet: bool
) -> None:
    made, base, head = change
    before, after = state(base, made), state(head, made)
    was = {i.id for i in before.items if i.open}
    new = [i for i in after.items if i.open and i.severity is Severity.BLOCKER and i.id not in was]
    gate = judge(before, after, ABOUT, ratchet=ratchet)
    assert not (new and gate.met)
    told = {c.item for c in (*gate.new_blockers, *gate.evidence_lost)}
    assert {i.id for i in new} <= told
    assert gate.exit_code == (0 if gate.met else 3 if gate.undecided else 1)


@some
@given(changes(), st.booleans(), st.lists(st.sampled_from(LOSSES), unique_by=lambda x: x.probe))
def test_losing_evidence_of_the_head_never_turns_the_gate_green(
    change: tuple[Checklist, Bundle, Bundle], ratchet: bool, losses: list[Loss]
) -> None:
    made, base, head = change
    before = state(base, made)
    if judge(before, state(head, made), ABOUT, ratchet=ratchet).met:
        return  # nothing can be turned green
    less = head
    for loss in losses:
        less = loss.of(less)
    after = judge(before, state(less, made), ABOUT, ratchet=ratchet)
    # Without an attestation that cast doubt on a failure, the item fails as it did at the base: no change.
    assert not after.met or not after.changes


@some
@given(changes(), st.booleans())
def test_losing_single_facts_of_the_head_never_turns_the_gate_green(
    change: tuple[Checklist, Bundle, Bundle], ratchet: bool
) -> None:
    made, base, head = change
    before = state(base, made)
    whole = judge(before, state(head, made), ABOUT, ratchet=ratchet)
    if whole.met:
        return  # nothing can be turned green
    for one in head.evidence:
        if not one.facts:
            continue
        lost = replace(one, facts=one.facts[1:])
        names = {f.name for f in lost.facts}
        if one.facts[0].name in names:
            continue  # of two that contradict each other, losing one is no loss of the fact
        less = replace(
            head, evidence=tuple(lost if e.probe == one.probe else e for e in head.evidence)
        )
        part = judge(before, state(less, made), ABOUT, ratchet=ratchet)
        assert not part.met, one.facts[0]


@given(seen(), checklists())
def test_comparing_an_audit_with_itself_finds_nothing(bundle: Bundle, made: Checklist) -> None:
    one = state(bundle, made)
    found = compare(one, one)
    assert found == Comparison(still_open=found.still_open, proven=(one.proven, one.proven))
    assert {c.item for c in found.still_open} == {i.id for i in one.items if i.open}


@given(seen(), checklists())
def test_a_state_meets_itself_unless_a_waiver_has_run_out(bundle: Bundle, made: Checklist) -> None:
    calm = replace(bundle, overlays=Overlays(bundle.overlays.not_applicable))
    one = state(calm, made)
    gate = judge(one, one, ABOUT, ratchet=True)
    assert gate.met
    assert (gate.changes, gate.worse, gate.tighten) == ((), (), ())


@given(changes())
def test_every_change_goes_there_and_back(change: tuple[Checklist, Bundle, Bundle]) -> None:
    made, base, head = change
    before, after = state(base, made), state(head, made)
    there = {(c.item, c.before, c.after) for c in compare(before, after).changes}
    back = {(c.item, c.after, c.before) for c in compare(after, before).changes}
    assert there == back
