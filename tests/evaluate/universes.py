"""Random checklists and random evidence, for properties that must hold whatever was asked and seen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from fractions import Fraction

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from auditor.evaluate.assess import Bundle
from auditor.evaluate.decide import ATTESTATION, Overlays
from auditor.model.evidence import Evidence, Fact, Problem, ProblemKind, Status
from auditor.model.item import (
    All,
    Any,
    Category,
    Checklist,
    Constraint,
    Item,
    Not,
    Requirement,
    Section,
    Severity,
)
from auditor.model.level import Level
from auditor.model.probe import FactSpec, FactType, ProbeSpec
from auditor.model.verdict import Waiver
from tests.evaluate.worlds import NOW, PEOPLE, answer, asks, attestation, bundle, fact, probe_spec

ANY = ("*",)
PROBES = (
    probe_spec(
        "repo.one",
        FactSpec("n.one", FactType.NUMBER, "One."),
        FactSpec("yes", FactType.BOOLEAN, "Yes."),
    ),
    probe_spec(
        "reports.two",
        FactSpec("n.two", FactType.NUMBER, "Two.", "%"),
        FactSpec("list", FactType.LIST, "List."),
    ),
    probe_spec(
        "live.three",
        FactSpec("text", FactType.TEXT, "Text."),
        FactSpec("n.about", FactType.NUMBER, "About.", "", ANY),
    ),
    probe_spec(PEOPLE, FactSpec(ATTESTATION, FactType.OBJECT, "Attested.", "", ANY)),
)
ITEMS = [f"item.{n}" for n in range(8)]
PARTS = [f"{name}.part" for name in ITEMS]

TESTS: dict[str, list[object]] = {
    "n.one": [">= 1", "== 0", "< 2", "!= 1", 1.0],
    "yes": [True, False],
    "n.two": ["> 0", "<= 1", "== 2"],
    "list": [{"contains": "a"}, {"excludes": "a"}, {"empty": True}, {"empty": False}, {"count": ">= 2"}],
    "text": ["a", {"one_of": ["a", "b"]}, {"matches": "^a"}, {"contains": "b"}, {"empty": False}],
    "n.about@x": [">= 1", "== 0"],
    "n.about@y": [">= 1", "== 0"],
}  # fmt: skip
VALUES: dict[str, SearchStrategy[object]] = {
    "n.one": st.integers(0, 2),
    "yes": st.sampled_from([True, True, False]),
    "n.two": st.sampled_from([0, 0.5, 1, 2]),
    "list": st.lists(st.sampled_from("ab"), max_size=2),
    "text": st.sampled_from(["a", "b", "ab", ""]),
    "n.about@x": st.sampled_from([1, 1, 0]),
    "n.about@y": st.integers(0, 1),
}
# What passes comes more often than chance would have it: most properties are about losing a pass.
LEVELS = st.sampled_from([*Level, *[Level.REPORTED, Level.OBSERVED] * 5])
FLOORS = st.sampled_from(
    [Level.CLAIMED, Level.DECLARED, Level.DECLARED, Level.EFFECTIVE, Level.REPORTED]
)
MADE = st.sampled_from(
    [
        *(NOW.isoformat() for _ in range(20)),
        (NOW - timedelta(days=2)).isoformat(),
        (NOW - timedelta(days=30)).isoformat(),
        (NOW + timedelta(days=30)).isoformat(),
        "2026-03-02T12:00:00",
        "yesterday",
        None,
    ]
)


@st.composite
def leaves(draw: DrawFn) -> Constraint:
    """A constraint on a fact of these probes."""
    name = draw(st.sampled_from(sorted(TESTS)))
    return asks(name, draw(st.sampled_from(TESTS[name])))


def _joined(parts: SearchStrategy[Requirement]) -> SearchStrategy[Requirement]:
    several = st.lists(parts, min_size=1, max_size=3).map(tuple)
    return st.one_of(several.map(All), several.map(Any), parts.map(Not))


TREES: SearchStrategy[Requirement] = st.one_of(
    leaves(), st.recursive(leaves(), _joined, max_leaves=5)
)


@st.composite
def items(draw: DrawFn, name: str, with_parts: bool = True) -> Item:
    """An item in any of the shapes that a checklist may give it."""
    parts = draw(st.lists(items(f"{name}.part", False), max_size=1)) if with_parts else []
    return Item(
        id=name,
        number="1",
        title=name,
        severity=draw(st.sampled_from(Severity)),
        weight=draw(st.sampled_from([Fraction(1), Fraction(1, 3), Fraction(5)])),
        when=draw(st.none() | st.none() | st.none() | TREES),
        require=draw(TREES | TREES | st.none()),
        floor=draw(FLOORS),
        max_age_s=draw(st.sampled_from([None, 86400.0, 7 * 86400.0])),
        attestable=draw(st.none() | LEVELS),
        checks=tuple(parts),
    )


@st.composite
def checklists(draw: DrawFn) -> Checklist:
    """Up to three categories of up to two sections; weights need not add up to anything."""
    names = iter(ITEMS)
    categories = []
    for c in range(draw(st.integers(1, 3))):
        sections = []
        for s in range(draw(st.integers(1, 2))):
            count = draw(st.sampled_from([2, 1, 3, 0]))
            chosen = [draw(items(n)) for _, n in zip(range(count), names, strict=False)]
            weight = draw(st.sampled_from([Fraction(1), Fraction(3)]))
            sections.append(Section(f"c{c}.s{s}", f"{c}.{s}", "Section", tuple(chosen), weight))
        weight = draw(st.sampled_from([Fraction(20), Fraction(25), Fraction(1, 2)]))
        categories.append(Category(f"c{c}", str(c), "Category", weight, tuple(sections)))
    levels: dict[str, float] = draw(st.sampled_from([{}, {"ready": 30.0, "excellent": 50.0}]))
    return Checklist("random", "1", "Random", tuple(categories), levels=levels, digest="d")


@st.composite
def facts(draw: DrawFn, name: str) -> Fact:
    """A fact of that name, of any level and any time, from one of two places."""
    where = draw(st.sampled_from(["a.json", "b.json"]))
    return fact(name, draw(VALUES[name]), draw(LEVELS), at=draw(MADE), where=where)


@st.composite
def attestations(draw: DrawFn) -> Fact:
    """An attestation of an item or a part; its expiry may be anything."""
    good = "2027-01-01T00:00:00+00:00"
    expires = draw(st.sampled_from([*[good] * 9, "2026-01-01T00:00:00Z", "", "soon"]))
    # The first items are in every checklist, the last in few.
    name = draw(st.sampled_from([*ITEMS[:3] * 4, *ITEMS, *PARTS]))
    return attestation(name, draw(LEVELS), expires=expires)


@st.composite
def answers(draw: DrawFn, probe: ProbeSpec) -> Evidence:
    """The evidence of a probe, which mostly finished its look, and gave 0 to 2 facts of each name."""
    made: list[Fact] = []
    if probe.id == PEOPLE:
        made = draw(st.lists(attestations(), max_size=6))
    for name in VALUES:
        if name.partition("@")[0] in {s.key for s in probe.emits}:
            made += draw(
                st.lists(facts(name), min_size=draw(st.sampled_from([1, 1, 0])), max_size=2)
            )
    status = draw(st.sampled_from([Status.OK] * 12 + [Status.FAILED, Status.SKIPPED]))
    problem = Problem(ProblemKind.STALE, "It is old.", "Make it again.", ("n.one",))
    return answer(probe.id, *made, status=status, problems=draw(st.sampled_from([(), (problem,)])))


@st.composite
def overlays(draw: DrawFn) -> Overlays:
    """A few waivers, expired ones too, and a few items that are declared not to apply."""
    away = draw(st.lists(st.sampled_from(ITEMS + PARTS), max_size=2))
    expiry = st.sampled_from(["2027-01-01T00:00:00+00:00", "2026-01-01T00:00:00+00:00"])
    waived = draw(st.lists(st.tuples(st.sampled_from(ITEMS + PARTS), expiry), max_size=2))
    waivers = tuple(Waiver(name, "dana", "lee", "later", when) for name, when in waived)
    return Overlays(dict.fromkeys(away, "not here"), waivers)


@st.composite
def bundles(draw: DrawFn) -> Bundle:
    """Everything that was seen in one random audit."""
    return bundle(PROBES, [draw(answers(p)) for p in PROBES], draw(overlays()))


@dataclass(frozen=True)
class Loss:
    """A way to lose the evidence of one probe."""

    probe: str
    how: str

    def of(self, full: Bundle) -> Bundle:
        """The bundle without it."""
        kept = tuple(e for e in full.evidence if e.probe != self.probe)
        if self.how == "removed":
            return replace(full, evidence=kept)
        lost = [e for e in full.evidence if e.probe == self.probe]
        problem = Problem(ProblemKind.CRASHED, "It broke.")
        status = Status.FAILED if self.how == "failed" else Status.SKIPPED
        broken = (replace(e, status=status, problems=(problem,)) for e in lost)
        return replace(full, evidence=(*kept, *broken))


LOSSES = [Loss(p.id, how) for p in PROBES for how in ("removed", "failed", "skipped")]
