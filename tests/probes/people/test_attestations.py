"""Attestations as the repository holds them."""

from dataclasses import replace

import pytest

from auditor.model.evidence import Evidence, ProblemKind, SourceKind
from auditor.model.level import Level
from auditor.model.target import Looking
from auditor.probing.doors.trouble import Trouble
from auditor.probing.looking import look as look_with
from auditor.probing.testing import make_context, problems, run_probe, values
from probes.people.attestations import attestations
from tests.repositories import Repository

PATH = "readiness/attestations.yaml"
ENTRY = """\
- item: testing.tests.load
  statement: Held 500 requests a second for an hour.
  owner: dana@orders.test
  approver: lee@orders.test
  evidence: docs/load.md
  signed: 2026-03-01T10:00:00+01:00
  expires: 2026-09-01T00:00:00Z
"""


def look(
    text: str | Trouble, *, path: str = PATH, setting: str | None = None, root: str = ""
) -> Evidence:
    """The evidence over one file of attestations, beside a document that it may link to."""
    repo = {path: text, "docs/load.md": "# Load\n"}
    return run_probe(attestations, repo=repo, root=root, looking=Looking(attestations=setting))


def test_present_an_entry_is_a_fact_about_its_item() -> None:
    evidence = look("# people\n" + ENTRY)
    assert evidence.problems == ()
    [fact] = evidence.facts
    assert fact.name == "attestation@testing.tests.load"
    assert fact.level is Level.REPORTED
    assert fact.produced_at == "2026-03-01T09:00:00+00:00"
    assert (fact.source.kind, fact.source.locator) == (SourceKind.ATTESTATION, f"{PATH}:2")
    assert str(fact.locations[0]) == f"{PATH}:2"
    assert fact.value == {
        "item": "testing.tests.load",
        "statement": "Held 500 requests a second for an hour.",
        "owner": "dana@orders.test",
        "approver": "lee@orders.test",
        "evidence": "docs/load.md",
        "signed": "2026-03-01T09:00:00+00:00",
        "expires": "2026-09-01T00:00:00+00:00",
        "level": "reported",
    }


def test_missing_file_is_no_fact_and_no_problem() -> None:
    evidence = run_probe(attestations, repo={"README.md": "hello"})
    assert (evidence.facts, evidence.problems) == ((), ())


def test_a_file_that_the_settings_name_and_that_is_missing_is_a_problem() -> None:
    evidence = run_probe(attestations, looking=Looking(attestations="people/signed.yaml"))
    assert problems(evidence) == ["not_configured"]
    assert "people/signed.yaml" in evidence.problems[0].message


def test_an_empty_file_has_nothing_to_look_at() -> None:
    evidence = look("")
    assert (evidence.facts, evidence.problems) == ((), ())


def test_a_malformed_file_is_named_with_its_line() -> None:
    evidence = look("- item: [\n")
    assert problems(evidence) == ["malformed"]
    assert PATH in evidence.problems[0].message
    assert "line" in evidence.problems[0].message


def test_a_denied_file_is_a_problem() -> None:
    assert problems(look(Trouble(ProblemKind.DENIED, "It may not be read."))) == ["denied"]


def test_a_refused_entry_is_a_problem_with_file_and_line_and_costs_no_other() -> None:
    text = ENTRY.replace("approver: lee@orders.test", "approver: Dana@orders.test")
    evidence = look(text + ENTRY.replace("testing.tests.load", "testing.tests.chaos"))
    assert list(values(evidence)) == ["attestation@testing.tests.chaos"]
    [problem] = evidence.problems
    assert problem.message == f"{PATH}:4: the approver is the owner: a second person must approve."
    assert str(problem.locations[0]) == f"{PATH}:4"


def test_false_green_an_entry_of_yesterday_is_no_secret_for_the_judge_to_miss() -> None:
    """Expiry is judged with the clock of the audit; here the fact is kept with its expiry."""
    text = ENTRY.replace("2026-03-01", "2025-03-01").replace("2026-09-01", "2025-09-01")
    evidence = look(text)
    assert len(evidence.facts) == 1
    assert evidence.problems == ()


@pytest.mark.parametrize(
    ("evidence", "word"),
    [
        ("docs/missing.md", "is not in the repository"),
        ("../../etc/passwd", "leads out of the repository"),
        ("/etc/passwd", "is not in the repository"),
        ("'#section'", "is not in the repository"),
        (".", "is not in the repository"),
        ("file:///etc/passwd", "neither an http link nor a path"),
        ("javascript:alert(1)", "neither an http link nor a path"),
        (PATH, "the attestation itself"),
        ("'https://'", "neither an http link nor a path"),
    ],
)
def test_false_green_evidence_that_is_not_there_is_refused(evidence: str, word: str) -> None:
    seen = look(ENTRY.replace("docs/load.md", evidence))
    assert seen.facts == ()
    assert word in seen.problems[0].message


@pytest.mark.parametrize(
    "evidence", ["docs/load.md#capacity", "docs", "https://ci.orders.test/runs/7", "./docs/load.md"]
)
def test_evidence_may_be_a_file_a_folder_or_a_link(evidence: str) -> None:
    assert look(ENTRY.replace("docs/load.md", f"'{evidence}'")).problems == ()


def test_paths_count_from_the_service_root_or_from_the_git_root() -> None:
    evidence = look(ENTRY, path=f"services/orders/{PATH}", root="services/orders")
    assert evidence.problems == ()
    assert len(evidence.facts) == 1


def test_a_setting_that_leads_out_of_the_repository_is_denied() -> None:
    assert problems(look(ENTRY, setting="../../attestations.yaml")) == ["denied"]


def committed(repository: Repository, approver: str) -> Evidence:
    """The evidence over an attestation that is committed in a real repository."""
    repository.write(PATH, ENTRY.replace("lee@orders.test", approver))
    repository.write("docs/load.md", "# Load\n")
    repository.git("add", "-A")
    repository.commit()
    return look_with(attestations, replace(make_context(), repo=repository.repo()))


def test_false_green_an_approver_who_committed_the_entry_has_approved_nothing(
    repository: Repository,
) -> None:
    assert len(committed(repository, "lee@orders.test").facts) == 1
    who = repository.git("log", "-1", "--format=%ae").strip()
    evidence = committed(repository, who)
    assert evidence.facts == ()
    (problem,) = evidence.problems
    assert problem.message == (
        f"{PATH}:1: its approver {who} committed it, so nobody else has looked at it."
    )
