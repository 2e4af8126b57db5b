"""The properties that make a score worth something: evidence that is lost never helps."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from auditor import codec
from auditor.evaluate.assess import Bundle, assess
from auditor.evaluate.decide import Overlays, decide
from auditor.evaluate.facts import Facts
from auditor.model.evidence import Evidence, Fact, Problem, ProblemKind, Source, SourceKind
from auditor.model.item import Checklist, Item, Severity
from auditor.model.level import Level
from auditor.model.report import Report
from auditor.model.target import Looking
from auditor.model.verdict import Outcome
from auditor.report.registry import render
from auditor.store.bundle import VERSION, Manifest, opened, seal
from tests.evaluate.universes import LOSSES, PROBES, VALUES, Loss, bundles, checklists, items
from tests.evaluate.worlds import NOW, answer, fact

T = TypeVar("T")
few = settings(max_examples=settings().max_examples // 2)
RANKS = ["not_ready", "ready", "excellent", "perfect"]


def _open(report: Report) -> set[str]:
    return {v.item.id for v in report.verdicts() if v.open}


def _open_blockers(report: Report) -> set[str]:
    return {
        v.item.id
        for v in report.verdicts()
        if v.open and v.waived is None and v.item.severity is Severity.BLOCKER
    }


@given(bundles(), checklists())
def test_losing_the_evidence_of_any_probe_raises_no_score_and_closes_no_item(
    full: Bundle, made: Checklist
) -> None:
    before = assess(full, made)
    for loss in LOSSES:
        after = assess(loss.of(full), made)
        assert after.score.proven <= before.score.proven, loss
        assert RANKS.index(after.readiness.level) <= RANKS.index(before.readiness.level), loss
        assert _open_blockers(before) <= _open_blockers(after), loss
        assert _open(before) <= _open(after), loss


@few
@given(bundles(), checklists(), st.lists(st.sampled_from(LOSSES), unique_by=lambda x: x.probe))
def test_losing_the_evidence_of_several_probes_never_helps_either(
    full: Bundle, made: Checklist, losses: list[Loss]
) -> None:
    less = full
    for loss in losses:
        less = loss.of(less)
    before, after = assess(full, made), assess(less, made)
    assert after.score.proven <= before.score.proven
    assert _open_blockers(before) <= _open_blockers(after)


@few
@given(
    bundles(), checklists(), st.sampled_from(["n.one", "yes", "n.two", "list", "text", "n.about"])
)
def test_losing_one_fact_to_a_look_that_was_cut_short_never_helps(
    full: Bundle, made: Checklist, key: str
) -> None:
    problem = Problem(ProblemKind.TIMED_OUT, "It took too long.", facts=(key,))
    evidence = tuple(
        replace(e, facts=tuple(f for f in e.facts if f.key != key), problems=(*e.problems, problem))
        for e in full.evidence
    )
    before, after = assess(full, made), assess(replace(full, evidence=evidence), made)
    assert after.score.proven <= before.score.proven
    assert _open(before) <= _open(after)


@few
@given(bundles(), checklists())
def test_without_any_evidence_nothing_is_proven(full: Bundle, made: Checklist) -> None:
    report = assess(replace(full, evidence=()), made)
    assert report.score.proven == 0
    assert not [v for v in report.verdicts() if v.outcome is Outcome.PASS]


@few
@given(bundles(), checklists())
def test_the_three_figures_keep_their_order(full: Bundle, made: Checklist) -> None:
    report = assess(full, made)
    scores = [report.score, *(c.score for c in report.categories)]
    scores += [s.score for c in report.categories for s in c.sections]
    for score in scores:
        assert 0 <= score.proven <= score.possible <= 1
        assert score.proven <= score.coverage <= 1


@few
@given(bundles(), checklists())
def test_only_evidence_at_the_floor_passes_an_item(full: Bundle, made: Checklist) -> None:
    for verdict in assess(full, made).verdicts():
        if verdict.outcome is Outcome.PASS and verdict.item.require is not None:
            assert verdict.level is not None
            assert verdict.level is not Level.CLAIMED
            assert verdict.checks or verdict.level.rank >= verdict.item.floor.rank


@few
@given(bundles(), checklists())
def test_every_verdict_gives_a_reason(full: Bundle, made: Checklist) -> None:
    for verdict in assess(full, made).verdicts():
        assert verdict.reasons or verdict.checks, "an item that only has parts is explained by them"
        assert all(r.text.strip() for r in verdict.reasons)


@few
@given(bundles(), checklists())
def test_a_waiver_never_changes_a_score(full: Bundle, made: Checklist) -> None:
    bare = replace(full, overlays=replace(full.overlays, waivers=()))
    assert assess(full, made).score == assess(bare, made).score


@few
@given(bundles(), checklists(), st.randoms(use_true_random=False))
def test_the_order_of_evidence_and_facts_does_not_matter(
    full: Bundle, made: Checklist, chance: random.Random
) -> None:
    evidence = [replace(e, facts=_shuffled(e.facts, chance)) for e in full.evidence]
    other = replace(
        full, evidence=_shuffled(evidence, chance), probes=_shuffled(full.probes, chance)
    )
    first, second = assess(full, made), assess(other, made)
    assert first == second
    assert render("json", first) == render("json", second)


def _shuffled(values: Iterable[T], chance: random.Random) -> tuple[T, ...]:
    pool = list(values)
    chance.shuffle(pool)
    return tuple(pool)


@few
@given(bundles(), checklists())
def test_a_bundle_gives_the_same_bytes_each_time_it_is_sealed_opened_and_judged(
    full: Bundle, made: Checklist
) -> None:
    manifest = Manifest(
        bundle_version=VERSION,
        tool={"name": "auditor", "version": "0"},
        started_at=full.started_at,
        finished_at=full.finished_at,
        target=full.target,
        looking=Looking(),
        checklist="random",
        probes=full.probes,
        waivers=full.overlays.waivers,
        not_applicable=dict(full.overlays.not_applicable),
    )
    files = seal(manifest, full.evidence, {})
    _, once = opened(files)
    again = seal(manifest, tuple(reversed(once.evidence)), {})
    assert again == files
    report = assess(once, made)
    assert render("json", report) == render("json", assess(opened(again)[1], made))
    assert report.score == assess(full, made).score, "nothing is lost on the way through the files"


@few
@given(bundles())
def test_evidence_survives_its_file(full: Bundle) -> None:
    for one in full.evidence:
        assert codec.decode(codec.encode(one), Evidence) == one


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)
NONSENSE = st.one_of(
    JSON,
    st.sampled_from([10**5000, -(10**30), "\udcff", float("nan"), float("inf"), {1: 2}, (1,)]),
    st.builds(object),
    st.sets(st.integers()),
)


@st.composite
def nonsense(draw: DrawFn) -> Fact:
    """A fact that no sound probe gives."""
    name = draw(st.sampled_from([*VALUES, "attestation@item.0", "nobody.promised", "n.one@x"]))
    times = st.text(max_size=10) | st.sampled_from(
        ["0001-01-01T00:00:00+23:59", None, 12, "9" * 30]
    )
    key, _, subject = name.partition("@")
    source = Source(SourceKind.FILE, draw(st.text(max_size=5)))
    level = draw(st.sampled_from(Level))
    value, at = draw(NONSENSE), draw(times)
    return Fact(key, value, level, source, subject, produced_at=at)  # type: ignore[arg-type]


@few
@given(items("item.0"), st.lists(nonsense(), max_size=5), bundles())
def test_deciding_never_raises_whatever_the_evidence_holds(
    asked: Item, odd: list[Fact], full: Bundle
) -> None:
    evidence = [replace(e, facts=(*e.facts, *odd)) for e in full.evidence]
    assert decide(asked, Facts(evidence, PROBES, NOW), Overlays()).outcome in Outcome


@few
@given(bundles(), checklists(), st.lists(nonsense(), max_size=5))
def test_a_whole_report_survives_nonsense_too(
    full: Bundle, made: Checklist, odd: list[Fact]
) -> None:
    evidence = tuple(replace(e, facts=(*e.facts, *odd)) for e in full.evidence)
    report = assess(replace(full, evidence=evidence), made)
    assert 0 <= report.score.proven <= 1


@few
@given(bundles(), checklists())
def test_nonsense_beside_a_good_fact_never_helps(full: Bundle, made: Checklist) -> None:
    spoilt = [
        fact("n.one", "many"),
        fact("yes", 1),
        fact("n.two", True),
        fact("list", "a"),
        fact("text", []),
    ]
    evidence = tuple(
        replace(e, facts=(*e.facts, *(f for f in spoilt if _owes(e.probe, f))))
        for e in full.evidence
    )
    before, after = assess(full, made), assess(replace(full, evidence=evidence), made)
    assert after.score.proven <= before.score.proven


def _owes(probe: str, made: Fact) -> bool:
    return any(p.id == probe and made.key in {s.key for s in p.emits} for p in PROBES)


@few
@given(bundles(), checklists())
def test_a_fact_from_a_probe_that_never_promised_it_does_not_count(
    full: Bundle, made: Checklist
) -> None:
    stranger = answer("repo.stranger", *(f for e in full.evidence for f in e.facts))
    assert assess(replace(full, evidence=(stranger,)), made).score.proven == 0
