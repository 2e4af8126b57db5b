"""The step summary of GitHub: appended where the runner says, only with the format github."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.commands import Audit, git_repository

LOOKING = ("--only", "repo.licence", "--no-cache")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return git_repository(tmp_path / "orders", {"README.md": "# Orders\n"})


def test_it_is_appended_to_what_the_step_has_written(
    auditor: Audit, target: Path, tmp_path: Path
) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("# Of another command\n\n", encoding="utf-8")
    done = auditor(
        "audit", target, *LOOKING, "--format", "github",
        env={"GITHUB_STEP_SUMMARY": str(summary)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    text = summary.read_text(encoding="utf-8")
    assert text.startswith("# Of another command\n\n# orders: NOT READY\n")
    assert all(line.startswith("::") for line in done.stdout.splitlines())


def test_it_is_written_too_where_the_annotations_go_into_a_file(
    auditor: Audit, target: Path, tmp_path: Path
) -> None:
    summary = tmp_path / "summary.md"
    done = auditor(
        "audit", target, *LOOKING, "-q", "--format", f"github={tmp_path / 'a.txt'}",
        env={"GITHUB_STEP_SUMMARY": str(summary)},
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "")
    assert summary.read_text(encoding="utf-8").count("# orders: NOT READY\n") == 1


@pytest.mark.parametrize("name", ["terminal", "markdown", "sarif"])
def test_other_formats_leave_it_alone(
    auditor: Audit, target: Path, tmp_path: Path, name: str
) -> None:
    summary = tmp_path / "summary.md"
    variables = {"GITHUB_STEP_SUMMARY": str(summary)}
    done = auditor("audit", target, *LOOKING, "--format", name, env=variables)
    assert done.returncode == 0
    assert not summary.exists()


def test_one_that_cannot_be_written_is_told_and_costs_no_report(
    auditor: Audit, target: Path, tmp_path: Path
) -> None:
    made = tmp_path / "readiness.xml"
    done = auditor(
        "audit", target, *LOOKING, "--format", "github", "--format", f"junit={made}",
        env={"GITHUB_STEP_SUMMARY": str(tmp_path / "nowhere" / "summary.md")},
    )  # fmt: skip
    assert done.returncode == 2
    assert "summary.md could not be written: No such file or directory." in done.stderr
    assert "GITHUB_STEP_SUMMARY" in done.stderr
    assert "Traceback" not in done.stderr
    assert made.is_file()
    assert done.stdout.startswith("::")


def test_one_that_github_would_refuse_beside_what_is_there_is_short(
    auditor: Audit, target: Path, tmp_path: Path
) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("x" * (1024 * 1024 - 5000), encoding="utf-8")
    variables = {"GITHUB_STEP_SUMMARY": str(summary)}
    auditor("audit", target, *LOOKING, "-q", "--format", "github", env=variables)
    assert summary.stat().st_size <= 1024 * 1024
    assert "too long for a step summary" in summary.read_text(encoding="utf-8")
