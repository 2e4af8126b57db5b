"""The gate with stored runs: the bundle of the base's own commit is compared with, and no other one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.integration.gate_table import STORED, STORED_UNFIT
from tests.integration.gate_world import Change, gate, items, junit, run
from tests.repositories import Repository


@pytest.fixture
def change(repository: Repository) -> Change:
    """A service whose reports are not committed, with one commit on a branch of its own."""
    made = Change(repository)
    made.base_also({".gitignore": "reports/\nruns/\n", "reports/junit.xml": None})
    made.commit({"notes.txt": "x\n"})
    return made


@pytest.fixture
def runs(change: Change, tmp_path: Path) -> Path:
    """Bundles of two runs on main: of its first commit, and of the one where the branch began."""
    git = change.repository.git
    git("checkout", "-q", "main")
    change.repository.write("reports/junit.xml", junit(4))
    run("audit", change.root, "--bundle", tmp_path / "runs" / "base")
    git("checkout", "-q", "--detach", "main~1")
    run("audit", change.root, "--bundle", tmp_path / "runs" / "older")
    git("checkout", "-q", "feature")
    change.repository.write("reports/junit.xml", junit(4, failed=1))
    return tmp_path / "runs"


def test_the_run_of_the_base_has_the_reports_that_a_checkout_lacks(
    change: Change, runs: Path
) -> None:
    assert change.gate()[0] == 0
    code, said = change.gate("--against", "main", "--runs", runs)
    assert (code, items(said["new_blockers"])) == (STORED.code, {"code.tests": STORED.cause})
    assert (said["base"]["kind"], said["base"]["commit"]) == ("bundle", change.base)
    assert said["base"]["ref"] == str(runs / "base")
    change.repository.write("reports/junit.xml", junit(5))
    assert change.gate("--against", "main", "--runs", runs)[0] == 0
    assert change.gate("--against", "main", "--runs", runs / "base")[0] == 0


def unfit(change: Change, runs: Path) -> str:
    """What the gate says of a run of the base that it did not use, and audited the base instead."""
    code, said = change.gate("--against", "main", "--runs", runs)
    assert (code, said["base"]["kind"]) == (STORED_UNFIT.code, "audit")
    (note,) = [n for n in said["notes"] if STORED_UNFIT.says in n]
    return str(note)


def test_a_run_that_was_altered_is_told_and_not_used(change: Change, runs: Path) -> None:
    (runs / "base" / "evidence" / "reports.tests.json").unlink()
    assert "evidence/reports.tests.json is missing" in unfit(change, runs)


def test_false_green_a_run_that_the_change_has_committed_is_not_the_base(
    change: Change, runs: Path
) -> None:
    shutil.copytree(runs / "base", change.root / "stored" / "base")
    change.commit({})
    assert "committed to the repository" in unfit(change, change.root / "stored")
    shutil.copytree(runs / "base", change.root / "runs" / "base")
    code, said = change.gate("--against", "main", "--runs", change.root / "runs")
    assert (code, said["base"]["kind"]) == (1, "bundle"), "what git ignores no change has brought"


def test_a_run_of_another_extent_is_told_and_not_used(change: Change, runs: Path) -> None:
    code, said = gate(change.root, "--against", "main", "--runs", runs, "--only", "repo.licence")
    assert (code, said["base"]["kind"]) == (0, "audit")
    assert any("another --only" in note for note in said["notes"])


def test_where_no_run_is_of_the_base_it_is_audited(change: Change, runs: Path) -> None:
    shutil.rmtree(runs / "base")
    code, said = change.gate("--against", "main", "--runs", runs)
    assert (code, said["base"]["kind"]) == (0, "audit")
    assert not any("was not used" in note for note in said["notes"])


def test_a_folder_of_runs_that_is_not_there_is_wrong_use(change: Change, tmp_path: Path) -> None:
    code, said = change.gate("--against", "main", "--runs", tmp_path / "nowhere")
    assert code == 2
    assert "cannot be read" in said
    code, said = gate(change.root, "--baseline", tmp_path, "--runs", tmp_path)
    assert code == 2
    assert "--runs DIR goes with --against REF" in said
