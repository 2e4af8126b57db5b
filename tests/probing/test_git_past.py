"""Earlier commits: of the first parents, since a time, and those that tags name."""

from __future__ import annotations

from datetime import UTC, datetime

from auditor.probing.repository.git_past import commits, tags
from tests.repositories import Repository


def at(month: int) -> str:
    return f"2026-{month:02}-01T12:00:00+02:00"


def grown(repository: Repository, *months: int) -> list[str]:
    """A commit in each of these months; gives their ids."""
    made = []
    for month in months:
        repository.write("README.md", f"{month}\n")
        made.append(repository.commit(at=at(month)))
    return made


def test_the_last_commits_come_newest_first(repository: Repository) -> None:
    made = grown(repository, 1, 2, 3)
    assert [p.commit for p in commits(repository.root)] == made[::-1]
    assert [p.commit for p in commits(repository.root, 2)] == [made[2], made[1]]
    assert [p.at.isoformat() for p in commits(repository.root, 1)] == [at(3)]


def test_commits_since_a_time_are_those_committed_then_or_later(repository: Repository) -> None:
    made = grown(repository, 1, 2, 3)
    since = datetime(2026, 2, 1, 10, tzinfo=UTC)
    assert [p.commit for p in commits(repository.root, since=since)] == [made[2], made[1]]


def test_what_was_merged_is_not_walked(repository: Repository) -> None:
    (first,) = grown(repository, 1)
    repository.git("checkout", "-q", "-b", "side")
    repository.write("side.txt")
    side = repository.commit(at=at(2))
    repository.git("checkout", "-q", "main")
    repository.git("merge", "-q", "--no-ff", "-m", "merged", "side", at=at(3))
    found = [p.commit for p in commits(repository.root)]
    assert (len(found), found[-1]) == (2, first)
    assert side not in found


def test_tags_of_both_kinds_name_their_commits_each_once(repository: Repository) -> None:
    first, second = grown(repository, 1, 2)
    repository.git("tag", "v1", first)
    repository.git("tag", "-a", "-m", "release", "v2", second, at=at(9))
    repository.git("tag", "v2-again", second)
    found = tags(repository.root)
    assert [(p.commit, p.at.isoformat(), p.tag) for p in found] == [
        (second, at(2), "v2"),
        (first, at(1), "v1"),
    ]


def test_a_tag_of_something_that_is_no_commit_is_left_out(repository: Repository) -> None:
    (commit,) = grown(repository, 1)
    repository.git("tag", "tree", f"{commit}^{{tree}}")
    repository.git("tag", "-a", "-m", "x", "blob", f"{commit}:README.md")
    repository.git("tag", "a-b.c/ä", commit)
    assert [p.tag for p in tags(repository.root)] == ["a-b.c/ä"]


def test_a_repository_without_tags_has_none(repository: Repository) -> None:
    grown(repository, 1)
    assert tags(repository.root) == []
