"""Remove any evidence from any bundle: neither does `proven` rise nor does a blocker clear."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.evaluate.assess import Bundle, assess
from auditor.evaluate.decide import Overlays
from auditor.model.evidence import Evidence, Fact, Problem, ProblemKind, Source, SourceKind, Status
from auditor.model.item import (
    All,
    Any,
    Category,
    Checklist,
    Constraint,
    Item,
    Matcher,
    Not,
    Section,
    Severity,
)
from auditor.model.level import Level
from auditor.model.probe import FactSpec, FactType, Phase, ProbeSpec
from auditor.model.report import Report
from auditor.model.target import Target

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
KEYS = ("a.x", "a.y", "b.x", "c.x")
SOURCE = Source(SourceKind.FILE, "made up")
PEOPLE = "people.attestations"


def spec(name: str, *keys: str) -> ProbeSpec:
    """A probe that promises numbers."""
    emits = tuple(FactSpec(k, FactType.NUMBER, k) for k in keys)
    return ProbeSpec(name, name, (), emits, Phase.STATIC, 1.0, "1")


PROBES = (
    spec("a", "a.x", "a.y"), spec("b", "b.x"), spec("c", "c.x"),
    replace(spec(PEOPLE), emits=(FactSpec("attestation", FactType.OBJECT, "", subjects=("*",)),)),
)  # fmt: skip

levels = st.sampled_from(list(Level))
leaves = st.builds(
    lambda key, sign, number: Constraint(key, "", Matcher(sign, number, f"{sign} {number}")),
    st.sampled_from(KEYS), st.sampled_from([">=", "<", "=="]), st.sampled_from([0.0, 1.0, 2.0]),
)  # fmt: skip
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(lambda p: All(tuple(p)), st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda p: Any(tuple(p)), st.lists(inner, min_size=1, max_size=3)),
        st.builds(Not, inner),
    ),
    max_leaves=5,
)
items = st.builds(
    Item,
    id=st.just("i"), number=st.just("1"), title=st.just("t"), severity=st.sampled_from(list(Severity)),
    weight=st.sampled_from([Fraction(1), Fraction(3)]), when=st.none() | trees, require=st.none() | trees,
    floor=levels, max_age_s=st.sampled_from([None, 3600.0]), attestable=st.none() | levels,
)  # fmt: skip


@st.composite
def checklists(draw: st.DrawFn) -> Checklist:
    """Up to three categories of up to two sections of up to three items."""
    count = 0
    categories = []
    for c in range(draw(st.integers(1, 3))):
        sections = []
        for s in range(draw(st.integers(1, 2))):
            made = []
            for item in draw(st.lists(items, min_size=1, max_size=3)):
                count += 1
                made.append(replace(item, id=f"i{count}", number=str(count)))
            sections.append(Section(f"s{c}{s}", "", "", tuple(made)))
        categories.append(
            Category(f"c{c}", "", "", Fraction(draw(st.integers(1, 5))), tuple(sections))
        )
    return Checklist("x", "1", "x", tuple(categories))


@st.composite
def evidence(draw: st.DrawFn) -> tuple[Evidence, ...]:
    """Facts of every probe, attestations of some items."""
    made = []
    for probe in PROBES[:3]:
        facts = [
            Fact(fact.key, draw(st.sampled_from([0, 1, 2])), draw(levels), SOURCE,
                 produced_at=draw(st.sampled_from([NOW.isoformat(), (NOW - timedelta(days=9)).isoformat(), None])))
            for fact in probe.emits
            for _ in range(draw(st.integers(0, 2)))
        ]  # fmt: skip
        made.append(Evidence(probe.id, "1", Status.OK, tuple(facts)))
    expires = (NOW + timedelta(days=draw(st.sampled_from([-1, 5])))).isoformat()
    signed = [
        Fact("attestation", {"expires": expires}, draw(levels), SOURCE, subject=f"i{n}")
        for n in draw(st.sets(st.integers(1, 9), max_size=4))
    ]
    return (*made, Evidence(PEOPLE, "1", Status.OK, tuple(signed)))


def judged(checklist: Checklist, seen: tuple[Evidence, ...]) -> Report:
    """The report on a made-up target."""
    when = NOW.isoformat()
    return assess(Bundle("1", when, when, Target("s", "r"), PROBES, seen, Overlays()), checklist)


def blockers(report: Report) -> set[str]:
    """The open blockers."""
    return {v.item.id for v in report.verdicts() if v.open and v.item.severity is Severity.BLOCKER}


def lost(one: Evidence, how: str) -> tuple[Evidence, ...]:
    """An evidence as it is after it was lost."""
    problem = Problem(ProblemKind.CRASHED, "gone")
    if how == "removed":
        return ()
    status = Status.FAILED if how == "failed" else Status.SKIPPED
    return (Evidence(one.probe, "1", status, problems=(problem,)),)


@settings(max_examples=300, deadline=None)
@given(
    checklists(), evidence(), st.integers(0, 3), st.sampled_from(["removed", "failed", "skipped"])
)
def test_losing_evidence_never_raises_a_score_nor_clears_a_blocker(
    checklist: Checklist, seen: tuple[Evidence, ...], which: int, how: str
) -> None:
    before = judged(checklist, seen)
    after = judged(checklist, (*seen[:which], *lost(seen[which], how), *seen[which + 1 :]))
    assert after.score.proven <= before.score.proven
    assert blockers(before) <= blockers(after)


@settings(max_examples=100, deadline=None)
@given(checklists(), evidence())
def test_proven_is_at_most_possible_and_order_does_not_matter(
    checklist: Checklist, seen: tuple[Evidence, ...]
) -> None:
    report = judged(checklist, seen)
    assert 0 <= report.score.proven <= report.score.possible <= 1
    shuffled = [replace(e, facts=tuple(reversed(e.facts))) for e in reversed(seen)]
    assert judged(checklist, tuple(shuffled)) == report
