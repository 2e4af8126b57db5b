"""What protects a gate's rules: gaps are told, and so is each question that nobody answered."""

from __future__ import annotations

import pytest

from auditor.evaluate.gate_integrity import integrity
from auditor.model.evidence import Evidence, Fact, Location, Source, SourceKind, Status, Value
from auditor.model.level import Level

OWNED: dict[str, Value] = {
    "ownership.unowned_rules": [],
    "ownership.gate_step": [".github/workflows/ci.yml:9: auditor gate"],
    "ownership.toothless_gate": [],
}
PROTECTED: dict[str, Value] = {"forge.required_checks": ["readiness"], "forge.direct_pushes": False}


def answer(probe: str, facts: dict[str, Value], status: Status = Status.OK) -> Evidence:
    source = Source(SourceKind.FILE, "CODEOWNERS")
    made = tuple(Fact(key, value, Level.EFFECTIVE, source) for key, value in facts.items())
    return Evidence(probe, "1", status, made)


def said(owners: dict[str, Value] | None, forge: dict[str, Value] | None) -> str:
    seen = [
        answer(probe, facts)
        for probe, facts in (("repo.ownership", owners), ("ci.forge", forge))
        if facts is not None
    ]
    return "\n".join(integrity(seen))


def test_where_all_is_protected_nothing_is_said() -> None:
    assert said(OWNED, PROTECTED) == ""


@pytest.mark.parametrize(
    ("owners", "forge", "words"),
    [
        (None, PROTECTED, "has no answer"),
        ({}, PROTECTED, "owners is not known"),
        (
            OWNED | {"ownership.unowned_rules": ["auditor.yaml"]},
            PROTECTED,
            "nobody for auditor.yaml",
        ),
        (OWNED | {"ownership.gate_step": []}, PROTECTED, "No pipeline runs the gate"),
        (OWNED, None, "AUDITOR_GITHUB_TOKEN or AUDITOR_GITLAB_TOKEN"),
        (OWNED, {}, "requires is not known"),
        (OWNED, PROTECTED | {"forge.required_checks": []}, "requires no check"),
        (OWNED, PROTECTED | {"forge.direct_pushes": True}, "pushes without a review"),
    ],
)
def test_each_gap_is_one_sentence(
    owners: dict[str, Value] | None, forge: dict[str, Value] | None, words: str
) -> None:
    (line,) = said(owners, forge).split("\n")
    assert words in line


def test_a_probe_that_failed_has_protected_nothing() -> None:
    seen = [
        answer("repo.ownership", OWNED, Status.FAILED),
        answer("ci.forge", PROTECTED, Status.SKIPPED),
    ]
    assert len(integrity(seen)) == 2


def test_many_files_are_counted_and_the_first_ones_named() -> None:
    line = said(OWNED | {"ownership.unowned_rules": [f"f{n}" for n in range(9)]}, PROTECTED)
    assert "f0, f1, f2, f3, f4 and 4 more" in line


def test_files_are_named_by_their_places_alone() -> None:
    source = Source(SourceKind.FILE, "CODEOWNERS")
    places = (Location("auditor.yaml"), Location("readiness/checklist.yaml", 3))
    values = ["auditor.yaml has no owner", "readiness/checklist.yaml:3 has no owner"]
    fact = Fact("ownership.unowned_rules", values, Level.EFFECTIVE, source, locations=places)
    (line,) = integrity(
        [Evidence("repo.ownership", "1", Status.OK, (fact,)), answer("ci.forge", PROTECTED)]
    )
    assert "names nobody for auditor.yaml, readiness/checklist.yaml:3: whoever" in line
