"""What repo.documents says of documents."""

from __future__ import annotations

from auditor.model.evidence import ProblemKind
from auditor.probing.testing import problems, run_probe, values
from auditor.probing.trouble import Trouble
from probes.repo.documents import documents

README = "# Orders\n\nTakes orders.\n\n## Quick start\n\nInstall it, then see [the guide](docs/guide.md).\n"


def test_present_a_document_is_measured() -> None:
    seen = values(run_probe(documents, repo={"README.md": README, "docs/guide.md": "x"}))
    assert seen["documents.found@readme"] == ["README.md"]
    assert seen["documents.words@readme"] == 11
    assert seen["documents.missing_headings@readme"] == []
    assert seen["documents.placeholders@readme"] == 0
    assert seen["documents.broken_links@readme"] == []


def test_missing_documents_are_facts() -> None:
    evidence = run_probe(documents, repo={"app.py": "x = 1\n"})
    assert values(evidence)["documents.found@incident"] == []
    assert values(evidence)["documents.words@incident"] == 0
    assert {f.level.value for f in evidence.facts} == {"declared"}


def test_an_empty_repository_has_no_document() -> None:
    assert values(run_probe(documents, repo={}))["documents.found@readme"] == []


def test_bytes_that_are_no_text_do_not_break_it() -> None:
    assert (
        values(run_probe(documents, repo={"README.md": b"\xff\x00\xfe"}))["documents.words@readme"]
        == 0
    )


def test_a_document_that_may_not_be_read_is_a_problem() -> None:
    evidence = run_probe(documents, repo={"README.md": Trouble(ProblemKind.DENIED, "no")})
    assert "malformed" in problems(evidence)
    assert "documents.found@readme" not in values(evidence)


def test_false_green_an_empty_document_has_no_words() -> None:
    assert (
        values(run_probe(documents, repo={"docs/operations.md": ""}))["documents.words@operations"]
        == 0
    )


def test_false_green_code_is_not_prose() -> None:
    text = "# Operations\n\n```\n" + "word " * 500 + "\n```\n"
    assert (
        values(run_probe(documents, repo={"docs/operations.md": text}))[
            "documents.words@operations"
        ]
        == 1
    )


def test_false_green_a_template_is_full_of_placeholders() -> None:
    text = "# Incidents\n\nSeverity: TBD. Ask @engineer1. [Link to page]\n"
    assert (
        values(run_probe(documents, repo={"docs/incident-response.md": text}))[
            "documents.placeholders@incident"
        ]
        == 3
    )


def test_spanish_todo_is_no_placeholder() -> None:
    text = "# Manual\n\nTodo el sistema, todo el tiempo.\n"
    assert (
        values(run_probe(documents, repo={"docs/operations.md": text}))[
            "documents.placeholders@operations"
        ]
        == 0
    )


def test_false_green_a_link_must_lead_to_a_file() -> None:
    seen = values(run_probe(documents, repo={"README.md": README}))
    assert seen["documents.broken_links@readme"] == ["README.md:7 docs/guide.md"]


def test_false_green_a_status_diary_is_no_document() -> None:
    files = {"docs/DEPLOYMENT_COMPLETE.md": "# Deployment\n\nAll done, rollback tested.\n"}
    assert values(run_probe(documents, repo=files))["documents.found@deployment"] == []


def test_released_versions_are_counted_and_unreleased_is_none() -> None:
    text = "# Changelog\n\n## [Unreleased]\n\n## [1.2.0] - 2026-01-01\n\n## v1.1.0 (2025-01-01)\n"
    assert (
        values(run_probe(documents, repo={"CHANGELOG.md": text}))[
            "documents.released_versions@changelog"
        ]
        == 2
    )
