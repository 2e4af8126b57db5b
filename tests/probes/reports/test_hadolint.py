"""What reports.hadolint says of Dockerfiles, named and not named."""

from __future__ import annotations

import json
from typing import Any

from auditor.model.evidence import Evidence, ProblemKind
from auditor.probing.doors.trouble import Trouble
from auditor.probing.testing import FakeTree, problems, run_probe, values
from probes.reports.hadolint import hadolint

Files = dict[str, "str | bytes | Trouble"]
FILES: Files = {"Dockerfile": "FROM debian:12\n"}


def found(*levels: str, file: str = "Dockerfile") -> str:
    """A report with a finding of each level."""
    row = {"code": "DL3008", "column": 1, "file": file, "line": 2, "message": "Pin versions."}
    return json.dumps([row | {"level": level} for level in levels])


def seen(*reports: str, files: Files | None = None) -> Evidence:
    """What the probe says where the reports are untracked files of reports/."""
    ignored: dict[str, Any] = {f"reports/{at}.json": one for at, one in enumerate(reports)}
    return run_probe(hadolint, repo=FakeTree(FILES if files is None else files, ignored=ignored))


def test_present_report_counts_errors_and_warnings() -> None:
    evidence = seen(found("error", "warning", "warning", "info"))
    assert values(evidence) == {
        "image_lint.errors": 1,
        "image_lint.warnings": 2,
        "image_lint.suppressed": 0,
    }
    assert {fact.level.value for fact in evidence.facts} == {"effective"}
    assert problems(evidence) == ["stale"]
    assert len(evidence.findings) == 3


def test_a_named_dockerfile_without_errors_has_none() -> None:
    assert values(seen(found("info")))["image_lint.errors"] == 0


def test_missing_report_is_not_configured() -> None:
    evidence = seen()
    assert (values(evidence), problems(evidence)) == ({}, ["not_configured"])


def test_an_empty_repository_has_nothing_to_lint() -> None:
    evidence = seen(found("error"), files={"README.md": "x", "Dockerfile": ""})
    assert (values(evidence), problems(evidence)) == ({}, ["vacuous"])


def test_a_malformed_report_is_a_problem() -> None:
    evidence = seen(found("warning")[:-3])
    assert (values(evidence), problems(evidence)) == ({}, ["malformed", "not_configured"])


def test_a_report_that_may_not_be_read_is_a_problem() -> None:
    denied = Trouble(ProblemKind.DENIED, "reports/a.json could not be read.")
    tree = FakeTree(FILES, ignored={"reports/a.json": denied})
    assert problems(run_probe(hadolint, repo=tree)) == ["denied", "not_configured"]


def test_several_documents_in_one_file_count_together() -> None:
    assert values(seen(found("error") + "\n" + found("error")))["image_lint.errors"] == 2


def test_false_green_an_empty_report_is_anybodys() -> None:
    evidence = seen("[]")
    assert (values(evidence), problems(evidence)) == ({}, ["not_configured"])


def test_false_green_a_dockerfile_that_is_not_named_is_not_clean() -> None:
    files: Files = {**FILES, "worker/Dockerfile": "FROM debian:12\n"}
    evidence = seen(found("warning"), files=files)
    assert values(evidence) == {"image_lint.warnings": 1, "image_lint.suppressed": 0}
    assert problems(evidence) == ["stale", "vacuous"]
    assert "worker/Dockerfile" in evidence.problems[1].message


def test_false_green_silenced_rules_are_counted() -> None:
    files: Files = {
        "Dockerfile": "# hadolint ignore=DL3008,SC2046\nRUN x\n# hadolint global ignore=DL3003\n",
        ".hadolint.yaml": "ignored:\n  - DL3002\n  # - DL3001\noverride:\n  info: [DL3006]\n",
    }
    assert values(seen(found("info"), files=files))["image_lint.suppressed"] == 5
