"""What reports.sbom says of bills of materials and VEX statements."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from auditor.model.evidence import Evidence, ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import NOW, FakeTree, problems, run_probe, values
from probes.reports.sbom import sbom

Files = dict[str, "str | bytes | Trouble"]
POETRY = '[[package]]\nname = "One_Two"\nversion = "1.0"\n\n[[package]]\nname = "three"\nversion = "3.0"\n'
FILES: Files = {"poetry.lock": POETRY}


def cyclonedx(*purls: str, **changes: Any) -> dict[str, Any]:
    """A bill with these packages, made by syft after the commit."""
    listed = [
        {"name": p, "type": "library", "version": p.partition("@")[2], "purl": p} for p in purls
    ]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "metadata": {"timestamp": NOW.isoformat(), "tools": {"components": [{"name": "syft"}]}},
        "components": listed,
    } | changes


def openvex(*statements: dict[str, Any]) -> dict[str, Any]:
    """A VEX document made after the commit."""
    return {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "timestamp": NOW.isoformat(),
        "statements": list(statements),
    }


WHOLE = cyclonedx("pkg:pypi/one-two@1.0", "pkg:pypi/three@3.0", "pkg:deb/debian/bash@5")


def seen(*reports: dict[str, Any], files: Files | None = None) -> Evidence:
    """What the probe says where the documents are untracked files of reports/."""
    ignored = {f"reports/{at}.json": json.dumps(one) for at, one in enumerate(reports)}
    return run_probe(sbom, repo=FakeTree(FILES if files is None else files, ignored=ignored))


def test_present_bill_is_counted_and_compared_with_the_lock() -> None:
    evidence = seen(WHOLE)
    assert values(evidence) == {
        "sbom.components": 3,
        "sbom.unversioned": 0,
        "sbom.lockfile_missing": 0,
    }
    assert {fact.level.value for fact in evidence.facts} == {"reported"}
    assert problems(evidence) == []


def test_npm_and_cargo_locks_are_compared_too() -> None:
    lock = {"lockfileVersion": 3, "packages": {"node_modules/@a/b": {"version": "1.0.0"}}}
    cargo = '[[package]]\nname = "serde"\nversion = "1.0.0"\nsource = "registry"\n'
    files: Files = {"package-lock.json": json.dumps(lock), "Cargo.lock": cargo}
    evidence = seen(cyclonedx("pkg:npm/%40a/b@1.0.0"), files=files)
    assert values(evidence)["sbom.lockfile_missing"] == 1
    assert "serde 1.0.0 (cargo)" in evidence.findings[0].message


def test_missing_bill_is_not_configured() -> None:
    evidence = seen()
    assert (values(evidence), problems(evidence)) == ({}, ["not_configured"])


def test_an_empty_repository_has_no_bill() -> None:
    assert problems(run_probe(sbom, repo={})) == ["not_configured"]


def test_a_malformed_bill_is_a_problem() -> None:
    tree = FakeTree(FILES, ignored={"reports/a.json": json.dumps(WHOLE)[:-30]})
    assert problems(run_probe(sbom, repo=tree)) == ["malformed", "not_configured"]


def test_a_bill_that_may_not_be_read_is_a_problem() -> None:
    denied = Trouble(ProblemKind.DENIED, "reports/a.json could not be read.")
    tree = FakeTree(FILES, ignored={"reports/a.json": denied})
    assert problems(run_probe(sbom, repo=tree)) == ["denied", "not_configured"]


def test_vex_statements_are_counted_and_listed() -> None:
    evidence = seen(
        openvex(
            {"vulnerability": {"name": "CVE-2"}, "status": "fixed"},
            {
                "vulnerability": {"name": "CVE-1"},
                "status": "not_affected",
                "justification": "component_not_present",
            },
        )
    )
    assert values(evidence) == {
        "sbom.vex_statements": 2,
        "sbom.vex_unjustified": 0,
        "sbom.vex_not_affected": ["CVE-1"],
    }
    assert problems(evidence) == ["not_configured"]


def test_false_green_not_affected_without_a_justification_is_counted() -> None:
    evidence = seen(openvex({"vulnerability": {"name": "CVE-1"}, "status": "not_affected"}))
    assert values(evidence)["sbom.vex_unjustified"] == 1
    assert [finding.rule for finding in evidence.findings] == ["CVE-1"]


def test_false_green_locked_packages_that_the_bill_lacks_are_counted() -> None:
    other = cyclonedx("pkg:pypi/one-two@0.9", "pkg:pypi/three@3.0")
    assert values(seen(other))["sbom.lockfile_missing"] == 1


def test_false_green_a_bill_of_nothing_proves_nothing() -> None:
    evidence = seen(cyclonedx())
    assert (values(evidence), problems(evidence)) == ({}, ["vacuous", "not_configured"])


def test_false_green_a_component_without_version_is_counted() -> None:
    bill = cyclonedx("pkg:pypi/one", components=[{"name": "one"}, {"name": "f", "type": "file"}])
    evidence = seen(bill)
    assert (values(evidence)["sbom.components"], values(evidence)["sbom.unversioned"]) == (1, 1)


def test_false_green_without_a_lock_nothing_was_compared() -> None:
    for files in ({"app.py": "x = 1\n"}, {"poetry.lock": "[[package\n"}):
        evidence = seen(WHOLE, files=dict(files))
        assert "sbom.lockfile_missing" not in values(evidence)
        assert problems(evidence)


def test_false_green_a_bill_by_nobody_or_committed_is_at_most_effective() -> None:
    nobody = seen(WHOLE | {"metadata": {"timestamp": NOW.isoformat()}})
    committed = seen(files={**FILES, "reports/a.json": json.dumps(WHOLE)})
    for evidence in (nobody, committed):
        assert {fact.level.value for fact in evidence.facts} == {"effective"}


def test_false_green_a_bill_from_the_future_is_not_believed() -> None:
    late = {"timestamp": (NOW + timedelta(days=2)).isoformat()}
    evidence = seen(WHOLE | {"metadata": late})
    assert (values(evidence), problems(evidence)) == ({}, ["malformed", "not_configured"])
