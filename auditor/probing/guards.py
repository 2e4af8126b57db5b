"""Gives a report its level of evidence: freshness, binding, origin; never by hope."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from auditor.model.evidence import Problem, ProblemKind
from auditor.model.level import Level
from auditor.probing.repo import Entry, Repo

_CLOCK_SKEW = timedelta(minutes=10)
_SHORTEST_ID = 7


@dataclass(frozen=True, slots=True)
class Standing:
    """What a report is worth: its level, when it was made (ISO 8601 or None), and why no more."""

    level: Level
    produced_at: str | None
    why: str
    impossible: bool = False

    def problem(self, path: str, *facts: str) -> Problem | None:
        """The problem that tells why the report counts for less than a tool's report of this commit."""
        if self.impossible:
            return Problem(
                ProblemKind.MALFORMED, f"{path}: {self.why}", "Make the report again.", facts
            )
        if self.level.rank >= Level.REPORTED.rank:
            return None
        return Problem(
            ProblemKind.STALE,
            f"{path}: {self.why}",
            "Make the report again from this commit.",
            facts,
        )


def standing(
    repo: Repo,
    report: Entry,
    *,
    made_at: datetime | None,
    now: datetime,
    measured: Iterable[str] = (),
    commit: str | None = None,
) -> Standing:
    """The level that a report file deserves.

    `made_at` is the time inside the report (aware), `measured` the repository paths it speaks of,
    `commit` the commit id inside it. Rules: scoring.md, "Levels of evidence".
    """
    when = made_at.isoformat() if made_at else None
    if made_at is not None and made_at > now + _CLOCK_SKEW:
        repo.due(made_at - _CLOCK_SKEW)
        return Standing(
            Level.CLAIMED,
            when,
            f"it says that it was made at {when}, in the future.",
            impossible=True,
        )
    if report.tracked:
        return Standing(
            Level.EFFECTIVE,
            when,
            "it is committed to the repository, so anybody may have written it.",
        )
    if commit is not None and repo.tree.commit is not None:
        this = _is_same(commit, repo.tree.commit)
        if this and not repo.tree.changed():
            return Standing(Level.REPORTED, when, "it names this commit.")
        if not this:
            return Standing(
                Level.EFFECTIVE, when, f"it speaks of commit {commit[:12]}, not of this one."
            )
    if made_at is None:
        return Standing(
            Level.EFFECTIVE, None, "it carries no time and no commit, so it may be of any version."
        )
    if repo.tree.committed_at is None:
        return Standing(Level.EFFECTIVE, when, "the repository has no commit that it could be of.")
    if made_at < repo.tree.committed_at:
        return Standing(Level.EFFECTIVE, when, "it is older than the commit under audit.")
    newer = _changed_after(repo, measured, made_at)
    if newer is not None:
        return Standing(Level.EFFECTIVE, when, f"{newer} was changed after it was made.")
    return Standing(
        Level.REPORTED,
        when,
        "it was made after the commit and after every change of what it measures.",
    )


def _is_same(commit: str, head: str) -> bool:
    """Whether a report's commit id, which may be shortened as git does it, is that of HEAD."""
    return len(commit) >= _SHORTEST_ID and head.startswith(commit.lower())


def _changed_after(repo: Repo, measured: Iterable[str], made_at: datetime) -> str | None:
    """A measured file that differs from the commit and was written, or went away, after the report."""
    changed = repo.tree.changed()
    for path in list(measured) or sorted(changed):  # what it measures is not known: all may count
        entry = repo.by_path.get(path)
        if path not in changed and (entry is None or entry.tracked):
            continue
        modified = repo.tree.modified_at(path)
        if modified is None or modified > made_at:
            return path
    return None
