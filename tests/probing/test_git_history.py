"""What git remembers and the work tree no longer holds, and where a reading of it ends."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from auditor.model.evidence import ProblemKind
from auditor.probing.doors import git
from auditor.probing.doors.gittree import GitTree
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repository.git_history import Budget, Coverage
from tests.repositories import Repository


def everything(_: str) -> bool:
    return True


def old(root: Path, budget: Budget | None = None) -> tuple[dict[str, list[bytes]], Coverage]:
    covered = Coverage()
    found: dict[str, list[bytes]] = {}
    tree = GitTree(root, is_git=True)
    for path, _, data in tree.old_blobs(everything, covered, budget or Budget()):
        found.setdefault(path, []).append(data)
    return found, covered


def test_old_versions_and_deleted_files_come_and_present_ones_do_not(
    repository: Repository,
) -> None:
    repository.write("a.py", "one\n")
    repository.write("gone.env", "secret\n")
    repository.write("same.py", "same\n")
    repository.commit()
    repository.write("a.py", "two\n")
    (repository.root / "gone.env").unlink()
    repository.commit()
    found, covered = old(repository.root)
    assert found == {"a.py": [b"one\n"], "gone.env": [b"secret\n"]}
    assert (covered.complete, covered.blobs) == (True, 2)


def test_other_branches_belong_to_the_history(repository: Repository) -> None:
    repository.write("a.py", "one\n")
    repository.commit()
    repository.git("checkout", "-q", "-b", "side")
    repository.write("side.py", "side\n")
    repository.commit()
    repository.git("checkout", "-q", "-")
    assert old(repository.root)[0] == {"side.py": [b"side\n"]}


def test_a_repository_without_a_commit_has_no_history(repository: Repository) -> None:
    assert old(repository.root) == ({}, Coverage())


def test_names_with_spaces_and_letters_of_any_language_are_kept(repository: Repository) -> None:
    repository.write("a b/ü.py", "one\n")
    repository.commit()
    repository.write("a b/ü.py", "two\n")
    repository.commit()
    assert old(repository.root)[0] == {"a b/ü.py": [b"one\n"]}


def test_binary_blobs_are_passed_over_and_large_ones_are_told(repository: Repository) -> None:
    repository.write("b.bin", "x\0y")
    repository.write("big.txt", "z" * 5000)
    repository.commit()
    repository.write("b.bin", "")
    repository.write("big.txt", "")
    repository.commit()
    found, covered = old(repository.root, Budget(blob_bytes=1000))
    assert (found, covered.too_large, covered.complete) == ({}, 1, False)


@pytest.mark.parametrize("budget", [Budget(total_bytes=10), Budget(seconds=-1.0)])
def test_a_spent_budget_ends_the_reading_and_says_so(
    repository: Repository, budget: Budget
) -> None:
    for text in ("first version\n", "second version\n", "third\n"):
        repository.write("a.py", text)
        repository.commit()
    found, covered = old(repository.root, budget)
    assert found == {}
    assert len(covered.limits) == 1
    assert not covered.complete


def test_a_shallow_clone_is_not_the_whole_history(repository: Repository, tmp_path: Path) -> None:
    for text in ("one\n", "two\n"):
        repository.write("a.py", text)
        repository.commit()
    repository.git(
        "clone", "-q", "--depth", "1", f"file://{repository.root}", str(tmp_path / "cut")
    )
    found, covered = old(tmp_path / "cut")
    assert found == {}
    assert "shallow" in covered.limits[0]


def test_a_missing_blob_is_counted(repository: Repository) -> None:
    repository.write("a.py", "one\n")
    repository.commit()
    blob = repository.git("rev-parse", "HEAD:a.py").strip()
    repository.write("a.py", "two\n")
    repository.commit()
    (repository.root / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    found, covered = old(repository.root)
    assert (found, covered.missing, covered.complete) == ({}, 1, False)


def test_a_reader_that_stops_early_leaves_no_process_behind(repository: Repository) -> None:
    for text in ("one\n", "two\n", "three\n"):
        repository.write("a.py", text)
        repository.commit()
    covered = Coverage()
    tree = GitTree(repository.root, is_git=True)
    reading = tree.old_blobs(everything, covered, Budget())
    next(reading)
    reading.close()  # type: ignore[attr-defined]
    assert covered.blobs == 1


def test_a_folder_without_git_has_no_history(tmp_path: Path) -> None:
    covered = Coverage()
    tree = GitTree(tmp_path, is_git=False)
    assert list(tree.old_blobs(everything, covered, Budget())) == []
    assert not covered.complete


def test_a_command_that_fails_is_trouble(repository: Repository) -> None:
    with pytest.raises(Trouble) as failed, git.opened(repository.root, "cat-file", "nonsense"):
        pass
    assert failed.value.kind is ProblemKind.MALFORMED


def read_from_a_pipe_that_never_ends(root: Path) -> bytes:
    waiting, kept_open = os.pipe()
    try:
        with (
            os.fdopen(waiting, "rb") as stdin,
            git.opened(root, "cat-file", "--batch", stdin=stdin, timeout_s=0.2) as process,
        ):
            return process.stdout.read() if process.stdout else b""
    finally:
        os.close(kept_open)


def test_a_command_that_runs_too_long_is_killed_and_trouble(repository: Repository) -> None:
    with pytest.raises(Trouble) as late:
        read_from_a_pipe_that_never_ends(repository.root)
    assert late.value.kind is ProblemKind.TIMED_OUT
