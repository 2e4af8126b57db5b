"""A work tree with a few files of the base beside its own."""

from __future__ import annotations

import pytest

from auditor.collect.pinned import PinnedTree
from auditor.probing.doors.trouble import Trouble
from auditor.probing.repo import Repo
from tests.repositories import Repository


@pytest.fixture
def repo(repository: Repository) -> Repo:
    repository.write("a.txt", "own\n")
    repository.commit()
    pinned = {"people/list.yaml@base": b"theirs\n"}
    return Repo(PinnedTree(repository.root, pinned, is_git=True))


def test_a_pinned_file_is_there_for_who_knows_its_name(repo: Repo) -> None:
    assert repo.exists("people/list.yaml@base")
    assert repo.read("people/list.yaml@base").data == b"theirs\n"
    assert repo.head("people/list.yaml@base", 3) == b"the"


def test_no_walk_and_no_glob_finds_it_and_the_own_files_are_as_ever(repo: Repo) -> None:
    assert [e.path for e in repo.entries] == ["a.txt"]
    assert repo.reports("**/*") == repo.reports("a.txt")
    assert repo.read("a.txt").data == b"own\n"
    assert repo.head("a.txt") == b"own\n"
    assert not repo.exists("people/list.yaml")


def test_the_limit_holds_for_it_too(repo: Repo) -> None:
    with pytest.raises(Trouble, match="larger than the limit"):
        repo.read("people/list.yaml@base", limit=3)
