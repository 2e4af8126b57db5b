"""The commit where a change starts, and a checkout of it that leaves the repository alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.probing.doors import git
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repository import git_base
from tests.repositories import Repository


@pytest.fixture
def parted(repository: Repository) -> tuple[Repository, str, str]:
    """A repository whose `side` left `main` after the first commit; with both commits' ids."""
    repository.write("a.txt", "one\n")
    first = repository.commit()
    repository.git("checkout", "-q", "-b", "side")
    repository.write("a.txt", "two\n")
    return repository, first, repository.commit()


def test_a_ref_is_a_commit_or_nothing(parted: tuple[Repository, str, str]) -> None:
    repository, first, second = parted
    repository.git("tag", "-a", "-m", "x", "v1", first)
    names = ("main", "v1", "side", "HEAD~1", second[:10])
    assert [git_base.resolve(repository.root, n) for n in names] == [
        first, first, second, first, second,
    ]  # fmt: skip
    for name in ("gone", "--all", "-h", "HEAD:a.txt", ""):
        assert git_base.resolve(repository.root, name) is None


def test_the_base_is_where_two_histories_part(parted: tuple[Repository, str, str]) -> None:
    repository, first, second = parted
    assert git_base.merge_base(repository.root, second, first) == first
    repository.git("checkout", "-q", "--orphan", "alone")
    assert git_base.merge_base(repository.root, repository.commit(), first) is None


def test_a_checkout_holds_the_commit_and_its_history(parted: tuple[Repository, str, str]) -> None:
    repository, first, second = parted
    for commit, text in ((first, "one\n"), (second, "two\n")):
        with git_base.checkout(repository.root, commit) as folder:
            assert folder.name == repository.root.name
            assert (folder / "a.txt").read_text(encoding="utf-8") == text
            head = git.head(folder)
            assert head is not None
            assert head[0] == commit
            assert (
                git.changed(folder, {r.path: r.blob for r in git.listed(folder) if r.blob}) == set()
            )
            assert git.last_change(folder, "a.txt") is not None
        assert not folder.parent.exists()


def test_a_checkout_is_gone_when_its_use_fails(parted: tuple[Repository, str, str]) -> None:
    repository, first, _ = parted
    places: list[Path] = []

    def interrupted() -> None:
        with git_base.checkout(repository.root, first) as folder:
            places.append(folder)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not places[0].parent.exists()


def test_a_checkout_whose_objects_are_missing_is_explained(
    parted: tuple[Repository, str, str],
) -> None:
    repository, first, _ = parted
    blob = repository.git("rev-parse", f"{first}:a.txt")
    (repository.root / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(Trouble, match="could not be checked out") as raised:
        git_base.checkout(repository.root, first).__enter__()
    assert f"git archive {first}" in raised.value.hint


def test_a_shallow_history_stays_shallow(repository: Repository, tmp_path: Path) -> None:
    repository.write("a.txt", "one\n")
    repository.commit()
    repository.write("a.txt", "two\n")
    commit = repository.commit()
    repository.git(
        "clone", "-q", "--depth", "1", f"file://{repository.root}", str(tmp_path / "cut")
    )
    with git_base.checkout(tmp_path / "cut", commit) as folder:
        assert git.is_shallow(folder)
        assert (folder / "a.txt").read_text(encoding="utf-8") == "two\n"
