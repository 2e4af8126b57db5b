"""The level that a report deserves: scoring.md, "Levels of evidence", rule by rule."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from auditor.model.evidence import ProblemKind
from auditor.model.level import Level
from auditor.probing.guards import Standing, standing
from auditor.probing.repo import Repo
from auditor.probing.testing import COMMIT, NOW, FakeTree

COMMITTED = NOW - timedelta(days=1)
AFTER = NOW - timedelta(hours=1)
BEFORE = NOW - timedelta(days=2)
FILES = {"app.py": "x", "lib.py": "y"}
REPORT = "reports/coverage.json"


def judge(
    made_at: datetime | None = AFTER,
    *,
    tracked: bool = False,
    measured: tuple[str, ...] = ("app.py", "lib.py"),
    commit: str | None = None,
    **tree: Any,
) -> Standing:
    files = (
        FILES | ({REPORT: "{}"} if tracked else {}) | dict.fromkeys(tree.get("untracked", ()), "z")
    )
    fake = FakeTree(files, ignored={} if tracked else {REPORT: "{}"}, **tree)
    repo = Repo(fake)
    (entry,) = repo.reports(REPORT)
    return standing(repo, entry, made_at=made_at, now=NOW, measured=measured, commit=commit)


class TestTime:
    def test_a_report_made_after_the_commit_is_a_report_of_it(self) -> None:
        seen = judge()
        assert (seen.level, seen.produced_at) == (Level.REPORTED, AFTER.isoformat())
        assert judge(COMMITTED).level is Level.REPORTED

    def test_one_made_before_the_commit_is_not(self) -> None:
        seen = judge(BEFORE)
        assert seen.level is Level.EFFECTIVE
        assert seen.why == "it is older than the commit under audit."

    def test_false_green_one_without_a_time_may_be_of_any_version(self) -> None:
        seen = judge(None)
        assert (seen.level, seen.produced_at) == (Level.EFFECTIVE, None)
        assert "carries no time and no commit" in seen.why

    def test_false_green_one_from_the_future_is_impossible(self) -> None:
        seen = judge(NOW + timedelta(minutes=11))
        assert (seen.level, seen.impossible) == (Level.CLAIMED, True)
        assert "in the future" in seen.why

    def test_clocks_may_differ_by_minutes(self) -> None:
        assert judge(NOW + timedelta(minutes=9)).level is Level.REPORTED

    def test_times_in_other_zones_are_compared_as_times(self) -> None:
        east = datetime.fromisoformat("2026-03-02T20:30:00+09:00")
        assert judge(east).level is Level.REPORTED

    def test_where_there_is_no_commit_there_is_nothing_that_it_could_be_of(self) -> None:
        seen = judge(committed_at=None)
        assert seen.level is Level.EFFECTIVE
        assert seen.why == "the repository has no commit that it could be of."


class TestOrigin:
    @pytest.mark.parametrize("commit", [None, COMMIT])
    def test_false_green_a_committed_report_is_at_most_effective(self, commit: str | None) -> None:
        seen = judge(tracked=True, commit=commit)
        assert seen.level is Level.EFFECTIVE
        assert "committed to the repository" in seen.why


class TestCommit:
    @pytest.mark.parametrize("made_at", [None, BEFORE, AFTER])
    def test_a_report_that_names_this_commit_needs_no_time(self, made_at: datetime | None) -> None:
        seen = judge(made_at, commit=COMMIT)
        assert (seen.level, seen.why) == (Level.REPORTED, "it names this commit.")

    @pytest.mark.parametrize("commit", [COMMIT[:7], COMMIT[:12].upper()])
    def test_the_id_may_be_shortened_as_git_does_it(self, commit: str) -> None:
        assert judge(None, commit=commit).level is Level.REPORTED

    @pytest.mark.parametrize("commit", ["", "c", COMMIT[:6], "deadbeef", COMMIT + "0", "main"])
    def test_a_report_of_another_commit_is_not_of_this_one(self, commit: str) -> None:
        seen = judge(commit=commit)
        assert seen.level is Level.EFFECTIVE
        assert seen.why == f"it speaks of commit {commit[:12]}, not of this one."

    def test_false_green_this_commit_with_changes_is_not_this_commit(self) -> None:
        dirty: Any = {"changed": ["app.py"], "modified": {"app.py": NOW}}
        assert judge(None, commit=COMMIT, **dirty).level is Level.EFFECTIVE
        assert judge(AFTER, commit=COMMIT, **dirty).level is Level.EFFECTIVE


class TestChanges:
    def test_a_measured_file_that_was_changed_later_spoils_it(self) -> None:
        seen = judge(changed=["app.py"], modified={"app.py": AFTER + timedelta(seconds=1)})
        assert seen.level is Level.EFFECTIVE
        assert seen.why == "app.py was changed after it was made."

    def test_one_that_was_changed_before_does_not(self) -> None:
        assert judge(changed=["app.py"], modified={"app.py": BEFORE}).level is Level.REPORTED

    def test_one_that_was_not_changed_may_have_any_time(self) -> None:
        """A fresh checkout gives every file the time of the checkout."""
        assert judge(modified={"app.py": NOW}).level is Level.REPORTED

    def test_a_change_of_a_file_that_it_does_not_measure_does_not(self) -> None:
        other: Any = {"changed": ["lib.py"], "modified": {"lib.py": NOW}}
        assert judge(measured=("app.py",), **other).level is Level.REPORTED

    def test_false_green_of_a_report_that_names_no_files_every_change_counts(self) -> None:
        other: Any = {"changed": ["lib.py"], "modified": {"lib.py": NOW}}
        seen = judge(measured=(), **other)
        assert (seen.level, seen.why) == (Level.EFFECTIVE, "lib.py was changed after it was made.")

    def test_an_untracked_file_counts_by_its_time(self) -> None:
        new: Any = {"untracked": ["new.py"], "measured": ("new.py",)}
        assert judge(modified={"new.py": NOW}, **new).level is Level.EFFECTIVE
        assert judge(modified={"new.py": BEFORE}, **new).level is Level.REPORTED

    def test_false_green_a_file_that_went_away_since_spoils_it(self) -> None:
        class Gone(FakeTree):
            def modified_at(self, path: str) -> datetime | None:
                return None if path == "app.py" else super().modified_at(path)

        repo = Repo(Gone({"lib.py": "y"}, ignored={REPORT: "{}"}, changed=["app.py"]))
        (entry,) = repo.reports(REPORT)
        seen = standing(repo, entry, made_at=AFTER, now=NOW, measured=["app.py"])
        assert (seen.level, seen.why) == (Level.EFFECTIVE, "app.py was changed after it was made.")

    def test_files_outside_the_repository_say_nothing(self) -> None:
        assert judge(measured=("/usr/lib/python3/x.py", "nowhere.py")).level is Level.REPORTED

    def test_the_files_may_be_any_iterable(self) -> None:
        changed: Any = {"changed": ["app.py"], "modified": {"app.py": NOW}}
        assert judge(measured=iter(["app.py"]), **changed).level is Level.EFFECTIVE  # type: ignore[arg-type]


class TestProblem:
    def test_a_report_that_is_good_enough_has_none(self) -> None:
        assert judge().problem(REPORT, "n") is None

    def test_one_that_is_not_says_why_and_what_to_do(self) -> None:
        problem = judge(BEFORE).problem(REPORT, "n", "m")
        assert problem is not None
        assert problem.kind is ProblemKind.STALE
        assert problem.message == f"{REPORT}: it is older than the commit under audit."
        assert (problem.hint, problem.facts) == (
            "Make the report again from this commit.",
            ("n", "m"),
        )

    def test_an_impossible_one_is_malformed(self) -> None:
        problem = judge(NOW + timedelta(days=1)).problem(REPORT)
        assert problem is not None
        assert problem.kind is ProblemKind.MALFORMED
