"""What is observed of a deployment speaks of the audited version, of another, or of some."""

from __future__ import annotations

from dataclasses import replace

from auditor.evaluate.assess import assess
from auditor.evaluate.facts import Facts
from auditor.evaluate.observed_version import version_notes
from auditor.model.evidence import Fact
from auditor.model.level import Level
from auditor.model.probe import Need
from tests.evaluate.worlds import NOW, bundle_of, checklist, fact, item, seen

LIVE = fact("headers.missing", [], Level.OBSERVED)


def world(*facts: Fact) -> Facts:
    """The facts, each of a probe that needs the deployment's address."""
    made = seen(*facts)
    owners = {p.id: replace(p, needs=(Need.URL,)) for p in made.owners.values()}
    return Facts(made.evidence.values(), owners.values(), NOW)


def test_the_audited_commit_needs_no_note() -> None:
    assert (
        version_notes(world(LIVE, fact("deployment.is_audited_commit", True, Level.OBSERVED))) == ()
    )


def test_without_a_deployment_there_is_no_note() -> None:
    assert version_notes(seen(fact("coverage.line_percent", 90))) == ()


def test_a_deployment_that_names_no_commit_is_of_some_version() -> None:
    (note,) = version_notes(world(LIVE))
    assert "some version" in note


def test_a_deployment_of_another_commit_is_named() -> None:
    facts = world(
        LIVE,
        fact("deployment.is_audited_commit", False, Level.OBSERVED),
        fact("deployment.revision", "deadbeefdeadbeef", Level.OBSERVED),
    )
    (note,) = version_notes(facts)
    assert "deadbeefdead" in note
    assert "not the audited commit" in note


def test_the_report_holds_the_note() -> None:
    report = assess(bundle_of(world(LIVE)), checklist(item()))
    assert any("some version" in note for note in report.notes)
