"""A folder of CI artefacts outside the repository is evidence when the operator names it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from auditor.collect.target import WrongUse
from auditor.pipeline import Options, audit
from tests.repositories import Repository


def junit(made: datetime) -> str:
    return f'<testsuite name="s" tests="1" timestamp="{made.isoformat()}"><testcase classname="t.a" name="b"/></testsuite>'


@pytest.fixture
def service(repository: Repository) -> Path:
    repository.write("app.py", "x = 1\n")
    repository.commit()
    return repository.root


def executed(service: Path, *evidence: str) -> list[tuple[str, str]]:
    """Level and place of the facts about executed tests."""
    files = audit(Options(service, evidence=evidence, only=("reports.tests",))).files
    text = files["evidence/reports.tests.json"].decode()
    from auditor.codec import decode
    from auditor.model.evidence import Evidence

    facts = [f for f in decode(text.encode(), Evidence).facts if f.key == "tests.executed"]
    return [(f.level.value, f.locations[0].path or "") for f in facts]


def test_reports_of_a_named_folder_count_as_reports(service: Path, tmp_path: Path) -> None:
    folder = tmp_path / "artefacts"
    (folder / "unit" / "tests").mkdir(parents=True)
    (folder / "unit" / "tests" / "result.xml").write_text(junit(datetime.now(UTC)))
    assert executed(service) == []
    assert executed(service, str(folder)) == [
        ("reported", "@artefacts/1-artefacts/unit/tests/result.xml")
    ]


def test_false_green_a_link_in_the_folder_leads_nowhere(service: Path, tmp_path: Path) -> None:
    folder = tmp_path / "artefacts"
    folder.mkdir()
    (tmp_path / "elsewhere.xml").write_text(junit(datetime.now(UTC)))
    (folder / "result.xml").symlink_to(tmp_path / "elsewhere.xml")
    assert executed(service, str(folder)) == []


def test_a_folder_that_is_not_there_is_said(service: Path, tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="is not a folder"):
        audit(Options(service, evidence=(str(tmp_path / "gone"),)))


def test_false_green_the_repository_cannot_name_a_folder_outside(
    service: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "artefacts"
    folder.mkdir()
    (folder / "result.xml").write_text(junit(datetime.now(UTC)))
    (service / "auditor.yaml").write_text(f"evidence: ['{folder}/**/*.xml', '{folder}']\n")
    assert executed(service) == []
